"""The demonstration of clipping, the terms of a gradient, and runs that end in an error."""

import pytest
import torch
from torch import nn

from rnnbook.experiments import clipping


def test_demo_clips_to_its_limit_and_leaves_small_gradients():
    assert clipping.gradient_clipping_demo(time=10).after == pytest.approx(1.0, abs=1e-4)
    small = clipping.gradient_clipping_demo(torch.mean, time=10)
    assert small.after == pytest.approx(small.before)
    assert small.before < 1


@pytest.mark.parametrize("wrong", [{"time": 0}, {"gain": 0.0}, {"max_norm": -1.0}])
def test_demo_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        clipping.gradient_clipping_demo(**wrong)


def test_clamping_is_what_clip_grad_value_does():
    torch.manual_seed(0)
    weight = nn.Parameter(torch.zeros(50))
    weight.grad = 3 * torch.randn(50)
    raw = weight.grad.clone()
    nn.utils.clip_grad_value_([weight], 1.0)
    assert torch.equal(weight.grad, raw.clamp(-1.0, 1.0))


def test_terms_add_up_to_the_gradient_of_the_recurrent_weights():
    parts = clipping.terms(seed=3, time=12)
    rnn = clipping.exploding_rnn(1.0, 3).double()
    xs = torch.randn(12, 10).double()
    rnn(xs)[0][-1].mean().backward()
    torch.testing.assert_close(parts.sum(0), rnn.weight_hh_l0.grad, rtol=1e-10, atol=1e-14)


def test_share_counts_the_old_steps_only():
    parts = torch.zeros(5, 2, 2)
    parts[0, 0, 0], parts[4, 1, 1] = 3.0, 4.0
    assert clipping.distant_share(parts, lag=4) == pytest.approx(0.6)
    assert clipping.distant_share(parts, lag=5) == 0


def test_a_run_that_breaks_keeps_its_losses_and_its_message():
    broken = clipping.train(clipping.RULES[0], seed=0, steps=20)
    assert broken.losses
    assert "became" in broken.stopped
    whole = clipping.train(clipping.RULES[1], seed=0, steps=3)
    assert len(whole.losses) == len(whole.norms) == 3
    assert not whole.stopped
