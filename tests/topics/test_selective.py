"""Copying from drawn places: the task, blocks that see no later step, what is measured of S6."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import selective
from rnnbook.layers import S6
from rnnbook.tasks.selective_copying import SelectiveCopying


def drawn(size=200, seed=0, **knobs):
    return SelectiveCopying(**knobs).batch(size, torch.Generator().manual_seed(seed))


def test_the_answer_is_the_symbols_in_their_order():
    for places in (True, False):
        batch = drawn(symbols=5, asked=4, length=9, drawn=places)
        (xs,) = batch.inputs
        assert xs.shape == (200, 13)
        assert (xs[:, 9:] == 6).all()
        for row, target in zip(xs[:, :9], batch.target, strict=True):
            assert torch.equal(row[row > 0] - 1, target)


def test_places_are_the_first_or_all_are_equally_frequent():
    assert (drawn(drawn=False, length=8).inputs[0][:, :3] > 0).all()
    shares = (drawn(4000, length=8).inputs[0][:, :8] > 0).double().mean(0)
    np.testing.assert_allclose(shares, 3 / 8, atol=0.03)
    symbols = drawn(4000).target.flatten().bincount() / 12_000
    np.testing.assert_allclose(symbols, 1 / 4, atol=0.02)


def test_a_batch_has_one_length_between_the_shortest_and_the_longest():
    lengths = {drawn(2, seed, length=6, shortest=4).inputs[0].shape[1] - 3 for seed in range(40)}
    assert lengths == {4, 5, 6}


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"symbols": 1}, "at least 2 symbols"),
        ({"asked": 0}, "of which 1 is asked for, got 4 and 0"),
        ({"length": 2}, "asked <= shortest <= length, got 3, 2 and 2"),
        ({"shortest": 2}, "got 3, 2 and 32"),
        ({"shortest": 33}, "got 3, 33 and 32"),
    ],
)
def test_a_task_that_cannot_be_is_refused(knobs, words):
    with pytest.raises(ValueError, match=f"SelectiveCopying: expected .*{words}"):
        SelectiveCopying(**knobs)


@pytest.mark.parametrize("name", ["S6", "LRU", "GRU"])
def test_no_network_sees_a_later_step(name):
    model, (xs,) = selective.network(name, 0).double(), drawn(3).inputs
    later = xs.clone()
    later[:, 20:] = 1
    with torch.no_grad():
        torch.testing.assert_close(model(xs)[:, :20], model(later)[:, :20], rtol=0, atol=1e-12)
        assert not torch.allclose(model(xs)[:, 20:], model(later)[:, 20:])


def test_a_block_is_the_equations_of_mambas():
    torch.manual_seed(0)
    block, x = selective.Block(4, S6).double(), torch.randn(2, 6, 4, dtype=torch.float64)
    with torch.no_grad():
        u, gate = block.inward(block.norm(x)).split(4, dim=-1)
        seen = torch.zeros(2, 6, 4, dtype=torch.float64)
        for t in range(6):
            for back in range(min(t + 1, selective.SEES)):
                seen[:, t] += block.convolution.weight[:, 0, -1 - back] * u[:, t - back]
        seen += block.convolution.bias
        y, _ = block.core(seen * seen.sigmoid())
        right = x + block.outward(y * gate * gate.sigmoid())
        torch.testing.assert_close(block(x), right, rtol=1e-10, atol=1e-10)


def test_the_simplest_layer_has_steps_of_the_length_asked_for():
    layer = selective.simplest("zoh", 0.5)
    kept, written = layer.discrete(torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(kept, torch.full_like(kept, np.exp(-0.5)), rtol=1e-6, atol=0)
    torch.testing.assert_close(written, 1 - kept, rtol=1e-10, atol=0)


@pytest.mark.parametrize("step", [1e-3, 0.1, 10.0])
def test_the_hold_writes_less_than_eulers_rule_in_a_long_step(step):
    ones = torch.ones(2, dtype=torch.float64)
    hold, euler = (selective.simplest(rule, step).discrete(ones)[1] for rule in selective.RULES)
    right = torch.full_like(hold, (1 - np.exp(-step)) / step)
    torch.testing.assert_close(hold / euler, right, rtol=1e-6, atol=0)


def test_what_is_measured_of_an_untrained_layer():
    moved = selective.moved(200)
    assert moved["A"] == 0
    assert min(value for name, value in moved.items() if name != "A") > 0.1
    gates = selective.gates(200)
    assert gates["zoh"] < 1e-13 < 1 < gates["euler"]
    first, second = selective.responses("LRU", 200)
    np.testing.assert_allclose(first, second, atol=1e-10)
    assert not np.allclose(*selective.responses("S6", 200), atol=1e-4)


def test_every_network_is_trained_as_it_is_told(monkeypatch):
    monkeypatch.setattr(selective, "UPDATES", 2)
    monkeypatch.setattr(selective, "JUDGED", 4)
    result = selective.one(0)
    assert set(result.updates.values()) == {2}
    lengths = [times * selective.LENGTH for times in selective.TIMES]
    assert list(result.score) == [(*key, length) for key in selective.RATE for length in lengths]
    monkeypatch.setattr(selective, "RATES", (1e-2,))
    assert selective.rates((0,)).keys() == {(*key, 1e-2) for key in selective.RATE}
    assert isinstance(selective.network("GRU", 0).body.layer, nn.GRU)
