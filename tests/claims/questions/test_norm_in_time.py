"""The claim of the question whether to normalise a recurrence by batch or by layer."""

import numpy as np
import pytest

from rnnbook.experiments import norm_in_time

CONDITIONS = (
    f"An untrained plain recurrence of {norm_in_time.UNITS} units whose sums are normalised before "
    f"tanh, without a learned scale; {norm_in_time.BATCH} sequences with {norm_in_time.INPUTS} random "
    "numbers at each step."
)


@pytest.fixture(scope="module")
def result(seeds):
    return norm_in_time.run(seeds)


def predicted(result):
    """If one running variance served all steps, the variance would be the same at each."""
    same = np.ones_like(result.variance) * result.variance.mean(axis=1, keepdims=True)
    return result._replace(variance=same)


def test_batch_statistics_change_with_the_step(result, show, setting):
    """Batch statistics differ at the first step. Before training, the variance of the sums before
    tanh more than doubles from step 1 to 20; layer norm gives a batch of one the same states, to
    1e-5.
    """
    setting(norm_in_time.STEPS, 20)
    ratio = result.variance[:, -1] / result.variance[:, 0]
    show("variance at step 20 over that at step 1", ratio, above=2, ratio=True)
    show("layer norm: states alone, distance from those in the batch", result.alone, below=1e-5)
