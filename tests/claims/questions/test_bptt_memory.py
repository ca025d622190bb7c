"""The claim of the question how much memory backpropagation through time takes."""

from functools import cache

import numpy as np
import pytest
from torch import nn

from rnnbook.experiments import bptt

BATCHES, SHORT, LONG = (4, 8, 16), 100, 200
#: Bytes of a number, and the numbers of an input.
BYTES, INPUTS = 4, 4
#: The numbers in the weights of the layer, without biases.
WEIGHTS = bptt.SIZE * (bptt.SIZE + INPUTS)

CONDITIONS = (
    f"A batch-first layer of {bptt.SIZE} units without training, inputs of {INPUTS} numbers; what "
    f"{LONG} steps keep for the backward pass beyond what {SHORT} keep, in batches of 4, 8 and 16."
)


@cache
def numbers(seed, batch):
    """Return how many numbers each further step keeps for each sequence."""
    short, long = (bptt.kept(nn.RNN, length, seed, batch) for length in (SHORT, LONG))
    return (long - short) / (LONG - SHORT) / BYTES / batch


@pytest.fixture(scope="module")
def result(seeds):
    return np.array([[numbers(seed, batch) for batch in BATCHES] for seed in seeds])


def predicted(result):
    """If each step kept only a copy of the weights, it would keep 320 numbers, or 1280 bytes,
    whatever the size of the batch.
    """
    return np.full_like(result, WEIGHTS) / np.array(BATCHES)


def test_a_step_keeps_its_state(result, show, setting):
    """A step keeps its state, not the weights. For each further step and sequence, an nn.RNN of 16
    units keeps 20 numbers: the state, and an input of four.
    """
    setting(bptt.SIZE, 16)
    setting(WEIGHTS, 320)
    show("numbers kept for one more step of one sequence", result, equal=20)
