"""The layers whose state is a matrix: each corner is its paper's equation, in three forms."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnbook.exercises import delta_rule
from rnnbook.layers import LinearAttention, masked_product, matrix_step, read

WRITES = ({"write": "sum"}, {"write": "delta"}, {"write": "delta", "signed": True})
CORNERS = {
    f"{decay or 'no'} decay, {' '.join(map(str, write.values()))}": {"decay": decay, **write}
    for decay, write in product((None, "constant", "input"), WRITES)
}
every = pytest.mark.parametrize("corner", CORNERS.values(), ids=CORNERS)
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def built(**options: object) -> LinearAttention:
    torch.manual_seed(0)
    layer = LinearAttention(3, 4, key_size=5, heads=2, batch_first=True, **options).double()
    if layer.decay == "constant":  # fades enough to see; 1 - 1/32 and 1 - 1/64 hardly do
        layer.log_kept.mul_(10)
    for linear in (layer.query, layer.key, layer.value):
        linear.weight.data.mul_(2)
    return layer


def drawn(time: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(time)
    return torch.randn(batch, time, 3, dtype=torch.float64, generator=generator)


def looped(layer: LinearAttention, xs: Tensor, S: Tensor | None = None) -> tuple[Tensor, Tensor]:
    read = []
    for x in xs.unbind(1):
        o, S = layer.step(x, S)
        read.append(o)
    return torch.stack(read, 1), S


# ------------------------------------------------------------------ the corners, as in the papers


def parts(layer: LinearAttention, x: Tensor) -> tuple[Tensor, ...]:
    """Return the queries, keys and values of ``x``, (input_size,), each (heads, size)."""
    q, k, v = layer.query.weight @ x, layer.key.weight @ x, layer.value.weight @ x
    return q.view(2, 5), k.view(2, 5), v.view(2, 2)


def by_paper(layer: LinearAttention, xs: Tensor, step: object) -> Tensor:
    """Loop over the steps of one sequence, (time, input_size), and the heads."""
    S, outputs = [None, None], []
    for x in xs:
        q, k, v = parts(layer, x)
        o = []
        for head in range(2):
            found, S[head] = step(S[head], q[head], k[head], v[head], x, head)
            o.append(found)
        outputs.append(torch.cat(o))
    return torch.stack(outputs)


def unit(k: Tensor) -> Tensor:
    return k / k.norm()


def chosen(linear: nn.Linear, x: Tensor, head: int) -> Tensor:
    return torch.sigmoid(linear(x)[head])


def test_no_decay_and_a_sum_is_linear_attention():
    """Katharopoulos et al. (2020), eqs. 18 and 20: s_i = s_{i-1} + k v^T, read as q^T s_i."""
    layer, xs = built(), drawn(9)

    def step(s, q, k, v, x, head):
        s = (0 if s is None else s) + torch.outer(k, v)
        return q @ s, s

    torch.testing.assert_close(layer(xs)[0][0], by_paper(layer, xs[0], step), **CLOSE)


def test_a_constant_decay_and_a_sum_is_retention():
    """Sun et al. (2023), eqs. 6 and 8: S_n = gamma S_{n-1} + K_n^T V_n, read as Q_n S_n."""
    torch.manual_seed(0)
    layer = LinearAttention(3, 4, key_size=5, heads=2, decay="constant", batch_first=True).double()
    xs = drawn(40)
    gamma = 1 - 2 ** (-5 - torch.arange(2.0, dtype=torch.float64))

    def step(S, q, k, v, x, head):
        S = gamma[head] * (0 if S is None else S) + torch.outer(k, v)
        return q @ S, S

    found = layer(xs)[0][0]
    torch.testing.assert_close(found, by_paper(layer, xs[0], step), rtol=1e-6, atol=1e-6)


def test_a_decay_from_the_input_and_a_sum_is_the_recurrence_of_mamba_2():
    """Dao and Gu (2024): h_t = a_t h_{t-1} + B_t x_t^T, y_t = C_t^T h_t, a_t = exp(Delta_t A).

    With A = -1 and Delta_t = softplus(-s), exp(Delta_t A) is sigmoid(s).
    """
    layer, xs = built(decay="input"), drawn(9)

    def step(h, q, k, v, x, head):
        Delta, A = nn.functional.softplus(-layer.keep(x)[head]), -1.0
        h = torch.exp(Delta * A) * (0 if h is None else h) + torch.outer(k, v)
        return q @ h, h

    torch.testing.assert_close(layer(xs)[0][0], by_paper(layer, xs[0], step), **CLOSE)


def test_it_is_gated_linear_attention_where_all_numbers_of_a_key_decay_alike():
    """Yang et al. (2024), GLA: S_t = Diag(alpha_t) S_{t-1} + k_t^T v_t, read as q_t S_t."""
    layer, xs = built(decay="input"), drawn(9)

    def step(S, q, k, v, x, head):
        alpha = chosen(layer.keep, x, head) * torch.ones(5, dtype=torch.float64)
        S = torch.diag(alpha) @ (torch.zeros(5, 2).double() if S is None else S)
        S = S + torch.outer(k, v)
        return q @ S, S

    torch.testing.assert_close(layer(xs)[0][0], by_paper(layer, xs[0], step), **CLOSE)


@pytest.mark.parametrize("signed", [False, True])
def test_no_decay_and_delta_is_deltanet(signed):
    """Schlag et al. (2021), section 4.2: W + beta (v - v_old) k^T, where v_old = W k."""
    layer, xs = built(write="delta", signed=signed), drawn(9)

    def step(W, q, k, v, x, head):
        W = torch.zeros(2, 5).double() if W is None else W
        beta, k = chosen(layer.beta, x, head) * (2 if signed else 1), unit(k)
        W = W + beta * torch.outer(v - W @ k, k)
        return W @ q, W

    torch.testing.assert_close(layer(xs)[0][0], by_paper(layer, xs[0], step), **CLOSE)


@pytest.mark.parametrize("signed", [False, True])
def test_a_decay_from_the_input_and_delta_is_gated_deltanet(signed):
    """Yang, Kautz and Hatamizadeh (2024), eq. 10: S a (I - beta k k^T) + beta v k^T."""
    layer, xs = built(write="delta", decay="input", signed=signed), drawn(9)

    def step(S, q, k, v, x, head):
        S, eye = torch.zeros(2, 5).double() if S is None else S, torch.eye(5).double()
        beta, k = chosen(layer.beta, x, head) * (2 if signed else 1), unit(k)
        kept = chosen(layer.keep, x, head) * (eye - beta * torch.outer(k, k))
        S = S @ kept + beta * torch.outer(v, k)
        return S @ q, S

    torch.testing.assert_close(layer(xs)[0][0], by_paper(layer, xs[0], step), **CLOSE)


def test_the_delta_write_is_the_one_of_the_exercise():
    rng = np.random.default_rng(0)
    q, k, v, beta = (rng.normal(size=size) for size in ((7, 3), (7, 3), (7, 4), (7,)))
    right = delta_rule.solution(q, k, v, beta)
    q, k, v, beta = map(torch.from_numpy, (q, k, v, beta))
    S = torch.zeros(4, 3).double()
    found, _ = masked_product(S, q, k, v, 0 * beta, beta, delta=True)
    torch.testing.assert_close(found, torch.from_numpy(right), **CLOSE)


def test_a_delta_write_is_one_step_of_gradient_descent_on_the_value_of_its_key():
    """Of half the squared distance between S k and v, with beta for a learning rate."""
    torch.manual_seed(0)
    S = torch.randn(4, 3).double().requires_grad_()
    k, v, beta = torch.randn(3).double(), torch.randn(4).double(), torch.tensor(0.3).double()
    (slope,) = torch.autograd.grad((S @ k - v).square().sum() / 2, S)
    _, after = matrix_step(S, k, k, v, 0 * beta, beta, delta=True)
    torch.testing.assert_close(after, S - beta * slope, **CLOSE)


def test_a_signed_write_reflects_and_an_unsigned_one_cannot():
    for signed in (False, True):
        layer = built(write="delta", signed=signed)
        with torch.no_grad():
            layer.value.weight.zero_()
            layer.beta.weight.zero_()
            layer.beta.bias.fill_(30.0)  # beta is 1, or 2
        x, S = drawn(1)[:, 0], torch.randn(2, 2, 2, 5).double()
        k = nn.functional.normalize(layer.key(x).view(2, 2, 5), dim=-1)
        before = torch.einsum("bhvk,bhk->bhv", S, k)
        _, S = layer.step(x, S)
        after = torch.einsum("bhvk,bhk->bhv", S, k)
        torch.testing.assert_close(after, -before if signed else 0 * before, **CLOSE)


# ------------------------------------------------------------------ three forms of one layer


@every
@pytest.mark.parametrize("time", [1, 2, 7, 16, 37])
@pytest.mark.parametrize("chunk", [1, 4, 7, 64])
def test_loop_masked_product_and_chunks_are_one_and_so_are_their_gradients(corner, time, chunk):
    layer, xs = built(chunk=chunk, **corner), drawn(time).requires_grad_()
    S_0 = torch.randn(1, 2, 2, 2, 5, dtype=torch.float64, requires_grad=True)
    output, S_n = layer(xs, S_0)
    right, S = looped(layer, xs, S_0[0])
    torch.testing.assert_close(output, right, **CLOSE)
    torch.testing.assert_close(S_n[0], S, **CLOSE)
    leaves = [xs, S_0, *layer.parameters()]
    ours = torch.autograd.grad(output.square().sum() + S_n.sum(), leaves)
    theirs = torch.autograd.grad(right.square().sum() + S.sum(), leaves)
    torch.testing.assert_close(ours, theirs, **CLOSE)


sizes = st.integers(1, 9)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    time=st.integers(1, 40),
    chunk=st.integers(1, 41),
    key=sizes,
    value=sizes,
    heads=st.integers(1, 3),
    corner=st.sampled_from(sorted(CORNERS)),
)
def test_the_forms_agree_at_any_size(seed, time, chunk, key, value, heads, corner):
    torch.manual_seed(seed)
    options = {"heads": heads, "chunk": chunk, "batch_first": True, **CORNERS[corner]}
    layer = LinearAttention(3, heads * value, key_size=key, **options).double()
    xs = 3 * torch.randn(2, time, 3, dtype=torch.float64)
    output, S_n = layer(xs)
    right, S = looped(layer, xs)
    scale = max(1.0, right.abs().max().item())
    torch.testing.assert_close(output, right, rtol=0, atol=1e-10 * scale)
    scale = max(1.0, S.abs().max().item())
    torch.testing.assert_close(S_n[0], S, rtol=0, atol=1e-10 * scale)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), time=st.integers(1, 100), decay=st.sampled_from([None, "input"]))
def test_without_new_values_a_delta_write_never_lengthens_what_is_held(seed, time, decay):
    """A key of norm 1 and a beta in (0, 2) leave each row of the state no longer than it was."""
    torch.manual_seed(seed)
    layer = LinearAttention(3, 4, key_size=5, write="delta", signed=True, decay=decay).double()
    with torch.no_grad():
        layer.value.weight.zero_()
    S_0 = torch.randn(1, 2, 1, 4, 5, dtype=torch.float64)
    _, S_n = layer(torch.randn(time, 2, 3, dtype=torch.float64), S_0)
    assert (S_n.norm(dim=-1) <= S_0.norm(dim=-1) * (1 + 1e-12)).all()


@every
def test_float32_loses_less_than_a_thousandth(corner):
    """Of the largest output, over 200 steps, in every form."""
    xs = drawn(200)
    for chunk in (1, 16, 200):
        right, _ = built(chunk=chunk, **corner)(xs)
        found, _ = built(chunk=chunk, **corner).float()(xs.float())
        assert (found - right).abs().max() < 1e-3 * right.abs().max()


def test_a_long_masked_product_with_a_decay_stays_finite():
    """The product of all shares is below what float32 can hold; the ratio of two of them is not."""
    layer = LinearAttention(3, 4, decay="input", chunk=500, batch_first=True)
    with torch.no_grad():
        layer.keep.bias.fill_(-3.0)
    xs = torch.randn(2, 500, 3, requires_grad=True)
    output, S_n = layer(xs)
    (output.square().sum() + S_n.sum()).backward()
    assert output.isfinite().all()
    assert xs.grad.isfinite().all()


def test_a_share_that_underflows_is_zero_and_not_nan():
    layer = LinearAttention(3, 4, decay="input", write="delta", batch_first=True)
    with torch.no_grad():
        layer.keep.bias.fill_(-500.0)
    xs = torch.randn(2, 9, 3, requires_grad=True)
    output, _ = layer(xs)
    output.square().sum().backward()
    assert output.isfinite().all()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


# ------------------------------------------------------------------ the form of a layer


@every
def test_padding_changes_nothing_and_a_state_goes_on(corner):
    layer, xs = built(chunk=3, **corner), drawn(7, batch=3)
    S_0 = torch.randn(1, 3, 2, 2, 5, dtype=torch.float64)
    lengths = torch.tensor([2, 7, 4])
    output, S_n = read(layer, xs, S_0, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, end = layer(xs[[row], :length], S_0[:, [row]])
        torch.testing.assert_close(output[row, :length], alone[0], **CLOSE)
        torch.testing.assert_close(S_n[:, row], end[:, 0], **CLOSE)
        assert not output[row, length:].any()


def test_heads_do_not_see_each_other():
    layer, xs = built(write="delta"), drawn(6)
    before, _ = layer(xs)
    with torch.no_grad():
        layer.key.weight[:5] += 1.0
    after, _ = layer(xs)
    assert (after[..., :2] != before[..., :2]).any()
    torch.testing.assert_close(after[..., 2:], before[..., 2:], rtol=0, atol=0)


def test_a_decay_from_the_input_starts_at_the_constants():
    heads = 30
    fixed = LinearAttention(3, heads, heads=heads, decay="constant")
    free = LinearAttention(3, heads, heads=heads, decay="input")
    kept = nn.functional.logsigmoid(free.keep.bias)
    torch.testing.assert_close(kept, fixed.log_kept, rtol=1e-4, atol=0)


def test_keys_are_of_one_size_with_the_values_unless_told():
    assert LinearAttention(3, 8, heads=2).key_size == 4
    assert LinearAttention(3, 8, heads=2)(torch.randn(5, 1, 3))[1].shape == (1, 1, 2, 4, 4)


def test_it_says_what_it_is():
    words = "3, 4, key_size=4, heads=1, decay=None, write='sum'"
    assert words + "\n" in repr(LinearAttention(3, 4))
    layer = LinearAttention(3, 4, write="delta", signed=True, batch_first=True)
    assert "write='delta', signed=True, batch_first=True" in repr(layer)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: LinearAttention(3, 4, key_size=0), ValueError, "key_size must be at least 1"),
        (lambda: LinearAttention(3, 4, heads=3), ValueError, "heads to divide hidden_size = 4"),
        (lambda: LinearAttention(3, 4, chunk=0), ValueError, "chunk must be at least 1"),
        (lambda: LinearAttention(3, 4, decay="half"), ValueError, "decay must be None, 'const"),
        (lambda: LinearAttention(3, 4, write="add"), ValueError, "write must be 'sum' or 'delta'"),
        (lambda: LinearAttention(3, 4, signed=True), ValueError, "write='delta' with signed"),
        (lambda: LinearAttention(3, 4, signed=2), TypeError, "signed must be True or False"),
        (
            lambda: LinearAttention(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4)),
            ValueError,
            r"S_0 with 5 dimensions, shape \(1, 2, 1, 4, 4\)",
        ),
        (
            lambda: LinearAttention(3, 4).step(torch.randn(2, 3), torch.zeros(3, 1, 4, 4)),
            ValueError,
            r"S of shape \(2, 1, 4, 4\)",
        ),
        (lambda: LinearAttention(3, 4).step(torch.randn(2, 1, 3)), ValueError, "x of shape"),
        (lambda: LinearAttention(3, 4).step(torch.randn(2, 4)), ValueError, "input_size = 3"),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    with pytest.raises(error, match=f"LinearAttention: .*{words}"):
        change()
