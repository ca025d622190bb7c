"""Write backpropagation through time in NumPy: the gradient of a tanh RNN's weights.

Werbos (1990). The loss is the sum of all states, so that what reaches each state from its own step
is one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade


def bptt(
    xs: np.ndarray, h_0: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradient of ``L``, the sum of all numbers of all states, for an RNN's weights.

    The network is ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, and ``L`` adds up h_1 to h_T over
    units, steps and sequences.

    Parameters
    ----------
    xs : ndarray
        (batch, time, input_size).
    h_0 : ndarray
        The state before the first step, (batch, hidden_size).
    W_xh, W_hh, b_h : ndarray
        (hidden_size, input_size), (hidden_size, hidden_size) and (hidden_size,).

    Returns
    -------
    dW_xh, dW_hh, db_h : ndarray
        The gradient of ``L`` for each of the three, in its shape.

    Examples
    --------
    One unit, one step from zero: L = tanh(2 * 0.5), so the gradient for W_xh is 2 * (1 - L^2).

    >>> import numpy as np
    >>> from rnnbook.exercises import bptt
    >>> two, half, zero = np.full((1, 1, 1), 2.0), np.full((1, 1), 0.5), np.zeros((1, 1))
    >>> dW_xh, dW_hh, db_h = bptt.solution(two, zero, half, zero, np.zeros(1))
    >>> round(float(dW_xh[0, 0]), 3), round(float(db_h[0]), 3)
    (0.84, 0.42)
    """
    raise NotImplementedError("write the forward pass, then the loop back through the steps")


HINTS = (
    "Keep all states of the forward pass, h_0 among them: the step back from h_t needs h_t and "
    "h_{t-1}.",
    "Go from the last step to the first. What reaches h_t is one from L itself, and what comes "
    "back from step t + 1.",
    "With dz = dh * (1 - h_t ** 2), add dz.T @ x_t to dW_xh, dz.T @ h_{t-1} to dW_hh and the sum "
    "of dz over the batch to db_h. What goes back to h_{t-1} is dz @ W_hh.",
)


