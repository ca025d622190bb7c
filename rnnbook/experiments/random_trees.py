"""Beam search against greedy writing on made-up language models, where all is known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook.decoding import beam
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws the models.
SEEDS = (0, 1, 2)
SYMBOLS, LENGTH = 8, 4
#: After this share of beginnings a model is sure of what comes next; after the others it nearly
#: guesses. The two numbers are the standard deviations of the logits.
SURE, SHARP, FLAT = 0.2, 6.0, 0.3
WIDTHS = (2, 4)
MODELS = 200


class Result(NamedTuple):
    """Shares of the models, by width; the first axis is the seed.

    In ``better`` the beam finds a sequence that is more likely than the greedy one, in ``worse`` a
    less likely one; in the others it finds the same.
    """

    better: dict[int, Measured]
    worse: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Draw models and search in each with every width."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Draw models and search in each, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.random_trees import one
    >>> result = one(200)
    >>> 0 < result.worse[2] < result.better[2]
    True
    """
    generator = torch.Generator().manual_seed(seed)
    gains = torch.tensor([gained(model(generator)) for _ in range(MODELS)], dtype=torch.float64)
    shares = [of.double().mean(0).tolist() for of in (gains > 1e-9, gains < -1e-9)]
    return Result(*(dict(zip(WIDTHS, share, strict=True)) for share in shares))


def model(generator: torch.Generator) -> list[Tensor]:
    """Draw the logits of the next symbol after every beginning: a tensor for each length."""
    logits = []
    for t in range(LENGTH):
        shape = (SYMBOLS,) * t
        sure = torch.rand((*shape, 1), generator=generator, dtype=torch.float64) < SURE
        drawn = torch.randn((*shape, SYMBOLS), generator=generator, dtype=torch.float64)
        logits.append(drawn * torch.where(sure, SHARP, FLAT))
    return logits


def gained(logits: list[Tensor]) -> list[float]:
    """Return by how much each beam's log-probability is above that of the greedy sequence."""

    def step(ids: Tensor, read: tuple[int, ...] | None) -> tuple[Tensor, tuple[int, ...]]:
        read = () if read is None else (*read, int(ids))
        return logits[len(read)][read].unsqueeze(0), read

    search = partial(beam, step, torch.tensor([0]), None, length=LENGTH)
    greedy, *wider = (float(search(width=width)[1][0]) for width in (1, *WIDTHS))
    return [score - greedy for score in wider]
