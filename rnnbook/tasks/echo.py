"""Repeat, at every step, the symbol that was read a few steps before."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.text import one_hot_encode


@dataclass(frozen=True)
class Echo:
    """Name the symbol of ``lag`` steps ago; symbols are drawn independently of each other.

    To answer at every step, a network has to keep the last ``lag`` symbols besides the current one,
    each in its place, and nothing that is older.

    Parameters
    ----------
    symbols : int
        How many symbols there are, all equally frequent.
    lag : int
        How many steps ago the symbol was read that is asked for.
    length : int
        Symbols in a sequence; the first ``lag`` steps have no answer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.echo import Echo
    >>> batch = Echo(symbols=8, lag=3, length=6).batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.inputs[0].argmax(-1)
    (torch.Size([1, 6, 8]), tensor([[4, 7, 5, 0, 3, 3]]))
    >>> batch.target
    tensor([[-1, -1, -1,  4,  7,  5]])
    """

    symbols: int = 8
    lag: int = 3
    length: int = 12

    def __post_init__(self) -> None:
        if self.symbols < 2:
            raise ValueError(f"Echo: expected at least 2 symbols, got {self.symbols}")
        if not 0 <= self.lag < self.length:
            raise ValueError(
                f"Echo: expected a lag between 0 and length - 1 = {self.length - 1}, got "
                f"{self.lag}; no step of a shorter sequence would have an answer"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Guessing: what is asked for says nothing about itself before it was read."""
        return 1 / self.symbols

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs (size, length, symbols), one-hot; target (size, length).

        The target is ``UNASKED`` at the first ``lag`` steps.
        """
        if size < 1:
            raise ValueError(f"Echo.batch: size must be at least 1, got {size}")
        ids = torch.randint(
            self.symbols, (size, self.length), generator=generator, device=generator.device
        )
        target = F.pad(ids, (self.lag, 0), value=UNASKED)[:, : self.length]
        return Batch((one_hot_encode(ids, self.symbols),), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, length, symbols), where one is asked for."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of answers whose largest logit is the right one."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()
