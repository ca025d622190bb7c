"""Can it be ab or ba, and nothing else? What CTC allows, and what a transducer does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from rnnbook import ctc
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws how likely each of the two strings is.
SEEDS = (0, 1, 2)
#: How many frames there are.
FRAMES = (2, 3, 4)
BLANK = "-"
SYMBOLS = ("a", "b", BLANK)
WANTED = ("ab", "ba")


class Result(NamedTuple):
    """What can be spelled; the first axis is the seed.

    ``both`` is, by the number of frames, in how many CTC outputs both strings can be spelled, and
    ``alone`` in how many of these no other string can. An output is told by which symbols each
    frame allows. ``missed`` is, by the number of frames, how far a transducer is from the drawn
    probabilities, as the largest difference over all strings.
    """

    both: dict[int, Measured]
    alone: dict[int, Measured]
    missed: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Write down all CTC outputs, and a transducer for each seed."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Write down all CTC outputs, and a transducer, on one seed."""
    likely = float(np.random.default_rng(seed).uniform(0.1, 0.9))
    right = dict(zip(WANTED, (likely, 1 - likely), strict=True))
    both, alone, missed = {}, {}, {}
    for frames in FRAMES:
        found = [spelled(output) for output in product(allowed(), repeat=frames)]
        both[frames] = sum(strings >= set(WANTED) for strings in found)
        alone[frames] = sum(strings == set(WANTED) for strings in found)
        said = transduced(ordered(likely), frames)
        missed[frames] = max(abs(said.get(s, 0) - right.get(s, 0)) for s in {*said, *right})
    return Result(both, alone, missed)


def allowed() -> list[tuple[str, ...]]:
    """Return every choice of symbols that a frame can give a probability above zero."""
    return [some for count in (1, 2, 3) for some in combinations(SYMBOLS, count)]


def spelled(output: Sequence[Sequence[str]]) -> set[str]:
    """Return all strings that a CTC output can spell; each frame chooses without the others.

    Examples
    --------
    >>> from rnnbook.experiments.two_orders import spelled
    >>> sorted(spelled(["ab", "ab"]))
    ['a', 'ab', 'b', 'ba']
    """
    return {"".join(ctc.collapse(path, BLANK)) for path in product(*output)}


def ordered(likely: float) -> dict[str, dict[str, float]]:
    """Return what a transducer says next after each beginning, in every frame."""
    return {
        "": {"a": likely, "b": 1 - likely},
        "a": {"b": 1.0},
        "b": {"a": 1.0},
        "ab": {BLANK: 1.0},
        "ba": {BLANK: 1.0},
    }


def transduced(following: Mapping[str, Mapping[str, float]], frames: int) -> dict[str, float]:
    """Return the probability of every string that a transducer can write.

    In a frame it writes labels, each chosen by those before it, until it says the blank; then it
    goes on to the next frame (Graves, 2012).

    Examples
    --------
    >>> from rnnbook.experiments.two_orders import ordered, transduced
    >>> transduced(ordered(0.5), frames=2)
    {'ab': 0.5, 'ba': 0.5}
    """
    reached = {"": 1.0}
    for _ in range(frames):
        after: defaultdict[str, float] = defaultdict(float)
        writing = list(reached.items())
        while writing:
            before, share = writing.pop(0)
            for symbol, chance in following[before].items():
                if symbol == BLANK:
                    after[before] += share * chance
                else:
                    writing.append((before + symbol, share * chance))
        reached = dict(after)
    return reached
