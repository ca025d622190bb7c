"""Repeat, at every step, the number that was read a fixed number of steps before."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class Delay:
    """Give back each number of white noise ``lag`` steps later.

    Numbers are normal and independent, so none says anything about another. To answer at every
    step, a network has to keep the last ``lag`` of them, each in its place.

    Parameters
    ----------
    lag : int
        How many steps ago the number was read that is asked for.
    length : int
        Numbers in a sequence; the first ``lag`` steps have no answer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.delay import Delay
    >>> batch = Delay(lag=2, length=5).batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].flatten()
    tensor([ 1.5410, -0.2934, -2.1788,  0.5684, -1.0845])
    >>> batch.target.flatten()
    tensor([ 0.0000,  0.0000,  1.5410, -0.2934, -2.1788])
    """

    lag: int = 100
    length: int = 160

    def __post_init__(self) -> None:
        if not 0 <= self.lag < self.length:
            raise ValueError(
                f"Delay: expected a lag between 0 and length - 1 = {self.length - 1}, got "
                f"{self.lag}; no step of a shorter sequence would have an answer"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error"

    @property
    def baseline(self) -> float:
        """Always answering zero, the mean, errs by the variance of the numbers."""
        return 1.0

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs and target (size, length, 1).

        The target is zero at the first ``lag`` steps, which are not asked for.
        """
        if size < 1:
            raise ValueError(f"Delay.batch: size must be at least 1, got {size}")
        xs = torch.randn(size, self.length, 1, generator=generator, device=generator.device)
        return Batch((xs,), F.pad(xs, (0, 0, self.lag, 0))[:, : self.length])

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, (size, length, 1), where asked for one."""
        return F.mse_loss(output[:, self.lag :], batch.target[:, self.lag :])

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error; lower is better."""
        return self.loss(output, batch).item()
