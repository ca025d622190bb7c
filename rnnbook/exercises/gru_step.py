"""Write one step of a GRU in NumPy, in PyTorch's convention, which is one of several.

Cho et al. (2014) as :class:`torch.nn.GRUCell` computes it: the update gate keeps, and the reset
gate acts after the product with ``W_hh``.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def gru_step(
    x: np.ndarray,
    h: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> np.ndarray:
    """Return the next state of a GRU.

    The rows of ``W_xh``, ``W_hh``, ``b_xh`` and ``b_hh`` are three blocks: reset, update,
    candidate. With ``W_xr`` for the first block of ``W_xh``, and so on::

        r = sigmoid(W_xr x + b_xr + W_hr h + b_hr)
        z = sigmoid(W_xz x + b_xz + W_hz h + b_hz)
        n = tanh(W_xn x + b_xn + r * (W_hn h + b_hn))
        h_t = (1 - z) * n + z * h

    Parameters
    ----------
    x : ndarray
        (batch, input_size).
    h : ndarray
        The previous state, (batch, hidden_size).
    W_xh, W_hh : ndarray
        (3 * hidden_size, input_size) and (3 * hidden_size, hidden_size).
    b_xh, b_hh : ndarray
        (3 * hidden_size,) each.

    Returns
    -------
    ndarray
        (batch, hidden_size).

    Examples
    --------
    With all weights zero both gates are one half and the candidate is zero, so half of h is kept.

    >>> import numpy as np
    >>> from rnnbook.exercises import gru_step
    >>> one, W, b = np.ones((1, 1)), np.zeros((3, 1)), np.zeros(3)
    >>> float(gru_step.solution(one, one, W, W, b, b)[0, 0])
    0.5
    """
    raise NotImplementedError("write r, z and n, and blend n with the old state")


HINTS = (
    "Keep the two products apart, x @ W_xh.T + b_xh and h @ W_hh.T + b_hh: the reset gate acts on "
    "the second alone.",
    "np.split(..., 3, axis=1) cuts each of them into the blocks r, z, n.",
    "A z of one keeps the old state: h_t = (1 - z) * n + z * h.",
)


def solution(
    x: np.ndarray,
    h: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> np.ndarray:
    """Return what :func:`gru_step` asks for."""
    x_r, x_z, x_n = np.split(x @ W_xh.T + b_xh, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ W_hh.T + b_hh, 3, axis=1)
    r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
    # n = tanh(W_xn x + b_xn + r * (W_hn h + b_hn))
    n = np.tanh(x_n + r * h_n)
    # h_t = (1 - z) * n + z * h
    out: np.ndarray = (1 - z) * n + z * h
    return out


def _sigmoid(z: np.ndarray) -> np.ndarray:
    out: np.ndarray = 1 / (1 + np.exp(-z))
    return out


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from a state of zeros up; name the mistake, or the other convention.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`gru_step` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    Two signs turn PyTorch's update gate into that of Chung et al. (2014).

    >>> import numpy as np
    >>> from rnnbook.exercises import gru_step
    >>> def mine(x, h, *weights):
    ...     sign = np.array([1, -1, 1]).repeat(h.shape[1])
    ...     return gru_step.solution(x, h, *((w.T * sign).T for w in weights))
    >>> gru_step.check(mine).mistake
    'the update gate lets the new in'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(1)
    x, h = numbers(rng, 1, 2), numbers(rng, 1, 2)
    weights = tuple(numbers(rng, *shape) for shape in ((6, 2), (6, 2), (6,), (6,)))
    W_xh, W_hh, b_xh, b_hh = weights
    sizes = ((3, 2), (3, 5), (15, 2), (15, 5), (15,), (15,))
    return [
        Rung(
            "h = 0, W_hh = 0, b_hh = 0",
            "the update gate and the candidate, from x alone",
            (x, 0 * h, W_xh, 0 * W_hh, b_xh, 0 * b_hh),
        ),
        Rung(
            "b_hh is not zero",
            "the second bias, and the reset gate on it",
            (x, 0 * h, W_xh, 0 * W_hh, b_xh, b_hh),
        ),
        Rung(
            "h is not zero",
            "the share of the old state that z keeps",
            (x, h, W_xh, 0 * W_hh, b_xh, b_hh),
        ),
        Rung(
            "W_hh is not zero",
            "W_hh, which way round it is, and the reset gate on it",
            (x, h, *weights),
        ),
        Rung(
            "a batch of two",
            "batch and hidden_size, which have the same size",
            (numbers(rng, 2, 2), numbers(rng, 2, 2), *weights),
        ),
        Rung(
            "batch 3, input 2, hidden 5",
            "sizes that all differ",
            tuple(numbers(rng, *shape) for shape in sizes),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions

Weights = tuple[np.ndarray, ...]
PYTORCH = (
    "This exercise asks for PyTorch's: n = tanh(W_xn x + b_xn + r * (W_hn h + b_hn)) and "
    "h_t = (1 - z) * n + z * h, rows in the order r, z, n."
)
# Whose convention it is, by the order of rows, the reset before the product, and z for the new.
WHOSE = {
    ("rzn", False, True): "Chung et al. (2014) for the update gate",
    ("rzn", True, False): "Cho et al. (2014) as published",
    ("rzn", True, True): "Chung et al. (2014)",
    ("zrn", False, False): "Keras, and of ONNX with linear_before_reset = 1",
    ("zrn", True, False): "ONNX with linear_before_reset = 0, its default",
}


def _gru(order: str = "rzn", before: bool = False, new: bool = False) -> Callable[..., np.ndarray]:
    """Make a GRU with rows in some order, its reset before the product, its z for the new."""
    places = [order.index(gate) for gate in "rzn"]

    def step(x: np.ndarray, h: np.ndarray, *weights: np.ndarray) -> np.ndarray:
        W_xh, W_hh, b_xh, b_hh = (
            np.concatenate([np.split(w, 3)[place] for place in places]) for w in weights
        )
        x_r, x_z, x_n = np.split(x @ W_xh.T + b_xh, 3, axis=1)
        h_r, h_z, h_n = np.split(h @ W_hh.T + b_hh, 3, axis=1)
        r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
        if before:
            _, _, W_hn = np.split(W_hh, 3)
            _, _, b_hn = np.split(b_hh, 3)
            n = np.tanh(x_n + (r * h) @ W_hn.T + b_hn)
        else:
            n = np.tanh(x_n + r * h_n)
        out: np.ndarray = (1 - z) * h + z * n if new else (1 - z) * n + z * h
        return out

    return step


def _conventions() -> list[Variant]:
    """Return all orders of rows, with the reset in either place and z in either sense."""
    found = []
    for letters, before, new in product(permutations("rzn"), (False, True), (False, True)):
        order = "".join(letters)
        others = [
            *([f"the rows are read in the order {', '.join(letters)}"] if order != "rzn" else []),
            *(["the reset gate acts before the product"] if before else []),
            *(["the update gate lets the new in"] if new else []),
        ]
        if others:
            says = " and ".join(others)
            whose = WHOSE.get((order, before, new))
            right = f"Right, in the convention of {whose}: {says}. {PYTORCH}" if whose else ""
            found.append(Variant(says, _gru(order, before, new), right))
    return found


def _with_weights(change: Callable[..., Weights]) -> Callable[..., np.ndarray]:
    return lambda x, h, *weights: solution(x, h, *change(*weights))


def _with_blocks(step: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Take another step from the blocks of both products and the old state."""

    def stepped(x: np.ndarray, h: np.ndarray, *weights: np.ndarray) -> np.ndarray:
        W_xh, W_hh, b_xh, b_hh = weights
        from_x, from_h = x @ W_xh.T + b_xh, h @ W_hh.T + b_hh
        return step(*np.split(from_x, 3, axis=1), *np.split(from_h, 3, axis=1), h)

    return stepped


