"""Tokens drawn independently of each other: nothing about the next one can be known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.text import one_hot_encode


@dataclass(frozen=True)
class RandomTokens:
    """Name the next token of a sequence in which every token is as likely at every place.

    No model can know it, so that any loss below ``baseline`` shows that the answer was seen.

    Parameters
    ----------
    symbols : int
        How many tokens there are.
    length : int
        Tokens in a sequence; the last one has no next.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.random_tokens import RandomTokens
    >>> batch = RandomTokens(symbols=3, length=5).batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].argmax(-1), batch.target
    (tensor([[2, 0, 2, 0, 1]]), tensor([[ 0,  2,  0,  1, -1]]))
    """

    symbols: int = 20
    length: int = 20

    def __post_init__(self) -> None:
        if self.symbols < 2 or self.length < 2:
            raise ValueError(
                "RandomTokens: expected at least two symbols and a length of at least two, got "
                f"{self.symbols} and {self.length}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "cross-entropy in nats"

    @property
    def baseline(self) -> float:
        """The logarithm of the number of tokens: all are equally likely."""
        return math.log(self.symbols)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: one-hot inputs (size, length, symbols), target (size, length).

        The target of a step is the token of the next one, and ``UNASKED`` at the last.
        """
        if size < 1:
            raise ValueError(f"RandomTokens.batch: size must be at least 1, got {size}")
        ids = torch.randint(
            self.symbols, (size, self.length), generator=generator, device=generator.device
        )
        target = F.pad(ids[:, 1:], (0, 1), value=UNASKED)
        return Batch((one_hot_encode(ids, self.symbols),), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, length, symbols)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the cross-entropy; lower is better."""
        return self.loss(output, batch).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Give every token the same logit."""
        return torch.zeros(*batch.target.shape, self.symbols, device=batch.target.device)
