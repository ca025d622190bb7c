"""Praise or blame? Sentences of two opinions, of which a small word says which one counts.

Or sentences of the reader's own, each with one of two labels.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file
from rnnbook.text import UNK, Vocabulary

PRAISE = ("good", "fine", "clever", "funny", "fresh", "moving")
BLAME = ("bad", "poor", "stupid", "boring", "stale", "cold")
THINGS = ("film", "plot", "music", "cast", "ending", "dialogue", "pace", "camera")
ADVERBS = ("very", "really", "so", "all", "that")
LABELS = ("blame", "praise")

#: How two opinions are put together. ``{counts}`` is the opinion that counts, ``{yields}`` the one
#: that yields to it and says the opposite; ``{a}``, ``{b}`` and ``{c}`` are three different things,
#: and ``{aside}`` is an opinion of either kind.
TEMPLATES = {
    "X, but Y": "the {a} was {yields} , but the {b} was {counts}",
    "although X, Y": "although the {a} was {yields} , the {b} was {counts}",
    "Y although X": "the {a} was {counts} although the {b} was {yields}",
    "although x, Y": "although {yields} , the {a} was {counts}",
    "Y although x": "the {a} was {counts} although {yields}",
}
#: Templates that training never sees, of words that it knows.
NEW = {
    "X but y": "the {a} was {yields} but {counts}",
    "although Z, X, but Y": (
        "although the {c} was {aside} , the {a} was {yields} , but the {b} was {counts}"
    ),
}
#: Sentences of each template to train on, held out, and of a new one.
TRAINING, HELD_OUT, OF_NEW = 600, 200, 400

APOSTROPHE = chr(0x2019)  #: The curved one, which some editors write.
PARTS = ("training", "held out", *NEW)
#: The limits of a list of the reader's own.
FEWEST, FEWEST_OF_A_LABEL, MOST, MOST_WORDS = 50, 10, 100_000, 200
#: The share of the reader's own sentences that is held out.
SHARE = 0.2


class Sentence(NamedTuple):
    """A sentence, its words with spaces between them, the number of its label, and its template."""

    text: str
    label: int
    template: str


class _List(NamedTuple):
    """Two labels, the sentences of each part, and how many sentences have both labels."""

    labels: tuple[str, str]
    parts: dict[str, tuple[Sentence, ...]]
    left_out: int = 0


@dataclass(frozen=True)
class Sentiment:
    """Is a sentence praise (class 1) or blame (class 0)? Or which of two labels of your own has it?

    Each sentence holds two opinions that contradict each other, *the film was not good, but the
    cast was funny*, and only the order of the words says which one counts. The sentences come in
    twins: swap the two opinions, and the words stay the same but the label changes. Twins are never
    parted, so that counting words is right exactly half of the time.

    Parameters
    ----------
    path : str or Path, optional
        Your own list: a text file in UTF-8 with a label, a tab and a sentence in each line, of two
        different labels. Without it, the task is the book's grammar.
    part : str
        Where batches are drawn from: ``"training"``, ``"held out"``, or a template of ``NEW``,
        which training never sees; a list of your own has no new templates.
    taught : int
        Sentences of the first new template to train on besides; the others stay new.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is empty or not UTF-8, a line is not a label, a tab and a sentence, there are
        not two labels, or too few or too many sentences; or if another parameter is out of range.

    Notes
    -----
    The split is the same on every run. A fifth of each label of your own list is held out; a
    sentence that stands in it twice counts once, and one with both labels has no right answer and
    is left out (see :attr:`left_out`).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.sentiment import Sentiment
    >>> task = Sentiment()
    >>> print(task.sentences[1].text)
    the pace was not so all stupid , but the camera was so poor
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([2, 13]), torch.Size([2]))
    """

    path: str | Path | None = None
    part: str = "training"
    taught: int = 0

    def __post_init__(self) -> None:
        if self.part not in PARTS or (self.path is not None and self.part in NEW):
            known = PARTS if self.path is None else PARTS[:2]
            raise ValueError(f"Sentiment: part must be one of {known}, got {self.part!r}")
        most = 0 if self.path is not None else OF_NEW
        if self.taught % 2 or not 0 <= self.taught <= most:
            raise ValueError(
                f"Sentiment: taught must be an even number from 0 to {most}, since twins stay "
                f"together and your own list has no templates, got {self.taught}"
            )
        _ = self.vocabulary  # reads the list, and raises where it is no list

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @cached_property
    def baseline(self) -> float:
        """The share of the commoner label in this part."""
        return float(self.targets.double().mean().sub(0.5).abs()) + 0.5

    @property
    def labels(self) -> tuple[str, str]:
        """The names of class 0 and class 1."""
        return self._list.labels

    @property
    def left_out(self) -> int:
        """Different sentences of your own list that stand there with both labels."""
        return self._list.left_out

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of this part."""
        extra = self._list.parts["taught"][: self.taught] if self.part == "training" else ()
        return self._list.parts[self.part] + extra

    @cached_property
    def targets(self) -> Tensor:
        """The class of each sentence of this part, (sentences,)."""
        return torch.tensor([sentence.label for sentence in self.sentences], device="cpu")

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that training reads twice or more; any other word is ``UNK``."""
        texts = [text for text, _, _ in self._list.parts["training"]]
        try:
            return Vocabulary.from_texts(texts, minimum_count=2)
        except ValueError as error:
            raise ValueError(
                f"Sentiment: expected words that occur more than once in {str(self.path)!r}, got "
                "none; the usual cause is a language that is written without spaces: put a space "
                "between words"
            ) from error

    def on(self, part: str) -> Sentiment:
        """Return the same task on another part, such as ``"held out"``."""
        return replace(self, part=part)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sentences of one length: inputs ``(size, time)``, target ``(size,)``.

        A sentence is drawn, and then others as long as it, so that nothing has to be padded.
        """
        if size < 1:
            raise ValueError(f"Sentiment.batch: size must be at least 1, got {size}")
        device = generator.device
        ids, lengths = self._encoded
        first = torch.randint(len(lengths), (1,), generator=generator, device=device)
        length = int(lengths[first.cpu()])
        alike = self._by_length[length]
        drawn = torch.randint(len(alike), (size,), generator=generator, device=device).cpu()
        rows = alike[drawn]
        return Batch((ids[rows, :length].to(device),), self.targets[rows].to(device))

    def whole(self) -> Batch:
        """Return all sentences of this part, padded, with their lengths."""
        ids, lengths = self._encoded
        return Batch((ids,), self.targets, lengths)

    def encode(self, texts: Iterable[str]) -> tuple[Tensor, Tensor]:
        """Return word ids (sentences, longest) and lengths (sentences,) of tidy sentences."""
        with torch.device("cpu"):
            return self.vocabulary.encode_batch([text.split() for text in texts], unknown=UNK)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, 2)``."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sentences whose larger logit is the right one."""
        return (output.argmax(-1) == batch.target).float().mean().item()

    @cached_property
    def _encoded(self) -> tuple[Tensor, Tensor]:
        return self.encode(sentence.text for sentence in self.sentences)

    @cached_property
    def _by_length(self) -> dict[int, Tensor]:
        lengths = self._encoded[1]
        return {int(n): (lengths == n).nonzero()[:, 0] for n in lengths.unique()}

    @cached_property
    def _list(self) -> _List:
        return grammar() if self.path is None else own_list(self.path)


