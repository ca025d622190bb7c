"""Greedy writing against beam search, on a translator that still makes mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbook import decoding
from rnnbook.experiments.four_shapes import NUMBERS, fresh, same, translator
from rnnbook.models import Seq2SeqTranslator
from rnnbook.text import END, PAD, START

#: How many beginnings a search keeps; one is greedy writing.
WIDTHS = (1, 2, 4, 8)
#: Length penalties, tried with a beam of ``PENALISED``.
PENALTIES, PENALISED = (0.0, 0.6, 1.0), 4
#: Steps of training after which the translator is stopped, and the numbers it is judged on.
EARLY, SIZE = 60, 60

Array = NDArray[np.float64]


class Found(NamedTuple):
    """What a search wrote: the share right, the mean log-probability, the mean number of signs."""

    right: float
    likely: float
    signs: float


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``right`` and ``likely`` are (seed, width): the share of numbers translated without a mistake,
    and the mean logarithm of the probability of what was written. ``penalised``, (seed, penalty),
    is the share right with a length penalty, and ``signs``, (seed, penalty), how many signs were
    written on average, the end included; ``true_signs``, (seed,), how many there should be.
    """

    widths: tuple[int, ...]
    penalties: tuple[float, ...]
    right: Array
    likely: Array
    penalised: Array
    signs: Array
    true_signs: Array


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train a translator for a while, and let it write with searches of several widths.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights, the batches of training and the numbers judged.
    """
    wide, long, true = [], [], []
    for seed in seeds:
        early, _ = translator(seed, updates=EARLY)
        wide.append([searched(early, seed, width) for width in WIDTHS])
        long.append([searched(early, seed, PENALISED, penalty) for penalty in PENALTIES])
        true.append((fresh(NUMBERS, seed, SIZE).target != PAD).sum(1).double().mean().item())
    by_width, by_penalty = np.array(wide), np.array(long)  # the last axis is that of Found
    return Result(
        WIDTHS,
        PENALTIES,
        by_width[..., 0],
        by_width[..., 1],
        by_penalty[..., 0],
        by_penalty[..., 2],
        np.array(true),
    )


@torch.no_grad()
def searched(model: Seq2SeqTranslator, seed: int, width: int, penalty: float = 0.0) -> Found:
    """Return how a translator does on fresh numbers with a search of this width."""
    batch = fresh(NUMBERS, seed, SIZE)
    src, true = batch.inputs
    assert batch.lengths is not None
    right, likely, signs = [], [], []
    for i, length in enumerate(batch.lengths.tolist()):
        ids, scores = decoding.beam(
            model.step,
            torch.tensor([START]),
            model.encode(src[i : i + 1, :length]),
            length=20,
            width=width,
            end=END,
            length_penalty=penalty,
        )
        written = int((ids[0] != PAD).sum())
        right.append(bool(same(ids[:1], true[i : i + 1])))
        likely.append(float(scores[0]) * ((5 + written) / 6) ** penalty)
        signs.append(written)
    return Found(float(np.mean(right)), float(np.mean(likely)), float(np.mean(signs)))
