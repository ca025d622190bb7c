"""Claims of the chapter on cutting the gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import truncation
from rnnbook.training import detach

GRU, OPEN, DEFAULT, TANH = range(4)
CUT, WHOLE = range(2)
CARRIED, ZEROS = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return truncation.run(seeds)


def test_both_halves_are_detached_and_the_result_is_assigned(seeds):
    """PyTorch's layers never detach the state they are handed: it has to be done between two chunks, for an LSTM in h and in c, and the result has to be assigned; anything less ends in an error at the second backward pass."""
    wrong = (
        lambda state: state,
        lambda state: (detach(state), state)[1],
        lambda state: (state[0].detach(), state[1]),
        lambda state: (state[0], state[1].detach()),
    )
    for seed in seeds:
        torch.manual_seed(seed)
        lstm, xs = nn.LSTM(3, 8, batch_first=True), torch.randn(2, 12, 3)
        for cut in wrong:
            with pytest.raises(RuntimeError, match="backward through the graph a second time"):
                truncation.backward_by_chunks(lstm, xs, 4, cut)
        truncation.backward_by_chunks(lstm, xs, 4, detach)
        for kind in (nn.RNN, nn.GRU):
            layer = kind(3, 8, batch_first=True)
            for cut in wrong[:2]:
                with pytest.raises(RuntimeError, match="backward through the graph a second time"):
                    truncation.backward_by_chunks(layer, xs, 4, cut)
            truncation.backward_by_chunks(layer, xs, 4, detach)


def test_memory_depends_on_the_chunk_alone(result):
    """Cut every k steps, training keeps the same number of bytes however long the document is, and about twice as many for twice the k; uncut, they grow with the document."""
    *cut, whole = result.bytes
    assert all((row == row[0]).all() for row in cut)
    ratios = np.divide(cut[1:], cut[:-1])
    assert (np.divide(result.memory_chunks[1:-1], result.memory_chunks[:-2]) == 2).all()
    assert ((ratios > 1.8) & (ratios < 2.2)).all()
    assert (whole[-1] / whole[0]) > 0.8 * result.lengths[-1] / result.lengths[0]


@pytest.mark.learned
def test_one_step_decides(result):
    """A bit asked for twenty steps later is learned in chunks of twenty-one steps, in the median
    run, by a GRU within 400 updates and by an LSTM with forget bias one within 120; in chunks of
    twenty, cut right before the question, every run of both stays at chance with the same settings.
    A default LSTM stays there in both, in 120 updates.
    """
    budgets = [truncation.STEPS[kind] for kind in (nn.GRU, truncation.open_lstm, nn.LSTM)]
    assert budgets == [400, 120, 120]
    assert (result.lag, result.chunks) == (20, (20, 21))
    assert np.median(result.accuracy[:, [GRU, OPEN], WHOLE], axis=0).min() > 0.95
    assert np.abs(result.accuracy[:, [GRU, OPEN, DEFAULT], CUT] - 0.5).max() < 0.1
    assert np.abs(result.accuracy[:, DEFAULT, WHOLE] - 0.5).max() < 0.1


@pytest.mark.learned
def test_plain_network_learns_across_the_cut(result):
    """A cut does not make longer dependencies invisible: a plain tanh RNN, which hands its state on over the cut, learns the same task in chunks of twenty on some seeds; so does the GRU, with a larger learning rate and fainter noise."""
    assert result.accuracy[:, TANH, CUT].max() > 0.9
    assert result.other_settings.max() > 0.9


@pytest.mark.learned
def test_readout_alone_finds_the_bit(result):
    """With orthogonal recurrent weights that are never trained, the readout alone learns to find the bit in the state that was carried over the cut, and it guesses when zeros take the place of that state."""
    assert result.readout[:, CARRIED].min() > 0.9
    assert np.abs(result.readout[:, ZEROS] - 0.5).max() < 0.1
