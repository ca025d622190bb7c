"""A decoder's errors by place, with the true letters before each, and with its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from rnnbook.decoding import without
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import Seq2SeqTranslator
from rnnbook.tasks.backwards import Backwards
from rnnbook.text import PAD, START
from rnnbook.training import fit

#: A seed draws weights and words.
SEEDS = (0, 1, 2)
#: Letters in a word; there are four to choose from.
LETTERS = 6
TASK = Backwards(letters=4, least=LETTERS, most=LETTERS)
HIDDEN = 32
#: Few enough that some letters are still wrong.
UPDATES = 60
#: Of three rates (see :func:`rates`) the middle one: with the fastest fewer letters are wrong.
LEARNING_RATE = 1e-2
RATES = (3e-3, 1e-2, 3e-2)
FORCED, FREE = DECODED = ("forced", "free")


class Result(NamedTuple):
    """What was measured; the first axis is the seed.

    ``error`` is, by the way of decoding, (seed, place): the share of fresh words in which the
    letter at that place is wrong. ``words`` is the share of words without a mistake.
    """

    error: dict[str, Measured]
    words: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a translator by teacher forcing, and let it write in both ways."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    return judged(trained(seed), seed)


def trained(seed: int, learning_rate: float = LEARNING_RATE) -> Seq2SeqTranslator:
    """Return a translator that has been taught for a short while."""
    torch.manual_seed(seed)
    size = len(TASK.vocabulary)
    model = Seq2SeqTranslator(size, size, 16, HIDDEN, layer=nn.LSTM)
    fit(model, TASK, steps=UPDATES, seed=seed, learning_rate=learning_rate)
    return model


@torch.no_grad()
def judged(model: Seq2SeqTranslator, seed: int) -> Result:
    """Return what the model gets wrong in words drawn for judging.

    Examples
    --------
    A word without a mistake is the same either way.

    >>> from rnnbook.experiments import exposure
    >>> found = exposure.judged(exposure.trained(seed=0), seed=0)
    >>> found.words["forced"] == found.words["free"]
    True
    """
    batch = TASK.batch(500, torch.Generator().manual_seed(seed + 10_000))
    src, tgt = batch.inputs
    # PAD and START are never asked for; where the model writes by itself they are ruled out, too
    forced = without(model(src, tgt), PAD, START).argmax(-1)
    free = model.translate(src, max_length=tgt.shape[1])
    free = F.pad(free, (0, tgt.shape[1] - free.shape[1]), value=PAD)
    wrong = {FORCED: forced != tgt, FREE: free != tgt}
    letters = slice(0, LETTERS)  # the end sign is left out
    return Result(
        error={way: found[:, letters].double().mean(0).numpy() for way, found in wrong.items()},
        words={way: 1 - float(found.any(1).double().mean()) for way, found in wrong.items()},
    )


def rates(seeds: Sequence[int] = range(200, 205)) -> dict[float, list[float]]:
    """Return, by learning rate, the share of words that each run gets right; no build calls it."""
    return {
        rate: [float(judged(trained(seed, rate), seed).words[FORCED]) for seed in seeds]
        for rate in RATES
    }
