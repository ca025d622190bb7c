"""The selective layer: its equations, the gate that it becomes, forms of input, what it refuses."""

from functools import partial

import pytest
import torch
from torch.nn import functional as F

from rnnbook.layers import S6, MinGRU, read

KINDS = {"euler": S6, "zoh": partial(S6, discretisation="zoh")}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
LONG = torch.float64


def test_states_follow_the_equations():
    for rule in ("euler", "zoh"):
        layer = S6(3, 4, state_size=2, discretisation=rule).double()
        xs = torch.randn(6, 1, 3, dtype=LONG)
        output, h_n = layer(xs)
        A, h = -layer.log_A.exp(), torch.zeros(4, 2, dtype=LONG)
        for x, y in zip(xs[:, 0], output[:, 0], strict=True):
            u, delta, B, C = layer.inward(x), F.softplus(layer.delta(x)), layer.B(x), layer.C(x)
            right = []
            for i in range(4):  # a feature
                for n in range(2):  # a number of its state
                    kept = torch.exp(delta[i] * A[i, n])
                    written = delta[i] * B[n] if rule == "euler" else (kept - 1) / A[i, n] * B[n]
                    h[i, n] = kept * h[i, n].clone() + written * u[i]
                right.append(C @ h[i] + layer.D[i] * u[i])
            torch.testing.assert_close(y, torch.stack(right), rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(h_n[0, 0], h, rtol=1e-10, atol=1e-10)


def by_steps(layer, xs, h=None):
    outputs = []
    for x in xs.unbind(1):
        y, h = layer.step(x, h)
        outputs.append(y)
    return torch.stack(outputs, 1), h


@every
@pytest.mark.parametrize("time", [1, 2, 3, 16, 17, 50])
def test_the_scan_is_the_loop_of_steps_and_so_are_its_gradients(kind, time):
    torch.manual_seed(time)
    layer, xs = (
        kind(3, 4, state_size=5, batch_first=True).double(),
        torch.randn(2, time, 3).to(LONG),
    )
    h_0 = torch.randn(2, 4, 5, dtype=LONG, requires_grad=True)
    output, h_n = layer(xs, h_0.unsqueeze(0))
    right, end = by_steps(layer, xs, h_0)
    torch.testing.assert_close(output, right, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(h_n[0], end, rtol=1e-10, atol=1e-10)
    leaves = [h_0, *layer.parameters()]
    ours = torch.autograd.grad(output.square().sum(), leaves)
    theirs = torch.autograd.grad(right.square().sum(), leaves)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@every
def test_32_bits_lose_some_digits(kind):
    torch.manual_seed(0)
    layer, xs = kind(3, 4, batch_first=True), torch.randn(2, 200, 3)
    with torch.no_grad():
        output, right = layer(xs)[0], by_steps(layer, xs)[0]
        exact = layer.double()(xs.to(LONG))[0]
    for found in (output, right):
        lost = ((found - exact).abs().max() / exact.abs().max()).item()
        assert 1e-9 < lost < 1e-5


@every
def test_a_first_step_without_a_state_begins_at_zero(kind):
    layer, x = kind(3, 4), torch.randn(2, 3)
    for mine, right in zip(layer.step(x), layer.step(x, torch.zeros(2, 4, 16)), strict=True):
        torch.testing.assert_close(mine, right)


def gate(rule, dtype=LONG):
    """A layer of N = 1, A = -1, B = C = 1, D = 0, whose first feature reads s and has Δ of it."""
    layer = S6(2, 2, state_size=1, discretisation=rule, batch_first=True).to(dtype)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()  # of log A too: A = -1
        layer.delta.weight[0, 0] = 1.0  # Δ = softplus(s)
        layer.B.weight[0, 1] = layer.C.weight[0, 1] = 1.0  # the second input is always one
    return layer


def drawn(dtype=LONG):
    s = 2 * torch.randn(8, 100, dtype=LONG, generator=torch.Generator().manual_seed(0))
    return s, torch.stack([s, torch.ones_like(s)], -1).to(dtype)


def gated(s):
    """h_t = (1 - g_t) h_{t-1} + g_t s_t with g_t = sigmoid(s_t): Theorem 1."""
    h, states = torch.zeros(len(s), dtype=s.dtype), []
    for s_t in s.unbind(1):
        g = torch.sigmoid(s_t)
        h = (1 - g) * h + g * s_t
        states.append(h)
    return torch.stack(states, 1)


def test_with_one_number_of_state_and_the_zero_order_hold_it_is_a_gate():
    s, xs = drawn()
    g, layer = torch.sigmoid(s), gate("zoh")
    with torch.no_grad():
        kept, written = layer.discrete(xs)
        assert (kept[..., 0, 0] - (1 - g)).abs().max() < 1e-15
        assert (written[..., 0, 0] - g).abs().max() < 1e-15
        torch.testing.assert_close(layer(xs)[0][..., 0], gated(s), rtol=0, atol=1e-14)
        # what 32 bits leave of it
        short = gate("zoh", torch.float32)(drawn(torch.float32)[1])[0][..., 0]
        assert 1e-9 < (short - gated(s)).abs().max() < 1e-5


def test_it_is_then_the_minimal_gru_of_the_same_gate():
    s, xs = drawn()
    theirs = MinGRU(1, 1, batch_first=True).double()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
        theirs.gate.weight.fill_(-1.0)  # its gate is the share that is kept
        theirs.candidate.weight.fill_(1.0)
        right = theirs(s.unsqueeze(-1))[0][..., 0]
        torch.testing.assert_close(gate("zoh")(xs)[0][..., 0], right, rtol=0, atol=1e-14)


def test_eulers_rule_keeps_the_same_and_writes_more():
    _, xs = drawn()
    layer, other = gate("euler"), gate("zoh")
    with torch.no_grad():
        delta = F.softplus(layer.delta(xs))
        kept, written = layer.discrete(xs)
        same, hold = other.discrete(xs)
        assert torch.equal(kept, same)
        ratio = (hold / written)[..., 0, 0]
        # (1 - e^{AΔ}) / (-AΔ), with A = -1
        right = (1 - torch.exp(-delta)) / delta
        torch.testing.assert_close(ratio, right[..., 0], rtol=1e-10, atol=0)
        assert (layer(xs)[0] - other(xs)[0]).abs().max() > 1


@pytest.mark.parametrize(("step", "ratio"), [(0.001, 0.9995), (1.0, 0.63212)])
def test_the_two_rules_agree_where_a_step_is_short(step, ratio):
    written = []
    for rule in ("zoh", "euler"):
        layer = S6(1, 1, state_size=1, discretisation=rule, dt=(step, step)).double()
        with torch.no_grad():
            layer.delta.weight.zero_()
            layer.B.weight.fill_(1.0)
            written.append(layer.discrete(torch.ones(1, dtype=LONG))[1].item())
    assert written[0] / written[1] == pytest.approx(ratio, abs=1e-5)


def test_a_step_of_length_zero_changes_nothing_and_a_long_one_forgets():
    for rule in ("euler", "zoh"):
        layer, x = S6(3, 4, discretisation=rule), torch.randn(2, 3)
        h = torch.randn(2, 4, 16)
        with torch.no_grad():
            layer.delta.weight.zero_()
            layer.delta.bias.fill_(-200.0)
            torch.testing.assert_close(layer.step(x, h)[1], h)
            layer.delta.bias.fill_(200.0)
            torch.testing.assert_close(layer.step(x, h)[1], layer.step(x)[1])


def test_it_begins_with_steps_of_the_lengths_asked_for_and_rates_one_to_n():
    torch.manual_seed(0)
    layer = S6(1, 20_000, state_size=3, dt=(0.01, 0.5))
    steps = F.softplus(layer.delta.bias)
    assert steps.min().item() == pytest.approx(0.01, rel=1e-2)
    assert steps.max().item() == pytest.approx(0.5, rel=1e-2)
    assert steps.log().mean().exp().item() == pytest.approx((0.01 * 0.5) ** 0.5, rel=2e-2)
    torch.testing.assert_close(layer.log_A.exp(), torch.tensor([1.0, 2.0, 3.0]).expand(20_000, 3))
    usual = F.softplus(S6(1, 2000).delta.bias)
    assert usual.min() > 0.99e-3
    assert usual.max() < 1.01e-1


@every
@pytest.mark.parametrize("lengths", [[2, 5, 1], [5, 5, 2], [1, 2, 3]])
def test_a_packed_batch_goes_on_from_a_state_and_padding_changes_nothing(kind, lengths):
    layer, xs = kind(3, 4, batch_first=True), torch.randn(3, 5, 3)
    h_0 = torch.randn(1, 3, 4, 16)
    output, h_n = read(layer, xs, h_0, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, end = layer(xs[[row], :length], h_0[:, [row]])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(h_n[:, row], end[:, 0])
        assert not output[row, length:].any()


def test_one_impulse_at_two_places_has_two_responses_unless_all_else_is_silent():
    torch.manual_seed(0)
    layer = S6(3, 4, dt=(0.1, 1.0), batch_first=True).double()
    xs = torch.randn(1, 40, 3, dtype=LONG)
    for around, same in ((xs, False), (torch.zeros_like(xs), True)):
        found = []
        for place in (5, 15):
            quiet, loud = around[:, : place + 20].clone(), around[:, : place + 20].clone()
            quiet[:, place], loud[:, place] = 0.0, 1.0
            with torch.no_grad():
                found.append(layer(loud)[1] - layer(quiet)[1])  # the state 20 steps later
        apart = (found[0] - found[1]).abs().max() / found[0].abs().max()
        assert apart < 1e-10 if same else apart > 0.1


def test_it_says_what_it_is():
    layer = S6(3, 4)
    assert (layer.input_size, layer.hidden_size, layer.state_size) == (3, 4, 16)
    assert repr(layer).startswith("S6(\n  3, 4, state_size=16, discretisation='euler'\n")
    assert "'zoh', batch_first=True" in repr(S6(3, 4, discretisation="zoh", batch_first=True))
    assert not list(S6(4, 4).inward.parameters())  # its features read the input as it is
    assert S6(3, 4).inward.weight.shape == (4, 3)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: S6(0, 4), ValueError, "input_size must be at least 1"),
        (lambda: S6(3, 0), ValueError, "hidden_size must be at least 1"),
        (lambda: S6(3, 4, state_size=0), ValueError, "state_size must be at least 1"),
        (lambda: S6(3, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda: S6(3, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda: S6(3, 4, discretisation="bilinear"), ValueError, "'zoh', .* got 'bilinear'"),
        (lambda: S6(3, 4, dt=0.1), TypeError, "dt must be two numbers, .* got 0.1"),
        (lambda: S6(3, 4, dt=(0.1,)), TypeError, "dt must be two numbers"),
        (lambda: S6(3, 4, dt=(0.1, "1")), TypeError, "dt must be two numbers"),
        (lambda: S6(3, 4, dt=(0.0, 0.1)), ValueError, r"0 < least <= largest, got \(0.0,"),
        (lambda: S6(3, 4, dt=(0.2, 0.1)), ValueError, "0 < least <= largest"),
        (lambda: S6(3, 4, dt=(0.2, float("inf"))), ValueError, "0 < least <= largest"),
        (lambda: S6(3, 4)(torch.randn(5, 3)), ValueError, r"xs of shape \(time, batch, input_"),
        (lambda: S6(3, 4)([1.0]), TypeError, "xs must be a tensor"),
        (lambda: S6(3, 4)(torch.randn(5, 2, 4)), ValueError, "xs with input_size = 3"),
        (lambda: S6(3, 4)(torch.ones(5, 2, 3).long()), TypeError, "xs of floating"),
        (
            lambda: S6(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4)),
            ValueError,
            r"h_0 with 4 dimensions, shape \(1, 2, 4, 16\)",
        ),
        (
            lambda: S6(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 5, 4, 16)),
            ValueError,
            r"h_0 of shape \(1, 2, 4, 16\)",
        ),
        (
            lambda: S6(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4, 16).double()),
            TypeError,
            "h_0 .*float64",
        ),
        (lambda: S6(3, 4).step(torch.randn(1, 2, 3)), ValueError, r"x of shape \(batch, input_"),
        (lambda: S6(3, 4).step(torch.randn(2, 4)), ValueError, "x with input_size = 3"),
        (
            lambda: S6(3, 4).step(torch.randn(2, 3), torch.zeros(1, 2, 4, 16)),
            ValueError,
            r"h with 3 dimensions, shape \(2, 4, 16\)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    with pytest.raises(error, match=f"S6: .*{words}"):
        change()
