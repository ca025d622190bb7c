"""The claim of the question what detach does to a state."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import truncation
from rnnbook.training import detach

KINDS = (nn.RNN, nn.GRU, nn.LSTM)
#: Ways to pass a state on.
CUTS = {
    "as it is": lambda state: state,
    "dropped": lambda state: (detach(state), state)[1],
    "assigned": detach,
}

CONDITIONS = (
    f"Untrained nn.RNN, nn.GRU and nn.LSTM of {truncation.HIDDEN} units, two chunks of 10 random "
    "inputs, a backward pass from the sum of the second chunk's outputs; gradients are compared by "
    "their norm."
)


@cache
def reached(seed, kind, name):
    """Return the gradient that reaches the first chunk, as a share of the second chunk's."""
    torch.manual_seed(seed)
    layer, xs = kind(3, truncation.HIDDEN, batch_first=True), torch.randn(4, 20, 3)
    first, second = (x.clone().requires_grad_() for x in xs.split(10, dim=1))
    _, state = layer(first)
    output, _ = layer(second, CUTS[name](state))
    output.sum().backward()
    return 0.0 if first.grad is None else (first.grad.norm() / second.grad.norm()).item()


@pytest.fixture(scope="module")
def result(seeds):
    return {
        name: np.array([[reached(seed, kind, name) for kind in KINDS] for seed in seeds])
        for name in CUTS
    }


def predicted(result):
    """If layers detached by themselves, no gradient would reach the first chunk either way."""
    return {name: np.zeros_like(shares) for name, shares in result.items()}


def test_only_an_assigned_detach_cuts(result, show):
    """detach() cuts only if its result is assigned. With the result dropped, the first chunk's
    inputs get over 0.03 of the gradient that the second chunk's inputs get; with it assigned,
    exactly none.
    """
    show("share that reaches the first chunk, result dropped", result["dropped"], above=0.03)
    show("change by dropping it", result["dropped"] - result["as it is"], equal=0)
    show("share that reaches the first chunk, result assigned", result["assigned"], equal=0)
