"""Which list is a surname from? Networks that read it, beside models that count its letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SentimentClassifier
from rnnbook.tasks.names import Names
from rnnbook.training import fit

#: A seed draws the initial weights and the batches; the split and the counted models do not use it.
SEEDS = (0, 1, 2)
LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
EMBED, HIDDEN, BATCH = 16, 48, 64
#: Updates of the first round of training, and of the second, at a fifth of the rate.
UPDATES, SETTLING = 180, 50
#: The learning rates that were tried, and the one that each network was then given.
TRIED = (5e-3, 1e-2, 2e-2)
RATES = {"RNN": 2e-2, "LSTM": 2e-2, "GRU": 2e-2}
#: The longest piece of a name that each counted model looks at.
COUNTED = {"unigram": 1, "n-gram": 4}

Array = NDArray[np.int64]


class Result(NamedTuple):
    """What came of every contender, by name; the first axis is the seed.

    ``accuracy`` is the share of held-out names with the right label, ``answers`` the number of the
    label that each of them was given, (seed, names). What has no seed is the same for each.
    ``shuffled`` is the accuracy of a network that reads the letters of each name in another order.
    """

    accuracy: dict[str, Measured]
    answers: dict[str, Measured]
    shuffled: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train and measure the three networks on Faker's surnames."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Run :func:`run` on a single seed."""
    task = Names()
    answers, shuffled = dict(counted(task)), {}
    for name, rate in RATES.items():
        model = trained(task, LAYERS[name], rate, seed)
        answers[name] = read(model, task)
        shuffled[name] = right(task, read(model, task, shuffled=True))
    return Result({name: right(task, said) for name, said in answers.items()}, answers, shuffled)


def rates(
    seeds: Sequence[int] = (200, 201, 202, 203, 204),
) -> dict[tuple[str, float], tuple[float, ...]]:
    """Return the accuracy of each network at each learning rate that was tried, a value a seed.

    A fifth of the names of training is put aside for it, so that the held-out names choose nothing.
    No build calls it.
    """
    task, kept = Names(held_out=0.36), set(Names().names)  # 0.36 = 0.2 + 0.8 / 5, the same order
    asked = np.array([name in kept for name in task.rest.names])
    labels = task.rest.targets.numpy()[asked]

    def accuracy(layer: Callable[..., nn.Module], rate: float, seed: int) -> float:
        answers = read(trained(task, layer, rate, seed), task)[asked]
        return float((answers == labels).mean())

    return {
        (name, rate): tuple(accuracy(layer, rate, seed) for seed in seeds)
        for name, layer in LAYERS.items()
        for rate in TRIED
    }


