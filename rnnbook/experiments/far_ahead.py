"""Why is a forecast worse further ahead? Two series, each with one of two causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.forecasting import errors, forecasts
from rnnbook.models import VanillaRNN
from rnnbook.tasks.forecasting import Forecasting
from rnnbook.training import fit

#: A seed draws the noise, the initial weights and the windows.
SEEDS = (0, 1, 2)
#: Steps of the wave, those held out at its end, its period, and the spread of the noise on it.
STEPS, HELD_OUT, PERIOD, NOISE = 600, 200, 24, 0.1
#: Random walks of which the best forecast is measured.
WALKS = 2000
#: Steps that a network reads, and the most steps ahead: so many periods of the wave.
WINDOW, PERIODS = 8, 3
HORIZON = PERIODS * PERIOD
HIDDEN, BATCH, UPDATES = 16, 16, 100
#: The learning rates that were tried, and one at which both networks learn: see :func:`rates`.
RATES = (3e-3, 1e-2, 3e-2)
LEARNING_RATE = 1e-2
FED_BACK, DIRECT = WAYS = ("fed back", "direct")

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Root mean squared errors by the steps ahead, (seed, horizon).

    ``wave`` is that of a network on a noisy wave, by the way in which it looks ahead, and ``walk``
    that of the best forecast of a random walk, which repeats the last value.
    """

    wave: dict[str, Measured]
    walk: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure all forecasts."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Measure all forecasts on one seed."""
    return Result(wave={way: ahead(way, seed, LEARNING_RATE) for way in WAYS}, walk=walk(seed))


def ahead(way: str, seed: int, rate: float) -> Array:
    """Train a network on the wave, and return its error for each step ahead, (horizon,)."""
    clean = np.sin(2 * np.pi * np.arange(STEPS) / PERIOD)
    noisy = clean + np.random.default_rng(seed).normal(scale=NOISE, size=STEPS)
    task = Forecasting(
        values=tuple(noisy.tolist()), window=WINDOW, horizon=HORIZON, held_out=HELD_OUT
    )
    # one step that is fed back, or all steps at once
    learned = replace(task, horizon=1) if way == FED_BACK else task
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, learned.horizon, layer=nn.GRU)
    fit(model, learned, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    return errors(task, forecasts(model, task))


def walk(seed: int) -> Array:
    """Return the error of repeating the last value of a random walk, (horizon,).

    Examples
    --------
    After h steps of spread 1 it is about the root of h.

    >>> from rnnbook.experiments.far_ahead import walk
    >>> [round(float(walk(0)[h - 1])) for h in (1, 4, 16)]
    [1, 2, 4]
    """
    moved = np.random.default_rng(seed).normal(size=(WALKS, HORIZON)).cumsum(axis=1)
    found: Array = np.sqrt((moved**2).mean(axis=0))
    return found


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], float]:
    """Return the mean error over the horizon at each learning rate; no build calls it."""
    return {
        (way, rate): float(np.mean([ahead(way, seed, rate) for seed in seeds]))
        for way in WAYS
        for rate in RATES
    }
