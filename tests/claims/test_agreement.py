"""Claims of the chapter on agreement across a clause."""

import numpy as np
import pytest

from rnnbook.experiments import agreement

LSTM = 1
NEAREST, COUNT, WINDOW = range(3)
COIN, DISTRACT = range(2)
OTHER, SAME = range(2)


@pytest.fixture(scope="module")
def result(seeds):
    return agreement.run(seeds)


@pytest.mark.learned
def test_plain_network_agrees_across_a_clause(result):
    """A plain recurrent network learns to choose the verb across fourteen words nearly without
    mistakes, as an LSTM does, also when every noun in between has the other number.
    """
    within = np.array(result.distances) <= 15
    assert result.accuracy[..., within].min() > 0.95


def test_shortcuts_fail(result):
    """The nearest noun is right half of the time across a clause, and counting nouns less than four
    times in five; where every noun of a clause of two or more distracts, both are always wrong.
    """
    assert np.abs(result.rules[:, NEAREST, COIN, 1:] - 0.5).max() < 0.12
    assert result.rules[:, COUNT, COIN, 1:].max() < 0.8
    assert result.rules[:, [NEAREST, COUNT], DISTRACT, 2:].max() == 0


@pytest.mark.learned
def test_lstm_holds_on(result):
    """What an LSTM has learned on clauses of up to fourteen words holds for clauses of fifty, which
    it has never met.
    """
    longer = np.array(result.distances) > 15
    assert result.distances[-1] == 51
    assert result.accuracy[:, LSTM][..., longer].min() > 0.9


@pytest.mark.learned
def test_short_sentences_teach_the_long_ones(result):
    """A plain network that meets short sentences as well learns the long ones nearly without
    mistakes; after as many steps on long ones alone it gets more than one in five wrong.
    """
    assert result.long[:, 0].min() > 0.95
    assert result.long[:, 1].max() < 0.8


@pytest.mark.learned
def test_balance_opens_another_shortcut(result):
    """Where every sentence opens with a noun of the other number, counting nouns is no better than
    chance, and an LSTM learns to listen to that noun: when it agrees with the subject, the answer
    is wrong more often than right.
    """
    assert np.abs(result.counted[:, 1] - 0.5).max() < 0.12
    assert result.opening[:, 1, OTHER].min() > 0.9
    assert result.opening[:, 1, SAME].max() < 0.5
    assert result.opening[:, 0].min() > 0.95
