"""Three suspected leaks in a forecast, one at a time: what is reported, and what is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsRegressor
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models.regression import SequenceRegressor
from rnnbook.tasks.windows_ahead import WindowsAhead
from rnnbook.training import fit, predict

#: A seed draws the series, the random split, the initial weights and the batches.
SEEDS = (0, 1, 2)
#: Values that are known, and values of the future.
KNOWN, FUTURE = 600, 300
#: Values in a window, and steps from its end to the target.
LENGTH, AHEAD = 12, 10
#: Steps in a season, the rise of the trend in each step, and the spread of the noise.
PERIOD, RISE, NOISE = 24, 0.02, 0.3
#: Training windows that the audit looks up, and series that it is averaged over.
NEIGHBOURS, SHUFFLES = 2, 5
HIDDEN, UPDATES, BATCH, LEARNING_RATE = 16, 150, 32, 1e-2

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Errors relative to repeating the last value; the first axis is the seed.

    ``reported`` and ``true`` are by series and split: the error on what the split keeps for the
    test, and on the future, which no split has seen. ``best`` is by series: the error on the future
    of a forecaster that knows how the series was made. ``audited`` is by split: the error that two
    nearest neighbours report on shuffled differences of a random walk.
    """

    reported: dict[tuple[str, str], Measured]
    true: dict[tuple[str, str], Measured]
    best: dict[str, Measured]
    audited: dict[str, Measured]


class Split(NamedTuple):
    """Windows to train on and to report on, and how the series was scaled."""

    train: WindowsAhead
    test: WindowsAhead
    mean: float
    spread: float


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network on every series under every split."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train on one seed."""
    reported, true, best = {}, {}, {}
    for name, make in MADE.items():
        values, expected = make(seed)
        future = WindowsAhead(values[KNOWN:], LENGTH, AHEAD).whole()
        target = torch.tensor(expected[KNOWN + LENGTH - 1 :][: len(future.target)])
        best[name] = WindowsAhead().score(target[:, None], future)
        for way, split in SPLITS.items():
            reported[name, way], true[name, way] = forecast(values, split, seed)
    steps = walk(seed)[0][:KNOWN]
    audited = {way: audit(steps, split, seed) for way, split in SPLITS.items()}
    return Result(reported, true, best, audited)


def forecast(values: Array, split: Callable[[Array, int], Split], seed: int) -> tuple[float, float]:
    """Return the error that a split reports, and the error on the future."""
    found = split(values[:KNOWN], seed)
    model = trained(found.train, seed)
    future = WindowsAhead((values[KNOWN:] - found.mean) / found.spread, LENGTH, AHEAD)
    return error(model, found.test), error(model, future)


def trained(task: WindowsAhead, seed: int) -> SequenceRegressor:
    """Return an LSTM trained on windows."""
    torch.manual_seed(seed)
    model = SequenceRegressor(1, HIDDEN, layer=nn.LSTM)
    fit(model, task, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=LEARNING_RATE)
    return model


@torch.no_grad()
def error(model: nn.Module, task: WindowsAhead) -> float:
    """Return the error of a model on every window of a task."""
    batch = task.whole()
    return task.score(predict(model, batch), batch)


# The series, each with the best forecast that its windows allow.


def walk(seed: int) -> tuple[Array, Array]:
    """Return a random walk: the best forecast repeats the last value."""
    values: Array = np.random.default_rng(seed).normal(size=KNOWN + FUTURE).cumsum()
    return values, values


def trend(seed: int) -> tuple[Array, Array]:
    """Return a season on a straight line, and the two without the noise, ``AHEAD`` steps on."""
    times = np.arange(KNOWN + FUTURE + AHEAD)
    clean = np.array(RISE * times + np.sin(2 * np.pi * times / PERIOD), np.float64)
    noise: Array = np.random.default_rng(seed).normal(scale=NOISE, size=KNOWN + FUTURE)
    return clean[: len(noise)] + noise, clean[AHEAD:]


def season(seed: int) -> tuple[Array, Array]:
    """Return a season and noise, and the season ``AHEAD`` steps on."""
    values, expected = trend(seed)
    times = np.arange(len(values))
    return values - RISE * times, expected - RISE * (times + AHEAD)


