"""Hold on to the first input while noise comes after it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class RecallFirst:
    """Tell at the end whether the first input was plus or minus one; all others are noise.

    Parameters
    ----------
    length : int
        Inputs in a sequence, the first one included.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.recall import RecallFirst
    >>> batch = RecallFirst(length=4).batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape
    torch.Size([3, 4, 1])
    >>> batch.inputs[0][:, 0, 0]
    tensor([-1.,  1.,  1.])
    >>> batch.target
    tensor([0, 1, 1])
    """

    length: int = 10

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"RecallFirst: length must be at least 1, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """A coin: the two first inputs are equally frequent and the noise says nothing."""
        return 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs ``(size, length, 1)``, target ``(size,)`` of 0 and 1."""
        if size < 1:
            raise ValueError(f"RecallFirst.batch: size must be at least 1, got {size}")
        target = torch.randint(2, (size,), generator=generator, device=generator.device)
        xs = torch.randn(size, self.length, 1, generator=generator, device=generator.device)
        xs[:, 0, 0] = 2.0 * target - 1.0
        return Batch((xs,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of the last logit of ``output``, ``(batch, time, 1)``."""
        return F.binary_cross_entropy_with_logits(output[:, -1, 0], batch.target.to(output.dtype))

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sequences whose last logit has the right sign."""
        return ((output[:, -1, 0] > 0) == (batch.target == 1)).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer the same whatever came: logits of zero, ``(batch, time, 1)``."""
        return torch.zeros_like(batch.inputs[0])

    def perfect(self, batch: Batch) -> Tensor:
        """Repeat the first input at every step, and be sure of it."""
        return 30 * batch.inputs[0][:, :1].expand_as(batch.inputs[0])
