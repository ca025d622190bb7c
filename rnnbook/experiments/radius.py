"""What decides whether a gradient vanishes: spectral radius, singular value, saturation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbook import gradients
from rnnbook.experiments.gradient_flow import HIDDEN, SIZE, STEPS, large_weights, states

SCALES = (0.5, 1.0, 1.5)
WEAK, STRONG = 0.1, 1.0


class Result(NamedTuple):
    """Norms of products of Jacobians; the first axis is the seed.

    ``linear`` and ``with_tanh`` are (seed, scale, step): norms of products, see
    :func:`rnnbook.gradients.analyze_gradient_flow`. ``radius`` and ``stretch`` are (seed, matrix):
    spectral radius and largest singular value; ``products`` is (seed, matrix, kind, step): norms of
    the Jacobian of a run, of the matrix alone, under weak and under strong inputs.
    """

    scales: tuple[float, ...]
    linear: NDArray[np.float64]
    with_tanh: NDArray[np.float64]
    matrices: tuple[str, ...]
    radius: NDArray[np.float64]
    stretch: NDArray[np.float64]
    products: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Measure products of Jacobians, of drawn matrices and of built ones.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of weights and inputs.
    """
    flows = [gradients.analyze_gradient_flow(SCALES, seed=seed) for seed in seeds]
    spectra = [[spectrum(build, seed) for build in MATRICES.values()] for seed in seeds]
    return Result(
        SCALES,
        np.array([flow.linear.numpy() for flow in flows]),
        np.array([flow.with_tanh.numpy() for flow in flows]),
        tuple(MATRICES),
        np.array([[one.radius for one in row] for row in spectra]),
        np.array([[one.stretch for one in row] for row in spectra]),
        np.array([[one.products for one in row] for row in spectra]),
    )


def default_weights(generator: torch.Generator) -> Tensor:
    """Draw as PyTorch does: uniform within one over the root of the size."""
    uniform = torch.rand(SIZE, SIZE, generator=generator, dtype=torch.float64)
    return (2 * uniform - 1) / math.sqrt(SIZE)


def orthogonal_weights(generator: torch.Generator) -> Tensor:
    """Draw a matrix that turns without stretching."""
    normal = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
    turned: Tensor = torch.linalg.qr(normal).Q
    return turned


def chain_of_units(generator: torch.Generator) -> Tensor:
    """Return eight units in a row, each keeping half of itself and taking in all of the next."""
    size = 8
    return 0.5 * torch.eye(size, dtype=torch.float64) + torch.diag(
        torch.ones(size - 1, dtype=torch.float64), 1
    )


#: Recurrent weights by name.
MATRICES: dict[str, Callable[[torch.Generator], Tensor]] = {
    "default": default_weights,
    "large": large_weights,
    "orthogonal": orthogonal_weights,
    "chain": chain_of_units,
}


class Spectrum(NamedTuple):
    """What can be said of a matrix, and what happens."""

    radius: float
    stretch: float
    products: NDArray[np.float64]


def spectrum(build: Callable[[torch.Generator], Tensor], seed: int) -> Spectrum:
    """Return spectral radius, largest singular value, and norms of products step by step."""
    generator = torch.Generator().manual_seed(seed)
    W_hh = build(generator)
    size = len(W_hh)
    noise = torch.randn(STEPS, size, generator=generator, dtype=torch.float64)
    kinds = [W_hh.expand(STEPS, -1, -1)]
    kinds += [
        gradients.step_jacobians(states(amount * noise, W_hh), W_hh) for amount in (WEAK, STRONG)
    ]
    norms = [gradients.norms(gradients.chain(factors)).numpy() for factors in kinds]
    return Spectrum(gradients.spectral_radius(W_hh), float(gradients.norms(W_hh)), np.array(norms))


def radius_zero(steps: int = STEPS) -> tuple[float, float]:
    """Return the spectral radius of two units that differ, and the norm of a run's Jacobian.

    The inputs hold the first unit where tanh is steep and the second where it is flat.
    """
    W_hh = torch.tensor([[2.0, -2.0], [2.0, -2.0]], dtype=torch.float64)
    rest = torch.tensor([0.0, math.tanh(3.0)], dtype=torch.float64)
    held = torch.tensor([0.0, 3.0], dtype=torch.float64) - W_hh @ rest
    # each step restarts from rest, since the smallest rounding error would be magnified as well
    hs = torch.stack([states(held[None], W_hh, rest)[0] for _ in range(steps)])
    product = gradients.chain(gradients.step_jacobians(hs, W_hh))[-1]
    return gradients.spectral_radius(W_hh), float(gradients.norms(product))


def orthogonal_gain(gain: float, seed: int) -> float:
    """Return the norm of a run's Jacobian, ``gain`` times orthogonal weights and strong inputs."""
    products = spectrum(lambda generator: gain * orthogonal_weights(generator), seed).products
    return float(products[-1, -1])


def relu_identity(seed: int, steps: int = 1000) -> float:
    """Return the smallest singular value of the Jacobian of an identity with ReLU, in weak noise.

    The Jacobian is diagonal: one for a unit that has stayed above zero, zero for one that has not.
    """
    generator = torch.Generator().manual_seed(seed)
    h, alive = torch.ones(HIDDEN, dtype=torch.float64), torch.ones(HIDDEN, dtype=torch.float64)
    for _ in range(steps):
        h = torch.relu(h + 0.01 * torch.randn(HIDDEN, generator=generator, dtype=torch.float64))
        alive = alive * (h > 0)
    return float(alive.min())
