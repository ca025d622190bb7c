"""Write an embedding in NumPy: rows that are looked up, and the gradient of the rows.

A lookup is what a one-hot vector times the matrix gives, without the vector.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Both = tuple[np.ndarray, np.ndarray]


def embed(ids: np.ndarray, W: np.ndarray, d_xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look up a row of ``W`` for each id, and return the gradient of ``W`` as well.

    The id 0 is padding. Its row is looked up like any other, and its gradient is zero, as in
    PyTorch with ``padding_idx=0``.

    Parameters
    ----------
    ids : ndarray
        (batch, time), integers from 0 to ``vocab_size - 1``. An id may come more than once.
    W : ndarray
        A row for each id, (vocab_size, embed_size).
    d_xs : ndarray
        The gradient of the loss for what is returned as ``xs``, (batch, time, embed_size).

    Returns
    -------
    xs : ndarray
        The rows, (batch, time, embed_size).
    dW : ndarray
        The gradient of the loss for ``W``, (vocab_size, embed_size).

    Examples
    --------
    The id 2 comes twice, so its row gets two gradients, which add up.

    >>> import numpy as np
    >>> from rnnbook.exercises import embed
    >>> W = np.array([[0.0], [0.1], [0.2]])
    >>> xs, dW = embed.solution(np.array([[2, 1, 2]]), W, np.array([[[3.0], [4.0], [5.0]]]))
    >>> xs.ravel().tolist(), dW.ravel().tolist()
    ([0.2, 0.1, 0.2], [0.0, 4.0, 8.0])
    """
    raise NotImplementedError("write the lookup, and the sum of the gradients of each row")


HINTS = (
    "W[ids] has the shape of ids, with embed_size as a further axis.",
    "dW[ids] += d_xs does not add up where an id comes twice: NumPy reads all rows, adds, and "
    "writes them back. np.add.at(dW, ids, d_xs) adds one after the other, and so does a loop.",
    "The other way is a product: one_hot.T @ d_xs, with one_hot of shape (batch * time, "
    "vocab_size). Then set the row of the padding to zero.",
)


