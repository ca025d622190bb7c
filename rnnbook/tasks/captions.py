"""Small pictures of coloured shapes and the sentences that describe them, or pictures of your own.

Held out are combinations of number, colour, shape and place: training has every word and every
pair of words, and never these four together.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file
from rnnbook.tasks._written import always, share_right
from rnnbook.text import END, PAD, UNK, Vocabulary, pad

#: The parts of a caption, and what may stand in each.
SLOTS = {
    "number": ("a", "a pair of", "three"),
    "colour": ("red", "green", "blue", "yellow"),
    "shape": ("ring", "square", "cross"),
    "place": ("at left", "at right", "on top", "below"),
}
#: Red, green and blue of each colour, from 0 to 1.
PAINT = ((0.9, 0.2, 0.2), (0.2, 0.75, 0.25), (0.25, 0.4, 0.95), (0.95, 0.85, 0.2))
BACKGROUND = 0.2
#: Points on each side of a picture.
SIDE = 24
#: Pictures of each combination: in training, held out, and new ones of combinations in training.
TRAINING, HELD_OUT, FRESH = 16, 20, 4
#: Of a reader's own file: the most words in a caption, and the fewest and the most captions.
LONGEST, FEWEST, MOST = 40, 40, 10_000
#: Of a reader's pictures, one in this many is held out.
KEPT = 5
#: A first line of titles is known by what it calls the second column.
TITLES = ("caption", "captions", "text", "description")

Words: TypeAlias = tuple[str, ...]
Combination: TypeAlias = tuple[int, ...]
Pictures: TypeAlias = NDArray[np.float32]


class Part(NamedTuple):
    """Pictures, (pictures, 3, SIDE, SIDE) from 0 to 1, and the captions of each, one or more."""

    pictures: Pictures
    captions: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True)
class Captions:
    """Write "a pair of red rings on top" from a picture of 24 by 24 points, then ``END``.

    Pictures are drawn here, always the same ones, or read from files of your own. The vocabulary
    knows the words of training only.

    Parameters
    ----------
    path : str or Path, optional
        Your own table in UTF-8: in each line the name of a picture's file, a comma and a caption.
        Names start from the folder of the table. A semicolon or a tab may stand for the comma, a
        caption with commas stands in quotation marks, and a first line of titles calls the second
        column ``caption``. A picture may have several captions, a line each.
    held_out : bool
        Draw the pictures that are otherwise left out, and no others. Those drawn here show
        combinations that training never shows; of your own, one picture in five is held out,
        spread over the captions, with all its captions.

    Raises
    ------
    FileNotFoundError
        If there is no table at ``path``, or no picture that it names.
    ValueError
        If the table is empty, not UTF-8, not two columns, has fewer than 40 captions or more than
        10,000, or a caption is empty or longer than 40 words; if a file is no picture.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.captions import Captions
    >>> task = Captions()
    >>> pictures, captions = task.batch(2, torch.Generator().manual_seed(0)).inputs
    >>> pictures.shape
    torch.Size([2, 3, 24, 24])
    >>> for caption in captions:
    ...     print(*task.vocabulary.decode(caption))
    a pair of red squares at right <end>
    a yellow cross below <end> <pad> <pad> <pad>
    """

    path: str | Path | None = None
    held_out: bool = False

    def __post_init__(self) -> None:
        if self.path is not None:
            _ = self._parts  # a table that is not as it should be is refused at once

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "captions with every word right"

    @cached_property
    def baseline(self) -> float:
        """The caption that occurs most often, whatever the picture."""
        return self._counts.most_common(1)[0][1] / self._counts.total()

    @property
    def part(self) -> Part:
        """The pictures that are drawn here, and their captions."""
        return self._parts[self.held_out]

    @property
    def rest(self) -> Captions:
        """The same task on the pictures that this one does not draw."""
        return replace(self, held_out=not self.held_out)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of training, whatever is drawn here."""
        return Vocabulary(w for rows in self._parts[0].captions for words in rows for w in words)

    @cached_property
    def longest(self) -> int:
        """Words in the longest caption of training, its ``END`` counted."""
        return 1 + max(len(words) for rows in self._parts[0].captions for words in rows)

    @cached_property
    def _parts(self) -> tuple[Part, Part]:
        """What training draws from, and what is held out."""
        if self.path is None:
            return drawn("training"), drawn("held out")
        return divided(read_captions(self.path))

    @cached_property
    def _counts(self) -> Counter[Words]:
        return Counter(words for rows in self.part.captions for words in rows)

    @cached_property
    def _encoded(self) -> tuple[Tensor, Tensor, Tensor]:
        """The pictures; and for every caption its picture's row, and its ids with ``END``."""
        with torch.device("cpu"):
            rows = [i for i, many in enumerate(self.part.captions) for _ in many]
            ids = pad([self.ids(words) for many in self.part.captions for words in many])[0]
            return torch.from_numpy(self.part.pictures), torch.tensor(rows), ids

    def ids(self, words: Words) -> Tensor:
        """Return the ids of a caption and ``END``; a word that training never holds is ``UNK``."""
        with torch.device("cpu"):
            return torch.cat([self.vocabulary.encode(words, unknown=UNK), torch.tensor([END])])

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` captions: pictures (size, 3, 24, 24), ids (size, time) with ``END``.

        The captions are an input as well, for a model that is taught by the true words before each.
        """
        if size < 1:
            raise ValueError(f"Captions.batch: size must be at least 1, got {size}")
        pictures, rows, ids = self._encoded
        chosen = torch.randint(len(rows), (size,), generator=generator, device=generator.device)
        chosen = chosen.cpu()
        ids = ids[chosen]
        ids = ids[:, : int((ids != PAD).sum(1).max())]  # no row is longer than the longest drawn
        shown = pictures[rows[chosen]].to(torch.get_default_dtype())
        return Batch((shown, ids), ids).to(generator.device)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, vocab), over words and ``END``."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of captions all of whose words, and whose end, have the largest logit.

        With the true words before each, that is the same as writing word by word: as long as none
        is wrong, what was written before is what is true. A word that training never held is wrong.
        """
        return share_right(output, batch.target)

    def trivial(self, batch: Batch) -> Tensor:
        """Say the commonest caption of every picture: logits (batch, time, vocab)."""
        commonest = self._counts.most_common(1)[0][0]
        return always(self.ids(commonest), batch.target, len(self.vocabulary))


@dataclass(frozen=True)
class Slots:
    """The drawn pictures of :class:`Captions`, with four class numbers in place of the sentence.

    Who asks for these knows beforehand that a caption has four parts, and what may stand in each.

    Parameters
    ----------
    held_out : bool
        Draw the combinations that are otherwise left out, and no others.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.captions import Slots
    >>> Slots().batch(2, torch.Generator().manual_seed(0)).target
    tensor([[1, 0, 1, 1],
            [0, 3, 2, 3]])
    """

    held_out: bool = False

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "pictures with all four parts right"

    @property
    def baseline(self) -> float:
        """One combination for every picture is right once in as many as there are."""
        return 1 / len(combinations(self.held_out))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` pictures, (size, 3, 24, 24), with the numbers of their parts, (size, 4)."""
        if size < 1:
            raise ValueError(f"Slots.batch: size must be at least 1, got {size}")
        pictures, numbers = _numbered(self.held_out)
        device = generator.device
        rows = torch.randint(len(numbers), (size,), generator=generator, device=device).cpu()
        shown = torch.from_numpy(pictures[rows.numpy()]).to(torch.get_default_dtype())
        with torch.device("cpu"):
            return Batch((shown,), torch.from_numpy(numbers[rows.numpy()])).to(device)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, 4 parts, 4 classes)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of pictures all four parts of which are right."""
        return (output.argmax(-1) == batch.target).all(1).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with one combination: logits (batch, 4, 4)."""
        with torch.device("cpu"):
            one = torch.tensor(combinations(self.held_out)[0])
        logits = F.one_hot(one, 4).to(batch.target.device, torch.get_default_dtype())
        return logits.expand(len(batch.target), 4, 4)


def is_kept(combination: Combination) -> bool:
    """Return whether training never shows this number, colour, shape and place together.

    Examples
    --------
    >>> from rnnbook.tasks.captions import is_kept
    >>> is_kept((0, 0, 0, 0)), is_kept((0, 0, 0, 1))
    (True, False)
    """
    number, colour, shape, place = combination
    return ((number + shape) % 3, (colour + place) % 4) in ((0, 0), (1, 2))


@cache
def combinations(held_out: bool) -> tuple[Combination, ...]:
    """Return the combinations of number, colour, shape and place of one part."""
    every = product(*(range(len(values)) for values in SLOTS.values()))
    return tuple(c for c in every if is_kept(c) == held_out)


def in_words(combination: Combination) -> Words:
    """Return the caption of a combination.

    Examples
    --------
    >>> from rnnbook.tasks.captions import in_words
    >>> in_words((1, 0, 2, 3))
    ('a', 'pair', 'of', 'red', 'crosses', 'below')
    """
    number, colour, shape, place = (
        values[i] for values, i in zip(SLOTS.values(), combination, strict=True)
    )
    if combination[0] > 0:
        shape += "es" if shape.endswith("s") else "s"
    return tuple(f"{number} {colour} {shape} {place}".split())


@cache
def in_numbers() -> dict[Words, Combination]:
    """Return the combination of every caption that can be made."""
    return {in_words(c): c for held_out in (False, True) for c in combinations(held_out)}


def painted(combination: Combination, chance: np.random.Generator) -> Pictures:
    """Draw a picture of a combination: red, green and blue of each point, (3, SIDE, SIDE)."""
    number, colour, shape, place = combination
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    picture = np.full((3, SIDE, SIDE), BACKGROUND)
    across = 5.0 if place in (0, 2) else SIDE - 6.0
    for i in range(number + 1):
        along = (i + 0.5) / (number + 1) * SIDE - 0.5 + chance.uniform(-1, 1)
        beside = across + chance.uniform(-1.5, 1.5)
        x, y = (beside, along) if place < 2 else (along, beside)
        outside = _outside(shape, abs(xs - x), abs(ys - y), chance.uniform(3.2, 3.9))
        covered = np.clip(0.5 - outside, 0, 1)  # an edge covers part of a point
        paint = np.array(PAINT[colour]) + chance.normal(0, 0.04, 3)
        picture = picture * (1 - covered) + covered * paint[:, None, None]
    noisy = picture + chance.normal(0, 0.03, picture.shape)
    return np.clip(noisy, 0, 1).astype(np.float32)


def _outside(
    shape: int, x: NDArray[np.float64], y: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """Return how far points, (x, y) from a shape's middle, lie outside it; below 0 inside."""
    if SLOTS["shape"][shape] == "ring":
        found = abs(np.hypot(x, y) - 0.75 * radius) - 0.3 * radius
    elif SLOTS["shape"][shape] == "square":
        found = np.maximum(x, y) - 0.9 * radius
    else:
        one = np.maximum(x - 1.05 * radius, y - 0.3 * radius)
        found = np.minimum(one, np.maximum(y - 1.05 * radius, x - 0.3 * radius))
    return np.asarray(found)


