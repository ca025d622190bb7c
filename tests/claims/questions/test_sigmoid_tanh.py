"""The claim of the question why gates use a sigmoid, the candidate tanh, and the cell tanh again."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import lstm
from rnnbook.gates import gates

CONDITIONS = f"An LSTM of {lstm.WIDE} cells whose weights are zero and whose biases add up to 50, in 64 bits."

STEPS, BIAS = 50, 50.0


@pytest.fixture(scope="module")
def result():
    layer = lstm.started(None, seed=0).double()
    for weight in layer.parameters():
        nn.init.zeros_(weight)
    nn.init.constant_(layer.bias_ih_l0, BIAS)
    with torch.no_grad():
        inside = gates(layer, torch.zeros(1, STEPS, 1, dtype=torch.float64))
    return {"c": inside.c[0, -1].numpy(), "h": inside.h[0, -1].numpy()}


def predicted(result):
    """If the bound on the candidate were enough, the cell would never be larger than one."""
    return result | {"c": np.minimum(result["c"], 1.0)}


def test_a_cell_outgrows_its_candidates(result, show, setting):
    """A cell can outgrow its candidates. With gates and candidate saturated at one, in 64 bits, the
    cell is exactly 50 after 50 steps, and the output is exactly 1.
    """
    setting(STEPS, 50)
    show("cells after 50 steps", result["c"], equal=50, over="all runs")
    show("outputs after 50 steps", result["h"], equal=1, over="all runs")
