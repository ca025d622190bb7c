"""Write a bidirectional layer in NumPy: padded sequences, read from both ends.

Schuster and Paliwal (1997), Bidirectional recurrent neural networks. Each direction has a network
of its own, which is given here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Run = Callable[[np.ndarray], np.ndarray]
_Both = tuple[np.ndarray, np.ndarray]


def both_ways(
    xs: np.ndarray,
    lengths: np.ndarray,
    forward: Callable[[np.ndarray], np.ndarray],
    backward: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the states of both directions, side by side, and what each has read at its end.

    Parameters
    ----------
    xs : ndarray
        (batch, time, input_size), padded at the end. What the padding holds changes nothing.
    lengths : ndarray
        (batch,), integers of at least 1. Sequence i is ``xs[i, :lengths[i]]``.
    forward, backward : callable
        Two networks, ``forward(xs) -> hs``: each reads (batch, time, input_size) from its first
        step to its last, beginning at zero, and returns all states, (batch, time, hidden_size).

    Returns
    -------
    outputs : ndarray
        At step t, the state of ``forward`` after it has read steps 1 to t, then that of
        ``backward`` after it has read the last real step down to step t: (batch, time,
        2 * hidden_size), zero where there is padding.
    last : ndarray
        What a classifier reads: the state of each direction after it has read the whole sequence,
        (batch, 2 * hidden_size).

    Examples
    --------
    Two networks that add up what they have read:

    >>> import numpy as np
    >>> from rnnbook.exercises import both_ways
    >>> def adds(xs):
    ...     return np.cumsum(xs, axis=1)
    >>> xs = np.array([[[1.0], [2.0], [3.0]]])
    >>> outputs, last = both_ways.solution(xs, np.array([3]), adds, adds)
    >>> outputs.tolist(), last.tolist()
    ([[[1.0, 6.0], [3.0, 5.0], [6.0, 3.0]]], [[6.0, 6.0]])
    """
    raise NotImplementedError("write the reading from both ends, and join the states")


HINTS = (
    "Reverse each sequence within its own length: xs[i, :n] becomes xs[i, :n][::-1], and the "
    "padding stays behind it. backward reads that.",
    "Reverse the states of backward in the same way, so that each stands at the step it "
    "belongs to. Then np.concatenate([there, back], axis=2).",
    "forward has read everything at step n, so its half of last is outputs[i, n - 1]. backward has "
    "read everything at step 1, so its half is outputs[i, 0].",
)


