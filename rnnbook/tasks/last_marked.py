"""Bits go by, and a few of them are marked: say at every step what the last marked one was."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class LastMarked:
    """Hold a bit until the next one is marked, and let all others pass.

    A step has two numbers: the bit, plus or minus one, and one if it is marked, else zero. The
    first step is always marked, so that there is something to say from the start.

    Parameters
    ----------
    length : int
        Steps in a sequence.
    marks : float
        The probability that a later step is marked.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.last_marked import LastMarked
    >>> batch = LastMarked(length=6, marks=0.5).batch(1, torch.Generator().manual_seed(2))
    >>> batch.inputs[0][0].T  # bits, marks
    tensor([[-1.,  1.,  1., -1., -1.,  1.],
            [ 1.,  1.,  0.,  1.,  0.,  0.]])
    >>> batch.target
    tensor([[0, 1, 1, 0, 0, 0]])
    """

    length: int = 25
    marks: float = 0.12

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"LastMarked: length must be at least 1, got {self.length}")
        if not 0 <= self.marks < 1:
            raise ValueError(
                f"LastMarked: marks must be at least 0 and below 1, got {self.marks}; if every "
                "step is marked there is nothing to remember"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Repeat the current bit: right where it is marked, and every other time elsewhere."""
        marked = (1 + (self.length - 1) * self.marks) / self.length
        return (1 + marked) / 2

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs (size, length, 2), target (size, length)."""
        if size < 1:
            raise ValueError(f"LastMarked.batch: size must be at least 1, got {size}")
        bits = torch.randint(2, (size, self.length), generator=generator, device=generator.device)
        marked = (
            torch.rand(size, self.length, generator=generator, device=generator.device) < self.marks
        )
        marked[:, 0] = True
        last = (
            torch.where(marked, torch.arange(self.length, device=bits.device), 0).cummax(1).values
        )
        signs = 2.0 * bits - 1.0
        xs = torch.stack([signs, marked.to(signs.dtype)], dim=-1)
        return Batch((xs,), bits.gather(1, last))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, 2)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of steps whose larger logit is the right one."""
        return (output.argmax(-1) == batch.target).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the present bit: logits (batch, time, 2)."""
        bits = batch.inputs[0][..., 0]
        return torch.stack([-bits, bits], dim=-1)
