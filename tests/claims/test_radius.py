"""Claims of the chapter on radius, singular value and saturation."""

import numpy as np
import pytest

from rnnbook.experiments import radius

DEFAULT, LARGE, ORTHOGONAL, CHAIN = range(4)
NO_TANH, WEAK, STRONG = range(3)


@pytest.fixture(scope="module")
def result(seeds):
    return radius.run(seeds)


def test_no_single_number_of_the_weights_decides(result):
    """Neither the largest singular value nor the spectral radius decides: default weights have a
    singular value above one and their gradient vanishes, a chain of units with a spectral radius of
    one half makes it grow more than tenfold first where there is no tanh, and orthogonal weights,
    with both at one, lose it under strong inputs.
    """
    assert result.stretch[:, DEFAULT].min() > 1
    assert result.products[:, DEFAULT, :, -1].max() < 1e-6
    assert np.abs(result.radius[:, CHAIN] - 0.5).max() < 1e-6
    assert result.products[:, CHAIN, NO_TANH].max(axis=-1).min() > 10
    assert np.abs(result.stretch[:, ORTHOGONAL] - 1).max() < 1e-6
    assert np.abs(result.radius[:, ORTHOGONAL] - 1).max() < 1e-6
    assert result.products[:, ORTHOGONAL, STRONG, -1].max() < 1e-6


def test_above_one_does_not_mean_that_it_explodes(result):
    """A spectral radius above one does not mean that the gradient explodes: over a hundred steps a
    random matrix scaled to one and a half lets it grow more than a billionfold without tanh, and
    with tanh and inputs of size one less than a thousandth of it is left.
    """
    (half,) = (k for k, scale in enumerate(result.scales) if scale == 1.5)
    assert result.linear.shape[-1] > 100
    assert result.linear[:, half, 100].min() > 1e9
    assert result.with_tanh[:, half, 100].max() < 1e-3


def test_the_same_weights_grow_or_lose_by_their_inputs(result):
    """Saturation depends on the inputs as much as on the weights: with tanh, over fifty steps, the
    same large random weights let the gradient grow under weak inputs and lose more than nine tenths
    of it under strong ones.
    """
    assert result.products[:, LARGE, WEAK, -1].min() > 1
    assert result.products[:, LARGE, STRONG, -1].max() < 0.1
