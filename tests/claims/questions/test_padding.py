"""The claim of the question what padding does to a recurrent network."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import padding

ZEROS = 20

CONDITIONS = (
    f"Layers of {padding.HIDDEN} units in PyTorch's default initialisation, without training; 64 "
    f"random sequences of {padding.REAL} steps, then {ZEROS} zeros. The distance is that of the "
    "final states from their mean, as a share of what it is without zeros."
)


@pytest.fixture(scope="module")
def result(seeds):
    """The share of the distance that is left, by seed and layer."""
    return np.array([left(seed) for seed in seeds])


@cache
def left(seed):
    """The same on one seed."""
    at = padding.PADS.index(ZEROS)
    return [padding.spreads(layer, seed)[at] for layer in padding.LAYERS.values()]


def predicted(result):
    """If zeros left the state as it is, the states would keep their whole distance."""
    return np.ones_like(result)


def test_zeros_wash_out_a_state(result, show, setting):
    """Zeros wash out an untrained state. After 20 steps of zeros, default RNNs, LSTMs and GRUs of
    32 units keep less than 0.01 of the distance between final states.
    """
    setting(ZEROS, 20)
    setting(padding.HIDDEN, 32)
    setting(list(padding.LAYERS), ["RNN", "LSTM", "GRU"])
    show("share of the distance that is left", result, below=0.01)
