"""The layer with a second way back: its equation, the states it hands on, what it refuses."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.layers import SkipRNN, read


def test_skip_connections_see_one_step_and_several_steps_back():
    layer, xs = SkipRNN(2, 4, skip=3, batch_first=True), torch.randn(2, 8, 2)
    output, state = layer(xs)
    for t in range(8):
        near = output[:, t - 1] if t >= 1 else torch.zeros(2, 4)
        far = output[:, t - 3] if t >= 3 else torch.zeros(2, 4)
        z = xs[:, t] @ layer.W_xh.T + near @ layer.W_hh.T + far @ layer.W_far.T + layer.b_h
        torch.testing.assert_close(output[:, t], torch.tanh(z))
    for back, part in enumerate(state):
        torch.testing.assert_close(part[0], output[:, 7 - back])


def test_the_state_is_all_that_it_sees_of_the_past():
    layer = SkipRNN(2, 4, skip=3)
    with pytest.raises(TypeError, match=r"the state \(h_0, h_-1, h_-2\) as a tuple, got Tensor"):
        layer(torch.zeros(5, 1, 2), torch.zeros(1, 1, 4))
    with pytest.raises(ValueError, match=r"expected h_-1 of shape \(1, 1, 4\)"):
        layer(torch.zeros(5, 1, 2), (torch.zeros(1, 1, 4), torch.zeros(1, 2, 4), torch.zeros(1)))


def test_a_skip_of_no_step_is_refused():
    with pytest.raises(ValueError, match="skip must be at least 1"):
        SkipRNN(2, 4, skip=0)


def test_its_weights_are_drawn_as_pytorch_draws_them():
    torch.manual_seed(0)
    weights = SkipRNN(400, 25).state_dict()
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    assert shapes == {"W_xh": (25, 400), "W_hh": (25, 25), "W_far": (25, 25), "b_h": (25,)}
    for weight in weights.values():  # within 1 / sqrt(25), and on both sides of zero
        assert -0.2 <= weight.min() < -0.15
        assert 0.15 < weight.max() <= 0.2


def test_time_first_is_the_default_and_the_same_with_two_dimensions_swapped():
    first, second = SkipRNN(2, 4, skip=3), SkipRNN(2, 4, skip=3, batch_first=True)
    second.load_state_dict(first.state_dict())
    xs = torch.randn(5, 2, 2)
    output, state = first(xs)
    other, same = second(xs.transpose(0, 1))
    torch.testing.assert_close(output, other.transpose(0, 1))
    torch.testing.assert_close(state, same)


def test_it_goes_on_from_the_states_that_it_returned():
    layer, xs = SkipRNN(2, 4, skip=3, batch_first=True), torch.randn(2, 8, 2)
    whole, end = layer(xs)
    _, state = layer(xs[:, :4])
    later, again = layer(xs[:, 4:], state)
    torch.testing.assert_close(later, whole[:, 4:])
    torch.testing.assert_close(again, end)
    assert [tuple(part.shape) for part in state] == [(1, 2, 4)] * 3


def test_a_packed_batch_is_read_each_sequence_to_its_end():
    layer, xs = SkipRNN(2, 4, skip=2), torch.randn(5, 3, 2)
    lengths = torch.tensor([3, 5, 1])
    start = tuple(torch.randn(1, 3, 4) for _ in range(2))
    for state in (None, start):
        output, end = layer(pack_padded_sequence(xs, lengths, enforce_sorted=False), state)
        states, _ = pad_packed_sequence(output)
        for row, length in enumerate(lengths.tolist()):
            own = None if state is None else tuple(part[:, [row]] for part in state)
            alone, own_end = layer(xs[:length, [row]], own)
            torch.testing.assert_close(states[:length, row], alone[:, 0])
            for part, right in zip(end, own_end, strict=True):
                torch.testing.assert_close(part[:, row], right[:, 0])


def test_padding_changes_nothing():
    layer, xs = SkipRNN(2, 4, skip=3, batch_first=True), torch.randn(2, 6, 2)
    output, _ = read(layer, xs, lengths=torch.tensor([6, 2]))
    torch.testing.assert_close(output[1, :2], layer(xs[1:, :2])[0][0])


def test_it_says_what_it_is():
    layer = SkipRNN(2, 4)
    assert (layer.input_size, layer.hidden_size, layer.skip) == (2, 4, 10)
    assert (layer.num_layers, layer.bidirectional, layer.batch_first) == (1, False, False)
    assert repr(layer) == "SkipRNN(2, 4, skip=10)"
    assert (
        repr(SkipRNN(2, 4, skip=3, batch_first=True)) == "SkipRNN(2, 4, skip=3, batch_first=True)"
    )
    assert len(layer(torch.zeros(1, 1, 2))[1]) == 10


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: SkipRNN(0, 4), ValueError, "input_size must be at least 1"),
        (lambda: SkipRNN(2, 0), ValueError, "hidden_size must be at least 1"),
        (lambda: SkipRNN(2.0, 4), TypeError, "input_size must be a whole number"),
        (lambda: SkipRNN(2, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda: SkipRNN(2, 4, dropout=0.5), ValueError, "got 1, 0.5 and False"),
        (lambda: SkipRNN(2, 4, bidirectional=True), ValueError, "got 1, 0.0 and True"),
        (lambda: SkipRNN(2, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda: SkipRNN(2, 4)(torch.zeros(5, 2)), ValueError, r"xs of shape \(time, batch, input"),
        (lambda: SkipRNN(2, 4)(torch.zeros(5, 1, 3)), ValueError, "input_size = 2"),
        (
            lambda: SkipRNN(2, 4, batch_first=True)(torch.zeros(5, 2)),
            ValueError,
            r"xs of shape \(batch, time, input_size\)",
        ),
        (
            lambda: SkipRNN(2, 4, skip=1)(torch.zeros(5, 2, 2), (torch.zeros(1, 2, 4).double(),)),
            TypeError,
            "h_0 .*float64",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(change, error, words):
    with pytest.raises(error, match=f"SkipRNN: .*{words}"):
        change()
