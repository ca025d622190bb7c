"""The claim of the question what gradient an LSTM has along its cell path, and in all."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import lstm

CONDITIONS = (
    f"An untrained LSTM of {lstm.WIDE} cells with default initialisation reads one random number "
    "at each step; the gradient is the mean size of the derivative of the sum of the last cells by "
    "an earlier cell."
)

BACK = 10


@cache
def measured(seed):
    return lstm.by_distance(None, seed)[:2]


@pytest.fixture(scope="module")
def result(seeds):
    whole, path = zip(*map(measured, seeds), strict=True)
    return {"whole": np.array(whole), "path": np.array(path)}


def predicted(result):
    """If adding kept the gradient, the cell path would keep all of it at every distance."""
    return result | {"path": np.ones_like(result["path"])}


def test_adding_is_not_keeping(result, show, setting):
    """Adding is not keeping. With PyTorch's default weights and 32 cells, the cell path keeps less
    than 0.005 of the gradient over 10 steps; the whole gradient is more than 1.2 times as large.
    """
    setting(lstm.WIDE, 32)
    setting(BACK, 10)
    path, whole = result["path"], result["whole"]
    show("share that the cell path keeps", path[:, BACK] / path[:, 0], below=0.005)
    show("whole over cell path", whole[:, BACK] / path[:, BACK], above=1.2, ratio=True)
