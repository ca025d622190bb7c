"""Write a recurrent network in NumPy: read sequences step by step, and return every state.

The equation is that of Elman (1990) with tanh, as :class:`torch.nn.RNN` computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def rnn(
    xs: np.ndarray,
    h_0: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> np.ndarray:
    """Read sequences with ``h_t = tanh(W_xh x_t + b_xh + W_hh h_{t-1} + b_hh)``.

    Parameters
    ----------
    xs : ndarray
        (batch, time, input_size).
    h_0 : ndarray
        The state before the first step, (batch, hidden_size).
    W_xh, W_hh : ndarray
        (hidden_size, input_size) and (hidden_size, hidden_size), PyTorch's ``weight_ih`` and
        ``weight_hh``.
    b_xh, b_hh : ndarray
        (hidden_size,) each, PyTorch's ``bias_ih`` and ``bias_hh``.

    Returns
    -------
    ndarray
        The states h_1 to h_T, (batch, time, hidden_size).

    Examples
    --------
    One unit reads two ones. Its recurrent weight is 2, its biases are zero.

    >>> import numpy as np
    >>> from rnnbook.exercises import rnn_step
    >>> one, zero = np.ones((1, 1)), np.zeros(1)
    >>> rnn_step.solution(np.ones((1, 2, 1)), 0 * one, one, 2 * one, zero, zero).round(3)
    array([[[0.762],
            [0.987]]])
    """
    raise NotImplementedError("write the loop over the steps, and return all states")


HINTS = (
    "A row of a batch is one example, so the product W x of the equation is x @ W.T in NumPy.",
    "Begin with h = h_0. In each step compute a new h from xs[:, t] and the old h, and append it "
    "to a list.",
    "At the end, np.stack(states, axis=1) puts time second, after the batch.",
)


def solution(
    xs: np.ndarray,
    h_0: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_xh: np.ndarray,
    b_hh: np.ndarray,
) -> np.ndarray:
    """Return what :func:`rnn` asks for."""
    h = h_0
    states = []
    for t in range(xs.shape[1]):
        # h_t = tanh(W_xh x_t + b_xh + W_hh h_{t-1} + b_hh)
        h = np.tanh(xs[:, t] @ W_xh.T + b_xh + h @ W_hh.T + b_hh)
        states.append(h)
    return np.stack(states, axis=1)


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`rnn` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import rnn_step
    >>> def mine(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    ...     return rnn_step.solution(xs, h_0, W_xh, W_hh.T, b_xh, b_hh)
    >>> rnn_step.check(mine).mistake
    'W_hh is transposed'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(4)
    x, h, W_xh, W_hh = (numbers(rng, *shape) for shape in ((1, 1, 2), (1, 2), (2, 2), (2, 2)))
    b_xh, b_hh, x_4 = numbers(rng, 2), numbers(rng, 2), numbers(rng, 1, 4, 2)
    weights = (W_xh, W_hh, b_xh, b_hh)
    sizes = ((3, 4, 2), (3, 5), (5, 2), (5, 5), (5,), (5,))
    return [
        Rung(
            "one step, W_hh = 0",
            "W_xh, both biases, tanh",
            (x, 0 * h, W_xh, 0 * W_hh, b_xh, b_hh),
        ),
        Rung("one step from a state", "h_0 and W_hh, and which way round it is", (x, h, *weights)),
        Rung("two steps", "the state is passed on", (x_4[:, :2], h, *weights)),
        Rung("four steps", "the order of time", (x_4, h, *weights)),
        Rung(
            "two sequences of two steps",
            "batch and time, which have the same size",
            (numbers(rng, 2, 2, 2), numbers(rng, 2, 2), *weights),
        ),
        Rung(
            "batch 3, time 4, input 2, hidden 5",
            "sizes that all differ",
            tuple(numbers(rng, *shape) for shape in sizes),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _reads(step: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Read sequences with another step, ``step(x, h, W_xh, W_hh, b_xh, b_hh) -> h``."""

    def read(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
        h, states = h_0, []
        for t in range(xs.shape[1]):
            h = step(xs[:, t], h, *weights)
            states.append(h)
        return np.stack(states, axis=1)

    return read


def _activated(activation: Callable[[Any], Any]) -> Callable[..., np.ndarray]:
    return _reads(
        lambda x, h, W_xh, W_hh, b_xh, b_hh: activation(x @ W_xh.T + b_xh + h @ W_hh.T + b_hh)
    )


def _not_carried(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    steps = [solution(xs[:, [t]], h_0, *weights) for t in range(xs.shape[1])]
    return np.concatenate(steps, axis=1)


def _shifted(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    return np.concatenate([h_0[:, None], solution(xs, h_0, *weights)[:, :-1]], axis=1)


def _first_left_out(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    hs = np.zeros((*xs.shape[:2], h_0.shape[1]))
    if xs.shape[1] > 1:
        hs[:, 1:] = solution(xs[:, 1:], h_0, *weights)
    return hs


def _last_repeated(xs: np.ndarray, *rest: np.ndarray) -> np.ndarray:
    hs = solution(xs, *rest)
    return np.repeat(hs[:, -1:], xs.shape[1], axis=1)


def _time_first(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    W_xh, W_hh, b_xh, b_hh = weights
    h, states = h_0, []
    for x in xs:
        h = np.tanh(x @ W_xh.T + b_xh + h @ W_hh.T + b_hh)
        states.append(h)
    return np.stack(states)


def _variants() -> list[Variant]:
    def with_weights(change: Callable[..., tuple[np.ndarray, ...]]) -> Callable[..., np.ndarray]:
        return lambda xs, h_0, *weights: solution(xs, h_0, *change(*weights))

    return [
        Variant("W_xh is transposed", with_weights(lambda W, U, b, c: (W.T, U, b, c))),
        Variant("W_hh is transposed", with_weights(lambda W, U, b, c: (W, U.T, b, c))),
        Variant(
            "both W_xh and W_hh are transposed", with_weights(lambda W, U, b, c: (W.T, U.T, b, c))
        ),
        Variant("b_hh is left out", with_weights(lambda W, U, b, c: (W, U, b, 0 * c))),
        Variant("b_xh is left out", with_weights(lambda W, U, b, c: (W, U, 0 * b, c))),
        Variant("both biases are left out", with_weights(lambda W, U, b, c: (W, U, 0 * b, 0 * c))),
        Variant(
            "b_xh is added twice, and b_hh not at all",
            with_weights(lambda W, U, b, c: (W, U, b, b)),
        ),
        Variant("tanh is left out", _activated(lambda z: z)),
        Variant("a sigmoid is used instead of tanh", _activated(lambda z: 1 / (1 + np.exp(-z)))),
        Variant("a ReLU is used instead of tanh", _activated(lambda z: np.maximum(z, 0))),
        Variant(
            "tanh is applied before the old state is added",
            _reads(lambda x, h, W, U, b, c: np.tanh(x @ W.T + b) + h @ U.T + c),
        ),
        Variant("W_xh and W_hh are swapped", with_weights(lambda W, U, b, c: (U, W, b, c))),
        Variant("W_hh is never used", with_weights(lambda W, U, b, c: (W, 0 * U, b, c))),
        Variant(
            "the old state is added as it is, without W_hh",
            _reads(lambda x, h, W, U, b, c: np.tanh(x @ W.T + b + h + c)),
        ),
        Variant("h_0 is ignored", lambda xs, h_0, *weights: solution(xs, 0 * h_0, *weights)),
        Variant("every step starts from h_0, so that no state is passed on", _not_carried),
        Variant(
            "the sequence is read from its end",
            lambda xs, *rest: solution(xs[:, ::-1], *rest),
        ),
        Variant(
            "the sequence is read from its end, and the states put back in order",
            lambda xs, *rest: solution(xs[:, ::-1], *rest)[:, ::-1],
        ),
        Variant(
            "the states are returned from last to first",
            lambda xs, *rest: solution(xs, *rest)[:, ::-1],
        ),
        Variant("h_0 is returned as the first state, and h_T is lost", _shifted),
        Variant("the loop begins at the second step", _first_left_out),
        Variant("every step holds the last state: one array was changed in place", _last_repeated),
        Variant(
            "the states are stacked with time first (np.stack without axis=1)",
            lambda xs, *rest: solution(xs, *rest).swapaxes(0, 1),
        ),
        Variant("the first axis of xs is taken for time", _time_first),
        Variant(
            "W_xh @ x is computed, but x holds an example in each row",
            _reads(lambda x, h, W, U, b, c: np.tanh(W @ x + b + h @ U.T + c)),
        ),
        Variant(
            "only the last state is returned",
            lambda xs, *rest: solution(xs, *rest)[:, -1],
        ),
    ]


LADDER = Ladder("rnn_step", rnn, solution, _rungs, _variants(), {"hs": ("example", "step", "unit")})
