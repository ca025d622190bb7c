"""Names of people, places and companies in a sentence, tagged word by word."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.data import read_tagged
from rnnbook.text import Vocabulary

PARTS = ("training", "held out")
TYPES = ("PER", "LOC", "ORG")
#: Each is a person's name and a place's; a company may bear it too.
_NAMES = (
    "Adelaide Alexandria Ashton Austin Bradford Bristol Brooklyn Camden Carolina Charlotte Chelsea "
    "Chester Cleveland Clifton Dakota Dallas Darwin Denver Devon Florence Geneva Georgia Hamilton "
    "Houston India Jackson Jordan Kent Kingston Lancaster Lincoln Lourdes Madison Marshall Milan "
    "Nelson Odessa Orlando Paris Phoenix Preston Raleigh Santiago Savannah Sienna Sofia Stafford "
    "Stanley Sydney Trenton Troy Valencia Verona Victoria Vienna Virginia Washington Wellington"
)
NAMES = _NAMES.split()
#: What follows a first name; the other types have a second word that says what they are.
_SURNAMES = (
    "Abbott Becker Castro Dubois Eriksen Fischer Gupta Hughes Ivanov Jensen Kowalski Lopez Moreau "
    "Novak Okafor Patel Quinn Rossi Suzuki Tanaka Ueda Vargas Walsh Yilmaz"
)
SURNAMES = _SURNAMES.split()
SECOND = {
    "LOC": ("Bay", "County", "Falls", "Valley", "Island", "Heights"),
    "ORG": ("Motors", "Bank", "Airlines", "United", "Industries", "Foods"),
}
#: Words before a name that say what it is.
TITLES = {
    "PER": ("Mr", "Mrs", "Dr", "Captain", "Uncle"),
    "LOC": ("The town of", "The coast of", "The people of", "All of"),
    "ORG": ("The company", "Shares of", "The rival firm", "The owners of"),
}
OPENERS = ("", "", "Yesterday", "Some say", "In the end")
#: What may stand between a name and the verb that says what it is.
SHORT = ("now", "also", "again", "soon")
LONG = ("as everyone knows", "for once", ", they say ,", ", says Dr {PER} ,")
#: After a name; its first word says what the name was. A name in it is told by the word before.
VERBS = {
    "PER": (
        "smiled at the guests",
        "apologised to the nurse",
        "fell asleep on the train",
        "married a dentist",
        "forgot the umbrella",
        "met {PER}",
        "works for {ORG}",
        "flew to {LOC}",
    ),
    "LOC": (
        "lies by the sea",
        "borders on a desert",
        "welcomes few tourists",
        "stretches along the river",
        "freezes every winter",
        "exports wheat to {LOC}",
        "elected {PER}",
        "surrounds the site of {ORG}",
    ),
    "ORG": (
        "hired forty engineers",
        "sells cheap tractors",
        "issued new bonds",
        "announced a profit",
        "pays no dividend",
        "sued {PER}",
        "merged with {ORG}",
        "invested in {LOC}",
    ),
}
#: By where the word stands that says what a name is.
TOLD = ("before", "inside", "soon after", "later")
#: A name never to be met in training is one of every third.
NEW_NAMES, NEW_SURNAMES = NAMES[::3], SURNAMES[::3]
TRAINING, HELD_OUT = 800, 200


class Sentence(NamedTuple):
    """Words and their tags; ``told`` says of the first word of a name where it is decided."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entities:
    """Which words name a person, a place or a company? "Jordan" may be any: see what is said of it.

    The sentences are written by a small grammar, or they are your own. Every tag begins with B at
    the first word of a name and with I at any further one; O is a word outside of all names. Of the
    grammar's held-out sentences half have names that training holds too, and half have new ones. Of
    your own, every fifth sentence is held out, evenly over which types of names they hold.

    Parameters
    ----------
    path : str or Path, optional
        Your own file in UTF-8: a word, a tab and its tag in each line, and an empty line between
        sentences.
    part : {"training", "held out"}
        Where batches are drawn from; see :attr:`rest` for the other part.
    hidden : float
        The share of capitalised words that a batch for training shows by their shape alone, so
        that the network learns to do without the name itself.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is empty, not UTF-8, has lines of another form, tags that are not BIO, or too
        few sentences, or if another parameter is out of range.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.entities import Entities
    >>> task = Entities()
    >>> sentence = task.sentences("training")[1]
    >>> sentence.words
    ('Verona', 'Hughes', 'also', 'forgot', 'the', 'umbrella')
    >>> sentence.tags
    ('B-PER', 'I-PER', 'O', 'O', 'O', 'O')
    >>> task.batch(2, torch.Generator().manual_seed(0)).target.shape
    torch.Size([2, 10])
    """

    path: str | Path | None = None
    part: str = "training"
    hidden: float = 0.3

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"Entities: part must be one of {PARTS}, got {self.part!r}")
        if not 0 <= self.hidden <= 1:
            raise ValueError(f"Entities: hidden must be a share between 0 and 1, got {self.hidden}")
        self.sentences("training")  # a file that cannot be read is told of here

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy on words"

    @cached_property
    def baseline(self) -> float:
        """Call no word a name: the share of words outside of all names."""
        tags = [tag for sentence in self.sentences(self.part) for tag in sentence.tags]
        return tags.count("O") / len(tags)

    @cached_property
    def _parts(self) -> dict[str, tuple[Sentence, ...]]:
        if self.path is None:
            return written()
        return _split(self.path)

    def sentences(self, part: str) -> tuple[Sentence, ...]:
        """Return the sentences of a part."""
        return self._parts[part]

    @property
    def rest(self) -> Entities:
        """The same task on the part that this one does not draw from."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)])

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Every tag, O first."""
        found = {tag[2:] for part in PARTS for s in self.sentences(part) for tag in s.tags} - {""}
        types = TYPES if self.path is None else sorted(found)
        return ("O", *(f"{way}-{kind}" for kind in types for way in "BI"))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that occur twice or more in training, and the shapes of all others."""
        counts = Counter(word for s in self.sentences("training") for word in s.words)
        return Vocabulary([*SHAPES, *(word for word, count in counts.items() if count > 1)])

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word of the training part."""
        return frozenset(word for s in self.sentences("training") for word in s.words)

    def seen(self, sentence: Sentence) -> bool:
        """Say whether every word of every name of a sentence occurs in training."""
        pairs = zip(sentence.words, sentence.tags, strict=True)
        return all(word in self.known for word, tag in pairs if tag != "O")

    def read(self, words: Iterable[str]) -> list[str]:
        """Return the words as the network gets them: a word that it does not know by its shape."""
        return [word if word in self.vocabulary else shape(word) for word in words]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sentences: ids of words (size, time), target (size, time)."""
        if size < 1:
            raise ValueError(f"Entities.batch: size must be at least 1, got {size}")
        device = generator.device
        whole = self.whole()
        places = torch.randint(len(whole), (size,), generator=generator, device=device)
        chance = torch.rand(size, whole.target.shape[1], generator=generator, device=device)
        rows = places.to("cpu")
        assert whole.lengths is not None
        lengths = whole.lengths[rows]
        longest = int(lengths.max())
        ids, shapes = (x[rows, :longest].to(device) for x in (whole.inputs[0], self._shapes))
        if self.part == "training":
            capital = shapes == self.vocabulary.token_to_id[SHAPES[0]]
            ids = torch.where(capital & (chance[:, :longest] < self.hidden), shapes, ids)
        return Batch((ids,), whole.target[rows, :longest].to(device), lengths)

    def whole(self) -> Batch:
        """Return all sentences of the part as one batch, in order, no word hidden."""
        return self._whole

    def encoded(self, sentences: Iterable[Sentence]) -> Batch:
        """Return sentences as one batch, in order, no word hidden."""
        places = {tag: i for i, tag in enumerate(self.tags)}
        rows = list(sentences)
        with torch.device("cpu"):
            ids, lengths = self.vocabulary.encode_batch(self.read(s.words) for s in rows)
            target = torch.full_like(ids, UNASKED)
            for row, sentence in zip(target, rows, strict=True):
                row[: len(sentence.tags)] = torch.tensor([places[tag] for tag in sentence.tags])
        return Batch((ids,), target, lengths)

    @cached_property
    def _whole(self) -> Batch:
        return self.encoded(self.sentences(self.part))

    @cached_property
    def _shapes(self) -> Tensor:
        """The shape of every word of the part, as ids, (sentences, time)."""
        own = self.sentences(self.part)
        with torch.device("cpu"):
            return self.vocabulary.encode_batch(map(shape, s.words) for s in own)[0]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, tags), over all words."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of words whose largest logit is the right tag."""
        asked = batch.target != UNASKED
        return (output.argmax(-1) == batch.target)[asked].float().mean().item()


