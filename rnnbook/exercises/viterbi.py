"""Write the algorithm of Viterbi in NumPy: the best sequence of tags, and its score.

Viterbi (1967), Error bounds for convolutional codes. A tagger scores each tag at each step, and a
table scores each pair of neighbours, as in a conditional random field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant
from rnnbook.exercises.grade import Grade

_Found = tuple[list[int], float]


def viterbi(
    emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray
) -> tuple[list[int], float]:
    """Return the sequence of tags with the highest score, and that score.

    A sequence scores what its tags score at their steps, what each pair of neighbours adds, and
    what its first tag adds. Scores are logarithms, so they are summed up, and any of them may be
    negative.

    Parameters
    ----------
    emissions : ndarray
        The score of each tag at each step, (time, tags).
    transitions : ndarray
        What is added where tag i is followed by tag j, row i and column j, (tags, tags): minus
        infinity if j must not follow i.
    start : ndarray
        What is added to a sequence that begins with a tag, (tags,).

    Returns
    -------
    path : list of int
        The tags, one for each step.
    score : float
        What they score.

    Examples
    --------
    The second step prefers tag 1, by less than a change of tags costs.

    >>> import numpy as np
    >>> from rnnbook.exercises import viterbi
    >>> table = np.array([[0.0, -2.0], [-2.0, 0.0]])
    >>> path, score = viterbi.solution(np.array([[3.0, 0.0], [0.0, 1.0]]), table, np.zeros(2))
    >>> path, float(score)
    ([0, 0], 3.0)
    """
    raise NotImplementedError("write the loop over steps, and the backtracking")


HINTS = (
    "Keep best[j], the highest score of all beginnings that end in tag j. It starts as start + "
    "emissions[0].",
    "best[:, None] + transitions has i in its rows and j in its columns. Its max over the rows, "
    "plus emissions[t], is the new best; its argmax is where each j came from: keep it.",
    "The last tag is argmax(best). From there, go back: the tag before tag j at step t is "
    "came_from[t][j]. Then reverse the list.",
)


def solution(
    emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray
) -> tuple[list[int], float]:
    """Return what :func:`viterbi` asks for."""
    best = start + emissions[0]
    pointers = []
    for e in emissions[1:]:
        # b_t[j] = e_t[j] + max_i (b_{t-1}[i] + A[i, j])
        reached = best[:, None] + transitions
        pointers.append(reached.argmax(axis=0))
        best = e + reached.max(axis=0)
    path = [int(best.argmax())]
    for came_from in reversed(pointers):
        path.append(int(came_from[path[-1]]))
    return path[::-1], float(best.max())


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`viterbi` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import viterbi
    >>> def mine(emissions, transitions, start):
    ...     path = emissions.argmax(axis=1)
    ...     pairs = transitions[path[:-1], path[1:]].sum()
    ...     return path, start[path[0]] + emissions.max(axis=1).sum() + pairs
    >>> viterbi.check(mine).mistake
    'each step takes its own best tag: neighbours are not asked'
    """
    return LADDER.grade(fn)


