"""Write the batch of a classifier of names: letter ids, padding, lengths, the last state.

Whatever reads the names, its answer stands at the last letter of each, not in the last column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


def name_batch(
    names: Sequence[str], alphabet: str, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn names into padded ids, and pick the states from which their languages are predicted.

    The first letter of ``alphabet`` has the id 1, the next 2, and so on. The id 0 is padding. It
    fills short names up, at their end, to the length of the longest.

    Parameters
    ----------
    names : sequence of str
        At least one name, each of at least one letter, all of which are in ``alphabet``.
    alphabet : str
        The letters, each once.
    states : ndarray
        What a network returned after each column of the ids, (batch, time, hidden_size), with as
        many columns as the longest name has letters.

    Returns
    -------
    ids : ndarray
        (batch, time), integers.
    lengths : ndarray
        The letters of each name, (batch,), integers.
    last : ndarray
        The state after the last letter of each name, (batch, hidden_size).

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import name_batch
    >>> states = np.array([[[0.1], [0.2], [0.3]], [[0.4], [0.5], [0.6]]])
    >>> ids, lengths, last = name_batch.solution(["abe", "ed"], "abcde", states)
    >>> ids.tolist(), lengths.tolist(), last.tolist()
    ([[1, 2, 5], [5, 4, 0]], [3, 2], [[0.3], [0.5]])
    """
    raise NotImplementedError("write the ids of the letters, the lengths, and the last states")


HINTS = (
    "alphabet.index(letter) + 1 is the id of a letter. Without the 1, the first letter cannot be "
    "told from padding.",
    "Begin with np.zeros((len(names), max(lengths)), dtype=int), and write the ids of name i into "
    "ids[i, :lengths[i]].",
    "states[np.arange(len(names)), lengths - 1] takes one state of each row. The last letter of n "
    "is at n - 1.",
)


