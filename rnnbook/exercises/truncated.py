"""Write truncated backpropagation in NumPy: the state goes on, the gradient is cut.

Williams and Peng (1990), An efficient gradient-based algorithm for on-line training of recurrent
network trajectories.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def truncated(
    xs: np.ndarray,
    h_0: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_h: np.ndarray,
    chunk: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradient of ``L``, cut between chunks, and the last state.

    The network is ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, and ``L`` adds up all numbers of
    h_1 to h_T. The sequences are read in chunks of ``chunk`` steps. Each chunk starts from the last
    state of the one before, which counts as a constant there: no gradient goes back through it. The
    weights stay as they are, and what the chunks contribute is added up.

    Parameters
    ----------
    xs : ndarray
        (batch, time, input_size). If ``chunk`` does not divide time, the last chunk is short.
    h_0 : ndarray
        The state before the first step, (batch, hidden_size).
    W_xh, W_hh, b_h : ndarray
        (hidden_size, input_size), (hidden_size, hidden_size) and (hidden_size,).
    chunk : int
        Steps in a chunk, at least 1.

    Returns
    -------
    dW_xh, dW_hh, db_h : ndarray
        The gradient for each of the three, in its shape.
    h_n : ndarray
        The state after the last step, (batch, hidden_size).

    Examples
    --------
    In chunks of one step nothing comes back: the gradient for b_h is the sum of 1 - h_t^2.

    >>> import numpy as np
    >>> from rnnbook.exercises import truncated
    >>> one, zero = np.ones((1, 1)), np.zeros((1, 2, 1))
    >>> *_, db_h, h_n = truncated.solution(zero, 0.5 * one, one, one, np.zeros(1), 1)
    >>> h_1, h_2 = np.tanh(0.5), np.tanh(np.tanh(0.5))
    >>> np.isclose(h_n, h_2).item(), np.isclose(db_h, (1 - h_1**2) + (1 - h_2**2)).item()
    (True, True)
    """
    raise NotImplementedError("write the loop over chunks, with a loop back through each")


HINTS = (
    "The loop over chunks keeps one state h, at first h_0. In each chunk, run forward from h, go "
    "back through its steps alone, and then let h be the last state of the chunk.",
    "At the last step of every chunk, what comes back from the next step is zero.",
    "The first step of a chunk adds dz.T @ h to dW_hh, with the h that was passed on: it is a "
    "constant, but it was multiplied by W_hh.",
)


