"""The next numbers of a series that was measured, whose last part is kept for the measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data.columns import read_column

Array = NDArray[np.float64]

PARTS = ("training", "held out")
#: The series that come with statsmodels, and the last steps of each that are held out.
SERIES = {"sunspots": 80, "CO2": 120}


@dataclass(frozen=True)
class Forecasting:
    """What are the next numbers of a series? It is measured, or one of your own.

    The series is cut once, in time. Windows for training lie wholly before the cut, and mean and
    spread, by which all numbers are scaled, are those of the numbers before it.

    Parameters
    ----------
    series : {"sunspots", "CO2"}
        Sunspot numbers by year, or the CO2 in the air of Mauna Loa by month. With your own numbers
        it is not looked at.
    path, column : str or Path, and str, optional
        Your own CSV file, and the name of a column in it.
    values : tuple of float, optional
        Numbers in place of a file.
    window : int
        Steps the model reads before it has to answer.
    horizon : int
        Steps it answers for, all at once.
    lag : int
        Zero: the model reads the numbers themselves. Otherwise it reads how much each differs from
        the one ``lag`` steps before.
    held_out : int, optional
        Steps kept for the measurement; a fifth, if left out for your own numbers.
    part : {"training", "held out"}
        Where batches are drawn from; see :attr:`rest` for the other part.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is malformed, the series too short, a number not finite, or another parameter
        out of range.
    ImportError
        If statsmodels, from which the two series come, is missing.

    Notes
    -----
    A model answers at each step of its window, ``(batch, window, horizon)``. What it has to answer
    is scaled as its input is; :meth:`restored` turns it into numbers of the series.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.forecasting import Forecasting
    >>> task = Forecasting(values=tuple(range(40)), window=5, horizon=2)
    >>> batch = task.batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([3, 5, 1]), torch.Size([3, 5, 2]))
    >>> bool((batch.inputs[0][:, 1:, 0] == batch.target[:, :-1, 0]).all())
    True
    """

    series: str = "sunspots"
    path: str | Path | None = None
    column: str | None = None
    values: tuple[float, ...] | None = field(default=None, repr=False)
    window: int = 33
    horizon: int = 11
    lag: int = 0
    held_out: int | None = None
    part: str = "training"

    def __post_init__(self) -> None:
        if self.path is not None and self.values is not None:
            raise ValueError("Forecasting: expected a path or values, got both")
        if self.path is None and self.column is not None:
            raise ValueError(
                f"Forecasting: expected a file for the column {self.column!r}, got no path"
            )
        if self.series not in SERIES:
            raise ValueError(
                f"Forecasting: series must be one of {tuple(SERIES)}, got {self.series!r}; for "
                "your own, give path and column"
            )
        if self.part not in PARTS:
            raise ValueError(f"Forecasting: part must be one of {PARTS}, got {self.part!r}")
        for name, least in (("window", 1), ("horizon", 1), ("lag", 0)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"Forecasting: {name} must be at least {least}, got {getattr(self, name)}"
                )
        if self.held_out is not None and self.held_out < self.horizon:
            raise ValueError(
                f"Forecasting: expected at least one horizon, {self.horizon} steps, held out, got "
                f"{self.held_out}"
            )
        if not all(math.isfinite(value) for value in self.numbers):
            raise ValueError(
                "Forecasting: expected finite numbers, got NaN or an infinite one; the usual cause "
                "is a gap in the measurements: fill it first"
            )
        needs = self.lag + self.window + self.horizon
        kept = len(self.numbers) - self.cut
        least = self.horizon if self.part == "training" else self.window + self.horizon
        if self.cut < needs or kept < least:
            raise ValueError(
                f"Forecasting: expected at least {needs} steps to train on and {least} held out, "
                f"got {self.cut} and {kept}; the series is too short: take a longer one, or a "
                "shorter window or horizon"
            )

    @property
    def unit(self) -> str:
        """What the score counts; less is better."""
        return "root mean squared error"

    @cached_property
    def numbers(self) -> Array:
        """The whole series, in its own unit, (steps,)."""
        if self.path is not None:
            return np.array(read_column(self.path, self.column))
        if self.values is not None:
            return np.array(self.values, dtype=np.float64)
        return np.array(measured(self.series)[1])

    @cached_property
    def cut(self) -> int:
        """How many steps there are before the held-out part."""
        if self.held_out is not None:
            return len(self.numbers) - self.held_out
        if self.path is not None or self.values is not None:
            return len(self.numbers) - max(len(self.numbers) // 5, self.horizon)
        return len(self.numbers) - SERIES[self.series]

    @property
    def training(self) -> Array:
        """The numbers before the cut."""
        return self.numbers[: self.cut]

    @property
    def rest(self) -> Forecasting:
        """The same task on the part that this one does not draw from."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)])

    @cached_property
    def scaled(self) -> Array:
        """What a model reads of the whole series, (steps - lag,): differences, if there is a lag.

        Mean and spread are those of the training part.
        """
        raw = self.numbers[self.lag :] - self.numbers[: -self.lag] if self.lag else self.numbers
        mean, spread = self._scale
        return (raw - mean) / spread

    @cached_property
    def _scale(self) -> tuple[float, float]:
        known = self.training
        raw = known[self.lag :] - known[: -self.lag] if self.lag else known
        # equal differences have no spread, and need none
        return float(raw.mean()), float(raw.std()) or 1.0

    @cached_property
    def origins(self) -> list[int]:
        """The steps from which the held-out part is forecast: how many numbers are known there."""
        return list(range(self.cut, len(self.numbers) - self.horizon + 1))

    @cached_property
    def truth(self) -> Array:
        """What came after each origin, (origins, horizon)."""
        return np.stack([self.numbers[t : t + self.horizon] for t in self.origins])

    def known(self) -> Tensor:
        """Return what a model reads at each origin, its last window, (origins, window, 1)."""
        starts = [t - self.lag - self.window for t in self.origins]
        windows = np.stack([self.scaled[s : s + self.window] for s in starts])
        return torch.tensor(windows, dtype=torch.get_default_dtype(), device="cpu")[..., None]

    def restored(self, answers: Array) -> Array:
        """Return forecasts in the unit of the series for scaled ones, from the first origins on.

        Differences are added to the number ``lag`` steps before, which is itself a forecast where
        it lies behind the origin.
        """
        mean, spread = self._scale
        forecasts = answers * spread + mean
        for row, origin in zip(forecasts, self.origins, strict=False):
            for h in range(len(row) if self.lag else 0):
                back = h - self.lag
                row[h] += row[back] if back >= 0 else self.numbers[origin + back]
        return forecasts

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw windows: inputs ``(size, window, 1)``, target ``(size, window, horizon)``."""
        if size < 1:
            raise ValueError(f"Forecasting.batch: size must be at least 1, got {size}")
        device = generator.device
        pieces = self._pieces.to(device, torch.get_default_dtype())
        drawn = torch.randint(len(pieces), (size,), generator=generator, device=device)
        steps = torch.arange(self.window, device=device)[:, None]
        ahead = steps + torch.arange(1, self.horizon + 1, device=device)
        windows = pieces[drawn]
        return Batch((windows[:, : self.window, None],), windows[:, ahead])

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of answers ``(batch, window, horizon)``."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the root of the mean squared error, with the spread of the training part as 1."""
        return math.sqrt(F.mse_loss(output.double(), batch.target.double()).item())

    @cached_property
    def baseline(self) -> float:
        """The root mean squared error of one who always answers the mean of the part."""
        return float(self._targets.std(unbiased=False))

    def trivial(self, batch: Batch) -> Tensor:
        """Return the mean of the part, at every step."""
        return torch.full_like(batch.target, float(self._targets.mean()))

    @cached_property
    def _targets(self) -> Tensor:
        steps = torch.arange(self.window, device="cpu")[:, None]
        return self._pieces[:, steps + torch.arange(1, self.horizon + 1, device="cpu")]

    @cached_property
    def _pieces(self) -> Tensor:
        """Every stretch of the part that holds a window and its targets, one step further each."""
        first = self.cut - self.lag
        part = self.scaled[:first] if self.part == "training" else self.scaled[first:]
        numbers = torch.tensor(part, dtype=torch.float64, device="cpu")
        return numbers.unfold(0, self.window + self.horizon, 1)


@cache
def measured(series: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the dates and the numbers of a series that comes with statsmodels.

    The sunspot numbers are yearly. The CO2 is weekly, in parts per million, and is averaged by
    month; a month without a measurement gets a number on the straight line between its neighbours.

    Raises
    ------
    ImportError
        If statsmodels is missing.
    """
    try:
        from statsmodels.datasets import co2, sunspots
    except ImportError as error:
        raise ImportError(
            "Forecasting: the two series come with statsmodels, which the extra brings: "
            "pip install 'rnnbook[data]'"
        ) from error

    if series == "sunspots":
        table = sunspots.load_pandas().data
        return tuple(f"{year:.0f}" for year in table.YEAR), tuple(map(float, table.SUNACTIVITY))
    monthly = co2.load_pandas().data.co2.resample("MS").mean().interpolate()
    return tuple(monthly.index.strftime("%Y-%m")), tuple(map(float, monthly))
