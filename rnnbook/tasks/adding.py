"""The adding problem: of a long list of numbers, add the two that are marked."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class Adding:
    """Return at the end the sum of the two marked numbers of a sequence.

    Each step brings a number between 0 and 1 and a mark, which is 1 at two steps and 0 elsewhere.
    One mark lies in the first half of the sequence and one in the second, so that the older of the
    two numbers is never close to the end (Hochreiter and Schmidhuber, 1997; in this form Arjovsky
    et al., 2016).

    Parameters
    ----------
    length : int
        Steps in a sequence, at least 2.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.adding import Adding
    >>> batch = Adding(length=5).batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([3, 5, 2]), torch.Size([3, 1]))
    >>> numbers, marks = batch.inputs[0].unbind(dim=-1)
    >>> torch.equal((numbers * marks).sum(dim=1, keepdim=True), batch.target)
    True
    """

    length: int = 20

    def __post_init__(self) -> None:
        if self.length < 2:
            raise ValueError(f"Adding: two numbers need a length of at least 2, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error"

    @property
    def baseline(self) -> float:
        """Answer one, the mean: the error is twice the variance of a number, 1/12 each."""
        return 1 / 6

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs ``(size, length, 2)``, target ``(size, 1)``."""
        if size < 1:
            raise ValueError(f"Adding.batch: size must be at least 1, got {size}")
        numbers = torch.rand(size, self.length, generator=generator, device=generator.device)
        half = self.length // 2
        early = torch.randint(half, (size, 1), generator=generator, device=generator.device)
        late = torch.randint(
            half, self.length, (size, 1), generator=generator, device=generator.device
        )
        marks = torch.zeros_like(numbers).scatter(1, torch.cat([early, late], dim=1), 1.0)
        target = (numbers * marks).sum(dim=1, keepdim=True)
        return Batch((torch.stack([numbers, marks], dim=-1),), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, ``(batch, 1)``."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error as a number."""
        return self.loss(output, batch).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer one, whatever came."""
        return torch.ones_like(batch.target)
