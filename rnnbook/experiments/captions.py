"""Can a network describe pictures of combinations that it never saw? Beside simpler ways."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook._modes import switched
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import CaptionGenerator
from rnnbook.tasks.captions import (
    FRESH,
    SIDE,
    SLOTS,
    Captions,
    Part,
    Slots,
    Words,
    combinations,
    drawn,
    in_numbers,
    in_words,
    painted,
)
from rnnbook.text import SPECIAL
from rnnbook.training import fit

#: A seed draws the initial weights and the batches; the pictures are always the same.
SEEDS = (0, 1, 2)
TASK, HELD_OUT = Captions(), Captions(held_out=True)
#: Channels of the two convolutions, numbers in the features, units of the GRU, captions a batch.
CHANNELS, FEATURES, HIDDEN, BATCH = (16, 32), 32, 128, 32
#: Updates, and further ones at a fifth of the learning rate; the four answers need fewer.
UPDATES = {"writer": 270, "four answers": 120}
SETTLING = {"writer": 60, "four answers": 40}
#: The learning rates that were tried, and the one that was taken for both networks.
LEARNING_RATES = (3e-3, 5e-3, 1e-2)
RATES = {"writer": 1e-2, "four answers": 1e-2}
Numbers = NDArray[np.float64]


class Result(NamedTuple):
    """What was measured, by name; the first axis is the seed. What has no seed is always the same.

    ``right`` is the share of captions without a mistake by contender and kind of picture, ``parts``
    that of right numbers, colours, shapes and places on held-out combinations by contender and
    part. ``words`` is the share of right words on them, word for word. ``said`` is what the
    contenders say of the held-out pictures, ``ended`` the share of captions with an ``END``, and
    ``formed`` the share that is one of the possible captions.
    """

    right: dict[tuple[str, str], Measured]
    parts: dict[tuple[str, str], Measured]
    words: dict[str, Measured]
    said: dict[str, Measured]
    ended: Measured
    formed: Measured


class Encoder(nn.Module):
    """Turn a picture, (batch, 3, 24, 24), into features, (batch, 32): two convolutions, one layer.

    Each channel of the last convolution is kept in two ways: its largest value in each of nine
    fields, which says where something is, and its mean, which says how much there is of it. Batch
    normalisation keeps all numbers at a size at which ReLU and tanh still have a slope.
    """

    def __init__(self) -> None:
        super().__init__()
        first, second = CHANNELS
        self.see = nn.Sequential(
            nn.Conv2d(3, first, 5, stride=2, padding=2),
            nn.BatchNorm2d(first),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.BatchNorm2d(second),
            nn.ReLU(),
        )
        fields = (SIDE // 8) ** 2
        self.fc = nn.Linear(second * (fields + 1), FEATURES)
        self.norm = nn.BatchNorm1d(FEATURES)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features of each picture."""
        seen = self.see(pictures)
        fields = F.max_pool2d(seen, 2).flatten(1)
        features: Tensor = self.norm(self.fc(torch.cat([fields, seen.mean((2, 3))], dim=1)))
        return features


