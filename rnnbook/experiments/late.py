"""When is a forecast late? The same code on a wave and on a series that wanders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SequenceRegressor
from rnnbook.tasks.windows_ahead import WindowsAhead
from rnnbook.training import fit, predict

#: A seed draws the noise, the initial weights and the windows.
SEEDS = (0, 1, 2)
#: Values to train on, and the later ones that are forecast.
KNOWN, FUTURE = 600, 300
#: Values in a window; the next one is forecast.
WINDOW = 12
#: Steps of a wave, and the spread of the noise on it.
PERIOD, NOISE = 12, 0.1
#: What a wandering value keeps of the one before.
KEPT = 0.9
HIDDEN, BATCH, UPDATES = 16, 32, 100
#: The learning rates that were tried, and the one at which both errors together are smallest.
RATES = (3e-3, 1e-2, 3e-2)
LEARNING_RATE = 1e-2
#: By how many steps a forecast may be late.
SHIFTS = (0, 1, 2, 3, 4)

Array = NDArray[np.float64]


class Result(NamedTuple):
    """What forecasts of the next value are like, by series; the first axis is the seed.

    ``shift`` is by how many steps a forecast is late: it is closest to the series so far back.
    ``error`` is the root of its mean squared error, over that of repeating the last value, and
    ``alike`` its correlation with what came.
    """

    shift: dict[str, Measured]
    error: dict[str, Measured]
    alike: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network on each series, and look at its forecasts."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    found = {name: judged(name, seed, LEARNING_RATE) for name in MADE}
    shift, error, alike = (
        {name: values[i] for name, values in found.items()} for i in range(len(Result._fields))
    )
    return Result(shift, error, alike)


def judged(name: str, seed: int, rate: float) -> tuple[int, float, float]:
    """Train on the beginning of a series; return shift, error and correlation on the rest."""
    values = MADE[name](np.random.default_rng(seed))
    values = (values - values[:KNOWN].mean()) / values[:KNOWN].std()
    torch.manual_seed(seed)
    model = SequenceRegressor(1, HIDDEN, layer=nn.LSTM)
    known, later = (WindowsAhead(part, WINDOW) for part in (values[:KNOWN], values[KNOWN:]))
    fit(model, known, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    batch = later.whole()
    with torch.no_grad():
        output = predict(model, batch)
    forecast, came = output[:, 0].numpy(), batch.target[:, 0].numpy()
    alike = float(np.corrcoef(forecast, came)[0, 1])
    return lateness(forecast, came), later.score(output, batch), alike


def lateness(forecast: Array, came: Array) -> int:
    """Return by how many steps a forecast is late: it is closest to the series so far back.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.late import lateness
    >>> series = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    >>> lateness(series[1:], series[1:]), lateness(series[:-1], series[1:])
    (0, 1)
    """
    most = max(SHIFTS)
    asked = forecast[most:]
    back = (came[most - shift : len(came) - shift] for shift in SHIFTS)
    return int(np.argmin([np.mean((asked - values) ** 2) for values in back]))


def wave(chance: np.random.Generator) -> Array:
    """Return a sine with noise on every measurement."""
    clean = np.sin(2 * np.pi * np.arange(KNOWN + FUTURE) / PERIOD)
    noisy: Array = clean + chance.normal(scale=NOISE, size=len(clean))
    return noisy


def wandering(chance: np.random.Generator) -> Array:
    """Return a series of which each value is most of the one before plus a random number."""
    values = chance.normal(size=KNOWN + FUTURE)
    for t in range(1, len(values)):
        # x_t = 0.9 x_{t-1} + noise
        values[t] += KEPT * values[t - 1]
    return values


#: By name, what makes a series.
MADE: dict[str, Callable[[np.random.Generator], Array]] = {"wave": wave, "wandering": wandering}


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], float]:
    """Return the mean error on each series at each learning rate; no build calls it."""
    return {
        (name, rate): float(np.mean([judged(name, seed, rate)[1] for seed in seeds]))
        for name in MADE
        for rate in RATES
    }
