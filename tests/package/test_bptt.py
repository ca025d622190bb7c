"""The gradients by hand are autograd's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import bptt
from rnnbook.models import VanillaRNN

TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-10}


def gap(ours, theirs, size):
    """The difference as a share of the whole gradient, with whose terms it was rounded."""
    return float((ours - theirs).norm() / max(size, 1e-3))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 12), st.integers(1, 4)),
    batch=st.integers(1, 4),
    time=st.integers(1, 20),
    num_layers=st.integers(1, 3),
    dtype=st.sampled_from(list(TOLERANCE)),
)
def test_every_parameter_gets_the_gradient_of_autograd(seed, sizes, batch, time, num_layers, dtype):
    torch.manual_seed(seed)
    model = VanillaRNN(*sizes, num_layers).to(dtype)
    x = torch.randn(batch, time, sizes[0], dtype=dtype)
    outputs, _ = model(x)
    target = torch.randn_like(outputs)
    (outputs - target).square().mean().backward()
    d_outputs = 2 * (outputs - target).detach() / outputs.numel()
    by_hand = bptt.bptt(dict(model.named_parameters()), x, d_outputs)
    assert list(by_hand) == [name for name, _ in model.named_parameters()]
    size = float(torch.cat([p.grad.flatten() for p in model.parameters()]).norm())
    for name, parameter in model.named_parameters():
        assert by_hand[name].dtype == dtype
        assert gap(by_hand[name], parameter.grad, size) < TOLERANCE[dtype], name


def drawn(seed=0, batch=2, time=7, features=3, hidden=5):
    torch.manual_seed(seed)
    sizes = ((hidden, features), (hidden, hidden), (hidden,))
    weights = [torch.randn(size, dtype=torch.float64) / 2 for size in sizes]
    xs = torch.randn(batch, time, features, dtype=torch.float64)
    h_0 = torch.randn(batch, hidden, dtype=torch.float64)
    return xs, h_0, *weights


def test_inputs_and_first_state_get_theirs_too():
    leaves = [value.requires_grad_() for value in drawn()]
    xs, h_0, W_xh, W_hh, _ = leaves
    hs = bptt.run(*leaves)
    d_hs = torch.randn_like(hs)
    wanted = torch.autograd.grad((hs * d_hs).sum(), leaves)
    with torch.no_grad():
        found = bptt.through_time(d_hs, xs, hs, h_0, W_xh, W_hh)
    ours = (found.xs, found.h_0, found.W_xh, found.W_hh, found.b_h)
    for one, other in zip(ours, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-12)


def test_terms_add_up_to_the_gradient():
    xs, h_0, W_xh, W_hh, b_h = drawn()
    hs = bptt.run(xs, h_0, W_xh, W_hh, b_h)
    found = bptt.through_time(torch.randn_like(hs), xs, hs, h_0, W_xh, W_hh)
    assert torch.allclose(bptt.terms(found.zs, hs, h_0).sum(0), found.W_hh, atol=1e-12)


def test_what_does_not_fit_is_refused():
    xs, h_0, W_xh, W_hh, b_h = drawn()
    hs = bptt.run(xs, h_0, W_xh, W_hh, b_h)
    with pytest.raises(ValueError, match="shape of hs"):
        bptt.through_time(hs[:, -1:], xs, hs, h_0, W_xh, W_hh)
    with pytest.raises(ValueError, match="same batch and time"):
        bptt.through_time(hs, xs[:, 1:], hs, h_0, W_xh, W_hh)
    with pytest.raises(ValueError, match="square"):
        bptt.run(xs, h_0, W_xh, W_xh, b_h)
    with pytest.raises(ValueError, match="shape of hs"):
        bptt.terms(hs[:, 1:], hs, h_0)
    with pytest.raises(TypeError, match="float"):
        bptt.run(xs.float(), h_0, W_xh, W_hh, b_h)


def test_bptt_says_whose_parameters_it_reads():
    model = VanillaRNN(3, 4, 2)
    parameters, x = dict(model.named_parameters()), torch.randn(1, 5, 3)
    with pytest.raises(ValueError, match="VanillaRNN"):
        bptt.bptt({"weight": torch.zeros(1)}, x, torch.zeros(1, 5, 2))
    with pytest.raises(ValueError, match="dL/dy"):
        bptt.bptt(parameters, x, torch.zeros(1, 5))
    gated = dict(VanillaRNN(3, 4, 2, layer=torch.nn.LSTM).named_parameters())
    with pytest.raises(ValueError, match="LSTM"):
        bptt.bptt(gated, x, torch.zeros(1, 5, 2))
