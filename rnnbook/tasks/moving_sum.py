"""Add up the last few inputs, at every step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class MovingSum:
    """Add each input to the ones right before it.

    Inputs are independent normal numbers; before the first one there is nothing to add.

    Parameters
    ----------
    length : int
        Inputs in a sequence.
    window : int
        Inputs in a sum, with the current one.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> batch = MovingSum(length=4, window=2).batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].flatten()
    tensor([ 1.5410, -0.2934, -2.1788,  0.5684])
    >>> batch.target.flatten()
    tensor([ 1.5410,  1.2476, -2.4722, -1.6104])
    """

    length: int = 20
    window: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.window <= self.length:
            raise ValueError(
                f"MovingSum: expected a window between 1 and length = {self.length}, got "
                f"{self.window}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error"

    @property
    def baseline(self) -> float:
        """The best answer without memory repeats the current input; each one ignored costs one."""
        return sum(min(t, self.window - 1) for t in range(self.length)) / self.length

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs and target ``(size, length, 1)``."""
        if size < 1:
            raise ValueError(f"MovingSum.batch: size must be at least 1, got {size}")
        xs = torch.randn(size, self.length, 1, generator=generator, device=generator.device)
        padded = F.pad(xs, (0, 0, self.window - 1, 0))
        return Batch((xs,), padded.unfold(1, self.window, 1).sum(-1))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, ``(batch, time, 1)``."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error; lower is better."""
        return F.mse_loss(output, batch.target).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Repeat the current input: the best answer without memory."""
        return batch.inputs[0].clone()
