"""The layer that is linear in its state: its equations, its forms of input, what it refuses."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.layers import MinGRU, read


def test_states_follow_the_equations():
    layer, xs = MinGRU(3, 4, batch_first=True), torch.randn(2, 6, 3)
    output, h_n = layer(xs)
    h = torch.zeros(2, 4)
    for t in range(6):
        z, n = torch.sigmoid(layer.gate(xs[:, t])), layer.candidate(xs[:, t])
        h = z * h + (1 - z) * n
        torch.testing.assert_close(output[:, t], h)
    torch.testing.assert_close(h_n[0], h)


def test_it_is_a_gru_whose_gates_do_not_see_the_state():
    """PyTorch's GRU with zero recurrent weights: only the candidate's tanh is left out here."""
    ours, theirs = MinGRU(3, 4, batch_first=True), nn.GRU(3, 4, batch_first=True)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
        theirs.weight_ih_l0[4:8], theirs.bias_ih_l0[4:8] = ours.gate.weight, ours.gate.bias
        # tanh(x) is x to seven digits while x is this small
        ours.candidate.weight *= 1e-3
        ours.candidate.bias *= 1e-3
        theirs.weight_ih_l0[8:], theirs.bias_ih_l0[8:] = ours.candidate.weight, ours.candidate.bias
    xs = torch.randn(2, 6, 3)
    torch.testing.assert_close(ours(xs)[0], theirs(xs)[0], rtol=1e-4, atol=1e-8)


def test_time_first_is_the_same_with_two_dimensions_swapped():
    torch.manual_seed(0)
    first = MinGRU(3, 4)
    second = MinGRU(3, 4, batch_first=True)
    second.load_state_dict(first.state_dict())
    xs = torch.randn(5, 2, 3)
    output, h_n = first(xs)
    other, g_n = second(xs.transpose(0, 1))
    torch.testing.assert_close(output, other.transpose(0, 1))
    torch.testing.assert_close(h_n, g_n)


@pytest.mark.parametrize("lengths", [[2, 5, 1], [5, 5, 2], [1, 2, 3]])
def test_padding_changes_nothing(lengths):
    layer, xs = MinGRU(3, 4, batch_first=True), torch.randn(3, 5, 3)
    output, h_n = read(layer, xs, lengths=torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, end = layer(xs[row : row + 1, :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(h_n[0, row], end[0, 0])
        assert output[row, length:].abs().sum() == 0


def test_a_packed_batch_comes_back_packed():
    layer, xs = MinGRU(3, 4), torch.randn(5, 2, 3)
    packed = pack_padded_sequence(xs, torch.tensor([3, 5]), enforce_sorted=False)
    output, h_n = layer(packed)
    states, lengths = pad_packed_sequence(output)
    assert lengths.tolist() == [3, 5]
    torch.testing.assert_close(h_n[0], torch.stack([states[2, 0], states[4, 1]]))


def test_a_state_handed_back_goes_on_where_the_first_half_ended():
    layer, xs = MinGRU(3, 4, batch_first=True), torch.randn(2, 7, 3)
    whole, end = layer(xs)
    _, middle = layer(xs[:, :3])
    second, again = layer(xs[:, 3:], middle)
    torch.testing.assert_close(second, whole[:, 3:])
    torch.testing.assert_close(again, end)


def test_longest_spreads_the_memories():
    torch.manual_seed(0)
    gate = MinGRU(1, 2000, longest=100).gate.bias
    steps = gate.exp()
    assert steps.min() >= 1 - 1e-4
    assert steps.max() <= 99 + 1e-3
    assert steps.mean().item() == pytest.approx(50, abs=3)


def test_it_learns():
    layer = MinGRU(3, 4)
    layer(torch.randn(5, 2, 3))[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())


def test_a_packed_batch_goes_on_from_a_state_in_the_order_of_the_batch():
    layer, xs = MinGRU(3, 4, batch_first=True), torch.randn(3, 5, 3)
    h_0, lengths = torch.randn(1, 3, 4), torch.tensor([2, 5, 1])
    output, h_n = read(layer, xs, h_0, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, end = layer(xs[[row], :length], h_0[:, [row]])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(h_n[:, row], end[:, 0])


def test_memories_begin_at_one_step_and_none_is_spread_unless_asked():
    torch.manual_seed(0)
    shortest = MinGRU(1, 20_000, longest=4).gate.bias.exp()  # from 1 to 3 steps
    assert shortest.min().item() == pytest.approx(1, abs=1e-2)
    assert shortest.max().item() == pytest.approx(3, abs=1e-2)
    assert MinGRU(3, 4, longest=3).gate.bias.exp().max() <= 2  # three are enough
    torch.manual_seed(0)
    ours = MinGRU(3, 4)
    torch.manual_seed(0)
    assert torch.equal(ours.gate.bias, nn.Linear(3, 4).bias)


def test_it_says_what_it_is():
    layer = MinGRU(3, 4)
    assert (layer.input_size, layer.hidden_size, layer.batch_first) == (3, 4, False)
    assert (layer.num_layers, layer.bidirectional) == (1, False)
    assert repr(layer).startswith("MinGRU(\n  3, 4\n")
    assert "3, 4, batch_first=True" in repr(MinGRU(3, 4, batch_first=True))


def test_it_reads_where_its_inputs_lie_whatever_the_default_device(elsewhere):
    cpu = torch.device("cpu")
    layer, xs = MinGRU(3, 4, batch_first=True).to_empty(device=cpu), torch.ones(2, 5, 3, device=cpu)
    for parameter in layer.parameters():
        nn.init.constant_(parameter, 0.1)
    output, _ = read(layer, xs, lengths=torch.tensor([5, 2], device=cpu))
    assert output.device == cpu
    assert not output[1, 2:].any()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: MinGRU(0, 4), ValueError, "input_size must be at least 1"),
        (lambda: MinGRU(3, 0), ValueError, "hidden_size must be at least 1"),
        (lambda: MinGRU(3, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda: MinGRU(3, 4, dropout=0.5), ValueError, "got 1, 0.5 and False"),
        (lambda: MinGRU(3, 4, bidirectional=True), ValueError, "got 1, 0.0 and True"),
        (lambda: MinGRU(3, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda: MinGRU(3, 4, longest=0), ValueError, "longest must be at least 1"),
        (lambda: MinGRU(3, 4, longest=2), ValueError, "at least 3 steps, got 2"),
        (lambda: MinGRU(3, 4, longest=9.5), TypeError, "longest must be a whole number"),
        (lambda: MinGRU(3, 4)(torch.randn(5, 3)), ValueError, r"xs of shape \(time, batch, input_"),
        (
            lambda: MinGRU(3, 4, batch_first=True)(torch.randn(5, 3)),
            ValueError,
            r"xs of shape \(batch, time, input_size\)",
        ),
        (lambda: MinGRU(3, 4)([1.0]), TypeError, "xs must be a tensor"),
        (lambda: MinGRU(3, 4)(torch.randn(5, 2, 4)), ValueError, "xs with input_size = 3"),
        (lambda: MinGRU(3, 4)(torch.randn(0, 2, 3)), ValueError, "xs is empty"),
        (lambda: MinGRU(3, 4)(torch.ones(5, 2, 3).long()), TypeError, "xs of floating"),
        (
            lambda: MinGRU(3, 4)(torch.randn(5, 2, 3), torch.zeros(2, 4)),
            ValueError,
            r"h_0 with 3 dimensions, shape \(1, 2, 4\)",
        ),
        (
            lambda: MinGRU(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 5, 4)),
            ValueError,
            r"h_0 of shape \(1, 2, 4\)",
        ),
        (
            lambda: MinGRU(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4).double()),
            TypeError,
            "h_0 .*float64",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    with pytest.raises(error, match=f"MinGRU: .*{words}"):
        change()
