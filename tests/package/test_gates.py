"""The gates of an LSTM, read: they are those of the cell, and give the layer's states."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from rnnbook import layers
from rnnbook.cells import LSTMCell
from rnnbook.gates import cell_gradient, gates

HOUSES = pytest.mark.parametrize("house", [nn, layers], ids=["torch", "ours"])
SETTINGS = pytest.mark.parametrize(
    "settings",
    [{"batch_first": True}, {}, {"batch_first": True, "bias": False}],
    ids=["batch first", "time first", "no bias"],
)


def built(house, **settings):
    torch.manual_seed(0)
    layer = house.LSTM(3, 5, **settings).double()
    return layer, torch.randn(4, 6, 3, dtype=torch.float64)


@HOUSES
@SETTINGS
def test_states_are_those_of_the_layer(house, settings):
    layer, xs = built(house, **settings)
    batch = 4 if layer.batch_first else 6
    state = tuple(torch.randn(1, batch, 5, dtype=torch.float64) for _ in range(2))
    for given in (None, state):
        inside = gates(layer, xs, given)
        output, (h_n, c_n) = layer(xs, given)
        torch.testing.assert_close(inside.h, output)
        last = -1 if not layer.batch_first else (slice(None), -1)
        torch.testing.assert_close(inside.h[last], h_n[0])
        torch.testing.assert_close(inside.c[last], c_n[0])
        assert {part.shape for part in inside} == {output.shape}


def test_states_are_those_of_the_cell_and_gates_give_them():
    layer, xs = built(nn, batch_first=True)
    cell = LSTMCell(3, 5).double()
    cell.load_state_dict({name[:-3]: value for name, value in layer.state_dict().items()})
    inside = gates(layer, xs)
    h, c = (torch.zeros(4, 5, dtype=torch.float64) for _ in range(2))
    for t, x in enumerate(xs.unbind(1)):
        i, f, g, o = (cell.W_xh @ x.T + cell.W_hh @ h.T + cell.b_h[:, None]).T.chunk(4, dim=1)
        torch.testing.assert_close(inside.i[:, t], i.sigmoid())
        torch.testing.assert_close(inside.f[:, t], f.sigmoid())
        torch.testing.assert_close(inside.g[:, t], g.tanh())
        torch.testing.assert_close(inside.o[:, t], o.sigmoid())
        h, c = cell(x, (h, c))
        torch.testing.assert_close(inside.h[:, t], h)
        torch.testing.assert_close(inside.c[:, t], c)


@HOUSES
@pytest.mark.parametrize("way", [parametrizations.weight_norm, parametrizations.spectral_norm])
def test_a_parametrised_layer_is_read_as_it_runs(house, way):
    layer, xs = built(house, batch_first=True)
    way(layer, "weight_hh_l0").eval()
    torch.testing.assert_close(gates(layer, xs).h, layer(xs)[0])


@HOUSES
def test_a_pruned_layer_is_refused_since_its_weights_are_those_of_the_last_call(house):
    layer, xs = built(house, batch_first=True)
    prune.random_unstructured(layer, "weight_hh_l0", amount=0.5)
    with pytest.raises(ValueError, match="gates: expected weight_hh_l0 to be a parameter"):
        gates(layer, xs)


def test_gradients_pass_through_what_is_read():
    layer, xs = built(nn, batch_first=True)
    gates(layer, xs).f.sum().backward()
    assert layer.weight_hh_l0.grad.abs().sum() > 0


@HOUSES
@SETTINGS
def test_direct_path_is_the_product_of_the_forget_gates(house, settings):
    layer, xs = built(house, **settings)
    time = 1 if layer.batch_first else 0
    slopes = cell_gradient(layer, xs, hold=True).unbind(time)
    f = gates(layer, xs).f.unbind(time)
    product = torch.ones_like(f[0])
    for t in reversed(range(len(f))):
        torch.testing.assert_close(slopes[t], product)
        product = product * f[t]


def test_full_derivative_is_that_of_a_small_change():
    layer, xs = built(nn, batch_first=True)
    layer.requires_grad_(requires_grad=False)
    slope = cell_gradient(layer, xs)
    inside = gates(layer, xs)

    def last(c):
        return gates(layer, xs[:, 3:], ((inside.o[:, 2] * c.tanh())[None], c[None])).c[:, -1].sum()

    c, step = inside.c[:, 2], 1e-6
    move = torch.zeros_like(c)
    move[1, 4] = step
    measured = (last(c + move) - last(c - move)) / (2 * step)
    torch.testing.assert_close(slope[1, 2, 4], measured, rtol=1e-6, atol=1e-9)
    assert not torch.allclose(slope, cell_gradient(layer, xs, hold=True))


def test_nothing_is_left_behind_in_the_layer():
    layer, xs = built(nn, batch_first=True)
    cell_gradient(layer, xs)
    assert all(parameter.grad is None for parameter in layer.parameters())


@pytest.mark.parametrize("read", [gates, cell_gradient])
def test_wrong_layers_are_refused(read):
    xs = torch.zeros(2, 4, 3)
    for layer in (nn.GRU(3, 5), nn.RNN(3, 5), nn.Linear(3, 5)):
        with pytest.raises(TypeError, match=f"{read.__name__}: expected an LSTM"):
            read(layer, xs)
    for options in ({"num_layers": 2}, {"bidirectional": True}, {"proj_size": 2}):
        with pytest.raises(ValueError, match=f"{read.__name__}: expected an LSTM of one layer"):
            read(nn.LSTM(3, 5, **options), xs)


@pytest.mark.parametrize("read", [gates, cell_gradient])
def test_wrong_inputs_are_refused(read):
    layer = nn.LSTM(3, 5, batch_first=True)
    for shape, word in (((4, 3), "shape"), ((2, 4, 7), "input_size"), ((2, 0, 3), "xs")):
        with pytest.raises(ValueError, match=word):
            read(layer, torch.zeros(shape))
    with pytest.raises(TypeError, match="float"):
        read(layer, torch.zeros(2, 4, 3, dtype=torch.int64))


def test_wrong_states_are_refused():
    layer, xs = nn.LSTM(3, 5, batch_first=True), torch.zeros(2, 4, 3)
    with pytest.raises(TypeError, match="as a tuple"):
        gates(layer, xs, torch.zeros(1, 2, 5))
    with pytest.raises(ValueError, match="h_0"):
        gates(layer, xs, (torch.zeros(1, 3, 5), torch.zeros(1, 3, 5)))
