"""Layers with exponential gates: stabilised as unstabilised, in chunks as step by step."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnnbook.layers import MLSTM, SLSTM, read
from rnnbook.layers.xlstm import stabilised

both = pytest.mark.parametrize("kind", [SLSTM, MLSTM])
gates = pytest.mark.parametrize("forget", ["sigmoid", "exp"])


def drawn(kind, scale=1.0, time=20, **options):
    """Return a layer whose gates add up numbers of this scale, and what it reads, in float64."""
    torch.manual_seed(0)
    layer = kind(3, 4, batch_first=True, **options).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter *= scale
    return layer, torch.randn(2, time, 3, dtype=torch.float64)


def plain(layer, xs):
    """Return the outputs by the equations as they stand, with nothing subtracted."""
    batch, size = len(xs), layer.hidden_size
    h, c = torch.zeros(2, batch, size, dtype=xs.dtype)
    n, C = torch.zeros_like(h), torch.zeros(batch, size, size, dtype=xs.dtype)
    outputs = []
    for x in xs.unbind(1):
        if isinstance(layer, SLSTM):
            i, f, z, o = (layer.from_input(x) + layer.from_state(h)).chunk(4, -1)
        else:
            q, k, v, o = layer.vectors(x).chunk(4, -1)
            i, f = layer.gates(x).chunk(2, -1)
        i, f, o = i.exp(), f.exp() if layer.forget == "exp" else f.sigmoid(), o.sigmoid()
        if isinstance(layer, SLSTM):
            c, n = f * c + i * z.tanh(), f * n + i
            h = o * c / n
        else:
            k = k / size**0.5
            C = f[..., None] * C + i[..., None] * torch.einsum("bv,bk->bvk", v, k)
            n = f * n + i * k
            norm = torch.einsum("bk,bk->b", n, q).abs().clamp(min=1)
            h = o * torch.einsum("bvk,bk->bv", C, q) / norm[:, None]
        outputs.append(h)
    return torch.stack(outputs, 1)


@both
@gates
@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0, 20.0])
def test_it_computes_what_the_unstabilised_equations_say(kind, forget, scale):
    layer, xs = drawn(kind, scale, forget=forget)
    right = plain(layer, xs)
    here = right.isfinite()
    assert here[:, :5].all()
    torch.testing.assert_close(layer(xs)[0][here], right[here], rtol=1e-9, atol=1e-9)


@both
@gates
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_it_stays_finite_and_so_does_its_gradient_in_32_bits(kind, forget, scale):
    layer, xs = drawn(kind, scale, time=100, forget=forget)
    layer = layer.float()
    output, state = layer(xs.float())
    assert output.isfinite().all()
    assert all(part.isfinite().all() for part in state)
    output.sum().backward()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


@both
def test_closed_gates_are_not_zero_divided_by_zero(kind):
    layer, xs = drawn(kind)
    layer = layer.float()
    with torch.no_grad():
        (layer.from_input.bias[:8] if kind is SLSTM else layer.gates.bias).fill_(-1000.0)
    output, state = layer(xs.float())
    output.sum().backward()
    assert output.isfinite().all()
    assert all(part.isfinite().all() for part in state)
    assert all(p.grad.isfinite().all() for p in layer.parameters())


def test_subtracting_divides_both_gates_by_the_same_number():
    log_i, log_f, m = torch.randn(3, 1000, dtype=torch.float64) * 5
    i, f, now = stabilised(log_i, log_f, m)
    torch.testing.assert_close(i * now.exp(), log_i.exp())
    torch.testing.assert_close(f * now.exp(), (log_f + m).exp())
    assert torch.equal(torch.maximum(i, f), torch.ones_like(i))


@gates
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_what_the_scalar_memory_gives_is_a_weighted_mean_of_candidates(forget, scale):
    layer, xs = drawn(SLSTM, scale, time=50, forget=forget)
    output, (h, c, n, _) = layer(xs)
    assert (output.abs() <= 1).all()
    assert (c.abs() <= n).all()
    assert (n >= 1).all()
    assert torch.equal(h[0], output[:, -1])


def test_a_later_candidate_replaces_what_is_stored_though_the_forget_gate_is_open():
    layer = SLSTM(2, 1, batch_first=True, forget="exp")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        # the input gate reads the first number, the candidate the second; the output gate is open
        layer.from_input.weight[0, 0], layer.from_input.weight[2, 1] = 1.0, 1.0
        layer.from_input.bias[3] = 100.0
    stored = torch.tensor([[[0.0, 9.0], [200.0, -9.0], [100.0, 9.0]]])
    output, _ = layer(stored)
    torch.testing.assert_close(output[0, :, 0], torch.tensor([1.0, -1.0, -1.0]))


def looped(layer, xs, state):
    """Return the outputs of a loop of steps, and the state after it."""
    hs, state = [], tuple(part[0] for part in state)
    for x in xs.unbind(1):
        h, state = layer.step(x, state)
        hs.append(h)
    return torch.stack(hs, 1), tuple(part.unsqueeze(0) for part in state)


@gates
@pytest.mark.parametrize("time", [1, 2, 7, 50])
@pytest.mark.parametrize("scale", [1.0, 5.0])
@pytest.mark.parametrize("chunk", [1, 3, 7, 64])
def test_loop_parallel_form_and_chunks_are_one_and_so_are_their_gradients(
    forget, time, scale, chunk
):
    layer, xs = drawn(MLSTM, scale, time, forget=forget, chunk=chunk)
    _, start = layer(xs.flip(1))
    start = tuple(part.detach().requires_grad_() for part in start)
    output, end = layer(xs.requires_grad_(), start)
    right, last = looped(layer, xs, start)
    torch.testing.assert_close(output, right, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(end, last, rtol=1e-10, atol=1e-10)
    leaves = [xs, *start, *layer.parameters()]
    ours = torch.autograd.grad(output.square().sum(), leaves)
    theirs = torch.autograd.grad(right.square().sum(), leaves)
    torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-8)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    time=st.integers(1, 40),
    chunk=st.integers(1, 41),
    width=st.integers(1, 5),
    scale=st.sampled_from([0.1, 1.0, 5.0, 20.0]),
    forget=st.sampled_from(["sigmoid", "exp"]),
    cut=st.integers(0, 39),
)
def test_the_forms_agree_at_any_size_also_from_a_state_handed_on(
    seed, time, chunk, width, scale, forget, cut
):
    torch.manual_seed(seed)
    layer = MLSTM(3, width, forget=forget, chunk=chunk, batch_first=True).double()
    layer.gates.weight.data.mul_(scale)
    xs, cut = torch.randn(2, time, 3, dtype=torch.float64), min(cut, time)
    state = tuple(torch.zeros(1, 2, *shape).double() for shape in ((width, width), (width,), (1,)))
    state = (*state[:2], state[2] - torch.inf)
    right, last = looped(layer, xs, state)
    parts = []
    for part in (xs[:, :cut], xs[:, cut:]):
        if part.shape[1]:
            output, state = layer(part, state)
            parts.append(output)
    largest = right.abs().max().item()
    torch.testing.assert_close(torch.cat(parts, 1), right, rtol=0, atol=1e-10 * largest)
    torch.testing.assert_close(state, last, rtol=1e-10, atol=1e-10)


@gates
def test_32_bits_lose_no_more_in_chunks_than_in_all_steps_at_once(forget):
    """The median of the relative errors, against the loop of steps in 64 bits."""
    layer, xs = drawn(MLSTM, time=500, forget=forget, forget_bias=3.0)
    start = tuple(torch.zeros_like(part) for part in layer(xs[:, :1])[1])
    right, _ = looped(layer, xs, start)
    start, lost = tuple(part.float() for part in start), {}
    for chunk in (1, 16, 64, 500):
        layer.chunk = chunk
        off = layer.float()(xs.float(), start)[0] - right
        lost[chunk] = (off.norm(dim=-1) / right.norm(dim=-1)).median().item()
    assert max(lost[chunk] for chunk in (1, 16, 64)) < min(1e-6, 1.5 * lost[500])


def test_what_is_kept_for_the_gradient_grows_with_the_length_and_not_with_its_square():
    def kept(time, chunk):
        layer, _ = drawn(MLSTM, chunk=chunk)
        bytes_ = []

        def pack(x):
            bytes_.append(x.numel() * x.element_size())
            return x

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            layer(torch.randn(1, time, 3, dtype=torch.float64))
        return sum(bytes_)

    assert kept(1024, 16) == pytest.approx(4 * kept(256, 16), rel=0.01)
    assert kept(1024, 1024) > 12 * kept(256, 256)
    assert kept(1024, 16) < kept(1024, 1024) / 10


@gates
def test_a_step_of_the_scalar_memory_is_a_sequence_of_one(forget):
    layer, xs = drawn(SLSTM, forget=forget)
    output, end = layer(xs)
    state = None
    for t, x in enumerate(xs.unbind(1)):
        state = layer.step(x, state)
        torch.testing.assert_close(state[0], output[:, t])
    for ours, theirs in zip(end, state, strict=True):
        torch.testing.assert_close(ours[0], theirs)


@both
@gates
@pytest.mark.parametrize("lengths", [[2, 5, 1], [5, 5, 2], [1, 2, 3]])
def test_padding_changes_nothing(kind, forget, lengths):
    layer, _ = drawn(kind, forget=forget)
    xs = torch.randn(3, 5, 3, dtype=torch.float64)
    output, state = read(layer, xs, lengths=torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, end = layer(xs[row : row + 1, :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        assert output[row, length:].abs().sum() == 0
        for ours, theirs in zip(state, end, strict=True):
            torch.testing.assert_close(ours[:, row], theirs[:, 0])


@both
@gates
@pytest.mark.parametrize("cut", [1, 4])
def test_a_state_handed_back_goes_on_where_the_first_part_ended(kind, forget, cut):
    layer, _ = drawn(kind, forget=forget)
    xs = torch.randn(3, 7, 3, dtype=torch.float64)
    output, end = layer(xs)
    first, state = layer(xs[:, :cut])
    later, last = layer(xs[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, later], dim=1), output)
    for ours, theirs in zip(last, end, strict=True):
        torch.testing.assert_close(ours, theirs)


@both
def test_a_packed_batch_goes_on_from_a_state_in_the_order_of_the_batch(kind):
    layer, _ = drawn(kind)
    xs, lengths = torch.randn(3, 5, 3, dtype=torch.float64), torch.tensor([2, 5, 1])
    _, start = layer(torch.randn(3, 4, 3, dtype=torch.float64))
    output, end = read(layer, xs, start, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, right = layer(xs[[row], :length], tuple(part[:, [row]] for part in start))
        torch.testing.assert_close(output[row, :length], alone[0])
        for ours, theirs in zip(end, right, strict=True):
            torch.testing.assert_close(ours[:, [row]], theirs)


@both
def test_time_first_is_the_same_with_two_dimensions_swapped(kind):
    first = kind(3, 4)
    second = kind(3, 4, batch_first=True)
    second.load_state_dict(first.state_dict())
    xs = torch.randn(5, 2, 3)
    output, state = first(xs)
    other, end = second(xs.transpose(0, 1))
    torch.testing.assert_close(output, other.transpose(0, 1))
    torch.testing.assert_close(state, end)


def test_without_its_exponential_gate_the_scalar_memory_is_an_lstm_but_for_the_normaliser():
    """With input gates that are all one and nothing forgotten, it gives a running mean."""
    layer, xs = drawn(SLSTM, forget="exp")
    with torch.no_grad():
        layer.from_input.weight[:8] = 0.0
        layer.from_input.bias[:8] = 0.0
        layer.from_state.weight.zero_()
    _, _, z, o = layer.from_input(xs).chunk(4, -1)
    counted = torch.arange(1.0, 21.0, dtype=torch.float64)[:, None]
    torch.testing.assert_close(layer(xs)[0], o.sigmoid() * z.tanh().cumsum(1) / counted)


@both
def test_the_bias_of_the_forget_gate_is_as_given_and_the_others_as_pytorch_draws_them(kind):
    torch.manual_seed(0)
    layer = kind(3, 4, forget_bias=5)
    torch.manual_seed(0)
    right = nn.Linear(3, 16).bias
    if kind is SLSTM:
        assert torch.equal(layer.from_input.bias[4:8], torch.full((4,), 5.0))
        assert torch.equal(layer.from_input.bias[8:], right[8:])
        assert torch.equal(layer.from_input.bias[:4], right[:4])
    else:
        assert torch.equal(layer.vectors.bias, right)
        assert layer.gates.bias[1] == 5
        assert layer.gates.bias[0] != 5


@both
def test_it_says_what_it_is(kind):
    layer = kind(3, 4)
    assert (layer.input_size, layer.hidden_size, layer.batch_first) == (3, 4, False)
    assert (layer.num_layers, layer.bidirectional, layer.forget) == (1, False, "sigmoid")
    assert repr(layer).startswith(f"{kind.__name__}(\n  3, 4\n")
    assert "3, 4, forget='exp', batch_first=True" in repr(
        kind(3, 4, forget="exp", batch_first=True)
    )


@pytest.mark.parametrize(("chunk", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError)])
def test_a_chunk_is_a_positive_whole_number(chunk, error):
    with pytest.raises(error, match="MLSTM: chunk must be"):
        MLSTM(3, 4, chunk=chunk)


@both
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda kind: kind(0, 4), ValueError, "input_size must be at least 1"),
        (lambda kind: kind(3, 0), ValueError, "hidden_size must be at least 1"),
        (lambda kind: kind(3, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda kind: kind(3, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda kind: kind(3, 4, forget="tanh"), ValueError, "'sigmoid' or 'exp', got 'tanh'"),
        (lambda kind: kind(3, 4, forget_bias="3"), TypeError, "must be a number, got '3'"),
        (lambda kind: kind(3, 4, forget_bias=float("nan")), ValueError, "be finite, got nan"),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 3)),
            ValueError,
            r"xs of shape \(time, batch, input_",
        ),
        (lambda kind: kind(3, 4)([1.0]), TypeError, "xs must be a tensor"),
        (lambda kind: kind(3, 4)(torch.randn(5, 2, 4)), ValueError, "xs with input_size = 3"),
        (lambda kind: kind(3, 4)(torch.randn(0, 2, 3)), ValueError, "xs is empty"),
        (lambda kind: kind(3, 4)(torch.ones(5, 2, 3).long()), TypeError, "xs of floating"),
        (
            lambda kind: kind(3, 4)(
                pack_padded_sequence(torch.ones(5, 2, 4), torch.tensor([5, 2]))
            ),
            ValueError,
            "packed xs with input_size = 3",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4)),
            TypeError,
            "as a tuple, got Tensor",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), (torch.zeros(1, 2, 4),) * 2),
            TypeError,
            "as a tuple, got 2 tensors",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), kind(3, 4)(torch.randn(5, 6, 3))[1]),
            ValueError,
            "the usual cause is a state carried over from a batch of another size",
        ),
        (
            lambda kind: kind(3, 4)(
                torch.randn(5, 2, 3), kind(3, 4).double()(torch.randn(5, 2, 3).double())[1]
            ),
            TypeError,
            "float64",
        ),
        (
            lambda kind: kind(3, 4).step(torch.randn(1, 2, 3)),
            ValueError,
            r"x of shape \(batch, input_size\)",
        ),
        (lambda kind: kind(3, 4).step(torch.randn(2, 4)), ValueError, "x with input_size = 3"),
        (
            lambda kind: kind(3, 4).step(torch.randn(2, 3), kind(3, 4)(torch.randn(5, 2, 3))[1]),
            ValueError,
            "dimensions, shape",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(kind, change, error, words):
    with pytest.raises(error, match=f"{kind.__name__}: .*{words}"):
        change(kind)
