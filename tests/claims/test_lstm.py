"""Claims of the chapter on the LSTM."""

import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import lstm

DEFAULT, ONE, THREE, FIVE = (lstm.BIASES.index(bias) for bias in (None, 1.0, 3.0, 5.0))
INPUT, FORGET, OUTPUT = range(3)
MARKED, OTHER = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return lstm.run(seeds)


def lag(result, steps):
    """The place of a lag in the arrays."""
    return result.lags.index(steps)


def test_written_out_it_equals_the_library(result):
    """Written out in a few lines, the LSTM has the outputs, the states and the gradients of
    nn.LSTM, and either layer loads the weights of the other.
    """
    assert result.equal.max() < 1e-9
    ours, theirs = layers.LSTM(2, 4), nn.LSTM(2, 4)
    for one, other in ((ours, theirs), (theirs, ours)):
        fresh = type(other)(2, 4)
        fresh.load_state_dict(one.state_dict())
        for loaded, given in zip(fresh.parameters(), one.parameters(), strict=True):
            assert torch.equal(loaded, given)


@pytest.mark.learned
def test_forget_gate_closes_at_marks(result):
    """In a network that learned to report the last marked bit, the forget gate of the most used
    cell is, on average, below a third at marks and more than twice as open at the other steps.
    """
    assert result.accuracy.min() > 0.98
    forget = result.means[:, FORGET]
    assert forget[:, MARKED].max() < 1 / 3
    assert (forget[:, OTHER] / forget[:, MARKED]).min() > 2


def test_two_paths_of_the_gradient(result):
    """With gates and candidates held constant, the gradient along the cell state is the product of
    the forget gates; over 100 steps the full derivative is more than three times as large, at every
    start tried.
    """
    assert result.belt.max() < 1e-9
    assert (result.full[:, :, 100] / result.direct[:, :, 100]).min() > 3


def test_untrained_gradient_depends_on_the_forget_bias(result):
    """Over 100 steps an untrained LSTM as PyTorch starts it keeps less than a millionth of a
    billionth of the gradient; with a forget bias of five, over all paths, it is larger at the far
    end than where it started.
    """
    assert result.full[:, DEFAULT, 100].max() < 1e-15
    assert result.full[:, FIVE, 100].min() > 1


@pytest.mark.learned
def test_memory_depends_on_the_forget_bias(result):
    """Asked twenty steps later, an LSTM as PyTorch starts it still guesses after 400 steps of
    training; with a forget bias of three the same network has learned it within 100.
    """
    near = lag(result, 20)
    assert result.given[near, DEFAULT] == 400
    assert result.answers[:, near, DEFAULT].max() < 0.65
    assert (result.solved[:, near, THREE] > 0).all()
    assert result.solved[:, near, THREE].max() < 100
    assert result.answers[:, near, THREE].min() > 0.95
