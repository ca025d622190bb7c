"""The claim of the question where the leak is."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import leaks

CONDITIONS = (
    f"A random walk of {leaks.KNOWN} values, cut into windows of {leaks.LENGTH} with a target "
    f"{leaks.AHEAD} steps ahead, three quarters of them for training. {leaks.NEIGHBOURS} nearest "
    f"neighbours forecast its steps in random order; the mean over {leaks.SHUFFLES} orders."
)


@cache  # calibration asks for the same seeds in many groups
def measured(seed):
    """Return the share of near copies, and what neighbours report by split."""
    values = leaks.walk(seed)[0][: leaks.KNOWN]
    split = leaks.at_random(values, seed)
    known = set(split.train.starts)
    near = np.mean([start - 1 in known or start + 1 in known for start in split.test.starts])
    return near, *(leaks.audit(values, way, seed) for way in (leaks.at_random, leaks.in_time))


@pytest.fixture(scope="module")
def result(seeds):
    columns = np.array([measured(seed) for seed in seeds]).T
    return dict(zip(("near", "at random", "in time"), columns, strict=True))


def predicted(result):
    """If windows that differ were independent, neighbours would err as much as with a split in
    time.
    """
    return result | {"at random": result["in time"]}


def test_different_windows_overlap(result, show):
    """Different windows still overlap. Split at random, over 0.8 of test windows share all but one
    value with a training window; nearest neighbours report under 0.8 of their error with a split in
    time.
    """
    show("share of test windows with a near copy", result["near"], above=0.8, limit=1)
    over = result["at random"] / result["in time"]
    show("error of a random split over that of one in time", over, below=0.8, ratio=True)