#: By name, what makes a series.
MADE: dict[str, Callable[[int], tuple[Array, Array]]] = {
    "random walk": walk,
    "trend and season": trend,
    "season": season,
}


# The splits. Each of the last three does one thing differently from the first.


def in_time(values: Array, seed: int) -> Split:
    """Cut in time, scale by the training part, and cut windows inside each part."""
    return parted(*scale(values, values[: cut(len(values))]))


def at_random(values: Array, seed: int) -> Split:
    """Cut all windows, and draw the training windows from them at random."""
    scaled, mean, spread = scale(values, values[: cut(len(values))])
    every = WindowsAhead(scaled, LENGTH, AHEAD).windows
    mixed = np.random.default_rng(seed + 1).permutation(every).tolist()
    parts = (mixed[: cut(every)], mixed[cut(every) :])
    train, test = (WindowsAhead(scaled, LENGTH, AHEAD, sorted(part)) for part in parts)
    return Split(train, test, mean, spread)


def scaled_by_all(values: Array, seed: int) -> Split:
    """Cut in time and cut windows inside each part, but scale by all known values."""
    return parted(*scale(values, values))


def windows_first(values: Array, seed: int) -> Split:
    """Cut all windows, and cut their list in time: some of them lie across the cut."""
    scaled, mean, spread = scale(values, values[: cut(len(values))])
    every = WindowsAhead(scaled, LENGTH, AHEAD).windows
    parts = (range(cut(every)), range(cut(every), every))
    train, test = (WindowsAhead(scaled, LENGTH, AHEAD, part) for part in parts)
    return Split(train, test, mean, spread)


def parted(scaled: Array, mean: float, spread: float) -> Split:
    """Return the windows before the cut and those after it."""
    at = cut(len(scaled))
    train, test = (WindowsAhead(part, LENGTH, AHEAD) for part in (scaled[:at], scaled[at:]))
    return Split(train, test, mean, spread)


def cut(count: int) -> int:
    """Return how many of the values or windows are for training."""
    return count * 3 // 4


def scale(values: Array, by: Array) -> tuple[Array, float, float]:
    """Return values scaled to the mean and spread of some of them, and these two."""
    mean, spread = float(by.mean()), float(by.std())
    return (values - mean) / spread, mean, spread


#: By name, how training and test are told apart.
SPLITS: dict[str, Callable[[Array, int], Split]] = {
    "in time": in_time,
    "random split": at_random,
    "scaler on all": scaled_by_all,
    "windows first": windows_first,
}


# The test of a pipeline.


def shuffled(values: Array, seed: int) -> Array:
    """Return a series of another's differences in random order: nothing predicts the order."""
    steps = np.random.default_rng(seed).permutation(np.diff(values))
    return np.concatenate([values[:1], values[0] + steps.cumsum()])


def audit(values: Array, split: Callable[[Array, int], Split], seed: int) -> float:
    """Return the mean error that nearest neighbours report on series of shuffled differences.

    Without a leak it is not clearly below one: in a series without a drift nothing beats repeating
    the last value. Shuffling keeps a drift, so take it out of your series first. Two nearest
    neighbours answer with the mean of what followed the two training windows most like the one
    asked about: they learn by heart, so they find what leaks.

    Parameters
    ----------
    values : ndarray
        A series, oldest value first.
    split : callable
        One of :data:`SPLITS`, or yours.
    seed : int
        Draws the orders of the differences, and random splits.

    Raises
    ------
    ValueError
        If the series is too short to be cut.
    """
    needed = 4 * (LENGTH + AHEAD)
    if len(values) < needed:
        raise ValueError(
            f"audit: expected at least {needed} values, got {len(values)}; a quarter of them has "
            "to hold a window and its target: take a longer series"
        )
    drawn = range(seed * SHUFFLES, (seed + 1) * SHUFFLES)
    return float(np.mean([looked_up(split(shuffled(values, one), one)) for one in drawn]))


def looked_up(found: Split) -> float:
    """Return the error of nearest neighbours on the test part of a split."""
    train, test = found.train.whole(), found.test.whole()
    model = KNeighborsRegressor(NEIGHBOURS)
    model.fit(train.inputs[0][..., 0].numpy(), train.target.numpy())
    answers = torch.from_numpy(model.predict(test.inputs[0][..., 0].numpy()))
    return found.test.score(answers.to(test.target), test)
