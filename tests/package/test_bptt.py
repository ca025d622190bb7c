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


def test_the_shares_of_steps_are_those_of_a_hand_example():
    """A loss that is the last state itself; the state starts at 2 and is never moved by tanh."""
    zs, hs = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[[5.0], [7.0]]])
    assert bptt.terms(zs, hs, torch.tensor([[2.0]])).flatten().tolist() == [2.0, 15.0]


def test_the_state_before_the_first_step_has_its_share():
    xs, h_0, W_xh, W_hh, b_h = drawn(time=1)
    hs = bptt.run(xs, h_0, W_xh, W_hh, b_h)
    torch.testing.assert_close(hs[:, 0], torch.tanh(xs[:, 0] @ W_xh.T + h_0 @ W_hh.T + b_h))
    found = bptt.through_time(torch.ones_like(hs), xs, hs, h_0, W_xh, W_hh)
    torch.testing.assert_close(bptt.terms(found.zs, hs, h_0)[0], found.zs[:, 0].T @ h_0)


def test_nothing_is_added_to_the_graph_of_the_parameters():
    model = VanillaRNN(3, 4, 2, num_layers=2)
    x = torch.randn(1, 5, 3, requires_grad=True)
    found = bptt.bptt(dict(model.named_parameters()), x, torch.ones(1, 5, 2))
    assert not any(gradient.requires_grad for gradient in found.values())


def test_gradients_lie_where_the_numbers_lie_whatever_the_default_device(elsewhere):
    cpu = torch.device("cpu")
    with cpu:
        model, x, d_outputs = VanillaRNN(3, 4, 2), torch.randn(1, 5, 3), torch.ones(1, 5, 2)
        xs, h_0, W_xh, W_hh, b_h = drawn()
    found = bptt.bptt(dict(model.named_parameters()), x, d_outputs)
    assert {gradient.device for gradient in found.values()} == {cpu}
    hs = bptt.run(xs, h_0, W_xh, W_hh, b_h)
    assert bptt.through_time(hs, xs, hs, h_0, W_xh, W_hh).zs.device == cpu


XS, H_0, W_XH, W_HH, B_H = drawn()
HS = bptt.run(XS, H_0, W_XH, W_HH, B_H)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ({"xs": XS[0]}, ValueError, r"expected xs of shape \(batch, time, input_size\), got"),
        ({"xs": XS[..., :2]}, ValueError, "expected xs with input_size = 3"),
        ({"xs": XS.long()}, TypeError, "expected xs of floating-point numbers"),
        ({"xs": XS.float()}, TypeError, "expected xs of torch.float64"),
        ({"W_hh": W_XH}, ValueError, "expected a square matrix"),
        ({"W_hh": W_HH[0]}, ValueError, r"the matrix of shape \(hidden_size, hidden_size\)"),
        ({"h_0": H_0[:1]}, ValueError, r"expected h_0 of shape \(2, 5\), got \(1, 5\)"),
        ({"h_0": H_0[:, :4]}, ValueError, r"expected h_0 of shape \(2, 5\), got \(2, 4\)"),
        ({"h_0": H_0.float()}, TypeError, "expected h_0 of torch.float64"),
        ({"h_0": None}, TypeError, "h_0 must be a tensor, got NoneType"),
    ],
)
def test_a_run_names_what_does_not_fit(call, error, message):
    given = {"xs": XS, "h_0": H_0, "W_xh": W_XH, "W_hh": W_HH, "b_h": B_H}
    with pytest.raises(error, match=f"^run: .*{message}"):
        bptt.run(**(given | call))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ({"xs": XS[0]}, ValueError, r"expected xs of shape \(batch, time, input_size\), got"),
        ({"xs": XS[:, 1:]}, ValueError, r"same batch and time, got \(2, 6, 3\) and \(2, 7, 5\)"),
        ({"xs": XS[:1]}, ValueError, r"same batch and time, got \(1, 7, 3\) and \(2, 7, 5\)"),
        ({"hs": HS[0]}, ValueError, r"expected hs of shape \(batch, time, hidden_size\), got"),
        ({"hs": HS[..., :4]}, ValueError, "expected hs with hidden_size = 5"),
        ({"hs": HS.float()}, TypeError, "expected hs of torch.float64"),
        ({"W_hh": W_XH}, ValueError, "expected a square matrix"),
        ({"h_0": H_0[:1]}, ValueError, r"expected h_0 of shape \(2, 5\), got \(1, 5\)"),
        ({"h_0": H_0.float()}, TypeError, "expected h_0 of torch.float64"),
        (
            {"d_hs": HS[:, -1:]},
            ValueError,
            r"d_hs of the shape of hs, \(2, 7, 5\), got \(2, 1, 5\)",
        ),
    ],
)
def test_the_way_back_names_what_does_not_fit(call, error, message):
    given = {"d_hs": HS, "xs": XS, "hs": HS, "h_0": H_0, "W_xh": W_XH, "W_hh": W_HH}
    with pytest.raises(error, match=f"^through_time: .*{message}"):
        bptt.through_time(**(given | call))


@pytest.mark.parametrize("wrong", [(1, 5), (1, 4, 2), (2, 5, 2), (1, 5, 3)])
def test_a_gradient_of_other_outputs_is_refused(wrong):
    parameters = dict(VanillaRNN(3, 4, 2).named_parameters())
    with pytest.raises(
        ValueError, match=r"^bptt: expected d_outputs of shape \(1, 5, 2\), that of"
    ):
        bptt.bptt(parameters, torch.randn(1, 5, 3), torch.zeros(wrong))


@pytest.mark.parametrize("options", [{"num_layers": 2}, {}])
def test_a_parameter_too_many_or_too_few_is_told(options):
    parameters = dict(VanillaRNN(3, 4, 2, **options).named_parameters())
    for name in parameters:
        fewer = {k: v for k, v in parameters.items() if k != name}
        with pytest.raises(
            ValueError, match=r"^bptt: expected the parameters of a VanillaRNN, \['f"
        ):
            bptt.bptt(fewer, torch.randn(1, 5, 3), torch.zeros(1, 5, 2))
    with pytest.raises(ValueError, match=r"'more'.* pass dict"):
        bptt.bptt(parameters | {"more": B_H}, torch.randn(1, 5, 3), torch.zeros(1, 5, 2))
    without = {"fc.weight": torch.zeros(2, 4), "fc.bias": torch.zeros(2)}
    with pytest.raises(ValueError, match="expected the parameters of a VanillaRNN"):
        bptt.bptt(without, torch.randn(1, 5, 4), torch.zeros(1, 5, 2))


def test_a_gated_layer_is_refused_with_the_shapes_of_its_weights():
    gated = dict(VanillaRNN(3, 4, 2, layer=torch.nn.GRU).named_parameters())
    with pytest.raises(ValueError, match=r"^bptt: .* got \(12, 3\) and \(12, 4\); an LSTM"):
        bptt.bptt(gated, torch.randn(1, 5, 3), torch.zeros(1, 5, 2))
    with pytest.raises(ValueError, match=r"^terms: .* of hs, \(2, 7, 5\), got \(2, 6, 5\)"):
        bptt.terms(HS[:, 1:], HS, H_0)
