"""The claim of the question where PyTorch's GRU applies its reset gate."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnnbook.experiments import gru

CONDITIONS = (
    "One step of a GRU of 32 units with default initialisation, from random inputs and states; the "
    "difference is the norm of that of the two new states, as a share of the norm of PyTorch's."
)

OPEN = 20.0


@cache
def apart(opened, seed):
    torch.manual_seed(seed)
    cell, x, h = nn.GRUCell(8, 32), torch.randn(64, 8), torch.rand(64, 32) * 2 - 1
    with torch.no_grad():
        from_input = F.linear(x, cell.weight_ih, cell.bias_ih)
        from_input[:, :32] += opened  # the rows of the reset gate
        after, before = (
            gru.FORMS[name](from_input, h, cell.weight_hh, cell.bias_hh)
            for name in ("as in PyTorch", "Cho et al., as published")
        )
    return float((after - before).norm() / after.norm())


@pytest.fixture(scope="module")
def result(seeds):
    gates = {"default": 0.0, "open": OPEN}
    return {gate: np.array([apart(b, seed) for seed in seeds]) for gate, b in gates.items()}


def predicted(result):
    """If the order did not matter, the two steps would be equal."""
    return {gate: np.zeros_like(difference) for gate, difference in result.items()}


def test_they_agree_when_the_gate_is_one(result, show):
    """Reset gates of one make both forms agree. From equal weights and states, the two forms' next
    states differ by more than 0.05 of their size; with reset gates at one, by less than 1e-6.
    """
    show("difference with default reset gates", result["default"], above=0.05)
    show("difference with reset gates at one", result["open"], below=1e-6)
