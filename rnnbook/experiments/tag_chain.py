"""Do the best tags of single words fit together? A bidirectional tagger, and one with a CRF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook.crf import CRF, Chain, legal
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.entities import EACH, BothWays, Sequences, grammar, is_legal
from rnnbook.tasks.entities import Entities
from rnnbook.training import fit, predict

#: A seed draws the initial weights and the batches; the sentences are the same for all.
SEEDS = (0, 1, 2)
#: Few enough that the network is still unsure of many names.
UPDATES = 60
#: The chapter's batches, and the learning rate that it chose of three.
BATCH, LEARNING_RATE = 16, 2e-2
SINGLE, MASK, CHAIN = READ = ("word by word", "best legal path", "CRF")


class Result(NamedTuple):
    """Shares of the held-out sentences, by how their tags are read; the first axis is the seed.

    ``illegal`` is the share with tags that break the BIO rules, and ``right`` the share in which
    every tag is right.
    """

    illegal: dict[str, Measured]
    right: dict[str, Measured]


class Chained(BothWays):
    """The tagger that reads both ways, with a learned table of neighbouring tags."""

    def __init__(self, vocab_size: int, tags: int, units: int = EACH) -> None:
        super().__init__(vocab_size, tags, units)
        self.crf = CRF(tags)

    def forward(self, ids: Tensor, *, lengths: Tensor | None = None) -> Chain:  # type: ignore[override]  # a Chain is no Tensor
        """Return what any sequence of tags scores."""
        chain: Chain = self.crf(super().forward(ids, lengths=lengths))
        return chain


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train both taggers and read their tags."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    task = grammar()
    held_out = task.rest.whole()
    lengths = held_out.lengths
    alone, chained = trained(BothWays, task, seed), trained(Chained, Sequences(), seed)
    size = len(task.tags)
    with torch.no_grad():
        scores = predict(alone, held_out)
        unlearned = Chain(scores, torch.zeros(size, size), torch.zeros(size))
        found = {
            SINGLE: scores.argmax(-1),
            MASK: unlearned.masked(*legal(task.tags)).viterbi(lengths),
            CHAIN: predict(chained, held_out).viterbi(lengths),
        }
    sentences = task.sentences("held out")
    tags = {
        name: [
            [task.tags[i] for i in row[: len(sentence.words)]]
            for row, sentence in zip(ids.tolist(), sentences, strict=True)
        ]
        for name, ids in found.items()
    }
    right = [list(sentence.tags) for sentence in sentences]
    return Result(
        illegal={
            name: float(np.mean([not is_legal(row) for row in rows])) for name, rows in tags.items()
        },
        right={
            name: float(np.mean([a == b for a, b in zip(rows, right, strict=True)]))
            for name, rows in tags.items()
        },
    )


def trained(kind: type[BothWays], task: Entities, seed: int) -> nn.Module:
    """Return a tagger that was trained for a short while.

    Examples
    --------
    >>> from rnnbook.experiments.entities import BothWays, grammar
    >>> from rnnbook.experiments.tag_chain import trained
    >>> trained(BothWays, grammar(), seed=0).training
    False
    """
    torch.manual_seed(seed)
    model = kind(len(task.vocabulary), len(task.tags))
    fit(model, task, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=LEARNING_RATE)
    return model.eval()
