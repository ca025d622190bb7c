"""The claim of the question why PyTorch's layer has two biases."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import whole_sequence

INPUTS, UNITS, _ = whole_sequence.SIZES
CONDITIONS = (
    f"Untrained plain layers with {INPUTS} inputs and {UNITS} units; the numbers have a standard "
    "deviation of 0.1."
)


class Shifts(NamedTuple):
    """How far the outputs move when numbers are moved, or only added, for each seed."""

    moved: np.ndarray
    added: np.ndarray


def shifts(seed):
    torch.manual_seed(seed)
    layer, xs = nn.RNN(INPUTS, UNITS, batch_first=True), torch.randn(4, 20, INPUTS)
    numbers = 0.1 * torch.randn(UNITS)
    with torch.no_grad():
        before = layer(xs)[0]
        layer.bias_ih_l0 += numbers
        added = layer(xs)[0]
        layer.bias_hh_l0 -= numbers
        moved = layer(xs)[0]
    return [whole_sequence.relative(after, before) for after in (moved, added)]


@pytest.fixture(scope="module")
def result(seeds):
    return Shifts(*np.array([shifts(seed) for seed in seeds]).T)


def predicted(result):
    """If each bias shifted something of its own, moving numbers from one to the other would move
    the outputs as much as adding them to one.
    """
    return result._replace(moved=result.added)


def test_only_the_sum_counts(result, show):
    """A plain layer sees only the biases' sum. Moving random numbers from one bias to the other
    moves the outputs by less than 1e-5 of their norm; adding them to one alone, by more than 0.1.
    """
    show("moved from one bias to the other", result.moved, below=1e-5)
    show("added to one bias", result.added, above=0.1)
