"""Telling what a call came to, measuring leaks, and batches with one long phrase."""

import warnings

import pytest
import torch
from torch import nn

from rnnbook.experiments import shapes
from rnnbook.tasks.one_long import OneLongPhrase


def test_outcome_tells_shapes_of_all_parts():
    call = lambda: (torch.zeros(2, 3), (torch.zeros(1), 5))  # noqa: E731  # as the chapter writes it
    assert shapes.outcome(call) == "(2, 3)  (1,)  5"


def test_outcome_tells_warnings_after_the_answer():
    def call():
        warnings.warn("look here", UserWarning, stacklevel=1)
        return torch.zeros(1)

    assert shapes.outcome(call) == "(1,)\nUserWarning: look here"


def test_outcome_breaks_long_messages_without_losing_a_word():
    words = "word " * 60

    def call():
        raise ValueError(words)

    told = shapes.outcome(call)
    assert max(map(len, told.splitlines())) <= shapes.WIDTH
    assert told.split() == ["ValueError:", *words.split()]


def test_change_is_relative_to_the_size_before():
    before, after = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[3.0, 4.0], [1.0, 2.0]])
    assert shapes.change(before, after).tolist() == [0.0, 2.0]


def test_only_the_first_phrase_of_a_batch_is_long():
    task = OneLongPhrase(extra=24)
    batch = task.batch(5, torch.Generator().manual_seed(0))
    short = task.task.batch(5, torch.Generator().manual_seed(0))
    assert (batch.lengths - short.lengths).tolist() == [24, 0, 0, 0, 0]
    assert torch.equal(batch.target, short.target)
    width = short.inputs[0].shape[1]
    assert torch.equal(batch.inputs[0][1:, :width], short.inputs[0][1:])
    assert (batch.inputs[0][1:, width:] == 0).all()
    with pytest.raises(ValueError, match="extra"):
        OneLongPhrase(extra=-1)


def test_readers_agree_where_nothing_is_wrong():
    torch.manual_seed(0)
    rnn, xs = nn.RNN(3, 4, batch_first=True), torch.randn(5, 6, 3)
    right = shapes.true_length(rnn, xs, None)
    for read in (shapes.squeezed, shapes.reshaped, shapes.last_column):
        torch.testing.assert_close(read(rnn, xs, None), right)


def test_reshaping_two_layers_mixes_the_batch():
    torch.manual_seed(0)
    rnn, xs = nn.RNN(3, 4, num_layers=2, batch_first=True), torch.randn(4, 6, 3)
    alone = torch.cat(tuple(rnn(xs)[1][:, 1]))  # both layers of the second sequence
    folded = shapes.reshaped(rnn, xs, None)
    assert not torch.isclose(folded[1], alone).any()
