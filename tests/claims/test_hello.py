"""Claims of the chapter on spelling a word."""

import math

import numpy as np
import pytest

from rnnbook.experiments import hello

HELLO, WORLD = range(2)
NONE, RNN, LSTM = range(3)
FIRST_L, SECOND_L = 2, 3


@pytest.fixture(scope="module")
def result(seeds):
    return hello.run(seeds)


@pytest.mark.learned
def test_memoryless_loss_stops_at_its_floor(result):
    """Without memory, the loss on hello comes down to half the natural logarithm of two and never below it."""
    assert math.isclose(result.floors[HELLO], math.log(2) / 2)
    losses = result.losses[:, HELLO, NONE]
    assert np.nanmin(losses) > result.floors[HELLO] - 1e-5
    assert (losses[:, -1] < result.floors[HELLO] + 0.01).all()


@pytest.mark.learned
def test_memoryless_network_gives_both_answers(result):
    """After either l the network without memory gives l and o half the probability each, and it gives the same answer both times."""
    after = result.probabilities[:, NONE]
    assert np.abs(after[:, FIRST_L] - after[:, SECOND_L]).max() < 1e-6
    for letter in "lo":
        assert np.abs(after[:, FIRST_L, result.symbols.index(letter)] - 0.5).max() < 0.05


@pytest.mark.learned
def test_recurrent_networks_spell(result):
    """An RNN and an LSTM with sixteen units both learn to spell hello from its first letter on."""
    assert (result.spelled[:, HELLO, RNN] == "hello").all()
    assert (result.spelled[:, HELLO, LSTM] == "hello").all()


@pytest.mark.learned
def test_lstm_needs_more_steps(result):
    """On this word the LSTM needs more training steps than the RNN with the same settings."""
    reached = result.reached[:, HELLO]
    assert np.isfinite(reached[:, [RNN, LSTM]]).all()
    assert (reached[:, LSTM] > reached[:, RNN] + 5).all()


@pytest.mark.learned
def test_some_words_need_no_memory(result):
    """A word in which every letter has only one follower, such as world, is spelled without memory too."""
    assert result.floors[WORLD] == 0
    assert (result.spelled[:, WORLD] == "world").all()
