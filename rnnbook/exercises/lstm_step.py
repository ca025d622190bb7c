"""Write one step of an LSTM in NumPy, with the gates in PyTorch's order.

Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000), as
:class:`torch.nn.LSTMCell` computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def lstm_step(
    x: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the next ``(h, c)`` of an LSTM.

    With ``z = W_xh x + b_xh + W_hh h + b_hh``, cut into four blocks of rows in PyTorch's order,
    ``i = sigmoid(z_1)``, ``f = sigmoid(z_2)``, ``g = tanh(z_3)`` and ``o = sigmoid(z_4)``::

        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Parameters
    ----------
    x : ndarray
        (batch, input_size).
    h, c : ndarray
        The previous state, (batch, hidden_size) each.
    W_xh, W_hh : ndarray
        (4 * hidden_size, input_size) and (4 * hidden_size, hidden_size): the rows of the input
        gate, the forget gate, the candidate and the output gate.
    b_xh, b_hh : ndarray
        (4 * hidden_size,) each.

    Returns
    -------
    h, c : ndarray
        (batch, hidden_size) each.

    Examples
    --------
    With all weights zero each gate is one half and the candidate is zero, so half of c is kept.

    >>> import numpy as np
    >>> from rnnbook.exercises import lstm_step
    >>> one, W, b = np.ones((1, 1)), np.zeros((4, 1)), np.zeros(4)
    >>> h, c = lstm_step.solution(one, one, one, W, W, b, b)
    >>> float(c[0, 0]), round(float(h[0, 0]), 3)
    (0.5, 0.231)
    """
    raise NotImplementedError("write the gates, then c, then h, and return (h, c)")


HINTS = (
    "Compute all rows at once: z = x @ W_xh.T + b_xh + h @ W_hh.T + b_hh is "
    "(batch, 4 * hidden_size).",
    "np.split(z, 4, axis=1) gives the four blocks, in the order i, f, g, o. Three get a sigmoid, "
    "the candidate g gets tanh.",
    "The cell is updated first. The new h reads the new c, through tanh and the output gate.",
)


