"""What is handed to a cell or a model is read if it fits, and refused in clear words if not."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnbook import cells, models

# what takes vectors, and in how many dimensions; three numbers a step
VECTORS = [
    (cells.SimpleRNNCell(3, 4), (1, 2)),
    (cells.LSTMCell(3, 4), (1, 2)),
    (cells.GRUCell(3, 4), (1, 2)),
    (models.VanillaRNN(3, 4, 2), (3,)),
    (models.SimpleRNN(3, 4, 2), (3,)),
    (models.SimpleLSTM(3, 4, 2), (3,)),
    (models.RNNWithGradientTracking(3, 4), (3,)),
    (models.BidirectionalRNN(3, 4, 2), (3,)),
    (models.DeepRNN(3, 4, 2, 2), (3,)),
    (models.SequenceRegressor(3, 4), (3,)),
    (models.AttentiveRegressor(3, 4), (3,)),
]
# what takes ids of a vocabulary of three, (batch, time)
TOKENS = [
    models.CharRNN(3, 4, 4, 1),
    models.SentimentClassifier(3, 4, 4, 2),
]
shapes = st.lists(st.sampled_from([0, 1, 2, 3, 3, 3, 4]), max_size=4)
dtypes = st.sampled_from([torch.float32, torch.float64, torch.float16, torch.int64, torch.bool])


def named(module: nn.Module) -> str:
    return type(module).__name__


def outcome(module: nn.Module, x: torch.Tensor) -> str:
    """Say whether ``x`` was read; an error has to be ours, and to name who complains."""
    message = ""
    try:
        module(x)
    except (TypeError, ValueError) as error:
        message = str(error)
    if not message:
        return "read"
    assert message.startswith((f"{named(module)}:", "read:")), message
    return "refused"


@pytest.mark.parametrize(("module", "ranks"), VECTORS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("rank", range(5))
def test_only_the_ranks_that_are_promised_are_read(module, ranks, rank):
    x = torch.zeros(([2] * rank + [3])[-rank:] if rank else [])
    assert outcome(module, x) == ("read" if rank in ranks else "refused")


@settings(max_examples=60, deadline=None)
@given(which=st.sampled_from(VECTORS), shape=shapes, dtype=dtypes)
def test_vectors_are_read_if_they_fit_and_refused_if_not(which, shape, dtype):
    module, ranks = which
    fits = len(shape) in ranks and shape[-1] == 3 and 0 not in shape and dtype == torch.float32
    assert outcome(module, torch.zeros(shape, dtype=dtype)) == ("read" if fits else "refused")


@settings(max_examples=60, deadline=None)
@given(which=st.sampled_from(TOKENS), shape=shapes, dtype=dtypes, value=st.integers(-1, 4))
def test_ids_are_read_if_they_fit_and_refused_if_not(which, shape, dtype, value):
    fits = len(shape) == 2 and 0 not in shape and dtype == torch.int64 and 0 <= value < 3
    x = torch.full(shape, value).to(dtype)
    assert outcome(which, x) == ("read" if fits else "refused")


@pytest.mark.parametrize("module", [module for module, _ in VECTORS] + TOKENS, ids=named)
def test_what_is_no_tensor_is_refused(module):
    for x in ([[0.0, 0.0, 0.0]], None, "abc"):
        with pytest.raises(TypeError, match="must be a tensor"):
            module(x)
