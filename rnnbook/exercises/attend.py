"""Write attention in NumPy: scores, a mask, a softmax, a weighted mean.

Scaled dot products, as in Vaswani et al. (2017), eq. 1, for one query: a decoder's state, say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Both = tuple[np.ndarray, np.ndarray]


def attend(
    query: np.ndarray, keys: np.ndarray, values: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mix the values of each sequence, each as much as its key fits the query.

    A score is the dot product of query and key, divided by the square root of ``size``. The weights
    are a softmax of the scores over the real steps. Scores may be as large as 1000.

    Parameters
    ----------
    query : ndarray
        One for each sequence, (batch, size).
    keys : ndarray
        (batch, time, size), padded at the end.
    values : ndarray
        (batch, time, value_size), padded at the end.
    lengths : ndarray
        (batch,), integers of at least 1. Only the first ``lengths[i]`` steps of sequence i may be
        looked at.

    Returns
    -------
    context : ndarray
        The weighted mean of the values, (batch, value_size).
    weights : ndarray
        (batch, time). Those of a sequence sum to one, and those of padding are zero.

    Examples
    --------
    The query fits both real keys equally well. The third step is padding.

    >>> import numpy as np
    >>> from rnnbook.exercises import attend
    >>> keys, values = np.ones((1, 3, 4)), np.array([[[1.0], [3.0], [100.0]]])
    >>> context, weights = attend.solution(np.ones((1, 4)), keys, values, np.array([2]))
    >>> context.tolist(), weights.tolist()
    ([[2.0]], [[0.5, 0.5, 0.0]])
    """
    raise NotImplementedError("write the scores, the mask, the softmax and the weighted mean")


HINTS = (
    "np.einsum('bs,bts->bt', query, keys) holds the dot products. The mask is "
    "np.arange(time) < lengths[:, None].",
    "Mask before the softmax: a score of -np.inf has the weight exp(-inf) = 0. A score of 0 does "
    "not, because exp(0) is 1.",
    "exp(1000) is too large for 64 bits. Subtract the largest score of each sequence first: the "
    "weights stay the same.",
)


