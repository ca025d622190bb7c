"""Claims of the chapter on sentiment."""

import pytest

from rnnbook.experiments import sentiment
from rnnbook.experiments.sentiment import BARE, LAYERS, LONG
from rnnbook.tasks import sentiment as task

CONDITIONS = (
    f"{len(task.TEMPLATES)} templates of two opinions, {task.TRAINING} sentences of each to train "
    f"on; networks of {sentiment.HIDDEN} units, learning rate {sentiment.LEARNING_RATE:g}, trained "
    f"until the loss is below {sentiment.LEARNED:g}, for at most {sentiment.MOST_UPDATES} updates "
    f"of {sentiment.BATCH} sentences. The new template is "
    '"the film was dull but clever", and regressions count stretches of words.'
)


@pytest.mark.learned
def test_networks_use_the_order(result, show):
    """Reading beats counting on known templates. In the median, each network gets over 0.95 of new
    sentences right, and over 0.1 more than a regression on trigrams.
    """
    counted = result.accuracy["trigrams", "held out"]
    for name in LAYERS:
        share = result.accuracy[name, "held out"]
        show(f"share right, {name}", share, above=0.95, over="median", limit=1)
        show(f"{name} less trigrams", share - counted, above=0.1, over="median")


@pytest.mark.learned
def test_new_template_fails(result, show):
    """A new template can undo it. On the new template, each kind of network loses on average over
    0.2 of its share right, and trigrams do worse than guessing, below 0.3.
    """
    for name in LAYERS:
        lost = result.accuracy[name, "held out"] - result.accuracy[name, BARE]
        show(f"share lost on the new template, {name}", lost, above=0.2, over="mean")
    show(
        "share right on the new template, trigrams",
        result.accuracy["trigrams", BARE],
        below=0.3,
        untrained_too="a regression, which is fitted and not trained",
    )


@pytest.mark.learned
def test_forty_sentences_teach_it(result, show, setting):
    """Forty sentences teach the network a template. With them in training, the LSTM gets over 0.8 of
    the others of that template right; trigrams stay below 0.5.
    """
    setting(sentiment.TAUGHT, 40)
    show("share right, LSTM", result.accuracy["LSTM, taught", BARE], above=0.8, limit=1)
    show(
        "share right, trigrams",
        result.accuracy["trigrams, taught", BARE],
        below=0.5,
        untrained_too="a regression, which is fitted and not trained",
    )


@pytest.mark.learned
def test_a_flat_picture_may_hide_it(result, show):
    """A flat picture may hide what a network knows. A line in the first two components divides over
    0.15 more of the LSTM's last states rightly than of the plain network's.
    """
    show("share divided, LSTM less RNN", result.plane["LSTM"] - result.plane["RNN"], above=0.15)
