"""Pairs of a key and a value, read one after the other, and questions about some of the keys."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch


@dataclass(frozen=True)
class KeysAndValues:
    """Say which value each asked key had last.

    First come the pairs, a key and a value in each step, then the questions, a key in each step and
    ``none`` for its value. This is associative recall, as in Ba et al. (2016), with several
    questions.

    Parameters
    ----------
    pairs : int
        Pairs in a sequence.
    keys, values : int
        How many keys there are to draw from, and how many values.
    asked : int
        Questions after the pairs, about the keys of different pairs.
    again : bool
        Whether a key may come again with another value, which then counts; if not, all keys of a
        sequence differ.

    Raises
    ------
    ValueError
        If a number is below 1, there are more questions than pairs, or fewer keys than pairs that
        are to differ.

    Examples
    --------
    Key 1 comes with value 1, then with value 3.

    >>> import torch
    >>> from rnnbook.tasks.keys_and_values import KeysAndValues
    >>> task = KeysAndValues(pairs=4, keys=3, values=4, asked=2, again=True)
    >>> batch = task.batch(1, torch.Generator().manual_seed(4))
    >>> for row in (*batch.inputs, batch.target):
    ...     print(row[0])
    tensor([1, 0, 1, 2, 2, 1])
    tensor([1, 0, 3, 0, 4, 4])
    tensor([-1, -1, -1, -1,  0,  3])
    """

    pairs: int = 16
    keys: int = 64
    values: int = 8
    asked: int = 8
    again: bool = False

    def __post_init__(self) -> None:
        if min(self.pairs, self.keys, self.values, self.asked) < 1:
            raise ValueError(
                "KeysAndValues: pairs, keys, values and asked must be at least 1, got "
                f"{self.pairs}, {self.keys}, {self.values} and {self.asked}"
            )
        if self.asked > self.pairs:
            raise ValueError(
                f"KeysAndValues: expected at most {self.pairs} questions, one a pair, got "
                f"asked={self.asked}"
            )
        if not self.again and self.keys < self.pairs:
            raise ValueError(
                f"KeysAndValues: expected at least {self.pairs} keys, one a pair, got {self.keys}; "
                "with again=True a key may come more than once"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """A guess: all values are equally frequent."""
        return 1 / self.values

    @property
    def none(self) -> int:
        """The value of a step that asks: one more than there are values."""
        return self.values

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences.

        Returns
        -------
        Batch
            Inputs: keys and values, both (size, pairs + asked); target: the values that are asked
            for, (size, pairs + asked), ``UNASKED`` at the pairs.
        """
        if size < 1:
            raise ValueError(f"KeysAndValues.batch: size must be at least 1, got {size}")
        place = generator.device

        def different(count: int, among: int) -> Tensor:
            noise = torch.rand(size, among, generator=generator, device=place)
            return noise.argsort(dim=1)[:, :count]

        pairs = (size, self.pairs)
        if self.again:
            keys = torch.randint(self.keys, pairs, generator=generator, device=place)
        else:
            keys = different(self.pairs, self.keys)
        values = torch.randint(self.values, pairs, generator=generator, device=place)
        asked = keys.gather(1, different(self.asked, self.pairs))
        # the last pair of each key: (size, asked, pairs), then the largest step where it matches
        when = torch.arange(1, self.pairs + 1, device=place)
        last = ((asked.unsqueeze(2) == keys.unsqueeze(1)) * when).argmax(dim=2)
        none = torch.full_like(asked, self.none)
        unasked = torch.full_like(keys, UNASKED)
        return Batch(
            (torch.cat([keys, asked], 1), torch.cat([values, none], 1)),
            torch.cat([unasked, values.gather(1, last)], 1),
        )

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, values), at the questions."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of questions whose largest logit is that of the right value."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()
