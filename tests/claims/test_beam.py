"""Claims of the chapter on beam search."""

import numpy as np
import pytest

from rnnbook.experiments import beam
from rnnbook.experiments.four_shapes import LEARNING_RATE

CONDITIONS = (
    f"A translator of numbers into Roman numerals, stopped after {beam.EARLY} updates at a learning "
    f"rate of {LEARNING_RATE:g}, writes {beam.SIZE} numerals. Greedy writing keeps one beginning."
)


def share_of(change, whole):
    """Return a change as a share of the whole, infinite where there is no whole."""
    return np.divide(change, whole, out=np.full(np.shape(whole), np.inf), where=whole > 0)


@pytest.mark.learned
def test_likelier_is_not_better(result, show):
    """More likely numerals need not be better. On average, a beam of four raises the
    log-probability by more than 0.02 over greedy writing. In the median run, the share of right
    numerals changes by less than 0.2 of its value.
    """
    likely, right = result.likely, result.right
    show(
        "log-probability gained by a beam of four",
        likely[4] - likely[1],
        above=0.02,
        over="mean",
        untrained_too="a wider search finds more likely sequences for an untrained network as well",
    )
    show(
        "change of the share right, over that of greedy writing",
        share_of(np.abs(right[4] - right[1]), right[1]),
        below=0.2,
        over="median",
    )


@pytest.mark.learned
def test_more_beginnings_soon_find_nothing_better(result, show):
    """The first extra beginnings gain most log-probability. Going from one beginning to four raises
    the log-probability. Going on to eight beginnings raises it by less than half as much.
    """
    likely = result.likely
    show(
        "gain from four to eight, over that from one to four",
        share_of(likely[8] - likely[4], likely[4] - likely[1]),
        below=0.5,
    )


def test_a_length_penalty_never_shortens(result, show, setting):
    """A length penalty never shortens a numeral. With a penalty of 0.6 or 1, no numeral that a beam
    of four writes has fewer signs than without a penalty.
    """
    setting(beam.PENALISED, 4)
    setting(beam.PENALTIES, (0, 0.6, 1))
    for penalty in beam.PENALTIES[1:]:
        show(f"share shortened by a penalty of {penalty:g}", result.shortened[penalty], equal=0)


@pytest.mark.here
@pytest.mark.learned
def test_numerals_get_longer(page, show):
    """In every run the penalty makes the numerals a little longer on average."""
    for penalty in beam.PENALTIES[1:]:
        longer = page.signs[penalty] - page.signs[0]
        show(f"signs more with a penalty of {penalty:g}", longer, within=(0, 1))
