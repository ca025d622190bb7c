"""Claims of the chapter on padding."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import padding
from rnnbook.layers import last_state, read, reverse_within

FORWARD, FINAL, BACKWARD, _ = range(4)
RNN = 0
ALL, REAL = range(2)
PADDED, PACKED, BUCKETS = range(3)


@pytest.fixture(scope="module")
def result(seeds):
    return padding.run(seeds)


def test_padding_spoils_what_comes_after_it(result):
    """Padding behind the end leaves a layer's forward outputs at real steps as they were and spoils its final state and the outputs of its backward direction; after twenty steps of zeros, an untrained RNN, LSTM or GRU ends in nearly the same state whatever it has read."""
    assert result.moved[:, FORWARD].max() < 1e-6
    assert result.moved[:, FINAL].min() > 0.5
    assert result.moved[:, BACKWARD].min() > 0.05
    assert result.spread[:, :, result.pads.index(20)].max() < 1e-3


def test_cures_equal_reading_one_by_one(seeds):
    """In one direction, reading the state at the true length, packing, and a mask each give the states of sequences that were read one by one, and packing does so in two directions; turning a padded batch around for a backward layer does not, unless each sequence is turned around within its own length."""
    for seed in seeds:
        torch.manual_seed(seed)
        rnn, both = (
            nn.RNN(10, 32, batch_first=True, bidirectional=two).double() for two in (False, True)
        )
        cell = nn.RNNCell(10, 32).double()
        cell.load_state_dict({k[:-3]: v for k, v in rnn.state_dict().items()})
        lengths = torch.tensor([5, 20, 1, 12])
        xs = torch.randn(4, 20, 10, dtype=torch.float64)
        right = padding.one_by_one(rnn, xs, lengths)
        for cured in (
            last_state(*rnn(xs), lengths),
            read(rnn, xs, lengths=lengths)[1][-1],
            padding.masked(cell, xs, lengths),
        ):
            torch.testing.assert_close(cured, right)
        packed = last_state(*read(both, xs, lengths=lengths), lengths)
        torch.testing.assert_close(packed, padding.one_by_one(both, xs, lengths))

        turned = reverse_within(xs, lengths)
        backwards = torch.stack(
            [rnn(x[:n].flip(0))[0][-1] for x, n in zip(xs, lengths, strict=True)]
        )
        torch.testing.assert_close(last_state(*rnn(turned), lengths), backwards)
        short = lengths < 20
        flipped = rnn(xs.flip(1))[1][-1]
        assert (flipped - backwards)[short].norm() > 0.001 * backwards[short].norm()


@pytest.mark.learned
def test_answers_behind_padding_depend_on_the_batch(result):
    """A plain RNN that is trained to answer behind the padding makes, in the median run, hardly a mistake on batches like those it was trained on, and in some runs very many when the padding grows; trained and read at the true lengths, it does not change a single answer."""
    assert np.median(result.accuracy[:, RNN, 0]) > 0.9
    assert result.accuracy[:, RNN].min() < 0.7
    assert result.safe.min() > 0.9
    assert (result.safe == result.safe[:, :1]).all()


@pytest.mark.learned
def test_counted_padding_flatters(result):
    """When most of a batch is padding and padding counts as answers, a network that has hardly begun to learn is right at more than three steps in four, and at fewer than two in five of the real ones."""
    assert result.looks[0] == 10
    assert (result.cells[:, PACKED] < 0.5 * result.cells[:, PADDED]).all()  # most is padding
    assert result.counted[:, 0, ALL].min() > 0.75
    assert result.counted[:, 0, REAL].max() < 0.4


def test_buckets_are_faster_and_packing_is_not(result):
    """Packing computes none of the padding and still takes as many steps one after another, and for a small LSTM on a CPU no less time than padding; batches of like lengths take fewer than half of the steps, and less time than either."""
    assert (result.cells[:, PACKED] < 0.5 * result.cells[:, PADDED]).all()
    assert (result.steps[:, PACKED] == result.steps[:, PADDED]).all()
    assert (result.steps[:, BUCKETS] < 0.5 * result.steps[:, PADDED]).all()
    assert (result.seconds[:, PACKED] > result.seconds[:, PADDED]).all()
    assert (result.seconds[:, BUCKETS] < result.seconds[:, PADDED]).all()
