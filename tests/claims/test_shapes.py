"""Claims of the chapter on shapes and states."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import shapes
from rnnbook.layers import RNN, last_state

TRUE_LENGTH, NO_PADDING, PADDED, TWO_LAYERS, RESHAPED, FORGOTTEN, COLUMN, BROADCAST = range(8)
BATCH_FIRST, FOR_TIME, ROWS = range(3)


@pytest.fixture(scope="module")
def result(seeds):
    return shapes.run(seeds)


def test_forgotten_batch_first_leaks(result):
    """A recurrent layer built without batch_first takes a batch for time and raises nothing: in a batch of four, what the first sequence says then reaches all the others."""
    assert (result.leak[:, BATCH_FIRST, 1:] == 0).all()
    assert result.leak[:, FOR_TIME, 1:].min() > 0.05


@pytest.mark.learned
def test_padding_ends_what_squeeze_reads(result):
    """Within 180 steps of training, a classifier that reads h_n.squeeze(0) learns phrases without padding and stays at chance when one long phrase in the batch pads all others; read at the true lengths, they are learned again."""
    assert shapes.STEPS == 180
    assert result.accuracy[:, [NO_PADDING, TRUE_LENGTH]].min() > 0.95
    assert np.abs(result.accuracy[:, PADDED] - 0.5).max() < 0.15


@pytest.mark.learned
def test_silent_shapes_cost_everything(result):
    """Trained for 180 steps with batch_first forgotten, with the layers of h_n reshaped into the batch, or with a squared error against targets of another rank, a network stays at chance on phrases that it otherwise learns."""
    assert shapes.STEPS == 180
    assert result.accuracy[:, [NO_PADDING, TWO_LAYERS, COLUMN]].min() > 0.9
    wrong = result.accuracy[:, [RESHAPED, FORGOTTEN, BROADCAST]]
    assert np.abs(wrong - 0.5).max() < 0.15


def test_state_is_what_the_caller_hands_in(result, seeds):
    """A layer keeps nothing between two calls; a state left over from another batch changes the first steps of an untrained layer most and fades after them."""
    for seed in seeds:
        torch.manual_seed(seed)
        layer, xs = nn.RNN(10, 32, batch_first=True), torch.randn(4, 20, 10)
        assert torch.equal(layer(xs)[0], layer(xs)[0])
    assert result.stale[:, 0].min() > 0.2
    assert (result.stale[:, -1] < result.stale[:, 0] / 100).all()


def test_last_state_refuses_a_batch_taken_for_time(seeds):
    """Our last_state raises an error on what a layer without batch_first returns, as long as batch and time differ."""
    for seed in seeds:
        torch.manual_seed(seed)
        for layer in (nn.RNN(10, 32), RNN(10, 32)):
            with pytest.raises(ValueError, match="batch_first"):
                last_state(*layer(torch.randn(4, 20, 10)))