def _turned(W: np.ndarray) -> np.ndarray:
    """Transpose each block of rows, which has to be square."""
    return np.concatenate([block.T for block in np.split(W, 3)])


def _bias_outside(x: np.ndarray, h: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    W_xh, W_hh, b_xh, b_hh = weights
    share = np.arange(len(b_hh)) >= 2 * len(b_hh) // 3  # of the candidate
    return solution(x, h, W_xh, W_hh, b_xh + share * b_hh, np.where(share, 0, b_hh))


def _variants() -> list[Variant]:
    s, tanh = _sigmoid, np.tanh

    def blend(n: np.ndarray, z: np.ndarray, h: np.ndarray) -> np.ndarray:
        out: np.ndarray = (1 - z) * n + z * h
        return out

    return [
        *_conventions(),
        Variant("the recurrent bias of the candidate, b_hn, is outside the reset", _bias_outside),
        Variant("b_hh is left out", _with_weights(lambda W, U, b, d: (W, U, b, 0 * d))),
        Variant("b_xh is left out", _with_weights(lambda W, U, b, d: (W, U, 0 * b, d))),
        Variant("both biases are left out", _with_weights(lambda W, U, b, d: (W, U, 0 * b, 0 * d))),
        Variant(
            "each block of W_hh is transposed",
            _with_weights(lambda W, U, b, d: (W, _turned(U), b, d)),
        ),
        Variant(
            "each block of W_xh is transposed",
            _with_weights(lambda W, U, b, d: (_turned(W), U, b, d)),
        ),
        Variant("W_xh and W_hh are swapped", _with_weights(lambda W, U, b, d: (U, W, b, d))),
        Variant("the two biases are swapped", _with_weights(lambda W, U, b, d: (W, U, d, b))),
        Variant("W_hh is never used", _with_weights(lambda W, U, b, d: (W, 0 * U, b, d))),
        Variant(
            "the candidate gets a sigmoid instead of tanh",
            _with_blocks(
                lambda a, b, c, p, q, k, h: blend(s(c + s(a + p) * k), s(b + q), h),
            ),
        ),
        Variant(
            "the candidate gets no activation",
            _with_blocks(lambda a, b, c, p, q, k, h: blend(c + s(a + p) * k, s(b + q), h)),
        ),
        Variant(
            "the gates get tanh instead of a sigmoid",
            _with_blocks(
                lambda a, b, c, p, q, k, h: blend(tanh(c + tanh(a + p) * k), tanh(b + q), h)
            ),
        ),
        Variant(
            "the reset gate is left out",
            _with_blocks(lambda a, b, c, p, q, k, h: blend(tanh(c + k), s(b + q), h)),
        ),
        Variant(
            "the reset gate acts on the input's part too",
            _with_blocks(lambda a, b, c, p, q, k, h: blend(tanh(s(a + p) * (c + k)), s(b + q), h)),
        ),
        Variant(
            "the old state is left out, (1 - z) * n alone",
            _with_blocks(
                lambda a, b, c, p, q, k, h: (1 - s(b + q)) * tanh(c + s(a + p) * k),
            ),
        ),
        Variant(
            "the old state is added whole, (1 - z) * n + h",
            _with_blocks(
                lambda a, b, c, p, q, k, h: (1 - s(b + q)) * tanh(c + s(a + p) * k) + h,
            ),
        ),
        Variant(
            "the candidate is returned, without the update gate",
            _with_blocks(lambda a, b, c, p, q, k, h: tanh(c + s(a + p) * k)),
        ),
        Variant("x @ W_xh is computed without .T", lambda x, h, W, *rest: x @ W),
        Variant(
            "W_xh @ x is computed, but x holds an example in each row",
            lambda x, h, W, *rest: W @ x,
        ),
        Variant(
            "z multiplies both, z * n + z * h",
            _with_blocks(
                lambda a, b, c, p, q, k, h: s(b + q) * (tanh(c + s(a + p) * k) + h),
            ),
        ),
    ]


LADDER = Ladder("gru_step", gru_step, solution, _rungs, _variants(), {"h": ("example", "unit")})
