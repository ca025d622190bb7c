"""The experiment on states that are tracked: by hand it is exact, and a rounded gate flips."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import state_tracking as experiment
from rnnbook.tasks.cups import LEADS, MOVES, ORDERS, Cups
from rnnbook.tasks.parity import Parity


def drawn(task, size=50, seed=3):
    return task.batch(size, torch.Generator().manual_seed(seed))


def test_cups_are_swapped_as_a_hand_would():
    task = Cups(6)
    batch = drawn(task)
    for word, target in zip(task.words(batch), batch.target.tolist(), strict=True):
        cups, seen = [0, 1, 2], [(0, 1, 2)]
        for move in word:
            at = {"l": 0, "r": 1}.get(move)
            if at is not None:
                cups[at], cups[at + 1] = cups[at + 1], cups[at]
            seen.append(tuple(cups))
        assert [ORDERS[number] for number in target] == seen


def test_left_and_right_do_not_commute():
    first, left, right = 0, 1, 2
    assert LEADS[LEADS[first][left]][right] != LEADS[LEADS[first][right]][left]
    assert len(MOVES) == 3


@pytest.mark.parametrize(("length", "share"), [(1, 1 / 3), (2, 1 / 3), (60, 1 / 6)])
def test_baseline_is_the_commonest_order(length, share):
    assert Cups(length).baseline == pytest.approx(share)


def test_no_move_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Cups(0)


def test_the_sign_that_flips_is_the_parity():
    batch = drawn(Parity(300))
    states, _ = experiment.sign_flip().rnn(batch.inputs[0])
    assert torch.equal(states[..., 0], 1.0 - 2.0 * batch.target)


def test_the_sum_counts_ones_and_is_never_negative():
    batch = drawn(Parity(20))
    model = experiment.running_sum()
    states, _ = model.rnn(batch.inputs[0])
    ones = batch.inputs[0][..., Parity().vocabulary.token_to_id["1"]].cumsum(1)
    torch.testing.assert_close(states[..., 0], ones, atol=0.05, rtol=0)
    assert (model.rnn.gate(batch.inputs[0]).sigmoid() > 0).all()
    assert model.fc.in_features == 2 * experiment.SIZE


def test_a_reflection_swaps_two_cups():
    batch = drawn(Cups(100))
    model = experiment.reflections()
    _, S_n = model.rnn(batch.inputs[0])
    wanted = torch.tensor(ORDERS)[batch.target[:, -1]] + 1.0
    torch.testing.assert_close(S_n[0, :, 0, 0], wanted, atol=1e-3, rtol=0)


def test_rounding_moves_each_factor_to_the_nearer_end():
    model = experiment.network("parity", "minGRU, signed", 0)
    before, after = experiment.factors(model), experiment.factors(experiment.rounded(model))
    torch.testing.assert_close(after, before.sign(), atol=1e-5, rtol=0)
    torch.testing.assert_close(experiment.factors(model), before)  # the model itself is left alone


def test_rounding_leaves_the_first_state_as_it_is():
    model = experiment.network("parity", "minGRU, signed", 0)
    exact, start = experiment.rounded(model), drawn(Parity(1)).inputs[0][:, :1]
    torch.testing.assert_close(exact.rnn(start)[0], model.rnn(start)[0])


def test_a_trained_length_is_what_one_seed_reports(monkeypatch):
    monkeypatch.setattr(experiment, "UPDATES", 2)
    monkeypatch.setattr(experiment, "LENGTHS", (5, 9))
    monkeypatch.setattr(experiment, "FAR", 12)
    result = experiment.one(0)
    assert set(result.updates.values()) == {2}
    assert {length for _, _, length in result.right} == {5, 9}
    assert result.rounded.keys() == {5, 9, 12}
    assert all(len(states) == experiment.ONES + 1 for states in result.ones.values())
    assert np.isfinite(result.factor)
    monkeypatch.setattr(experiment, "RATES", (1e-2,))
    tried = experiment.rates((0,))
    assert ("cups", "RNN", 1e-2) in tried
    assert len(tried) == 1 + sum(map(len, experiment.TRACKERS.values()))
