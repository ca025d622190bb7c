"""The claim of the question which forget bias an LSTM should get."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import lstm

CONDITIONS = (
    f"An untrained LSTM of {lstm.WIDE} cells reads one random number at each step; the cell path is "
    "the gradient with gates and candidate held constant."
)

BACK = 40


@cache
def kept(start, seed):
    path = lstm.by_distance(lstm.STARTS[start], seed)[1]
    return path[BACK] / path[0]


@pytest.fixture(scope="module")
def result(seeds):
    starts = ("forget bias 1", "forget bias 5")
    return {start: np.array([kept(start, seed) for seed in seeds]) for start in starts}


def predicted(result):
    """If the gate were one, the cell path would keep all of the gradient."""
    return {start: np.ones_like(share) for start, share in result.items()}


def test_bias_one_is_not_gate_one(result, show, setting):
    """Bias one is not gate one. In an untrained LSTM with forget bias 1 the cell path keeps less
    than 0.0001 of the gradient over 40 steps; with bias 5, more than 0.5.
    """
    setting(BACK, 40)
    setting(lstm.STARTS["forget bias 1"], 1.0)
    setting(lstm.STARTS["forget bias 5"], 5.0)
    show("share kept with bias 1", result["forget bias 1"], below=0.0001)
    show("share kept with bias 5", result["forget bias 5"], above=0.5, limit=1)
