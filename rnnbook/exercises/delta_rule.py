"""Write linear attention with the delta rule in NumPy: a memory that corrects what it holds.

Schlag, Irie and Schmidhuber (2021), Linear transformers are secretly fast weight programmers; the
rule is that of Widrow and Hoff (1960).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def delta_rule(qs: np.ndarray, ks: np.ndarray, vs: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """Write each value under its key, then read with the query of the same step.

    The memory ``S``, (value_size, key_size), begins at zero. In each step::

        S_t = S_{t-1} + beta_t (v_t - S_{t-1} k_t) k_t^T
        o_t = S_t q_t

    Parameters
    ----------
    qs, ks : ndarray
        Queries and keys, (time, key_size), used as they are: nothing is scaled.
    vs : ndarray
        Values, (time, value_size).
    betas : ndarray
        How much of the correction is written, (time,), between 0 and 1.

    Returns
    -------
    ndarray
        o_1 to o_T, (time, value_size).

    Examples
    --------
    A key of length one written twice with a beta of 1 holds what was written last.

    >>> import numpy as np
    >>> from rnnbook.exercises import delta_rule
    >>> key = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> delta_rule.solution(key, key, np.array([[5.0], [7.0]]), np.ones(2)).ravel()
    array([5., 7.])
    """
    raise NotImplementedError("write the loop that corrects the memory and reads it")


HINTS = (
    "S @ k is what the memory holds under the key so far. The difference to v is what is written.",
    "np.outer(difference, k) has the shape of S, (value_size, key_size).",
    "Read after writing: o_t comes from the new S.",
)


def solution(qs: np.ndarray, ks: np.ndarray, vs: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """Return what :func:`delta_rule` asks for."""
    S = np.zeros((vs.shape[1], ks.shape[1]))
    outputs = []
    for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
        # S_t = S_{t-1} + beta_t (v_t - S_{t-1} k_t) k_t^T
        S = S + beta * np.outer(v - S @ k, k)
        # o_t = S_t q_t
        outputs.append(S @ q)
    return np.stack(outputs)


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one write up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`delta_rule` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    A sum of all writes is linear attention, and differs once a key comes back.

    >>> import numpy as np
    >>> from rnnbook.exercises import delta_rule
    >>> def mine(qs, ks, vs, betas):
    ...     return np.tril(qs @ ks.T * betas) @ vs
    >>> delta_rule.check(mine).mistake
    'nothing is taken off: this is linear attention without the delta rule'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(0)
    unit, other = np.array([[0.6, 0.8]]), np.array([[-0.8, 0.6]])
    query, values = numbers(rng, 3, 2), numbers(rng, 3, 2)
    one = np.ones(3)
    apart, twice = np.concatenate([unit, other]), np.concatenate([unit, unit])
    return [
        Rung(
            "one write, read with its key",
            "what is written, and which way round",
            (unit, unit, values[:1], one[:1]),
        ),
        Rung(
            "one write, another query",
            "what is read, and with what",
            (query[:1], unit, values[:1], one[:1]),
        ),
        Rung("beta one half", "how much is written", (query[:1], unit, values[:1], one[:1] / 2)),
        Rung(
            "two keys at a right angle",
            "the memory is kept",
            (query[:2], apart, values[:2], one[:2]),
        ),
        Rung(
            "the same key twice",
            "the new value replaces the old one",
            (query[:2], twice, values[:2], one[:2]),
        ),
        Rung(
            "keys at any angle, any beta",
            "the correction is what beta scales",
            (query, numbers(rng, 3, 2), values, np.array([0.9, 0.4, 0.7])),
        ),
        Rung(
            "time 5, key 3, value 4",
            "sizes that all differ",
            (numbers(rng, 5, 3), numbers(rng, 5, 3), numbers(rng, 5, 4), np.abs(numbers(rng, 5))),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _memory(
    write: Callable[..., np.ndarray],
    read: Callable[..., np.ndarray] = lambda S, old, q, k: S @ q,
) -> Callable[..., np.ndarray]:
    """Write and read in another way, ``write(S, q, k, v, beta)`` and ``read(S, old, q, k)``."""

    def outputs(qs: np.ndarray, ks: np.ndarray, vs: np.ndarray, betas: np.ndarray) -> np.ndarray:
        S = np.zeros((vs.shape[1], ks.shape[1]))
        found = []
        for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
            S, old = write(S, q, k, v, beta), S
            found.append(read(S, old, q, k))
        return np.stack(found)

    return outputs


def _right(S: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, beta: float) -> np.ndarray:
    out: np.ndarray = S + beta * np.outer(v - S @ k, k)
    return out


def _softmaxed(qs: np.ndarray, ks: np.ndarray, vs: np.ndarray, betas: np.ndarray) -> np.ndarray:
    scores = np.where(np.tri(len(qs)) > 0, qs @ ks.T, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: np.ndarray = weights / weights.sum(axis=1, keepdims=True) @ vs
    return out


def _long(ks: np.ndarray) -> np.ndarray:
    out: np.ndarray = ks / np.linalg.norm(ks, axis=1, keepdims=True)
    return out


def _variants() -> list[Variant]:
    outer = np.outer
    return [
        Variant(
            "nothing is taken off: this is linear attention without the delta rule",
            _memory(lambda S, q, k, v, beta: S + beta * outer(v, k)),
        ),
        Variant(
            "nothing is taken off and beta is left out: this is linear attention",
            _memory(lambda S, q, k, v, beta: S + outer(v, k)),
        ),
        Variant("beta is left out", _memory(lambda S, q, k, v, beta: _right(S, q, k, v, 1))),
        Variant(
            "beta scales the new value, but the old one is taken off whole",
            _memory(lambda S, q, k, v, beta: S + outer(beta * v - S @ k, k)),
        ),
        Variant(
            "beta scales what is taken off, but the new value is written whole",
            _memory(lambda S, q, k, v, beta: S + outer(v - beta * (S @ k), k)),
        ),
        Variant(
            "the whole memory decays, (1 - beta) S + beta v k^T",
            _memory(lambda S, q, k, v, beta: (1 - beta) * S + beta * outer(v, k)),
        ),
        Variant(
            "each write replaces the whole memory",
            _memory(lambda S, q, k, v, beta: _right(0 * S, q, k, v, beta)),
        ),
        Variant(
            "the old value is added, v + S k, instead of taken off",
            _memory(lambda S, q, k, v, beta: S + beta * outer(v + S @ k, k)),
        ),
        Variant(
            "the correction has the wrong sign, S k - v",
            _memory(lambda S, q, k, v, beta: S + beta * outer(S @ k - v, k)),
        ),
        Variant(
            "the memory is read before it is written",
            _memory(_right, lambda S, old, q, k: old @ q),
        ),
        Variant("the memory is read with the key", _memory(_right, lambda S, old, q, k: S @ k)),
        Variant(
            "the correction is computed with the query, v - S q",
            _memory(lambda S, q, k, v, beta: S + beta * outer(v - S @ q, k)),
        ),
        Variant(
            "the value is written under the query, not under the key",
            _memory(lambda S, q, k, v, beta: S + beta * outer(v - S @ q, q)),
        ),
        Variant(
            "the outer product is transposed, k v^T",
            _memory(lambda S, q, k, v, beta: S + beta * outer(k, v - S @ k)),
        ),
        Variant(
            "the memory is read transposed, S^T q",
            _memory(_right, lambda S, old, q, k: S.T @ q),
        ),
        Variant(
            "the key acts from the other side, (I - beta k k^T) S",
            _memory(lambda S, q, k, v, beta: S - beta * outer(k, k) @ S + beta * outer(v, k)),
        ),
        Variant(
            "the output is divided by the square root of key_size",
            lambda qs, *rest: solution(qs / np.sqrt(qs.shape[1]), *rest),
        ),
        Variant(
            "the keys are scaled to length one",
            lambda qs, ks, *rest: solution(qs, _long(ks), *rest),
        ),
        Variant("this is softmax attention over the steps so far", _softmaxed),
    ]


LADDER = Ladder("delta_rule", delta_rule, solution, _rungs, _variants(), {"os": ("step", "unit")})
