"""The claim of the question how many parameters an LSTM and a GRU have."""

import pytest

from rnnbook.experiments import gru
from rnnbook.training import count_parameters

CONDITIONS = "One layer in one direction, with both of PyTorch's biases."

INPUTS, UNITS = 10, 32


@pytest.fixture(scope="module")
def result():
    layers = {entry.kind: entry.layer for entry in gru.ENTRIES}
    return {kind: count_parameters(layer(INPUTS, UNITS)) for kind, layer in layers.items()}


def predicted(result):
    """Two gates against three would make 3,755 parameters for the GRU, rounded."""
    return result | {"GRU": round(result["LSTM"] * 2 / 3)}


def test_four_blocks_against_three(result, show, setting):
    """Four blocks against three. With 10 inputs and 32 units, nn.LSTM has 5,632 parameters and
    nn.GRU has 4,224, two biases of each block included.
    """
    setting(INPUTS, 10)
    setting(UNITS, 32)
    show("parameters of nn.LSTM", result["LSTM"], equal=5632, over="all runs")
    show("parameters of nn.GRU", result["GRU"], equal=4224, over="all runs")
