"""Claims of the chapter on reading from both ends."""

import numpy as np
import pytest

from rnnbook.experiments import directions

FORWARD, BACKWARD, BOTH = range(3)
LEFT, RIGHT = range(2)
ONE, TWO = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return directions.run(seeds)


def test_two_layers_equal_the_builtin_one(result):
    """Two layers, of which one reads each sequence turned around within its own length, give the
    outputs, final states and gradients of PyTorch's bidirectional layer, padded batches included,
    be it a plain RNN, an LSTM or a GRU.
    """
    assert result.layers == ("RNN", "LSTM", "GRU")
    assert result.compared == ("outputs", "final state", "gradients")
    assert result.equal.max() < 1e-5


def test_the_backward_state_that_has_read_everything_stands_first(result):
    """The backward state that has read everything stands at the first step of the output; at the
    last step the backward half has read one input from a state of zeros.
    """
    assert len(result.pairs) == 3
    assert result.ends.max() < 1e-6


@pytest.mark.learned
def test_both_directions_have_no_weak_side(result):
    """A forward network is right in more than five of six cases where the word that decides stands
    to the left, and no better than a coin where it stands to the right; a bidirectional network
    with no more parameters is nearly always right on both sides.
    """
    assert result.parameters[BOTH] <= result.parameters[[FORWARD, BACKWARD]].min()
    assert result.accuracy[:, FORWARD, LEFT].min() > 5 / 6
    assert result.accuracy[:, BACKWARD, RIGHT].min() > 5 / 6
    coin = np.concatenate([result.accuracy[:, FORWARD, RIGHT], result.accuracy[:, BACKWARD, LEFT]])
    assert np.abs(coin - 0.5).max() < 0.08
    assert result.accuracy[:, BOTH].min() > 0.95


@pytest.mark.learned
def test_flip_costs_a_trained_network_right_answers(result):
    """Turned around with flip, padding leads a trained bidirectional network into mistakes that it
    does not make when each sentence is turned around within its own length: in the median run, at
    the worst of the paddings tried, on more than one in fifty words told to the left.
    """
    right = result.accuracy[:, BOTH, LEFT]
    assert right.min() > 0.95
    assert np.median(right - result.flipped[:, :, LEFT].min(axis=1)) > 0.02


@pytest.mark.learned
def test_a_bidirectional_language_model_cheats(result):
    """A bidirectional language model gets far below the floor even on random tokens, because the
    next token is in its input, and where the next token is not yet there it does worse than calling
    all equally likely.
    """
    assert result.shown[:, TWO].max() < 0.05 * result.floor
    assert result.asked[:, TWO].min() > result.floor + 0.05
    for honest in (result.shown[:, ONE], result.asked[:, ONE]):
        assert np.abs(honest - result.floor).max() < 0.05
