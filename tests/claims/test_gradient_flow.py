"""Claims of the chapter on where the gradient goes."""

import numpy as np
import pytest

from rnnbook.experiments import gradient_flow


@pytest.fixture(scope="module")
def result(seeds):
    return gradient_flow.run(seeds)


def test_default_weights_lose_the_gradient_where_tanh_is_steep(result):
    """With PyTorch's default weights less than a ten-billionth of the gradient reaches an input 49
    steps back, though the derivative of tanh, whose largest value is one and not a quarter, is more
    than two thirds on average.
    """
    assert (result.tracked[:, 49] / result.tracked[:, 0]).max() < 1e-10
    assert result.tracked_slope.min() > 2 / 3
    assert 0.99 < result.slopes[:, 0].max() <= 1


def test_latching_remembers_without_a_gradient(result):
    """A unit that latches holds its sign through a thousand noisy steps while its gradient
    vanishes: a vanished gradient is not a forgotten input.
    """
    held, gradient = result.latch.T
    assert held.min() > 0.99
    assert gradient.max() < 1e-50


def test_it_is_the_share_that_vanishes(result):
    """What vanishes is the share of distant steps: with default weights the part that is twenty or
    more steps old is less than a thousandth of the gradient, and magnifying the whole a million
    times leaves what Adam learns as it was.
    """
    assert result.old.max() < 1e-3
    plain, magnified = result.magnified[:, 0], result.magnified[:, 1]
    assert np.abs(magnified / plain - 1).max() < 1e-3


@pytest.mark.learned
def test_the_start_decides_how_far_a_plain_network_learns(result):
    """From default weights most plain networks learn within 400 updates to recall their first input
    across twenty steps, and none within 120 across fifty; orthogonal recurrent weights with small
    input weights learn fifty within those 120, at the same learning rate.
    """
    near, far_default, far_orthogonal = result.accuracy.T
    assert np.median(near) > 0.95
    assert far_default.max() < 0.65
    assert far_orthogonal.min() > 0.9
