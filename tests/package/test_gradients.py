"""The gradients by hand are autograd's, and each measure knows a case that has a closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import gradients
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
    by_hand = gradients.bptt(dict(model.named_parameters()), x, d_outputs)
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
    hs = gradients.run(*leaves)
    d_hs = torch.randn_like(hs)
    wanted = torch.autograd.grad((hs * d_hs).sum(), leaves)
    with torch.no_grad():
        found = gradients.through_time(d_hs, xs, hs, h_0, W_xh, W_hh)
    ours = (found.xs, found.h_0, found.W_xh, found.W_hh, found.b_h)
    for one, other in zip(ours, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-12)


def test_terms_add_up_to_the_gradient():
    xs, h_0, W_xh, W_hh, b_h = drawn()
    hs = gradients.run(xs, h_0, W_xh, W_hh, b_h)
    found = gradients.through_time(torch.randn_like(hs), xs, hs, h_0, W_xh, W_hh)
    assert torch.allclose(gradients.terms(found.zs, hs, h_0).sum(0), found.W_hh, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_product_of_jacobians_is_autograds(seed):
    xs, h_0, W_xh, W_hh, b_h = drawn(seed, batch=1)

    def last(h):
        return gradients.run(xs, h.unsqueeze(0), W_xh, W_hh, b_h)[0, -1]

    wanted = torch.autograd.functional.jacobian(last, h_0[0])
    hs = gradients.run(xs, h_0, W_xh, W_hh, b_h)[0]
    products = gradients.chain(gradients.step_jacobians(hs, W_hh))
    assert torch.allclose(products[-1], wanted, atol=1e-12)
    assert len(products) == xs.shape[1]


def test_norm_and_spectral_radius_of_known_matrices():
    turn = torch.tensor([[0.0, -2.0], [2.0, 0.0]])
    assert gradients.norms(turn).item() == pytest.approx(2)
    assert gradients.spectral_radius(turn) == pytest.approx(2)
    shear = torch.tensor([[0.5, 4.0], [0.0, 0.5]])
    assert gradients.spectral_radius(shear) == pytest.approx(0.5, abs=1e-3)
    assert gradients.norms(shear).item() > 4


def test_gradient_flow_starts_at_one_and_has_the_radius_it_says():
    flow = gradients.analyze_gradient_flow((0.5, 1.5), seed=3, hidden_size=20, steps=60)
    assert flow.linear.dtype == torch.float64
    assert torch.allclose(flow.linear[:, 0], torch.ones(2, dtype=torch.float64))
    assert torch.allclose(flow.with_tanh[:, 0], torch.ones(2, dtype=torch.float64))
    # the same matrix, scaled: norms differ by the ratio of the scales, to the power of the steps
    ratio = flow.linear[1] / flow.linear[0]
    assert torch.allclose(ratio, 3.0 ** torch.arange(61, dtype=torch.float64), rtol=1e-9)
    assert (flow.with_tanh[:, 1:] < flow.linear[:, 1:]).all()


def test_gradient_flow_repeats_itself_and_draws_nothing_from_the_global_generator():
    before = torch.get_rng_state()
    one, two = (gradients.analyze_gradient_flow(seed=1, hidden_size=5, steps=4) for _ in "12")
    assert torch.equal(one.with_tanh, two.with_tanh)
    assert torch.equal(before, torch.get_rng_state())


def test_without_inputs_tanh_does_nothing():
    flow = gradients.analyze_gradient_flow((0.7,), seed=0, hidden_size=6, steps=9, inputs=0.0)
    assert np.allclose(flow.linear, flow.with_tanh)


def test_saved_bytes_counts_a_storage_once_and_leaves_out_what_is_there_anyway():
    x = torch.randn(10, requires_grad=True)
    assert gradients.saved_bytes(lambda: x.sin() + x.cos()) == 40
    assert gradients.saved_bytes(lambda: x.sin() + x.cos(), besides=[x]) == 0
    assert gradients.saved_bytes(lambda: x.exp(), besides=[x]) == 40
    with torch.no_grad():
        assert gradients.saved_bytes(lambda: x.exp()) == 0


def test_what_does_not_fit_is_refused():
    xs, h_0, W_xh, W_hh, b_h = drawn()
    hs = gradients.run(xs, h_0, W_xh, W_hh, b_h)
    with pytest.raises(ValueError, match="shape of hs"):
        gradients.through_time(hs[:, -1:], xs, hs, h_0, W_xh, W_hh)
    with pytest.raises(ValueError, match="same batch and time"):
        gradients.through_time(hs, xs[:, 1:], hs, h_0, W_xh, W_hh)
    with pytest.raises(ValueError, match="square"):
        gradients.spectral_radius(W_xh)
    with pytest.raises(ValueError, match="finite numbers"):
        gradients.spectral_radius(torch.full((2, 2), float("nan")))
    with pytest.raises(ValueError, match="T - 1"):
        gradients.chain([])
    with pytest.raises(ValueError, match="shape of hs"):
        gradients.terms(hs[:, 1:], hs, h_0)
    with pytest.raises(ValueError, match="positive scales"):
        gradients.analyze_gradient_flow((0.0,), seed=0)
    with pytest.raises(TypeError, match="float"):
        gradients.run(xs.float(), h_0, W_xh, W_hh, b_h)


def test_bptt_says_whose_parameters_it_reads():
    model = VanillaRNN(3, 4, 2)
    parameters, x = dict(model.named_parameters()), torch.randn(1, 5, 3)
    with pytest.raises(ValueError, match="VanillaRNN"):
        gradients.bptt({"weight": torch.zeros(1)}, x, torch.zeros(1, 5, 2))
    with pytest.raises(ValueError, match="dL/dy"):
        gradients.bptt(parameters, x, torch.zeros(1, 5))
    gated = dict(VanillaRNN(3, 4, 2, layer=torch.nn.LSTM).named_parameters())
    with pytest.raises(ValueError, match="LSTM"):
        gradients.bptt(gated, x, torch.zeros(1, 5, 2))