def solution(
    x: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`lstm_step` asks for."""
    z = x @ W_xh.T + b_xh + h @ W_hh.T + b_hh
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, g, o = _sigmoid(z_i), _sigmoid(z_f), np.tanh(z_g), _sigmoid(z_o)
    # c_t = f * c_{t-1} + i * g
    c = f * c + i * g
    # h_t = o * tanh(c_t)
    h = o * np.tanh(c)
    return h, c


def _sigmoid(z: np.ndarray) -> np.ndarray:
    out: np.ndarray = 1 / (1 + np.exp(-z))
    return out


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from a state of zeros up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`lstm_step` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import lstm_step
    >>> def mine(x, h, c, W_xh, W_hh, b_xh, b_hh):
    ...     return lstm_step.solution(x, h, c, W_xh, W_hh, b_xh, 0 * b_hh)
    >>> lstm_step.check(mine).mistake
    'b_hh is left out'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(0)
    x, h, c = (numbers(rng, 1, 2) for _ in range(3))
    weights = tuple(numbers(rng, *shape) for shape in ((8, 2), (8, 2), (8,), (8,)))
    W_xh, W_hh, b_xh, b_hh = weights
    sizes = ((3, 2), (3, 5), (3, 5), (20, 2), (20, 5), (20,), (20,))
    return [
        Rung(
            "h = 0, c = 0, W_hh = 0",
            "the input gate, the candidate and the output gate, both biases",
            (x, 0 * h, 0 * c, W_xh, 0 * W_hh, b_xh, b_hh),
        ),
        Rung("c is not zero", "the forget gate", (x, 0 * h, c, W_xh, 0 * W_hh, b_xh, b_hh)),
        Rung("h is not zero", "W_hh, and which way round it is", (x, h, c, *weights)),
        Rung(
            "a batch of two",
            "batch and hidden_size, which have the same size",
            (*(numbers(rng, 2, 2) for _ in range(3)), *weights),
        ),
        Rung(
            "batch 3, input 2, hidden 5",
            "sizes that all differ",
            tuple(numbers(rng, *shape) for shape in sizes),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions

Weights = tuple[np.ndarray, ...]
State = tuple[np.ndarray, np.ndarray]
# Whose order it is, as far as it is one that others use.
ORDERS = {
    "iofg": "ONNX",
    "igfo": "TensorFlow's BasicLSTMCell",
}


def _with_weights(change: Callable[..., Weights]) -> Callable[..., State]:
    return lambda x, h, c, *weights: solution(x, h, c, *change(*weights))


def _with_gates(step: Callable[..., State]) -> Callable[..., State]:
    """Take another step from the four blocks before their activations."""

    def stepped(x: np.ndarray, h: np.ndarray, c: np.ndarray, *weights: np.ndarray) -> State:
        W_xh, W_hh, b_xh, b_hh = weights
        z = x @ W_xh.T + b_xh + h @ W_hh.T + b_hh
        return step(*np.split(z, 4, axis=1), h, c)

    return stepped


def _ordered(order: str) -> Callable[..., State]:
    """Read the rows in another order: the block at each place is taken for that gate."""
    places = [order.index(gate) for gate in "ifgo"]

    def moved(w: np.ndarray) -> np.ndarray:
        blocks = np.split(w, 4)
        return np.concatenate([blocks[place] for place in places])

    return _with_weights(lambda *weights: tuple(map(moved, weights)))


def _out(o: np.ndarray | int, c: np.ndarray) -> State:
    return o * np.tanh(c), c


def _linear(o: np.ndarray, c: np.ndarray) -> State:
    return o * c, c


def _turned(W: np.ndarray) -> np.ndarray:
    """Transpose each block of rows, which has to be square."""
    return np.concatenate([block.T for block in np.split(W, 4)])


def _interleaved(*weights: np.ndarray) -> Weights:
    """Take the rows as four numbers for each unit, not as a block for each gate."""
    return tuple(np.concatenate([w[gate::4] for gate in range(4)]) for w in weights)


def _orders() -> list[Variant]:
    found = []
    for letters in permutations("ifgo"):
        order = "".join(letters)
        if order != "ifgo":
            says = f"the rows are read in the order {', '.join(letters)}"
            whose = ORDERS.get(order)
            convention = (
                f"Right, in the convention of {whose} for the order: {says}. PyTorch's order is "
                "i, f, g, o."
                if whose
                else ""
            )
            found.append(Variant(says, _ordered(order), convention))
    return found


def _variants() -> list[Variant]:
    s, tanh = _sigmoid, np.tanh
    return [
        *_orders(),
        Variant(
            "the rows are taken as four numbers for each unit, not as one block for each gate",
            _with_weights(_interleaved),
        ),
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
        Variant("W_hh is never used", _with_weights(lambda W, U, b, d: (W, 0 * U, b, d))),
        Variant(
            "the candidate g gets a sigmoid instead of tanh",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f) * c + s(i) * s(g))),
        ),
        Variant(
            "the candidate g gets no activation",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f) * c + s(i) * g)),
        ),
        Variant(
            "the gates get tanh instead of a sigmoid",
            _with_gates(lambda i, f, g, o, h, c: _out(tanh(o), tanh(f) * c + tanh(i) * tanh(g))),
        ),
        Variant(
            "h reads c without tanh",
            _with_gates(lambda i, f, g, o, h, c: _linear(s(o), s(f) * c + s(i) * tanh(g))),
        ),
        Variant(
            "the output gate is left out of h",
            _with_gates(lambda i, f, g, o, h, c: _out(1, s(f) * c + s(i) * tanh(g))),
        ),
        Variant(
            "h reads the old c",
            _with_gates(
                lambda i, f, g, o, h, c: (s(o) * tanh(c), s(f) * c + s(i) * tanh(g)),
            ),
        ),
        Variant(
            "the forget gate is left out, as in the LSTM of 1997",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), c + s(i) * tanh(g))),
        ),
        Variant(
            "the input gate is left out",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f) * c + tanh(g))),
        ),
        Variant(
            "1 - f is used instead of the input gate, as in a coupled gate",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f) * c + (1 - s(f)) * tanh(g))),
        ),
        Variant(
            "the forget gate says what is lost, (1 - f) * c",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), (1 - s(f)) * c + s(i) * tanh(g))),
        ),
        Variant(
            "the old h is used instead of the old c, f * h + i * g",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f) * h + s(i) * tanh(g))),
        ),
        Variant(
            "1 is added to the forget gate's sum",
            _with_gates(lambda i, f, g, o, h, c: _out(s(o), s(f + 1) * c + s(i) * tanh(g))),
            "Right, in the convention of TensorFlow's BasicLSTMCell for the forget bias: it adds 1 "
            "in the step. PyTorch's step adds nothing: the bias is part of b_xh and b_hh.",
        ),
        Variant(
            "x @ W_xh is computed without .T",
            lambda x, h, c, W, *rest: (x @ W, c),
        ),
        Variant(
            "W_xh @ x is computed, but x holds an example in each row",
            lambda x, h, c, W, *rest: (W @ x, c),
        ),
        Variant(
            "the rows are read in the order i, g, f, o and 1 is added to the forget gate's sum",
            _with_gates(lambda i, g, f, o, h, c: _out(s(o), s(f + 1) * c + s(i) * tanh(g))),
            "Right, in the convention of TensorFlow's BasicLSTMCell: the rows are read in the "
            "order i, g, f, o and 1 is added to the forget gate's sum. PyTorch's order is i, f, g, "
            "o, and it adds nothing: the bias is part of b_xh and b_hh.",
        ),
        Variant("W_xh and W_hh are swapped", _with_weights(lambda W, U, b, d: (U, W, b, d))),
        Variant("the pair is returned as (c, h)", lambda *a: solution(*a)[::-1]),
    ]


LADDER = Ladder(
    "lstm_step",
    lstm_step,
    solution,
    _rungs,
    _variants(),
    {"h": ("example", "unit"), "c": ("example", "unit")},
)
