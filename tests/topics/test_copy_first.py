"""The model that copies the first number: what it reads, and what it refuses."""

from functools import partial

import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.models import CopyFirstTask
from rnnbook.tasks.copy_first import CopyFirst

LAYERS = [nn.RNN, nn.LSTM, nn.GRU, layers.RNN, layers.LSTM, layers.GRU]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda k: f"{k.__module__}.{k.__name__}")
def test_any_layer_answers_with_one_number(layer):
    model = CopyFirstTask(4, layer=partial(layer, num_layers=2, bidirectional=True))
    assert model(torch.randn(3, 7, 1)).shape == (3, 1)


def test_answer_is_read_from_the_final_state():
    torch.manual_seed(0)
    model = CopyFirstTask(4)
    x = torch.randn(3, 7, 1)
    _, h_n = model.rnn(x)
    torch.testing.assert_close(model(x), model.fc(h_n.squeeze(0)))


def test_padding_changes_nothing():
    torch.manual_seed(0)
    model = CopyFirstTask(4)
    x = torch.randn(2, 7, 1)
    padded = model(x, lengths=torch.tensor([7, 3]))
    torch.testing.assert_close(padded[1:], model(x[1:, :3]))


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (torch.zeros(3, 7), ValueError, r"\(batch, time, input_size\)"),
        (torch.zeros(3, 7, 2), ValueError, "input_size = 1"),
        (torch.zeros(3, 0, 1), ValueError, "empty"),
        (torch.zeros(3, 7, 1, dtype=torch.int64), TypeError, "floating-point"),
    ],
)
def test_bad_input_is_refused(x, error, words):
    with pytest.raises(error, match=words):
        CopyFirstTask(4)(x)


def test_bad_size_is_refused():
    with pytest.raises(ValueError, match="hidden_size"):
        CopyFirstTask(0)
    with pytest.raises(ValueError, match="length"):
        CopyFirst(length=0)


def test_noise_is_a_tenth_of_what_is_copied():
    (xs,) = CopyFirst(length=200).batch(200, torch.Generator().manual_seed(0)).inputs
    assert xs[:, 0].std().item() == pytest.approx(1.0, abs=0.15)
    assert xs[:, 1:].std().item() == pytest.approx(0.1, abs=0.005)
