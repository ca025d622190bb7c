"""Claims of the chapter on a whole sequence."""

import numpy as np
import pytest

from rnnbook.experiments import whole_sequence


@pytest.fixture(scope="module")
def result(seeds):
    return whole_sequence.run(seeds)


def test_copied_network_is_equal(result):
    """Once the weights and both biases are copied, the network written out and PyTorch's give the same outputs, final states and gradients up to rounding, with one layer and with two."""
    assert result.layers == (1, 2)
    assert result.compared == ("outputs", "final state", "gradients")
    assert result.equal.max() < 1e-5


def test_one_bias_is_missed(result):
    """In an untrained network of ten inputs and two layers, copy the weights but forget one of the two biases, or leave it at its own initialisation, and the outputs are off by more than a fifth of their size."""
    columns = [result.mistakes.index(f"one bias {what}") for what in ("forgotten", "not copied")]
    assert result.wrong[:, columns].min() > 0.2
    assert result.wrong[:, result.mistakes.index("all copied")].max() < 1e-5


def test_biases_share_their_gradient(result):
    """The two biases of a plain recurrent layer always get the same gradient, because only their sum counts."""
    assert result.biases.max() < 1e-6


@pytest.mark.learned
def test_learning_curves_coincide(result):
    """From the same weights and on the same batches the two learn the same curve, and end far below the best answer that has no memory."""
    ours, theirs = result.losses[:, 0], result.losses[:, 1]
    assert np.abs(ours / theirs - 1).max() < 0.05
    assert result.scores.max() < 0.1 * result.baseline
