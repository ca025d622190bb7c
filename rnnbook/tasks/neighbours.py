"""A small made-up language, and the question which words stand near which."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import Vocabulary

#: A word, its partner, and what both are talked about with.
Pairs = dict[str, tuple[str, tuple[str, ...]]]

#: A man's word: the woman's, and what both are talked about with.
PEOPLE: Pairs = {
    "man": ("woman", ("town", "work", "street")),
    "king": ("queen", ("throne", "crown", "palace")),
    "prince": ("princess", ("heir", "young", "palace")),
    "boy": ("girl", ("school", "young", "toys")),
    "father": ("mother", ("home", "children", "work")),
    "waiter": ("waitress", ("table", "guests", "work")),
}
#: A country: its capital, and the language spoken in both.
COUNTRIES: Pairs = {
    "france": ("paris", ("french",)),
    "spain": ("madrid", ("spanish",)),
    "italy": ("rome", ("italian",)),
    "egypt": ("cairo", ("arabic",)),
    "japan": ("tokyo", ("japanese",)),
    "norway": ("oslo", ("norwegian",)),
}
#: One of a thing: many of it, and what both are talked about with.
THINGS: Pairs = {
    "cat": ("cats", ("purr", "milk", "mice")),
    "dog": ("dogs", ("bark", "bone", "leash")),
    "horse": ("horses", ("gallop", "hay", "saddle")),
    "bird": ("birds", ("wings", "nest", "sing")),
    "tree": ("trees", ("roots", "leaf", "fruit")),
    "car": ("cars", ("drive", "road", "wheel")),
}
RELATIONS: dict[str, Pairs] = {"people": PEOPLE, "countries": COUNTRIES, "things": THINGS}

OF_A_COUNTRY = ("borders", "president", "army", "provinces")
OF_A_CAPITAL = ("mayor", "streets", "station", "suburbs")
#: Adjectives, from which two companions are drawn for each word.
COMPANY = (
    *("old", "new", "big", "small", "red", "blue", "quiet", "loud", "famous", "strange"),
    *("cold", "warm", "bright", "dark", "early", "late", "first", "last", "lucky", "proud"),
)


@dataclass(frozen=True)
class Neighbours:
    """Given a word of a sentence, name a word that stands near it.

    The language is regular: a king and a queen are talked about alike but for *he* and *she*, a
    country and its capital but for *president* and *mayor*, one cat and many cats but for *is* and
    *are*. With ``stray`` above zero each of these words also brings along one of two adjectives,
    drawn for it from the same twenty, so that words that have nothing to do with each other come to
    share some company.

    Parameters
    ----------
    sentences : int
        Sentences in the text.
    window : int
        How many words to either side count as near.
    stray : float
        How often a word brings one of its two companions along, between 0 and 1.
    text_seed : int
        Another seed is another text, and other companions.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.neighbours import Neighbours
    >>> task = Neighbours(sentences=200)
    >>> len(task.text), ("king", "queen", "boy", "girl") in task.analogies
    (200, True)
    >>> batch = task.batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([3]), torch.Size([3]))
    """

    sentences: int = 2000
    window: int = 5
    stray: float = 0.0
    text_seed: int = 0

    def __post_init__(self) -> None:
        if self.sentences < 1 or self.window < 1:
            raise ValueError(
                "Neighbours: expected at least one sentence and a window of at least one word, got "
                f"{self.sentences} and {self.window}"
            )
        if not 0 <= self.stray <= 1:
            raise ValueError(f"Neighbours: stray must be between 0 and 1, got {self.stray}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "neighbours named"

    @cached_property
    def text(self) -> list[list[str]]:
        """The sentences, each a list of words."""
        chance = random.Random(self.text_seed)
        kinds = (about_people, about_countries, about_things)
        words = [w for pairs in RELATIONS.values() for one in pairs for w in (one, pairs[one][0])]
        companions = {word: chance.sample(COMPANY, 2) for word in words}
        text = []
        for _ in range(self.sentences):
            said: list[str] = []
            for word in chance.choice(kinds)(chance):
                if word in companions and chance.random() < self.stray:
                    said.append(chance.choice(companions[word]))
                said.append(word)
            text.append(said)
        return text

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of the text."""
        return Vocabulary(word for words in self.text for word in words)

    @cached_property
    def pairs(self) -> Tensor:
        """All words with each of their neighbours, (pairs, 2), as ids."""
        found = []
        for words in self.text:
            ids = [self.vocabulary.token_to_id[word] for word in words]
            for i, word in enumerate(ids):
                near = ids[max(0, i - self.window) : i] + ids[i + 1 : i + 1 + self.window]
                found += [(word, other) for other in near]
        return torch.tensor(found, device="cpu")

    @property
    def analogies(self) -> list[tuple[str, str, str, str]]:
        """All questions the language has an answer to: a is to b as c is to d, both ways round."""
        asked = []
        for pairs in RELATIONS.values():
            for a, c in permutations(pairs, 2):
                b, d = pairs[a][0], pairs[c][0]
                asked += [(a, b, c, d), (b, a, d, c)]
        return [words for words in asked if all(word in self.vocabulary for word in words)]

    @cached_property
    def baseline(self) -> float:
        """Always the commonest neighbour."""
        ((_, count),) = Counter(self.pairs[:, 1].tolist()).most_common(1)
        return count / len(self.pairs)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` words and a neighbour of each: inputs and target (size,)."""
        if size < 1:
            raise ValueError(f"Neighbours.batch: size must be at least 1, got {size}")
        chosen = torch.randint(
            len(self.pairs), (size,), generator=generator, device=generator.device
        )
        drawn = self.pairs.to(generator.device)[chosen]
        return Batch((drawn[:, 0],), drawn[:, 1])

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (size, vocabulary)."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return how often the largest logit is the neighbour that was drawn."""
        return (output.argmax(-1) == batch.target).float().mean().item()


def about_people(chance: random.Random) -> list[str]:
    """Return a sentence about a man or a woman."""
    man = chance.choice(list(PEOPLE))
    woman, topics = PEOPLE[man]
    who, they, their, theirs = chance.choice(
        [(man, "he", "his", "him"), (woman, "she", "her", "hers")]
    )
    a, b = chance.sample(topics, 2)
    return chance.choice(
        [
            ["the", who, "said", they, "liked", their, a],
            [a, "and", b, "of", "the", who, "were", theirs],
            ["the", who, "and", their, a],
        ]
    )


def about_countries(chance: random.Random) -> list[str]:
    """Return a sentence about a country or a capital."""
    country = chance.choice(list(COUNTRIES))
    capital, (language,) = COUNTRIES[country]
    where, there = chance.choice([(country, OF_A_COUNTRY), (capital, OF_A_CAPITAL)])
    part = chance.choice(there)
    return chance.choice(
        [
            ["the", part, "of", where, "speak", language],
            ["in", where, "the", part, "know", language],
            [language, "is", "spoken", "in", where, "and", "its", part],
        ]
    )


def about_things(chance: random.Random) -> list[str]:
    """Return a sentence about one thing or about many."""
    one = chance.choice(list(THINGS))
    many, topics = THINGS[one]
    topic = chance.choice(topics)
    single = [
        ["a", one, "has", "a", topic],
        ["one", one, "was", "near", "the", topic],
        ["this", one, "is", "for", topic],
    ]
    plural = [
        ["many", many, "have", "a", topic],
        ["two", many, "were", "near", "the", topic],
        ["these", many, "are", "for", topic],
    ]
    return chance.choice(chance.choice([single, plural]))
