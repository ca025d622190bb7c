"""Write what a date converter learns from: the digits to give out, and the decoder's inputs.

Under teacher forcing the decoder reads the right symbol of the step before, so its inputs are the
targets, shifted by one (Williams and Zipser, 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant
from rnnbook.exercises.grade import Grade

_Pair = tuple[np.ndarray, np.ndarray]


def date_out(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Turn dates such as "January 15, 2023" into the decoder's inputs and targets.

    The output is written "2023-01-15": the year, the month and the day, the last two with two
    digits each. The ids of its symbols are 0 to 9 for the digits, 10 for "-", 11 for the start and
    12 for the end.

    Parameters
    ----------
    texts : sequence of str
        Dates in English: the month in full, the day, a comma, and a year of four digits.

    Returns
    -------
    inputs : ndarray
        What the decoder reads, (batch, 11), integers: the start, then the ten symbols.
    targets : ndarray
        What it is to answer, (batch, 11), integers: the ten symbols, then the end.

    Examples
    --------
    >>> from rnnbook.exercises import date_out
    >>> inputs, targets = date_out.solution(["January 15, 2023"])
    >>> inputs.tolist()
    [[11, 2, 0, 2, 3, 10, 0, 1, 10, 1, 5]]
    >>> targets.tolist()
    [[2, 0, 2, 3, 10, 0, 1, 10, 1, 5, 12]]
    """
    raise NotImplementedError("write the ISO date of each text, and its symbols with start and end")


HINTS = (
    "month, day, year = text.replace(',', '').split() takes a text apart. The number of a month "
    "follows from its first three letters.",
    'f"{year}-{month:02d}-{day:02d}" writes a whole number with two digits.',
    "With symbols the ten ids of a date, its inputs are [11, *symbols] and its targets "
    "[*symbols, 12].",
)


def solution(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`date_out` asks for."""
    symbols = [["0123456789-".index(symbol) for symbol in _iso(text)] for text in texts]
    start, end = 11, 12
    inputs = [[start, *row] for row in symbols]
    targets = [[*row, end] for row in symbols]
    return np.array(inputs), np.array(targets)


def _iso(text: str) -> str:
    """Return "2023-01-15" for "January 15, 2023"."""
    month, day, year = text.replace(",", "").split()
    number = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month[:3]) // 3 + 1
    return f"{year}-{number:02d}-{int(day):02d}"


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one date up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`date_out` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import date_out
    >>> def mine(texts):
    ...     inputs, targets = date_out.solution(texts)
    ...     return targets, targets
    >>> date_out.check(mine).mistake
    'the inputs are not shifted: the decoder reads what it is to answer'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    return [  # the dates of a case are of one length without their zeros, too
        Rung("two digits everywhere", "the order, start and end", (["December 31, 1999"],)),
        Rung("the prompt", "a month of one digit", (["January 15, 2023"],)),
        Rung("a day of one digit", "zeros before both", (["May 4, 2017"],)),
        Rung("a leap day", "a day that other years lack", (["February 29, 2024"],)),
        Rung("two dates", "the batch", (["March 12, 2001", "October 3, 1987"],)),
        Rung(
            "all other months",
            "their names",
            (
                [
                    "April 1, 1950",
                    "June 6, 1944",
                    "July 4, 2026",
                    "August 8, 2008",
                    "September 9, 1999",
                ],
            ),
        ),
        Rung("November", "the second to last month", (["November 10, 2011"],)),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _written(form: Callable[[str, int, int], str]) -> Callable[..., tuple[object, object]]:
    """Write the date in another form, ``form(year, month, day)``."""

    def pair(texts: Sequence[str]) -> tuple[object, object]:
        symbols = []
        for text in texts:
            year, month, day = _iso(text).split("-")
            answer = form(year, int(month), int(day))
            symbols.append(["0123456789-".index(symbol) for symbol in answer])
        return [[11, *row] for row in symbols], [[*row, 12] for row in symbols]

    return pair


def _shifted(change: Callable[[np.ndarray, np.ndarray], _Pair]) -> Callable[..., _Pair]:
    """Change inputs and targets, ``change(inputs, targets)``."""
    return lambda texts: change(*solution(texts))


def _column(like: np.ndarray, value: int) -> np.ndarray:
    return np.full((len(like), 1), value)


def _variants() -> list[Variant]:
    return [
        Variant(
            "the inputs are not shifted: the decoder reads what it is to answer",
            _shifted(lambda x, y: (y, y)),
        ),
        Variant(
            "the targets are not shifted: they begin with the start",
            _shifted(lambda x, y: (x, x)),
        ),
        Variant(
            "neither is shifted, and both hold start and end",
            _shifted(lambda x, y: (np.hstack([x, y[:, -1:]]), np.hstack([x, y[:, -1:]]))),
        ),
        Variant(
            "inputs and targets are swapped",
            _shifted(lambda x, y: (y, x)),
        ),
        Variant(
            "there is no end, so that the decoder never learns to stop",
            _shifted(lambda x, y: (x[:, :-1], y[:, :-1])),
        ),
        Variant(
            "the end is missing from the targets alone",
            _shifted(lambda x, y: (x, y[:, :-1])),
        ),
        Variant(
            "there is no start: the inputs hold the ten symbols alone",
            _shifted(lambda x, y: (x[:, 1:], y)),
        ),
        Variant(
            "the inputs hold the end, too",
            _shifted(lambda x, y: (np.hstack([x, y[:, -1:]]), y)),
        ),
        Variant(
            "start and end have each other's ids",
            _shifted(
                lambda x, y: (
                    np.hstack([_column(x, 12), x[:, 1:]]),
                    np.hstack([y[:, :-1], _column(y, 11)]),
                )
            ),
        ),
        Variant(
            "the start has the id 0, which is the digit 0",
            _shifted(lambda x, y: (np.hstack([_column(x, 0), x[:, 1:]]), y)),
        ),
        Variant(
            "the inputs are shifted the wrong way, so that they run ahead",
            _shifted(lambda x, y: (np.hstack([y[:, 1:], _column(x, 12)]), y)),
        ),
        Variant("day and month are swapped", _written(lambda y, m, d: f"{y}-{d:02d}-{m:02d}")),
        Variant(
            "the date is written month, day, year", _written(lambda y, m, d: f"{m:02d}-{d:02d}-{y}")
        ),
        Variant(
            "the date is written day, month, year", _written(lambda y, m, d: f"{d:02d}-{m:02d}-{y}")
        ),
        Variant(
            "months and days of one digit have no zero before it",
            _written(lambda y, m, d: f"{y}-{m}-{d}"),
        ),
        Variant(
            "months of one digit have no zero before it",
            _written(lambda y, m, d: f"{y}-{m}-{d:02d}"),
        ),
        Variant(
            "days of one digit have no zero before it",
            _written(lambda y, m, d: f"{y}-{m:02d}-{d}"),
        ),
        Variant(
            "the months are counted from 0", _written(lambda y, m, d: f"{y}-{m - 1:02d}-{d:02d}")
        ),
        Variant("the hyphens are left out", _written(lambda y, m, d: f"{y}{m:02d}{d:02d}")),
        Variant("the year has two digits", _written(lambda y, m, d: f"{y[2:]}-{m:02d}-{d:02d}")),
    ]


LADDER = Ladder(
    "date_out",
    date_out,
    solution,
    _rungs,
    _variants(),
    {"inputs": ("example", "step"), "targets": ("example", "step")},
)