SHAPES = ("<Xx>", "<xx>", "<00>")


def shape(word: str) -> str:
    """Return what a word looks like: it has a digit, begins with a capital, or does neither.

    Examples
    --------
    >>> from rnnbook.tasks.entities import shape
    >>> shape("Jordan"), shape("river"), shape("10th")
    ('<Xx>', '<xx>', '<00>')
    """
    if any(character.isdigit() for character in word):
        return SHAPES[2]
    return SHAPES[0] if word[:1].isupper() else SHAPES[1]


def spans(tags: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return the names that BIO tags mark: first word, the word after the last one, and type.

    As *nervaluate* does, it begins a new name where the type changes, whatever the letter.

    Examples
    --------
    >>> from rnnbook.tasks.entities import spans
    >>> spans(["B-PER", "I-PER", "O", "B-LOC", "B-LOC"])
    [(0, 2, 'PER'), (3, 4, 'LOC'), (4, 5, 'LOC')]
    """
    found: list[tuple[int, int, str]] = []
    before = "O"
    for place, tag in enumerate(tags):
        if tag != "O":
            goes_on = tag.startswith("I-") and before[2:] == tag[2:]
            first = found.pop()[0] if goes_on else place
            found.append((first, place + 1, tag[2:]))
        before = tag
    return found


#: The fewest sentences of one's own, and how many of them are held out: one in so many.
LEAST, EVERY = 20, 5


def _split(path: str | Path) -> dict[str, tuple[Sentence, ...]]:
    """Return the sentences of a file by their part; one that occurs twice is kept once.

    The held-out ones are spread evenly over groups of sentences that hold the same types of names.
    """
    first: dict[tuple[str, ...], Sentence] = {}
    for words, tags in read_tagged(path):
        first.setdefault(words, Sentence(words, tags, ("",) * len(words)))
    groups: dict[tuple[str, ...], list[Sentence]] = {}
    for sentence in first.values():
        kinds = {tag[2:] for tag in sentence.tags if tag != "O"}
        groups.setdefault(tuple(sorted(kinds)), []).append(sentence)
    if len(first) < LEAST or set(groups) == {()}:
        raise ValueError(
            f"Entities: expected at least {LEAST} different sentences in {str(path)!r}, some of "
            f"them with names, got {len(first)} with names in "
            f"{sum(len(group) for kinds, group in groups.items() if kinds)}; the usual cause is "
            "that no empty line stands between sentences, or that every tag is O"
        )
    chance = random.Random(0)
    parts: dict[str, list[Sentence]] = {part: [] for part in PARTS}
    for _, group in sorted(groups.items()):
        chance.shuffle(group)
        for place, sentence in enumerate(group):
            parts["held out" if place % EVERY == EVERY - 1 else "training"].append(sentence)
    for part, sentences in parts.items():
        if all(tag == "O" for sentence in sentences for tag in sentence.tags):
            raise ValueError(
                f"Entities: expected names in both parts of {str(path)!r}, got none in the part "
                f"{part!r}; at least {EVERY} sentences have to hold names of the same types"
            )
    return {part: tuple(sentences) for part, sentences in parts.items()}


@cache
def written() -> dict[str, tuple[Sentence, ...]]:
    """Return the sentences of the grammar, the same on every machine, by their part."""
    chance = random.Random(0)
    old = [name for name in NAMES if name not in NEW_NAMES]
    old_surnames = [name for name in SURNAMES if name not in NEW_SURNAMES]
    seen: set[tuple[str, ...]] = set()
    training = _several(TRAINING, chance, old, old_surnames, seen)
    familiar = _several(HELD_OUT, chance, old, old_surnames, seen)
    strange = _several(HELD_OUT, chance, NEW_NAMES, NEW_SURNAMES, seen)
    return {"training": training, "held out": familiar + strange}


def _several(
    count: int,
    chance: random.Random,
    names: list[str],
    surnames: list[str],
    seen: set[tuple[str, ...]],
) -> tuple[Sentence, ...]:
    """Write so many sentences that were not written before."""
    found: list[Sentence] = []
    while len(found) < count:
        sentence = _sentence(chance, names, surnames)
        if sentence.words not in seen:
            seen.add(sentence.words)
            found.append(sentence)
    return tuple(found)


def _sentence(chance: random.Random, names: list[str], surnames: list[str]) -> Sentence:
    """Write one sentence: an opener, a name, perhaps something in between, and what it does."""
    rows: list[tuple[str, str, str]] = []

    def say(text: str) -> None:
        for word in text.split():
            if word.startswith("{"):
                name(word[1:-1], "before", chance.random() < 0.4)
            else:
                rows.append((word, "O", ""))

    def name(kind: str, told: str, two: bool) -> None:
        rows.append((chance.choice(names), f"B-{kind}", told))
        if two:
            second = chance.choice(surnames if kind == "PER" else SECOND[kind])
            rows.append((second, f"I-{kind}", ""))

    kind = chance.choice(TYPES)
    form = chance.choices(("title", "two words", "alone"), (1, 2, 3))[0]
    if form == "title":
        say(chance.choice(TITLES[kind]))
        between = chance.choice(("", *SHORT, *LONG))
        name(kind, "before", two=False)
    else:
        say(chance.choice(OPENERS))
        far = chance.random() < 0.5
        between = chance.choice(LONG if far else ("", *SHORT))
        told = "inside" if form == "two words" else "later" if far else "soon after"
        name(kind, told, form == "two words")
    say(between)
    say(chance.choice(VERBS[kind]))
    words, tags, told_at = zip(*rows, strict=True)
    return Sentence(words, tags, told_at)
