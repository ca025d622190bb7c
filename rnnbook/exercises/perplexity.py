"""Write the perplexity of a language model in NumPy: how many symbols it hesitates between.

Jelinek et al. (1977), Perplexity: a measure of the difficulty of speech recognition tasks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant
from rnnbook.exercises.grade import Grade


def perplexity(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    """Return ``exp(-mean(log p))``, the mean taken over all real symbols of all sequences.

    Parameters
    ----------
    log_probs : ndarray
        The natural logarithm of the probability that the model gave to each right symbol,
        (batch, time).
    lengths : ndarray
        (batch,), integers of at least 1. Only the first ``lengths[i]`` symbols of sequence i count.

    Returns
    -------
    float
        At least 1. A model that always hesitates between k equal symbols has k.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import perplexity
    >>> log_probs = np.log([[0.5, 0.125]])
    >>> round(float(perplexity.solution(log_probs, np.array([2]))), 3)
    4.0
    """
    raise NotImplementedError("write the mean over the real symbols, then its exponential")


HINTS = (
    "Perplexity is the exponential of the mean cross-entropy in nats, and that is a mean over "
    "symbols, not over sequences.",
    "The mask is np.arange(time) < lengths[:, None].",
    "First the mean of -log p over all real symbols, then one exponential of it.",
)


def solution(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    """Return what :func:`perplexity` asks for."""
    real = np.arange(log_probs.shape[1]) < lengths[:, None]
    # PP = exp(-1/N sum log p), over all N real symbols
    return float(np.exp(-log_probs[real].mean()))


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one symbol up to padding; name the mistake in the first to fail.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`perplexity` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import perplexity
    >>> perplexity.check(lambda log_probs, lengths: np.exp(-log_probs).mean()).mistake
    'exp comes before the mean'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    four = np.array([[-0.5, -2.0, -0.1, -1.4], [-3.0, -0.2, -0.7, -2.5]])
    padded = four * (np.arange(4) < np.array([4, 2])[:, None])  # the padding holds zeros
    noisy = np.where(padded == 0, -9.0, padded)
    return [
        Rung("one token", "the exponential, its sign and its base", (four[:1, :1], np.array([1]))),
        Rung("four tokens", "the mean over time", (four[:1], np.array([4]))),
        Rung("two sequences", "the mean over the batch", (four, np.array([4, 4]))),
        Rung("lengths 4 and 2", "padding, and what to divide by", (padded, np.array([4, 2]))),
        Rung("numbers in the padding", "they change nothing", (noisy, np.array([4, 2]))),
        Rung(
            "a probability of one",
            "a real zero is no padding",
            (np.array([[-1.0, 0.0, -2.0]]), np.array([3])),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _over(
    value: Callable[[np.ndarray, np.ndarray], object],
) -> Callable[[np.ndarray, np.ndarray], object]:
    """Compute something else from the numbers and the mask."""

    def measure(log_probs: np.ndarray, lengths: np.ndarray) -> object:
        return value(log_probs, np.arange(log_probs.shape[1]) < lengths[:, None])

    return measure


def _each(p: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return the mean of the real symbols of each sequence."""
    out: np.ndarray = (p * real).sum(axis=1) / real.sum(axis=1)
    return out


def _variants() -> list[Variant]:
    exp = np.exp
    return [
        Variant("exp comes before the mean", lambda p, lengths: exp(-p).mean()),
        Variant(
            "exp comes before the mean over the real symbols", _over(lambda p, m: exp(-p[m]).mean())
        ),
        Variant(
            "each sequence has a perplexity of its own, and these are averaged",
            _over(lambda p, m: exp(-_each(p, m)).mean()),
        ),
        Variant(
            "each sequence has the same weight: a mean of the means",
            _over(lambda p, m: exp(-_each(p, m).mean())),
        ),
        Variant(
            "one perplexity for each sequence is returned", _over(lambda p, m: exp(-_each(p, m)))
        ),
        Variant("the padding is counted", lambda p, lengths: exp(-p.mean())),
        Variant(
            "the padding is set to zero but counted in the mean",
            _over(lambda p, m: exp(-(p * m).mean())),
        ),
        Variant("zeros are taken for padding", lambda p, lengths: exp(-p[p != 0].mean())),
        Variant(
            "the mask keeps one symbol too many, <= instead of <",
            lambda p, lengths: solution(p, lengths + 1),
        ),
        Variant("the mask keeps one symbol too few", lambda p, lengths: solution(p, lengths - 1)),
        Variant("the minus sign is left out", lambda p, lengths: 1 / solution(p, lengths)),
        Variant(
            "2 is raised to nats: the base is not that of the logarithm",
            _over(lambda p, m: 2 ** -p[m].mean()),
        ),
        Variant("exp is left out, so this is the cross-entropy", _over(lambda p, m: -p[m].mean())),
        Variant("exp is taken of the sum, not of the mean", _over(lambda p, m: exp(-p[m].sum()))),
        Variant(
            "the sum is divided by the number of sequences",
            _over(lambda p, m: exp(-p[m].sum() / len(p))),
        ),
        Variant(
            "the numbers are taken for probabilities, and their logarithm once more",
            _over(lambda p, m: exp(-np.log(p[m]).mean())),
        ),
    ]


LADDER = Ladder("perplexity", perplexity, solution, _rungs, _variants(), {"perplexity": ()})
