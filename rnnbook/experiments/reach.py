"""How far back one layer and two layers listen before training: the gradient at each input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws weights and inputs.
SEEDS = (0, 1, 2)
LAYERS = (1, 2)
#: Numbers in an input, units of each layer, and steps that are read.
INPUTS, HIDDEN, TIME = 10, 32, 31


class Result(NamedTuple):
    """What was measured, by number of layers; the first axis is the seed.

    ``share`` is (seed, distance): the gradient of the last answer with respect to an input, as a
    share of that with respect to the last input, which is at distance 0.
    """

    share: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Follow the gradient of the last answer back to every input."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(share={layers: share(layers, seed) for layers in LAYERS})


def share(layers: int, seed: int) -> Measured:
    """Return the gradient at each input as a share of that at the last, (distance,).

    Examples
    --------
    >>> from rnnbook.experiments import reach
    >>> shares = reach.share(2, seed=0)
    >>> len(shares), float(shares[0])
    (31, 1.0)
    """
    torch.manual_seed(seed)
    stack = nn.RNN(INPUTS, HIDDEN, num_layers=layers, batch_first=True)
    xs, answer = torch.randn(16, TIME, INPUTS, requires_grad=True), torch.randn(HIDDEN)
    output, _ = stack(xs)
    (gradient,) = torch.autograd.grad((output[:, -1] @ answer).sum(), xs)
    norms = gradient.norm(dim=(0, 2)).flip(0).double()
    return (norms / norms[0]).numpy()
