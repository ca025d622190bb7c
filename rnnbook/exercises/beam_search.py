"""Write a beam search: keep the most likely beginnings, and return the best sequence.

The search that goes back to Lowerre (1976), The Harpy speech recognition system.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant
from rnnbook.exercises.grade import Grade


def beam_search(
    step: Callable[[list[int]], np.ndarray], start: int, end: int, width: int, length: int
) -> tuple[list[int], float]:
    """Return the most likely sequence that the search finds, and its log-probability.

    Extend each of the ``width`` beginnings by every symbol, and keep the ``width`` most likely ones
    of all that come out. A sequence is complete when it ends with ``end``, or when it has
    ``length`` symbols. A complete one is kept and not extended. Of the complete ones, the most
    likely wins.

    Parameters
    ----------
    step : callable
        ``step(symbols) -> log_probs``: the log-probability of each next symbol, (vocab_size,),
        after a list of symbols that begins with ``start``.
    start, end : int
        The symbol that comes first, and the one that ends a sequence.
    width : int
        How many beginnings are kept. 1 is the greedy search.
    length : int
        The most symbols in a sequence, ``end`` among them and ``start`` not.

    Returns
    -------
    symbols : list of int
        Without ``start``, and with ``end`` if it came.
    log_prob : float
        The sum of the log-probabilities of the symbols. It is not divided by the length.

    Examples
    --------
    Two coins, then the end: symbol 1 is more likely than 2 both times.

    >>> import numpy as np
    >>> from rnnbook.exercises import beam_search
    >>> def step(symbols):
    ...     return np.log([1.0, 1e-9, 1e-9] if len(symbols) == 3 else [1e-9, 0.6, 0.4])
    >>> symbols, log_prob = beam_search.solution(step, start=1, end=0, width=2, length=5)
    >>> symbols, round(float(np.exp(log_prob)), 2)
    ([1, 1, 0], 0.36)
    """
    raise NotImplementedError("write the loop that extends the beginnings and keeps the best")


HINTS = (
    "A beginning is a pair: its log-probability and its list of symbols. The first is "
    "(0.0, [start]).",
    "In each round, collect what all beginnings become, sort it once, and keep the first width.",
    "Set aside those that end with end, and go on with the others. After the last round all are "
    "complete, and max picks the winner.",
)


def solution(step: Step, start: int, end: int, width: int, length: int) -> tuple[list[int], float]:
    """Return what :func:`beam_search` asks for."""
    going: list[tuple[float, list[int]]] = [(0.0, [start])]
    complete: list[tuple[float, list[int]]] = []
    for _ in range(length):
        grown = [
            (log_prob + float(gain), [*symbols, symbol])
            for log_prob, symbols in going
            for symbol, gain in enumerate(step(symbols))
        ]
        grown = sorted(grown, reverse=True)[:width]
        complete += [one for one in grown if one[1][-1] == end]
        going = [one for one in grown if one[1][-1] != end]
    log_prob, symbols = max(complete + going)
    return symbols[1:], log_prob


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from the greedy search up; name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`beam_search` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import beam_search
    >>> def mine(step, start, end, width, length):
    ...     return beam_search.solution(step, start, end, 1, length)
    >>> beam_search.check(mine).mistake
    'width is ignored: this is the greedy search'
    """
    return LADDER.grade(fn)


Step = Callable[[list[int]], np.ndarray]
# The probability of each next symbol, 0 the end and 1 the start, after a sequence without start.
Table = dict[tuple[int, ...], list[float]]
# The likely first symbol, 2, leads nowhere good; 3 does.
GARDEN: Table = {
    (): [0.06, 0.04, 0.5, 0.4],
    (2,): [0.3, 0.2, 0.26, 0.24],
    (3,): [0.9, 0.05, 0.03, 0.02],
}
# What ends first is less likely than what goes on.
LONG: Table = {
    (): [0.4, 0.02, 0.55, 0.03],
    (2,): [0.03, 0.02, 0.05, 0.9],
    (2, 3): [0.94, 0.03, 0.02, 0.01],
}
# What ends first wins, but what goes on takes part at every step.
EARLY: Table = {
    (): [0.45, 0.01, 0.52, 0.02],
    (2,): [0.03, 0.01, 0.5, 0.46],
    (2, 2): [0.4, 0.1, 0.2, 0.3],
    (2, 3): [0.4, 0.1, 0.2, 0.3],
}
# Both of the best beginnings come from one and the same beginning.
SIBLINGS: Table = {
    (): [0.03, 0.01, 0.66, 0.3],
    (2,): [0.03, 0.01, 0.5, 0.46],
    (3,): [0.24, 0.26, 0.23, 0.27],
    (2, 2): [0.28, 0.32, 0.22, 0.18],
    (2, 3): [0.9, 0.05, 0.03, 0.02],
}


def _model(table: Table, start: int = 1) -> Step:
    """Make a step from a table; what it does not hold ends soon, with 0, or with 3 if lost."""

    def step(symbols: list[int]) -> np.ndarray:
        first, *rest = [*map(int, symbols), -1]  # which is no symbol, and no start
        lost = [0.01, 0.02, 0.03, 0.94]
        row = table.get(tuple(rest[:-1]), lost[::-1]) if first == start else lost
        out: np.ndarray = np.log(row)
        return out

    return step


