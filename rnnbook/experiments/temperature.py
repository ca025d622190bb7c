"""What a temperature does to the odds of two symbols that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from rnnbook.decoding import sample
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed seeds the draws.
SEEDS = (0, 1, 2)
#: How often the first of two symbols is drawn, at a temperature of 1, for each time of the second.
ODDS = 3.0
TEMPERATURES = (0.5, 1.0, 2.0)
DRAWS = 20_000


class Result(NamedTuple):
    """How often the first symbol was drawn for each time that the second was, by temperature."""

    odds: dict[float, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Draw at each temperature."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Draw at each temperature, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.temperature import one
    >>> [round(odds) for odds in one(200).odds.values()]
    [9, 3, 2]
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.tensor([ODDS, 1.0]).log().expand(DRAWS, 2)
    odds = {}
    for temperature in TEMPERATURES:
        second = int(sample(logits, temperature=temperature, generator=generator).sum())
        odds[temperature] = (DRAWS - second) / second
    return Result(odds)
