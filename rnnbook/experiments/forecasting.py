"""How far ahead does a network forecast sunspots and CO2 better than methods without one?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.tasks.forecasting import Forecasting
from rnnbook.training import fit

#: A seed draws the initial weights and the windows.
SEEDS = (0, 1, 2)
HIDDEN = 16
UPDATES = 200
BATCH = 16
#: The learning rates that were tried, and the one of each network: see :func:`rates`.
TRIED = (3e-3, 1e-2)
RATES = {"direct": 3e-3, "fed back": 3e-3, "levels": 1e-2, "differences": 3e-3}
#: How many numbers the autoregression reads: a solar cycle less two years, a year and a month.
LAGS = {"sunspots": 9, "CO2": 13}
#: A season: a solar cycle in years, and a year in months.
SEASONS = {"sunspots": 11, "CO2": 12}
#: Updates, learning rate and units of the networks that read five numbers.
FEW = 150
FEW_RATE = 1e-2
FEW_HIDDEN = 8
COUNTED = (10.0, 20.0, 30.0, 40.0, 50.0)
#: How far the five numbers go on.
ON = 10
#: How much the changes of a series have to be like those a season before, as a correlation.
LIKE = 0.3

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Errors of forecasts, and what networks answer that read five numbers; seeds come first.

    ``sunspots`` and ``co2`` are by method: the root mean squared error for each step ahead, in the
    unit of the series; what has no seed is the same for each. ``overall`` is the mean of these over
    the steps ahead, by series and method. ``beyond`` is what comes after 10, 20, 30, 40, 50 by
    networks that read ``"levels"`` and ``"differences"``, ten steps, each answer read in turn;
    ``between`` is what the network that read levels answers to 15, 25 and 35.
    """

    sunspots: dict[str, Measured]
    co2: dict[str, Measured]
    overall: dict[tuple[str, str], Measured]
    beyond: dict[str, Measured]
    between: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train and measure all networks beside their competitors."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train and measure all networks, on one seed."""
    suns, air = sunspots(), carbon()
    by_sun, by_air = dict(competitors(suns)), dict(competitors(air))
    for name in ("direct", "fed back"):
        by_sun[f"LSTM, {name}"] = errors(suns, forecasts(trained(suns, name, seed), suns))
    for name, task in (("levels", replace(air, lag=0)), ("differences", air)):
        by_air[f"LSTM, {name}"] = errors(air, forecasts(trained(task, name, seed), task))
    both = {"sunspots": by_sun, "CO2": by_air}
    counted = {name: count_on(name, seed) for name in ("levels", "differences")}
    return Result(
        sunspots=by_sun,
        co2=by_air,
        overall={(s, n): float(e.mean()) for s, found in both.items() for n, e in found.items()},
        beyond={name: answers for name, (_, answers) in counted.items()},
        between=between(counted["levels"][0]),
    )


def sunspots() -> Forecasting:
    """Return the task on the sunspots: three cycles are read, one is forecast."""
    season = SEASONS["sunspots"]
    return Forecasting("sunspots", window=3 * season, horizon=season)


def carbon(lag: int = SEASONS["CO2"]) -> Forecasting:
    """Return the task on the CO2: differences to the year before, for three years."""
    season = SEASONS["CO2"]
    return Forecasting("CO2", window=3 * season, horizon=season, lag=lag)


