"""Starts: what each function writes, into PyTorch's layers and into ours, and what it refuses."""

import importlib
import inspect
import pkgutil
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

import rnnbook
from rnnbook import layers
from rnnbook.initialisation import chrono_, forget_bias_, identity_, orthogonal_
from rnnbook.models import CopyFirstTask

HOUSES = pytest.mark.parametrize("house", [nn, layers], ids=["torch", "ours"])
DEEP = {"num_layers": 2, "bidirectional": True}


def named(layer, start):
    return {name: p for name, p in layer.named_parameters() if name.startswith(start)}


def gate(layer, place):
    """The bias of one gate, both halves added up, for each layer and direction."""
    size = layer.hidden_size
    rows = slice(place * size, (place + 1) * size)
    pairs = zip(named(layer, "bias_ih").values(), named(layer, "bias_hh").values(), strict=True)
    return [(one + other)[rows].detach() for one, other in pairs]


@HOUSES
@pytest.mark.parametrize(("name", "blocks"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_every_recurrent_block_becomes_orthogonal(house, name, blocks):
    layer = getattr(house, name)(3, 5, **DEEP)
    assert orthogonal_(layer, 2.0) is layer
    weights = named(layer, "weight_hh")
    assert len(weights) == 4
    for weight in weights.values():
        for block in weight.chunk(blocks):
            torch.testing.assert_close(block.T @ block, 4.0 * torch.eye(5))


@HOUSES
def test_identity_copies_the_state(house):
    layer = identity_(house.RNN(3, 5, nonlinearity="relu", batch_first=True, **DEEP))
    for weight in named(layer, "weight_hh").values():
        torch.testing.assert_close(weight.detach(), torch.eye(5))
    h_0 = torch.rand(4, 2, 5)
    single = identity_(house.RNN(3, 5, nonlinearity="relu", batch_first=True))
    _, h_n = single(torch.zeros(2, 1000, 3), h_0[:1])
    torch.testing.assert_close(h_n, h_0[:1])


@HOUSES
def test_forget_bias_is_set_in_all_layers_and_nothing_else_moves(house):
    layer = house.LSTM(3, 5, **DEEP)
    before = {name: p.clone() for name, p in layer.named_parameters()}
    assert forget_bias_(layer, 2.5) is layer
    for bias in gate(layer, 1):
        torch.testing.assert_close(bias, torch.full((5,), 2.5))
    for name, parameter in layer.named_parameters():
        kept = torch.ones(len(parameter), dtype=torch.bool)
        kept[5:10] = not name.startswith("bias")
        torch.testing.assert_close(parameter[kept], before[name][kept])


@HOUSES
def test_chrono_lengths_of_an_lstm_are_spread_up_to_the_longest(house):
    layer = chrono_(house.LSTM(1, 2000), longest=100)
    ((forget,), (into,)) = gate(layer, 1), gate(layer, 0)
    torch.testing.assert_close(into, -forget)
    steps = forget.exp()
    assert steps.min() >= 1 - 1e-4
    assert steps.max() <= 99 + 1e-3
    assert steps.mean() == pytest.approx(50, abs=3)


@HOUSES
def test_chrono_sets_the_gate_with_which_a_gru_keeps(house):
    layer = house.GRU(1, 50, batch_first=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
    chrono_(layer, longest=100)
    _, h_n = layer(torch.zeros(1, 1, 1), torch.ones(1, 1, 50))
    (bias,) = gate(layer, 1)
    torch.testing.assert_close(h_n[0, 0], torch.sigmoid(bias))


def orthogonal(layer):
    blocks = layer.weight_hh_l0.chunk(4)
    return all(torch.allclose(b.T @ b, torch.eye(5), atol=1e-5) for b in blocks)


def identity(layer):
    biases = layer.bias_ih_l0, layer.bias_hh_l0
    return torch.equal(layer.weight_hh_l0, torch.eye(5)) and not any(b.any() for b in biases)


def forgetting(layer):
    return torch.equal((layer.bias_ih_l0 + layer.bias_hh_l0)[5:10], torch.full((5,), 2.0))


def chrono(layer):
    into, forget, *_ = (layer.bias_ih_l0 + layer.bias_hh_l0).chunk(4)
    return torch.equal(into, -forget) and bool((forget >= 0).all() and (forget < 3).all())


def relu_layer(house):
    return house.RNN(3, 5, nonlinearity="relu")


#: By the name of what changes a layer in place: the layer, the call, and what holds afterwards.
STARTS = {
    "orthogonal_": (lambda house: house.LSTM(3, 5), orthogonal_, orthogonal),
    "identity_": (relu_layer, identity_, identity),
    "forget_bias_": (lambda house: house.LSTM(3, 5), lambda la: forget_bias_(la, 2), forgetting),
    "chrono_": (lambda house: house.LSTM(3, 5), lambda la: chrono_(la, np.int64(20)), chrono),
}


def old_weight_norm(layer, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        nn.utils.weight_norm(layer, name)


#: What makes a weight a result of others.
COMPUTED = {
    "weight_norm": parametrizations.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "old weight_norm": old_weight_norm,
    "pruned": lambda layer, name: prune.random_unstructured(layer, name, amount=0.4),
}


def test_every_function_that_changes_in_place_is_known_here():
    found = set()
    for module in pkgutil.walk_packages(rnnbook.__path__, "rnnbook."):
        here = vars(importlib.import_module(module.name))
        named = {n: f for n, f in here.items() if n[-1] == "_" != n[0] and inspect.isfunction(f)}
        found |= {n for n, f in named.items() if f.__module__.startswith("rnnbook")}
    assert found == set(STARTS)


@HOUSES
@pytest.mark.parametrize("name", STARTS)
def test_a_start_does_what_its_name_says(house, name):
    build, start, holds = STARTS[name]
    layer = build(house)
    assert not holds(layer)
    assert holds(start(layer))


@HOUSES
@pytest.mark.parametrize("weight", ["weight_hh_l0", "bias_ih_l0"])
@pytest.mark.parametrize("way", COMPUTED)
@pytest.mark.parametrize("name", STARTS)
def test_where_a_weight_is_computed_from_others_it_holds_or_raises(house, name, way, weight):
    build, start, holds = STARTS[name]
    layer = build(house)
    try:
        COMPUTED[way](layer, weight)
    except (ValueError, IndexError):
        return  # not for a vector
    before = [parameter.clone() for parameter in layer.parameters()]
    said = ""
    try:
        start(layer)
    except ValueError as error:
        said = str(error)
    if said:
        assert said.startswith(f"{name}: expected {weight} to be a parameter")
        assert all(map(torch.equal, before, layer.parameters()))  # nothing was half done
    else:
        layer(torch.zeros(4, 2, 3))  # some ways compute the weight when the layer is called
        assert holds(layer)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_no_start(value):
    with pytest.raises(ValueError, match="gain must be positive"):
        orthogonal_(nn.RNN(1, 2), value)
    with pytest.raises(ValueError, match="value must be finite"):
        forget_bias_(nn.LSTM(1, 2), value)


def test_one_seed_gives_one_start():
    for start in (orthogonal_, lambda layer, **kw: chrono_(layer, 50, **kw)):
        torch.manual_seed(1)
        one, other = nn.LSTM(1, 4), nn.LSTM(1, 4)
        other.load_state_dict(one.state_dict())
        for layer in (one, other):
            start(layer, generator=torch.Generator().manual_seed(7))
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.equal(a, b)


def test_starts_still_train():
    layer = chrono_(orthogonal_(nn.LSTM(1, 4)), 10)
    layer(torch.randn(5, 2, 1))[0].sum().backward()
    assert all(p.requires_grad and p.grad is not None for p in layer.parameters())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: orthogonal_(nn.Linear(2, 2)), TypeError, "recurrent layer"),
        (lambda: orthogonal_(CopyFirstTask(4)), TypeError, r"model\.rnn"),
        (lambda: orthogonal_(nn.RNN(1, 2), 0.0), ValueError, "positive"),
        (lambda: identity_(nn.LSTM(1, 2)), TypeError, "expected RNN, got LSTM"),
        (lambda: identity_(nn.RNN(1, 2)), ValueError, "relu"),
        (lambda: forget_bias_(nn.GRU(1, 2)), TypeError, "expected LSTM, got GRU"),
        (lambda: forget_bias_(nn.RNN(1, 2)), TypeError, "expected LSTM, got RNN"),
        (lambda: forget_bias_(nn.LSTM(1, 2, bias=False)), ValueError, "no biases"),
        (lambda: chrono_(nn.RNN(1, 2), 10), TypeError, "LSTM or GRU, got RNN"),
        (lambda: chrono_(nn.GRU(1, 2, bias=False), 10), ValueError, "no biases"),
        (lambda: chrono_(nn.GRU(1, 2), 2), ValueError, "at least 3"),
        (lambda: chrono_(nn.GRU(1, 2), 10.0), TypeError, "whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        change()
