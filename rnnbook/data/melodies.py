"""Melodies: the sopranos of Bach's chorales from music21's corpus, or music of the reader's own.

Nothing of the corpus comes with this package. music21 brings it, and what was read from it is kept
in a folder for caches on the reader's own machine, because music21 takes some ten seconds to read.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

#: The endings of files that :func:`read_melodies` looks for in a folder.
ENDINGS = (".mid", ".midi", ".mxl", ".musicxml", ".xml")
#: BWV 250 to 438 are chorales that have come down to us without the cantata they may be from.
CHORALES = re.compile(r"bwv(2[5-9]\d|3\d\d|4[0-3]\d)")
#: Counted up when the notes that are kept would be read in another way.
FORM = 1

#: A pitch as MIDI counts it, 60 is the middle C, and a length in quarter notes.
Note = tuple[int, float]


class Melody(NamedTuple):
    """One voice of one piece, moved to the key without sharps and flats.

    ``mode`` is ``"major"``, ``"minor"`` or, where the file does not say, ``""``.
    """

    name: str
    mode: str
    notes: tuple[Note, ...]


@cache
def chorale_melodies() -> tuple[Melody, ...]:
    """Return the sopranos of the chorales BWV 250 to 438 in music21's corpus, in that order.

    The first call on a machine reads the corpus, which takes some ten seconds. The notes are then
    kept in :func:`cache_folder`, for this version of music21; where nothing can be written there,
    every session reads the corpus.

    Raises
    ------
    ImportError
        If music21 is missing.
    """
    try:
        version = metadata.version("music21")
    except metadata.PackageNotFoundError as error:
        raise _missing() from error
    kept = cache_folder() / f"chorales-{FORM}-music21-{version}.json"
    found = _load(kept)
    if found is None:
        found = _read_corpus()
        _keep(kept, found)
    return found


def cache_folder() -> Path:
    """Return the folder that notes are kept in, whether it exists or not.

    It is ``rnnbook`` in the folder that ``XDG_CACHE_HOME`` names, or in ``.cache`` at home.
    """
    named = os.environ.get("XDG_CACHE_HOME")
    return Path(named or os.path.expanduser("~/.cache")) / "rnnbook"


def read_melodies(path: str | Path) -> tuple[Melody, ...]:
    """Return the melody of each file of music in a folder, or of one file.

    The melody of a piece is its first part that has notes, and of a chord the highest note. Rests
    and grace notes are left out, and tied notes are one. A melody is moved to the key without
    sharps and flats by the key signature, or where there is none, by the key that music21 hears.

    Parameters
    ----------
    path : str or Path
        A file in MIDI or MusicXML, or a folder of them; other files in it are passed over.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If the folder holds no such file; if a file is empty, is not music or has no notes.
    ImportError
        If music21 is missing.

    Examples
    --------
    >>> from rnnbook.data.melodies import read_melodies
    >>> read_melodies("no.mid")
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_melodies: expected a file or a folder of music at 'no.mid', ...
    """
    found = Path(path)
    if not found.exists():
        raise FileNotFoundError(
            f"read_melodies: expected a file or a folder of music at {str(path)!r}, found nothing "
            f"there; a relative path starts from {str(Path.cwd())!r}"
        )
    if not found.is_dir():
        return (_read_file(found),)
    files = sorted(
        file
        for file in found.iterdir()
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    )
    if not files:
        raise ValueError(
            f"read_melodies: expected files that end in {', '.join(ENDINGS)} in {str(path)!r}, "
            "found none; the usual cause is a folder above or below the one that is meant"
        )
    return tuple(_read_file(file) for file in files)


def _read_file(file: Path) -> Melody:
    """Return the melody of one file; raise if it has none."""
    if file.suffix.lower() not in ENDINGS:
        raise ValueError(
            f"read_melodies: expected a file that ends in {', '.join(ENDINGS)}, got {str(file)!r}; "
            "a sound (WAV, MP3) or a picture of a score holds no notes: export MIDI or MusicXML"
        )
    if not file.stat().st_size:
        raise ValueError(
            f"read_melodies: expected music in {str(file)!r}, got an empty file; the usual cause "
            "is a download that was cut off"
        )
    music21 = _music21()
    form = "midi" if file.suffix.lower().startswith(".mid") else "musicxml"
    try:
        score = music21.converter.parse(file, format=form, forceSource=True)
    except Exception as error:  # whatever music21 says of a file that is none
        raise ValueError(
            f"read_melodies: expected MIDI or MusicXML in {str(file)!r}, and music21 cannot read "
            f"it ({type(error).__name__}); the usual cause is another file under this ending, such "
            "as a page that says the download failed"
        ) from error
    return _melody(file.stem, score)


def _melody(name: str, score: Any) -> Melody:
    """Return the melody of what music21 has read, moved to the key without sharps and flats."""
    for part in [*score.parts, score]:
        notes = [
            (int(note.pitches[-1].midi), round(float(note.quarterLength), 4))
            for note in part.flatten().stripTies().notes
            if getattr(note, "pitches", ()) and note.quarterLength > 0  # drums have no pitch
        ]
        if notes:
            break
    else:
        raise ValueError(
            f"read_melodies: expected notes in {name!r}, found none; the usual cause is a file of "
            "drums, of words or of control messages only"
        )
    signature = score.recurse().getElementsByClass("KeySignature").first()
    key = signature if signature is not None else score.analyze("key")
    sharps = int(key.sharps)
    mode = getattr(key, "mode", None)
    # A fifth has seven semitones, and each sharp is a fifth up: go back as many.
    shift = (-7 * sharps + 5) % 12 - 5
    return Melody(
        name,
        mode if mode in ("major", "minor") else "",
        tuple((pitch + shift, length) for pitch, length in notes),
    )


def _read_corpus() -> tuple[Melody, ...]:
    """Read the chorales: the soprano alone, since the other three voices take most of the time."""
    music21 = _music21()
    found = []
    for path in sorted(map(Path, music21.corpus.getComposer("bach")), key=lambda path: path.name):
        if path.suffix == ".mxl" and CHORALES.fullmatch(path.stem):
            content = _only_soprano(music21.converter.ArchiveManager(path).getData())
            score = music21.converter.parse(content, format="musicxml", forceSource=True)
            found.append(_melody(path.stem, score))
    return tuple(found)


def _only_soprano(content: str) -> str:
    """Return MusicXML without the parts that are not named Soprano."""
    score = ElementTree.fromstring(content)
    listed = score.find("part-list")
    assert listed is not None
    for entry in list(listed):
        if entry.tag != "score-part" or entry.findtext("part-name") != "Soprano":
            listed.remove(entry)
    sopranos = {entry.get("id") for entry in listed}
    for part in score.findall("part"):
        if part.get("id") not in sopranos:
            score.remove(part)
    return ElementTree.tostring(score, encoding="unicode")


def _load(kept: Path) -> tuple[Melody, ...] | None:
    """Return the melodies that are kept, None if there are none or the file is damaged."""
    try:
        rows = json.loads(kept.read_text(encoding="utf-8"))
        return tuple(
            Melody(name, mode, tuple((int(pitch), float(length)) for pitch, length in notes))
            for name, mode, notes in rows
        )
    except (OSError, ValueError, TypeError):
        return None


def _keep(kept: Path, melodies: Sequence[Melody]) -> None:
    """Write under another name first: a file that is there is whole."""
    unfinished = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(melodies), encoding="utf-8")
        unfinished.replace(kept)
    except OSError:  # a machine without a place to write reads the corpus each time
        return


def _music21() -> Any:
    """Return music21; raise if it cannot be imported."""
    try:
        return importlib.import_module("music21")
    except ImportError as error:
        raise _missing() from error


def _missing() -> ImportError:
    return ImportError(
        "music: chorales, MIDI and MusicXML are read by music21, which comes with the extra: "
        "pip install 'rnnbook[data]'"
    )
