"""The claim of the question what the delta rule adds."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import matrix

CONDITIONS = (
    f"{matrix.ANGLED} orthogonal keys of norm 1 and random values of {matrix.SIZE} numbers, in "
    f"float64; the decay keeps {matrix.KEPT} a step, delta writes have a beta of 1."
)


@cache
def off(seed):
    return matrix.off(seed)


@pytest.fixture(scope="module")
def result(seeds):
    return {key: np.array([off(seed)[key] for seed in seeds]) for key in off(seeds[0])}


def predicted(result):
    """If the delta rule were a decay, the keys that were not written again would fade too."""
    return result | {("delta", "others"): result["decay", "others"]}


def test_only_the_delta_rule_replaces_a_value(result, show, setting):
    """Of three writes, only the delta rule replaces. Once one of four orthogonal keys is written
    again, delta reads all within 1e-10; sums and decays are over a tenth off there, and decays on
    average elsewhere.
    """
    setting(matrix.ANGLED, 4)
    for which in ("again", "others"):
        show(f"off after delta writes, {which}", result["delta", which], below=1e-10)
        show(f"off after a decay, {which}", result["decay", which], above=0.1)
    show("off after a sum, again", result["sum", "again"], above=0.1)
