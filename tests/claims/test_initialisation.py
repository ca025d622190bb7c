"""Claims of the chapter on where training starts."""

import numpy as np
import pytest

from rnnbook.experiments import initialisation


@pytest.fixture(scope="module")
def result(seeds):
    return initialisation.run(seeds)


def of(result, values, kind, name):
    """The part of an array that belongs to one start."""
    return values[:, result.starts.index((kind, name))]


def error(result, kind, name):
    """The error of each seed at the length whose curves are shown."""
    return of(result, result.error, kind, name)


def test_default_gradients_have_vanished(result):
    """Before any training, the gradient that reaches 50 steps back is below a ten-millionth of the
    last step's for every default start, and above a hundred-thousandth for orthogonal, identity
    and chrono starts.
    """
    for kind, name in result.starts:
        slope = of(result, result.gradient, kind, name)
        share = slope[:, 50] / slope[:, 0]
        if name == "default":
            assert share.max() < 1e-7
        elif not name.startswith("forget"):
            assert share.min() > 1e-5


@pytest.mark.learned
def test_start_decides_the_plain_network(result):
    """At 30 steps a plain network from its default start is not a fifth better than predicting zero
    after 150 steps of training; from an orthogonal start it has less than half of the error of
    predicting zero, in every run.
    """
    assert initialisation.STEPS[30] == 150
    assert error(result, "RNN", "default").min() > 0.8
    assert error(result, "RNN", "orthogonal").max() < 0.5


@pytest.mark.learned
def test_identity_with_relu(result):
    """With ReLU and the identity as its start, a plain network learns to copy over 60 steps within
    220 steps of training, in every run.
    """
    assert initialisation.STEPS[60] == 220
    assert of(result, result.reached, "ReLU RNN", "identity").min() == 60


@pytest.mark.learned
def test_forget_bias_of_one_is_not_enough(result):
    """For an LSTM a forget bias of one is too little: at 30 steps, 150 steps of training do not
    halve the error of predicting zero in the median run; with chrono initialisation it learns to
    copy over 60 within 220 steps of training, and a GRU over 30 within 150, in every run.
    """
    assert (initialisation.STEPS[30], initialisation.STEPS[60]) == (150, 220)
    assert np.median(error(result, "LSTM", "forget bias 1")) > 0.5
    assert error(result, "LSTM", "default").min() > 0.8
    assert of(result, result.reached, "LSTM", "chrono").min() == 60
    assert of(result, result.reached, "GRU", "chrono").min() == 30