def solution(
    xs: np.ndarray,
    h_0: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    b_h: np.ndarray,
    chunk: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what :func:`truncated` asks for."""
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b_h)
    h = h_0
    for start in range(0, xs.shape[1], chunk):
        part = xs[:, start : start + chunk]
        hs = [h]
        for x in part.swapaxes(0, 1):
            hs.append(np.tanh(x @ W_xh.T + hs[-1] @ W_hh.T + b_h))
        back = np.zeros_like(h)  # nothing comes back from the next chunk
        for t in reversed(range(part.shape[1])):
            dz = (1 - hs[t + 1] ** 2) * (1 + back)
            dW_xh += dz.T @ part[:, t]
            dW_hh += dz.T @ hs[t]
            db_h += dz.sum(axis=0)
            back = dz @ W_hh
        h = hs[-1]
    return dW_xh, dW_hh, db_h, h


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one chunk up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`truncated` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import truncated
    >>> def mine(xs, h_0, W_xh, W_hh, b_h, chunk):
    ...     return truncated.solution(xs, h_0, W_xh, W_hh, b_h, xs.shape[1])
    >>> truncated.check(mine).mistake
    'nothing is cut: this is the whole gradient'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(1)
    h, W_xh, W_hh, b_h = (numbers(rng, *shape) for shape in ((1, 2), (2, 2), (2, 2), (2,)))
    xs, weights = numbers(rng, 1, 6, 2), (W_xh, W_hh, b_h)
    sizes = ((3, 7, 2), (3, 4), (4, 2), (4, 4), (4,))
    return [
        Rung("one step in one chunk", "the slope of tanh, and h_0", (xs[:, :1], h, *weights, 1)),
        Rung(
            "two steps in one chunk", "inside a chunk nothing is cut", (xs[:, :2], h, *weights, 2)
        ),
        Rung(
            "two chunks of one step",
            "the state is passed on, the gradient is not",
            (xs[:, :2], h, *weights, 1),
        ),
        Rung("two chunks of two steps", "where the cut is", (xs[:, :4], h, *weights, 2)),
        Rung("five steps, chunks of two", "a short last chunk", (xs[:, :5], h, *weights, 2)),
        Rung(
            "three steps, chunks of ten", "a chunk longer than time", (xs[:, :3], h, *weights, 10)
        ),
        Rung(
            "batch 3, time 7, input 2, hidden 4, chunks of three",
            "sizes that all differ",
            (*(numbers(rng, *shape) for shape in sizes), 3),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _all_states(xs: np.ndarray, h: np.ndarray, *weights: np.ndarray) -> list[np.ndarray]:
    W_xh, W_hh, b_h = weights
    hs = [h]
    for t in range(xs.shape[1]):
        hs.append(np.tanh(xs[:, t] @ W_xh.T + hs[-1] @ W_hh.T + b_h))
    return hs


def _walked(
    *,
    cut: Callable[[int, int], bool] = lambda t, chunk: t % chunk == 0,
    slope: Callable[[np.ndarray], np.ndarray] = lambda h: 1 - h**2,
    through: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda dz, W: dz @ W,
    loss: Callable[[int, int, int], float] = lambda t, chunk, time: 1.0,
    before: Callable[[np.ndarray, int, int], np.ndarray] = lambda h, t, chunk: h,
) -> Callable[..., _Found]:
    """Go back through all steps, counted from 0, with one thing changed.

    ``cut`` says whether nothing goes back from step t to the one before, ``slope`` is that of tanh,
    ``through`` goes back a step, ``loss`` is what a step has in L, and ``before`` is what dW_hh is
    made of.
    """

    def found(*arguments: Any) -> _Found:
        xs, h_0, *weights, chunk = arguments
        hs = _all_states(xs, h_0, *weights)
        dW_xh, dW_hh, db_h = (np.zeros_like(w) for w in weights)
        back = np.zeros_like(h_0)
        for t in reversed(range(xs.shape[1])):
            dz = slope(hs[t + 1]) * (loss(t, chunk, xs.shape[1]) + back)
            dW_xh += dz.T @ xs[:, t]
            dW_hh += dz.T @ before(hs[t], t, chunk)
            db_h += dz.sum(axis=0)
            back = 0 * dz if cut(t, chunk) else through(dz, weights[1])
        return dW_xh, dW_hh, db_h, hs[-1]

    return found


def _chunked(
    *,
    first: Callable[[np.ndarray, list[np.ndarray]], np.ndarray] = lambda h_0, hs: hs[-1],
    joined: Callable[[list[np.ndarray]], np.ndarray] = lambda ds: np.sum(ds, axis=0),
    pieces: Callable[[int, int], list[range]] | None = None,
    answer: int = -1,
) -> Callable[..., _Found]:
    """Take the chunks one by one with one thing changed.

    ``first`` is the state that the next chunk starts from, ``joined`` puts the gradients of the
    chunks together, ``pieces`` are the steps of the chunks, and ``answer`` is the chunk whose last
    state is returned.
    """

    def found(*arguments: Any) -> _Found:
        xs, h_0, *weights, chunk = arguments
        h, parts, ends = h_0, [], []
        for steps in (pieces or _in_order)(xs.shape[1], chunk):
            part = xs[:, steps.start : steps.stop]
            *gradients, _ = solution(part, h, weights[0], weights[1], weights[2], len(steps))
            hs = _all_states(part, h, *weights)
            parts.append(gradients)
            ends.append(hs[-1])
            h = first(h_0, hs)
        if not parts:
            parts, ends = [[np.zeros_like(w) for w in weights]], [h_0]
        dW_xh, dW_hh, db_h = (joined(list(ds)) for ds in zip(*parts, strict=True))
        return dW_xh, dW_hh, db_h, ends[answer]

    return found


def _in_order(time: int, chunk: int) -> list[range]:
    return [range(t, min(t + chunk, time)) for t in range(0, time, chunk)]


def _whole_only(time: int, chunk: int) -> list[range]:
    return [range(t, t + chunk) for t in range(0, time - chunk + 1, chunk)]


def _so_many(time: int, chunk: int) -> list[range]:
    parts = np.array_split(np.arange(time), chunk)
    return [range(int(part[0]), int(part[-1]) + 1) for part in parts if len(part)]


def _sliding(*arguments: Any) -> _Found:
    """Let the loss of every step go back over as many steps as a chunk has."""
    xs, h_0, *weights, chunk = arguments
    hs = _all_states(xs, h_0, *weights)
    dW_xh, dW_hh, db_h = (np.zeros_like(w) for w in weights)
    for end in range(xs.shape[1]):
        dh = np.ones_like(h_0)
        for t in range(end, max(end - chunk, -1), -1):
            dz = (1 - hs[t + 1] ** 2) * dh
            dW_xh += dz.T @ xs[:, t]
            dW_hh += dz.T @ hs[t]
            db_h += dz.sum(axis=0)
            dh = dz @ weights[1]
    return dW_xh, dW_hh, db_h, hs[-1]


def _variants() -> list[Variant]:
    return [
        Variant("nothing is cut: this is the whole gradient", _walked(cut=lambda t, chunk: False)),
        Variant(
            "each chunk starts from zero, so that the state is not passed on",
            _chunked(first=lambda h_0, hs: 0 * h_0),
        ),
        Variant(
            "each chunk starts from h_0, so that the state is not passed on",
            _chunked(first=lambda h_0, hs: h_0),
        ),
        Variant(
            "the state before the last of a chunk is passed on",
            _chunked(first=lambda h_0, hs: hs[-2]),
        ),
        Variant(
            "the gradient goes one step across each cut, into the step that made the state",
            _walked(cut=lambda t, chunk: t % chunk == chunk - 1 if chunk > 1 else False),
        ),
        Variant(
            "every step is cut from the one before, inside a chunk too",
            _walked(cut=lambda t, chunk: True),
        ),
        Variant(
            "the loss of each step goes back over chunk steps of its own, across all cuts",
            _sliding,
            "Right, if the loss of each step is to go back over chunk steps of its own: that is "
            "another kind of truncation, in Williams and Peng (1990) as well, which costs a way "
            "back for every step. This exercise asks for chunks with one way back each.",
        ),
        Variant(
            "dW_hh leaves out the state that is passed on, as if a constant were zero",
            _walked(before=lambda h, t, chunk: h * (t % chunk > 0 or t == 0)),
        ),
        Variant(
            "dW_hh leaves out the first step of each chunk, h_0 among them",
            _walked(before=lambda h, t, chunk: h * (t % chunk > 0)),
        ),
        Variant(
            "the gradient of the last chunk replaces that of all others, = instead of +=",
            _chunked(joined=lambda ds: ds[-1]),
        ),
        Variant("the gradients of the chunks are averaged", _chunked(joined=_mean)),
        Variant("a short last chunk is dropped", _chunked(pieces=_whole_only)),
        Variant("chunk is taken for the number of chunks", _chunked(pieces=_so_many)),
        Variant("the last state of the first chunk is returned", _chunked(answer=0)),
        Variant(
            "only the last step of each chunk is in L",
            _walked(
                loss=lambda t, chunk, time: float(t % chunk == chunk - 1 or t == time - 1),
            ),
        ),
        Variant(
            "only the last step of all is in L",
            _walked(loss=lambda t, chunk, time: float(t == time - 1)),
        ),
        Variant(
            "what comes back is dz @ W_hh.T instead of dz @ W_hh",
            _walked(through=lambda dz, W: dz @ W.T),
        ),
        Variant("what comes back does not go through W_hh", _walked(through=lambda dz, W: dz)),
        Variant("the slope of tanh is left out", _walked(slope=lambda h: 1.0 + 0 * h)),
        Variant(
            "h_0 is ignored",
            lambda xs, h_0, *rest: solution(xs, 0 * h_0, *rest),
        ),
        Variant("h_0 is returned instead of h_n", lambda *a: (*solution(*a)[:3], a[1])),
    ]


def _mean(parts: list[np.ndarray]) -> np.ndarray:
    out: np.ndarray = np.mean(parts, axis=0)
    return out


LADDER = Ladder(
    "truncated",
    truncated,
    solution,
    _rungs,
    _variants(),
    {
        "dW_xh": ("unit", "input"),
        "dW_hh": ("unit", "unit before"),
        "db_h": ("unit",),
        "h_n": ("example", "unit"),
    },
)
