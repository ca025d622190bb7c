"""Write a map of hidden states: collect those of real words, and find two main directions.

The directions are the principal components (Pearson, 1901), by a singular value decomposition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Map = tuple[np.ndarray, np.ndarray, np.ndarray]


def hidden_states(
    states: np.ndarray, lengths: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a point for each real word of a batch of sentences, and what to colour it by.

    The points are the first two principal components of all real states together: take the mean
    state off, and project on the two directions in which the states vary most. The sign of a
    direction is free, and the checker accepts both.

    Parameters
    ----------
    states : ndarray
        The states of padded sentences, (batch, time, hidden_size), with at least two units.
    lengths : ndarray
        The words of each sentence, (batch,), integers of at least 1. The states after them are
        padding.
    labels : ndarray
        The sentiment of each sentence, (batch,), integers.

    Returns
    -------
    points : ndarray
        (words, 2), with the words of the first sentence first, in their order.
    label_of : ndarray
        The label of the sentence that a word stands in, (words,), integers.
    position_of : ndarray
        Its place in that sentence, counted from 0, (words,), integers.

    Examples
    --------
    Two sentences of two words and of one. All their states lie on a line.

    >>> import numpy as np
    >>> from rnnbook.exercises import hidden_states
    >>> states = np.array([[[3.0, 4.0], [0.0, 0.0]], [[-3.0, -4.0], [9.0, 9.0]]])
    >>> points, label_of, position_of = hidden_states.solution(
    ...     states, np.array([2, 1]), np.array([1, 0])
    ... )
    >>> np.abs(points).round(6).tolist()
    [[5.0, 0.0], [0.0, 0.0], [5.0, 0.0]]
    >>> label_of.tolist(), position_of.tolist()
    ([1, 1, 0], [0, 1, 0])
    """
    raise NotImplementedError("write the mask, the labels and positions, and the projection")


HINTS = (
    "real = np.arange(time) < lengths[:, None] is True at the real words, and states[real] has "
    "shape (words, hidden_size).",
    "np.nonzero(real) returns the sentence and the position of each of these words, in the same "
    "order.",
    "With X the states less their mean over the words, the rows of the last matrix that "
    "np.linalg.svd(X, full_matrices=False) returns are the directions, the widest first. The "
    "points are X @ directions[:2].T.",
)


