"""The claim of the question how many parameters a recurrent layer has."""

from typing import NamedTuple

import pytest
from torch import nn

from rnnbook.experiments import one_step  # noqa: F401  # its seeds
from rnnbook.training import count_parameters

CONDITIONS = "PyTorch's plain layer, every parameter counted; no seed changes a count."


class Counts(NamedTuple):
    """The parameters of one layer, and how many more two layers have."""

    first: int
    second: int


@pytest.fixture(scope="module")
def result(seeds):
    one, two = (count_parameters(nn.RNN(10, 32, num_layers=layers)) for layers in (1, 2))
    return Counts(one, two - one)


def predicted(result):
    """Without the recurrent weights and the second bias, 10 inputs and 32 units would make 352
    parameters.
    """
    return Counts(10 * 32 + 32, 32 * 32 + 32)


def test_two_matrices_and_two_biases(result, show):
    """Two matrices and two biases. With 10 inputs and 32 units, PyTorch's plain layer has 1408
    parameters; a second layer on top adds 2112.
    """
    show("parameters of one layer", result.first, equal=1408, over="all runs")
    show("what a second layer adds", result.second, equal=2112, over="all runs")
