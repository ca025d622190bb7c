"""Claims of the chapter on one step of memory."""

import numpy as np
import pytest

from rnnbook.experiments import one_step

TANH, NONE = range(2)
DEFAULT, THREEFOLD = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return one_step.run(seeds)


def test_cell_has_one_set_of_weights(result):
    """A cell reads five steps or five hundred with the same weights; a layer with weights of its own for every step grows with the sequence."""
    assert result.lengths == (5, 500)
    assert result.shared[0] == result.shared[1]
    assert result.separate[1] > 90 * result.separate[0]


def test_default_weights_let_the_first_input_fade(result):
    """With PyTorch's default weights the first input is all but gone after twenty steps: replacing it moves the state less than a thousandth as far as replacing everything."""
    assert result.untrained[:, result.steps == 20].max() < 1e-3


@pytest.mark.learned
def test_trained_network_holds_the_first_input(result):
    """Trained to recall the first of ten inputs, the same network still holds it after twenty steps: replacing it moves the state more than half as far as replacing everything."""
    assert result.accuracy.min() > 0.95
    assert result.trained[:, result.steps == 20].min() > 0.5


def test_tanh_bounds_the_state(result):
    """With tanh no number of the state leaves the range from minus one to one; without it, recurrent weights three times the default size take the state past a million within a hundred steps, and default weights do not."""
    largest = result.largest.max(axis=-1)
    assert largest[:, :, TANH].max() <= 1
    assert largest[:, THREEFOLD, NONE].min() > 1e6
    assert largest[:, DEFAULT, NONE].max() < 10
    assert result.activations == ("tanh", "none")
    assert np.isfinite(result.largest).all()