def _rungs() -> list[Rung]:
    return [
        Rung("width 1, one symbol", "the best symbol and its score", (_model(LONG), 1, 0, 1, 1)),
        Rung("width 1, then the end", "the sum, and where to stop", (_model(GARDEN), 1, 0, 1, 4)),
        Rung("width 2", "a second beginning that wins", (_model(GARDEN), 1, 0, 2, 4)),
        Rung("both from one", "the best of all, not one of each", (_model(SIBLINGS), 1, 0, 2, 4)),
        Rung("one that ends early", "the search goes on", (_model(LONG), 1, 0, 2, 5)),
        Rung("an early end that wins", "what is complete is kept", (_model(EARLY), 1, 0, 2, 5)),
        Rung("two symbols at most", "length", (_model(SIBLINGS), 1, 0, 3, 2)),
        Rung("the end is 3", "which symbol is the end", (_model(GARDEN, 0), 0, 3, 2, 4)),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _searched(
    *,
    add: Callable[[float, float], float] = lambda a, b: a + b,
    score: Callable[[float, list[int]], float] = lambda log_prob, symbols: log_prob,
    first: bool = False,
    each: bool = False,
    ends: bool = True,
    keeps: bool = True,
    best: int = 1,
    returns: Callable[..., object] = lambda symbols, log_prob: (symbols[1:], log_prob),
) -> Callable[..., object]:
    """Search with one thing changed.

    ``add`` joins log-probabilities, ``score`` is what wins, ``first`` returns what ends first,
    ``each`` keeps the best of each beginning, ``ends`` stops at the end, ``keeps`` keeps what is
    complete, ``best`` is -1 for the least likely.
    """

    def search(step: Step, start: int, end: int, width: int, length: int) -> object:
        going: list[tuple[float, list[int]]] = [(0.0, [start])]
        complete: list[tuple[float, list[int]]] = []
        for _ in range(length):
            families = [
                [
                    (add(log_prob, float(gain)), [*symbols, symbol])
                    for symbol, gain in enumerate(step(symbols))
                ]
                for log_prob, symbols in going
            ]
            if each and len(families) > 1:
                grown = [max(family) for family in families]
            else:
                grown = sorted(chain.from_iterable(families), reverse=best > 0)[:width]
            ended = [one for one in grown if one[1][-1] == end] if ends else []
            if first and ended:
                going = []
                complete = ended
                break
            complete += ended if keeps else []
            going = [one for one in grown if one not in ended]
        log_prob, symbols = max(complete + going, key=lambda one: score(*one))
        return returns(symbols, log_prob)

    return search


def _greedy(step: Step, start: int, end: int, width: int, length: int) -> object:
    return solution(step, start, end, 1, length)


def _cut(step: Step, start: int, end: int, width: int, length: int) -> object:
    symbols, log_prob = solution(step, start, end, width, length)
    return [symbol for symbol in symbols if symbol != end], log_prob


def _variants() -> list[Variant]:
    return [
        Variant("width is ignored: this is the greedy search", _greedy),
        Variant(
            "step is given the symbols without start",
            lambda step, *rest: solution(lambda symbols: step(symbols[1:]), *rest),
        ),
        Variant(
            "step is given the last symbol alone, so that it knows of none before",
            lambda step, *rest: solution(lambda symbols: step(symbols[-1:]), *rest),
        ),
        Variant(
            "nothing is cut: the search goes through all sequences",
            lambda step, start, end, width, length: solution(step, start, end, 99, length),
        ),
        Variant("the search does not stop at end", _searched(ends=False)),
        Variant("the first sequence that ends is returned", _searched(first=True)),
        Variant("what is complete is lost", _searched(keeps=False)),
        Variant(
            "each beginning keeps its own best symbol, not the best of all",
            _searched(each=True),
        ),
        Variant(
            "the log-probability is divided by the length",
            _searched(score=lambda log_prob, symbols: log_prob / (len(symbols) - 1)),
        ),
        Variant(
            "the longest sequence wins",
            _searched(score=lambda log_prob, symbols: len(symbols) + log_prob / 1e3),
        ),
        Variant(
            "probabilities are added up, not their logarithms",
            _searched(add=lambda a, b: a + float(np.exp(b))),
        ),
        Variant("log-probabilities are multiplied", _searched(add=lambda a, b: (a or 1) * b)),
        Variant("only the last symbol's log-probability counts", _searched(add=lambda a, b: b)),
        Variant("the least likely are kept: the sort is the wrong way round", _searched(best=-1)),
        Variant(
            "start is returned with the symbols",
            _searched(returns=lambda symbols, log_prob: (symbols, log_prob)),
        ),
        Variant("end is cut off", _cut),
        Variant(
            "the end is taken to be 0",
            lambda step, start, end, width, length: solution(step, start, 0, width, length),
        ),
        Variant(
            "the probability is returned, not its logarithm",
            _searched(returns=lambda symbols, log_prob: (symbols[1:], float(np.exp(log_prob)))),
        ),
        Variant(
            "the log-probability has the wrong sign",
            _searched(returns=lambda symbols, log_prob: (symbols[1:], -log_prob)),
        ),
        Variant(
            "start counts for length, so that a symbol is missing",
            lambda step, start, end, width, length: solution(step, start, end, width, length - 1),
        ),
        Variant(
            "length is exceeded by one symbol",
            lambda step, start, end, width, length: solution(step, start, end, width, length + 1),
        ),
    ]


LADDER = Ladder(
    "beam_search",
    beam_search,
    solution,
    _rungs,
    _variants(),
    {"symbols": ("position",), "log_prob": ()},
)
