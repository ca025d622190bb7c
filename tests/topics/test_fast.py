"""The experiment on fast layers: each way gives the same states, and each layer is timed."""

import pytest
import torch
from torch import nn

from rnnbook.experiments import fast


@pytest.mark.parametrize("way", [fast.cells, fast.index, fast.unbind])
def test_every_way_to_write_the_loop_gives_the_states(way):
    cell, layer = nn.RNNCell(3, 4).double(), nn.RNN(3, 4).double()
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    xs = torch.randn(6, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(way(cell, xs), layer(xs)[0])


def test_what_is_timed_is_the_gradient_of_every_weight():
    layer, xs = nn.RNN(3, 4), torch.randn(6, 2, 3)
    layer(xs)[0].sum().backward()
    found = fast.timed(layer, xs)()
    for gradient, parameter in zip(found, layer.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


def test_every_layer_is_timed_at_every_size(monkeypatch):
    for name, value in {
        "STEPS": (2, 3),
        "WIDTHS": (2, 4),
        "LSTM_WIDTHS": (2,),
        "LENGTHS": (4, 9),
    }.items():
        monkeypatch.setattr(fast, name, value)
    found = fast.one(0)
    assert len(found.loops) == 5 * 2
    assert len(found.widths) == 2 * 2 * 2
    assert len(found.lstm) == 2 * 2
    assert len(found.lengths) == 4 * 2
    assert found.checked
    assert max(found.apart.values()) < 1e-10
    times = [*found.loops.values(), *found.widths.values(), *found.lengths.values()]
    assert min(times) >= 0


def test_one_call_is_one_call():
    called = []
    assert fast.once(lambda: called.append(1)) >= 0
    assert called == [1]
