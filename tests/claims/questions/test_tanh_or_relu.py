"""The claim of the question why recurrent networks use tanh."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch

from rnnbook.experiments import initialisation

START = initialisation.PLAIN["ReLU RNN", "default"]
CONDITIONS = (
    f"Untrained ReLU networks of {initialisation.SIZE} units; the gradient is that of the last "
    "answer of copy-first with respect to each input, and the size of a state is its largest number "
    "in 100 steps of noise."
)


class Unguarded(NamedTuple):
    """The share of the gradient left 20 steps back, and the largest number of a state, by seed."""

    share: np.ndarray
    largest: np.ndarray


@cache
def unguarded(seed):
    model = initialisation.built(START, initialisation.FAR, seed)
    slope = initialisation.by_distance(model, seed)
    with torch.no_grad():
        model.rnn.weight_hh_l0.mul_(5)
        noise = torch.randn(
            16, 100, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
        )
        states = model.rnn.double()(noise)[0]
    return slope[20] / slope[0], float(states.max())


@pytest.fixture(scope="module")
def result(seeds):
    return Unguarded(*np.array([unguarded(seed) for seed in seeds]).T)


def predicted(result):
    """If the slope decided, all of the gradient would be left 20 steps back."""
    return result._replace(share=np.ones_like(result.share))


def test_relu_guards_neither(result, show):
    """ReLU guards neither gradient nor state. With default weights, less than a thousandth of the
    gradient is left 20 steps back; with recurrent weights five times as large, the state passes a
    million within 100 steps.
    """
    show("gradient left 20 steps back", result.share, below=1e-3, ratio=True)
    show("largest number", result.largest, above=1e6, ratio=True)
