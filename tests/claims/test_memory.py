"""Claims of the chapter on what fits in a state."""

import numpy as np
import pytest

from rnnbook.experiments import memory

UNTRAINED, TRAINED = range(2)
LARGEST = -1


@pytest.fixture(scope="module")
def result(seeds):
    return memory.run(seeds)


@pytest.mark.learned
def test_trained_state_holds_what_the_task_asks_for(result):
    """A network that learned to repeat the symbol of three steps ago holds the last four symbols,
    each of which a linear probe reads back nearly without mistakes, and of a symbol of ten steps
    ago the probe finds nothing.
    """
    assert result.accuracy[:, TRAINED, :, :4].min() > 0.95
    assert result.accuracy[:, TRAINED, :, 10].max() < result.chance + 0.06


def test_state_is_lossy_without_training_too(result):
    """A state can be read before anything is trained: older symbols are lost more often than newer
    ones, and a larger state holds more of them.
    """
    accuracy = result.accuracy[:, UNTRAINED]
    assert accuracy[:, :, 0].min() > 0.95
    assert np.diff(accuracy, axis=-1).max() < 0.06  # it never rises by more than chance allows
    assert (accuracy[:, :, 0] - accuracy[:, :, 8]).min() > 0.4
    assert np.diff(accuracy[:, :, 4], axis=1).min() > 0.1


@pytest.mark.learned
def test_training_makes_a_large_state_forget(result):
    """With sixty-four units, training makes the state forget: a symbol of five steps ago, which the
    task never asks for, is read back far more often from the untrained network.
    """
    assert result.sizes[LARGEST] == 64
    old = result.accuracy[:, :, LARGEST, 5]
    assert (old[:, UNTRAINED] - old[:, TRAINED]).min() > 0.3


@pytest.mark.learned
def test_state_is_no_fixed_store(result):
    """The state of the trained network is no fixed store: one step moves it by more than its own
    length, and the probe that reads the present symbol does not find it one step later.
    """
    assert result.moved[:, TRAINED].min() > 1.1
    assert result.accuracy[:, TRAINED, :, 0].min() > 0.95
    assert result.later[:, TRAINED].max() < result.chance + 0.06


@pytest.mark.learned
def test_readable_is_not_used(result):
    """What can be read need not be used: erasing the symbol of four steps ago, which a probe reads
    well, leaves the answers of the largest network right, and erasing the one it is asked for
    leaves it guessing.
    """
    assert result.accuracy[:, TRAINED, LARGEST, 4].min() > 0.6
    assert result.erased[:, 4].min() > 0.95
    assert result.erased[:, result.lag].max() < 0.3
