"""One build of a checkout at a time: two would take away each other's files.

Who builds leaves a mark with the number and the start of its process. The mark of a process that
has ended, however it ended, is nobody's.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil

BUILD = "docs/_build"
MARK = f"{BUILD}/running"
#: The variable that names the process for which another one builds, as a session does for Sphinx.
HOLDER = "BOOK_BUILD_HOLDER"


class RefusedError(Exception):
    """A checkout cannot be built now."""


def begin(root: Path) -> bool:
    """Leave the mark under ``root``; say whether it was not there already, for the same process.

    Raises
    ------
    RefusedError
        If another build runs here, or nothing can be written here.
    """
    me = int(os.environ.get(HOLDER) or os.getpid())
    mark = root / MARK
    try:
        folder = mark.parent
        if not folder.is_dir() or (folder.is_symlink() and leads_home(folder)):
            folder.unlink(missing_ok=True)  # a file, or a link to nowhere or to the sources
        mark.parent.mkdir(parents=True, exist_ok=True)
        other = living(mark)
        if other == me:
            return False
        if not other:
            remove(mark)
            with mark.open("x", encoding="utf-8") as file:
                file.write(f"{me} {psutil.Process(me).create_time()}")
            return True
    except FileExistsError:  # left a moment ago
        other = living(mark)
    except OSError as error:
        raise RefusedError(
            f"the book is built inside its checkout, which must be writable: {error}"
        ) from error
    raise RefusedError(
        f"another build of this checkout is running, as process {other}; "
        "nothing was changed, wait for its end"
    )


def end(root: Path) -> None:
    """Take the mark away."""
    (root / MARK).unlink(missing_ok=True)


def living(mark: Path) -> int:
    """Return the process that left a mark, 0 if it has ended or the mark cannot be read."""
    try:
        number, start = mark.read_text(encoding="utf-8").split()
        process = psutil.Process(int(number))
        return process.pid if abs(process.create_time() - float(start)) < 2 else 0
    except (OSError, ValueError, OverflowError, psutil.Error):
        return 0


def remove(path: Path, but: tuple[Path, ...] = ()) -> None:
    """Remove a generated file or folder, whatever it is, but for some files or folders.

    A folder that is a link, to another disk perhaps, is emptied and stays.
    """
    linked = path.is_symlink() and path.is_dir() and not leads_home(path)
    if linked or (path.is_dir() and any(path in kept.parents for kept in but)):
        for child in path.iterdir():
            if child not in but:
                remove(child, but)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def leads_home(link: Path) -> bool:
    """Say whether a link under the folder ``docs`` leads back to sources of the book."""
    home, there = link.parents[1].resolve(), link.resolve()
    return home.is_relative_to(there) or there.is_relative_to(home)
