"""The experiment on exponential gates: its two forms, its unit set by hand, its task, its runs."""

import statistics

import pytest
import torch

from rnnbook.experiments import xlstm
from rnnbook.layers import SLSTM
from rnnbook.tasks.best_so_far import BestSoFar


@pytest.mark.parametrize("forget", ["sigmoid", "exp"])
def test_the_form_without_a_stabiliser_is_the_layer_where_it_is_finite(forget):
    torch.manual_seed(0)
    layer, xs = SLSTM(3, 4, forget=forget, batch_first=True).double(), torch.randn(2, 9, 3).double()
    plain = xlstm.unstabilised(layer, xs)
    torch.testing.assert_close(plain, layer(xs)[0], rtol=1e-12, atol=1e-12)
    with torch.no_grad():
        layer.from_input.weight[:4] *= 1e6
    assert not xlstm.unstabilised(layer, xs).isfinite().all()


def test_a_unit_set_by_hand_answers_with_the_value_of_the_best_score():
    scores, values = [0.2, 0.9, 0.5, 0.95, 0.1], [0.5, -0.5, 0.1, 1.0, -1.0]
    xs = torch.tensor([scores, values]).T.unsqueeze(0)
    output = xlstm.stabilised(xlstm.chooser(1000), xs)[0, :, 0] / xlstm.SMALL
    right = torch.tensor([0.5, -0.5, -0.5, 1.0, 1.0])
    torch.testing.assert_close(output, right, rtol=0, atol=1e-2)


def test_normalisers_are_those_that_the_outputs_were_divided_by():
    torch.manual_seed(0)
    layer = xlstm.MLSTM(3, 4, batch_first=True).double()
    xs = torch.randn(2, 6, 3).double()
    output, norm = xlstm.loop(layer, xs)
    torch.testing.assert_close(output, layer(xs)[0])
    # the first step writes one value: C q = v (k . q)
    q, k, v, o = layer.vectors(xs[:, 0]).chunk(4, -1)
    k = k / 2
    read = v * (k * q).sum(-1, keepdim=True)
    torch.testing.assert_close(o.sigmoid() * read / norm[:, :1], output[:, 0])


def test_the_nearest_place_is_the_best():
    task = BestSoFar(length=8, distance=True)
    batch = task.batch(50, torch.Generator().manual_seed(0))
    places, values = batch.inputs[0].unbind(-1)
    assert places.min() < -0.5
    for row in range(50):
        for t in range(8):
            nearest = places[row, : t + 1].abs().argmin()
            assert batch.target[row, t, 0] == values[row, nearest]
    batches = [task.batch(500, torch.Generator().manual_seed(seed)) for seed in range(10)]
    scores = [task.score(task.trivial(batch), batch) for batch in batches]
    assert statistics.mean(scores) == pytest.approx(task.baseline, abs=0.01)


def test_a_sequence_without_steps_is_refused():
    with pytest.raises(ValueError, match="BestSoFar: length must be at least 1, got 0"):
        BestSoFar(length=0)


def test_the_steepest_gate_is_that_of_the_score():
    model = xlstm.SimpleRNN(2, 8, 1, layer=SLSTM)
    with torch.no_grad():
        model.rnn.from_input.weight.zero_()
        model.rnn.from_input.weight[3, 0] = 7.0
        model.rnn.from_input.weight[4, 1] = 9.0  # the value's
        model.rnn.from_input.weight[9, 0] = 9.0  # a forget gate's
    assert xlstm.steepest(model) == 7


def test_every_network_is_trained_on_both_tasks_at_its_rate(monkeypatch):
    monkeypatch.setattr(xlstm, "UPDATES", 2)
    monkeypatch.setattr(xlstm, "JUDGED", 20)
    result = xlstm.one(0)
    assert result.error.keys() == xlstm.RATE.keys()
    assert set(xlstm.RATE.values()) <= set(xlstm.RATES)
    monkeypatch.setattr(xlstm, "RATES", (1e-2,))
    assert xlstm.rates((0,)).keys() == {(*key, 1e-2) for key in xlstm.RATE}
