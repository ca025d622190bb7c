"""Phrases that hold the same words and mean the opposite: only their order decides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import Vocabulary

POSITIVE = ("good", "great", "fine", "warm")
NEGATIVE = ("bad", "dull", "poor", "cold")
ADVERBS = ("really", "all", "that", "so", "very")
FILLERS = ("the", "film", "was", "they", "said", "and", "then", "it")


@dataclass(frozen=True)
class NegationOrder:
    """Is the phrase praise? *not good … bad* is not, *not bad … good* is.

    Each phrase holds one word of praise, one of blame and one "not", which belongs to one of the
    two. Swapping the two words changes the label and leaves the bag of words as it was, so
    that a network that only counts words is right half of the time.

    Parameters
    ----------
    gap : int
        The most adverbs before each of the two words, so also between "not" and its word.
    least_gap : int
        The fewest.
    filler : int
        The most neutral words in each of the three places around them; the fewest is two.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.order import NegationOrder
    >>> task = NegationOrder(gap=0, filler=2)
    >>> batch = task.batch(2, torch.Generator().manual_seed(1))
    >>> batch.inputs[0].shape
    torch.Size([2, 9])
    """

    gap: int = 3
    least_gap: int = 0
    filler: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.least_gap <= self.gap:
            raise ValueError(
                "NegationOrder: expected 0 <= least_gap <= gap, got "
                f"{self.least_gap} and {self.gap}"
            )
        if self.filler < 2:
            raise ValueError(
                f"NegationOrder: filler must be at least 2, got {self.filler}; with fewer words at "
                "the edges the position of a word would give its label away"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Half of the phrases with any bag of words are praise."""
        return 0.5

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word a phrase can hold."""
        return Vocabulary(["not", *POSITIVE, *NEGATIVE, *ADVERBS, *FILLERS])

    @property
    def longest(self) -> int:
        """Words in the longest phrase."""
        return 3 * self.filler + 2 * self.gap + 3

    def phrase(self, praise: bool, chance: random.Random) -> list[str]:
        """Return the words of one phrase that is praise, or is not."""
        said, denied = (POSITIVE, NEGATIVE) if praise else (NEGATIVE, POSITIVE)
        adverbs = [
            chance.choices(ADVERBS, k=chance.randint(self.least_gap, self.gap)) for _ in "12"
        ]
        parts = [
            [*adverbs[0], chance.choice(said)],
            ["not", *adverbs[1], chance.choice(denied)],
        ]
        chance.shuffle(parts)
        before, middle, after = (
            chance.choices(FILLERS, k=chance.randint(2, self.filler)) for _ in range(3)
        )
        return [*before, *parts[0], *middle, *parts[1], *after]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` phrases: inputs ``(size, time)`` of word ids, target ``(size,)``."""
        if size < 1:
            raise ValueError(f"NegationOrder.batch: size must be at least 1, got {size}")
        with generator.device:
            praise = torch.randint(2, (size,), generator=generator)
            chance = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
            phrases = [self.phrase(bool(p), chance) for p in praise.tolist()]
            xs, lengths = self.vocabulary.encode_batch(phrases)
        return Batch((xs,), praise, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, 2)``."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of phrases whose larger logit is the right one."""
        return (output.argmax(-1) == batch.target).float().mean().item()