def trained(
    task: Names, layer: Callable[..., nn.Module], rate: float, seed: int
) -> SentimentClassifier:
    """Return a network that was trained on the names of ``task``."""
    model = _fresh(task, layer, HIDDEN, seed)
    fit(model, task, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    fit(model, task, steps=SETTLING, seed=seed + 1, batch_size=BATCH, learning_rate=rate / 5)
    return model


def _fresh(
    task: Names, layer: Callable[..., nn.Module], hidden: int, seed: int
) -> SentimentClassifier:
    torch.manual_seed(seed)
    return SentimentClassifier(len(task.vocabulary), EMBED, hidden, len(task.labels), layer=layer)


@torch.no_grad()
def read(model: nn.Module, task: Names, *, shuffled: bool = False) -> Array:
    """Return the label that a network gives to each held-out name, (names,).

    If ``shuffled``, the network reads the letters of each name in an order drawn at random.
    """
    model.eval()
    batch = task.rest.whole()
    ids, lengths = batch.inputs[0], batch.lengths
    assert lengths is not None
    if shuffled:
        keys = torch.rand(ids.shape, generator=torch.Generator().manual_seed(0), device="cpu")
        beyond = torch.arange(ids.shape[1], device="cpu") >= lengths.unsqueeze(1)
        ids = ids.gather(1, keys.masked_fill(beyond, 2.0).argsort(dim=1))  # padding stays behind
    logits = [
        model(x[:, : int(n.max())], lengths=n)
        for x, n in zip(ids.split(1000), lengths.split(1000), strict=True)
    ]
    answers: Array = torch.cat(logits).argmax(-1).numpy()
    return answers


def right(task: Names, answers: Array) -> float:
    """Return the share of held-out names whose label is right."""
    return float((answers == task.rest.targets.numpy()).mean())


@cache
def counted(task: Names) -> dict[str, Array]:
    """Return the labels that three simple methods give to each held-out name, by their names.

    The first always answers with the label of most names. The others are logistic regressions on
    the pieces of a name, counted and hashed to 65,536 places: single letters, and all pieces of
    up to four, where the name's first and last place count as a letter. They are fitted by
    stochastic gradient descent, so that a hundred thousand names take seconds.
    """
    answers = {"commonest": np.full(len(task.rest.names), task.trivial_label)}
    for name, longest in COUNTED.items():
        answers[name] = _letters(longest, task)
    return answers


def _letters(longest: int, task: Names) -> Array:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier

    pieces = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(1, longest),
        n_features=2**16,
        alternate_sign=False,
        lowercase=False,
    )
    passes = int(np.clip(100_000 // len(task.names), 5, 200))
    model = SGDClassifier(
        "log_loss", alpha=1e-5, max_iter=passes, tol=None, random_state=0, average=longest == 1
    )
    model.fit(pieces.transform(task.names), task.targets.numpy())
    answers: Array = model.predict(pieces.transform(task.rest.names))
    return answers


def interval(successes: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of Wilson (1927) around a share seen in ``count`` trials.

    Examples
    --------
    >>> from rnnbook.experiments.names import interval
    >>> [round(edge, 2) for edge in interval(9, 12)]
    [0.47, 0.91]
    """
    z = 1.959964
    share = successes / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def by_label(task: Names, answers: Array) -> Array:
    """Return how many names of each label were given each label, (true, given)."""
    size = len(task.labels)
    table = np.zeros((size, size), dtype=np.int64)
    np.add.at(table, (task.rest.targets.numpy(), answers), 1)
    return table


def taken_for(task: Names, answers: Array, true: str, given: str) -> float:
    """Return the share of the held-out names of one label that were given another.

    Examples
    --------
    >>> from rnnbook.experiments.names import counted, taken_for
    >>> from rnnbook.tasks.names import Names
    >>> taken_for(Names(), counted(Names())["commonest"], "Danish", "Italian")
    1.0
    """
    row = dict(zip(task.labels, by_label(task, answers), strict=True))[true]
    return float(dict(zip(task.labels, row, strict=True))[given] / row.sum())


class Learned(NamedTuple):
    """What came of a reader's own names: a :class:`Result`, and how training ended."""

    result: Result
    model: SentimentClassifier
    updates: int
    planned: int
    seconds: float

    @property
    def ended(self) -> str:
        """How training ended, in a sentence."""
        why = "all that were planned" if self.updates >= self.planned else "then its time was up"
        return f"{self.updates:,} updates, {why}: {self.seconds:.0f} s of processor time in all"


def seconds_for(count: int) -> float:
    """Return how long so many names may be learned: 30 s, and 60 s for a hundred thousand.

    Examples
    --------
    >>> from rnnbook.experiments.names import seconds_for
    >>> seconds_for(500), seconds_for(50_000), seconds_for(100_000)
    (30.0, 30.0, 60.0)
    """
    return 30.0 * min(max(count / 50_000, 1.0), 2.0)


def learn(task: Names, *, seed: int = 0, seconds: float | None = None) -> Learned:
    """Train a bidirectional LSTM on any names until updates or time are used up, and measure it.

    The learning rate falls to zero with the updates or with the time, whichever is nearer to its
    end, so that a training that is cut short has settled too.

    Parameters
    ----------
    task : Names
        The names, of a reader's own folder, say.
    seed : int
        Seeds the initial weights and the batches.
    seconds : float, optional
        The processor time for everything, the counted models included: :func:`seconds_for` if left
        out.
    """
    start = time.process_time()
    limit = seconds_for(len(task.names) + len(task.rest.names)) if seconds is None else seconds
    answers = dict(counted(task))
    model = _fresh(task, partial(nn.LSTM, bidirectional=True), 64, seed)
    optimizer = _kept(partial(torch.optim.AdamW, weight_decay=0.1))
    planned = max(300, 16 * len(task.names) // BATCH)
    updates = 0
    while updates < planned:
        spent = (time.process_time() - start) / (0.95 * limit)  # the rest is for the measurement
        left = 1 - max(spent, updates / planned)
        if left <= 0:
            break
        fit(
            model,
            task,
            steps=min(20, planned - updates),
            seed=seed + updates,
            batch_size=BATCH,
            learning_rate=1e-2 * left,
            optimizer=optimizer,
        )
        updates += min(20, planned - updates)
    answers["LSTM"] = read(model, task)
    shuffled = {"LSTM": np.array([right(task, read(model, task, shuffled=True))])}
    many = {name: said[None] for name, said in answers.items()}
    accuracy = {name: np.array([right(task, said)]) for name, said in answers.items()}
    seconds = time.process_time() - start
    return Learned(Result(accuracy, many, shuffled), model, updates, planned, seconds)


def _kept(build: Callable[..., torch.optim.Optimizer]) -> Callable[..., torch.optim.Optimizer]:
    """Return what builds one optimiser and then hands it out again, at another learning rate."""
    built: list[torch.optim.Optimizer] = []

    def again(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        if not built:
            built.append(build(parameters, lr=lr))
        for group in built[0].param_groups:
            group["lr"] = lr
        return built[0]

    return again
