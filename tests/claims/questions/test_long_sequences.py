"""The claim of the question why plain networks fail on long sequences."""

from functools import cache

import numpy as np
import pytest
import torch

from rnnbook.experiments import gradient_flow
from rnnbook.models import RNNWithGradientTracking

WIDTHS = (32, 128)

CONDITIONS = (
    f"Plain networks without training, {gradient_flow.STEPS} random inputs of 10 numbers; what a "
    "step keeps is the geometric mean over 49 steps."
)


@cache  # calibration asks for the same seeds in many groups
def tracked(units, seed):
    """Return the gradient at the first input by the distance of the output."""
    torch.manual_seed(seed)
    model = RNNWithGradientTracking(10, units).double()
    return model.track_gradients(torch.randn(1, gradient_flow.STEPS, 10, dtype=torch.float64))


def kept(norms):
    """Return the mean factor of a step."""
    return (norms[:, 49] / norms[:, 0]) ** (1 / 49)


@pytest.fixture(scope="module")
def result(seeds):
    return {units: np.array([tracked(units, seed) for seed in seeds]) for units in WIDTHS}


def predicted(result):
    """If room were the limit, four times the units would reach four times as far."""
    narrow, wide = WIDTHS
    factor = kept(result[narrow])[:, np.newaxis] ** (narrow / wide)
    steps = np.arange(gradient_flow.STEPS)
    return result | {wide: result[narrow][:, :1] * factor**steps}


def test_a_wider_state_does_not_save_the_gradient(result, show, setting):
    """A wider state does not save the gradient. With PyTorch's default weights, standard normal
    inputs and 32 or 128 units, each step keeps between 0.4 and 0.7 of it on average, on every seed.
    """
    setting(WIDTHS, (32, 128))
    factors = np.stack([kept(norms) for norms in result.values()], axis=-1)
    show("mean factor of a step, by width", factors, within=(0.4, 0.7))