def solution(
    xs: np.ndarray, h_0: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what :func:`bptt` asks for."""
    hs = _states(xs, h_0, W_xh, W_hh, b_h)
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b_h)
    back = np.zeros_like(h_0)
    for t in reversed(range(xs.shape[1])):
        # dL/dh_t: one from L itself, and what comes back from step t + 1
        dh = 1 + back
        # dL/dz_t = (1 - h_t^2) * dL/dh_t, since h_t = tanh(z_t)
        dz = (1 - hs[t + 1] ** 2) * dh
        dW_xh += dz.T @ xs[:, t]
        dW_hh += dz.T @ hs[t]
        db_h += dz.sum(axis=0)
        # z_t = W_xh x_t + W_hh h_{t-1} + b_h, so W_hh^T carries it back to h_{t-1}
        back = dz @ W_hh
    return dW_xh, dW_hh, db_h


def _states(
    xs: np.ndarray, h_0: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray
) -> list[np.ndarray]:
    """Return h_0, h_1 and so on up to h_T."""
    hs = [h_0]
    for t in range(xs.shape[1]):
        hs.append(np.tanh(xs[:, t] @ W_xh.T + hs[-1] @ W_hh.T + b_h))
    return hs


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, the last one against central differences.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`bptt` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import bptt
    >>> def mine(xs, h_0, W_xh, W_hh, b_h):
    ...     return [d / len(xs) for d in bptt.solution(xs, h_0, W_xh, W_hh, b_h)]
    >>> bptt.check(mine).mistake
    'the gradient is divided by the batch, but L is a sum'
    """
    return LADDER.grade(fn)


def _central(
    xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure the gradient: move each weight a little both ways, and see what L does."""
    step = 1e-5
    found = []
    for weight in weights:
        gradient = np.zeros_like(weight)
        for index in np.ndindex(weight.shape):
            kept = weight[index]
            losses = []
            for moved in (kept + step, kept - step):
                weight[index] = moved
                losses.append(np.sum(_states(xs, h_0, *weights)[1:]))
            weight[index] = kept
            gradient[index] = (losses[0] - losses[1]) / (2 * step)
        found.append(gradient)
    return found[0], found[1], found[2]


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(0)
    x, h, W_xh, W_hh = (numbers(rng, *shape) for shape in ((1, 1, 2), (1, 2), (2, 2), (2, 2)))
    b_h, x_4 = numbers(rng, 2), numbers(rng, 1, 4, 2)
    weights = (W_xh, W_hh, b_h)
    sizes = ((3, 4, 2), (3, 5), (5, 2), (5, 5), (5,))
    return [
        Rung("one step from zero", "the slope of tanh, dW_xh and db_h", (x, 0 * h, *weights)),
        Rung("one step from a state", "dW_hh, which holds the state before", (x, h, *weights)),
        Rung("two steps", "what comes back from the second step", (x_4[:, :2], h, *weights)),
        Rung("four steps", "the whole way back", (x_4, h, *weights)),
        Rung(
            "two sequences of two steps",
            "a sum over the batch",
            (numbers(rng, 2, 2, 2), numbers(rng, 2, 2), *weights),
        ),
        Rung(
            "batch 3, time 4, input 2, hidden 5",
            "sizes that all differ, against central differences",
            tuple(numbers(rng, *shape) for shape in sizes),
            _central,
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions

Gradient = tuple[np.ndarray, np.ndarray, np.ndarray]


def _back(
    *,
    slope: Callable[[np.ndarray], np.ndarray] = lambda h: 1 - h**2,
    through: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda dz, W: dz @ W,
    onward: bool = False,
    last: bool = False,
    carried: bool = True,
    summed: bool = True,
    later: int = 0,
) -> Callable[..., Gradient]:
    """Go back with one thing changed.

    ``slope`` is that of tanh, ``through`` goes back a step, ``onward`` walks from the first step,
    ``last`` gives the loss to the last state alone, ``carried`` lets something come back,
    ``summed`` adds the steps up, and ``later`` takes a later state for the recurrent weights.
    """

    def gradient(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> Gradient:
        _, W_hh, _ = weights
        hs = _states(xs, h_0, *weights)
        found = [np.zeros_like(w) for w in weights]
        back = np.zeros_like(h_0)
        steps = range(xs.shape[1])
        for t in steps if onward else reversed(steps):
            dh = (float(t == steps[-1]) if last else 1.0) + back
            dz = slope(hs[t + 1]) * dh
            terms = (dz.T @ xs[:, t], dz.T @ hs[t + later], dz.sum(axis=0))
            found = [a + b if summed else b for a, b in zip(found, terms, strict=True)]
            back = through(dz, W_hh) if carried else back
        return found[0], found[1], found[2]

    return gradient


def _changed(change: Callable[..., Gradient]) -> Callable[..., Gradient]:
    """Change the right gradient, ``change(dW_xh, dW_hh, db_h)``."""
    return lambda *arguments: change(*solution(*arguments))


def _stale(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> Gradient:
    """Carry dh back itself, without the slope of tanh."""
    _, W_hh, _ = weights
    hs = _states(xs, h_0, *weights)
    found = [np.zeros_like(w) for w in weights]
    dh = np.zeros_like(h_0)
    for t in reversed(range(xs.shape[1])):
        dh = 1 + dh
        dz = (1 - hs[t + 1] ** 2) * dh
        terms = (dz.T @ xs[:, t], dz.T @ hs[t], dz.sum(axis=0))
        found = [a + b for a, b in zip(found, terms, strict=True)]
        dh = dh @ W_hh
    return found[0], found[1], found[2]


def _without_start(xs: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> Gradient:
    """Leave the first step out of the gradient of W_hh, as if h_0 were zero."""
    _, W_hh, _ = weights
    hs = _states(xs, h_0, *weights)
    dW_xh, dW_hh, db_h = solution(xs, h_0, *weights)
    back = np.zeros_like(h_0)
    dz = back
    for t in reversed(range(xs.shape[1])):
        dz = (1 - hs[t + 1] ** 2) * (1 + back)
        back = dz @ W_hh
    return dW_xh, dW_hh - dz.T @ h_0, db_h


def _variants() -> list[Variant]:
    def divided(by: Callable[[np.ndarray], int]) -> Callable[..., Gradient]:
        return lambda xs, *rest: tuple(d / by(xs) for d in solution(xs, *rest))

    return [
        Variant(
            "nothing comes back from the next step: each step is on its own", _back(carried=False)
        ),
        Variant(
            "what comes back is dz @ W_hh.T instead of dz @ W_hh",
            _back(through=lambda dz, W: dz @ W.T),
        ),
        Variant("what comes back does not go through W_hh", _back(through=lambda dz, W: dz)),
        Variant("what comes back does not go through the slope of tanh", _stale),
        Variant("the slope of tanh is left out", _back(slope=lambda h: 1.0 + 0 * h)),
        Variant("the slope is taken as 1 - h, without the square", _back(slope=lambda h: 1 - h)),
        Variant(
            "the slope is taken of h, 1 - tanh(h) ** 2, where h is the tanh already",
            _back(slope=lambda h: 1 - np.tanh(h) ** 2),
        ),
        Variant("the slope is that of a sigmoid, h * (1 - h)", _back(slope=lambda h: h * (1 - h))),
        Variant("only the last state is in L", _back(last=True)),
        Variant("the loop runs from the first step to the last", _back(onward=True)),
        Variant(
            "the gradient of the first step replaces that of all others, = instead of +=",
            _back(summed=False),
        ),
        Variant("dW_hh is made of h_t instead of h_{t-1}", _back(later=1)),
        Variant("dW_hh leaves the first step out, as if h_0 were zero", _without_start),
        Variant("h_0 is ignored", lambda xs, h_0, *rest: solution(xs, 0 * h_0, *rest)),
        Variant(
            "the gradient is divided by the batch, but L is a sum", divided(lambda xs: len(xs))
        ),
        Variant(
            "the gradient is divided by the steps, but L is a sum", divided(lambda xs: xs.shape[1])
        ),
        Variant("the gradient has the wrong sign", _changed(lambda a, b, c: (-a, -b, -c))),
        Variant("dW_xh is transposed", _changed(lambda a, b, c: (a.T, b, c))),
        Variant("dW_hh is transposed", _changed(lambda a, b, c: (a, b.T, c))),
        Variant("dW_xh and dW_hh are transposed", _changed(lambda a, b, c: (a.T, b.T, c))),
        Variant("the gradients are returned in another order", _changed(lambda a, b, c: (b, a, c))),
    ]


LADDER = Ladder(
    "bptt",
    bptt,
    solution,
    _rungs,
    _variants(),
    {"dW_xh": ("unit", "input"), "dW_hh": ("unit", "unit before"), "db_h": ("unit",)},
)
