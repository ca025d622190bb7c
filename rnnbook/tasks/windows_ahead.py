"""The value some steps ahead, from a window of one series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class WindowsAhead:
    """What is the value ``ahead`` steps after a window of ``length`` values?

    Windows overlap: the next one starts one value later. Which of them are drawn is a choice, and
    the usual place for a leak.

    Parameters
    ----------
    values : sequence of float
        The series, oldest value first; without one it is 0, 1, ..., 39.
    length : int
        Values in a window.
    ahead : int
        Steps from the last value of the window to the target.
    starts : sequence of int, optional
        Where the windows that are drawn begin; all of them if left out.

    Raises
    ------
    ValueError
        If the series is too short for one window and its target, holds a value that is not finite,
        or a window would reach beyond it.

    Examples
    --------
    >>> from rnnbook.tasks.windows_ahead import WindowsAhead
    >>> task = WindowsAhead((1.0, 2.0, 4.0, 8.0, 16.0), length=2, ahead=2)
    >>> batch = task.whole()
    >>> batch.inputs[0][..., 0].tolist(), batch.target[:, 0].tolist()
    ([[1.0, 2.0], [2.0, 4.0]], [8.0, 16.0])
    """

    values: Sequence[float] | NDArray[np.float64] = field(
        default=tuple(map(float, range(40))), repr=False
    )
    length: int = 16
    ahead: int = 1
    starts: Sequence[int] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.length < 1 or self.ahead < 1:
            raise ValueError(
                f"WindowsAhead: length and ahead must be at least 1, got {self.length} and "
                f"{self.ahead}"
            )
        object.__setattr__(self, "values", tuple(map(float, self.values)))
        needed = self.length + self.ahead
        if len(self.values) < needed:
            raise ValueError(
                f"WindowsAhead: expected at least {needed} values, a window and its target, got "
                f"{len(self.values)}; take a longer series, or a shorter window"
            )
        if not torch.isfinite(torch.tensor(self.values)).all():
            raise ValueError(
                "WindowsAhead: expected finite values; fill in or cut out what is missing"
            )
        if self.starts is not None:
            object.__setattr__(self, "starts", tuple(map(int, self.starts)))
            if not self.starts or not 0 <= min(self.starts) <= max(self.starts) < self.windows:
                raise ValueError(
                    f"WindowsAhead: expected starts from 0 to {self.windows - 1}, where a window "
                    f"and its target still fit, got {self.starts}"
                )

    @property
    def windows(self) -> int:
        """How many windows with a target the series has."""
        return len(self.values) - self.length - self.ahead + 1

    @property
    def unit(self) -> str:
        """What the score counts; below one is better than repeating the last value."""
        return "error, relative to repeating the last value"

    @property
    def baseline(self) -> float:
        """What repeating the last value scores."""
        return 1.0

    def whole(self) -> Batch:
        """Return every window that may be drawn, in order: ``(windows, length, 1)``."""
        return self._cut(self._places)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` windows ``(size, length, 1)`` and their targets ``(size, 1)``."""
        if size < 1:
            raise ValueError(f"WindowsAhead.batch: size must be at least 1, got {size}")
        starts, device = self._places.to(generator.device), generator.device
        return self._cut(
            starts[torch.randint(len(starts), (size,), generator=generator, device=device)]
        )

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, ``(batch, 1)``."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the root of the mean squared error, over that of repeating the last value."""
        errors = (F.mse_loss(given, batch.target) for given in (output, self.trivial(batch)))
        error, repeated = (float(one.sqrt()) for one in errors)
        return error / repeated if repeated else float("inf") if error else 1.0

    def trivial(self, batch: Batch) -> Tensor:
        """Repeat the last value of each window."""
        return batch.inputs[0][:, -1].clone()

    @cached_property
    def _series(self) -> Tensor:
        with torch.device("cpu"):
            return torch.tensor(self.values)

    @cached_property
    def _places(self) -> Tensor:
        with torch.device("cpu"):
            return torch.tensor(self.starts or range(self.windows))

    def _cut(self, starts: Tensor) -> Batch:
        series = self._series.to(starts.device, torch.get_default_dtype())
        places = starts[:, None] + torch.arange(self.length, device=starts.device)
        return Batch((series[places][..., None],), series[places[:, -1:] + self.ahead])
