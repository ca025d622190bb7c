"""The cat which sat near the dogs: was, or were? A verb agrees with a noun that is not the nearest.

The question is that of Linzen et al. (2016), asked of sentences that a small grammar makes up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import Vocabulary

SINGULAR = ("cat", "dog", "bird", "child", "mouse", "garden", "window", "house", "mat", "tree")
PLURAL = (
    *("cats", "dogs", "birds", "children", "mice"),
    *("gardens", "windows", "houses", "mats", "trees"),
)
#: In the past tense, and none of them "was": a verb inside the clause says nothing of numbers.
VERBS = ("sat", "slept", "stood", "waited")
PLACES = ("on", "near", "behind", "under", "beside", "overlooking")


@dataclass(frozen=True)
class Agreement:
    """Does the sentence go on with *was* (class 0) or with *were* (class 1)?

    *[near the dogs] the cat [which sat on the mats behind the house …]*: the verb agrees with the
    subject, here "cat". An opening phrase may name a noun before it, and a clause names others
    after it; the parameters say how many of them have the other number.

    Parameters
    ----------
    nouns : int
        The most nouns in the clause; the sentence with none has no clause.
    least_nouns : int
        The fewest.
    attractors : float
        The chance that a noun of the clause has another number than the subject: 0.5 tosses a coin
        for each, 1 makes every noun distract.
    opening : float
        The chance that the sentence has an opening phrase.
    rival : float
        The chance that the noun in the opening phrase has another number than the subject.

    Raises
    ------
    ValueError
        If the nouns are not ``0 <= least_nouns <= nouns``, or a chance is not between 0 and 1.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.agreement import Agreement
    >>> task = Agreement(nouns=2, least_nouns=2, opening=0)
    >>> batch = task.batch(2, torch.Generator().manual_seed(1))
    >>> batch.inputs[0].shape
    torch.Size([2, 10])
    >>> print(*task.vocabulary.decode(batch.inputs[0][0]), ("was", "were")[batch.target[0]])
    the children which waited behind the birds overlooking the dogs were
    """

    nouns: int = 4
    least_nouns: int = 0
    attractors: float = 0.5
    opening: float = 0.5
    rival: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.least_nouns <= self.nouns:
            raise ValueError(
                f"Agreement: expected 0 <= least_nouns <= nouns, got {self.least_nouns} and "
                f"{self.nouns}"
            )
        for name in ("attractors", "opening", "rival"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"Agreement: {name} must be a chance between 0 and 1, got {getattr(self, name)}"
                )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Half of the subjects are plural."""
        return 0.5

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word a sentence can hold."""
        return Vocabulary(["the", "which", *SINGULAR, *PLURAL, *VERBS, *PLACES])

    def sentence(self, plural: bool, chance: random.Random) -> list[str]:
        """Return the words before the verb, which is "were" if the subject is ``plural``."""

        def place(other: float) -> list[str]:
            """Return a place whose noun has another number than the subject by chance ``other``."""
            number = plural != (chance.random() < other)
            return [chance.choice(PLACES), "the", chance.choice(PLURAL if number else SINGULAR)]

        before = place(self.rival) if chance.random() < self.opening else []
        subject = chance.choice(PLURAL if plural else SINGULAR)
        nouns = chance.randint(self.least_nouns, self.nouns)
        clause = ["which", chance.choice(VERBS)] if nouns else []
        for _ in range(nouns):
            clause += place(self.attractors)
        return [*before, "the", subject, *clause]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sentences: inputs ``(size, time)`` of word ids, target ``(size,)``."""
        if size < 1:
            raise ValueError(f"Agreement.batch: size must be at least 1, got {size}")
        with generator.device:
            plural = torch.randint(2, (size,), generator=generator)
            chance = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
            sentences = [self.sentence(bool(p), chance) for p in plural.tolist()]
            xs, lengths = self.vocabulary.encode_batch(sentences)
        return Batch((xs,), plural, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, 2)``."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sentences whose larger logit is the right one."""
        return (output.argmax(-1) == batch.target).float().mean().item()
