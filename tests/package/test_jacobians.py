"""Each measure of a gradient knows a case that has a closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbook import jacobians
from rnnbook.bptt import run
from rnnbook.cells import LSTMCell, SimpleRNNCell
from rnnbook.jacobians import over_layers_and_time


@pytest.mark.parametrize("seed", range(5))
def test_product_of_jacobians_is_autograds(seed):
    torch.manual_seed(seed)
    weights = [torch.randn(size, dtype=torch.float64) / 2 for size in ((5, 3), (5, 5), (5,))]
    xs, h_0 = torch.randn(1, 7, 3).double(), torch.randn(1, 5).double()

    def last(h):
        return run(xs, h.unsqueeze(0), *weights)[0, -1]

    wanted = torch.autograd.functional.jacobian(last, h_0[0])
    hs = run(xs, h_0, *weights)[0]
    products = jacobians.chain(jacobians.step_jacobians(hs, weights[1]))
    assert torch.allclose(products[-1], wanted, atol=1e-12)
    assert len(products) == xs.shape[1]


def test_norm_and_spectral_radius_of_known_matrices():
    turn = torch.tensor([[0.0, -2.0], [2.0, 0.0]])
    assert jacobians.norms(turn).item() == pytest.approx(2)
    assert jacobians.spectral_radius(turn) == pytest.approx(2)
    shear = torch.tensor([[0.5, 4.0], [0.0, 0.5]])
    assert jacobians.spectral_radius(shear) == pytest.approx(0.5, abs=1e-3)
    assert jacobians.norms(shear).item() > 4


def test_gradient_flow_starts_at_one_and_has_the_radius_it_says():
    flow = jacobians.analyze_gradient_flow((0.5, 1.5), seed=3, hidden_size=20, steps=60)
    assert flow.linear.dtype == torch.float64
    assert torch.allclose(flow.linear[:, 0], torch.ones(2, dtype=torch.float64))
    assert torch.allclose(flow.with_tanh[:, 0], torch.ones(2, dtype=torch.float64))
    # the same matrix, scaled: norms differ by the ratio of the scales, to the power of the steps
    ratio = flow.linear[1] / flow.linear[0]
    assert torch.allclose(ratio, 3.0 ** torch.arange(61, dtype=torch.float64), rtol=1e-9)
    assert (flow.with_tanh[:, 1:] < flow.linear[:, 1:]).all()


def test_gradient_flow_repeats_itself_and_draws_nothing_from_the_global_generator():
    before = torch.get_rng_state()
    one, two = (jacobians.analyze_gradient_flow(seed=1, hidden_size=5, steps=4) for _ in "12")
    assert torch.equal(one.with_tanh, two.with_tanh)
    assert torch.equal(before, torch.get_rng_state())


def test_without_inputs_tanh_does_nothing():
    flow = jacobians.analyze_gradient_flow((0.7,), seed=0, hidden_size=6, steps=9, inputs=0.0)
    assert np.allclose(flow.linear, flow.with_tanh)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="square"):
        jacobians.spectral_radius(torch.zeros(5, 3))
    with pytest.raises(ValueError, match="finite numbers"):
        jacobians.spectral_radius(torch.full((2, 2), float("nan")))
    with pytest.raises(ValueError, match="T - 1"):
        jacobians.chain([])
    with pytest.raises(ValueError, match="positive scales"):
        jacobians.analyze_gradient_flow((0.0,), seed=0)


def test_gradients_of_two_linear_layers_are_counted_by_hand():
    def keep(x: Tensor, h: Tensor | None) -> Tensor:
        return x if h is None else x + h

    norms = over_layers_and_time([keep, keep], torch.ones(1, 3, 1), lambda top: top[:, -1].sum())
    # from (lower layer, step t) to the top right there are as many ways as steps to go up at
    assert norms.tolist() == [[3, 2, 1], [1, 1, 1]]


def test_gradients_at_a_state_are_those_of_nudging_it():
    torch.manual_seed(0)
    cells = [SimpleRNNCell(2 if k == 0 else 3, 3).double() for k in range(2)]
    xs, answer = torch.randn(1, 4, 2).double(), torch.randn(3).double()

    def loss(top: Tensor) -> Tensor:
        return (top[:, -1] @ answer).sum()

    def nudged(layer: int, step: int, unit: int, by: float) -> float:
        h: list[Tensor | None] = [None, None]
        tops = []
        for t, x in enumerate(xs.unbind(1)):
            below = x
            for k, cell in enumerate(cells):
                below = cell(below, h[k])
                if (k, t) == (layer, step):
                    below = below + by * torch.eye(3).double()[unit]
                h[k] = below
            tops.append(below)
        return loss(torch.stack(tops, dim=1)).item()

    norms = over_layers_and_time(cells, xs, loss)
    for layer in range(2):
        for step in range(4):
            slopes = torch.tensor(
                [
                    (nudged(layer, step, i, 1e-5) - nudged(layer, step, i, -1e-5)) / 2e-5
                    for i in range(3)
                ]
            )
            assert norms[layer, step].item() == pytest.approx(slopes.norm().item(), rel=1e-5)


def test_states_behind_the_loss_get_nothing_and_no_parameter_gets_a_gradient():
    cells = [nn.GRUCell(2, 3), SimpleRNNCell(3, 3)]
    norms = over_layers_and_time(cells, torch.randn(2, 5, 2), lambda top: top[:, 2].sum())
    assert norms.shape == (2, 5)
    assert not norms[:, 3:].any()
    assert (norms[:, :3] > 0).all()
    assert all(p.grad is None for cell in cells for p in cell.parameters())
    with torch.no_grad():
        again = over_layers_and_time(cells, torch.randn(2, 5, 2), lambda top: top.sum())
    assert (again > 0).all()


def test_a_layer_that_the_next_one_does_not_read_gets_nothing():
    def counting(_: Tensor, h: Tensor | None) -> Tensor:
        return torch.ones(1, 3) if h is None else h + 1

    norms = over_layers_and_time(
        [SimpleRNNCell(2, 3), counting], torch.randn(1, 2, 2), lambda top: top[:, -1].sum()
    )
    assert norms[0].tolist() == [0, 0]
    assert norms[1].tolist() == pytest.approx([3**0.5, 3**0.5])


@pytest.mark.parametrize(
    ("cells", "xs", "loss", "error", "message"),
    [
        ([], torch.zeros(1, 2, 2), torch.sum, ValueError, "expected one cell or more"),
        ([nn.RNNCell(2, 3)], torch.zeros(2, 2), torch.sum, ValueError, "expected xs of shape"),
        ([nn.RNNCell(2, 3)], torch.zeros(1, 0, 2), torch.sum, ValueError, "xs is empty"),
        (
            [nn.RNNCell(2, 3)],
            torch.zeros(1, 2, 2),
            torch.tanh,
            ValueError,
            r"one number, got shape \(1, 2, 3\)",
        ),
        (
            [LSTMCell(2, 3)],
            torch.zeros(1, 2, 2),
            torch.sum,
            TypeError,
            "returns one state, got tuple",
        ),
    ],
)
def test_bad_stacks_get_one_clear_error(cells, xs, loss, error, message):
    with pytest.raises(error, match=f"^over_layers_and_time: .*{message}"):
        over_layers_and_time(cells, xs, loss)


def oracle(scale: float, seed: int, size: int, steps: int, inputs: float) -> tuple[Tensor, Tensor]:
    """The norms once more: of the power of one matrix, and of the Jacobian that autograd finds."""
    generator = torch.Generator().manual_seed(seed)
    W_hh = torch.randn(size, size, generator=generator, dtype=torch.float64)
    W_hh *= scale / float(np.abs(np.linalg.eigvals(W_hh.numpy())).max())
    noise = inputs * torch.randn(steps, size, generator=generator, dtype=torch.float64)
    states = [torch.zeros(size, dtype=torch.float64, requires_grad=True)]
    for x in noise:
        states.append(torch.tanh(x + W_hh @ states[-1]))
    linear, with_tanh = [], []
    for back in range(steps + 1):
        linear.append(torch.linalg.matrix_power(W_hh, back).norm())
        rows = [
            torch.autograd.grad(unit, states[-1 - back], retain_graph=True)[0]
            for unit in states[-1].unbind()
        ]
        with_tanh.append(torch.stack(rows).norm())
    return torch.stack(linear) / size**0.5, torch.stack(with_tanh) / size**0.5


@pytest.mark.parametrize(("seed", "size", "inputs"), [(0, 4, 1.0), (1, 3, 0.5), (2, 1, 2.0)])
def test_gradient_flow_is_autograds(seed, size, inputs):
    scales = (0.5, 1.5)
    flow = jacobians.analyze_gradient_flow(
        scales, seed=seed, hidden_size=size, steps=6, inputs=inputs
    )
    assert flow.scales == scales
    for i, scale in enumerate(scales):
        linear, with_tanh = oracle(scale, seed, size, 6, inputs)
        torch.testing.assert_close(flow.linear[i], linear)
        torch.testing.assert_close(flow.with_tanh[i], with_tanh)


def test_gradient_flow_goes_a_hundred_steps_through_a_hundred_units_unless_told():
    usual = jacobians.analyze_gradient_flow(seed=0)
    assert usual.scales == (0.5, 1.0, 1.5)
    assert usual.linear.shape == usual.with_tanh.shape == (3, 101)
    told = jacobians.analyze_gradient_flow(
        (0.5, 1.0, 1.5), seed=0, hidden_size=100, steps=100, inputs=1.0
    )
    assert torch.equal(usual.linear, told.linear)
    assert torch.equal(usual.with_tanh, told.with_tanh)


def test_gradient_flow_goes_back_a_single_step_as_well():
    flow = jacobians.analyze_gradient_flow((0.5,), seed=0, hidden_size=1, steps=1)
    assert flow.linear[0].tolist() == pytest.approx([1, 0.5])


def test_gradient_flow_is_computed_on_the_cpu_whatever_the_default_device(elsewhere):
    flow = jacobians.analyze_gradient_flow((0.5,), seed=0, hidden_size=1, steps=3)
    assert flow.linear[0].tolist() == pytest.approx([1, 0.5, 0.25, 0.125])
    cells = [SimpleRNNCell(2, 3).to_empty(device="cpu")]
    xs = torch.zeros(1, 2, 2, device="cpu")
    assert over_layers_and_time(cells, xs, lambda top: top.sum()).device.type == "cpu"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"hidden_size": 0}, ValueError, "hidden_size must be at least 1, got 0"),
        ({"hidden_size": 1.5}, TypeError, "hidden_size must be a whole number"),
        ({"steps": 0}, ValueError, "steps must be at least 1, got 0"),
        ({"seed": 1.5}, TypeError, "seed must be a whole number, got 1.5"),
        ({"scales": ()}, ValueError, r"expected positive scales, got \(\)"),
        ({"scales": (0.5, -1.0)}, ValueError, r"expected positive scales, got \(0.5, -1.0\)"),
        ({"scales": (0.0,)}, ValueError, "expected positive scales"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(options, error, message):
    with pytest.raises(error, match=f"^analyze_gradient_flow: {message}"):
        jacobians.analyze_gradient_flow(**({"seed": 0} | options))


HS, W = torch.zeros(5, 3), torch.eye(3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: jacobians.step_jacobians(HS[None], W),
            ValueError,
            r"step_jacobians: expected hs of shape \(time, hidden_size\), got \(1, 5, 3\)",
        ),
        (
            lambda: jacobians.step_jacobians(HS[:, :2], W),
            ValueError,
            "step_jacobians: expected hs with hidden_size = 3",
        ),
        (
            lambda: jacobians.step_jacobians(HS.double(), W),
            TypeError,
            "step_jacobians: expected hs of torch.float32",
        ),
        (
            lambda: jacobians.step_jacobians(HS, W[:2]),
            ValueError,
            r"step_jacobians: expected a square matrix, got \(2, 3\)",
        ),
        (
            lambda: jacobians.spectral_radius(W.long()),
            TypeError,
            "spectral_radius: expected the matrix of floating",
        ),
        (
            lambda: jacobians.spectral_radius(torch.tensor([[1.0, 2.0], [torch.inf, 0.0]])),
            ValueError,
            "spectral_radius: expected finite numbers",
        ),
        (lambda: jacobians.chain(W[:0]), ValueError, "chain: expected one factor or more"),
    ],
)
def test_a_matrix_that_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_every_product_is_kept_the_newest_factor_leftmost():
    turn, stretch = torch.tensor([[0.0, -1.0], [1.0, 0.0]]), torch.diag(torch.tensor([3.0, 1.0]))
    products = jacobians.chain(torch.stack([turn, stretch, turn]))
    assert torch.equal(products, torch.stack([turn, stretch @ turn, turn @ stretch @ turn]))


def test_a_norm_is_the_most_that_a_vector_is_stretched():
    matrices = torch.stack([torch.diag(torch.tensor([3.0, 0.5])), torch.ones(2, 2)])
    torch.testing.assert_close(jacobians.norms(matrices), torch.tensor([3.0, 2.0]))
