"""Write a batch of the adding problem: numbers, two marks, and the sum of the marked.

The problem is that of Hochreiter and Schmidhuber (1997), with the marks as Arjovsky et al. (2016)
place them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Batch = tuple[np.ndarray, np.ndarray]


def adding_batch(values: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mark one number in each half of a sequence, and add the two up.

    With ``half = time // 2``, the first mark stands at step ``floor(draws[:, 0] * half)``, the
    second at step ``half + floor(draws[:, 1] * (time - half))``, counted from 0.

    Parameters
    ----------
    values : ndarray
        The numbers, (batch, time), of at least two steps.
    draws : ndarray
        Two random numbers for each sequence, which place its marks, (batch, 2), at least 0 and
        below 1.

    Returns
    -------
    xs : ndarray
        (batch, time, 2): at each step the number, then its mark, which is 1 or 0.
    targets : ndarray
        The sum of the two marked numbers, (batch, 1).

    Examples
    --------
    The first and the last of four numbers are marked.

    >>> import numpy as np
    >>> from rnnbook.exercises import adding_batch
    >>> values, draws = np.array([[0.3, 0.1, 0.8, 0.2]]), np.array([[0.1, 0.9]])
    >>> xs, targets = adding_batch.solution(values, draws)
    >>> xs[0, :, 1].tolist(), targets.tolist()
    ([1.0, 0.0, 0.0, 1.0], [[0.5]])
    """
    raise NotImplementedError("write the two marks, stack them with the numbers, and add up")


HINTS = (
    "(draws[:, 0] * half).astype(int) is the step of each sequence's first mark.",
    "Begin with marks = np.zeros_like(values). Then marks[np.arange(batch), step] = 1 sets one "
    "mark in each sequence, at a step of its own.",
    "np.stack([values, marks], axis=-1) puts a number and its mark into one step. A target is the "
    "sum of values * marks over time, with keepdims=True.",
)


