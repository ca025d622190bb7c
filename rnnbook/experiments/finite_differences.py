"""Central differences against a backward pass: the error by how far a weight is moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbook import bptt
from rnnbook.experiments._seeds import Measured, over_seeds

#: Seeds of weights and inputs.
SEEDS = (0, 1, 2)
#: How far a weight is moved to either side.
SHIFTS = tuple(10.0**-k for k in range(1, 12))
#: The shift that 64-bit numbers ask for.
BEST = SHIFTS.index(1e-5)
LENGTH, HIDDEN, INPUTS, BATCH = 10, 4, 3, 4


class Result(NamedTuple):
    """Distances between two gradients, as a share of the gradient; the first axis is the seed.

    ``double`` and ``single`` are (seed, shift): how far central differences are from the gradient
    of the recurrent weights that a backward pass by hand gives, in 64-bit and in 32-bit numbers.
    """

    double: Measured
    single: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Hold central differences of every shift against a backward pass by hand."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed, in both types of number."""
    return Result(double=errors(seed, torch.float64), single=errors(seed, torch.float32))


def errors(seed: int, dtype: torch.dtype) -> NDArray[np.float64]:
    """Return for each of ``SHIFTS`` the error of central differences, as a share of the gradient.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.finite_differences import BEST, errors
    >>> bool(errors(0, torch.float64)[BEST] < 1e-8)
    True
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*sizes: int) -> Tensor:
        # drawn in 64 bits, so that both types begin with the same numbers
        return torch.randn(*sizes, generator=generator, dtype=torch.float64).to(dtype)

    xs, h_0, b_h = normal(BATCH, LENGTH, INPUTS), normal(BATCH, HIDDEN), normal(HIDDEN)
    W_xh, W_hh = normal(HIDDEN, INPUTS) / INPUTS**0.5, normal(HIDDEN, HIDDEN) / HIDDEN**0.5
    weights = normal(BATCH, LENGTH, HIDDEN)

    def loss(W_hh: Tensor) -> Tensor:
        # L = sum of r * h over all steps, with fixed random r: so dL/dh = r
        return (weights * bptt.run(xs, h_0, W_xh, W_hh, b_h)).sum()

    hs = bptt.run(xs, h_0, W_xh, W_hh, b_h)
    by_hand = bptt.through_time(weights, xs, hs, h_0, W_xh, W_hh).W_hh
    found = [central(loss, W_hh, shift) for shift in SHIFTS]
    return np.array([float((D - by_hand).norm() / by_hand.norm()) for D in found])


def central(loss: Callable[[Tensor], Tensor], W: Tensor, shift: float) -> Tensor:
    """Return the central difference of ``loss`` at ``W``, an entry for each weight.

    Examples
    --------
    The slope of w squared at 3 is 6.

    >>> import torch
    >>> from rnnbook.experiments.finite_differences import central
    >>> central(lambda W: W.square().sum(), torch.tensor([3.0, 0.0]).double(), 0.5)
    tensor([6., 0.], dtype=torch.float64)
    """
    slopes = torch.empty_like(W)
    for place in np.ndindex(*W.shape):
        up, down = W.clone(), W.clone()
        up[place] += shift
        down[place] -= shift
        # dL/dw = (L(w + shift) - L(w - shift)) / (2 shift)
        slopes[place] = (loss(up) - loss(down)) / (2 * shift)
    return slopes
