"""Texts that come with the package, and the door through which the reader's own come in."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
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
        If the file is empty or holds something else than text in UTF-8: another encoding, such as
        UTF-16, zero bytes or other control characters.

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
    data = found.read_bytes()
    wide = _wide_encoding(data)
    if wide is not None:
        raise ValueError(
            f"read_text_file: expected text in UTF-8 in {str(path)!r}, got {wide.upper()}, which "
            "some editors call Unicode; save it as UTF-8, or convert it: "
            f"Path(new).write_text(Path(old).read_text({wide!r}), 'utf-8')"
        )
    try:
        text = data.decode("utf-8-sig")  # a byte-order mark is not a character
    except UnicodeDecodeError as error:
        raise ValueError(
            f"read_text_file: expected text in UTF-8 in {str(path)!r}, got the byte "
            f"{error.object[error.start]:#04x} at position {error.start}; the usual cause is an "
            "older encoding or a document that is not a plain text: save it as plain text, UTF-8"
        ) from error
    refuse_controls("read_text_file", text)
    if not text.strip():
        raise ValueError(
            f"read_text_file: expected some text in {str(path)!r}, got {len(text)} characters, "
            "none of them visible; the usual cause is a download that was cut off"
        )
    return io.StringIO(text, newline=None).read()  # every line end becomes a line feed


def read_tagged(path: str | Path) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    r"""Return the sentences of a file that has a word, a tab and a BIO tag in each line.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8, with an empty line between sentences. The tag is ``O`` for a word
        outside of all names, ``B-X`` for the first word of a name of type X, ``I-X`` for a further
        one.

    Returns
    -------
    list of tuple
        The words and the tags of each sentence. An accented letter is one character, however the
        file writes it.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or it is a folder.
    ValueError
        If it is empty or not UTF-8, or a line has another form; the line is named.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from rnnbook.data import read_tagged
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two.txt"
    ...     _ = path.write_text("Jordan\tB-LOC\nfreezes\tO\n\nJordan\tB-PER\nsmiled\tO\n")
    ...     read_tagged(path)
    [(('Jordan', 'freezes'), ('B-LOC', 'O')), (('Jordan', 'smiled'), ('B-PER', 'O'))]
    """
    text = unicodedata.normalize("NFC", read_text_file(path))
    found = []
    words: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if not line.strip():
            if words:
                found.append((tuple(words), tuple(tags)))
            words, tags = [], []
            continue
        word, tag = _columns(path, number, line)
        before = tags[-1] if tags else "O"
        if tag.startswith("I-") and (before == "O" or before[2:] != tag[2:]):
            raise ValueError(
                f"read_tagged: expected B-{tag[2:]} where a name begins, got {tag} after "
                f"{before if tags else 'the start of the sentence'} in line {number} of "
                f"{str(path)!r}; the usual cause is the older scheme IOB1, which begins names with "
                "I: write B- at the first word of each name"
            )
        words.append(word)
        tags.append(tag)
    return found


def _columns(path: str | Path, number: int, line: str) -> tuple[str, str]:
    """Return the word and the tag of one line."""
    columns = [column.strip() for column in line.split("\t")]
    where = f"in line {number} of {str(path)!r}"
    if len(columns) != 2 or not all(columns):
        usual = (
            "the usual cause is spaces in place of the tab"
            if len(columns) == 1
            else "a file of more columns, such as CoNLL-2003, needs all but the first and the last "
            "taken out; a word or a tag must not be empty"
        )
        raise ValueError(
            f"read_tagged: expected a word, a tab and a tag, got {line[:60]!r} {where}; {usual}"
        )
    word, tag = columns
    if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
        raise ValueError(
            f"read_tagged: expected the tag O, or B- or I- and a type, got {tag!r} {where}; the "
            "usual causes are another scheme, such as BIOES, and columns in another order: the "
            "word comes first"
        )
    return word, tag


#: Control characters that are part of no text: all but tabs, line ends and form feeds.
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def refuse_controls(where: str, text: str) -> None:
    """Raise if a text holds control characters other than tabs, line ends and form feeds.

    Parameters
    ----------
    where : str
        The name that the complaint begins with.
    text : str
        What was read.

    Raises
    ------
    ValueError
        With the first such character, and where it is.

    Examples
    --------
    >>> from rnnbook.data import refuse_controls
    >>> refuse_controls("my file", "to be")
    >>> refuse_controls("my file", "t" + chr(0) + "o" + chr(0))
    Traceback (most recent call last):
    ...
    ValueError: my file: expected text, got the control character U+0000 at position 1; ...
    """
    found = CONTROLS.search(text)
    if found is None:
        return
    usual = (
        "zero bytes are left over from UTF-16 or from a file that is not a text: open it with its "
        "own encoding, and save it as UTF-8"
        if found[0] == "\0"
        else "the usual cause is a file that is not a plain text, or was read in another encoding: "
        "save it as plain text, UTF-8, or take the character out with str.replace"
    )
    raise ValueError(
        f"{where}: expected text, got the control character U+{ord(found[0]):04X} at position "
        f"{found.start()}; {usual}"
    )


#: What a file in an encoding of two or four bytes a character may begin with; UTF-32 first, since
#: its mark begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def _wide_encoding(data: bytes) -> str | None:
    """Return the encoding of two or four bytes a character that a file is in, None where in none.

    Without a mark, a text in Latin letters tells by its zeros: one of two bytes, or three of four.
    """
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return name
    zeros = data.count(0) / max(len(data), 1)
    if not 0.3 < zeros <= 0.75:
        return None
    name = f"utf-{16 if zeros <= 0.5 else 32}-{'be' if data[0] == 0 else 'le'}"
    return None if CONTROLS.search(data.decode(name, "replace")) else name