@cache
def grammar() -> _List:
    """Return the parts of the book's own sentences; no sentence stands in two of them."""
    chance, seen = random.Random(0), set[str]()
    drawn = {
        "training": _draw(TEMPLATES, TRAINING, seen, chance),
        "held out": _draw(TEMPLATES, HELD_OUT, seen, chance),
    }
    for name, template in NEW.items():
        drawn[name] = _draw({name: template}, OF_NEW, seen, chance)
    first = next(iter(NEW))
    drawn["taught"] = _draw({first: NEW[first]}, OF_NEW, seen, chance)
    return _List(LABELS, drawn)


def _draw(
    templates: dict[str, str], count: int, seen: set[str], chance: random.Random
) -> tuple[Sentence, ...]:
    """Draw ``count`` sentences of each template, each beside its twin, none of them in ``seen``."""
    found = []
    for name, template in templates.items():
        left = count
        while left > 0:
            pair = twins(template, chance)
            if seen.isdisjoint(pair):
                seen.update(pair)
                found += [Sentence(text, 1 - i, name) for i, text in enumerate(pair)]
                left -= 2
    return tuple(found)


def twins(template: str, chance: random.Random) -> tuple[str, str]:
    """Return a sentence of praise, and the same with its two opinions swapped.

    Examples
    --------
    >>> import random
    >>> from rnnbook.tasks.sentiment import TEMPLATES, twins
    >>> for text in twins(TEMPLATES["although x, Y"], random.Random(1)):
    ...     print(text)
    although boring , the music was not all so boring
    although not all so boring , the music was boring
    """
    a, b, c = chance.sample(THINGS, 3)
    praise, blame = opinion(True, chance), opinion(False, chance)
    aside = opinion(chance.random() < 0.5, chance)
    pairs = ((praise, blame), (blame, praise))
    one, other = (
        template.format(a=a, b=b, c=c, counts=counts, yields=yields, aside=aside)
        for counts, yields in pairs
    )
    return one, other


