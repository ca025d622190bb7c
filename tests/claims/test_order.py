"""Claims of the chapter on word order."""

from dataclasses import replace

import numpy as np
import pytest

from rnnbook.experiments import order

BAG, PLACES, CONVOLUTION, RECURRENT = range(4)


@pytest.fixture(scope="module")
def result(seeds):
    return order.run(seeds)


def test_bag_of_words_stays_at_chance(result):
    """A bag of words stays at chance on phrases that differ only in their order, however wide it
    is.
    """
    assert np.abs(result.widths - 0.5).max() < 0.08
    assert np.abs(result.accuracy[:, BAG] - 0.5).max() < 0.08


@pytest.mark.learned
def test_recurrent_network_reads_order(result):
    """A recurrent network learns to read such phrases, more than six in seven of them right, also
    when three words stand between "not" and its word.
    """
    assert result.accuracy[:, RECURRENT].min() > 6 / 7


@pytest.mark.learned
def test_convolution_sees_its_window(result):
    """A convolution sees order too, but only within its window: three words wide, it reads "not"
    next to its word nearly without mistakes and makes many when three words stand in between.
    """
    assert result.accuracy[:, CONVOLUTION, 0].min() > 0.95
    assert result.accuracy[:, CONVOLUTION, 3].max() < 0.85


@pytest.mark.learned
def test_weights_per_place_learn_and_do_not_fit(result):
    """A feed-forward network with weights of its own for every word in every place learns the
    phrases as well, for more than five times the parameters of the recurrent one, and cannot take
    in a longer phrase.
    """
    assert result.accuracy[:, PLACES].min() > 0.95
    assert result.parameters[PLACES] > 5 * result.parameters[RECURRENT]
    model = order.MODELS[result.models[PLACES]](order.TASK)
    with pytest.raises(ValueError, match="at most 15 words"):
        order.judged(model, replace(order.TASK, filler=2 * order.TASK.filler), 0)


@pytest.mark.learned
def test_recurrent_network_may_fail_on_longer_phrases(result):
    """A recurrent network takes in phrases longer than any it was trained on, but that does not
    mean that it reads them well: some runs make many more mistakes on them.
    """
    lost = result.trained[:, RECURRENT] - result.longer[:, RECURRENT]
    assert lost.max() > 0.2
