"""Claims of the chapter on a character model of Hamlet."""

import numpy as np
import pytest

from rnnbook.experiments import hamlet

TRIGRAM, FIVE_GRAM = 2, 4
BZIP2 = 1
COLD, HOT = 0, -1


@pytest.fixture(scope="module")
def result(seeds):
    return hamlet.run(seeds)


@pytest.mark.learned
def test_network_beats_a_trigram(result):
    """After a few hundred steps on Hamlet a character LSTM needs fewer bits for the end of the play than a trigram that counted the same text."""
    assert result.network.max() < result.counted[TRIGRAM] - 0.1


def test_counting_beats_the_network(result):
    """A five-gram and the compressor bzip2 still do better than the network after these steps: counting is a strong baseline on a text as short as one play."""
    assert result.counted[FIVE_GRAM] < result.network.min() - 0.05
    assert result.compressed[BZIP2] < result.network.min() - 0.05


@pytest.mark.learned
def test_mean_of_both_is_better(result):
    """The mean of the probabilities of the network and of the five-gram needs fewer bits than either of them alone."""
    alone = np.minimum(result.network, result.counted[FIVE_GRAM])
    assert (alone - result.mixture).min() > 0.05


@pytest.mark.learned
def test_temperature_trades_repeats_for_inventions(result):
    """At a low temperature the network repeats itself far more than the play does; at a high one it hardly repeats itself and invents most of its words."""
    assert result.repeats[:, COLD].min() > 5 * result.play_repeats
    assert result.repeats[:, HOT].max() < 0.02
    assert result.known[:, HOT].max() < 0.5


@pytest.mark.learned
def test_five_lines_are_learned_by_heart(result):
    """A network trained on a hundred copies of five lines recites them, looks nearly perfect on held-out copies, and is worse than guessing on the end of the play."""
    copies, play = result.memorised.T
    assert result.recited.min() > 0.9
    assert copies.max() < 0.5
    assert play.min() > result.guessing + 0.2
