"""What a checker says about your solution: the cases that pass, the first that fails, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

WIDTH = 88  # of a line in a terminal


@dataclass(frozen=True, repr=False)
class Grade:
    """What all cases of an exercise came to; true if you passed, and printed as a short report.

    Attributes
    ----------
    exercise : str
        The name of the exercise.
    rungs : tuple of tuple of str
        For each case, from the smallest up, its name and what is new in it.
    failed : int or None
        The index of the first case that fails; None if you passed.
    message : str
        What is wrong in that case, and which mistake gives it if the checker knows one.
    mistake : str
        That mistake alone, empty where the checker knows none.
    case : mapping
        The arguments of that case by name, so that you can call your function with them.

    Examples
    --------
    >>> from rnnbook.exercises import perplexity
    >>> grade = perplexity.check(lambda log_probs, lengths: 1.0)
    >>> bool(grade), grade.rungs[grade.failed][0]
    (False, 'one token')
    >>> grade.case["log_probs"].tolist()
    [[-0.5]]
    """

    exercise: str
    rungs: tuple[tuple[str, str], ...]
    failed: int | None = None
    message: str = ""
    mistake: str = ""
    case: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return self.failed is None

    def __str__(self) -> str:
        count = len(self.rungs)
        if self.failed is None:
            lines = [f"{self.exercise}: passed, all {count} cases are right.", ""]
        else:
            lines = [f"{self.exercise}: case {self.failed + 1} of {count} fails.", ""]
        for number, (name, asks) in enumerate(self.rungs):
            mark = "ok" if self.failed is None or number < self.failed else "-"
            mark = "FAILS" if number == self.failed else mark
            start = f"  {mark:5s}  {number + 1}  "
            lines += textwrap.wrap(
                f"{name}: {asks}", WIDTH, initial_indent=start, subsequent_indent=" " * len(start)
            )
        if self.message:
            lines.append("")
            for paragraph in self.message.splitlines():
                lines += textwrap.wrap(paragraph, WIDTH)
        if self.case:
            lines += ["", "The arguments of this case:", *_listed(self.case)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def _listed(case: Mapping[str, Any]) -> list[str]:
    """Return a line for each argument: small ones in full, of large ones the shape."""
    wide = max(map(len, case))
    lines = []
    for name, value in case.items():
        start = f"  {name:{wide}s}  "
        if isinstance(value, np.ndarray):
            full = " ".join(str(value.tolist()).split()) if value.any() else "all zero"
            start += f"{value.shape!s:10s}  "
        else:
            full = "a function" if callable(value) else str(value)
        lines.append((start + (full if len(start + full) <= WIDTH else "...")).rstrip())
    return lines
