"""Words of two meanings: a word to the left or to the right decides which one is meant."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.text import Vocabulary, one_hot_encode

#: A word of two meanings, each meaning with the words that tell it.
WORDS = {
    "bank": {
        "shore": ("river", "stream", "ferry", "otter"),
        "money": ("clerk", "loan", "coins", "cheque"),
    },
    "bat": {
        "animal": ("cave", "moth", "wings", "dusk"),
        "club": ("ball", "glove", "umpire", "pitch"),
    },
    "bark": {
        "of a tree": ("trunk", "branch", "beetle", "resin"),
        "of a dog": ("puppy", "kennel", "leash", "postman"),
    },
}
OPENINGS = (("we", "saw"), ("they", "found"), ("she", "drew"), ("so", "much", "for"))
JOINTS = (("of",), ("by",), ("next", "to"), ("with",), ("that", "went", "with"))
ADJECTIVES = ("old", "grey", "big", "quiet")
ENDINGS = ((), ("today",), ("again",), ("last", "year"))
SMALL = ("the", "and")


@dataclass(frozen=True)
class WordSenses:
    """Say which meaning a word has, if it has two.

    Every sentence holds two such words, and for each of them one word that decides. One of the two
    comes after its deciding word, *the river by the bank*, the other before it, *the bat of the
    umpire*, in either order. What decides about one word says nothing about the other.

    Parameters
    ----------
    adjectives : int
        The most adjectives before each of the four nouns.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.word_senses import WordSenses
    >>> task = WordSenses(adjectives=0)
    >>> batch = task.batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([1, 17, 57]), torch.Size([1, 17]))
    """

    adjectives: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.adjectives <= len(ADJECTIVES):
            raise ValueError(
                f"WordSenses: expected adjectives from 0 to {len(ADJECTIVES)}, as many as there "
                f"are, got {self.adjectives}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy on words of two meanings"

    @property
    def baseline(self) -> float:
        """Without its context, either meaning of a word is as likely."""
        return 0.5

    @cached_property
    def senses(self) -> tuple[str, ...]:
        """All meanings; a target is a place in this list."""
        return tuple(sense for senses in WORDS.values() for sense in senses)

    @cached_property
    def telling(self) -> dict[str, str]:
        """The meaning that each telling word gives away."""
        return {
            word: sense
            for senses in WORDS.values()
            for sense, words in senses.items()
            for word in words
        }

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word a sentence can hold."""
        phrases = (*OPENINGS, *JOINTS, *ENDINGS)
        rest = [word for phrase in phrases for word in phrase]
        return Vocabulary([*WORDS, *self.telling, *rest, *ADJECTIVES, *SMALL])

    def sentence(self, chance: random.Random) -> list[str]:
        """Return the words of one sentence."""
        clauses = []
        for word, after in zip(chance.sample(list(WORDS), 2), (True, False), strict=True):
            clue = chance.choice(chance.choice(list(WORDS[word].values())))
            first, second = (clue, word) if after else (word, clue)
            joint = chance.choice(JOINTS)
            clauses.append([*self.noun(first, chance), *joint, *self.noun(second, chance)])
        chance.shuffle(clauses)
        opening, ending = chance.choice(OPENINGS), chance.choice(ENDINGS)
        return [*opening, *clauses[0], "and", *clauses[1], *ending]

    def noun(self, word: str, chance: random.Random) -> list[str]:
        """Return the noun with its article and perhaps some adjectives."""
        return ["the", *chance.sample(ADJECTIVES, chance.randint(0, self.adjectives)), word]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sentences: one-hot inputs (size, time, words), target (size, time).

        The target is the number of the meaning, and ``UNASKED`` at all other words.
        """
        if size < 1:
            raise ValueError(f"WordSenses.batch: size must be at least 1, got {size}")
        with generator.device:
            chance = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
            sentences = [self.sentence(chance) for _ in range(size)]
            ids, lengths = self.vocabulary.encode_batch(sentences)
        target = torch.full_like(ids, UNASKED)
        for row, words in enumerate(sentences):
            meant = {self.senses.index(self.telling[w]) for w in words if w in self.telling}
            for t, word in enumerate(words):
                for sense in WORDS.get(word, ()):
                    if self.senses.index(sense) in meant:
                        target[row, t] = self.senses.index(sense)
        return Batch((one_hot_encode(ids, len(self.vocabulary)),), target, lengths)

    def words(self, batch: Batch) -> list[list[str]]:
        """Return the sentences of a batch, without padding."""
        if batch.lengths is None:
            raise ValueError("WordSenses.words: expected a batch of this task, with lengths")
        ids = batch.inputs[0].argmax(-1)
        pairs = zip(ids, batch.lengths.tolist(), strict=True)
        return [self.vocabulary.decode(row[:length]) for row, length in pairs]

    def told_before(self, batch: Batch) -> Tensor:
        """Return whether the telling word stands to the left, (size, time); False if not asked."""
        told = torch.zeros_like(batch.target, dtype=torch.bool)
        for row, words in enumerate(self.words(batch)):
            seen: set[str] = set()
            for t, word in enumerate(words):
                told[row, t] = bool(seen & set(WORDS.get(word, ())))
                seen |= {self.telling[word]} if word in self.telling else set()
        return told

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, time, meanings) where a word has two."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of words of two meanings whose largest logit is the right one."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Name the first meaning of each word, whatever its context."""
        first = batch.target - batch.target % 2  # the two of a word stand side by side
        return F.one_hot(first.clamp(min=0), len(self.senses)).to(torch.get_default_dtype())
