"""Texts that come with the package, and the door through which the reader's own come in."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def read_hamlet() -> str:
    """Return the whole of Shakespeare's *Hamlet*, speakers and stage directions included.

    Where the text comes from and why it is free to use stands beside it, in
    ``rnnbook/data/README.md``.

    Examples
    --------
    >>> from rnnbook.data import read_hamlet
    >>> play = read_hamlet()
    >>> play.count("To be, or not to be")
    1
    """
    return resources.files(__name__).joinpath("hamlet.txt").read_text(encoding="utf-8")


def read_text_file(path: str | Path) -> str:
    """Return the text of a file in UTF-8, with line ends turned into line feeds.

    Parameters
    ----------
    path : str or Path
        A plain text file.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or it is a folder.
    ValueError
        If the file is empty or holds something else than text in UTF-8.

    Examples
    --------
    >>> from rnnbook.data import read_text_file
    >>> read_text_file("no_such_book.txt")
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_text_file: expected a text file at 'no_such_book.txt', found nothing ...
    """
    found = Path(path)
    if not found.is_file():
        what = "a folder" if found.is_dir() else "nothing"
        raise FileNotFoundError(
            f"read_text_file: expected a text file at {str(path)!r}, found {what} there; a "
            f"relative path starts from {str(Path.cwd())!r}"
        )
    try:
        text = found.read_text(encoding="utf-8-sig")  # a byte-order mark is no character
    except UnicodeDecodeError as error:
        raise ValueError(
            f"read_text_file: expected text in UTF-8 in {str(path)!r}, got the byte "
            f"{error.object[error.start]:#04x} at position {error.start}; the usual cause is an "
            "older encoding or a document that is no plain text: save it as plain text, UTF-8"
        ) from error
    if not text.strip():
        raise ValueError(
            f"read_text_file: expected some text in {str(path)!r}, got {len(text)} characters, "
            "none of them visible; the usual cause is a download that was cut off"
        )
    return text
