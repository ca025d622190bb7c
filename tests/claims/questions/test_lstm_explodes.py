"""The claim of the question whether the gradient of an LSTM can explode."""

from functools import cache

import numpy as np
import pytest
import torch

from rnnbook.experiments import lstm
from rnnbook.gates import cell_gradient

CONDITIONS = (
    f"An untrained LSTM of {lstm.WIDE} cells with default biases reads one random number at each "
    "step; the gradient is the mean size of the derivative of the sum of the last cells by a cell "
    f"{lstm.FAR} steps before."
)

TIMES = 10


@cache
def measured(seed):
    layer = lstm.started(None, seed).double()
    with torch.no_grad():
        layer.weight_hh_l0 *= TIMES
    generator = torch.Generator().manual_seed(seed)
    xs = torch.randn(16, lstm.FAR + 1, 1, generator=generator, dtype=torch.float64)
    held = (cell_gradient(layer, xs, hold=hold)[:, 0] for hold in (False, True))
    return tuple(slope.abs().mean().item() for slope in held)


@pytest.fixture(scope="module")
def result(seeds):
    whole, path = zip(*map(measured, seeds), strict=True)
    return {"whole": np.array(whole), "path": np.array(path)}


def predicted(result):
    """If the forget gate bounded the gradient, its size would never be above one."""
    return result | {"whole": np.minimum(result["whole"], 1.0)}


def test_gates_do_not_bound_the_gradient(result, show, setting):
    """Gates do not bound the gradient. With recurrent weights ten times their default, the median
    untrained LSTM's gradient grows more than tenfold over 100 steps; along the cell path less than
    0.01 is left.
    """
    setting(TIMES, 10)
    setting(lstm.FAR, 100)
    show("gradient over 100 steps", result["whole"], above=10, over="median", ratio=True)
    show("gradient along the cell path", result["path"], below=0.01)
