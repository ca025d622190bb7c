"""The same text in characters and in words: what a unit costs, and how often a guess is right."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnbook.data import read_hamlet
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws which stretch of the play is held out; all the rest is counted.
SEEDS = (0, 1, 2)
HELD_OUT = 0.1
UNITS = ("character", "word")


class Result(NamedTuple):
    """What counted frequencies make of a held-out stretch of Hamlet; the first axis is the seed.

    ``bits``, by unit, is what one unit costs, ``per_character`` what a character then costs, and
    ``right`` how often the most frequent unit is the next one. ``length`` is the mean number of
    characters in a word, the space after it included, and ``unknown`` the share of words that were
    never counted.
    """

    bits: dict[str, Measured]
    per_character: dict[str, Measured]
    right: dict[str, Measured]
    length: Measured
    unknown: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count characters and words outside a stretch, and measure on it."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Count and measure once, on the stretch that one seed draws.

    Examples
    --------
    >>> from rnnbook.experiments.units import one
    >>> result = one(200)
    >>> result.bits["word"] > result.bits["character"]
    True
    >>> result.per_character["word"] < result.per_character["character"]
    True
    """
    text = read_hamlet()
    size = round(HELD_OUT * len(text))
    start = int(np.random.default_rng(seed).integers(len(text) - size))
    rest, held_out = text[:start] + text[start + size :], text[start : start + size]
    letters, known = Counter(rest), Counter(words(rest))
    spelled, written = Counter(held_out), Counter(words(held_out))
    letter = {one: cost(one, letters) for one in spelled}
    total = {
        "character": sum(n * letter[one] for one, n in spelled.items()),
        "word": sum(
            n * cost(word, known, sum(letter[one] for one in word)) for word, n in written.items()
        ),
    }
    units = {"character": spelled, "word": written}
    guess = {"character": max(letters, key=letters.__getitem__), "word": known.most_common(1)[0][0]}
    return Result(
        bits={unit: total[unit] / found.total() for unit, found in units.items()},
        per_character={unit: total[unit] / size for unit in UNITS},
        right={unit: found[guess[unit]] / found.total() for unit, found in units.items()},
        length=size / written.total(),
        unknown=sum(n for word, n in written.items() if word not in known) / written.total(),
    )


def words(text: str) -> list[str]:
    """Cut a text into words, each with the space or line end after it; joined, they are the text.

    Examples
    --------
    >>> from rnnbook.experiments.units import words
    >>> words("To be, or not")
    ['To ', 'be, ', 'or ', 'not']
    """
    return re.findall(r"\S+\s?|\s", text)


def cost(unit: str, counts: Counter[str], spelling: float = 8.0) -> float:
    """Return the bits that a unit costs if frequencies predict it.

    A unit that was never counted costs the bits that announce it, and then its ``spelling``. How
    likely a new unit is follows Witten and Bell (1991): each kind that was counted was new once.

    Examples
    --------
    >>> from collections import Counter
    >>> from rnnbook.experiments.units import cost
    >>> [round(cost(unit, Counter("aab"), spelling=4.0), 2) for unit in "ac"]
    [1.32, 5.32]
    """
    kinds, total = len(counts), counts.total()
    if unit in counts:
        return -math.log2(counts[unit] / (total + kinds))
    return -math.log2(kinds / (total + kinds)) + spelling
