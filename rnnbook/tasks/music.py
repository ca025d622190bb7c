"""The next note of a melody: the sopranos of Bach's chorales, or music of the reader's own."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.data.melodies import Melody, Note, chorale_melodies, read_melodies
from rnnbook.text import END, UNK, Vocabulary

PARTS = ("training", "held out")
#: Two melodies that share so many moves in a row, up or down, count as the same tune.
SAME = 11
#: What the reader's own music has to have, and the notes in a piece that one file is cut into.
FEWEST_TUNES, FEWEST_NOTES, PIECE = 5, 200, 32
BIT = math.log(2)  #: One bit in nats.


@dataclass(frozen=True)
class Music:
    """What is the next note, a pitch and a length? After the last note comes an end.

    All melodies are moved to the key without sharps and flats. Of two that share a stretch of 12
    notes, moved up or down as it may be, only the first is kept, so that no such stretch is trained
    on and measured on. Whole melodies are held out, of major and of minor ones the same share.

    Parameters
    ----------
    path : str or Path, optional
        Your own music: a folder of files in MIDI or MusicXML, or one file, which is cut into pieces
        of 32 notes. Without it, the melodies are sopranos of Bach's chorales.
    window : int
        Notes that the model reads in one example.
    held_out : float
        The share of the melodies that is kept for the measurement.
    part : {"training", "held out"}
        Where batches are drawn from; see :attr:`rest` for the other part.
    trial : bool
        Only the training melodies, split again: settings are tried there, and the held-out
        melodies of the whole stay unseen.
    melodies : tuple of Melody, optional
        Melodies in place of files.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If a file at ``path`` is empty, is not music or has no notes; if there are fewer than 5
        different melodies or 200 notes; if another parameter is out of range.
    ImportError
        If music21 is missing.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.music import Music
    >>> task = Music()
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([2, 32]), torch.Size([2, 32]))
    >>> set(task.tunes) & set(task.rest.tunes)
    set()
    """

    path: str | Path | None = None
    window: int = 32
    held_out: float = 0.2
    part: str = "training"
    trial: bool = False
    melodies: tuple[Melody, ...] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"Music: window must be at least 1, got {self.window}")
        if not 0 < self.held_out < 1:
            raise ValueError(
                f"Music: held_out must be a share between 0 and 1, got {self.held_out}; with "
                "nothing held out there is nothing to measure on"
            )
        if self.part not in PARTS:
            raise ValueError(f"Music: part must be one of {PARTS}, got {self.part!r}")
        shortest = min(sum(len(tune.notes) for tune in part) for part in self._parts)
        if shortest <= self.window:
            raise ValueError(
                f"Music: expected more than {self.window} notes, one window, in each part, got "
                f"{shortest}; give it more music, or a shorter window"
            )

    @property
    def unit(self) -> str:
        """What the score counts; less is better."""
        return "bits per note"

    @cached_property
    def baseline(self) -> float:
        """Bits per note of how often each note occurs in the training part, without any context."""
        target = self._asked(self._stream[1:])
        logits = self._frequencies.expand(len(target), -1)
        return F.cross_entropy(logits, target, ignore_index=UNASKED).item() / BIT

    @cached_property
    def different(self) -> tuple[Melody, ...]:
        """The melodies that are left when no two share a tune, sorted by name."""
        return _different(self._read)

    @property
    def read(self) -> int:
        """How many melodies were read, the same tune as often as it was."""
        return len(self._read)

    @cached_property
    def tunes(self) -> tuple[Melody, ...]:
        """The melodies of the part that batches are drawn from."""
        return self._parts[PARTS.index(self.part)]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The notes of the training part, as :func:`written`; another one is ``UNK``."""
        return Vocabulary(written(note) for tune in self._parts[0] for note in tune.notes)

    @cached_property
    def rest(self) -> Music:
        """The same task on the part that this one does not draw from."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)], melodies=self._read)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` windows: inputs ``(size, window)``, and the target one note on.

        The melodies of the part stand one after the other, with ``END`` between them.
        """
        if size < 1:
            raise ValueError(f"Music.batch: size must be at least 1, got {size}")
        count, device = len(self._stream) - self.window, generator.device
        starts = torch.randint(count, (size, 1), generator=generator, device=device)
        places = starts + torch.arange(self.window + 1, device=device)
        windows = self._stream.to(device)[places]
        return Batch((windows[:, :-1],), self._asked(windows[:, 1:]))

    def whole(self) -> Batch:
        """Return every melody of the part once, from its start to its end, one a row.

        A row begins with ``END``, which stands for the start too. Nothing is asked behind its end,
        nor where a held-out note occurs nowhere in the training part.
        """
        rows = [self.encode(tune.notes) for tune in self.tunes]
        longest = max(map(len, rows)) + 1
        with torch.device("cpu"):
            inputs = torch.full((len(rows), longest), END)
            target = torch.full((len(rows), longest), UNASKED)
        for i, row in enumerate(rows):
            inputs[i, 1 : len(row) + 1] = row
            target[i, : len(row)] = row
            target[i, len(row)] = END
        return Batch((inputs,), self._asked(target))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, time, vocab_size)``, in nats."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the bits each note costs: the cross-entropy, with logarithms to base 2."""
        return self.loss(output, batch).item() / BIT

    def trivial(self, batch: Batch) -> Tensor:
        """Return the logits of one who knows how often each note occurs, and nothing else."""
        logits = self._frequencies.to(batch.target.device, torch.get_default_dtype())
        return logits.expand(*batch.target.shape, -1)

    def encode(self, notes: Sequence[Note]) -> Tensor:
        """Return the ids of notes, (notes,)."""
        with torch.device("cpu"):
            return self.vocabulary.encode([written(note) for note in notes], unknown=UNK)

    def decode(self, ids: Iterable[int]) -> tuple[Note, ...]:
        """Return the notes of ids up to the first that is none."""
        notes = []
        for token in self.vocabulary.decode(list(ids)):
            pitch, _, length = token.partition(" ")
            if not length:
                break
            notes.append((int(pitch), float(length)))
        return tuple(notes)

    @cached_property
    def _read(self) -> tuple[Melody, ...]:
        if self.melodies is not None:
            found = self.melodies
        elif self.path is not None:
            found = read_melodies(self.path)
        else:
            return chorale_melodies()
        if len(found) == 1:
            name, mode, notes = found[0]
            cut = [notes[i : i + PIECE] for i in range(0, len(notes), PIECE)]
            found = tuple(Melody(f"{name}, {i:05d}", mode, piece) for i, piece in enumerate(cut))
        left = _different(found)
        count = sum(len(tune.notes) for tune in left)
        if len(left) < FEWEST_TUNES or count < FEWEST_NOTES:
            raise ValueError(
                f"Music: expected at least {FEWEST_TUNES} different melodies and {FEWEST_NOTES} "
                f"notes, got {len(left)} and {count}, of {len(found)} that were read; give it more "
                f"music: two that share {SAME + 1} notes in a row count as one"
            )
        return found

    @cached_property
    def _parts(self) -> tuple[tuple[Melody, ...], tuple[Melody, ...]]:
        parts = divided(self.different, self.held_out)
        return divided(parts[0], self.held_out) if self.trial else parts

    @cached_property
    def _stream(self) -> Tensor:
        """The melodies of the part in one row, an ``END`` before, between and after them."""
        with torch.device("cpu"):
            end = torch.tensor([END])
        pieces = [end]
        for tune in self.tunes:
            pieces += [self.encode(tune.notes), end]
        return torch.cat(pieces)

    @staticmethod
    def _asked(target: Tensor) -> Tensor:
        """Ask for no note that training cannot know."""
        return target.masked_fill(target == UNK, UNASKED)

    @cached_property
    def _frequencies(self) -> Tensor:
        training = self if self.part == "training" else self.rest
        counts = torch.bincount(training._stream[1:], minlength=len(self.vocabulary)).float()
        return (counts / counts.sum()).clamp(min=1e-9).log()


