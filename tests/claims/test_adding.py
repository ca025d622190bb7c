"""Claims of the chapter on the adding problem."""

import numpy as np
import pytest

from rnnbook.experiments import adding

ONE = 1 / 6  # the error of answering one


@pytest.fixture(scope="module")
def result(seeds):
    return adding.run(seeds)


def error(result, name, length):
    """The error of each seed for one network at the length it was tried at."""
    (place,) = (k for k, case in enumerate(result.cases) if case[1:] == (name, length))
    return result.error[:, place]


@pytest.mark.learned
def test_what_helps_over_twenty_steps(result):
    """Over 20 steps, 400 steps of training do not halve the plain network's error of answering one,
    in any run: not from an orthogonal start either, nor with skip connections over ten steps. A GRU
    as PyTorch starts it gets below a fifth of it in every run, over 30 steps too, and ReLU with the
    identity in the median run.
    """
    for name in ("plain", "plain, orthogonal", "plain, skip 10"):
        assert error(result, name, 20).min() > ONE / 2
    assert error(result, "GRU", 20).max() < ONE / 5
    assert np.median(error(result, "ReLU, identity", 20)) < ONE / 5
    assert error(result, "GRU", 30).max() < ONE / 5


def test_more_gradient_is_not_enough(result):
    """More gradient is not enough: before training, the first of 20 inputs moves the answer of the
    orthogonal start at least a hundred times as much as that of the default start, and 400 steps of
    training do not halve its error of answering one, in any run.
    """
    default, orthogonal = result.slope.T
    assert (orthogonal > 100 * default).all()
    assert adding.STEPS[20] == 400
    assert error(result, "plain, orthogonal", 20).min() > ONE / 2


@pytest.mark.learned
def test_open_gates_add_over_a_hundred_steps(result):
    """An LSTM with chrono initialisation adds over a hundred steps, with less than a fifth of the
    error of answering one in the median run.
    """
    assert np.median(error(result, "LSTM, chrono", 100)) < ONE / 5


@pytest.mark.learned
def test_two_hundred_steps_without_attention(result):
    """Two hundred steps do not need attention: a recurrence that is linear in its state, with gates
    that see the input alone, adds over them in every run, with less than a fifth of the error of
    answering one. Attention over the states of a plain network does so over a hundred.
    """
    assert error(result, "linear, scan", 200).max() < ONE / 5
    assert error(result, "plain, attention", 100).max() < ONE / 5


def test_the_scan_is_the_loop(result):
    """In 64-bit numbers, a parallel scan gives the states and the gradients of the loop over 200
    steps to ten decimals.
    """
    assert result.scan_error.max() < 0.5e-10
