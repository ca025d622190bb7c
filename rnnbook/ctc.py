"""Connectionist temporal classification: a target without times, and how to read an answer.

Graves, Fernández, Gomez and Schmidhuber (2006), Connectionist temporal classification. A network
gives every frame a distribution over the symbols and one more, the blank. A path has one symbol a
frame; many paths stand for the same target. PyTorch's ``ctc_loss`` sums over them quickly, here it
is done by writing them all down.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from rnnbook import _check

#: The number of the symbol that stands for nothing.
BLANK = 0
#: The most paths that are written down.
MOST_PATHS = 1_000_000

Symbol = TypeVar("Symbol", bound=Hashable)


def collapse(path: Iterable[Symbol], blank: Hashable = BLANK) -> tuple[Symbol, ...]:
    """Return the symbols that a path stands for: merge what repeats, then drop the blanks.

    Graves et al. (2006) call it B.

    Examples
    --------
    >>> from rnnbook.ctc import collapse
    >>> collapse([7, 7, 0, 7, 0, 0, 4])
    (7, 7, 4)
    >>> collapse("aa-ab", blank="-")
    ('a', 'a', 'b')
    """
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != blank)


def enumerated_loss(log_probs: Tensor, target: Sequence[int]) -> float:
    """Return minus the log-probability of a target, by adding up every path that stands for it.

    It is what ``torch.nn.functional.ctc_loss`` computes, with ``reduction="sum"``, by a recurrence.

    Parameters
    ----------
    log_probs : Tensor
        The logarithm of each symbol's probability in each frame, (frames, symbols), the blank
        first.
    target : sequence of int
        The symbols, none of them the blank.

    Raises
    ------
    ValueError
        If there are more than a million paths, or the target has the blank or an unknown symbol.

    Examples
    --------
    Two frames and one symbol beside the blank. Three of the four paths stand for it:

    >>> import math, torch
    >>> from rnnbook.ctc import enumerated_loss
    >>> half = torch.full((2, 2), 0.5).log()
    >>> round(math.exp(-enumerated_loss(half, [1])), 4)
    0.75
    """
    _check_frames("enumerated_loss", log_probs)
    frames, symbols = log_probs.shape
    if symbols**frames > MOST_PATHS:
        raise ValueError(
            f"enumerated_loss: expected at most {MOST_PATHS} paths, got {symbols} symbols in "
            f"{frames} frames, {symbols}**{frames}; torch.nn.functional.ctc_loss takes any number"
        )
    strange = [int(k) for k in target if not BLANK < k < symbols]
    if strange:
        raise ValueError(
            f"enumerated_loss: expected a target of symbols from 1 to {symbols - 1}, got "
            f"{strange[0]}; the blank, {BLANK}, is no symbol, and an id beyond the last is one of "
            "another vocabulary"
        )
    rows = log_probs.tolist()
    total = 0.0
    for path in itertools.product(range(symbols), repeat=frames):
        if collapse(path) == tuple(target):
            # p(path | x) = prod_t y_t[path_t]                        (equation 2)
            # p(target | x) = sum of p(path | x) over B(path) = target (equation 3)
            total += math.exp(sum(row[symbol] for row, symbol in zip(rows, path, strict=True)))
    return -math.log(total) if total > 0 else math.inf


def best_path(log_probs: Tensor) -> tuple[int, ...]:
    """Return what the single most likely path stands for: the best symbol of each frame.

    Parameters
    ----------
    log_probs : Tensor
        (frames, symbols), the blank first; logits will do.

    Examples
    --------
    Of the four paths, two blanks are the most likely. But the other three, which stand for one
    symbol, are more likely together.

    >>> import torch
    >>> from rnnbook.ctc import best_path, prefix_beam
    >>> unsure = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
    >>> best_path(unsure), prefix_beam(unsure, width=4)
    ((), (1,))
    """
    _check_frames("best_path", log_probs)
    return collapse(log_probs.argmax(-1).tolist())


def prefix_beam(log_probs: Tensor, width: int) -> tuple[int, ...]:
    """Return the most likely symbols, all their paths added up, among the beginnings kept.

    Hannun et al. (2014), First-pass large vocabulary continuous speech recognition using
    bi-directional recurrent DNNs, algorithm 1, without a language model.

    Parameters
    ----------
    log_probs : Tensor
        The logarithm of each symbol's probability in each frame, (frames, symbols), the blank
        first.
    width : int
        Beginnings that are kept after each frame.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.ctc import prefix_beam
    >>> prefix_beam(torch.eye(3)[[1, 1, 0, 1, 2]].log_softmax(-1), width=20)
    (1, 2)
    """
    _check_frames("prefix_beam", log_probs)
    _check.sizes("prefix_beam", width=width)
    # How likely each beginning is if its last frame is a blank, and if it is its last symbol.
    kept: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for y in log_probs.double().exp().tolist():
        after: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for prefix, (blank, symbol) in kept.items():
            after[prefix][0] += (blank + symbol) * y[BLANK]
            if prefix:
                after[prefix][1] += symbol * y[prefix[-1]]
            for k in range(1, len(y)):
                # after the same symbol, only a blank between makes it a new one
                before = blank if prefix[-1:] == (k,) else blank + symbol
                after[*prefix, k][1] += before * y[k]
        best = sorted(after.items(), key=lambda item: (-sum(item[1]), item[0]))[:width]
        likeliest = sum(best[0][1])  # kept in the range of numbers, however many frames there are
        kept = {prefix: (b / likeliest, s / likeliest) for prefix, (b, s) in best}
    return next(iter(kept))


def edit_distance(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the fewest symbols to put in, take out or change that make one into the other.

    Levenshtein (1966), Binary codes capable of correcting deletions, insertions and reversals.

    Examples
    --------
    >>> from rnnbook.ctc import edit_distance
    >>> edit_distance([1, 2, 3], [1, 3, 3, 4])
    2
    """
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def _check_frames(where: str, log_probs: Tensor) -> None:
    _check.rank(where, "log_probs", log_probs, "(frames, symbols)")
    _check.not_empty(where, "log_probs", log_probs)
    _check.floating(where, "log_probs", log_probs)
    if bool(torch.isnan(log_probs).any()):
        raise ValueError(
            f"{where}: expected numbers in log_probs, got a NaN; the usual cause is a training "
            "that broke: see rnnbook.diagnosis"
        )
