"""The tracker measures what it says, and the experiment's networks are what they are called."""

import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import gradient_flow
from rnnbook.models import RNNWithGradientTracking


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU, layers.RNN])
def test_tracked_norms_are_those_of_backward(layer):
    torch.manual_seed(0)
    model, x = RNNWithGradientTracking(3, 4, layer=layer), torch.randn(2, 5, 3)
    norms = model.track_gradients(x)
    assert norms.shape == (5,)
    for t, norm in enumerate(norms):
        leaf = x.clone().requires_grad_()
        model(leaf)[0][:, t, 0].sum().backward()
        assert norm == pytest.approx(leaf.grad[:, 0].norm().item(), rel=1e-4)


def test_with_a_target_it_is_the_gradient_of_the_error():
    torch.manual_seed(0)
    model, x = RNNWithGradientTracking(3, 4), torch.randn(2, 5, 3)
    with torch.no_grad():
        reached = model(x)[0]
    assert model.track_gradients(x, reached).max() == pytest.approx(0, abs=1e-6)
    assert model.track_gradients(x, reached + 1).min() > 0


def test_tracking_leaves_model_and_input_as_they_were():
    model, x = RNNWithGradientTracking(3, 4), torch.randn(2, 5, 3)
    model.track_gradients(x)
    assert not x.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())


def test_tracker_refuses_what_does_not_fit():
    model = RNNWithGradientTracking(3, 4)
    with pytest.raises(ValueError, match="target"):
        model.track_gradients(torch.randn(2, 5, 3), torch.randn(2, 5, 3))
    with pytest.raises(ValueError, match="input_size"):
        model(torch.randn(2, 5, 4))
    with pytest.raises(ValueError, match="batch"):
        model(torch.randn(5, 3))
    with pytest.raises(ValueError, match="hidden_size"):
        RNNWithGradientTracking(3, 0)


@pytest.mark.parametrize(
    ("x", "target", "error", "message"),
    [
        ([[[0.0, 0.0, 0.0]]], None, TypeError, "x must be a tensor, got list"),
        (torch.zeros(5), None, ValueError, r"expected x of shape \(batch, time, input_size\)"),
        (torch.zeros(2, 5, 3).long(), None, TypeError, "floating-point"),
        (torch.zeros(2, 5, 3).double(), None, TypeError, "type of the weights"),
        (torch.zeros(2, 0, 3), None, ValueError, "empty"),
        (torch.zeros(2, 5, 3), [0.0], TypeError, "target must be a tensor, got list"),
        (torch.zeros(2, 5, 3), torch.zeros(2, 5, 4).long(), TypeError, "expected target of float"),
        (torch.zeros(2, 5, 3), torch.zeros(2, 4, 4), ValueError, "expected target of shape"),
    ],
)
def test_tracking_refuses_what_does_not_fit(x, target, error, message):
    with pytest.raises(error, match=f"RNNWithGradientTracking: {message}|{message}"):
        RNNWithGradientTracking(3, 4).track_gradients(x, target)


def test_a_latch_without_noise_is_known_by_its_fixed_point():
    latch = gradient_flow.latch(0, steps=100, units=4)
    assert latch.held == 1
    assert 0 < latch.gradient < 1e-50


def test_magnified_task_only_scales_the_loss():
    plain, large = gradient_flow.RecallFirst(4), gradient_flow.Magnified(4, factor=10.0)
    batch = plain.batch(3, torch.Generator().manual_seed(0))
    output = torch.randn(3, 4, 1)
    assert large.loss(output, batch) == pytest.approx(10 * plain.loss(output, batch).item())
    assert large.score(output, batch) == plain.score(output, batch)
