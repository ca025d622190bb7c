"""The experiment on minimal layers: memories are what a step keeps, sums are last states."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import minimal
from rnnbook.layers import MinGRU, MinLSTM


@pytest.mark.parametrize("name", ["minGRU", "minLSTM"])
def test_memories_are_those_that_the_gates_keep(name):
    model = minimal.network(name, 0)
    with torch.no_grad():
        model.rnn.candidate.bias.fill_(3.0)  # what is written does not count
        gate = model.rnn.gate if name == "minGRU" else model.rnn.forget_gate
        x = torch.tensor([0.5, 0.0])
        s = gate(x)
        z = s.sigmoid()
        if name == "minLSTM":
            z = z / (z + model.rnn.input_gate(x).sigmoid())
    steps = (1 / (1 - z.double())).sort().values
    np.testing.assert_allclose(minimal.memories(model), steps, rtol=1e-2)


def test_long_biases_begin_with_long_memories_and_default_ones_with_short():
    long, short = (minimal.memories(minimal.network(n, 0)) for n in ("minGRU", "minGRU, default"))
    assert np.median(long) > 1000
    assert short.max() < 10


def test_the_last_state_is_a_weighted_sum():
    layer, xs = minimal.drawn(MinGRU, 3)
    torch.testing.assert_close(minimal.weighted(layer, xs), layer(xs)[1][0], rtol=1e-10, atol=1e-10)
    assert isinstance(minimal.drawn(MinLSTM, 3)[0], MinLSTM)


def test_three_forms_agree_on_other_seeds():
    assert max(*minimal.apart(200).values(), minimal.as_a_sum(200)) < 1e-10


def test_the_long_run_goes_through_its_stages_and_the_others_through_one(monkeypatch):
    monkeypatch.setattr(minimal, "STAGES", ((6, 2, 2, 1e-2), (8, 2, 3, 1e-3)))
    monkeypatch.setattr(minimal, "FAR", 8)
    monkeypatch.setattr(minimal, "LENGTH", 6)
    for long_biases in (True, False):
        far = minimal.far((0,), long_biases=long_biases)
        assert far.updates.tolist() == [[2, 3]]
        assert far.error.keys() == {8, 6}
    monkeypatch.setattr(minimal, "TRIED", (minimal.STAGES, minimal.STAGES[:1]))
    found = minimal.stages((0, 1))
    assert found["minGRU"][0][0] == minimal.far((0,)).error[8][0]
    assert {np.shape(errors) for errors in found.values()} == {(2, 2)}
    monkeypatch.setattr(minimal, "UPDATES", 2)
    result = minimal.one(0)
    assert set(result.updates.values()) == {2}
    monkeypatch.setattr(minimal, "RATES", (1e-2,))
    assert minimal.rates((0,)).keys() == {(name, 1e-2) for name in minimal.LAYERS}
