"""What a reader may do after a chapter: graded exercises, and tasks to predict and change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

#: A row of the table of exercises: its role, name and object, and the chapter that it belongs to.
ROW = re.compile(
    r"(?m)^\|.*?\{py:(?P<role>\w+)\}`(?P<name>\w+) <(?P<object>[\w.]+)>`"
    r".*\((?P<chapter>[\w/]+)\) \|$"
)
#: A section of a page of tasks: its label and the chapter after which it comes.
SECTION = re.compile(
    r"(?m)^\((?P<label>practice-[\w-]+)\)=\n## .*\n\nAfter \[[^]]*\]\(\.\./(?P<chapter>[\w/]+)\)\.$"
)


class Task(NamedTuple):
    """Something to do after a chapter.

    Attributes
    ----------
    domain, role, target : str
        What a reference to it has to say to Sphinx.
    words : str
        What it is called.
    file : Path
        The page that lists it.
    """

    domain: str
    role: str
    target: str
    words: str
    file: Path


def tasks(docs: Path, chapter: str) -> list[Task]:
    """Return what there is to do after a chapter, which is named as Sphinx does."""
    graded = docs / "exercises.md"
    found = [
        Task("py", row["role"], row["object"], row["name"], graded)
        for row in ROW.finditer(_text(graded))
        if row["chapter"] == chapter
    ]
    for path in sorted((docs / "practice").glob("*.md")):
        found += [
            Task("std", "ref", section["label"], "predict and change", path)
            for section in SECTION.finditer(_text(path))
            if section["chapter"] == chapter
        ]
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
