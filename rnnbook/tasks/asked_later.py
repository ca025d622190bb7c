"""A bit that is given once, a silence, and the question about it after the silence."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch


@dataclass(frozen=True)
class AskedLater:
    """Say at the last step whether the first input was plus or minus one.

    In between there is only faint noise. Unlike in
    :class:`rnnbook.tasks.recall.RecallFirst`, every step has a target, ``UNASKED`` at all but the
    last, so that a document can be cut into chunks.

    Parameters
    ----------
    lag : int
        Steps between the bit and the question; a document is one step longer.
    noise : float
        The standard deviation of the inputs in between.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.asked_later import AskedLater
    >>> batch = AskedLater(lag=4).batch(2, torch.Generator().manual_seed(5))
    >>> batch.inputs[0].shape, batch.inputs[0][:, 0, 0]
    (torch.Size([2, 5, 1]), tensor([ 1., -1.]))
    >>> batch.target
    tensor([[-1, -1, -1, -1,  1],
            [-1, -1, -1, -1,  0]])
    """

    lag: int = 20
    noise: float = 0.02

    def __post_init__(self) -> None:
        if self.lag < 1:
            raise ValueError(f"AskedLater: lag must be at least 1, got {self.lag}")
        if not self.noise >= 0:
            raise ValueError(f"AskedLater: noise must be 0 or more, got {self.noise}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """A coin: the two bits are equally frequent and the noise says nothing."""
        return 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` documents: inputs (size, lag + 1, 1), target (size, lag + 1)."""
        if size < 1:
            raise ValueError(f"AskedLater.batch: size must be at least 1, got {size}")
        bit = torch.randint(2, (size,), generator=generator, device=generator.device)
        xs = self.noise * torch.randn(
            size, self.lag + 1, 1, generator=generator, device=generator.device
        )
        xs[:, 0, 0] = 2.0 * bit - 1.0
        target = torch.full((size, self.lag + 1), UNASKED, device=generator.device)
        target[:, -1] = bit
        return Batch((xs,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, 2), where one is asked for."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of answers whose larger logit is the right one."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer one whatever came: logits (batch, time, 2)."""
        return torch.tensor([0.0, 1.0], device=batch.target.device).expand(*batch.target.shape, 2)
