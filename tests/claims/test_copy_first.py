"""Claims of the chapter on copying the first number."""

import numpy as np
import pytest

from rnnbook.experiments import copy_first

ZERO = 1.0  # the error of predicting zero


@pytest.fixture(scope="module")
def result(seeds):
    return copy_first.run(seeds)


def plain(result, length):
    return result.error[:, result.lengths.index(length)]


def gated(result, *case):
    return result.gated_error[:, result.cases.index(case)]


@pytest.mark.learned
def test_longer_is_harder_on_average(result):
    """On average longer is harder: over ten steps every run of the plain network ends with less
    than a third of the error of predicting zero, and over a hundred the mean of its errors is more
    than four times as large.
    """
    assert plain(result, 10).max() < ZERO / 3
    assert plain(result, 100).mean() > 4 * plain(result, 10).mean()


@pytest.mark.learned
def test_one_seed_lies(result):
    """One seed lies: at 50 or at 100 steps, two runs that differ in nothing but the seed end more
    than a third of the error of predicting zero apart.
    """
    apart = max(np.ptp(plain(result, 50)), np.ptp(plain(result, 100)))
    assert apart > ZERO / 3


@pytest.mark.learned
def test_default_gates_fail_where_the_plain_network_does_not(result):
    """Gates alone do not cure it: over 30 steps, in 350 steps of training, the mean error of twenty
    batches never falls a third below that of predicting zero in a run of an LSTM or a GRU as
    PyTorch starts them, and in the median run of the plain network it falls below half of it.
    """
    assert copy_first.STEPS == 350
    for name in ("LSTM", "GRU"):
        assert result.gated_lowest[:, result.cases.index((name, 30))].min() > 2 / 3 * ZERO
    assert np.median(result.lowest[:, result.lengths.index(30)]) < ZERO / 2


@pytest.mark.learned
def test_chrono_initialisation_solves_a_hundred_steps(result):
    """The same LSTM with chrono initialisation copies over a hundred steps in every run, with a
    fifth of the error of predicting zero or less.
    """
    assert gated(result, "LSTM, chrono", 100).max() < 0.2 * ZERO
    assert gated(result, "LSTM", 100).min() > 0.8 * ZERO
