"""What the claims showed in this build: read from the records that judging them left behind.

A build that judges the claims names the folder of its records in ``RNNBOOK_CLAIMS``; where nothing
is named, as when pages are only laid out, every claim is "not run in this build". A record counts
as long as the digest of its claims, their experiment and all that these reach is current.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from statements import Statement, statement

FOLDER = "docs/_build/claims"
VARIABLE = "RNNBOOK_CLAIMS"
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
#: What a record holds, by type.
RECORDED: dict[str, type] = {"digest": str, "seeds": list, "claims": dict}


@dataclass(frozen=True)
class Outcome:
    """What one claim showed.

    Attributes
    ----------
    status : str
        :data:`PASSED`, :data:`FAILED` or :data:`NOT_RUN`.
    seeds : tuple of int
        The seeds it ran on.
    statements : tuple of Statement
        What it showed.
    message : str
        Why it failed.
    """

    status: str
    seeds: tuple[int, ...] = ()
    statements: tuple[Statement, ...] = ()
    message: str = ""


def judged() -> bool:
    """Say whether this build judges the claims."""
    return bool(os.environ.get(VARIABLE))


def folder() -> Path:
    """Return the folder of the records."""
    return Path(os.environ.get(VARIABLE) or FOLDER)


def watch(env: Any, topic: str) -> None:
    """Let Sphinx read the page that it reads again when the record of a topic changes.

    Where there is none, a build that judges does not come to its end, and the next one reads all.
    """
    path = folder().absolute() / f"{topic}.json"
    if path.is_file():
        env.note_dependency(str(path))


def record(topic: str) -> dict[str, Any] | None:
    """Return the record of a topic, if this build judges claims and the record is current."""
    if not judged():
        return None
    noted, wanted = read(folder() / f"{topic}.json", **RECORDED), read(folder() / "digests.json")
    return noted if noted and wanted and noted["digest"] == wanted.get(topic) else None


def read(path: Path, **kinds: type) -> dict[str, Any] | None:
    """Return the content of a file of JSON; None if it is not there or damaged.

    It is damaged, too, if it is no mapping with a value of each of ``kinds``.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(found, dict) and all(isinstance(found.get(k), t) for k, t in kinds.items())
    return found if whole else None


def outcome(topic: str, test: str) -> Outcome:
    """Return what a claim showed in this build."""
    noted = record(topic)
    one = noted["claims"].get(test) if noted else None
    if noted is None or one is None:
        return Outcome(NOT_RUN)
    return Outcome(
        status=PASSED if one["outcome"] == "passed" else FAILED,
        seeds=tuple(noted["seeds"]),
        statements=tuple(statement(data) for data in one["statements"]),
        message="\n".join(one["message"]),
    )


def stale(topics: dict[str, str], where: Path) -> list[str]:
    """Return the topics whose record is absent, out of date or not passed, of digests by topic."""
    found = []
    for topic, digest in topics.items():
        noted = read(where / f"{topic}.json", **RECORDED)
        passed = noted is not None and all(
            one["outcome"] == "passed" for one in noted["claims"].values()
        )
        if noted is None or not passed or noted["digest"] != digest:
            found.append(topic)
    return found
