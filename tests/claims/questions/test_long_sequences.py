"""The claim of the question why plain networks fail on long sequences."""

import numpy as np
import pytest

from rnnbook.experiments import gradient_flow

CONDITIONS = (
    f"Plain networks of {gradient_flow.HIDDEN} units without training, {gradient_flow.STEPS} random "
    "inputs; the factor is the geometric mean over 49 steps."
)


@pytest.fixture(scope="module")
def result(seeds):
    return np.array([gradient_flow.tracked(seed) for seed in seeds])


def predicted(result):
    """If a step kept a quarter at most, its mean factor would be 0.25 or less."""
    return result[:, :1] * 0.25 ** np.arange(result.shape[1])


def test_each_step_keeps_a_part(result, show, setting):
    """Each step keeps a part of the gradient. With PyTorch's default weights and 32 units, the mean
    factor of a step is between 0.4 and 0.7 on every seed.
    """
    setting(gradient_flow.HIDDEN, 32)
    factor = (result[:, 49] / result[:, 0]) ** (1 / 49)
    show("mean factor of a step", factor, within=(0.4, 0.7))
