"""Answer with the first value of a sequence, once all the noise after it has been read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch

NOISE = 0.1


@dataclass(frozen=True)
class CopyFirst:
    """Tell at the end which number came first; all others are small noise.

    Parameters
    ----------
    length : int
        Numbers in a sequence, the first one included.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.copy_first import CopyFirst
    >>> batch = CopyFirst(length=5).batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([3, 5, 1]), torch.Size([3, 1]))
    >>> torch.equal(batch.inputs[0][:, 0], batch.target)
    True
    """

    length: int = 30

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"CopyFirst: length must be at least 1, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error"

    @property
    def baseline(self) -> float:
        """Answer zero, the mean: the error is the variance of the first number, one."""
        return 1.0

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs ``(size, length, 1)``, target ``(size, 1)``."""
        if size < 1:
            raise ValueError(f"CopyFirst.batch: size must be at least 1, got {size}")
        xs = NOISE * torch.randn(size, self.length, 1, generator=generator, device=generator.device)
        target = torch.randn(size, 1, generator=generator, device=generator.device)
        xs[:, 0] = target
        return Batch((xs,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, ``(batch, 1)``."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error as a number."""
        return self.loss(output, batch).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer zero, whatever came."""
        return torch.zeros_like(batch.target)
