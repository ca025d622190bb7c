"""The experiments on state spaces: kernels, reach, and a system that the input changes."""

import numpy as np
import torch

from rnnbook.experiments import state_space_convolution as question
from rnnbook.experiments import state_spaces
from rnnbook.layers import S4D, s4d_lin
from rnnbook.tasks.delay import Delay


def test_the_control_has_the_same_decays_and_no_frequency():
    control = state_spaces.no_turning(5)
    assert torch.equal(control, s4d_lin(5).real)
    assert not control.is_complex()


def test_a_response_is_that_of_the_trained_convolution():
    model = state_spaces.network("S4D-Lin", 0)
    layer, weight = model.layer, model.fc.weight[0]
    assert isinstance(layer, S4D)
    kernel = layer.kernel(state_spaces.LENGTH)
    kernel[0] += layer.D
    right = (kernel * layer.inward.weight[:, 0]) @ weight
    heard = torch.from_numpy(state_spaces.heard(model))
    torch.testing.assert_close(heard, right.double(), rtol=1e-3, atol=1e-4)


def test_a_real_ring_reaches_less_far():
    assert state_spaces.reach("S4D-Real", 5) < state_spaces.reach("S4D-Lin", 5)


def test_a_small_run_has_every_name(monkeypatch):
    monkeypatch.setattr(state_spaces, "UPDATES", 1)
    monkeypatch.setattr(state_spaces, "COMPARED", 4)
    result = state_spaces.one(0)
    assert set(result.error) == set(state_spaces.RATE)
    assert set(result.near) == set(state_spaces.GATED)
    monkeypatch.setattr(state_spaces, "RATES", (1e-2,))
    monkeypatch.setattr(state_spaces, "RATE", {"LSTM": 1e-2})
    assert state_spaces.rates((0,)).keys() == {("LSTM", 1e-2)}


def test_a_delay_gives_back_what_was_read():
    batch = Delay(lag=3, length=8).batch(2, torch.Generator().manual_seed(0))
    (xs,) = batch.inputs
    assert torch.equal(batch.target[:, 3:], xs[:, :-3])
    assert not batch.target[:, :3].any()
    assert Delay(lag=3, length=8).loss(batch.target, batch) == 0


def test_a_fixed_system_answers_alike_everywhere_and_a_selective_one_does_not():
    result = question.one(7)
    assert max(result.padded, result.moved["fixed"]) < 1e-12
    assert result.circular > 1e-3
    assert result.moved["selective"] > 0.05


def test_the_read_out_is_the_loop_of_its_equations():
    generator = torch.Generator().manual_seed(0)
    a = torch.rand(6, 3, generator=generator)
    u, C = torch.randn(6, generator=generator), torch.randn(3, generator=generator)
    h, right = torch.zeros(3), []
    for a_t, u_t in zip(a, u, strict=True):
        h = a_t * h + u_t
        right.append((h @ C).item())
    np.testing.assert_allclose(question.read(a, u, C), right, rtol=1e-4, atol=1e-5)