def opinion(praise: bool, chance: random.Random) -> str:
    """Return the words of an opinion: *fine*, *not very good*; half of them are negated."""
    denied = chance.random() < 0.5
    words = chance.choices(ADVERBS, k=chance.choice((0, 0, 1, 2)))
    word = chance.choice(PRAISE if praise != denied else BLAME)
    return " ".join([*(["not"] if denied else []), *words, word])


def tidy(sentence: str) -> str:
    """Return the words and punctuation marks of a sentence in small letters, with spaces between.

    Examples
    --------
    >>> from rnnbook.tasks.sentiment import tidy
    >>> tidy("Good? It isn't, but I laughed!")
    "good ? it isn't , but i laughed !"
    """
    text = unicodedata.normalize("NFC", sentence).lower().replace(APOSTROPHE, "'")
    apart = []
    for i, letter in enumerate(text):
        inside = letter in "'-" and text[i - 1 : i].isalnum() and text[i + 1 : i + 2].isalnum()
        mark = unicodedata.category(letter)[0] in "PS" and not inside
        apart.append(f" {letter} " if mark else letter)
    return " ".join("".join(apart).split())


def own_list(path: str | Path) -> _List:
    """Read a list of ``LABEL TAB SENTENCE`` and hold out a fifth of each label.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8. Empty lines are skipped.

    Raises
    ------
    FileNotFoundError, ValueError
        As in :class:`Sentiment`.
    """
    found: dict[str, set[str]] = {}
    for number, line in enumerate(read_text_file(path).split("\n"), start=1):
        if line.strip():
            label, text = _row(line, number, path)
            found.setdefault(text, set()).add(label)
    labels = sorted(set().union(*found.values()))
    if len(labels) != 2:
        some = ", ".join(map(repr, labels[:5])) + (", ..." if len(labels) > 5 else "")
        raise ValueError(
            f"Sentiment: expected two labels in {str(path)!r}, got {len(labels)}: {some}; the "
            "usual cause is a line of headings, a label spelled in two ways, or the two columns "
            "swapped"
        )
    by_label: dict[str, list[str]] = {label: [] for label in labels}
    for text, said in found.items():
        if len(said) == 1:
            by_label[min(said)].append(text)
    sizes = {label: len(texts) for label, texts in by_label.items()}
    total = sum(sizes.values())
    if min(sizes.values()) < FEWEST_OF_A_LABEL or not FEWEST <= total <= MOST:
        raise ValueError(
            f"Sentiment: expected from {FEWEST} to {MOST:,} different sentences in "
            f"{str(path)!r}, at least {FEWEST_OF_A_LABEL} of each label, got {total:,}: {sizes}; "
            "a sentence that stands there twice counts once, one with both labels not at all"
        )
    chance = random.Random(0)
    parts: dict[str, tuple[Sentence, ...]] = {"training": (), "held out": (), "taught": ()}
    for i, texts in enumerate(by_label.values()):
        mixed = sorted(texts)
        chance.shuffle(mixed)
        rows = tuple(Sentence(text, i, "") for text in mixed)
        cut = round(len(rows) * SHARE)
        parts["held out"] += rows[:cut]
        parts["training"] += rows[cut:]
    return _List((labels[0], labels[1]), parts, len(found) - total)


def _row(line: str, number: int, path: str | Path) -> tuple[str, str]:
    """Return the label and the tidy sentence of one line; raise if it is not both."""
    columns = [column.strip() for column in line.split("\t")]
    shown = line if len(line) <= 60 else line[:57] + "..."
    text = tidy(columns[-1])
    if len(columns) != 2 or not columns[0] or not text:
        raise ValueError(
            f"Sentiment: expected a label, a tab and a sentence in line {number} of {str(path)!r}, "
            f"got {len(columns) - 1} tabs in {shown!r}; the usual cause is spaces or a comma in "
            "place of the tab, or a table with more columns"
        )
    words = text.count(" ") + 1
    if words > MOST_WORDS:
        raise ValueError(
            f"Sentiment: expected at most {MOST_WORDS} words a sentence, got {words} in line "
            f"{number} of {str(path)!r}: {shown!r}; cut long texts into sentences"
        )
    return unicodedata.normalize("NFC", columns[0]), text