@cache
def drawn(which: str) -> Part:
    """Return the pictures of one part, as many of each combination; the same on every machine.

    Parameters
    ----------
    which : {"training", "held out", "fresh"}
        Fresh are new pictures of combinations that training shows.
    """
    counts = {"training": TRAINING, "held out": HELD_OUT, "fresh": FRESH}
    if which not in counts:
        raise ValueError(f"drawn: expected one of {tuple(counts)}, got {which!r}")
    chance = np.random.default_rng(list(counts).index(which))
    rows = combinations(which == "held out") * counts[which]
    return Part(np.stack([painted(c, chance) for c in rows]), tuple((in_words(c),) for c in rows))


@cache
def _numbered(held_out: bool) -> tuple[Pictures, NDArray[np.int64]]:
    part = drawn("held out" if held_out else "training")
    return part.pictures, np.array([in_numbers()[words[0]] for words in part.captions])


def words_of(text: str) -> Words:
    """Cut a caption into words in small letters; marks between words are left out.

    Examples
    --------
    >>> from rnnbook.tasks.captions import words_of
    >>> words_of("A dog's ball, half-eaten.")
    ('a', "dog's", 'ball', 'half-eaten')
    """
    # chr(0x2019) is the apostrophe of word processors
    plain = unicodedata.normalize("NFC", text).casefold().replace(chr(0x2019), "'")
    return tuple(re.findall(r"\w+(?:[-']\w+)*", plain))


