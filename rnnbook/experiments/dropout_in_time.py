"""Dropout in time: what each kind of mask leaves of a value that an LSTM has stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook.cells import LSTMCell
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws the weights, the stored values and the masks.
SEEDS = (0, 1, 2)
#: Cells, sequences, and how many steps the values have to be kept.
CELLS, BATCH, STEPS = 100, 16, 20
#: The share of the units that a mask drops.
DROPPED = 0.2
#: A value of size one is lost once its size is below this.
LOST = 0.5
#: What goes into the gates so that they store: a forget gate of one, an input gate of zero.
SHUT, OPEN = -50.0, 50.0
#: What the masks act on, by name.
MASKS = (
    "cell state, new mask each step",
    "cell state, one mask",
    "cell state, one mask, rescaled",
    "hidden state, new mask each step",
)


class Result(NamedTuple):
    """What is left of stored values of size one, by mask; the first axis is the seed.

    ``left`` is the share of the cells that still hold more than ``LOST`` after ``STEPS`` steps,
    ``size`` the mean size of what these hold.
    """

    left: dict[str, Measured]
    size: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Store values under each kind of mask."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Store values under each kind of mask, on one seed."""
    kept = {mask: stored(mask, seed).abs() for mask in MASKS}
    return Result(
        left={mask: (c > LOST).double().mean().item() for mask, c in kept.items()},
        size={mask: c[c > LOST].mean().item() for mask, c in kept.items()},
    )


def stored(mask: str, seed: int) -> Tensor:
    """Return the cell state after ``STEPS`` steps of storing, (batch, cells).

    Examples
    --------
    >>> from rnnbook.experiments.dropout_in_time import stored
    >>> stored("hidden state, new mask each step", seed=0).abs().unique().tolist()
    [1.0]
    """
    generator = torch.Generator().manual_seed(seed)
    W_hh = torch.randn(4 * CELLS, CELLS, generator=generator, dtype=torch.float64) / CELLS**0.5
    c = torch.randn(BATCH, CELLS, generator=generator, dtype=torch.float64).sign()
    from_input = torch.zeros(BATCH, 4 * CELLS, dtype=torch.float64)
    i, f, _, o = from_input.chunk(4, dim=-1)
    i.fill_(SHUT), f.fill_(OPEN), o.fill_(OPEN)
    once, h = kept_by(generator), torch.tanh(c)
    for _ in range(STEPS):
        if mask == "hidden state, new mask each step":
            h = h * kept_by(generator) / (1 - DROPPED)
        h, c = LSTMCell.step(from_input, (h, c), W_hh, None)
        if mask == "cell state, new mask each step":
            c = c * kept_by(generator) / (1 - DROPPED)
        elif mask == "cell state, one mask":
            c = c * once
        elif mask == "cell state, one mask, rescaled":
            c = c * once / (1 - DROPPED)
    return c


def kept_by(generator: torch.Generator) -> Tensor:
    """Draw a mask: ones, and zeros with a chance of ``DROPPED``, (batch, cells)."""
    drawn = torch.rand(BATCH, CELLS, generator=generator, dtype=torch.float64)
    return (drawn >= DROPPED).double()
