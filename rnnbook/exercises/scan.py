"""Write a scan in NumPy: every state of ``h_t = a_t h_{t-1} + b_t``, in any order you like.

A loop is right, and so is a way that joins steps in pairs (Blelloch, 1990, Prefix sums and their
applications, section 1.4): what counts is that the states are equal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def scan(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """Return h_1 to h_T of ``h_t = a_t * h_{t-1} + b_t``.

    Parameters
    ----------
    a, b : ndarray
        What each step keeps and adds, (time, hidden_size). A step may keep nothing, a_t = 0, or
        turn the sign.
    h_0 : ndarray
        The state before the first step, (hidden_size,).

    Returns
    -------
    ndarray
        (time, hidden_size).

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import scan
    >>> half, one = np.full((3, 1), 0.5), np.ones((3, 1))
    >>> scan.solution(half, one, np.zeros(1)).ravel()
    array([1.  , 1.5 , 1.75])
    """
    raise NotImplementedError("write a loop, or join steps in pairs, and return all states")


HINTS = (
    "Put h_0 into the first step: b_1 becomes a_1 * h_0 + b_1, and the rest starts from zero.",
    "Two steps in a row are one step again: (a_1, b_1) then (a_2, b_2) is "
    "(a_1 a_2, a_2 b_1 + b_2). The order matters.",
    "In round k, join each step with the one 2 ** k before it, where there is one. After log2(T) "
    "rounds, rounded up, b holds all states.",
)


def solution(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """Return what :func:`scan` asks for, in a number of rounds that grows with log2 of time."""
    a, b = a.copy(), b.copy()
    b[0] += a[0] * h_0
    span = 1
    while span < len(a):
        # (a_1, b_1) then (a_2, b_2) = (a_1 a_2, a_2 b_1 + b_2)
        b[span:] = a[span:] * b[:-span] + b[span:]
        a[span:] = a[span:] * a[:-span]
        span *= 2
    return b


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`scan` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import scan
    >>> def mine(a, b, h_0):
    ...     kept = np.cumprod(a, axis=0)
    ...     return kept * (h_0 + np.cumsum(b / kept, axis=0))
    >>> grade = scan.check(mine)
    >>> grade.rungs[grade.failed][0]
    'a step that keeps nothing'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(0)
    a, b, h = numbers(rng, 8, 1), numbers(rng, 8, 1), numbers(rng, 1)
    a = np.abs(a)  # the sign comes later
    signs = np.array([[1.0], [-1], [1], [-1], [-1], [1], [1], [-1]])
    reset = a.copy()
    reset[2] = 0
    # 1,500 factors of a half are less than the smallest number that 64 bits can hold
    long = (np.full((1500, 1), 0.5), np.tile(b[:3], (500, 1)), h)
    return [
        Rung("one step from zero", "b_1", (a[:1], b[:1], 0 * h)),
        Rung("one step from a state", "a_1 and h_0", (a[:1], b[:1], h)),
        Rung("two steps", "the order in which steps are joined", (a[:2], b[:2], h)),
        Rung("four steps", "all states, in order", (a[:4], b[:4], h)),
        Rung("seven steps", "a length that is no power of two", (a[:7], b[:7], h)),
        Rung("a step that keeps nothing", "a_3 = 0", (reset, b, h)),
        Rung("negative a", "the sign", (a * signs, b, h)),
        Rung(
            "two units",
            "each unit on its own",
            (numbers(rng, 5, 2), numbers(rng, 5, 2), numbers(rng, 2)),
        ),
        Rung("1,500 steps", "products too small for 64 bits", long),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _stepwise(step: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Take another step, ``step(a_t, b_t, h) -> h``."""

    def states(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
        h, found = h_0, []
        for t in range(len(a)):
            h = step(a[t], b[t], h)
            found.append(h)
        return np.stack(found)

    return states


def _doubled(
    join: Callable[..., tuple[np.ndarray, np.ndarray]], rounds: Callable[[int], int], wraps: bool
) -> Callable[..., np.ndarray]:
    """Join steps in pairs, ``join(a_1, b_1, a_2, b_2)``, in so many rounds."""

    def states(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
        a, b = a.copy(), b.copy()
        b[0] += a[0] * h_0
        for k in range(rounds(len(a))):
            span = 2**k
            new = join(np.roll(a, span, axis=0), np.roll(b, span, axis=0), a, b)
            joined = (np.arange(len(a)) >= span)[:, None] | wraps
            a, b = np.where(joined, new[0], a), np.where(joined, new[1], b)
        return b

    return states


def _join(
    a_1: np.ndarray, b_1: np.ndarray, a_2: np.ndarray, b_2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return a_1 * a_2, a_2 * b_1 + b_2


def _up(length: int) -> int:
    return int(np.ceil(np.log2(length)))


def _divided(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    kept = np.cumprod(a, axis=0)
    out: np.ndarray = kept * (h_0 + np.cumsum(b / kept, axis=0))
    return out


def _logged(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    kept = np.cumsum(np.log(a), axis=0)
    out: np.ndarray = np.exp(kept) * (h_0 + np.cumsum(b * np.exp(-kept), axis=0))
    return out


def _shifted(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return np.concatenate([h_0[None], solution(a, b, h_0)[:-1]])


def _late(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return solution(np.concatenate([a[:1], a[:-1]]), b, h_0)


def _variants() -> list[Variant]:
    return [
        Variant(
            "steps are joined in the wrong order, a_1 b_2 + b_1",
            _doubled(lambda a_1, b_1, a_2, b_2: (a_1 * a_2, a_1 * b_2 + b_1), _up, False),
        ),
        Variant(
            "steps are joined with the wrong factor, a_1 b_1 + b_2",
            _doubled(lambda a_1, b_1, a_2, b_2: (a_1 * a_2, a_1 * b_1 + b_2), _up, False),
        ),
        Variant(
            "the factors are not joined: a_2 is kept instead of a_1 a_2",
            _doubled(lambda a_1, b_1, a_2, b_2: (a_2, a_2 * b_1 + b_2), _up, False),
        ),
        Variant(
            "there is one round too few where time is no power of two",
            _doubled(_join, lambda length: int(np.log2(length)), False),
        ),
        Variant(
            "the first steps are joined with the last ones, as np.roll does",
            _doubled(_join, _up, True),
        ),
        Variant("everything is divided by the product of all a, which may be zero", _divided),
        Variant("the logarithm of a is taken, which has no sign and no zero", _logged),
        Variant("h_0 is ignored", lambda a, b, h_0: solution(a, b, 0 * h_0)),
        Variant(
            "h_0 is added without a_1",
            lambda a, b, h_0: solution(a, np.concatenate([b[:1] + h_0, b[1:]]), 0 * h_0),
        ),
        Variant(
            "h_0 is added to every state",
            lambda a, b, h_0: solution(a, b, 0 * h_0) + h_0,
        ),
        Variant("a multiplies b too, a_t (h + b_t)", _stepwise(lambda a, b, h: a * (h + b))),
        Variant("b_t is weighted with 1 - a_t", _stepwise(lambda a, b, h: a * h + (1 - a) * b)),
        Variant("a is left out, so that b adds up", _stepwise(lambda a, b, h: h + b)),
        Variant(
            "every step starts from h_0, so that no state is passed on",
            lambda a, b, h_0: a * h_0 + b,
        ),
        Variant("h_0 is returned as the first state, and h_T is lost", _shifted),
        Variant("each step uses the a of the step before", _late),
        Variant(
            "time runs from the last step to the first",
            lambda a, b, h_0: solution(a[::-1], b[::-1], h_0)[::-1],
        ),
        Variant("only the last state is returned", lambda a, b, h_0: solution(a, b, h_0)[-1]),
    ]


LADDER = Ladder("scan", scan, solution, _rungs, _variants(), {"hs": ("step", "unit")})