def solution(ids: np.ndarray, W: np.ndarray, d_xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`embed` asks for."""
    # x_t = W^T onehot(id_t), which is row id_t of W
    xs = W[ids]
    # dW_i is the sum of dx_t over all t with id_t = i
    dW = np.zeros_like(W)
    np.add.at(dW, ids, d_xs)
    dW[0] = 0
    return xs, dW


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one id up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`embed` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import embed
    >>> def mine(ids, W, d_xs):
    ...     dW = np.zeros_like(W)
    ...     dW[ids] += d_xs
    ...     dW[0] = 0
    ...     return W[ids], dW
    >>> grade = embed.check(mine)
    >>> grade.rungs[grade.failed][0]
    'an id that comes twice'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(3)
    W, back = numbers(rng, 3, 3), numbers(rng, 2, 4, 3)

    def case(*rows: list[int]) -> tuple[np.ndarray, ...]:
        ids = np.array(rows)
        return ids, W, back[: ids.shape[0], : ids.shape[1]]

    wide = (
        np.array([[5, 1, 5, 2], [4, 4, 0, 0], [1, 5, 3, 0]]),
        numbers(rng, 6, 5),
        numbers(rng, 3, 4, 5),
    )
    return [
        Rung("one id", "a row, and which row its gradient goes to", case([2])),
        Rung("two ids", "time", case([2, 1])),
        Rung("an id that comes twice", "gradients add up", case([1, 2, 1])),
        Rung("an id that comes three times", "all of them add up", case([2, 2, 1, 2])),
        Rung("padding", "the row 0 is looked up and gets no gradient", case([2, 1, 0])),
        Rung("two sequences", "the batch", case([1, 2, 2, 1], [2, 1, 0, 0])),
        Rung("batch 3, time 4, 6 ids, 5 numbers a row", "sizes that all differ", wide),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _summed(
    change: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> Callable[..., _Both]:
    """Give another gradient, ``change(dW, ids, d_xs)``."""

    def both(ids: np.ndarray, W: np.ndarray, d_xs: np.ndarray) -> _Both:
        xs, dW = solution(ids, W, d_xs)
        return xs, change(dW, ids, d_xs)

    return both


def _looked_up(
    look: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Callable[..., _Both]:
    """Look up something else, ``look(ids, W)``."""
    return lambda ids, W, d_xs: (look(ids, W), solution(ids, W, d_xs)[1])


def _added(dW: np.ndarray, ids: np.ndarray, d_xs: np.ndarray) -> np.ndarray:
    """Return the gradient with that of the padding in it."""
    out = np.zeros_like(dW)
    np.add.at(out, ids, d_xs)
    return out


def _last(dW: np.ndarray, ids: np.ndarray, d_xs: np.ndarray) -> np.ndarray:
    out = np.zeros_like(dW)
    for i, row in zip(ids.ravel(), d_xs.reshape(-1, d_xs.shape[-1]), strict=True):
        out[i] = row
    out[0] = 0
    return out


def _last_with_padding(dW: np.ndarray, ids: np.ndarray, d_xs: np.ndarray) -> np.ndarray:
    out = _last(dW, ids, d_xs)
    if (ids == 0).any():
        out[0] = d_xs[ids == 0][-1]
    return out


def _first(dW: np.ndarray, ids: np.ndarray, d_xs: np.ndarray) -> np.ndarray:
    return _last(dW, ids.ravel()[::-1], d_xs.reshape(-1, d_xs.shape[-1])[::-1])


def _counted(dW: np.ndarray, ids: np.ndarray, d_xs: np.ndarray) -> np.ndarray:
    count = np.bincount(ids.ravel(), minlength=len(dW))
    out: np.ndarray = dW / np.maximum(count, 1)[:, None]
    return out


def _moved(ids: np.ndarray, W: np.ndarray, d_xs: np.ndarray) -> _Both:
    xs, dW = solution((ids - 1) % len(W), W, d_xs)
    return xs, dW


def _variants() -> list[Variant]:
    return [
        Variant(
            "of an id that comes more than once only the last gradient counts, as with "
            "dW[ids] += d_xs",
            _summed(_last),
        ),
        Variant(
            "of an id that comes more than once only the last gradient counts, and the padding "
            "gets one too",
            _summed(_last_with_padding),
        ),
        Variant(
            "of an id that comes more than once only the first gradient counts", _summed(_first)
        ),
        Variant("the gradient of a row is divided by how often its id comes", _summed(_counted)),
        Variant("the row of the padding gets a gradient", _summed(_added)),
        Variant(
            "the gradient is divided by the number of ids",
            _summed(lambda dW, ids, d_xs: dW / ids.size),
        ),
        Variant(
            "the gradient is divided by the batch", _summed(lambda dW, ids, d_xs: dW / len(ids))
        ),
        Variant("the gradient has the wrong sign", _summed(lambda dW, ids, d_xs: -dW)),
        Variant(
            "only the rows that were used are in the gradient",
            _summed(lambda dW, ids, d_xs: dW[np.unique(ids)]),
        ),
        Variant(
            "every row gets the whole gradient",
            _summed(lambda dW, ids, d_xs: 0 * dW + d_xs.sum(axis=(0, 1))),
        ),
        Variant(
            "the gradient goes into columns: dW is transposed",
            _summed(lambda dW, ids, d_xs: dW.T),
        ),
        Variant(
            "W after a step along the gradient is returned, not the gradient",
            lambda ids, W, d_xs: (W[ids], W - solution(ids, W, d_xs)[1]),
        ),
        Variant(
            "the row of the padding is looked up as zero",
            _looked_up(lambda ids, W: np.where((ids == 0)[..., None], 0, W[ids])),
        ),
        Variant("columns of W are looked up, not rows", _looked_up(lambda ids, W: W.T[ids])),
        Variant("ids are counted from 1", _moved),
        Variant(
            "the rows of a sequence are added up, as in a bag of words",
            _looked_up(lambda ids, W: W[ids].sum(axis=1)),
        ),
        Variant(
            "the rows stand with time first",
            _looked_up(lambda ids, W: W[ids].transpose(1, 0, 2)),
        ),
        Variant(
            "one-hot vectors are returned, not their product with W",
            _looked_up(lambda ids, W: np.eye(len(W))[ids]),
        ),
        Variant(
            "the rows are scaled by the root of embed_size",
            _looked_up(lambda ids, W: W[ids] * np.sqrt(W.shape[1])),
            "This is what comes out if the rows are scaled by the root of embed_size, as in a "
            "transformer (Vaswani et al., 2017, section 3.4). A plain lookup scales nothing.",
        ),
    ]


LADDER = Ladder(
    "embed",
    embed,
    solution,
    _rungs,
    _variants(),
    {"xs": ("example", "step", "feature"), "dW": ("id", "feature")},
)
