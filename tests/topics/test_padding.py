"""The cures for padding and the count of the work, with numbers that can be followed by hand."""

import pytest
import torch
from torch import nn

from rnnbook.batch import Batch
from rnnbook.experiments import padding
from rnnbook.layers import reverse_within
from rnnbook.tasks.ragged import Ragged
from rnnbook.text import PAD


def test_each_sequence_is_turned_around_within_its_own_length():
    xs = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0], [7, 0, 0, 0]]).unsqueeze(-1)
    lengths = torch.tensor([4, 2, 1])
    turned = reverse_within(xs, lengths)
    assert turned.squeeze(-1).tolist() == [[4, 3, 2, 1], [6, 5, 0, 0], [7, 0, 0, 0]]
    assert torch.equal(reverse_within(turned, lengths), xs)


def test_a_masked_state_stays_where_its_sequence_ended():
    torch.manual_seed(0)
    cell, xs = nn.RNNCell(1, 3), torch.randn(2, 4, 1)
    h = padding.masked(cell, xs, torch.tensor([1, 4]))
    assert torch.allclose(h[0], cell(xs[0, 0], torch.zeros(3)))
    assert torch.equal(h, padding.masked(cell, torch.cat([xs, xs], dim=1), torch.tensor([1, 4])))


@pytest.mark.parametrize(
    ("way", "cells", "steps"),
    # batches of two: (5, 1) and (4, 2) as they come, (1, 2) and (4, 5) sorted
    [("padded", 2 * 5 + 2 * 4, 9), ("packed", 12, 9), ("buckets", 2 * 2 + 2 * 5, 7)],
)
def test_work_is_counted_by_hand(monkeypatch, way, cells, steps):
    monkeypatch.setattr(padding, "BATCH", 2)
    monkeypatch.setattr(Ragged, "lengths", lambda *_: torch.tensor([5, 1, 4, 2]))
    assert padding.count(way, 0) == (cells, steps)


def test_the_classifier_behind_the_padding_does_not_listen_to_lengths():
    torch.manual_seed(0)
    model = padding.BehindThePadding(10, 4, 8, 2)
    ids, lengths = torch.tensor([[4, 5, 0, 0], [6, 7, 8, 9]]), torch.tensor([2, 4])
    assert torch.equal(model(ids, lengths=lengths), model(ids))


def test_counted_padding_is_the_mean_over_all_steps():
    task, generator = padding.PaddingCounts(symbols=4, longest=9), torch.Generator().manual_seed(0)
    batch = task.batch(5, generator)
    assert batch.lengths is None
    output = torch.zeros(*batch.target.shape, 5)
    assert task.loss(output, batch).item() == pytest.approx(torch.tensor(5.0).log().item())
    sure = output.clone()
    sure[..., PAD] = 30.0  # always padding: right wherever there is padding, and nowhere else
    share = (batch.target != PAD).float().mean().item()
    assert task.loss(sure, batch).item() == pytest.approx(30 * share, rel=1e-4)
    assert task.score(sure, batch) == 0.0


def test_a_ragged_batch_asks_for_the_symbol_before():
    batch = Ragged(symbols=3, longest=8).batch(6, torch.Generator().manual_seed(0))
    assert isinstance(batch, Batch)
    ids = batch.inputs[0].argmax(-1)
    for row, target, n in zip(ids, batch.target, batch.lengths, strict=True):
        assert target[1:n].tolist() == row[: n - 1].tolist()
        assert target[n:].tolist() == [PAD] * (len(target) - int(n))


@pytest.mark.parametrize("options", [{"symbols": 1}, {"longest": 1}])
def test_a_ragged_task_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Ragged(**options)
