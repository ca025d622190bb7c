"""How the chapter on one step measures what is left of a first input."""

import pytest
import torch
from torch import nn

from rnnbook.experiments.one_step import influence, largest_number
from rnnbook.layers import RNN


def test_influence_starts_at_one_and_ends_without_recurrent_weights():
    layer = RNN(1, 4, batch_first=True)
    with torch.no_grad():
        layer.weight_hh_l0.zero_()
    share = influence(layer, 5, seed=0, size=16)
    assert share[0] == pytest.approx(1)
    assert share[1:].max() == 0


def test_a_state_that_adds_up_keeps_the_first_input():
    layer = nn.RNN(1, 1, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        layer.weight_ih_l0.fill_(0.001)
        layer.weight_hh_l0.fill_(1.0)
        layer.bias_ih_l0.fill_(1.0)
        layer.bias_hh_l0.zero_()
    share = influence(layer, 6, seed=0, size=256)
    # two first inputs differ by 2; each later one by noise of variance 2
    expected = [(4 / (4 + 2 * t)) ** 0.5 for t in range(6)]
    assert share == pytest.approx(expected, rel=0.2)


def test_influence_leaves_the_layer_as_it_was():
    layer = RNN(1, 4, batch_first=True)
    influence(layer, 3, seed=0, size=4)
    assert layer.weight_hh_l0.dtype == torch.float32


def test_linear_state_without_recurrence_is_the_weighted_input():
    sizes = largest_number(0, 0.0, lambda z: z, steps=7)
    assert sizes.shape == (7,)
    assert 0 < sizes.max() < 2
