"""Claims of the chapter on word order."""

import numpy as np
import pytest

from rnnbook.experiments import order
from rnnbook.models import BagOfWords, ConvolutionalClassifier

CONDITIONS = (
    "The phrases are fresh, and only the order of their words decides the label; chance is an "
    "accuracy of 0.5. The recurrent network and the convolution have 32 units, the network with "
    f"weights per place has 64. At learning rate {order.LEARNING_RATE:g}, the bags of words are "
    f"trained for {order.STEPS[BagOfWords]} updates, the convolution for "
    f"{order.STEPS[ConvolutionalClassifier]}, and the other two networks for at most "
    f"{order.MOST_STEPS}."
)
FIRST_SEED = order.SEEDS[0]


def test_bag_of_words_stays_at_chance(result, show):
    """A bag of words stays at chance. The accuracy of a bag stays between 0.4 and 0.6 at every
    width tried. The same holds for every number of words from 0 to 3 between "not" and its word.
    """
    by_width = np.stack([*result.widths.values()], axis=-1)
    by_gap = np.stack([result.accuracy["bag of words", gap] for gap in order.GAPS], axis=-1)
    show("accuracy by width", by_width, within=(0.4, 0.6))
    show("accuracy by the words in between", by_gap, within=(0.4, 0.6))


@pytest.mark.learned
def test_recurrent_network_reads_order(result, show, setting):
    """A recurrent network reads word order. In every run, the network reads more than 0.85 of the
    phrases right, even with three words between "not" and its word.
    """
    setting(order.GAPS, (0, 1, 2, 3))
    by_gap = np.stack([result.accuracy["recurrent", gap] for gap in order.GAPS], axis=-1)
    show("accuracy by the words in between", by_gap, above=0.85, limit=1)


@pytest.mark.learned
def test_convolution_sees_its_window(result, show):
    """A convolution reads order inside its window. After 200 updates, a convolution three words
    wide reads more than 0.95 of the phrases right with at most one word between "not" and its word.
    With three words between, its accuracy is more than 0.2 lower.
    """
    none, one, three = (result.accuracy["convolution, 3 wide", gap] for gap in (0, 1, 3))
    inside = np.stack([none, one], axis=-1)
    show("accuracy with no word or one in between", inside, above=0.95, limit=1)
    show("accuracy lost from one word in between to three", one - three, above=0.2)


@pytest.mark.learned
def test_weights_per_place_learn_and_do_not_fit(result, show):
    """Weights for every place limit the phrase length. A network with such weights reads more than
    0.95 of the phrases right, but cannot read longer phrases. At these widths, it has more than
    five times as many parameters as the recurrent network.
    """
    by_gap = np.stack([result.accuracy["weights per place", gap] for gap in order.GAPS], axis=-1)
    show("accuracy by the words in between", by_gap, above=0.95, limit=1)
    counts = order.parameters()
    show(
        "parameters, times those of the recurrent network",
        counts["weights per place"] / counts["recurrent"],
        above=5,
        over="all runs",
        ratio=True,
        untrained_too="a count, which the sentence needs and training does not change",
    )
    model = order.MODELS["weights per place"](order.TASK)
    with pytest.raises(ValueError, match=f"at most {order.TASK.longest} words"):
        order.judged(model, order.LONGER, FIRST_SEED)


@pytest.mark.learned
def test_recurrent_network_may_fail_on_longer_phrases(result, show, setting):
    """A recurrent network may misread longer phrases. Phrases are as long as in training, or have
    up to four times as many neutral words. On the longer phrases, at least one of three networks
    loses more than 0.1 in accuracy.
    """
    setting(order.TIMES_LONGER, 4)
    lost = result.trained["recurrent"] - result.longer["recurrent"]
    show("accuracy lost on longer phrases", lost, above=0.1, over="some")


@pytest.mark.here
@pytest.mark.learned
def test_all_recurrent_networks_read_at_every_distance(page, show, setting):
    """All three recurrent networks read more than 900 of 1,000 phrases right at every distance."""
    setting(order.JUDGED, 1000)
    by_gap = np.stack([page.accuracy["recurrent", gap] for gap in order.GAPS], axis=-1)
    show("phrases read right by the words in between", 1000 * by_gap, above=900, limit=1000)


@pytest.mark.here
@pytest.mark.learned
def test_all_recurrent_networks_misread_longer_phrases(page, show, setting):
    """Each of the three recurrent networks makes over 350 more mistakes in 1,000 longer phrases
    than in 1,000 shorter ones.
    """
    setting(order.JUDGED, 1000)
    lost = page.trained["recurrent"] - page.longer["recurrent"]
    show("further mistakes in 1,000 longer phrases", 1000 * lost, above=350)
