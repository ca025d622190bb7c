"""States are handed on whole, whatever they consist of, and the last one is the right one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rnnbook import attention, layers, sequences, training
from rnnbook.sequences import detach, last_state, map_state, read

BUILTIN = [nn.RNN, nn.LSTM, nn.GRU]


@pytest.mark.parametrize("layer_class", BUILTIN)
def test_pytorchs_layers_get_the_same_words_for_a_wrong_state(layer_class):
    h = torch.zeros(1, 3, 4)
    state = (h, h) if layer_class is nn.LSTM else h
    with pytest.raises(ValueError, match=r"read: expected h_0 of shape \(1, 2, 4\)"):
        read(layer_class(3, 4, batch_first=True), torch.zeros(2, 5, 3), state)


@pytest.mark.parametrize("layer_class", [*BUILTIN, layers.RNN, layers.MinGRU, layers.SkipRNN])
@pytest.mark.parametrize("lengths", [None, torch.tensor([2, 5])])
def test_a_layer_that_takes_the_batch_for_time_is_refused(layer_class, lengths):
    with pytest.raises(ValueError, match=f"with batch_first=True, got a {layer_class.__name__}"):
        read(layer_class(3, 4), torch.zeros(2, 5, 3), lengths=lengths)


def test_a_state_may_be_a_list_where_an_lstm_takes_one():
    layer, xs, h = nn.LSTM(3, 4, batch_first=True), torch.randn(2, 5, 3), torch.randn(1, 2, 4)
    torch.testing.assert_close(read(layer, xs, [h, h]), read(layer, xs, (h, h)))
    assert all(map(torch.equal, map_state(torch.neg, [h, h]), (-h, -h)))


def test_a_state_is_changed_whole_however_many_parts_it_has():
    h, c, n = torch.tensor([1.0]), torch.tensor([2.0 + 1j]), torch.tensor([3.0])
    assert torch.equal(map_state(torch.neg, h), -h)
    for state in ((h,), (h, c), (h, c, n)):
        changed = map_state(torch.neg, state)
        assert isinstance(changed, tuple)
        assert [part.item() for part in changed] == [-part.item() for part in state]


@pytest.mark.parametrize("change", [lambda state: map_state(torch.neg, state), detach])
@pytest.mark.parametrize("state", [None, (), [torch.zeros(1), None], (torch.zeros(1), None), "h"])
def test_what_is_no_state_is_refused(change, state):
    with pytest.raises(TypeError, match="expected a tensor or a tuple of tensors, got"):
        change(state)


def test_a_detached_state_has_its_numbers_and_no_past():
    weight = torch.ones(2, requires_grad=True)
    state = (2 * weight, 3 * weight, 4j * weight)
    for cut, part in zip(detach(state), state, strict=True):
        assert torch.equal(cut, part)
        assert part.requires_grad
        assert not cut.requires_grad


def test_the_last_state_is_the_last_output_whatever_the_layer_carries():
    output, lengths = torch.randn(3, 5, 4), torch.tensor([2, 5, 1])
    for state in (
        torch.zeros(1, 3, 4, 7),  # of a form of its own
        torch.zeros(1, 3, 9, dtype=torch.complex64),
        (torch.zeros(2, 3, 4), torch.zeros(2, 3, 4), torch.zeros(2, 3)),
    ):
        assert torch.equal(last_state(output, state), output[:, -1])
        assert torch.equal(last_state(output, state, lengths), output[[0, 1, 2], lengths - 1])


def test_a_backward_half_that_is_not_the_layers_last_is_refused_without_lengths_too():
    layer = nn.GRU(3, 4, batch_first=True, bidirectional=True)
    output, h_n = layer(torch.randn(2, 5, 3))
    with pytest.raises(ValueError, match="has read the padding"):
        last_state(output, h_n.flip(0))


def test_what_was_written_elsewhere_is_the_same_function():
    assert attention.real_steps is sequences.real_steps is layers.real_steps
    assert training.detach is sequences.detach
    assert layers.read is sequences.read
