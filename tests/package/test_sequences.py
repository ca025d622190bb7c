"""States are handed on whole, whatever they consist of, and the last one is the right one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rnnbook import attention, layers, sequences, training
from rnnbook.sequences import (
    detach,
    directions,
    last_state,
    map_state,
    read,
    real_steps,
    reverse_within,
)

BUILTIN = [nn.RNN, nn.LSTM, nn.GRU]


@pytest.mark.parametrize("layer_class", BUILTIN)
def test_pytorchs_layers_get_the_same_words_for_a_wrong_state(layer_class):
    h = torch.zeros(1, 3, 4)
    state = (h, h) if layer_class is nn.LSTM else h
    with pytest.raises(ValueError, match=r"read: expected h_0 of shape \(1, 2, 4\)"):
        read(layer_class(3, 4, batch_first=True), torch.zeros(2, 5, 3), state)


@pytest.mark.parametrize(
    "layer_class",
    [
        *BUILTIN,
        layers.RNN,
        layers.MinGRU,
        layers.MinLSTM,
        layers.SkipRNN,
        layers.S4D,
        layers.LRU,
        layers.S6,
        layers.SLSTM,
        layers.MLSTM,
    ],
)
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


def close(mine: sequences.State, right: sequences.State) -> None:
    for a, b in zip(whole(mine), whole(right), strict=True):
        torch.testing.assert_close(a, b)


def whole(state: sequences.State) -> tuple[Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("layer_class", BUILTIN)
def test_padding_reaches_neither_states_nor_the_end_and_a_state_goes_in_whole(layer_class):
    torch.manual_seed(0)
    layer = layer_class(3, 4, num_layers=2, batch_first=True, bidirectional=True)
    xs, lengths = torch.randn(3, 7, 3), torch.tensor([2, 5, 1])  # padded beyond the longest
    _, state = layer(torch.randn(3, 2, 3))
    for start in (None, state):
        output, end = read(layer, xs, start, lengths)
        assert output.shape == (3, 7, 8)
        last = last_state(output, end, lengths)
        for row, length in enumerate(lengths.tolist()):
            own = None if start is None else map_state(lambda p, i=row: p[:, [i]], start)
            alone, own_end = read(layer, xs[[row], :length], own)
            torch.testing.assert_close(output[row, :length], alone[0])
            assert not output[row, length:].any()
            close(map_state(lambda part, i=row: part[:, [i]], end), own_end)
            torch.testing.assert_close(last[row], torch.cat([alone[0, -1, :4], alone[0, 0, 4:]]))
            torch.testing.assert_close(last_state(alone, own_end)[0], last[row])


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")
def test_a_projected_layer_of_pytorch_is_read_on_from_its_own_state():
    layer = nn.LSTM(3, 4, batch_first=True, proj_size=2)
    xs = torch.randn(2, 5, 3)
    _, state = read(layer, xs[:, :2])
    torch.testing.assert_close(read(layer, xs[:, 2:], state)[0], read(layer, xs)[0][:, 2:])


def test_a_state_of_another_width_than_half_the_output_says_nothing_of_directions():
    output = torch.randn(3, 5, 4)
    for state in (
        torch.zeros(2, 3, 4),  # two layers
        torch.zeros(1, 3, 2),  # one layer, which gives twice what it carries
        torch.zeros(2, 3, 2, 1),
        torch.zeros(2, 3),
    ):
        assert torch.equal(last_state(output, state), output[:, -1])


def test_a_state_that_is_no_number_is_not_taken_for_read_padding():
    layer = nn.GRU(3, 4, batch_first=True, bidirectional=True)
    xs = torch.full((2, 5, 3), torch.nan)
    assert last_state(*layer(xs)).isnan().all()


def test_the_end_of_two_directions_has_its_shape_where_there_are_no_numbers():
    output, h_n = torch.zeros(2, 5, 8, device="meta"), torch.zeros(2, 2, 4, device="meta")
    lengths = torch.tensor([2, 5])
    assert last_state(output, h_n).shape == last_state(output, h_n, lengths).shape == (2, 8)
    assert reverse_within(output, lengths).shape == (2, 5, 8)


def test_each_sequence_is_turned_around_within_its_length():
    xs = torch.tensor([[[1, -1], [2, -2], [3, -3]], [[4, -4], [5, -5], [0, 0]]])
    turned = reverse_within(xs, torch.tensor([3, 2]))
    assert turned.tolist() == [[[3, -3], [2, -2], [1, -1]], [[5, -5], [4, -4], [0, 0]]]
    assert torch.equal(reverse_within(turned, torch.tensor([3, 2])), xs)
    assert reverse_within(xs)[..., 0].tolist() == [[3, 2, 1], [0, 5, 4]]


def test_the_mask_is_true_at_real_steps():
    mask = real_steps(torch.tensor([2, 3, 1]), 3)
    assert mask.tolist() == [[True, True, False], [True, True, True], [True, False, False]]


@pytest.mark.parametrize("layer_class", BUILTIN)
def test_only_a_bidirectional_layer_has_two_directions(layer_class):
    assert directions(layer_class(3, 4)) == 1
    assert directions(layer_class(3, 4, bidirectional=True)) == 2
    assert directions(nn.Linear(3, 4)) == 1  # what does not say reads forward


def test_lengths_on_the_cpu_serve_a_batch_whatever_the_default_device(elsewhere):
    lengths, cpu = torch.tensor([2, 5], device="cpu"), torch.device("cpu")
    xs = torch.arange(10.0, device=cpu).view(2, 5, 1)
    assert real_steps(lengths, 5).device == cpu
    assert reverse_within(xs, lengths)[0].flatten().tolist() == [1, 0, 2, 3, 4]
    h_n = torch.zeros(1, 2, 1, device=cpu)
    assert last_state(xs, h_n, lengths).flatten().tolist() == [1, 9]
    layer = nn.RNN(1, 1, batch_first=True, device=cpu)
    assert not read(layer, xs, lengths=lengths)[0][0, 2:].any()


def batch_first() -> nn.Module:
    return nn.RNN(3, 4, batch_first=True)


XS = torch.zeros(2, 5, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: read(batch_first(), XS[0]), ValueError, r"read: expected xs of shape \(batch, t"),
        (lambda: read(batch_first(), [1.0]), TypeError, "read: xs must be a tensor, got list"),
        (
            lambda: last_state(XS[0], XS),
            ValueError,
            r"last_state: expected output of shape \(batch, time, directions \* hidden_size\), got",
        ),
        (lambda: last_state(XS, None), TypeError, "last_state: h_n must be a tensor, got NoneType"),
        (lambda: last_state(XS, [2.0]), TypeError, "last_state: h_n must be a tensor, got float"),
        (
            lambda: last_state(XS, XS[0, 0]),
            ValueError,
            r"last_state: output \(2, 5, 3\) and h_n \(3,\) do not belong",
        ),
        (lambda: last_state(XS, XS), ValueError, r"h_n \(2, 5, 3\) do not belong together"),
        (
            lambda: reverse_within(XS[0]),
            ValueError,
            r"reverse_within: expected xs of shape \(batch, time, features\), got \(5, 3\)",
        ),
        (
            lambda: real_steps(torch.tensor([[2]]), 3),
            ValueError,
            r"real_steps: expected lengths of",
        ),
        (lambda: real_steps(torch.tensor([[2]]), 3), ValueError, r"shape \(batch,\), got \(1, 1\)"),
        (lambda: real_steps([2], 3), TypeError, "real_steps: lengths must be a tensor, got list"),
        (
            lambda: real_steps(torch.tensor([2]), 0),
            ValueError,
            "real_steps: time must be at least 1",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        (torch.tensor([2, 6]), ValueError, "expected lengths between 1 and 5, the number of steps"),
        (torch.tensor([0, 5]), ValueError, "expected lengths between 1 and 5"),
        (torch.tensor([5]), ValueError, r"one length per sequence, shape \(2,\), got \(1,\)"),
        ([2, 5], TypeError, "lengths must be a tensor"),
    ],
)
def test_lengths_of_another_batch_are_named_by_whom_they_were_given(lengths, error, message):
    calls = {
        "read": lambda: read(batch_first(), XS, lengths=lengths),
        "last_state": lambda: last_state(XS, torch.zeros(1, 2, 3), lengths),
        "reverse_within": lambda: reverse_within(XS, lengths),
    }
    for name, call in calls.items():
        with pytest.raises(error, match=f"^{name}: .*{message}"):
            call()


@pytest.mark.parametrize(("change", "name"), [(detach, "detach"), (None, "map_state")])
def test_whoever_refuses_a_state_says_so(change, name):
    with pytest.raises(TypeError, match=f"^{name}: expected a tensor or a tuple"):
        (change or (lambda state: map_state(torch.neg, state)))(None)


def test_what_was_written_elsewhere_is_the_same_function():
    assert attention.real_steps is sequences.real_steps is layers.real_steps
    assert training.detach is sequences.detach
    assert layers.read is sequences.read
