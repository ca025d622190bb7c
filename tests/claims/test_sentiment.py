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
    '"the film was bad but clever", and regressions count stretches of words.'
)


GATED = ("LSTM", "GRU")


@pytest.mark.learned
def test_gated_networks_use_the_order(result, show):
    """LSTM and GRU beat counting on known templates. In every run, each of the two gets over 0.95
    of new sentences right, and the share of a regression on trigrams is over 0.1 lower.
    """
    counted = result.accuracy["trigrams", "held out"]
    for name in GATED:
        share = result.accuracy[name, "held out"]
        show(f"share right, {name}", share, above=0.95, limit=1)
        show(f"{name} less trigrams", share - counted, above=0.1)


@pytest.mark.learned
def test_new_template_can_undo_it(result, show):
    """A new template can cost accuracy. On the new template, at least one of three LSTMs and at
    least one of three GRUs has an accuracy over 0.15 lower than on known templates. There, a
    regression on trigrams gets less than 0.3 right.
    """
    for name in GATED:
        lost = result.accuracy[name, "held out"] - result.accuracy[name, BARE]
        show(f"share lost on the new template, {name}", lost, above=0.15, over="some")
    show(
        "share right on the new template, trigrams",
        result.accuracy["trigrams", BARE],
        below=0.3,
        untrained_too="a regression, which is fitted and not trained",
    )


@pytest.mark.learned
def test_forty_sentences_put_reading_ahead(result, show, setting):
    """Forty sentences can put the LSTM ahead. With 40 sentences of the new template in training,
    the median LSTM gets over 0.6 of the template's other sentences right. A regression on trigrams
    gets less than 0.5 of them right.
    """
    setting(sentiment.TAUGHT, 40)
    taught = result.accuracy["LSTM, taught", BARE]
    show("share right, LSTM", taught, above=0.6, over="median", limit=1)
    show(
        "share right, trigrams",
        result.accuracy["trigrams, taught", BARE],
        below=0.5,
        untrained_too="a regression, which is fitted and not trained",
    )


@pytest.mark.learned
def test_a_flat_picture_may_hide_it(result, show):
    """The LSTM's picture shows more than the RNN's. Draw a line between the labels in the plane of
    the last states' first two components. The share of states on their own label's side is over
    0.15 higher for the LSTM than for the plain network.
    """
    show("share divided, LSTM less RNN", result.plane["LSTM"] - result.plane["RNN"], above=0.15)


@pytest.mark.here
@pytest.mark.learned
def test_right_on_known_templates_and_on_the_long_one(page, show):
    """On known templates and on the long new one, the networks get almost every sentence right."""
    for name in LAYERS:
        for part in ("held out", LONG):
            show(f"share right, {name}, {part}", page.accuracy[name, part], above=0.95, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_plain_network_looks_as_if_it_guessed(page, show):
    """The plain network is right, but its picture looks like that of a network that guesses."""
    show("share right, RNN", page.accuracy["RNN", "held out"], above=0.95, over="median", limit=1)
    show(
        "share divided in the plane, RNN",
        page.plane["RNN"],
        below=0.7,
        over="median",
        untrained_too="an untrained network has no picture of two groups either",
    )
