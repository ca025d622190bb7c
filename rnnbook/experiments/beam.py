"""Greedy writing against beam search, on a translator that still makes mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbook import decoding
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.four_shapes import NUMBERS, fresh, same, translator
from rnnbook.models import Seq2SeqTranslator
from rnnbook.text import END, PAD, START

#: A seed draws the initial weights, the batches of training and the numbers judged.
SEEDS = (0, 1, 2)
#: How many beginnings a search keeps; one is greedy writing.
WIDTHS = (1, 2, 4, 8)
#: Length penalties, tried with a beam of ``PENALISED``.
PENALTIES, PENALISED = (0.0, 0.6, 1.0), 4
#: Updates after which the translator is stopped, and how many numbers it is judged on.
EARLY, SIZE = 60, 60

Array = NDArray[np.float64]


class Found(NamedTuple):
    """What a search wrote, a value for each number judged.

    ``right`` is one where there is no mistake, else zero; ``likely`` is the log-probability, and
    ``signs`` counts the signs, the end included.
    """

    right: Array
    likely: Array
    signs: Array


class Result(NamedTuple):
    """Means over the numbers judged, a value for each seed.

    ``right`` and ``likely`` are by width: the share of numbers translated without a mistake, and
    the logarithm of the probability of what was written. ``penalised``, ``signs`` and
    ``shortened`` are by length penalty: the share right, the number of signs written, the end
    included, and the share of numerals with fewer signs than without a penalty. ``true_signs`` is
    how many signs there should be.
    """

    right: dict[int, Measured]
    likely: dict[int, Measured]
    penalised: dict[float, Measured]
    signs: dict[float, Measured]
    shortened: dict[float, Measured]
    true_signs: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a translator for a while, and let it write with searches of several widths."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train one translator for a while, and let it write in every way."""
    early, _ = translator(seed, updates=EARLY)
    wide = {width: searched(early, seed, width) for width in WIDTHS}
    plain = wide[PENALISED]
    long = {
        penalty: searched(early, seed, PENALISED, penalty) if penalty else plain
        for penalty in PENALTIES
    }
    return Result(
        right={width: float(found.right.mean()) for width, found in wide.items()},
        likely={width: float(found.likely.mean()) for width, found in wide.items()},
        penalised={penalty: float(found.right.mean()) for penalty, found in long.items()},
        signs={penalty: float(found.signs.mean()) for penalty, found in long.items()},
        shortened={
            penalty: float((found.signs < plain.signs).mean()) for penalty, found in long.items()
        },
        true_signs=(fresh(NUMBERS, seed, SIZE).target != PAD).sum(1).double().mean().item(),
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
    return Found(np.array(right, float), np.array(likely), np.array(signs, float))
