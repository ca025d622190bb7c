"""The claim of the question how to cut a text into batches that carry the state."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import shapes

KINDS = (nn.RNN, nn.GRU, nn.LSTM)
ROWS, CHUNK = 4, 20

CONDITIONS = (
    f"Untrained nn.RNN, nn.GRU and nn.LSTM of {shapes.HIDDEN} units, {ROWS} rows of random inputs "
    f"of 10 numbers, in two chunks of {CHUNK} steps."
)


@cache
def distances(seed, kind):
    """Return how far the states are from those of the text read at once: own rows, other rows."""
    torch.manual_seed(seed)
    layer = kind(10, shapes.HIDDEN, batch_first=True)
    streams = torch.randn(ROWS, 2 * CHUNK, 10)
    first, second = streams.split(CHUNK, dim=1)
    other = [(row + 1) % ROWS for row in range(ROWS)]
    with torch.no_grad():
        at_once = layer(streams)[0][:, CHUNK:]
        _, state = layer(first)
        own = (layer(second, state)[0] - at_once).abs().max()
        moved = shapes.change(at_once[other, :1], layer(second[other], state)[0][:, :1])
    return own.item(), moved.min().item()


@pytest.fixture(scope="module")
def result(seeds):
    return np.array([[distances(seed, kind) for kind in KINDS] for seed in seeds])


def predicted(result):
    """If any chunk could follow, shuffled rows would have the same states as streams read at once."""
    return result[..., :1].repeat(2, axis=-1)


def test_a_row_continues_itself(result, show):
    """A row has to continue itself. Then an untrained layer's states equal the uncut stream's to
    1e-6; if it continues another row, the first state after the cut is off by over 0.15 of its
    size.
    """
    show("largest difference, same rows", result[..., 0], below=1e-6)
    show("distance of the first state, other rows", result[..., 1], above=0.15)
