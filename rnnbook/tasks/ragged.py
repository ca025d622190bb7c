"""Name the symbol before the current one, in sequences of very different lengths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import PAD, one_hot_encode, pad


@dataclass(frozen=True)
class Ragged:
    """Name the symbol of the step before, at every step; most sequences are short, a few long.

    Symbols are numbered from 1, and ``PAD``, 0, fills the rows after the end of a short sequence,
    among the inputs and the targets. The loss and the score leave it out.

    Parameters
    ----------
    symbols : int
        How many symbols there are, all equally frequent.
    longest : int
        The most steps in a sequence. The fewest are two.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.ragged import Ragged
    >>> batch = Ragged(symbols=4, longest=6).batch(2, torch.Generator().manual_seed(8))
    >>> batch.inputs[0].argmax(-1)
    tensor([[2, 3, 1, 4, 1, 4],
            [1, 2, 2, 0, 0, 0]])
    >>> batch.target
    tensor([[2, 2, 3, 1, 4, 1],
            [1, 1, 2, 0, 0, 0]])
    >>> batch.lengths
    tensor([6, 3])
    """

    symbols: int = 8
    longest: int = 100

    def __post_init__(self) -> None:
        if self.symbols < 2:
            raise ValueError(f"Ragged: expected at least 2 symbols, got {self.symbols}")
        if self.longest < 2:
            raise ValueError(f"Ragged: longest must be at least 2, got {self.longest}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy on real steps"

    @property
    def baseline(self) -> float:
        """Guessing: the symbols say nothing about each other."""
        return 1 / self.symbols

    def lengths(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw ``count`` lengths: half of them below twelve, a few many times longer."""
        drawn = torch.empty(count, device=generator.device).log_normal_(
            2.5, 0.9, generator=generator
        )
        return drawn.long().clamp(2, self.longest)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: one-hot inputs (size, time, symbols + 1), target (size, time).

        The first step has nothing before it; it is asked for itself.
        """
        if size < 1:
            raise ValueError(f"Ragged.batch: size must be at least 1, got {size}")
        ids, lengths = pad(
            [
                torch.randint(
                    1, self.symbols + 1, (n,), generator=generator, device=generator.device
                )
                for n in self.lengths(size, generator).tolist()
            ]
        )
        before = torch.cat([ids[:, :1], ids[:, :-1]], dim=1)
        target = torch.where(ids == PAD, PAD, before)
        return Batch((one_hot_encode(ids, self.symbols + 1),), target, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, symbols + 1), over real steps."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of real steps whose largest logit is the right one."""
        real = batch.target != PAD
        return (output.argmax(-1) == batch.target)[real].float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the first symbol whatever came: logits (batch, time, symbols + 1)."""
        output = torch.zeros(*batch.target.shape, self.symbols + 1, device=batch.target.device)
        output[..., 1] = 1.0
        return output
