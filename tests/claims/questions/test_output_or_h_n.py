"""The claim of the question which of output and h_n to take."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import shapes

CONDITIONS = (
    f"Untrained plain layers of {shapes.HIDDEN} units with two layers, random inputs without "
    "padding; the norm is that of output at the last step."
)


class Ends(NamedTuple):
    """How far h_n[0] and h_n[-1] are from the output at the last step, for each seed."""

    lower: np.ndarray
    top: np.ndarray


def ends(seed):
    torch.manual_seed(seed)
    layer = nn.RNN(10, shapes.HIDDEN, num_layers=2, batch_first=True)
    with torch.no_grad():
        output, h_n = layer(torch.randn(4, 20, 10))
    last = output[:, -1]
    return [float((state - last).norm() / last.norm()) for state in (h_n[0], h_n[-1])]


@pytest.fixture(scope="module")
def result(seeds):
    return Ends(*np.array([ends(seed) for seed in seeds]).T)


def predicted(result):
    """If h_n held the last layer alone, its first entry would be output at the last step."""
    return result._replace(lower=0 * result.lower)


def test_h_n_holds_every_layer(result, show):
    """h_n holds every layer. In a stack of two layers, h_n[-1] is output at the last step, and
    h_n[0], the lower layer's state, is off by more than 0.5 of that output's norm.
    """
    show("difference of h_n[-1] and output", result.top, equal=0)
    show("difference of h_n[0] and output", result.lower, above=0.5)
