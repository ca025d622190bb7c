"""The layers that are linear in their state: their equations, forms of input, what they refuse."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.layers import MinGRU, MinLSTM, read

KINDS = {
    "MinGRU": MinGRU,
    "MinGRU, signed": partial(MinGRU, signed=True),
    "MinLSTM": MinLSTM,
    "MinLSTM, signed": partial(MinLSTM, signed=True),
}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
both = pytest.mark.parametrize("kind", [MinGRU, MinLSTM])


@pytest.mark.parametrize("signed", [False, True])
def test_states_follow_the_equations(signed):
    layer, xs = MinGRU(3, 4, batch_first=True, signed=signed), torch.randn(2, 6, 3)
    output, h_n = layer(xs)
    h = torch.zeros(2, 4)
    for t in range(6):
        z, n = torch.sigmoid(layer.gate(xs[:, t])), layer.candidate(xs[:, t])
        h = (2 * z - 1 if signed else z) * h + (1 - z) * n
        torch.testing.assert_close(output[:, t], h)
    torch.testing.assert_close(h_n[0], h)


@pytest.mark.parametrize("signed", [False, True])
def test_states_of_the_minimal_lstm_follow_the_equations(signed):
    layer, xs = MinLSTM(3, 4, batch_first=True, signed=signed), torch.randn(2, 6, 3)
    output, h_n = layer(xs)
    h = torch.zeros(2, 4)
    for t in range(6):
        f = torch.sigmoid(layer.forget_gate(xs[:, t]))
        i = torch.sigmoid(layer.input_gate(xs[:, t]))
        f, i = f / (f + i), i / (f + i)
        h = (2 * f - 1 if signed else f) * h + i * layer.candidate(xs[:, t])
        torch.testing.assert_close(output[:, t], h)
    torch.testing.assert_close(h_n[0], h)


@every
@pytest.mark.parametrize("time", [1, 2, 3, 5, 16, 17, 50])
def test_the_scan_is_the_loop_of_steps_and_so_are_its_gradients(kind, time):
    torch.manual_seed(time)
    layer, xs = kind(3, 4, batch_first=True).double(), torch.randn(2, time, 3).double()
    h, states = torch.randn(2, 4, dtype=torch.float64, requires_grad=True), []
    output, h_n = layer(xs, h.unsqueeze(0))
    step = h
    for x in xs.unbind(1):
        step = layer.step(x, step)
        states.append(step)
    torch.testing.assert_close(output, torch.stack(states, 1), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(h_n[0], step, rtol=1e-10, atol=1e-10)
    leaves = [h, *layer.parameters()]
    ours = torch.autograd.grad(output.square().sum(), leaves)
    right = torch.autograd.grad(torch.stack(states, 1).square().sum(), leaves)
    torch.testing.assert_close(ours, right, rtol=1e-10, atol=1e-10)


@every
def test_a_first_step_without_a_state_begins_at_zero(kind):
    layer, x = kind(3, 4), torch.randn(2, 3)
    torch.testing.assert_close(layer.step(x), layer.step(x, torch.zeros(2, 4)))


@both
def test_only_a_signed_gate_reverses_a_state(kind):
    for signed in (False, True):
        layer = kind(3, 4, signed=signed)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.zero_()
            # what is kept is near zero of (0, 1) and near -1 of (-1, 1)
            (layer.gate if kind is MinGRU else layer.forget_gate).bias.fill_(-9.0)
        h = layer.step(torch.zeros(1, 3), torch.ones(1, 4))
        assert (h < -0.99).all() if signed else ((h > 0) & (h < 0.01)).all()


def test_two_closed_gates_are_not_zero_divided_by_zero():
    layer = MinLSTM(3, 4)
    with torch.no_grad():
        layer.forget_gate.bias.fill_(-200.0)
        layer.input_gate.bias.fill_(-200.0)
    output, _ = layer(torch.randn(5, 2, 3))
    output.sum().backward()
    assert output.isfinite().all()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


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


@every
def test_time_first_is_the_same_with_two_dimensions_swapped(kind):
    torch.manual_seed(0)
    first = kind(3, 4)
    second = kind(3, 4, batch_first=True)
    second.load_state_dict(first.state_dict())
    xs = torch.randn(5, 2, 3)
    output, h_n = first(xs)
    other, g_n = second(xs.transpose(0, 1))
    torch.testing.assert_close(output, other.transpose(0, 1))
    torch.testing.assert_close(h_n, g_n)


@every
@pytest.mark.parametrize("lengths", [[2, 5, 1], [5, 5, 2], [1, 2, 3]])
def test_padding_changes_nothing(kind, lengths):
    layer, xs = kind(3, 4, batch_first=True), torch.randn(3, 5, 3)
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


def test_gates_of_the_minimal_lstm_sum_to_one_and_are_spread_alike():
    torch.manual_seed(0)
    theirs = MinLSTM(1, 2000, longest=100)
    assert torch.equal(theirs.forget_gate.bias, -theirs.input_gate.bias)
    steps = theirs.forget_gate.bias.exp()
    assert steps.min() >= 1 - 1e-4
    assert steps.max() <= 99 + 1e-3
    assert steps.mean().item() == pytest.approx(50, abs=3)
    with torch.no_grad():
        theirs.forget_gate.weight.zero_()
        theirs.input_gate.weight.zero_()
        theirs.candidate.weight.zero_()
        theirs.candidate.bias.fill_(1.0)
    # what is kept of one, and what is added of one
    h = theirs.step(torch.zeros(1, 1), torch.ones(1, 2000))
    torch.testing.assert_close(h, torch.ones(1, 2000))


@every
def test_it_learns(kind):
    layer = kind(3, 4)
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
    assert "3, 4, signed=True, batch_first=True" in repr(
        MinLSTM(3, 4, batch_first=True, signed=True)
    )


def test_it_reads_where_its_inputs_lie_whatever_the_default_device(elsewhere):
    cpu = torch.device("cpu")
    layer, xs = MinGRU(3, 4, batch_first=True).to_empty(device=cpu), torch.ones(2, 5, 3, device=cpu)
    for parameter in layer.parameters():
        nn.init.constant_(parameter, 0.1)
    output, _ = read(layer, xs, lengths=torch.tensor([5, 2], device=cpu))
    assert output.device == cpu
    assert not output[1, 2:].any()


@both
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda kind: kind(0, 4), ValueError, "input_size must be at least 1"),
        (lambda kind: kind(3, 0), ValueError, "hidden_size must be at least 1"),
        (lambda kind: kind(3, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda kind: kind(3, 4, dropout=0.5), ValueError, "got 1, 0.5 and False"),
        (lambda kind: kind(3, 4, bidirectional=True), ValueError, "got 1, 0.0 and True"),
        (lambda kind: kind(3, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda kind: kind(3, 4, signed="no"), TypeError, "signed must be True or False"),
        (lambda kind: kind(3, 4, longest=0), ValueError, "longest must be at least 1"),
        (lambda kind: kind(3, 4, longest=2), ValueError, "at least 3 steps, got 2"),
        (lambda kind: kind(3, 4, longest=9.5), TypeError, "longest must be a whole number"),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 3)),
            ValueError,
            r"xs of shape \(time, batch, input_",
        ),
        (
            lambda kind: kind(3, 4, batch_first=True)(torch.randn(5, 3)),
            ValueError,
            r"xs of shape \(batch, time, input_size\)",
        ),
        (lambda kind: kind(3, 4)([1.0]), TypeError, "xs must be a tensor"),
        (lambda kind: kind(3, 4)(torch.randn(5, 2, 4)), ValueError, "xs with input_size = 3"),
        (lambda kind: kind(3, 4)(torch.randn(0, 2, 3)), ValueError, "xs is empty"),
        (lambda kind: kind(3, 4)(torch.ones(5, 2, 3).long()), TypeError, "xs of floating"),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), torch.zeros(2, 4)),
            ValueError,
            r"h_0 with 3 dimensions, shape \(1, 2, 4\)",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 5, 4)),
            ValueError,
            r"h_0 of shape \(1, 2, 4\)",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4).double()),
            TypeError,
            "h_0 .*float64",
        ),
        (
            lambda kind: kind(3, 4).step(torch.randn(1, 2, 3)),
            ValueError,
            r"x of shape \(batch, input_size\)",
        ),
        (lambda kind: kind(3, 4).step(torch.randn(2, 4)), ValueError, "x with input_size = 3"),
        (
            lambda kind: kind(3, 4).step(torch.randn(2, 3), torch.zeros(1, 2, 4)),
            ValueError,
            r"h with 2 dimensions, shape \(2, 4\)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(kind, change, error, words):
    with pytest.raises(error, match=f"{kind.__name__}: .*{words}"):
        change(kind)
