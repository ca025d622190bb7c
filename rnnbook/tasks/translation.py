"""English sentences and the same in French, from a grammar with agreement or from a reader's file.

In French an article and an adjective take the gender and the number of their noun, and a verb takes
its number. Held out are pairs of a noun and an adjective: training has both words, and never the
one with the other.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file
from rnnbook.tasks._written import always, share_right
from rnnbook.text import END, PAD, SPECIAL, UNK, Vocabulary, pad

#: One noun a row: English singular and plural, French singular and plural. Six are masculine, then
#: six feminine; none begins with a vowel, where French would drop one of its own.
NOUNS = (
    ("cat", "cats", "chat", "chats"),
    ("dog", "dogs", "chien", "chiens"),
    ("horse", "horses", "cheval", "chevaux"),
    ("bike", "bikes", "vélo", "vélos"),
    ("train", "trains", "train", "trains"),
    ("hat", "hats", "chapeau", "chapeaux"),
    ("car", "cars", "voiture", "voitures"),
    ("house", "houses", "maison", "maisons"),
    ("flower", "flowers", "fleur", "fleurs"),
    ("door", "doors", "porte", "portes"),
    ("cow", "cows", "vache", "vaches"),
    ("key", "keys", "clé", "clés"),
)
#: One adjective a row: English, then French masculine, feminine, and both in the plural. The first
#: three stand before a French noun, the others after it.
ADJECTIVES = (
    ("small", "petit", "petite", "petits", "petites"),
    ("big", "grand", "grande", "grands", "grandes"),
    ("old", "vieux", "vieille", "vieux", "vieilles"),
    ("green", "vert", "verte", "verts", "vertes"),
    ("black", "noir", "noire", "noirs", "noires"),
    ("white", "blanc", "blanche", "blancs", "blanches"),
    ("grey", "gris", "grise", "gris", "grises"),
    ("heavy", "lourd", "lourde", "lourds", "lourdes"),
)
BEFORE = 3
#: English singular and plural, then French as for adjectives.
ARTICLES = (
    ("the", "the", "le", "la", "les", "les"),
    ("this", "these", "ce", "cette", "ces", "ces"),
    ("my", "my", "mon", "ma", "mes", "mes"),
)
#: English singular and plural, then French singular and plural.
VERBS = (
    ("is", "are", "est", "sont"),
    ("was", "were", "était", "étaient"),
    ("will be", "will be", "sera", "seront"),
)
PLACES = (("behind", "derrière"), ("under", "sous"), ("with", "avec"), ("in front of", "devant"))
#: One pair of noun and adjective in this many is kept out of training.
EVERY = 4
#: Sentences to train on, and sentences held out.
TRAINING, HELD_OUT = 2000, 400
#: Of a reader's file: the most words in a sentence, and the fewest and the most pairs to train on.
LONGEST, FEWEST, MOST = 15, 100, 5000
#: In a reader's file, one English sentence in this many is held out.
KEPT = 10


class Pair(NamedTuple):
    """A sentence and its translation, as words."""

    english: tuple[str, ...]
    french: tuple[str, ...]


@dataclass(frozen=True)
class Translation:
    """Translate "the old car is green" to "la vieille voiture est verte", word by word and ``END``.

    The sentences are made by a grammar, or read from a file of your own. Those of training are
    always the same, and so are those held out. The vocabularies know the words of training only.

    Parameters
    ----------
    path : str or Path, optional
        Your own text file in UTF-8: a line holds a sentence, a tab, and its translation. What
        stands after a second tab is not read; lists of Tatoeba name their authors there.
    held_out : bool
        Draw the sentences that are otherwise left out, and no others. From the grammar these are
        sentences with a pair of noun and adjective that training never holds; of a file, one
        sentence in ten and all its translations.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is empty or not UTF-8, a line has no tab or nothing on one side of it, or fewer
        than 100 pairs are left to train on.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.translation import Translation
    >>> task = Translation()
    >>> pair = task.pairs[0]
    >>> print(*pair.english, "=", *pair.french)
    this cat with this house is grey = ce chat avec cette maison est gris
    >>> src, tgt = task.batch(3, torch.Generator().manual_seed(0)).inputs
    >>> src.shape[0], tgt.shape[0]
    (3, 3)
    """

    path: str | Path | None = None
    held_out: bool = False

    def __post_init__(self) -> None:
        if self.path is not None:
            _ = self._parts  # a file that is not as it should be is refused at once

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "sentences with every word right"

    @cached_property
    def baseline(self) -> float:
        """The French sentence that occurs most often, whatever is read."""
        return Counter(pair.french for pair in self.pairs).most_common(1)[0][1] / len(self.pairs)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The sentences that are drawn here."""
        return self._parts[self.held_out]

    @property
    def rest(self) -> Translation:
        """The same task on the sentences that this one does not draw."""
        return replace(self, held_out=not self.held_out)

    @cached_property
    def source(self) -> Vocabulary:
        """The English words of training, whatever is drawn here."""
        return Vocabulary(word for pair in self._parts[0] for word in pair.english)

    @cached_property
    def target(self) -> Vocabulary:
        """The French words of training."""
        return Vocabulary(word for pair in self._parts[0] for word in pair.french)

    @cached_property
    def _parts(self) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
        """What training draws from, and what is held out."""
        return from_grammar() if self.path is None else divided(read_pairs(self.path))

    @cached_property
    def _whole(self) -> Batch:
        return self.of(self.pairs)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` pairs: English (size, src_len), and French (size, tgt_len) with ``END``.

        The French is an input as well, for a model that is taught by the true words before each;
        ``lengths`` are those of the English.
        """
        if size < 1:
            raise ValueError(f"Translation.batch: size must be at least 1, got {size}")
        device = generator.device
        rows = torch.randint(len(self.pairs), (size,), generator=generator, device=device).cpu()
        (src, tgt), lengths = self._whole.inputs, self._whole.lengths
        assert lengths is not None
        src, tgt, lengths = src[rows], tgt[rows], lengths[rows]
        # no row is longer than the longest one drawn
        src, tgt = src[:, : int(lengths.max())], tgt[:, : int((tgt != PAD).sum(1).max())]
        return Batch((src, tgt), tgt, lengths).to(device)

    def of(self, pairs: tuple[Pair, ...]) -> Batch:
        """Return the batch of these pairs; words that training never holds become ``UNK``."""
        with torch.device("cpu"):
            src, lengths = self.source.encode_batch([p.english for p in pairs], unknown=UNK)
            tgt, _ = pad([self._answer(pair.french) for pair in pairs])
        return Batch((src, tgt), tgt, lengths)

    def _answer(self, french: tuple[str, ...]) -> Tensor:
        with torch.device("cpu"):
            return torch.cat([self.target.encode(french, unknown=UNK), torch.tensor([END])])

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, tgt_len, words), over words and ``END``."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sentences all of whose words, and whose end, have the largest logit.

        With the true words before each, that is the same as writing word by word: as long as none
        is wrong, what was written before is what is true. A word that training never held is wrong.
        """
        return share_right(output, batch.target)

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the commonest French sentence: logits (batch, tgt_len, words)."""
        commonest = Counter(pair.french for pair in self.pairs).most_common(1)[0][0]
        return always(self._answer(commonest), batch.target, len(self.target))


@dataclass(frozen=True)
class Phrase:
    """A noun with its article, and perhaps an adjective; numbers are places in the tables above."""

    noun: int
    article: int
    plural: bool
    adjective: int | None = None

    @property
    def form(self) -> int:
        """Which of the four French forms agrees: masculine, feminine, and both in the plural."""
        return (self.noun >= len(NOUNS) // 2) + 2 * self.plural

    @property
    def english(self) -> str:
        """The phrase in English."""
        said = "" if self.adjective is None else ADJECTIVES[self.adjective][0]
        article, noun = ARTICLES[self.article][self.plural], NOUNS[self.noun][self.plural]
        return f"{article} {said} {noun}"

    @property
    def french(self) -> str:
        """The phrase in French."""
        article, noun = ARTICLES[self.article][2 + self.form], NOUNS[self.noun][2 + self.plural]
        if self.adjective is None:
            return f"{article} {noun}"
        said = ADJECTIVES[self.adjective][1 + self.form]
        return f"{article} {said} {noun}" if self.adjective < BEFORE else f"{article} {noun} {said}"


@dataclass(frozen=True)
class Sentence:
    """A subject, perhaps a place after it, a verb, and an adjective for the subject.

    ``place`` is a preposition, by its row in ``PLACES``, and the phrase that follows it, as in
    "under my cat"; ``verb`` and ``adjective`` are rows of their tables.
    """

    subject: Phrase
    verb: int
    adjective: int
    place: tuple[int, Phrase] | None = None

    @property
    def combinations(self) -> set[tuple[int, int]]:
        """The pairs of noun and adjective in which one describes the other."""
        adjectives = (self.adjective, self.subject.adjective)
        return {(self.subject.noun, each) for each in adjectives if each is not None}

    @property
    def pair(self) -> Pair:
        """The sentence in both languages."""
        form = self.subject.form
        one, many, est, sont = VERBS[self.verb]
        said = [self.subject.english, self.subject.french]
        if self.place:
            where, phrase = self.place
            said[0] += f" {PLACES[where][0]} {phrase.english}"
            said[1] += f" {PLACES[where][1]} {phrase.french}"
        english, french = (many, sont) if self.subject.plural else (one, est)
        adjective = ADJECTIVES[self.adjective]
        return Pair(
            tuple(words(f"{said[0]} {english} {adjective[0]}")),
            tuple(words(f"{said[1]} {french} {adjective[1 + form]}")),
        )


def is_kept(noun: int, adjective: int) -> bool:
    """Return whether training never has this noun described by this adjective."""
    return (noun + adjective) % EVERY == 0


def drawn(chance: random.Random) -> Sentence:
    """Draw a sentence from the grammar; every choice is equally likely."""

    def phrase(described: int | None = None) -> Phrase:
        noun, article = chance.randrange(len(NOUNS)), chance.randrange(len(ARTICLES))
        return Phrase(noun, article, chance.random() < 0.5, described)

    adjective = chance.randrange(len(ADJECTIVES))
    other = chance.choice([j for j in range(len(ADJECTIVES)) if j != adjective])
    subject = phrase(other if chance.random() < 0.5 else None)
    place = (chance.randrange(len(PLACES)), phrase()) if chance.random() < 0.5 else None
    return Sentence(subject, chance.randrange(len(VERBS)), adjective, place)


@cache
def from_grammar() -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return the sentences of training and those held out, which are the same on every machine."""
    return tuple(s.pair for s in sentences(False)), tuple(s.pair for s in sentences(True))


@cache
def fresh() -> tuple[Pair, ...]:
    """Return sentences that are not in training though all their pairs of words are."""
    chance, training = random.Random(2), {pair.english for pair in from_grammar()[0]}
    found: list[Pair] = []
    while len(found) < HELD_OUT:
        sentence = drawn(chance)
        new = sentence.pair.english not in training
        if new and not any(is_kept(*each) for each in sentence.combinations):
            found.append(sentence.pair)
    return tuple(found)


@cache
def sentences(held_out: bool) -> tuple[Sentence, ...]:
    """Return the sentences of one part as the grammar made them."""
    chance = random.Random(int(held_out))
    found: list[Sentence] = []
    while len(found) < (HELD_OUT if held_out else TRAINING):
        sentence = drawn(chance)
        if any(is_kept(*each) for each in sentence.combinations) == held_out:
            found.append(sentence)
    return tuple(found)


def words(text: str) -> list[str]:
    """Cut a sentence into words in small letters; a mark is a word, an apostrophe ends one.

    Letters with accents are composed (NFC), and the typographic apostrophe becomes the plain one.

    Examples
    --------
    >>> from rnnbook.tasks.translation import words
    >>> words("L'arbre n'est pas vert !")
    ["l'", 'arbre', "n'", 'est', 'pas', 'vert', '!']
    """
    plain = (
        unicodedata.normalize("NFC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return re.findall(r"\w+(?:-\w+)*'?|[^\w\s]", plain)


def joined(said: tuple[str, ...] | list[str]) -> str:
    """Write words as a sentence.

    Examples
    --------
    >>> from rnnbook.tasks.translation import joined
    >>> joined(["n'", "est"])
    "n'est"
    """
    return " ".join(said).replace("' ", "'")


def read_pairs(path: str | Path) -> tuple[Pair, ...]:
    """Return the pairs of a reader's own text file, one a line; empty lines are left out.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is empty or not UTF-8, or a line has no tab or nothing on one side of it.

    Examples
    --------
    >>> from rnnbook.tasks.translation import read_pairs
    >>> read_pairs("no_such_list.txt")
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_text_file: expected a text file at 'no_such_list.txt', found nothing ...
    """
    found = []
    for number, line in enumerate(read_text_file(path).split("\n"), start=1):
        if not line.strip():
            continue
        columns = line.split("\t")
        where = f"read_pairs: expected a sentence, a tab and its translation in line {number} of"
        if len(columns) < 2:
            raise ValueError(
                f"{where} {str(path)!r}, got {_short(line)} without a tab; the usual cause is "
                "columns that are parted by commas or spaces: save them as text with tabs"
            )
        sides = [words(column) for column in columns[:2]]
        for side, name in zip(sides, ("before", "after"), strict=True):
            if not side:
                raise ValueError(
                    f"{where} {str(path)!r}, got nothing {name} the tab; the usual cause is a "
                    "sentence without a translation: delete the line"
                )
            if set(side) & set(SPECIAL):
                raise ValueError(f"{where} {str(path)!r}, got one of {SPECIAL}, which have ids")
        found.append(Pair(tuple(sides[0]), tuple(sides[1])))
    return tuple(found)


def divided(pairs: tuple[Pair, ...]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return the pairs to train on and those held out, none of whose sentences training holds.

    Pairs with more than 15 words on one side are left out. Of all English sentences, one in ten is
    held out with all its translations, unless one of these is also a translation in training. Of
    more than 5,000 pairs for training, 5,000 are taken, drawn at random, the same on every run.

    Raises
    ------
    ValueError
        If fewer than 100 pairs are left to train on, or none is held out.
    """
    short = [pair for pair in pairs if max(map(len, pair)) <= LONGEST]
    chance = random.Random(0)
    known = sorted({pair.english for pair in short})
    kept = set(chance.sample(known, len(known) // KEPT))
    training = [pair for pair in short if pair.english not in kept]
    training = chance.sample(training, min(MOST, len(training)))
    translations = {pair.french for pair in training}
    held = [p for p in short if p.english in kept and p.french not in translations]
    if len(training) < FEWEST or not held:
        raise ValueError(
            f"Translation: expected {FEWEST} pairs of at most {LONGEST} words or more to train on, "
            f"and some to hold out, got {len(training)} and {len(held)} of {len(pairs)} lines; the "
            "usual cause is a short list, long sentences, or one translation for all"
        )
    return tuple(training), tuple(held[:HELD_OUT])


def _short(line: str) -> str:
    return ascii(line if len(line) <= 40 else f"{line[:37]}...")