def read_captions(path: str | Path) -> Part:
    """Return the pictures that a reader's table names, each once, and all captions of each.

    Two files with the same points are one picture, so that it is not in training and held out.

    Parameters
    ----------
    path : str or Path
        The table; see :class:`Captions`.

    Raises
    ------
    FileNotFoundError
        If there is no table at ``path``, or no picture that it names.
    ValueError
        If the table or a picture is not as :class:`Captions` expects it.

    Examples
    --------
    >>> from rnnbook.tasks.captions import read_captions
    >>> read_captions("no_table.csv")
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_text_file: expected a text file at 'no_table.csv', found nothing ...
    """
    rows = _rows(path, read_text_file(path))
    if not FEWEST <= len(rows) <= MOST:
        raise ValueError(
            f"Captions: expected from {FEWEST} to {MOST:,} captions in {str(path)!r}, got "
            f"{len(rows):,}; "
            + (
                "fewer teach nothing"
                if len(rows) < FEWEST
                else "keep a random part of the pictures"
            )
        )
    folder = Path(path).parent
    read: dict[str, tuple[str, Pictures]] = {}  # the digest of a file's points, and the points
    found: dict[str, list[Words]] = {}
    points: dict[str, Pictures] = {}
    for number, name, words in rows:
        if name not in read:
            picture = read_picture(folder / name, f"line {number} of {str(path)!r}")
            read[name] = hashlib.sha256(picture.tobytes()).hexdigest(), picture
        digest, points_of_it = read[name]
        points[digest] = points_of_it
        found.setdefault(digest, []).append(words)
    if len(found) < KEPT * 2:
        raise ValueError(
            f"Captions: expected at least {KEPT * 2} different pictures in {str(path)!r}, got "
            f"{len(found)} among {len(rows)} captions; one in {KEPT} is kept for the measurement"
        )
    order = sorted(found, key=lambda digest: (sorted(found[digest]), digest))
    captions = tuple(tuple(found[digest]) for digest in order)
    return Part(np.stack([points[digest] for digest in order]), captions)


