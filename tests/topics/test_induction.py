"""Induction: the task, networks that see no later step, and what one seed reports."""

import pytest
import torch
from torch import nn

from rnnbook.experiments import induction
from rnnbook.tasks.induction import Induction


def drawn(size=200, seed=0, **knobs):
    return Induction(**knobs).batch(size, torch.Generator().manual_seed(seed))


def test_the_answer_is_what_followed_the_mark():
    batch = drawn(symbols=5, length=9)
    (xs,) = batch.inputs
    assert xs.shape == (200, 10)
    for row, target in zip(xs.tolist(), batch.target.tolist(), strict=True):
        assert row.count(6) == 2
        assert row[-1] == 6
        assert row[row.index(6) + 1] == target + 1


def test_marks_and_symbols_are_spread_evenly():
    batch = drawn(8000, symbols=4, length=6)
    marked = (batch.inputs[0][:, :-1] == 5).double().mean(0)
    torch.testing.assert_close(marked[:5], torch.full((5,), 1 / 5).double(), atol=0.02, rtol=0)
    assert marked[5] == 0  # nothing would follow it
    shares = batch.target.bincount() / 8000
    torch.testing.assert_close(shares, torch.full((4,), 1 / 4), atol=0.02, rtol=0)


@pytest.mark.parametrize("knobs", [{"symbols": 1}, {"length": 1}])
def test_a_task_that_cannot_be_is_refused(knobs):
    with pytest.raises(ValueError, match="Induction: expected at least 2 symbols and 2 places"):
        Induction(**knobs)


@pytest.mark.parametrize("name", induction.NETWORKS)
def test_no_network_sees_a_later_step(name):
    model, (xs,) = induction.network(name, 0).double(), drawn(3).inputs
    later = xs.clone()
    later[:, 10:] = 1
    with torch.no_grad():
        torch.testing.assert_close(model(xs)[:, :10], model(later)[:, :10], rtol=0, atol=1e-9)
        assert not torch.allclose(model(xs)[:, 10:], model(later)[:, 10:])


def test_attention_is_of_padded_batches():
    with pytest.raises(ValueError, match="batch_first=True"):
        induction.attention(3, 4, batch_first=False)


def test_every_network_is_trained_as_it_is_told(monkeypatch):
    monkeypatch.setattr(induction, "UPDATES", 2)
    monkeypatch.setattr(induction, "JUDGED", 4)
    result = induction.one(0)
    assert set(result.updates.values()) == {2}
    assert result.seconds.keys() == result.updates.keys() == set(induction.NETWORKS)
    lengths = [times * induction.LENGTH for times in induction.TIMES]
    assert list(result.right) == [(name, n) for name in induction.NETWORKS for n in lengths]
    assert induction.RATE in induction.RATES
    monkeypatch.setattr(induction, "RATES", (1e-2,))
    assert induction.rates((0,)).keys() == {(name, 1e-2) for name in induction.NETWORKS}
    assert isinstance(induction.network("GRU", 0).body.layer, nn.GRU)
