"""A name for every two symbols, and an answer for every two names: a task of two stages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.text import one_hot_encode


@dataclass(frozen=True)
class PairsOfPairs:
    """Look up the last two pairs of symbols in a table, and what you find in another table.

    The first table gives every pair of neighbours a name, the second gives every two names an
    answer. The answer to a step is about the names of its own pair and of the pair before it, two
    steps back: four symbols in all. Both tables are drawn once and then fixed.

    Parameters
    ----------
    symbols : int
        How many symbols there are, and how many names and answers.
    length : int
        Symbols in a sequence; the first three have no answer.
    tables : int
        Seeds the two tables.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
    >>> task = PairsOfPairs(symbols=4, length=6)
    >>> batch = task.batch(1, torch.Generator().manual_seed(0))
    >>> ids = batch.inputs[0].argmax(-1)[0]
    >>> ids, task.names(ids), batch.target[0]
    (tensor([0, 3, 1, 0, 3, 3]), tensor([-1,  0,  3,  3,  0,  0]), tensor([-1, -1, -1,  1,  1,  1]))
    """

    symbols: int = 8
    length: int = 10
    tables: int = 0

    def __post_init__(self) -> None:
        if self.symbols < 2 or self.length < 4:
            raise ValueError(
                "PairsOfPairs: expected at least two symbols and a length of at least four, two "
                f"pairs, got {self.symbols} and {self.length}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @cached_property
    def lookup(self) -> Tensor:
        """The table of names and the table of answers, (2, symbols, symbols)."""
        generator = torch.Generator().manual_seed(self.tables)
        shape = (2, self.symbols, self.symbols)
        return torch.randint(self.symbols, shape, generator=generator, device="cpu")

    @cached_property
    def frequencies(self) -> Tensor:
        """How often each answer is right, (symbols,): all four symbols are equally likely."""
        first, second = self.lookup
        named = F.one_hot(first.flatten(), self.symbols).double().mean(0)
        both = named.unsqueeze(1) * named
        nothing = torch.zeros(self.symbols, dtype=torch.float64, device="cpu")
        return nothing.scatter_add(0, second.flatten(), both.flatten())

    @property
    def baseline(self) -> float:
        """Always the commonest answer."""
        return float(self.frequencies.max())

    def names(self, ids: Tensor) -> Tensor:
        """Return the name of each symbol and the one before it, (…, time); none for the first."""
        found = self.lookup[0].to(ids.device)[ids[..., :-1], ids[..., 1:]]
        return F.pad(found, (1, 0), value=UNASKED)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: one-hot inputs (size, length, symbols), target (size, length).

        The target is ``UNASKED`` at the first three steps.
        """
        if size < 1:
            raise ValueError(f"PairsOfPairs.batch: size must be at least 1, got {size}")
        ids = torch.randint(
            self.symbols, (size, self.length), generator=generator, device=generator.device
        )
        names = self.names(ids)
        answers = self.lookup[1].to(ids.device)[names[:, 1:-2], names[:, 3:]]
        target = F.pad(answers, (3, 0), value=UNASKED)
        return Batch((one_hot_encode(ids, self.symbols),), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, length, symbols) where there is an answer."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of answers whose largest logit is the right one."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Know how frequent the answers are, and nothing else."""
        share = self.frequencies.to(batch.target.device, torch.get_default_dtype())
        return share.log().clamp(min=-30).expand(*batch.target.shape, -1)
