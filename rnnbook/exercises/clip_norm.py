"""Write gradient clipping by norm in NumPy: one norm over all, and one factor for all.

The method is that of Pascanu et al. (2013), and PyTorch's :func:`torch.nn.utils.clip_grad_norm_`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Clipped = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def clip_norm(
    dW_xh: np.ndarray, dW_hh: np.ndarray, db: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Shorten a gradient to a norm of at most ``limit``, without turning it.

    The norm is that of all three together, as if they were one vector. If it is above ``limit``,
    all are multiplied by ``limit / norm``. Otherwise they stay as they are.

    Parameters
    ----------
    dW_xh, dW_hh, db : ndarray
        The gradient of each parameter: (hidden_size, input_size), (hidden_size, hidden_size) and
        (hidden_size,).
    limit : float
        The largest norm, above zero.

    Returns
    -------
    dW_xh, dW_hh, db : ndarray
        The clipped gradients, in new arrays.
    norm : float
        The norm before clipping, which is worth a line in a log.

    Examples
    --------
    The norm of (3, 4) is 5, twice as much as allowed.

    >>> import numpy as np
    >>> from rnnbook.exercises import clip_norm
    >>> *clipped, norm = clip_norm.solution(
    ...     np.array([[3.0]]), np.array([[4.0]]), np.array([0.0]), 2.5
    ... )
    >>> [part.tolist() for part in clipped], norm
    ([[[1.5]], [[2.0]], [0.0]], 5.0)
    """
    raise NotImplementedError("write the norm of all three, and the factor for all")


HINTS = (
    "The norm is the square root of the sum of all squares: add up (d**2).sum() of the three, then "
    "take one root.",
    "The factor is limit / norm if norm > limit, and 1 otherwise. A gradient of zeros needs no "
    "division.",
)


def solution(
    dW_xh: np.ndarray, dW_hh: np.ndarray, db: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return what :func:`clip_norm` asks for."""
    norm = float(np.sqrt((dW_xh**2).sum() + (dW_hh**2).sum() + (db**2).sum()))
    factor = limit / norm if norm > limit else 1.0
    return factor * dW_xh, factor * dW_hh, factor * db, norm


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from two numbers up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`clip_norm` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import clip_norm
    >>> def mine(dW_xh, dW_hh, db, limit):
    ...     *_, norm = clip_norm.solution(dW_xh, dW_hh, db, limit)
    ...     return *(np.clip(d, -limit, limit) for d in (dW_xh, dW_hh, db)), norm
    >>> clip_norm.check(mine).mistake
    'each number is clipped by its value, which turns the gradient'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(6)
    one, zero = np.array([[3.0]]), np.zeros((1, 1))
    wide = tuple(4 * numbers(rng, *shape) for shape in ((3, 2), (3, 3), (3,)))
    return [
        Rung("one number that is not zero", "the factor", (one, zero, zero[0], 2.0)),
        Rung("3 and 4", "one norm over two parameters", (one, one + 1, zero[0], 2.5)),
        Rung("1, -2 and 2", "the bias counts, and signs stay", (one / 3, -one + 1, zero[0] + 2, 1)),
        Rung("a small gradient", "it stays as it is", (0.1 * one, 0.1 * one, zero[0] + 0.2, 2.0)),
        Rung("a gradient of zeros", "no division by zero", (zero, zero, zero[0], 2.0)),
        Rung("three units, two inputs", "sizes that all differ", (*wide, 1.5)),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _normed(norm: Callable[[list[np.ndarray]], Any]) -> Callable[..., object]:
    """Clip with another norm, ``norm([dW_xh, dW_hh, db])``."""

    def clipped(*arguments: Any) -> object:
        *gradients, limit = arguments
        size = norm(gradients)
        factor = limit / size if size > limit else 1.0
        return *(factor * d for d in gradients), size

    return clipped


def _changed(
    change: Callable[[list[np.ndarray], float, float], Any], after: bool = False
) -> Callable[..., object]:
    """Change the gradients, ``change([dW_xh, dW_hh, db], limit, norm)``, and return some norm."""

    def clipped(*arguments: Any) -> object:
        *gradients, limit = arguments
        norm = solution(*arguments)[3]
        answer = [*change(gradients, limit, norm)]
        return *answer, _size(answer) if after else norm

    return clipped


def _size(gradients: list[np.ndarray]) -> Any:
    return np.sqrt(sum((d**2).sum() for d in gradients))


def _alone(d: np.ndarray, limit: float) -> np.ndarray:
    size = np.linalg.norm(d)
    return d * (limit / size) if size > limit else d


def _right(gradients: list[np.ndarray], limit: float, norm: float) -> Any:
    return (d * (limit / norm if norm > limit else 1.0) for d in gradients)


def _variants() -> list[Variant]:
    return [
        Variant(
            "each parameter is clipped by a norm of its own",
            _changed(lambda ds, limit, norm: (_alone(d, limit) for d in ds)),
        ),
        Variant(
            "each number is clipped by its value, which turns the gradient",
            _changed(lambda ds, limit, norm: (np.clip(d, -limit, limit) for d in ds)),
        ),
        Variant(
            "numbers above limit are cut, but those below -limit are not",
            _changed(lambda ds, limit, norm: (np.minimum(d, limit) for d in ds)),
        ),
        Variant(
            "a gradient below limit is stretched to it",
            _changed(lambda ds, limit, norm: (d * limit / norm for d in ds)),
        ),
        Variant(
            "the gradient gets norm 1: limit is missing in the factor",
            _changed(lambda ds, limit, norm: (d / norm if norm > limit else d for d in ds)),
        ),
        Variant(
            "all are divided by limit",
            _changed(lambda ds, limit, norm: (d / limit if norm > limit else d for d in ds)),
        ),
        Variant("nothing is clipped", _changed(lambda ds, limit, norm: ds)),
        Variant(
            "a large gradient is set to zero",
            _changed(lambda ds, limit, norm: (0 * d if norm > limit else d for d in ds)),
        ),
        Variant("the norm after clipping is returned", _changed(_right, after=True)),
        Variant("the root is left out", _normed(lambda ds: sum((d**2).sum() for d in ds))),
        Variant(
            "the norms of the parameters are added up",
            _normed(lambda ds: sum(np.linalg.norm(d) for d in ds)),
        ),
        Variant(
            "the largest norm of a parameter is taken for that of all",
            _normed(lambda ds: max(np.linalg.norm(d) for d in ds)),
        ),
        Variant(
            "the largest number is taken for the norm",
            _normed(lambda ds: max(np.abs(d).max() for d in ds)),
        ),
        Variant(
            "absolute values are added up, not squares",
            _normed(lambda ds: sum(np.abs(d).sum() for d in ds)),
        ),
        Variant(
            "the squares are averaged, not added up",
            _normed(lambda ds: np.sqrt((np.concatenate([d.ravel() for d in ds]) ** 2).mean())),
        ),
        Variant("the bias is missing in the norm", _normed(lambda ds: _size(ds[:2]))),
    ]


LADDER = Ladder(
    "clip_norm",
    clip_norm,
    solution,
    _rungs,
    _variants(),
    {
        "dW_xh": ("unit", "input"),
        "dW_hh": ("unit", "old unit"),
        "db": ("unit",),
        "norm": (),
    },
)
