"""Sentences whose words are tagged one by one, and most words could be two things."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.text import Vocabulary, one_hot_encode

PRONOUNS = ("I", "you", "we", "they")
DETERMINERS = ("the", "a", "this", "every")
#: Adjectives before a noun, adverbs before a verb.
MODIFIERS = ("early", "daily", "only", "still")
#: Nouns after a determiner, verbs after a pronoun.
AMBIGUOUS = ("play", "book", "film", "record", "watch", "fish")
TAGS = ("pronoun", "determiner", "adverb", "adjective", "verb", "noun", "conjunction")


@dataclass(frozen=True)
class WordTags:
    """Name the part of speech of every word: "they daily book a daily play".

    A clause is a pronoun and a verb, then a determiner and a noun. The same words serve as verbs
    and as nouns, and with up to three words before them that are adverbs or adjectives. What such
    a word is was decided by the pronoun or determiner, which may lie a few words back.

    Parameters
    ----------
    clauses : int
        The most clauses in a sentence, joined by "and".
    modifiers : int
        The most adverbs before a verb, and adjectives before a noun.

    Examples
    --------
    >>> import random
    >>> from rnnbook.tasks.word_tags import WordTags
    >>> words, tags = WordTags().sentence(clauses=1, chance=random.Random(1))
    >>> words
    ['I', 'only', 'film', 'every', 'record']
    >>> tags
    ['pronoun', 'adverb', 'verb', 'determiner', 'noun']
    """

    clauses: int = 2
    modifiers: int = 3

    def __post_init__(self) -> None:
        if self.clauses < 1 or self.modifiers < 0:
            raise ValueError(
                "WordTags: expected at least 1 clause and 0 modifiers, got "
                f"{self.clauses} and {self.modifiers}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy on words of two tags"

    @property
    def baseline(self) -> float:
        """Every such word is used in either way equally often."""
        return 0.5

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of a sentence."""
        return Vocabulary([*PRONOUNS, *DETERMINERS, *MODIFIERS, *AMBIGUOUS, "and"])

    def sentence(self, clauses: int, chance: random.Random) -> tuple[list[str], list[str]]:
        """Return the words of a sentence and their tags."""
        words: list[str] = []
        tags: list[str] = []
        for clause in range(clauses):
            if clause > 0:
                words.append("and")
                tags.append("conjunction")
            for openers, opener, modifier, head in (
                (PRONOUNS, "pronoun", "adverb", "verb"),
                (DETERMINERS, "determiner", "adjective", "noun"),
            ):
                between = chance.choices(MODIFIERS, k=chance.randint(0, self.modifiers))
                words += [chance.choice(openers), *between, chance.choice(AMBIGUOUS)]
                tags += [opener, *[modifier] * len(between), head]
        return words, tags

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sentences: one-hot words (size, time, vocab), target (size, time)."""
        if size < 1:
            raise ValueError(f"WordTags.batch: size must be at least 1, got {size}")
        with generator.device:
            chance = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
            drawn = [self.sentence(chance.randint(1, self.clauses), chance) for _ in range(size)]
            ids, lengths = self.vocabulary.encode_batch(words for words, _ in drawn)
            target = torch.full_like(ids, UNASKED)
            for row, (_, tags) in zip(target, drawn, strict=True):
                row[: len(tags)] = torch.tensor([TAGS.index(tag) for tag in tags])
        return Batch((one_hot_encode(ids, len(self.vocabulary)),), target, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, tags), over all words."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of right tags among the words that could have either of two."""
        asked = self.ambiguous(batch)
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()

    def ambiguous(self, batch: Batch) -> Tensor:
        """Return which words could have two tags, (batch, time)."""
        ids = batch.inputs[0].argmax(-1)
        with ids.device:
            both = self.vocabulary.encode([*MODIFIERS, *AMBIGUOUS])
        return torch.isin(ids, both)

    def trivial(self, batch: Batch) -> Tensor:
        """Give every word one of its tags, whatever stands before it: (batch, time, tags)."""
        words = batch.inputs[0].argmax(-1)
        said = torch.full_like(words, TAGS.index("conjunction"))
        for group, tag in (
            (PRONOUNS, "pronoun"),
            (DETERMINERS, "determiner"),
            (MODIFIERS, "adverb"),
            (AMBIGUOUS, "verb"),
        ):
            with words.device:
                said[torch.isin(words, self.vocabulary.encode(group))] = TAGS.index(tag)
        return F.one_hot(said, len(TAGS)).to(torch.get_default_dtype())