def trained(task: Forecasting, name: str, seed: int, rate: float | None = None) -> VanillaRNN:
    """Return an LSTM that answers for the whole horizon; the one ``"fed back"`` for one step.

    Parameters
    ----------
    task : Forecasting
        What it learns.
    name : str
        Whose learning rate it gets, a key of ``RATES``.
    seed : int
        Seeds weights and windows.
    rate : float, optional
        Another learning rate.
    """
    learned = replace(task, horizon=1) if name == "fed back" else task
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, learned.horizon, layer=nn.LSTM)
    rate = RATES[name] if rate is None else rate
    fit(model, learned, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    return model


def forecasts(model: VanillaRNN, task: Forecasting) -> Array:
    """Return what a model forecasts from each origin, (origins, horizon), in the series' unit."""
    return task.restored(answer(model, task.known(), task.horizon))


@torch.no_grad()
def answer(model: VanillaRNN, read: Tensor, steps: int) -> Array:
    """Return what a model answers for the next steps, (batch, steps), scaled as what it reads.

    It reads the last window, (batch, window, 1). Where it answers for fewer steps, its answer for
    the first is appended to what it reads, and it is asked again.
    """
    model.eval()
    answers = model(read)[0][:, -1]
    if answers.shape[1] < steps:
        given = [answers[:, :1]]
        while len(given) < steps:
            read = torch.cat([read[:, 1:], given[-1][:, None]], dim=1)
            given.append(model(read)[0][:, -1, :1])
        answers = torch.cat(given, dim=1)
    found: Array = answers.double().numpy()
    return found


def errors(task: Forecasting, forecast: Array) -> Array:
    """Return the root mean squared error for each step ahead, (horizon,)."""
    wrong: Array = np.sqrt(((forecast - task.truth) ** 2).mean(0))
    return wrong


def repeat(task: Forecasting, season: int = 1, drift: bool = False) -> Array:
    """Return forecasts that repeat the last season, (origins, horizon); one step is persistence.

    With ``drift``, what the season gained on the one before is added once for each repetition.

    Examples
    --------
    >>> from rnnbook.experiments.forecasting import repeat
    >>> from rnnbook.tasks.forecasting import Forecasting
    >>> task = Forecasting(values=(1, 5, 2, 6, 3, 7, 4, 8), window=1, horizon=2, held_out=2)
    >>> repeat(task).tolist(), repeat(task, 2).tolist(), repeat(task, 2, drift=True).tolist()
    ([[7.0, 7.0]], [[3.0, 7.0]], [[4.0, 8.0]])
    """
    rows = []
    for origin in task.origins:
        past = task.numbers[:origin]
        gain = past[-1] - past[-1 - season] if drift else 0.0
        ahead = np.arange(task.horizon)
        rows.append(past[origin - season + ahead % season] + gain * (ahead // season + 1))
    return np.stack(rows)


def autoregress(task: Forecasting, lags: int) -> Array:
    """Return forecasts of an autoregression on what the model reads, (origins, horizon).

    ``x_t = c + a_1 x_{t-1} + ... + a_p x_{t-p}``; statsmodels fits c and a to the training part by
    least squares. Forecasts further ahead are fed back.

    Raises
    ------
    ImportError
        If statsmodels is missing.
    """
    try:
        from statsmodels.tsa.ar_model import AutoReg
    except ImportError as error:
        raise ImportError(
            "autoregress: needs statsmodels, which the extra brings: pip install 'rnnbook[data]'"
        ) from error

    first = task.cut - task.lag
    c, *a = AutoReg(task.scaled[:first], lags=lags).fit().params
    rows = np.stack([task.scaled[: t - task.lag][-lags:] for t in task.origins])
    for _ in range(task.horizon):
        # x_t = c + a_1 x_{t-1} + ... + a_p x_{t-p}
        rows = np.column_stack([rows, c + rows[:, -lags:] @ a[::-1]])
    return task.restored(rows[:, -task.horizon :])


def seasonal_arima(task: Forecasting, season: int) -> Array:
    """Return forecasts of the airline model of Box and Jenkins, (origins, horizon).

    It is ARIMA (0, 1, 1) in steps and (0, 1, 1) in seasons, fitted once, to the training part, by
    statsmodels. At each origin its filter has read all that came before.

    Raises
    ------
    ImportError
        If statsmodels is missing.
    """
    try:
        from statsmodels.tsa.statespace.sarimax import SARIMAX
    except ImportError as error:
        raise ImportError(
            "seasonal_arima: needs statsmodels, which the extra brings: pip install 'rnnbook[data]'"
        ) from error

    orders = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, season)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels says where its search starts
        fitted = SARIMAX(task.training, **orders).fit(disp=False)
        read = fitted.apply(task.numbers).filter_results
    # after t numbers, the state of the next step; h steps on it is T^h of that, and Z reads it
    states = read.predicted_state[:, task.origins]
    Z, T = read.design[0, :, 0], read.transition[:, :, 0]
    rows = []
    for _ in range(task.horizon):
        rows.append(Z @ states)
        states = T @ states
    return np.stack(rows, axis=1)


def own(path: str | Path, column: str | None) -> Forecasting:
    """Return the task on a column of your own: sizes follow from its length and its season.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file cannot be read, or its numbers are too few or all alike.
    """
    whole = Forecasting(path=path, column=column, window=1, horizon=1)
    if np.ptp(whole.training) == 0:
        raise ValueError(
            f"own: expected numbers that change in {column!r}, got {whole.training[0]:g} in all "
            "of the part to train on; the usual cause is another column's name"
        )
    season = season_of(whole.training)
    horizon = season if season > 1 else 12
    kept = max(len(whole.numbers) // 5, horizon)
    room = len(whole.numbers) - kept - season - horizon
    window = max(min(3 * horizon, room // 2), 1)
    return replace(whole, window=window, horizon=horizon, lag=season, held_out=kept)


def compare(task: Forecasting, seed: int = 0) -> dict[str, Array]:
    """Return the errors by method, (horizon,), for a task whose lag is a season or 1."""
    lags = max(min(task.lag + 1, task.cut // 5), 1)
    found = {
        "persistence": errors(task, repeat(task)),
        "last season": errors(task, repeat(task, task.lag)),
        "last season and drift": errors(task, repeat(task, task.lag, drift=True)),
        "AR": errors(task, autoregress(task, lags)),
    }
    for name, read in (("levels", replace(task, lag=0)), ("differences", task)):
        found[f"LSTM, {name}"] = errors(task, forecasts(trained(read, name, seed), read))
    return found


@cache
def competitors(task: Forecasting) -> dict[str, Array]:
    """Return the errors of what has no network: nothing here has a seed, so it is done once."""
    name = task.series
    season = SEASONS[name]
    found = {
        "persistence": errors(task, repeat(task)),
        "last season": errors(task, repeat(task, season)),
        "AR": errors(task, autoregress(task, LAGS[name])),
    }
    if name == "CO2":
        found["last season and drift"] = errors(task, repeat(task, season, drift=True))
        found["SARIMA"] = errors(task, seasonal_arima(task, season))
    return found


def count_on(name: str, seed: int) -> tuple[VanillaRNN, Array]:
    """Return a network that read 10, 20, 30, 40, 50, and the ten numbers that it counts on by.

    It learned to answer each number with the next. The one for ``"levels"`` reads the numbers, the
    one for ``"differences"`` how much they grew.
    """
    task = counting(name)
    torch.manual_seed(seed)
    model = VanillaRNN(1, FEW_HIDDEN, 1, layer=nn.LSTM)
    fit(model, task, steps=FEW, seed=seed, batch_size=4, learning_rate=FEW_RATE)
    return model, task.restored(answer(model, task.known()[:1], ON))[0]


def counting(name: str = "levels") -> Forecasting:
    """Return the task of five numbers to learn from; what comes after them is held out."""
    numbers = tuple(COUNTED[0] * k for k in range(1, len(COUNTED) + ON + 1))
    lag = 1 if name == "differences" else 0
    return Forecasting(values=numbers, window=1, horizon=1, lag=lag, held_out=ON)


@torch.no_grad()
def between(model: VanillaRNN) -> Array:
    """Return what the network that read levels answers to 15, 25 and 35, (3,)."""
    task = counting()
    known = task.training
    asked = (known[:3] + known[1:4]) / 2
    read = (asked - known.mean()) / known.std()
    answers = model(torch.tensor(read, dtype=torch.get_default_dtype())[:, None, None])[0]
    found: Array = answers[:, 0, 0].double().numpy() * known.std() + known.mean()
    return found


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], float]:
    """Return the mean error of each network at each learning rate that was tried.

    It is measured on the end of the training part, of which as much is held out as there is held
    out of the whole. No build calls this.
    """
    suns, air = sunspots(), carbon()
    found = {}
    for name in RATES:
        whole = {"levels": replace(air, lag=0), "differences": air}.get(name, suns)
        kept = len(whole.numbers) - whole.cut
        task = replace(whole, values=tuple(whole.training), held_out=kept)
        for rate in TRIED:
            wrong = [
                errors(task, forecasts(trained(task, name, seed, rate), task)).mean()
                for seed in seeds
            ]
            found[name, rate] = float(np.mean(wrong))
    return found


def season_of(values: Array) -> int:
    """Return after how many steps changes are most like each other; 1 if after none they are.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.forecasting import season_of
    >>> season_of(np.sin(np.arange(120) * 2 * np.pi / 12))
    12
    """
    changes = np.diff(values) - np.diff(values).mean()
    power = float(changes @ changes)
    shifts = range(2, len(changes) // 3)
    alike = [float(changes[k:] @ changes[:-k]) / power if power else 0.0 for k in shifts]
    if not alike or max(alike) < LIKE:
        return 1
    return 2 + int(np.argmax(alike))
