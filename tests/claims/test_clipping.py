"""Claims of the chapter on clipping."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import clipping

SGD, SGD_CLIPPED = 0, 1
BY_NORM, BY_VALUE = 0, 1


@pytest.fixture(scope="module")
def result(seeds):
    return clipping.run(seeds)


def test_the_demonstration_is_large_because_it_sums(result):
    """In the usual demonstration of clipping the gradient is large because the loss is a sum: its norm grows in proportion to the number of steps, and with the mean in its place it stays below one."""
    growth = result.summed[:, -1] / result.summed[:, 0]
    steps = result.lengths[-1] / result.lengths[0]
    assert (growth > 0.6 * steps).all()
    assert (growth < 1.4 * steps).all()
    assert result.mean.max() < 1


def test_large_recurrent_weights_explode(result):
    """Recurrent weights six times as large make the gradient of the same mean explode: from 10 to 100 steps it grows more than a thousandfold."""
    assert (result.exploding[:, -1] > 1000 * result.exploding[:, 0]).all()


@pytest.mark.learned
def test_clipping_saves_a_run_that_breaks(result):
    """A ReLU network that starts from the identity and takes plain gradient steps at a learning rate of 0.1 breaks, in the median run within twenty of them; with the norm clipped at 1.0 it comes, in ninety, below half the loss of the best answer without memory."""
    assert (clipping.RULES[SGD].learning_rate, clipping.STEPS) == (0.1, 90)
    assert np.median(np.isfinite(result.losses[:, SGD]).sum(axis=1)) < 20
    assert np.isinf(result.final[:, SGD]).all()
    assert result.final[:, SGD_CLIPPED].max() < result.baseline / 2


def test_norm_keeps_the_direction_and_the_shares(result):
    """Clipping by norm keeps the direction of a gradient, and with it the tiny share of distant steps, which no rescaling brings back; clipping entry by entry turns it."""
    assert result.cosines[:, BY_NORM].min() > 0.9999
    assert result.cosines[:, BY_VALUE].max() < 0.9
    assert result.shares.max() < 1e-3
    as_it_is, magnified, clipped = result.shares.T
    assert np.allclose(as_it_is, clipped, rtol=1e-6)
    assert np.allclose(as_it_is, magnified, rtol=1e-6)


def test_clipping_spreads_one_nan(seeds):
    """One NaN in a gradient is in all of it after clipping by norm; with error_if_nonfinite=True the call raises an error and leaves the gradient as it was."""
    for seed in seeds:
        gradient = torch.randn(100, generator=torch.Generator().manual_seed(seed))
        gradient[seed % 100] = float("nan")
        assert clipping.clip_tensor(gradient, 1.0).isnan().all()
        weight = nn.Parameter(torch.zeros(100))
        weight.grad = gradient.clone()
        with pytest.raises(RuntimeError, match="non-finite"):
            nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
        assert torch.equal(weight.grad.nan_to_num(), gradient.nan_to_num())
