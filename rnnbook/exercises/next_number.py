"""Write the data of a forecast: windows, the number after each, and one scale for all.

A network reads small numbers best, so all are divided by the largest, and its answers are
multiplied by it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Data = tuple[np.ndarray, np.ndarray, np.ndarray]


def next_number(
    series: np.ndarray, width: int, outputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut a series into windows and the numbers that follow, in the range of a network, and back.

    Parameters
    ----------
    series : ndarray
        The numbers in their order, (time,), at least one of them positive.
    width : int
        The numbers in a window, at least 1 and below time.
    outputs : ndarray
        What a network answered, (batch, 1), in the range of ``targets``.

    Returns
    -------
    xs : ndarray
        All windows, (time - width, width, 1), divided by the largest number of the series.
    targets : ndarray
        The number that follows each window, (time - width, 1), divided by the same.
    answers : ndarray
        ``outputs`` in the unit of the series, (batch, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import next_number
    >>> series, outputs = np.array([10.0, 20.0, 30.0, 40.0, 50.0]), np.array([[1.2]])
    >>> xs, targets, answers = next_number.solution(series, 3, outputs)
    >>> xs[..., 0].tolist(), targets.tolist(), answers.tolist()
    ([[0.2, 0.4, 0.6], [0.4, 0.6, 0.8]], [[0.8], [1.0]], [[60.0]])
    >>> xs.shape
    (2, 3, 1)
    """
    raise NotImplementedError("write the windows, the numbers after them, and both scalings")


HINTS = (
    "Divide the whole series by series.max() once, before you cut it.",
    "Window i is scaled[i : i + width], and the number after it is scaled[i + width]. There are "
    "len(series) - width of them.",
    "xs needs a last axis for the one feature: np.stack(windows)[..., None]. For the answers, "
    "multiply by what you divided by.",
)