class Captioner(nn.Module):
    """Look at a picture with convolutions, and describe it with the book's caption generator."""

    def __init__(self, words: int, longest: int, *, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.writer = CaptionGenerator(FEATURES, hidden, words, longest, layer=nn.GRU)

    def forward(
        self, pictures: Tensor, captions: Tensor, *, lengths: Tensor | None = None
    ) -> Tensor:
        """Return logits of every word given the true words before it."""
        logits: Tensor = self.writer(self.encoder(pictures), captions, lengths=lengths)
        return logits

    def generate(self, pictures: Tensor) -> Tensor:
        """Return the ids of a caption for each picture, until its ``END``."""
        with switched(self, training=False), torch.no_grad():
            return self.writer.generate(self.encoder(pictures))


class FourAnswers(nn.Module):
    """The same convolutions, then a number, a colour, a shape and a place, (batch, 4, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.fc = nn.Linear(FEATURES, 4 * len(SLOTS))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the logits of four classes for each of four parts."""
        logits: Tensor = self.fc(self.encoder(pictures))
        return logits.view(-1, len(SLOTS), 4)


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train both networks, and describe new pictures by all ways."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train both networks once, on one seed."""
    writer = trained("writer", seed)
    assert isinstance(writer, Captioner)
    found = dict(simple())
    parts = {"held out": HELD_OUT.part, "known": drawn("fresh")}
    for name, model in {"writer": writer, "four answers": trained("four answers", seed)}.items():
        found[name] = {which: described(model, part) for which, part in parts.items()}
    said = {name: kinds["held out"] for name, kinds in found.items()}
    ids = writer.generate(shown(HELD_OUT.part))
    return Result(
        right={
            (name, which): right(kinds[which], part)
            for name, kinds in found.items()
            for which, part in parts.items()
        },
        parts={
            (name, slot): share
            for name, each in said.items()
            for slot, share in right_parts(each, HELD_OUT.part).items()
        },
        words={name: right_words(each, HELD_OUT.part) for name, each in said.items()},
        said=dict(said.items()),
        ended=float((ids == SPECIAL.index("<end>")).any(1).float().mean()),
        formed=float(np.mean([words in in_numbers() for words in said["writer"]])),
    )


def trained(
    name: str,
    seed: int,
    *,
    learning_rate: float | None = None,
) -> nn.Module:
    """Return a network that was trained on the drawn pictures: the writer, or the four answers."""
    torch.manual_seed(seed)
    writes = name == "writer"
    model = Captioner(len(TASK.vocabulary), TASK.longest) if writes else FourAnswers()
    rate = RATES[name] if learning_rate is None else learning_rate
    task = TASK if writes else Slots()
    fit(model, task, steps=UPDATES[name], seed=seed, batch_size=BATCH, learning_rate=rate)
    fit(model, task, steps=SETTLING[name], seed=seed + 1, batch_size=BATCH, learning_rate=rate / 5)
    return model


def rates(
    seeds: Sequence[int] = (200, 201, 202, 203, 204),
) -> dict[tuple[str, float], tuple[float, ...]]:
    """Return the share right on new pictures by network and learning rate, a value a seed.

    Training has the combinations in these pictures, so that the held-out ones choose nothing, and
    no page judges by the pictures. No build calls it. At the rate of the chapter the four answers
    do best; the writer does slightly better at half of it, less than its seeds differ.
    """
    chance, rows = np.random.default_rng(3), combinations(False) * FRESH
    part = Part(np.stack([painted(c, chance) for c in rows]), tuple((in_words(c),) for c in rows))
    return {
        (name, rate): tuple(
            right(described(trained(name, seed, learning_rate=rate), part), part) for seed in seeds
        )
        for name in RATES
        for rate in LEARNING_RATES
    }


def shown(part: Part) -> Tensor:
    """Return the pictures of a part as a tensor."""
    return torch.from_numpy(part.pictures).to(torch.get_default_dtype())


def described(model: nn.Module, part: Part, task: Captions = TASK) -> list[Words]:
    """Return what a network says of each picture of a part, without seeing its caption."""
    if isinstance(model, Captioner):
        rows = [ids for pictures in shown(part).split(500) for ids in model.generate(pictures)]
        decoded = (task.vocabulary.decode(row) for row in rows)
        return [tuple(word for word in row if word not in SPECIAL[:3]) for row in decoded]
    with switched(model, training=False), torch.no_grad():
        logits = model(shown(part))
    answers = [tuple(row) for row in logits.argmax(-1).tolist()]
    # the number has three values only, so its fourth is never trained and hardly ever given
    return [in_words((min(c[0], 2), c[1], min(c[2], 2), c[3])) for c in answers]


def right(said: Sequence[Words], part: Part) -> float:
    """Return the share of pictures described in the words of one of their captions."""
    return float(np.mean([words in true for words, true in zip(said, part.captions, strict=True)]))


def right_parts(said: Sequence[Words], part: Part) -> dict[str, float]:
    """Return the share of right numbers, colours, shapes and places; no known caption is wrong."""
    found = np.array([in_numbers().get(words, (-1,) * len(SLOTS)) for words in said])
    true = np.array([in_numbers()[words[0]] for words in part.captions])
    return dict(zip(SLOTS, (found == true).mean(0).tolist(), strict=True))


def right_words(said: Sequence[Words], part: Part) -> float:
    """Return the share of the words of the first captions that stand in their place."""
    hits = [
        sum(a == b for a, b in zip(words, true[0], strict=False))
        for words, true in zip(said, part.captions, strict=True)
    ]
    return sum(hits) / sum(len(true[0]) for true in part.captions)


@cache
def simple() -> dict[str, dict[str, list[Words]]]:
    """Return what the methods without a seed say of held-out combinations and of known ones.

    The nearest picture lends its caption. The regressions are logistic, one for each part of the
    caption, on the colours of all points.
    """
    parts = {"held out": HELD_OUT.part, "known": drawn("fresh")}
    train = TASK.part
    regressions = _regressions()
    return {
        "nearest picture": {w: nearest(train, part.pictures) for w, part in parts.items()},
        "regressions": {
            w: [
                in_words(tuple(int(i) for i in row))
                for row in np.stack(
                    [m.predict(_scaled(part.pictures)) for m in regressions], axis=1
                )
            ]
            for w, part in parts.items()
        },
    }


def nearest(train: Part, pictures: NDArray[np.float32]) -> list[Words]:
    """Return the first caption of the picture of training that is nearest, point by point."""
    known, asked = _rows(train.pictures), _rows(pictures)
    # |a - b|^2 = |a|^2 - 2 a b + |b|^2, and |a|^2 is the same for all that a is compared with
    far = (known**2).sum(1) - 2 * asked @ known.T
    return [train.captions[i][0] for i in far.argmin(1)]


def _rows(pictures: NDArray[np.float32]) -> Numbers:
    """Return each picture as one row of numbers."""
    return pictures.reshape(len(pictures), -1).astype(np.float64)


def _regressions() -> list[Any]:
    """Fit a logistic regression for each part of a caption, on all points of a picture.

    Of five strengths of the penalty, from 1e-4 to 1, this one does best on the pictures of
    :func:`rates`.
    """
    from sklearn.linear_model import LogisticRegression

    rows = _scaled(TASK.part.pictures)
    true = np.array([in_numbers()[words[0]] for words in TASK.part.captions])
    return [LogisticRegression(C=0.01, tol=1e-2).fit(rows, column) for column in true.T]


def _scaled(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of numbers that have, in training, mean 0 and standard deviation 1."""
    known = TASK.part.pictures
    scaled: NDArray[np.float32] = (pictures - known.mean(0)) / known.std(0)
    return scaled.reshape(len(pictures), -1)


class Learned(NamedTuple):
    """What came of a reader's own pictures.

    ``said`` is what the network and the nearest picture say of each held-out picture, ``right`` the
    share of these that are one of its captions word for word, ``words`` the share of right words.
    """

    said: dict[str, list[Words]]
    right: dict[str, float]
    words: dict[str, float]
    updates: int
    seconds: float


def learn(task: Captions, *, seed: int = 0, seconds: float = 20.0) -> Learned:
    """Train a captioner on any pictures, and measure it on those held out.

    Parameters
    ----------
    task : Captions
        The pictures, of a reader's own table, say.
    seed : int
        Seeds the initial weights and the batches.
    seconds : float
        Processor time after which no further updates are taken.
    """
    start = time.process_time()
    torch.manual_seed(seed)
    model = Captioner(len(task.vocabulary), task.longest)
    planned, updates = UPDATES["writer"] + SETTLING["writer"], 0
    while updates < planned and (spent := time.process_time() - start) < seconds:
        left = 1 - max(updates / planned, spent / seconds)
        rate = RATES["writer"] * min(1.0, 3 * left)  # it falls in the last third
        fit(model, task, steps=20, seed=seed + updates, batch_size=BATCH, learning_rate=rate)
        updates += 20
    held = task.part if task.held_out else task.rest.part
    train = task.rest.part if task.held_out else task.part
    said = {
        "nearest picture": nearest(train, held.pictures),
        "writer": described(model, held, task),
    }
    return Learned(
        said,
        {name: right(each, held) for name, each in said.items()},
        {name: right_words(each, held) for name, each in said.items()},
        updates,
        time.process_time() - start,
    )