def _rows(path: str | Path, text: str) -> list[tuple[int, str, Words]]:
    """Return number, file and caption of every line of a table."""
    first = text.lstrip().partition("\n")[0]
    comma = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    reader = csv.reader(text.split("\n"), delimiter=comma, strict=True)
    rows: list[tuple[int, str, Words]] = []
    try:
        for cells in reader:
            where = f"line {reader.line_num} of {str(path)!r}"
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if len(cells) != 2 or not all(cells):
                shown = comma.join(cells)[:60]
                raise ValueError(
                    f"Captions: expected the name of a file, {comma!r} and a caption in {where}, "
                    f"got {shown!r}; the usual causes are a caption with a comma that does not "
                    "stand in quotation marks, and a column too many"
                )
            if not rows and reader.line_num == 1 and cells[1].casefold() in TITLES:
                continue
            words = words_of(cells[1])
            if not 1 <= len(words) <= LONGEST:
                raise ValueError(
                    f"Captions: expected from 1 to {LONGEST} words in the caption in {where}, got "
                    f"{len(words)}: {cells[1][:60]!r}; write one sentence a line"
                )
            rows.append((reader.line_num, cells[0], words))
    except csv.Error as error:
        raise ValueError(
            f"Captions: expected a table of two columns, got {error} near line {reader.line_num} "
            f"of {str(path)!r}; the usual cause is a quotation mark that is never closed: write "
            "two of them for one inside a caption"
        ) from None
    return rows


def read_picture(path: str | Path, where: str = "the call") -> Pictures:
    """Return a picture file as red, green and blue from 0 to 1, (3, SIDE, SIDE).

    It is turned as the camera says, laid on white where it is transparent, and squeezed to a
    square of 24 by 24 points.

    Parameters
    ----------
    path : str or Path
        A file that Pillow reads: PNG, JPEG and many others.
    where : str
        What names the file, for a complaint.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no picture, is damaged, or has more than 8 bits a colour.
    """
    from PIL import Image, ImageOps

    found = Path(path)
    if not found.is_file():
        raise FileNotFoundError(
            f"Captions: expected a picture at {str(path)!r}, named by {where}, found "
            f"{'a folder' if found.is_dir() else 'nothing'} there; names of pictures start from "
            f"the folder of the table, and a first line of titles calls its second column "
            f"{TITLES[0]!r}"
        )
    try:
        with Image.open(found) as opened:
            if opened.mode[0] in "IF":
                raise ValueError(f"one of mode {opened.mode}, more than 8 bits a colour")
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"Captions: expected a picture at {str(path)!r}, named by {where}, got {error}; the "
            "usual causes are a download that was cut off and a file of another kind: save it as "
            "PNG or JPEG with 8 bits a colour"
        ) from None
    white = Image.new("RGBA", turned.size, "white")
    small = Image.alpha_composite(white, turned).convert("RGB")
    small = small.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / np.float32(255)


def divided(whole: Part) -> tuple[Part, Part]:
    """Return the pictures to train on and those held out, one in five, spread over the captions."""
    rows = np.arange(len(whole.captions))
    kept = rows % KEPT == KEPT // 2

    def part(chosen: NDArray[np.bool_]) -> Part:
        captions = tuple(whole.captions[i] for i in np.flatnonzero(chosen))
        return Part(whole.pictures[chosen], captions)

    return part(~kept), part(kept)