def solution(
    states: np.ndarray, lengths: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what :func:`hidden_states` asks for."""
    real = np.arange(states.shape[1]) < lengths[:, None]
    sentence_of, position_of = np.nonzero(real)
    return _projected(states[real]), labels[sentence_of], position_of


def _projected(rows: np.ndarray) -> np.ndarray:
    """Return the first two principal components of rows, (rows, 2)."""
    # X = U S V^T, and the points are X V, of which two columns are kept
    X = rows - rows.mean(axis=0)
    _, _, directions = np.linalg.svd(X, full_matrices=False)
    out: np.ndarray = X @ directions[:2].T
    return out


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one sentence up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`hidden_states` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import hidden_states
    >>> def mine(states, lengths, labels):
    ...     everything = np.full(len(lengths), states.shape[1])
    ...     return hidden_states.solution(states, everything, labels)
    >>> hidden_states.check(mine).mistake
    'the states of the padding are among the points'
    """
    return LADDER.grade(fn)


def _runs(
    fn: Callable[..., Any], states: np.ndarray, lengths: np.ndarray, labels: np.ndarray
) -> object:
    """Turn the sign of each component, which is free, so that its largest number is positive."""
    answer = fn(states, lengths, labels)
    if not isinstance(answer, tuple | list) or not answer:
        return answer
    try:
        points = np.asarray(answer[0], dtype=float)
    except (TypeError, ValueError, RuntimeError):
        return answer
    if points.ndim != 2 or not points.size:
        return answer
    largest = np.abs(points).round(9).argmax(axis=0)  # rounded: of two that are equal, the first
    signs = np.where(points[largest, np.arange(points.shape[1])] < 0, -1, 1)
    return (points * signs, *answer[1:])


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(7)
    wide = numbers(rng, 4, 6, 3) * np.array([3.0, 2.0, 0.5]) + np.array([0.2, -3.0, 0.4])
    deep = numbers(rng, 4, 6, 5) * np.array([0.5, 1.0, 4.0, 2.0, 0.3]) + 1.0
    line = np.array([[[3.0, 4.0], [0.0, 0.0], [-3.0, -4.0], [6.0, 8.0]]])
    return [
        Rung(
            "one sentence, four states on a line",
            "the mean is taken off; the widest direction first",
            (line, np.array([4]), np.array([1])),
        ),
        Rung(
            "one sentence of six words, three units",
            "two directions of three",
            (wide[:1], np.array([6]), np.array([1])),
        ),
        Rung(
            "two sentences of six words",
            "labels and positions; one mean for all",
            (wide[:2], np.array([6, 6]), np.array([1, 0])),
        ),
        Rung(
            "lengths 6 and 3",
            "padding is left out",
            (wide[:2], np.array([6, 3]), np.array([0, 1])),
        ),
        Rung(
            "lengths 2 and 5, in six columns",
            "no sentence fills its row",
            (wide[2:], np.array([2, 5]), np.array([1, 0])),
        ),
        Rung(
            "four sentences, five units",
            "sizes that all differ",
            (deep, np.array([4, 6, 1, 3]), np.array([0, 1, 1, 2])),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _points(
    project: Callable[[np.ndarray], np.ndarray],
) -> Callable[..., _Map]:
    """Project the real states in another way."""

    def drawn(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
        real = np.arange(states.shape[1]) < lengths[:, None]
        return (project(states[real]), *solution(states, lengths, labels)[1:])

    return drawn


def _directions(X: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.linalg.svd(X, full_matrices=False)[2]
    return out


def _units(X: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0][:, :2]
    return out


def _rows_centred(X: np.ndarray) -> np.ndarray:
    X = X - X.mean(axis=1, keepdims=True)
    out: np.ndarray = X @ _directions(X)[:2].T
    return out


def _one_mean(X: np.ndarray) -> np.ndarray:
    X = X - X.mean()
    out: np.ndarray = X @ _directions(X)[:2].T
    return out


def _standardised(X: np.ndarray) -> np.ndarray:
    return _projected((X - X.mean(axis=0)) / X.std(axis=0))


def _uncentred(X: np.ndarray) -> np.ndarray:
    out: np.ndarray = X @ _directions(X)[:2].T
    return out


def _half_centred(X: np.ndarray) -> np.ndarray:
    out: np.ndarray = X @ _directions(X - X.mean(axis=0))[:2].T
    return out


def _narrowest(X: np.ndarray) -> np.ndarray:
    X = X - X.mean(axis=0)
    out: np.ndarray = X @ _directions(X)[::-1][:2].T
    return out


def _columns_taken(X: np.ndarray) -> np.ndarray:
    X = X - X.mean(axis=0)
    out: np.ndarray = X @ _directions(X)[:, :2]
    return out


def _first_units(X: np.ndarray) -> np.ndarray:
    out: np.ndarray = X[:, :2] - X[:, :2].mean(axis=0)
    return out


def _last(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
    return _projected(states[np.arange(len(states)), lengths - 1]), labels, lengths - 1


def _by_sentence(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
    each = [_projected(row[:n]) for row, n in zip(states, lengths, strict=True)]
    two = [np.hstack([one, np.zeros((len(one), 2))])[:, :2] for one in each]
    return (np.concatenate(two), *solution(states, lengths, labels)[1:])


def _by_position(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
    points, label_of, position_of = solution(states, lengths, labels)
    order = np.argsort(position_of, kind="stable")
    return points[order], label_of[order], position_of[order]


def _padded(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
    return solution(states, np.full(len(lengths), states.shape[1]), labels)


def _padding_in_fit(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
    real = np.arange(states.shape[1]) < lengths[:, None]
    every = _projected(states.reshape(-1, states.shape[2]))
    return (every[real.ravel()], *solution(states, lengths, labels)[1:])


def _told(
    change: Callable[[_Map, np.ndarray, np.ndarray], _Map],
) -> Callable[..., _Map]:
    """Change labels or positions, ``change(map, lengths, labels)``."""

    def drawn(states: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> _Map:
        return change(solution(states, lengths, labels), lengths, labels)

    return drawn


def _sentences(lengths: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(lengths)), lengths)


def _variants() -> list[Variant]:
    return [
        Variant("the states of the padding are among the points", _padded),
        Variant("the directions and the mean are those of the padding, too", _padding_in_fit),
        Variant("the mean state is not taken off", _points(_uncentred)),
        Variant(
            "the mean is taken off for the directions, but not before the projection",
            _points(_half_centred),
        ),
        Variant(
            "the mean of each state over its units is taken off, axis=1 instead of axis=0",
            _points(_rows_centred),
        ),
        Variant("one number, the mean of all states and units, is taken off", _points(_one_mean)),
        Variant("each unit is divided by its standard deviation", _points(_standardised)),
        Variant(
            "the last two directions are kept, in which the states vary least",
            _points(_narrowest),
        ),
        Variant(
            "the columns of the last matrix are taken for the directions: it is transposed",
            _points(_columns_taken),
        ),
        Variant(
            "U is returned, without the singular values: both axes are stretched to one size",
            _points(_units),
        ),
        Variant("the first two units are returned, not two directions", _points(_first_units)),
        Variant(
            "three directions are returned",
            _points(
                lambda X: (X - X.mean(axis=0)) @ _directions(X - X.mean(axis=0))[:3].T,
            ),
        ),
        Variant(
            "the points are transposed, (2, words)",
            _points(lambda X: _projected(X).T),
        ),
        Variant("only the last state of each sentence is collected", _last),
        Variant("each sentence has directions and a mean of its own", _by_sentence),
        Variant("the words are sorted by their position", _by_position),
        Variant(
            "the labels are repeated as a whole (np.tile), not each for its sentence",
            _told(lambda m, n, y: (m[0], np.resize(y, len(m[1])), m[2])),
        ),
        Variant(
            "there is one label for each sentence, not for each word",
            _told(lambda m, n, y: (m[0], y, m[2])),
        ),
        Variant(
            "the number of the sentence is returned as its label",
            _told(lambda m, n, y: (m[0], _sentences(n), m[2])),
        ),
        Variant("the positions are counted from 1", _told(lambda m, n, y: (m[0], m[1], m[2] + 1))),
        Variant(
            "the positions are counted from the end",
            _told(lambda m, n, y: (m[0], m[1], np.repeat(n, n) - 1 - m[2])),
        ),
        Variant(
            "the positions run on from sentence to sentence",
            _told(lambda m, n, y: (m[0], m[1], np.arange(len(m[2])))),
        ),
    ]


LADDER = Ladder(
    "hidden_states",
    hidden_states,
    solution,
    _rungs,
    _variants(),
    {"points": ("word", "direction"), "label_of": ("word",), "position_of": ("word",)},
    _runs,
)
