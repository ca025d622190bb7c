"""Claims of the chapter on beam search."""

import numpy as np
import pytest

from rnnbook.experiments import beam

GREEDY, TWO, FOUR, EIGHT = range(4)


@pytest.fixture(scope="module")
def result(seeds):
    return beam.run(seeds)


@pytest.mark.learned
def test_likelier_is_not_better(result):
    """On a translator stopped after 60 steps of training, a beam of four finds likelier sequences
    than greedy writing, on average, and about as many right ones.
    """
    assert beam.EARLY == 60
    assert result.right[:, GREEDY].min() > 0.3
    assert result.right[:, GREEDY].max() < 0.9
    assert (result.likely[:, FOUR] > result.likely[:, GREEDY]).all()
    assert np.abs(result.right[:, FOUR] - result.right[:, GREEDY]).max() < 0.15


@pytest.mark.learned
def test_more_beginnings_soon_find_nothing_better(result):
    """More beginnings soon find nothing better: on average over the runs, eight add to the
    log-probability less than half of what four have added to that of greedy writing.
    """
    assert result.widths == (1, 2, 4, 8)
    assert result.right[:, GREEDY].min() > 0.3
    greedy, _, four, eight = result.likely.mean(axis=0)
    assert eight - four < (four - greedy) / 2


@pytest.mark.learned
def test_a_length_penalty_lengthens(result):
    """A length penalty of one makes what a beam of four writes longer on average in every run, and
    about as many numerals are right as without it.
    """
    assert result.penalties[0] == 0
    assert result.penalties[-1] == 1
    assert result.penalised[:, 0].min() > 0.3
    assert (result.signs[:, -1] > result.signs[:, 0]).all()
    assert np.abs(result.penalised[:, -1] - result.penalised[:, 0]).max() < 0.15
