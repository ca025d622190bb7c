"""Which exercises a reader has passed in the terminal: a small file that may always be missing."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

#: What reading and writing may raise: no permission, no home, no JSON.
_TROUBLES = (OSError, ValueError, RuntimeError)


def place() -> Path:
    """Return the file, whether it exists or not.

    It is ``rnnbook/passed.json`` in the folder that ``XDG_STATE_HOME`` names, or in the one that
    the system has for such notes.

    Raises
    ------
    RuntimeError
        If the user has no home.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(named):  # the specification asks to ignore a relative one
        named = os.environ.get("LOCALAPPDATA", "") if sys.platform == "win32" else ""
    return Path(named or Path.home() / ".local" / "state") / "rnnbook" / "passed.json"


def passed() -> set[str]:
    """Return the names of the exercises passed so far; none if there is no file that says so."""
    try:
        path = place()
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    except _TROUBLES:
        return set()
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def keep(names: Collection[str]) -> str:
    """Write the names down, or remove the file if there are none; return what went wrong, if so."""
    try:
        path = place()
        if not names:
            if os.path.lexists(path):
                path.unlink()
            return ""
        path.parent.mkdir(parents=True, exist_ok=True)
        # written to another name and renamed: no reader finds a half of it
        file, made = tempfile.mkstemp(dir=path.parent, suffix=".json")
        try:
            with open(file, "w", encoding="utf-8") as out:
                json.dump(sorted(names), out)
            os.replace(made, path)
        finally:
            Path(made).unlink(missing_ok=True)
    except _TROUBLES as error:
        why = error.strerror if isinstance(error, OSError) else ""
        return ascii(why or str(error)).strip("'\"")
    return ""
