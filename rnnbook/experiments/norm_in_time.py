"""Normalisation inside a recurrence: what a batch and a step do to its statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws the weights and the sequences.
SEEDS = (0, 1, 2)
INPUTS, UNITS, BATCH, STEPS = 8, 32, 64, 20


def layer_norm(a: Tensor) -> Tensor:
    """Normalise each example over its units."""
    return F.layer_norm(a, a.shape[-1:])


def batch_norm(a: Tensor) -> Tensor:
    """Normalise each unit over the examples of the batch, as while training."""
    return F.batch_norm(a, None, None, training=True)


NORMS: dict[str, Callable[[Tensor], Tensor]] = {"layer": layer_norm, "batch": batch_norm}


class Result(NamedTuple):
    """What normalising does in an untrained recurrence; the first axis is the seed.

    ``variance`` is (seed, step): that of a unit's sum over the batch before it is normalised by
    batch statistics, on average over the units. ``company`` is by norm how far the states of an
    example move, as a share of their size, if the rest of the batch is replaced. ``alone`` is the
    same for layer norm if the rest is left out.
    """

    variance: Measured
    company: dict[str, Measured]
    alone: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Normalise by batch and by layer, and compare."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Normalise by batch and by layer, on one seed."""
    torch.manual_seed(seed)
    cell = nn.RNNCell(INPUTS, UNITS)
    xs, others = torch.randn(2, BATCH, STEPS, INPUTS)
    others[0] = xs[0]
    company = {
        name: moved(states(cell, xs, norm)[0][0], states(cell, others, norm)[0][0])
        for name, norm in NORMS.items()
    }
    _, sums = states(cell, xs, batch_norm)
    return Result(
        variance=sums.var(dim=0).mean(dim=-1).double().numpy(),
        company=company,
        alone=moved(states(cell, xs, layer_norm)[0][0], states(cell, xs[:1], layer_norm)[0][0]),
    )


@torch.no_grad()
def states(cell: nn.RNNCell, xs: Tensor, norm: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Return the states, and the sums before they are normalised, (batch, time, units) each.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.experiments.norm_in_time import layer_norm, states
    >>> hs, sums = states(nn.RNNCell(3, 2), torch.randn(4, 5, 3), layer_norm)
    >>> hs.shape, torch.allclose(hs, torch.tanh(layer_norm(sums)))
    (torch.Size([4, 5, 2]), True)
    """
    h, hs, sums = xs.new_zeros(len(xs), cell.hidden_size), [], []
    for x in xs.unbind(1):
        # h_t = tanh(norm(W_xh x_t + W_hh h_{t-1} + b))
        a = F.linear(x, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
        h = torch.tanh(norm(a))
        hs.append(h)
        sums.append(a)
    return torch.stack(hs, dim=1), torch.stack(sums, dim=1)


def moved(one: Tensor, other: Tensor) -> float:
    """Return how far two sequences of states are apart, as a share of their size."""
    return float((one - other).norm() / one.norm())
