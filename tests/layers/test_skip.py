"""The layer with a second way back: its equation, the states it hands on, what it refuses."""

import pytest
import torch

from rnnbook.layers import SkipRNN


def test_skip_connections_see_one_step_and_several_steps_back():
    layer, xs = SkipRNN(2, 4, skip=3, batch_first=True), torch.randn(2, 8, 2)
    output, state = layer(xs)
    for t in range(8):
        near = output[:, t - 1] if t >= 1 else torch.zeros(2, 4)
        far = output[:, t - 3] if t >= 3 else torch.zeros(2, 4)
        z = xs[:, t] @ layer.W_xh.T + near @ layer.W_hh.T + far @ layer.W_far.T + layer.b_h
        torch.testing.assert_close(output[:, t], torch.tanh(z))
    for back, part in enumerate(state):
        torch.testing.assert_close(part[0], output[:, 7 - back])


def test_the_state_is_all_that_it_sees_of_the_past():
    layer = SkipRNN(2, 4, skip=3)
    with pytest.raises(TypeError, match=r"the state \(h_0, h_-1, h_-2\) as a tuple, got Tensor"):
        layer(torch.zeros(5, 1, 2), torch.zeros(1, 1, 4))
    with pytest.raises(ValueError, match=r"expected h_-1 of shape \(1, 1, 4\)"):
        layer(torch.zeros(5, 1, 2), (torch.zeros(1, 1, 4), torch.zeros(1, 2, 4), torch.zeros(1)))


def test_a_skip_of_no_step_is_refused():
    with pytest.raises(ValueError, match="skip must be at least 1"):
        SkipRNN(2, 4, skip=0)
