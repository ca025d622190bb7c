"""Write the best-path decoding of CTC in NumPy: merge what repeats, then drop the blanks.

Graves et al. (2006), Connectionist temporal classification, section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant
from rnnbook.exercises.grade import Grade


def ctc_collapse(logits: np.ndarray, blank: int) -> list[int]:
    """Return the symbols that the best path stands for.

    The best path is the symbol with the largest logit in each frame. Symbols that follow each other
    and are equal are one symbol; then the blanks are dropped.

    Parameters
    ----------
    logits : ndarray
        (frames, symbols).
    blank : int
        The symbol that stands for nothing. It also keeps apart two equal symbols.

    Returns
    -------
    list of int
        The symbols, perhaps none.

    Examples
    --------
    With 0 as the blank, the path 1 1 0 1 2 2 stands for 1 1 2.

    >>> import numpy as np
    >>> from rnnbook.exercises import ctc_collapse
    >>> ctc_collapse.solution(np.eye(3)[[1, 1, 0, 1, 2, 2]], blank=0)
    [1, 1, 2]
    """
    raise NotImplementedError("write the best path, merge what repeats, and drop the blanks")


HINTS = (
    "logits.argmax(axis=1) is the best path.",
    "Keep a symbol if it differs from the one in the frame before and is not the blank.",
    "The frame before is compared with its blanks: 1 0 1 are two symbols, 1 1 is one.",
)


def solution(logits: np.ndarray, blank: int) -> list[int]:
    """Return what :func:`ctc_collapse` asks for."""
    symbols = []
    before = blank
    for symbol in logits.argmax(axis=1).tolist():
        if symbol not in (before, blank):
            symbols.append(symbol)
        before = symbol
    return symbols


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on paths from one frame up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`ctc_collapse` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import ctc_collapse
    >>> def mine(logits, blank):
    ...     path = [symbol for symbol in logits.argmax(1) if symbol != blank]
    ...     return [b for a, b in zip([None, *path], path) if a != b]
    >>> ctc_collapse.check(mine).mistake
    'the blanks are dropped before repeats are merged'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    def case(name: str, asks: str, path: list[int], blank: int = 0) -> Rung:
        logits = 2.0 * np.eye(4)[path]
        logits[:, 1] += 1  # the runner-up, and not zero
        return Rung(f"{name}, path {' '.join(map(str, path))}", asks, (logits, blank))

    return [
        case("one frame", "the best symbol", [2]),
        case("no repeats", "every frame, in order", [2, 3, 1]),
        case("blanks around", "blanks are dropped", [0, 2, 3, 0]),
        case("a repeat", "repeats are one symbol", [2, 2, 3, 3, 3]),
        case("a symbol twice", "only neighbours are merged", [2, 3, 2]),
        case("a blank between", "a blank keeps equal symbols apart", [2, 2, 0, 2, 3]),
        case("blanks alone", "the empty answer", [0, 0]),
        case("blank 3", "which symbol is the blank", [0, 0, 3, 0, 2, 3], 3),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _path(collapse: Callable[[list[int], int], list[int]]) -> Callable[..., list[int]]:
    """Collapse the best path in another way."""
    return lambda logits, blank: collapse(logits.argmax(axis=1).tolist(), blank)


def _merged(path: list[int]) -> list[int]:
    return [symbol for symbol, _ in groupby(path)]


def _without(path: list[int], blank: int) -> list[int]:
    return [symbol for symbol in path if symbol != blank]


def _by_frames(logits: np.ndarray, blank: int) -> list[int]:
    return _without(_merged(logits.argmax(axis=0).tolist()), blank)


def _variants() -> list[Variant]:
    return [
        Variant(
            "the blanks are dropped before repeats are merged",
            _path(lambda path, blank: _merged(_without(path, blank))),
        ),
        Variant("repeats are not merged", _path(_without)),
        Variant("the blanks are not dropped", _path(lambda path, blank: _merged(path))),
        Variant("the best path is returned as it is", _path(lambda path, blank: path)),
        Variant(
            "every symbol is kept once, wherever it appears again",
            _path(lambda path, blank: _without(list(dict.fromkeys(path)), blank)),
        ),
        Variant(
            "the symbols are sorted, as np.unique does",
            _path(lambda path, blank: _without(sorted(set(path)), blank)),
        ),
        Variant("the blank is taken to be 0", lambda logits, blank: solution(logits, 0)),
        Variant(
            "the blank is taken to be the last symbol",
            lambda logits, blank: solution(logits, logits.shape[1] - 1),
        ),
        Variant("the last run is lost", _path(lambda p, blank: _without(_merged(p)[:-1], blank))),
        Variant(
            "the first frame is never kept", _path(lambda p, blank: _without(_merged(p)[1:], blank))
        ),
        Variant(
            "the symbols come out from last to first",
            _path(lambda path, blank: _without(_merged(path), blank)[::-1]),
        ),
        Variant(
            "a symbol has to fill two frames to count",
            _path(
                lambda path, blank: _without(
                    [symbol for symbol, run in groupby(path) if len(list(run)) > 1], blank
                )
            ),
        ),
        Variant("argmax runs over the frames, not over the symbols", _by_frames),
        Variant("the smallest logit is taken", lambda logits, blank: solution(-logits, blank)),
    ]


LADDER = Ladder(
    "ctc_collapse", ctc_collapse, solution, _rungs, _variants(), {"symbols": ("position",)}
)
