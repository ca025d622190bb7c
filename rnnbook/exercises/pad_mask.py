"""Write the mask of a padded batch in NumPy, and the mean of the states that are real.

A mask is the lengths in another form: it says of each step whether it belongs to its sequence.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Masked = tuple[np.ndarray, np.ndarray]


def pad_mask(states: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mark the real steps of each sequence, and average the states over them.

    Parameters
    ----------
    states : ndarray
        (batch, time, hidden_size), padded at the end.
    lengths : ndarray
        (batch,), integers of at least 1 and at most time.

    Returns
    -------
    mask : ndarray
        (batch, time), 1 or True at the first ``lengths[i]`` steps of sequence i, else 0 or False.
    means : ndarray
        The mean of the real states of each sequence, (batch, hidden_size).

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import pad_mask
    >>> states = np.array([[[1.0], [3.0], [8.0]]])
    >>> mask, means = pad_mask.solution(states, np.array([2]))
    >>> mask.tolist(), means.tolist()
    ([[1, 1, 0]], [[2.0]])
    """
    raise NotImplementedError("write the mask, and the mean of the states that it keeps")


HINTS = (
    "np.arange(time) counts the steps from 0, and lengths[:, None] has one row for each sequence. "
    "Compare the two.",
    "Multiply the states by mask[..., None], add up over time, and divide by lengths[:, None].",
)


def solution(states: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`pad_mask` asks for."""
    mask = (np.arange(states.shape[1]) < lengths[:, None]).astype(int)
    return mask, (states * mask[..., None]).sum(axis=1) / lengths[:, None]


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases without padding and with it, and name the mistake in the first to fail.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`pad_mask` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import pad_mask
    >>> def mine(states, lengths):
    ...     return pad_mask.solution(states, lengths)[0], states.mean(axis=1)
    >>> pad_mask.check(mine).mistake
    'the padding is among the states that are averaged'
    """
    return LADDER.grade(fn)


def _runs(fn: Callable[..., object], states: np.ndarray, lengths: np.ndarray) -> object:
    """Read a mask of True and False as one of 1 and 0."""
    answer = fn(states, lengths)
    if not isinstance(answer, tuple | list) or not answer:
        return answer
    try:
        mask = np.asarray(answer[0])
    except (TypeError, ValueError, RuntimeError):
        return answer
    return (mask.astype(int) if mask.dtype == bool else answer[0], *answer[1:])


def _rungs() -> list[Rung]:
    states = numbers(np.random.RandomState(8), 4, 6, 3)
    cases = (
        ("one sequence of three steps", "no padding", states[:1, :3], [3]),
        ("three steps of five", "padding", states[:1, :5], [3]),
        ("one step of five", "the shortest sequence", states[:1, :5], [1]),
        ("lengths 3 and 1", "a row of the mask for each sequence", states[:2, :3], [3, 1]),
        ("lengths 2 and 3, six steps", "no sequence fills its row", states[:2], [2, 3]),
        ("four sequences", "sizes that all differ", states, [4, 6, 1, 5]),
    )
    return [Rung(name, asks, (xs, np.array(lengths))) for name, asks, xs, lengths in cases]


# ------------------------------------------------------------------------- known wrong solutions


def _averaged(
    means: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> Callable[..., _Masked]:
    """Average in another way, ``means(states, mask, lengths)``."""

    def masked(states: np.ndarray, lengths: np.ndarray) -> _Masked:
        mask, _ = solution(states, lengths)
        return mask, means(states, mask[..., None], lengths)

    return masked


def _marked(mark: Callable[[np.ndarray, int], np.ndarray]) -> Callable[..., _Masked]:
    """Mark other steps, ``mark(lengths, time)``, and average those that are marked."""

    def masked(states: np.ndarray, lengths: np.ndarray) -> _Masked:
        mask = mark(lengths[:, None], states.shape[1]).astype(int)
        return mask, (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)

    return masked


def _turned(states: np.ndarray, lengths: np.ndarray) -> _Masked:
    mask, means = solution(states, lengths)
    return mask.T, means


def _inverted(states: np.ndarray, lengths: np.ndarray) -> _Masked:
    mask, means = solution(states, lengths)
    return 1 - mask, means


def _as_long_as_the_longest(states: np.ndarray, lengths: np.ndarray) -> _Masked:
    return solution(states[:, : lengths.max()], lengths)


def _first_length(states: np.ndarray, lengths: np.ndarray) -> _Masked:
    return solution(states, np.full(len(lengths), lengths[0]))


def _variants() -> list[Variant]:
    def summed(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
        out: np.ndarray = (states * mask).sum(axis=1)
        return out

    return [
        Variant(
            "the padding is among the states that are averaged",
            _averaged(lambda states, mask, n: states.mean(axis=1)),
        ),
        Variant(
            "the sum of the real states is divided by time, not by lengths",
            _averaged(lambda states, mask, n: (states * mask).mean(axis=1)),
        ),
        Variant(
            "the states are added up, not averaged",
            _averaged(lambda states, mask, n: summed(states, mask)),
        ),
        Variant(
            "the sum is divided by the number of all real steps of the batch",
            _averaged(lambda states, mask, n: summed(states, mask) / n.sum()),
        ),
        Variant(
            "the last real state is returned, not the mean",
            _averaged(lambda states, mask, n: states[np.arange(len(n)), n - 1]),
        ),
        Variant(
            "the largest real number of each unit is returned, not the mean",
            _averaged(lambda states, mask, n: np.where(mask, states, -np.inf).max(axis=1)),
        ),
        Variant(
            "the mask keeps one step too many, <= instead of <",
            _marked(lambda n, time: np.arange(time) <= n),
        ),
        Variant(
            "the mask keeps one step too few",
            _marked(lambda n, time: np.arange(time) < n - 1),
        ),
        Variant(
            "the mask keeps the last steps, as if the padding stood first",
            _marked(lambda n, time: np.arange(time) >= time - n),
        ),
        Variant(
            "the mask is 1 at the padding",
            _inverted,
            "Right for key_padding_mask of PyTorch's attention, where True marks the padding. This "
            "exercise asks for the real steps.",
        ),
        Variant(
            "the mask is 1 at the padding, and the padding is averaged",
            _marked(lambda n, time: np.arange(time) >= n),
        ),
        Variant("the mask is (time, batch)", _turned),
        Variant(
            "the mask is as wide as the longest sequence, not as the states",
            _as_long_as_the_longest,
        ),
        Variant("every sequence gets the length of the first", _first_length),
    ]


LADDER = Ladder(
    "pad_mask",
    pad_mask,
    solution,
    _rungs,
    _variants(),
    {"mask": ("example", "step"), "means": ("example", "unit")},
    _runs,
)
