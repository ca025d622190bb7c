"""The claim of the question what the largest derivative of tanh is."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from rnnbook.experiments import gradient_flow

CONDITIONS = (
    f"Plain networks of {gradient_flow.HIDDEN} units with PyTorch's default weights, without "
    f"training, {gradient_flow.STEPS} random inputs of 10 numbers; a slope for each unit and step."
)


class Slopes(NamedTuple):
    """The slope of tanh at zero, and those in networks, (seed, unit and step)."""

    at_zero: float
    met: np.ndarray


def slopes(seed):
    """Return the derivative of tanh at every unit and step of an untrained network."""
    model, xs = gradient_flow.ten_inputs(seed)
    with torch.no_grad():
        return (1 - model.rnn(xs)[0] ** 2).flatten().numpy()


@pytest.fixture(scope="module")
def result(seeds):
    z = torch.zeros((), requires_grad=True)
    (at_zero,) = torch.autograd.grad(torch.tanh(z), z)
    return Slopes(at_zero.item(), np.array([slopes(seed) for seed in seeds]))


def predicted(result):
    """If the slope of tanh were at most a quarter, no unit would ever be above it."""
    return Slopes(result.at_zero / 4, result.met / 4)


def test_slopes_above_a_quarter(result, show, setting):
    """Untrained slopes can be mostly above a quarter. The slope of tanh at zero is exactly 1; in
    untrained networks of 32 units with standard normal inputs, more than 0.9 of all slopes are
    above a quarter.
    """
    setting(gradient_flow.HIDDEN, 32)
    show("slope at zero", result.at_zero, equal=1, over="all runs")
    share = (result.met > 0.25).mean(axis=1)
    show("share of slopes above a quarter", share, above=0.9, limit=1)