def written(note: Note) -> str:
    """Return a note as a word: its pitch and its length.

    Examples
    --------
    >>> from rnnbook.tasks.music import written
    >>> written((60, 0.5))
    '60 0.5'
    """
    return f"{note[0]} {note[1]:g}"


def moves(notes: Sequence[Note]) -> tuple[int, ...]:
    """Return by how many semitones each note is higher than the one before it.

    Examples
    --------
    >>> from rnnbook.tasks.music import moves
    >>> moves([(60, 1.0), (62, 1.0), (57, 2.0)])
    (2, -5)
    """
    return tuple(b[0] - a[0] for a, b in pairwise(notes))


def stretches(notes: Sequence[Note], length: int = SAME) -> set[tuple[int, ...]]:
    """Return all stretches of so many moves in a row.

    Examples
    --------
    >>> from rnnbook.tasks.music import stretches
    >>> sorted(stretches([(60, 1.0), (62, 1.0), (57, 2.0)], length=1))
    [(-5,), (2,)]
    """
    all_moves = moves(notes)
    return {all_moves[i : i + length] for i in range(len(all_moves) - length + 1)}


def _different(melodies: Sequence[Melody]) -> tuple[Melody, ...]:
    """Return the melodies that share no stretch with one before them, and have notes enough."""
    known: set[tuple[int, ...]] = set()
    kept = []
    for tune in sorted(melodies):
        found = stretches(tune.notes)
        if found and not found & known:
            kept.append(tune)
            known |= found
    return tuple(kept)


def divided(
    melodies: Sequence[Melody], held_out: float
) -> tuple[tuple[Melody, ...], tuple[Melody, ...]]:
    """Divide melodies into those to train on and a share of each mode to hold out, sorted by name.

    The melodies are put in the order of the SHA-256 of their notes, which is the same on every
    machine, and the first of them are held out.

    Examples
    --------
    >>> from rnnbook.data.melodies import Melody
    >>> from rnnbook.tasks.music import divided
    >>> tunes = [Melody(name, "major", ((60 + i, 1.0),)) for i, name in enumerate("abcde")]
    >>> [len(part) for part in divided(tunes, held_out=0.2)]
    [4, 1]
    """
    parts: tuple[list[Melody], list[Melody]] = [], []
    for mode in sorted({tune.mode for tune in melodies}):
        alike = [tune for tune in melodies if tune.mode == mode]
        alike.sort(key=lambda tune: hashlib.sha256(repr(tune.notes).encode()).digest())
        count = round(len(alike) * held_out)
        parts[0].extend(alike[count:])
        parts[1].extend(alike[:count])
    return tuple(sorted(parts[0])), tuple(sorted(parts[1]))
