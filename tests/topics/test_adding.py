"""The adding problem: its data, the models that answer with a number, and what is only shown."""

import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import adding
from rnnbook.layers import MinGRU
from rnnbook.models import AttentiveRegressor, SequenceRegressor
from rnnbook.tasks.adding import Adding

LENGTHS = torch.tensor([2, 5, 1])
MODELS = pytest.mark.parametrize("kind", [SequenceRegressor, AttentiveRegressor])


@pytest.mark.parametrize("length", [2, 3, 20, 101])
def test_one_mark_lies_in_each_half(length):
    xs = Adding(length).batch(200, torch.Generator().manual_seed(0)).inputs[0]
    marks = xs[..., 1]
    assert set(marks.unique().tolist()) <= {0.0, 1.0}
    assert (marks[:, : length // 2].sum(dim=1) == 1).all()
    assert (marks[:, length // 2 :].sum(dim=1) == 1).all()
    assert (marks.sum(dim=0) > 0).all() or length > 100, "every step is marked at times"


def test_the_target_is_the_sum_of_the_marked_numbers():
    batch = Adding(30).batch(50, torch.Generator().manual_seed(0))
    for xs, target in zip(batch.inputs[0], batch.target, strict=True):
        assert sum(x.item() for x, mark in xs if mark == 1) == pytest.approx(target.item())


def test_one_number_is_too_few():
    with pytest.raises(ValueError, match="at least 2"):
        Adding(1)


@MODELS
@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, layers.GRU, MinGRU], ids=lambda k: k.__name__)
def test_padding_changes_no_answer(kind, layer):
    model, xs = kind(2, 6, 3, layer=layer), torch.randn(3, 5, 2)
    together = model(xs, lengths=LENGTHS)
    assert together.shape == (3, 3)
    for row, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(together[row], model(xs[row : row + 1, :length])[0])


def test_attention_weights_sum_to_one_and_skip_padding():
    model = AttentiveRegressor(2, 6)
    weights = model.weights(torch.randn(3, 5, 2), lengths=LENGTHS)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    for row, length in enumerate(LENGTHS.tolist()):
        assert weights[row, length:].sum() == 0
        assert (weights[row, :length] > 0).all()


def test_attention_answers_from_the_weighted_mean_of_the_states():
    model, xs = AttentiveRegressor(2, 6), torch.randn(3, 5, 2)
    states, _ = model.rnn(xs)
    mean = torch.einsum("bt,bth->bh", model.weights(xs), states)
    torch.testing.assert_close(model(xs), model.fc(mean))


@MODELS
@pytest.mark.parametrize(
    ("xs", "lengths", "error", "words"),
    [
        (torch.randn(5, 2), None, ValueError, "batch"),
        (torch.randn(3, 5, 4), None, ValueError, "input_size"),
        (torch.ones(3, 5, 2).long(), None, TypeError, "floating"),
        (torch.randn(3, 5, 2), torch.tensor([1, 2]), ValueError, "one length per sequence"),
        (torch.randn(3, 5, 2), torch.tensor([1, 2, 6]), ValueError, "between 1 and 5"),
    ],
)
def test_what_cannot_be_read_is_refused(kind, xs, lengths, error, words):
    with pytest.raises(error, match=words):
        kind(2, 6)(xs, lengths=lengths)
    with pytest.raises(ValueError, match="hidden_size"):
        kind(2, 0)


def test_cases_are_told_apart_and_have_their_steps():
    assert len({(case.name, case.length) for case in adding.CASES}) == len(adding.CASES)
    assert {case.length for case in adding.CASES} == set(adding.STEPS)


def test_the_unclipped_network_differs_from_the_plain_one_in_clipping_alone():
    clipped, free = (
        next(c for c in adding.CASES if (c.name, c.length) == (name, 10))
        for name in ("plain", "plain, unclipped")
    )
    assert free.clip is None
    assert free._replace(name=clipped.name, clip=clipped.clip) == clipped