def solution(
    names: Sequence[str], alphabet: str, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what :func:`name_batch` asks for."""
    lengths = np.array([len(name) for name in names])
    ids = np.zeros((len(names), lengths.max()), dtype=int)
    for row, name in zip(ids, names, strict=True):
        row[: len(name)] = [alphabet.index(letter) + 1 for letter in name]
    return ids, lengths, states[np.arange(len(names)), lengths - 1]


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one letter up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`name_batch` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import name_batch
    >>> def mine(names, alphabet, states):
    ...     ids, lengths, last = name_batch.solution(names, alphabet, states)
    ...     return ids, lengths, states[:, -1]
    >>> name_batch.check(mine).mistake
    'last is the state of the last column, which short names reach only through padding'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(2)
    states = numbers(rng, 4, 6, 3)
    cases = (
        ("a name of two letters", "ids, length, last state", ["ba"], "abc"),
        ("a letter that comes twice", "a length counts letters, not kinds", ["adda"], "abcd"),
        ("two names of one length", "batch and time", ["ab", "cd"], "abcd"),
        ("a short name after a long one", "padding", ["dcab", "bc"], "abcd"),
        ("a short name before a long one", "the order of the names stays", ["bc", "dacab"], "abcd"),
        (
            "four names, another alphabet",
            "sizes that all differ",
            ["ito", "moreau", "o", "rao"],
            "tramoeiu",
        ),
    )
    return [
        Rung(name, asks, (names, alphabet, states[: len(names), : max(map(len, names)), :2]))
        for name, asks, names, alphabet in cases
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _spelled(
    change: Callable[[Sequence[str], str, np.ndarray, np.ndarray], np.ndarray],
) -> Callable[..., _Batch]:
    """Give other ids, ``change(names, alphabet, ids, lengths)``."""

    def batch(names: Sequence[str], alphabet: str, states: np.ndarray) -> _Batch:
        ids, lengths, last = solution(names, alphabet, states)
        return change(names, alphabet, ids, lengths), lengths, last

    return batch


def _measured(
    change: Callable[[Sequence[str], np.ndarray], Any], *, used: bool
) -> Callable[..., _Batch]:
    """Give other lengths, ``change(names, lengths)``, and read the last state there if used."""

    def batch(names: Sequence[str], alphabet: str, states: np.ndarray) -> _Batch:
        ids, lengths, last = solution(names, alphabet, states)
        other = change(names, lengths)
        return ids, other, states[np.arange(len(names)), other - 1] if used else last

    return batch


def _picked(pick: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., _Batch]:
    """Pick other states, ``pick(states, lengths)``."""

    def batch(names: Sequence[str], alphabet: str, states: np.ndarray) -> _Batch:
        ids, lengths, _ = solution(names, alphabet, states)
        return ids, lengths, pick(states, lengths)

    return batch


def _front(names: Sequence[str], ids: np.ndarray) -> np.ndarray:
    out = np.zeros_like(ids)
    for row, given, name in zip(out, ids, names, strict=True):
        row[ids.shape[1] - len(name) :] = given[: len(name)]
    return out


def _padded_with(ids: np.ndarray, lengths: np.ndarray, values: Any) -> np.ndarray:
    real = np.arange(ids.shape[1]) < lengths[:, None]
    return np.where(real, ids, values)


def _by_length(names: Sequence[str], alphabet: str, states: np.ndarray) -> _Batch:
    order = np.argsort([-len(name) for name in names], kind="stable")
    parts = solution(names, alphabet, states)
    return parts[0][order], parts[1][order], parts[2][order]


def _mean(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    real = np.arange(states.shape[1]) < lengths[:, None]
    out: np.ndarray = (states * real[..., None]).sum(axis=1) / lengths[:, None]
    return out


def _cut(names: Sequence[str], alphabet: str, states: np.ndarray) -> _Batch:
    short = min(map(len, names))
    return solution([name[:short] for name in names], alphabet, states)


def _variants() -> list[Variant]:
    def row(lengths: np.ndarray) -> np.ndarray:
        return np.arange(len(lengths))

    return [
        Variant(
            "the ids begin at 0, so that padding is read as the first letter",
            _spelled(lambda names, a, ids, n: np.maximum(ids - 1, 0)),
        ),
        Variant(
            "the ids begin at 0, and padding is -1",
            _spelled(lambda names, a, ids, n: ids - 1),
        ),
        Variant(
            "padding has the id after the last letter's",
            _spelled(lambda names, a, ids, n: _padded_with(ids, n, len(a) + 1)),
        ),
        Variant(
            "short names are filled up with their last letter",
            _spelled(lambda names, a, ids, n: _padded_with(ids, n, ids[row(n), n - 1][:, None])),
        ),
        Variant(
            "the padding stands before the name",
            _spelled(lambda names, a, ids, n: _front(names, ids)),
        ),
        Variant(
            "the ids are those of Unicode, ord(letter)",
            _spelled(
                lambda names, a, ids, n: np.where(ids > 0, np.array([0, *map(ord, a)])[ids], 0)
            ),
        ),
        Variant(
            "the letters are in reverse",
            _spelled(lambda names, a, ids, n: solution([w[::-1] for w in names], a, ids)[0]),
        ),
        Variant("the ids are (time, batch)", _spelled(lambda names, a, ids, n: ids.T)),
        Variant("names are cut to the length of the shortest", _cut),
        Variant(
            "lengths is the index of the last letter, one too few",
            _measured(lambda names, n: n - 1, used=False),
        ),
        Variant(
            "lengths are one too many",
            _measured(lambda names, n: n + 1, used=False),
        ),
        Variant(
            "lengths count the padding",
            _measured(lambda names, n: np.full(len(n), n.max()), used=False),
        ),
        Variant(
            "lengths count the padding, and last is read there",
            _measured(lambda names, n: np.full(len(n), n.max()), used=True),
        ),
        Variant(
            "lengths count every kind of letter once",
            _measured(lambda names, n: np.array([len({*name}) for name in names]), used=False),
        ),
        Variant(
            "last is the state of the last column, which short names reach only through padding",
            _picked(lambda states, n: states[:, -1]),
        ),
        Variant(
            "last is the state before the last letter, at lengths - 2",
            _picked(lambda states, n: states[row(n), n - 2]),
        ),
        Variant(
            "last is read at lengths, one letter too late",
            _picked(lambda states, n: states[row(n), n]),
        ),
        Variant("last is the first state", _picked(lambda states, n: states[:, 0])),
        Variant("last is the mean of all states of a name", _picked(_mean)),
        Variant(
            "last is states[:, lengths - 1], which takes the steps of all names from each",
            _picked(lambda states, n: states[:, n - 1]),
        ),
        Variant("the names are sorted by length", _by_length),
    ]


LADDER = Ladder(
    "name_batch",
    name_batch,
    solution,
    _rungs,
    _variants(),
    {
        "ids": ("example", "step"),
        "lengths": ("example",),
        "last": ("example", "unit"),
    },
)
