"""Bits come in: is the number of ones so far odd?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.automata import Machine
from rnnbook.batch import UNASKED, Batch
from rnnbook.text import START, Vocabulary, one_hot_encode


@dataclass(frozen=True)
class Parity:
    """Say after each bit whether the number of ones so far is even (0) or odd (1).

    Turning any one of the bits around turns the answer around, so that nothing but all of them
    will do. The first input is a start sign.

    Parameters
    ----------
    length : int
        Bits in a string.
    every_step : bool
        Whether the loss counts the answer after every bit, or only the one at the end.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.parity import Parity
    >>> task = Parity(length=4)
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape
    torch.Size([2, 5, 6])
    >>> task.words(batch)[0], batch.target[0]
    ('0110', tensor([0, 0, 1, 0, 0]))
    """

    length: int = 12
    every_step: bool = True

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"Parity: length must be at least 1, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "strings whose last answer is right"

    @property
    def baseline(self) -> float:
        """Half of all strings are odd."""
        return 0.5

    @property
    def vocabulary(self) -> Vocabulary:
        """The two bits."""
        return Vocabulary("01")

    @property
    def machine(self) -> Machine:
        """The two-state machine that solves the task."""
        return Machine(("0", "1"), ((0, 1), (1, 0)), ("even", "odd"))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` strings: one-hot inputs (size, 1 + length, 6), target (size, 1 + length).

        The target is 1 where the number of ones so far is odd, and -1 where no answer counts.
        """
        if size < 1:
            raise ValueError(f"Parity.batch: size must be at least 1, got {size}")
        bits = torch.randint(2, (size, self.length), generator=generator, device=generator.device)
        vocabulary = self.vocabulary
        ids = F.pad(bits + vocabulary.token_to_id["0"], (1, 0), value=START)
        target = F.pad(bits.cumsum(1) % 2, (1, 0))
        if not self.every_step:
            target[:, :-1] = UNASKED
        return Batch((one_hot_encode(ids, len(vocabulary)),), target)

    def words(self, batch: Batch) -> list[str]:
        """Return the strings of a batch, without the start sign."""
        return ["".join(self.vocabulary.decode(ids[1:])) for ids in batch.inputs[0].argmax(-1)]

    def answers(self, output: Tensor) -> list[list[str]]:
        """Return what logits (batch, time, 2) say after each input: "even" or "odd"."""
        return [[("even", "odd")[i] for i in row] for row in output.argmax(-1).tolist()]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, time, 2) over the steps that count."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of strings whose last answer is right."""
        return (output[:, -1].argmax(-1) == batch.target[:, -1]).float().mean().item()