def solution(values: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`adding_batch` asks for."""
    half = values.shape[1] // 2
    first = (draws[:, 0] * half).astype(int)
    second = half + (draws[:, 1] * (values.shape[1] - half)).astype(int)
    marks = np.zeros_like(values)
    rows = np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1
    return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1, keepdims=True)


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from two steps up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`adding_batch` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import adding_batch
    >>> def mine(values, draws):
    ...     xs, targets = adding_batch.solution(values, draws)
    ...     return xs, values.sum(axis=1, keepdims=True)
    >>> adding_batch.check(mine).mistake
    'all numbers are added up, marked or not'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(1)
    values = np.abs(numbers(rng, 4, 9))
    return [
        Rung(
            "four steps, the first of each half",
            "numbers beside marks, and the sum",
            (np.array([[0.3, 0.1, 0.8, 0.2]]), np.array([[0.0, 0.0]])),
        ),
        Rung("two steps", "both are marked", (values[:1, :2], np.array([[0.5, 0.7]]))),
        Rung(
            "six steps, draws close to 1",
            "a mark in each half, the last step included",
            (values[:1, :6], np.array([[0.95, 0.99]])),
        ),
        Rung("five steps", "the second half is longer", (values[:1, :5], np.array([[0.9, 0.4]]))),
        Rung(
            "three sequences of eight steps",
            "each has marks of its own",
            (values[:3, :8], np.array([[0.1, 0.9], [0.6, 0.2], [0.9, 0.55]])),
        ),
        Rung(
            "four sequences of nine steps",
            "sizes that all differ",
            (values, np.array([[0.4, 0.3], [0.8, 0.05], [0.2, 0.85], [0.55, 0.65]])),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _placed(
    steps: Callable[[np.ndarray, int], tuple[Any, Any]],
) -> Callable[..., _Batch]:
    """Mark other steps, ``steps(draws, time) -> (first, second)``."""

    def batch(values: np.ndarray, draws: np.ndarray) -> _Batch:
        first, second = steps(draws, values.shape[1])
        marks, rows = np.zeros_like(values), np.arange(len(values))
        marks[rows, np.asarray(first).astype(int)] = 1
        marks[rows, np.asarray(second).astype(int)] = 1
        return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1, keepdims=True)

    return batch


def _answers(target: Callable[[np.ndarray, np.ndarray], Any]) -> Callable[..., _Batch]:
    """Ask for another target, ``target(values, marks)``."""

    def batch(values: np.ndarray, draws: np.ndarray) -> _Batch:
        xs, _ = solution(values, draws)
        return xs, target(values, xs[..., 1])

    return batch


def _turned(change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., _Batch]:
    """Lay the inputs out in another way."""

    def batch(values: np.ndarray, draws: np.ndarray) -> _Batch:
        xs, targets = solution(values, draws)
        return change(xs), targets

    return batch


def _added(values: np.ndarray, draws: np.ndarray) -> _Batch:
    xs, targets = solution(values, draws)
    return xs.sum(axis=-1, keepdims=True), targets


def _columns(values: np.ndarray, draws: np.ndarray) -> _Batch:
    half, time = values.shape[1] // 2, values.shape[1]
    marks = np.zeros_like(values)
    marks[:, (draws[:, 0] * half).astype(int)] = 1
    marks[:, half + (draws[:, 1] * (time - half)).astype(int)] = 1
    return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1, keepdims=True)


def _variants() -> list[Variant]:
    return [
        Variant(
            "both marks stand in the first half",
            _placed(lambda u, T: (u[:, 0] * (T // 2), u[:, 1] * (T // 2))),
        ),
        Variant(
            "both marks are drawn from the whole sequence, where they may fall on one step",
            _placed(lambda u, T: (u[:, 0] * T, u[:, 1] * T)),
        ),
        Variant(
            "only one number is marked, in the first half",
            _placed(lambda u, T: (u[:, 0] * (T // 2), u[:, 0] * (T // 2))),
        ),
        Variant(
            "only one number is marked, in the second half",
            _placed(lambda u, T: (T // 2 + u[:, 1] * (T - T // 2),) * 2),
        ),
        Variant(
            "the second mark never reaches the last step of an odd length",
            _placed(lambda u, T: (u[:, 0] * (T // 2), T // 2 + u[:, 1] * (T // 2))),
        ),
        Variant(
            "the steps are rounded to the nearest, not down",
            _placed(
                lambda u, T: (
                    np.round(u[:, 0] * (T // 2)),
                    np.minimum(T // 2 + np.round(u[:, 1] * (T - T // 2)), T - 1),
                )
            ),
        ),
        Variant(
            "the draws are swapped: the first places the second mark",
            _placed(lambda u, T: (u[:, 1] * (T // 2), T // 2 + u[:, 0] * (T - T // 2))),
        ),
        Variant("marks[:, step] marks the steps of all sequences in each of them", _columns),
        Variant(
            "the target is the product of the two numbers",
            _answers(lambda v, m: np.where(m > 0, v, 1).prod(axis=1, keepdims=True)),
        ),
        Variant(
            "the target is the mean of the two numbers",
            _answers(lambda v, m: (v * m).sum(axis=1, keepdims=True) / 2),
        ),
        Variant(
            "all numbers are added up, marked or not",
            _answers(lambda v, m: v.sum(axis=1, keepdims=True)),
        ),
        Variant(
            "the target counts the marks",
            _answers(lambda v, m: m.sum(axis=1, keepdims=True)),
        ),
        Variant(
            "the sum runs over the batch as well, so that all sequences have one target",
            _answers(lambda v, m: np.full((len(v), 1), (v * m).sum())),
        ),
        Variant(
            "the targets have no second axis: keepdims=True is missing",
            _answers(lambda v, m: (v * m).sum(axis=1)),
        ),
        Variant("the mark comes before the number", _turned(lambda xs: xs[..., ::-1])),
        Variant(
            "numbers and marks are stacked as (batch, 2, time)",
            _turned(lambda xs: xs.swapaxes(1, 2)),
        ),
        Variant(
            "numbers and marks are joined along time, so that there are twice as many steps",
            _turned(lambda xs: np.concatenate([xs[..., :1], xs[..., 1:]], axis=1)),
        ),
        Variant(
            "the numbers without a mark are set to zero, which gives the answer away",
            _turned(lambda xs: np.stack([xs[..., 0] * xs[..., 1], xs[..., 1]], axis=-1)),
        ),
        Variant("the marks are added to the numbers", _added),
    ]


LADDER = Ladder(
    "adding_batch",
    adding_batch,
    solution,
    _rungs,
    _variants(),
    {"xs": ("example", "step", "feature"), "targets": ("example", "output")},
)
