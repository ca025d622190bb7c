"""Claims of the chapter on layers on top of each other."""

import numpy as np
import pytest
from torch import nn

from rnnbook.experiments import depth
from rnnbook.training import count_parameters

ONE, TWO, THREE = range(3)
NAME, ANSWER = range(2)
DEFAULT, ORTHOGONAL = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return depth.run(seeds)


def test_half_the_width_and_four_layers_are_not_equal():
    """Reading ten numbers a step, four layers of 64 units are no match in size for one layer of
    128: they have more than one and a half times its parameters, and with 49 units they have about
    as many.
    """
    single = count_parameters(nn.RNN(10, 128))
    assert count_parameters(nn.RNN(10, 64, num_layers=4)) > 1.5 * single
    assert 0.98 * single < count_parameters(nn.RNN(10, 49, num_layers=4)) < 1.02 * single


@pytest.mark.learned
def test_layers_help_where_there_are_stages(result):
    """On a task of two stages, two layers and three learn more than one from the same number of
    updates at an equal number of parameters; a single layer with three times the updates overtakes
    a stack of three.
    """
    pairs = result.parameters[0]
    assert pairs.max() < 1.03 * pairs.min()
    assert (result.composed[:, TWO] - result.composed[:, ONE]).min() > 0.04
    assert (result.composed[:, THREE] - result.composed[:, ONE]).min() > 0.08
    assert (result.composed.min(axis=1) > result.baselines + 0.1).all()
    assert depth.LONGER == 3
    assert (result.longer - result.composed[:, THREE]).min() > 0.03


@pytest.mark.learned
def test_layers_do_not_help_where_there_are_none(result):
    """On a task without stages, adding up the last three inputs, more layers do not pay: the median
    run of a stack of three does not get down to half the error of a single layer of as many
    parameters.
    """
    sums = result.parameters[1]
    assert sums.max() < 1.03 * sums.min()
    assert result.summed.max() < 0.1 * result.summed_baseline
    single, stack = np.median(result.summed[:, [ONE, THREE]], axis=0)
    assert stack > single / 2


@pytest.mark.learned
def test_the_answer_comes_up_through_the_layers(result):
    """In a trained stack of three the answer can be read from each layer better than from the one
    below, and the lowest layer holds the name of the pair, the first stage, far better than the
    answer.
    """
    stack = result.read[:, THREE]
    assert np.diff(stack[:, :, ANSWER], axis=1).min() > 0.04
    assert (stack[:, 0, NAME] - stack[:, 0, ANSWER]).min() > 0.2


def test_time_costs_more_than_depth(result):
    """In an untrained stack of four with default weights, a step down and a step back both leave
    between two fifths and three quarters of the gradient, and twenty steps back less than a
    thousandth is left in any layer; with orthogonal recurrent weights more arrives there in every
    layer.
    """
    assert 2 / 5 < result.passed.min() < result.passed.max() < 3 / 4
    assert result.gradients[:, DEFAULT, :, -21].max() < 1e-3
    far = result.gradients[:, :, :, -21]
    assert (far[:, ORTHOGONAL] > 20 * far[:, DEFAULT]).all()