def solution(xs: np.ndarray, lengths: np.ndarray, forward: _Run, backward: _Run) -> _Both:
    """Return what :func:`both_ways` asks for."""
    rows, t = np.arange(len(xs))[:, None], np.arange(xs.shape[1])
    real = t < lengths[:, None]
    # step t of a sequence of n steps changes places with step n - 1 - t
    mirrored = np.where(real, lengths[:, None] - 1 - t, t)
    there = forward(xs)
    back = backward(xs[rows, mirrored])[rows, mirrored]
    outputs = np.concatenate([there, back], axis=2) * real[..., None]
    last = np.concatenate([there[rows[:, 0], lengths - 1], back[:, 0]], axis=1)
    return outputs, last


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`both_ways` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import both_ways
    >>> def mine(xs, lengths, forward, backward):
    ...     outputs, last = both_ways.solution(xs, lengths, forward, backward)
    ...     return outputs, outputs[:, -1]
    >>> grade = both_ways.check(mine)
    >>> grade.rungs[grade.failed][0]
    'two steps'
    """
    return LADDER.grade(fn)


def _adding(keeps: float, scale: float) -> _Run:
    """Return a network that you can compute by hand: keep a share, add the input, and one."""

    def run(xs: np.ndarray) -> np.ndarray:
        h, hs = np.zeros_like(xs[:, 0]), []
        for x in xs.swapaxes(0, 1):
            h = keeps * h + scale * x + 1  # zeros are an input like any other
            hs.append(h)
        return np.stack(hs, axis=1)

    return run


def _tanh(W_xh: np.ndarray, W_hh: np.ndarray) -> _Run:
    """Return a plain network."""

    def run(xs: np.ndarray) -> np.ndarray:
        h, hs = np.zeros((len(xs), len(W_hh))), []
        for x in xs.swapaxes(0, 1):
            h = np.tanh(x @ W_xh.T + h @ W_hh.T + 0.5)
            hs.append(h)
        return np.stack(hs, axis=1)

    return run


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(2)
    xs, simple = numbers(rng, 2, 4, 1), (_adding(0.5, 1.0), _adding(-0.5, 2.0))
    four_two = np.array([4, 2])
    zeros = xs * (np.arange(4) < four_two[:, None])[..., None]
    wide = (
        _tanh(numbers(rng, 3, 2), numbers(rng, 3, 3)),
        _tanh(numbers(rng, 3, 2), numbers(rng, 3, 3)),
    )
    return [
        Rung(
            "one step",
            "two states side by side, forward first",
            (xs[:1, :1], np.array([1]), *simple),
        ),
        Rung(
            "two steps",
            "backward reads from the end, and each state stands at its step",
            (xs[:1, :2], np.array([2]), *simple),
        ),
        Rung("four steps", "the steps between", (xs[:1], np.array([4]), *simple)),
        Rung("two sequences", "the batch", (xs, np.array([4, 4]), *simple)),
        Rung("lengths 4 and 2", "zeros in the padding", (zeros, four_two, *simple)),
        Rung("numbers in the padding", "they change nothing", (xs, four_two, *simple)),
        Rung(
            "lengths 2, 4 and 1 in five columns, three units",
            "a short sequence first, none as long as time, sizes that all differ",
            (numbers(rng, 3, 5, 2), np.array([2, 4, 1]), *wide),
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _turned(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    out = xs.copy()
    for row, given, n in zip(out, xs, lengths, strict=True):
        row[:n] = given[:n][::-1]
    return out


def _read(
    *,
    into: Callable[[np.ndarray, np.ndarray], np.ndarray] = _turned,
    out: Callable[[np.ndarray, np.ndarray], np.ndarray] = _turned,
    swapped: bool = False,
    zeroed: bool = True,
    last: Callable[..., np.ndarray] | None = None,
) -> Callable[..., _Both]:
    """Read with one thing changed.

    ``into`` and ``out`` reverse the sequences and the states of backward, ``swapped`` puts
    backward first, ``zeroed`` empties the padding, and ``last`` picks other states,
    ``last(there, back, lengths)``.
    """

    def both(xs: np.ndarray, lengths: np.ndarray, forward: _Run, backward: _Run) -> _Both:
        there, back = forward(xs), out(backward(into(xs, lengths)), lengths)
        halves = [back, there] if swapped else [there, back]
        real = (np.arange(xs.shape[1]) < lengths[:, None]) | (not zeroed)
        ends = [there[np.arange(len(xs)), lengths - 1], back[:, 0]]
        end = np.concatenate(ends[::-1] if swapped else ends, axis=1)
        end = last(there, back, lengths) if last else end
        return np.concatenate(halves, axis=2) * real[..., None], end

    return both


def _picked(
    first: Callable[[np.ndarray], np.ndarray] | int,
    second: Callable[[np.ndarray], np.ndarray] | int,
) -> Callable[..., np.ndarray]:
    """Take the states of forward and backward at these steps, counted from 0."""

    def last(there: np.ndarray, back: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        rows, steps = np.arange(len(there)), []
        for at in (first, second):
            steps.append(at(lengths) if callable(at) else np.full(len(rows), at))
        return np.concatenate([there[rows, steps[0]], back[rows, steps[1]]], axis=1)

    return last


def _flip(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return xs[:, ::-1]


def _same(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return xs


def _emptied(xs: np.ndarray, lengths: np.ndarray, forward: _Run, backward: _Run) -> _Both:
    """Set the padding to zero and then reverse the whole array."""
    real = (np.arange(xs.shape[1]) < lengths[:, None])[..., None]
    return _read(into=_flip, out=_flip)(xs * real, lengths, forward, backward)


def _combined(join: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., _Both]:
    """Join the two states of a step to one of the same size."""

    def both(xs: np.ndarray, lengths: np.ndarray, forward: _Run, backward: _Run) -> _Both:
        parts = []
        for part in solution(xs, lengths, forward, backward):
            there, back = np.split(part, 2, axis=-1)
            parts.append(join(there, back))
        return parts[0], parts[1]

    return both


def _in_order_of_length(xs: np.ndarray, lengths: np.ndarray, *runs: _Run) -> _Both:
    order = np.argsort(-lengths, kind="stable")
    return solution(xs[order], lengths[order], *runs)


def _cut(xs: np.ndarray, lengths: np.ndarray, *runs: _Run) -> _Both:
    outputs, last = solution(xs, lengths, *runs)
    return outputs[:, : lengths.max()], last


def _variants() -> list[Variant]:
    def end(lengths: np.ndarray) -> np.ndarray:
        return np.asarray(lengths - 1)

    return [
        Variant("backward reads from the first step to the last", _read(into=_same, out=_same)),
        Variant(
            "the states of backward are not reversed again",
            _read(out=_same),
        ),
        Variant(
            "the states of backward are not reversed again, but its last state is right",
            _read(out=_same, last=lambda there, back, n: _picked(end, end)(there, back, n)),
        ),
        Variant(
            "the whole array is reversed, so that backward reads the padding first",
            _read(into=_flip, out=_flip),
        ),
        Variant(
            "the padding is set to zero, but the whole array is reversed, so that a short "
            "sequence is read too late",
            _emptied,
        ),
        Variant(
            "the whole array is reversed and the padding in outputs is not zero",
            _read(into=_flip, out=_flip, zeroed=False),
        ),
        Variant("the padding in outputs is not zero", _read(zeroed=False)),
        Variant(
            "last is outputs[:, -1]: there backward has read one step, and a short sequence has "
            "nothing",
            lambda *a: (solution(*a)[0], solution(*a)[0][:, -1]),
        ),
        Variant(
            "last is taken from the last column, but backward's half from the first",
            _read(last=_picked(-1, 0)),
        ),
        Variant(
            "last is taken at the last real step of both: there backward has read one step only",
            _read(last=_picked(end, end)),
        ),
        Variant(
            "last is taken at the first step of both: there forward has read one step only",
            _read(last=_picked(0, 0)),
        ),
        Variant(
            "the ends are mixed up: forward at its first step, backward at its last",
            _read(last=_picked(0, end)),
        ),
        Variant(
            "forward's half of last is one step too late",
            _read(last=_picked(lambda n: np.asarray(n % n.max()), 0)),
        ),
        Variant("backward stands first", _read(swapped=True)),
        Variant("the two states of a step are added up", _combined(lambda a, b: a + b)),
        Variant("the two states of a step are averaged", _combined(lambda a, b: (a + b) / 2)),
        Variant(
            "forward reads both ways: backward is never called",
            lambda xs, lengths, forward, backward: solution(xs, lengths, forward, forward),
        ),
        Variant(
            "backward reads the states of forward, as a second layer does",
            lambda xs, lengths, forward, backward: solution(
                xs, lengths, forward, lambda turned: backward(_turned(forward(xs), lengths))
            ),
        ),
        Variant("the sequences come back sorted by length", _in_order_of_length),
        Variant("outputs ends with the longest sequence, not with xs", _cut),
    ]


LADDER = Ladder(
    "both_ways",
    both_ways,
    solution,
    _rungs,
    _variants(),
    {"outputs": ("example", "step", "number"), "last": ("example", "number")},
)
