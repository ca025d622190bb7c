"""Three cups change places: in what order do they stand now?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import START, Vocabulary, one_hot_encode

#: The six orders of three cups; the first is that of the start.
ORDERS = tuple(permutations(range(3)))
#: From which place each cup comes in a move: all stay, the left two swap, the right two swap.
MOVES = ((0, 1, 2), (1, 0, 2), (0, 2, 1))
#: Which order each order becomes, (order, move).
LEADS = tuple(
    tuple(ORDERS.index(tuple(order[place] for place in move)) for move in MOVES) for order in ORDERS
)


@dataclass(frozen=True)
class Cups:
    """Say after each move in which of their six orders three cups stand.

    A move leaves all of them (``.``), swaps the left two (``l``) or swaps the right two (``r``),
    with equal probability. Which of two swaps comes first makes a difference. The first input is a
    start sign.

    Parameters
    ----------
    length : int
        Moves in a sequence.

    Notes
    -----
    The orders are the group S3 of the permutations of three things; the two swaps generate it.
    They are numbered as :func:`itertools.permutations` lists them.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.cups import Cups
    >>> task = Cups(length=4)
    >>> batch = task.batch(2, torch.Generator().manual_seed(1))
    >>> batch.inputs[0].shape
    torch.Size([2, 5, 7])
    >>> task.words(batch)[0], batch.target[0]
    ('lr.r', tensor([0, 2, 3, 3, 2]))
    """

    length: int = 20

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"Cups: length must be at least 1, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "sequences whose last answer is right"

    @property
    def baseline(self) -> float:
        """The probability of the commonest order after the last move."""
        shares = [1.0] + [0.0] * (len(ORDERS) - 1)
        for _ in range(self.length):
            after = [0.0] * len(ORDERS)
            for share, leads in zip(shares, LEADS, strict=True):
                for order in leads:
                    after[order] += share / len(MOVES)
            shares = after
        return max(shares)

    @property
    def vocabulary(self) -> Vocabulary:
        """The three moves."""
        return Vocabulary(".lr")

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: one-hot inputs (size, 1 + length, 7), target (size, 1 + length).

        The target is the number of the order after each move, from 0 to 5.
        """
        if size < 1:
            raise ValueError(f"Cups.batch: size must be at least 1, got {size}")
        device = generator.device
        moves = torch.randint(len(MOVES), (size, self.length), generator=generator, device=device)
        leads = torch.tensor(LEADS, device=device)
        orders = [torch.zeros(size, dtype=torch.int64, device=device)]
        for move in moves.unbind(1):
            orders.append(leads[orders[-1], move])
        vocabulary = self.vocabulary
        ids = F.pad(moves + vocabulary.token_to_id["."], (1, 0), value=START)
        return Batch((one_hot_encode(ids, len(vocabulary)),), torch.stack(orders, 1))

    def words(self, batch: Batch) -> list[str]:
        """Return the moves of a batch, without the start sign."""
        return ["".join(self.vocabulary.decode(ids[1:])) for ids in batch.inputs[0].argmax(-1)]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, time, 6) over all steps."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sequences whose last answer is right."""
        return (output[:, -1].argmax(-1) == batch.target[:, -1]).float().mean().item()