def solution(
    query: np.ndarray, keys: np.ndarray, values: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`attend` asks for."""
    # e_t = q . k_t / sqrt(size)
    e = np.einsum("bs,bts->bt", query, keys) / np.sqrt(query.shape[1])
    e = np.where(np.arange(e.shape[1]) < lengths[:, None], e, -np.inf)
    # alpha_t = exp(e_t) / sum_k exp(e_k), which no constant that is added to all e changes
    alpha = np.exp(e - e.max(axis=1, keepdims=True))
    alpha /= alpha.sum(axis=1, keepdims=True)
    # c = sum_t alpha_t v_t
    return np.einsum("bt,btv->bv", alpha, values), alpha


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from two steps up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`attend` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import attend
    >>> def mine(query, keys, values, lengths):
    ...     e = np.einsum("bs,bts->bt", query, keys) / np.sqrt(query.shape[1])
    ...     alpha = np.exp(e - e.max(axis=1, keepdims=True))
    ...     alpha = alpha / alpha.sum(axis=1, keepdims=True)
    ...     alpha = alpha * (np.arange(e.shape[1]) < lengths[:, None])
    ...     return np.einsum("bt,btv->bv", alpha, values), alpha
    >>> attend.check(mine).mistake
    'the mask comes after the softmax, so that the weights do not sum to one'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(4)
    query, keys, values = 2 * numbers(rng, 2, 2), numbers(rng, 2, 3, 2), numbers(rng, 2, 3, 2)
    three_two, one = np.array([3, 2]), np.ones((2, 2))
    real = (np.arange(3) < three_two[:, None])[..., None]
    wide = (numbers(rng, 3, 4), numbers(rng, 3, 5, 4), numbers(rng, 3, 5, 2), np.array([2, 5, 1]))
    large = np.array([[[700.0], [900.0], [800.0]]])
    return [
        Rung(
            "one step",
            "a weight of one, and the value itself",
            (query[:1], keys[:1, :1], values[:1, :1], np.array([1])),
        ),
        Rung(
            "two steps",
            "the scores, their scale and the softmax",
            (query[:1], keys[:1, :2], values[:1, :2], np.array([2])),
        ),
        Rung("two sequences", "each on its own", (query, keys, values, np.array([3, 3]))),
        Rung(
            "lengths 3 and 2",
            "zeros in the padding",
            (query, keys * real, values * real, three_two),
        ),
        Rung("numbers in the padding", "they change nothing", (query, keys, values, three_two)),
        Rung(
            "scores of 900 and less",
            "exponentials too large for 64 bits",
            (one[:1, :1], large, values[:1], np.array([3])),
        ),
        Rung(
            "one sequence with scores of 900, one of -900",
            "exponentials too small for 64 bits",
            (one[:, :1], np.concatenate([large, -large]), values, np.array([3, 3])),
        ),
        Rung(
            "a score of 700 in the padding",
            "it changes nothing either",
            (one[:1, :1], np.array([[[-100.0], [-100.5], [700.0]]]), values[:1], np.array([2])),
        ),
        Rung("batch 3, time 5, size 4, values of 2", "sizes that all differ", wide),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _scored(query: np.ndarray, keys: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.einsum("bs,bts->bt", query, keys) / np.sqrt(query.shape[1])
    return out


def _weighted(
    weigh: Callable[[np.ndarray, np.ndarray], np.ndarray],
    scale: Callable[[int], float] = np.sqrt,
) -> Callable[..., _Both]:
    """Weigh in another way, ``weigh(scores, real)``, or scale by something else."""

    def both(query: np.ndarray, keys: np.ndarray, values: np.ndarray, lengths: np.ndarray) -> _Both:
        e = np.einsum("bs,bts->bt", query, keys) / scale(query.shape[1])
        alpha = weigh(e, np.arange(e.shape[1]) < lengths[:, None])
        return np.einsum("bt,btv->bv", alpha, values), alpha

    return both


def _softmax(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    e = np.where(real, e, -np.inf)
    alpha = np.exp(e - e.max(axis=1, keepdims=True))
    out: np.ndarray = alpha / alpha.sum(axis=1, keepdims=True)
    return out


def _plain(e: np.ndarray) -> np.ndarray:
    """Return a softmax over all steps, padding included."""
    return _softmax(e, np.ones_like(e, dtype=bool))


def _normed(raw: np.ndarray, real: np.ndarray) -> np.ndarray:
    raw = np.where(real, raw, 0)
    out: np.ndarray = raw / raw.sum(axis=1, keepdims=True)
    return out


def _naive(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    return _normed(np.exp(e), real)


def _shifted(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Subtract the largest score, that of padding too."""
    return _normed(np.exp(e - e.max(axis=1, keepdims=True)), real)


def _shifted_by_all(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    return _normed(np.exp(e - e.max()), real)


def _by_columns(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    e = np.where(real, e, -np.inf)
    alpha = np.exp(e - e.max(axis=0))
    out: np.ndarray = alpha / alpha.sum(axis=0)
    return out


def _by_all(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    alpha = np.where(real, np.exp(e - e[real].max()), 0)
    out: np.ndarray = alpha / alpha.sum()
    return out


def _hardest(e: np.ndarray, real: np.ndarray) -> np.ndarray:
    e = np.where(real, e, -np.inf)
    out: np.ndarray = np.eye(e.shape[1])[e.argmax(axis=1)]
    return out


def _long(x: np.ndarray) -> np.ndarray:
    out: np.ndarray = x / np.linalg.norm(x, axis=-1, keepdims=True)
    return out


def _variants() -> list[Variant]:
    def scaled(scale: Callable[[int], float]) -> Callable[..., _Both]:
        return _weighted(_softmax, scale)

    def moved(by: int) -> Callable[..., _Both]:
        def both(q: np.ndarray, k: np.ndarray, v: np.ndarray, lengths: np.ndarray) -> _Both:
            return solution(q, k, v, np.clip(lengths + by, 0, k.shape[1]))

        return both

    return [
        Variant("the padding is not masked", _weighted(lambda e, real: _plain(e))),
        Variant(
            "the scores of padding are set to 0 before the softmax, and exp(0) is 1",
            _weighted(lambda e, real: _plain(e * real)),
        ),
        Variant(
            "the scores of padding are set to 0 before a softmax that overflows",
            _weighted(lambda e, real: _naive(e * real, real | True)),
        ),
        Variant(
            "the mask comes after the softmax, so that the weights do not sum to one",
            _weighted(lambda e, real: _plain(e) * real),
        ),
        Variant(
            "the mask is upside down: only the padding is looked at",
            _weighted(lambda e, real: _softmax(e, ~real | real.all(axis=1, keepdims=True))),
        ),
        Variant("the mask keeps one step too many, <= instead of <", moved(1)),
        Variant("the mask keeps one step too few", moved(-1)),
        Variant(
            "exp is taken of the scores as they are, which overflows or leaves 0 / 0",
            _weighted(_naive),
        ),
        Variant(
            "the largest score that is subtracted may be one of the padding, which leaves 0 / 0",
            _weighted(_shifted),
        ),
        Variant(
            "the largest score of the whole batch is subtracted, which leaves 0 / 0 in a sequence "
            "of small ones",
            _weighted(_shifted_by_all),
        ),
        Variant("the scores are not scaled", scaled(lambda size: 1.0)),
        Variant("the scores are divided by size, not by its root", scaled(lambda size: size)),
        Variant(
            "the scores are multiplied by the root of size", scaled(lambda size: 1 / np.sqrt(size))
        ),
        Variant(
            "the scores are scaled by the root of time",
            lambda q, k, v, n: solution(q * np.sqrt(q.shape[1] / k.shape[1]), k, v, n),
        ),
        Variant(
            "there is no softmax: the scores are the weights",
            _weighted(lambda e, real: e * real),
        ),
        Variant("the scores are divided by their sum, without exp", _weighted(_normed)),
        Variant("the softmax runs over the batch, not over time", _weighted(_by_columns)),
        Variant("the weights of all sequences together sum to one", _weighted(_by_all)),
        Variant("the sign of the scores is wrong", lambda q, k, v, n: solution(-q, k, v, n)),
        Variant("only the best step is looked at", _weighted(_hardest)),
        Variant(
            "all real steps have the same weight",
            _weighted(lambda e, real: _softmax(0 * e, real)),
        ),
        Variant(
            "each score goes through a sigmoid, so that the weights do not sum to one",
            _weighted(lambda e, real: real * 0.5 * (1 + np.tanh(e / 2))),
        ),
        Variant(
            "the keys are mixed, not the values",
            lambda q, k, v, n: (solution(q, k, k, n)[0], solution(q, k, v, n)[1]),
        ),
        Variant(
            "query and keys are scaled to length one: the scores are cosines",
            lambda q, k, v, n: solution(_long(q) * np.sqrt(q.shape[1]), _long(k), v, n),
        ),
    ]


LADDER = Ladder(
    "attend",
    attend,
    solution,
    _rungs,
    _variants(),
    {"context": ("example", "feature"), "weights": ("example", "step")},
)
