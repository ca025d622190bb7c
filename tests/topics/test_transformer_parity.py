"""Parity by a transformer: it is trained as the layers beside it are, and looks only back."""

import torch

from rnnbook.experiments import state_tracking, transformer_parity
from rnnbook.tasks.parity import Parity


def test_it_looks_only_back():
    model = transformer_parity.network(0).double()
    xs = Parity(12).batch(3, torch.Generator().manual_seed(0)).inputs[0].double()
    later = xs.clone()
    later[:, 8:] = xs[:, 8:].roll(1, dims=0)
    with torch.no_grad():
        torch.testing.assert_close(model(xs)[:, :8], model(later)[:, :8], rtol=0, atol=1e-10)
        assert not torch.allclose(model(xs)[:, 8:], model(later)[:, 8:])


def test_it_gets_what_the_other_layers_get():
    for name in ("SIZE", "TRAINED", "BATCH", "UPDATES", "UNTIL", "RATES", "JUDGED"):
        assert getattr(transformer_parity, name) == getattr(state_tracking, name)
    assert transformer_parity.RATE in transformer_parity.RATES
    assert transformer_parity.LENGTHS[1:] == (20, 40)


def test_one_seed_reports_every_length(monkeypatch):
    monkeypatch.setattr(transformer_parity, "UPDATES", 2)
    monkeypatch.setattr(transformer_parity, "JUDGED", 4)
    result = transformer_parity.one(0)
    assert result.updates == 2
    assert tuple(result.right) == transformer_parity.LENGTHS
    monkeypatch.setattr(transformer_parity, "RATES", (1e-2,))
    tried = {(1e-2, length) for length in transformer_parity.LENGTHS}
    assert transformer_parity.rates((0,)).keys() == tried
