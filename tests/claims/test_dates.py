"""Claims of the chapter on dates."""

import pytest

from rnnbook.experiments import dates

CONDITIONS = (
    "Dates of five languages in two formats each to ISO, read and written by LSTMs of "
    f"{dates.HIDDEN['attention']} units each way with attention or {dates.HIDDEN['one state']} "
    f"without, {dates.UPDATES} updates of {dates.BATCH} dates at learning rate "
    f"{dates.LEARNING_RATE:g}."
)


@pytest.mark.learned
def test_attention_reads_new_days(result, show):
    """A network with attention can read new days. In the median run, the network gets over 0.5 of
    the dates of held-out days right. The table of formats gets all of these dates right.
    """
    right = result.overall
    show("share right with attention", right["attention"], above=0.5, limit=1, over="median")
    show(
        "share right by the table",
        right["table"],
        equal=1,
        untrained_too="the table is not trained",
    )


@pytest.mark.learned
def test_one_state_is_behind_at_equal_work(result, show):
    """One state can fall far behind attention. The network without attention multiplies at least as
    often as the network with attention. In the median run, the share of right dates without
    attention is over 0.5 below the share with attention.
    """
    ahead = result.overall["attention"] - result.overall["one state"]
    show("share right, attention less one state", ahead, above=0.5, limit=1, over="median")
    less = dates.multiplications("attention") - dates.multiplications("one state")
    show(
        "multiplications that one state has less",
        max(0, less),
        equal=0,
        over="all runs",
        untrained_too="a count of the networks compared",
    )


@pytest.mark.learned
def test_known_order_is_no_format_to_learn(result, show):
    """An order new to English can be read. In the median run, the network with attention gets over
    0.85 of the dates in British order right. The table of formats reads none of these dates.
    """
    unseen = result.unseen
    british = unseen["attention", "British order"]
    show("share right in British order", british, above=0.85, limit=1, over="median")
    show(
        "share that the table reads",
        unseen["table", "British order"],
        equal=0,
        untrained_too="the table is not trained",
    )


@pytest.mark.learned
def test_weekday_costs_dates(result, show):
    """A weekday in front can cause mistakes. In the median run, the network with attention gets
    fewer dates right with a weekday in front than in British order. The difference between the
    shares is over 0.1.
    """
    british, weekday = (result.unseen["attention", name] for name in dates.UNSEEN)
    show("share right, British order less weekday", british - weekday, above=0.1, over="median")


@pytest.mark.here
@pytest.mark.learned
def test_one_state_gets_almost_nothing(page, show):
    """At equal work, the networks without attention get less than 0.1 of the dates right."""
    show(
        "share right without attention",
        page.overall["one state"],
        below=0.1,
        untrained_too="failing is the point; the networks with attention learn the same dates",
    )
    show("share right with attention", page.overall["attention"], above=0.5, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_weekday_costs_more_than_the_order(page, show):
    """In every run, the network is right less often with a weekday in front than in British
    order.
    """
    weekday, british = (page.unseen["attention", name] for name in reversed(dates.UNSEEN))
    show("share right, British order less weekday", british - weekday, above=0, limit=1)