def _rungs() -> list[Rung]:
    # no two sequences of tags of a case score the same, so that nothing hangs on ties
    two = np.array([[0.3, -1.1], [0.6, 0.2]])
    zero = np.zeros(2)
    table = np.array(
        [[0.35, -1.2, 0.15, -0.4], [-0.9, 0.55, -1.65, 0.7], [1.3, -0.25, -0.75, 0.05], [-1.45] * 4]
    )
    table[3] += [0.1, 1.9, -0.3, 0.6]
    three = table[:3, :3]
    first = np.array([0.2, -0.5, 0.45, -1.05])
    rows = np.array(
        [
            [0.9, 1.4, -0.3, 0.15],
            [-0.6, 0.35, 0.8, 0.65],
            [1.15, 0.25, -0.2, 1.3],
            [0.4, 0.95, 0.7, -0.85],
            [-0.1, 0.5, 1.25, 0.3],
            [0.75, -0.45, 0.1, 0.85],
        ]
    )
    forbidden = three.copy()
    forbidden[2, 0] = forbidden[1, 1] = -np.inf
    late = np.array([[1.0, 0.8], [0.0, 0.1], [0.0, 3.0]])
    return [
        Rung(
            "one step",
            "start and the first scores",
            (np.array([[0.5, 0.7]]), two, zero[::-1] - [0, 0.9]),
        ),
        Rung(
            "two steps",
            "the pair of neighbours",
            (np.array([[0.5, 0.2], [0.1, 0.4]]), two, zero - [0.1, 0]),
        ),
        Rung(
            "three steps, the last of which decides",
            "the backtracking",
            (late, np.array([[0.2, -2.5], [-1.9, 0.3]]), np.array([0.1, -0.05])),
        ),
        Rung("four steps, three tags", "the whole loop", (rows[:4, :3], three, first[:3])),
        Rung("pairs that must not be", "minus infinity", (rows[:4, :3], forbidden, first[:3])),
        Rung(
            "all scores below zero",
            "zero is no lowest score",
            (rows[:4, :3] - 3, three - 2, first[:3]),
        ),
        Rung("six steps, four tags", "sizes that all differ", (rows, table, first)),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _scored(path: Any, emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray) -> float:
    path = np.asarray(path)
    own = emissions[np.arange(len(path)), path].sum()
    return float(start[path[0]] + own + transitions[path[:-1], path[1:]].sum())


def _chosen(choose: Callable[..., Any]) -> Callable[..., _Found]:
    """Choose another sequence, ``choose(emissions, transitions, start)``, and score it rightly."""

    def found(*arguments: np.ndarray) -> _Found:
        path = [int(tag) for tag in choose(*arguments)]
        return path, _scored(path, *arguments)

    return found


def _measured(measure: Callable[..., Any]) -> Callable[..., _Found]:
    """Give another score, ``measure(path, score, emissions, transitions, start)``."""

    def found(*arguments: np.ndarray) -> _Found:
        path, score = solution(*arguments)
        return path, measure(path, score, *arguments)

    return found


def _bests(
    emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the best scores of all steps, and where they came from."""
    best, pointers = [start + emissions[0]], []
    for e in emissions[1:]:
        reached = best[-1][:, None] + transitions
        pointers.append(reached.argmax(axis=0))
        best.append(e + reached.max(axis=0))
    return np.stack(best), pointers


def _forward_only(*arguments: np.ndarray) -> np.ndarray:
    best, _ = _bests(*arguments)
    out: np.ndarray = best.argmax(axis=1)
    return out


def _one_by_one(emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray) -> list[int]:
    path = [int((start + emissions[0]).argmax())]
    for e in emissions[1:]:
        path.append(int((e + transitions[path[-1]]).argmax()))
    return path


def _straight_back(*arguments: np.ndarray) -> list[int]:
    """Read the pointers of one and the same tag at every step."""
    best, pointers = _bests(*arguments)
    last = int(best[-1].argmax())
    return [*(int(came_from[last]) for came_from in pointers), last]


def _wrong_pointers(*arguments: np.ndarray) -> list[int]:
    """Follow the pointers from the first to the last."""
    best, pointers = _bests(*arguments)
    path = [int(best[-1].argmax())]
    for came_from in pointers:
        path.append(int(came_from[path[-1]]))
    return path[::-1]


def _own_pointers(*arguments: np.ndarray) -> list[int]:
    """Take the argmax of the emissions for the last tag."""
    _, pointers = _bests(*arguments)
    path = [int(arguments[0][-1].argmax())]
    for came_from in reversed(pointers):
        path.append(int(came_from[path[-1]]))
    return path[::-1]


def _summed(emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray) -> _Found:
    """Sum over all beginnings where the best is meant."""
    total = start + emissions[0]
    for e in emissions[1:]:
        reached = total[:, None] + transitions
        total = e + np.logaddexp.reduce(reached, axis=0)
    return solution(emissions, transitions, start)[0], float(np.logaddexp.reduce(total))


def _multiplied(emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray) -> _Found:
    best, pointers = start * emissions[0], []
    for e in emissions[1:]:
        reached = best[:, None] * transitions
        pointers.append(reached.argmax(axis=0))
        best = e * reached.max(axis=0)
    path = [int(best.argmax())]
    for came_from in reversed(pointers):
        path.append(int(came_from[path[-1]]))
    return path[::-1], float(best.max())


def _above_zero(emissions: np.ndarray, transitions: np.ndarray, start: np.ndarray) -> _Found:
    """Begin each search for the best at 0, which hides all that is below."""
    best, pointers = start + emissions[0], []
    for e in emissions[1:]:
        reached = best[:, None] + transitions + e
        pointers.append(np.where(reached.max(axis=0) > 0, reached.argmax(axis=0), 0))
        best = np.maximum(reached.max(axis=0), 0)
    path = [int(best.argmax())]
    for came_from in reversed(pointers):
        path.append(int(came_from[path[-1]]))
    return path[::-1], float(best.max())


def _variants() -> list[Variant]:
    return [
        Variant(
            "each step takes its own best tag: neighbours are not asked",
            _chosen(lambda e, A, s: e.argmax(axis=1)),
        ),
        Variant(
            "each step takes its own best tag, and neighbours and start are not in the score",
            lambda e, A, s: (e.argmax(axis=1).tolist(), e.max(axis=1).sum()),
        ),
        Variant(
            "each step takes the best tag after the one chosen before: this is the greedy search",
            _chosen(_one_by_one),
        ),
        Variant(
            "there is no backtracking: each step takes the tag that was best so far",
            _chosen(_forward_only),
        ),
        Variant(
            "there is no backtracking, though the score is right",
            lambda *a: (_forward_only(*a).tolist(), solution(*a)[1]),
        ),
        Variant(
            "the backtracking reads the pointers of the last tag at every step, not of the tag it "
            "has come to",
            lambda *a: (_straight_back(*a), solution(*a)[1]),
        ),
        Variant(
            "the pointers are followed from the first to the last",
            lambda *a: (_wrong_pointers(*a), solution(*a)[1]),
        ),
        Variant(
            "the backtracking begins at the best tag of the last emissions",
            lambda *a: (_own_pointers(*a), solution(*a)[1]),
        ),
        Variant("transitions is read by columns, transposed", lambda e, A, s: solution(e, A.T, s)),
        Variant("transitions is left out", lambda e, A, s: solution(e, 0 * _finite(A), s)),
        Variant("start is left out", lambda e, A, s: solution(e, A, 0 * s)),
        Variant(
            "the first emissions are left out",
            lambda e, A, s: solution(np.concatenate([0 * e[:1], e[1:]]), A, s),
        ),
        Variant(
            "a transition from tag 0 is added before the first tag",
            lambda e, A, s: solution(e, A, s + A[0]),
        ),
        Variant(
            "the score is that of all sequences together: a logarithm of a sum in place of a "
            "maximum",
            _summed,
        ),
        Variant("the scores are multiplied, not added up", _multiplied),
        Variant("the search for the best begins at 0, so that nothing below is found", _above_zero),
        Variant(
            "the logarithm of the scores is taken, but they are logarithms already",
            lambda e, A, s: solution(np.log(e), np.log(A), np.log(s)),
        ),
        Variant(
            "the worst sequence is searched for",
            lambda e, A, s: (solution(-e, -A, -s)[0], -solution(-e, -A, -s)[1]),
        ),
        Variant(
            "the tags come out from last to first",
            lambda *a: (solution(*a)[0][::-1], solution(*a)[1]),
        ),
        Variant("the first tag is missing", lambda *a: (solution(*a)[0][1:], solution(*a)[1])),
        Variant(
            "the score holds the emissions alone",
            _measured(lambda path, score, e, A, s: e[np.arange(len(e)), path].sum()),
        ),
        Variant(
            "the score is divided by the number of steps",
            _measured(lambda path, score, e, A, s: score / len(e)),
        ),
        Variant("exp is taken of the score", _measured(lambda path, score, e, A, s: np.exp(score))),
    ]


def _finite(A: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(A), A, 0)


LADDER = Ladder(
    "viterbi", viterbi, solution, _rungs, _variants(), {"path": ("position",), "score": ()}
)
