"""Write the loss of padded sequences in NumPy: the mean cross-entropy of the real steps.

PyTorch computes it with :func:`torch.nn.functional.cross_entropy` once the padding of the targets
is ``ignore_index``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def masked_loss(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    """Return the mean of ``-log softmax(logits)[target]`` in nats, over all real steps of a batch.

    Parameters
    ----------
    logits : ndarray
        (batch, time, vocab_size), any real numbers, however large.
    targets : ndarray
        The right symbol at each step, (batch, time), integers from 0 to vocab_size - 1.
    lengths : ndarray
        (batch,), integers of at least 1. Only the first ``lengths[i]`` steps of sequence i are
        real, and what follows them must change nothing.

    Returns
    -------
    float
        The mean over the real steps, each with the same weight.

    Examples
    --------
    Equal logits for four symbols: log 4 at each step, however long the sequences are.

    >>> import numpy as np
    >>> from rnnbook.exercises import masked_loss
    >>> logits, targets = np.zeros((2, 3, 4)), np.zeros((2, 3), dtype=int)
    >>> round(float(masked_loss.solution(logits, targets, np.array([3, 1]))), 4)
    1.3863
    """
    raise NotImplementedError("write the log-softmax, pick the targets, and average the real steps")


HINTS = (
    "log softmax(z) is z - log(sum(exp(z))). Take the largest logit off z first: the result is the "
    "same, and exp no longer overflows.",
    "np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0] picks the target's number.",
    "The mask is np.arange(time) < lengths[:, None]. Divide the sum over it by the number of real "
    "steps.",
)


def solution(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    """Return what :func:`masked_loss` asks for."""
    real = np.arange(logits.shape[1]) < lengths[:, None]
    return float(_losses(logits, targets)[real].mean())


def _losses(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return ``-log softmax(logits)[target]`` at each step, (batch, time)."""
    # log softmax(z) = z - log(sum(exp(z))), the same for z - max(z)
    z = logits - logits.max(axis=-1, keepdims=True)
    log_probs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    out: np.ndarray = -np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0]
    return out


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up to padding, and name the mistake in the first to fail.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`masked_loss` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import masked_loss
    >>> def mine(logits, targets, lengths):
    ...     return masked_loss.solution(logits, targets, np.full(len(lengths), logits.shape[1]))
    >>> masked_loss.check(mine).mistake
    'the padding is not masked'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(0)
    logits, targets = 2 * numbers(rng, 2, 4, 3), rng.randint(1, 3, (2, 4))
    padding = np.arange(4) >= np.array([4, 2])[:, None]
    zeros = np.where(padding, 0, targets)  # the padding is a symbol of its own, as in most batches
    spoken = zeros.copy()
    spoken[0, 1] = 0  # and here it is a symbol like any other
    loud = np.where(padding[..., None], 50 * logits, logits)
    both, ragged = np.array([4, 4]), np.array([4, 2])
    return [
        Rung(
            "one step", "softmax, logarithm, sign", (logits[:1, :1], targets[:1, :1], both[:1] // 4)
        ),
        Rung(
            "one step, logits of 1000",
            "no overflow",
            (np.array([[[1000.0, 998.0, 0.0]]]), np.array([[1]]), np.array([1])),
        ),
        Rung("four steps", "the mean over time", (logits[:1], targets[:1], both[:1])),
        Rung("two sequences", "the mean over the batch", (logits, targets, both)),
        Rung("lengths 4 and 2", "padding, and what to divide by", (logits, zeros, ragged)),
        Rung(
            "symbol 0 among the real targets, large logits in the padding",
            "the lengths say what is padding, not the targets",
            (loud, spoken, ragged),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _averaged(
    mean: Callable[[np.ndarray, np.ndarray, np.ndarray], object],
) -> Callable[..., object]:
    """Average the right losses in another way, ``mean(losses, real, targets)``."""

    def loss(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> object:
        real = np.arange(logits.shape[1]) < lengths[:, None]
        return mean(_losses(logits, targets), real, targets)

    return loss


def _measured(losses: Callable[..., np.ndarray]) -> Callable[..., object]:
    """Average other losses over the real steps, ``losses(logits, targets)``."""

    def loss(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> object:
        real = np.arange(logits.shape[1]) < lengths[:, None]
        return losses(logits, targets)[real].mean()

    return loss


def _picked(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.take_along_axis(values, targets[..., None], axis=-1)[..., 0]
    return out


def _softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    out: np.ndarray = e / e.sum(axis=axis, keepdims=True)
    return out


def _naive(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    e = np.exp(logits)
    out: np.ndarray = -np.log(_picked(e / e.sum(axis=-1, keepdims=True), targets))
    return out


def _late(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.log(np.exp(logits).sum(axis=-1)) - _picked(logits, targets)
    return out


def _spread(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray, by: int) -> object:
    return solution(logits, targets, lengths + by)


def _variants() -> list[Variant]:
    return [
        Variant("the padding is not masked", _averaged(lambda L, real, y: L.mean())),
        Variant(
            "the masked losses are divided by all steps, the padding's too",
            _averaged(lambda L, real, y: (L * real).mean()),
        ),
        Variant(
            "each sequence has the same weight: a mean of the means",
            _averaged(lambda L, real, y: ((L * real).sum(1) / real.sum(1)).mean()),
        ),
        Variant(
            "the mask is read from the targets, targets != 0",
            _averaged(lambda L, real, y: L[y != 0].mean()),
        ),
        Variant(
            "the mask keeps one step too many, <= instead of <",
            lambda logits, targets, lengths: _spread(logits, targets, lengths, 1),
        ),
        Variant(
            "the mask keeps one step too few",
            lambda logits, targets, lengths: _spread(logits, targets, lengths, -1),
        ),
        Variant("the mask is the wrong way round", _averaged(lambda L, real, y: L[~real].mean())),
        Variant(
            "the losses are added up, not averaged", _averaged(lambda L, real, y: L[real].sum())
        ),
        Variant(
            "the sum is divided by the number of sequences",
            _averaged(lambda L, real, y: L[real].sum() / len(L)),
        ),
        Variant(
            "one loss for each sequence is returned",
            _averaged(lambda L, real, y: (L * real).sum(1) / real.sum(1)),
        ),
        Variant(
            "one loss for each step is returned",
            _averaged(lambda L, real, y: L * real),
        ),
        Variant("exp overflows, because the largest logit is not taken off", _measured(_naive)),
        Variant(
            "exp overflows in log(sum(exp(z))), because the largest logit is not taken off",
            _measured(_late),
        ),
        Variant(
            "the softmax is left out, and the logit is taken for its result",
            _measured(lambda z, y: -_picked(z, y)),
        ),
        Variant(
            "the logarithm is left out, and the probability itself is averaged",
            _measured(lambda z, y: _picked(_softmax(z), y)),
        ),
        Variant(
            "the logarithm is left out, and minus the probability is averaged",
            _measured(lambda z, y: -_picked(_softmax(z), y)),
        ),
        Variant("the minus sign is left out", _measured(lambda z, y: -_losses(z, y))),
        Variant("the logarithm has base 2", _measured(lambda z, y: _losses(z, y) / np.log(2))),
        Variant(
            "softmax is taken twice",
            _measured(lambda z, y: _losses(_softmax(z), y)),
        ),
        Variant(
            "softmax runs over the time axis, not over the symbols",
            _measured(lambda z, y: -np.log(_picked(_softmax(z, axis=1), y))),
        ),
    ]


LADDER = Ladder("masked_loss", masked_loss, solution, _rungs, _variants(), {"loss": ()})