def solution(
    series: np.ndarray, width: int, outputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what :func:`next_number` asks for."""
    scale = series.max()
    scaled = series / scale
    windows = [scaled[i : i + width] for i in range(len(series) - width)]
    # (windows, width) -> (windows, width, 1): a step is one feature, not a number
    return np.stack(windows)[..., None], scaled[width:, None], outputs * scale


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from the challenge up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`next_number` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import next_number
    >>> def mine(series, width, outputs):
    ...     xs, targets, _ = next_number.solution(series, width, outputs)
    ...     return xs, targets, outputs
    >>> next_number.check(mine).mistake
    'answers are not multiplied by the largest number: they are no numbers of the series'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(3)
    tens = np.arange(10.0, 60.0, 10.0)
    rough = np.array([12.0, 30.0, 7.0, 40.0, 25.0, 16.0, 33.0])
    return [
        Rung(
            "10, 20, 30, 40, 50 in pairs",
            "windows of one number, scaled",
            (tens, 1, np.array([[1.1]])),
        ),
        Rung(
            "10, 20, 30, 40, 50, windows of three",
            "time and feature",
            (tens, 3, np.array([[1.2]])),
        ),
        Rung(
            "the largest number in the middle",
            "what to divide by",
            (rough[:6], 2, np.array([[0.5], [0.75]])),
        ),
        Rung(
            "a window of all but one",
            "the last number is a target",
            (rough, 6, np.array([[0.2]])),
        ),
        Rung(
            "numbers below zero",
            "the largest number, not the largest size",
            (np.array([-8.0, 2.0, -3.0, 4.0, 1.0]), 2, np.array([[-0.5], [0.25]])),
        ),
        Rung(
            "twelve numbers, windows of four",
            "sizes that all differ",
            (np.append(5 * numbers(rng, 11), 6.0)[::-1].copy(), 4, numbers(rng, 3, 1)),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _made(change: Callable[..., Any]) -> Callable[..., _Data]:
    """Change what is returned, ``change(xs, targets, answers, series, outputs)``."""

    def data(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
        parts = solution(series, width, outputs)
        return tuple(change(*parts, series, outputs))

    return data


def _scaled(
    scale: Callable[[np.ndarray], Any], off: Callable[[np.ndarray], Any] = lambda s: 0.0
) -> Callable[..., _Data]:
    """Scale in another way, ``(series - off) / scale``, and back."""

    def data(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
        by, less = scale(series), off(series)
        top = series.max()
        xs, targets, _ = solution(series, width, outputs)
        return (xs * top - less) / by, (targets * top - less) / by, outputs * by + less

    return data


def _each_window(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
    xs, targets, answers = solution(series, width, outputs)
    return xs / xs.max(axis=1, keepdims=True), targets, answers


def _overlapping(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
    xs, _, answers = solution(series, width, outputs)
    return xs, xs[:, -1], answers


def _too_far(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
    xs, targets, answers = solution(series, width, outputs)
    return xs[:-1], targets[1:], answers


def _side_by_side(series: np.ndarray, width: int, outputs: np.ndarray) -> _Data:
    xs, targets, answers = solution(series, width, outputs)
    return xs[::width], targets[::width], answers


def _variants() -> list[Variant]:
    return [
        Variant(
            "answers are not multiplied by the largest number: they are no numbers of the series",
            _made(lambda xs, y, a, s, out: (xs, y, out)),
        ),
        Variant(
            "answers are divided by the largest number once more",
            _made(lambda xs, y, a, s, out: (xs, y, out / s.max())),
        ),
        Variant(
            "nothing is scaled",
            _made(lambda xs, y, a, s, out: (xs * s.max(), y * s.max(), out)),
        ),
        Variant(
            "nothing is scaled but the answers",
            _made(lambda xs, y, a, s, out: (xs * s.max(), y * s.max(), a)),
        ),
        Variant("the targets are not scaled", _made(lambda xs, y, a, s, out: (xs, y * s.max(), a))),
        Variant("the windows are not scaled", _made(lambda xs, y, a, s, out: (xs * s.max(), y, a))),
        Variant(
            "the series is divided by its last number, which need not be the largest",
            _scaled(lambda s: s[-1]),
        ),
        Variant("the series is divided by its sum", _scaled(np.sum)),
        Variant(
            "the series is divided by its largest size, sign left out",
            _scaled(lambda s: np.abs(s).max()),
        ),
        Variant(
            "the series is scaled from its smallest number to its largest, as MinMaxScaler does",
            _scaled(np.ptp, np.min),
            "Right as scikit-learn's MinMaxScaler scales, from 0 at the smallest number. This "
            "exercise asks for a division by the largest alone.",
        ),
        Variant(
            "the mean is taken off, and the rest divided by the standard deviation",
            _scaled(np.std, np.mean),
            "Right as scikit-learn's StandardScaler scales, with mean 0 and variance 1. This "
            "exercise asks for a division by the largest number alone.",
        ),
        Variant("each window is divided by its own largest number", _each_window),
        Variant("window and target overlap: the target is the window's last number", _overlapping),
        Variant("the target is two steps after the window, and the last window is lost", _too_far),
        Variant(
            "the last window is lost",
            _made(lambda xs, y, a, s, out: (xs[:-1], y[:-1], a)),
        ),
        Variant("the windows lie side by side, and those between are left out", _side_by_side),
        Variant(
            "the window lies along the features, one step of many numbers: (batch, 1, width)",
            _made(lambda xs, y, a, s, out: (xs.swapaxes(1, 2), y, a)),
        ),
        Variant(
            "xs has no axis for the feature, (batch, width)",
            _made(lambda xs, y, a, s, out: (xs[..., 0], y, a)),
        ),
        Variant(
            "batch and time are swapped, (width, batch, 1)",
            _made(lambda xs, y, a, s, out: (xs.swapaxes(0, 1), y, a)),
        ),
        Variant(
            "the windows are one long batch of single steps, (1, everything, 1)",
            _made(lambda xs, y, a, s, out: (xs.reshape(1, -1, 1), y, a)),
        ),
        Variant(
            "the targets have no second axis",
            _made(lambda xs, y, a, s, out: (xs, y[:, 0], a)),
        ),
        Variant(
            "the windows are read backwards", _made(lambda xs, y, a, s, out: (xs[:, ::-1], y, a))
        ),
    ]


LADDER = Ladder(
    "next_number",
    next_number,
    solution,
    _rungs,
    _variants(),
    {
        "xs": ("example", "step", "feature"),
        "targets": ("example", "output"),
        "answers": ("example", "output"),
    },
)
