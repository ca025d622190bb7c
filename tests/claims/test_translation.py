"""Claims of the chapter on translation."""

import pytest

from rnnbook.experiments import translation

CONDITIONS = (
    f"{len(translation.TASK.pairs)} sentences of a grammar, LSTMs that read both ways with "
    f"{translation.HIDDEN['attention']} units each way with attention or "
    f"{translation.HIDDEN['one state']} without, {translation.UPDATES} updates of "
    f"{translation.BATCH} sentences at learning rate {translation.LEARNING_RATE:g}; judged on "
    "sentences with pairs of noun and adjective that training never has."
)


@pytest.mark.learned
def test_attention_agrees_where_it_has_no_example(result, show):
    """Attention agrees where it has no example. In the median run it gets more than 0.6 of the
    sentences with unseen pairs right, and a phrase table gets less than 0.25.
    """
    right = result.right
    show("share right with attention", right["attention"], above=0.6, limit=1, over="median")
    show(
        "share right by the phrase table",
        right["phrase table"],
        below=0.25,
        untrained_too="the table is counted, not trained",
    )


@pytest.mark.learned
def test_one_state_falls_behind_at_equal_updates(result, show):
    """One state falls behind at equal updates. With about as many weights, it gets over 0.3 fewer
    of these sentences right.
    """
    ahead = result.right["attention"] - result.right["one state"]
    show("share right, attention less one state", ahead, above=0.3, limit=1)
    counts = translation.parameters()
    show(
        "weights of one state, over those of attention",
        counts["one state"] / counts["attention"],
        within=(0.95, 1.05),
        over="all runs",
        untrained_too="a count of the networks compared",
    )


def test_bleu_takes_a_wrong_ending_for_a_wrong_word(show):
    """BLEU takes a wrong ending for a wrong word. With either at the end of every sentence, none is
    right, and BLEU is the same and above 75.
    """
    cost = translation.cost_of_one_word()
    for kind in ("ending", "word"):
        show(f"sentences right, wrong {kind}", cost[kind, "exact"][-1], equal=0, over="all runs")
        show(f"BLEU, wrong {kind}", cost[kind, "BLEU"][-1], above=75, over="all runs")
    less = cost["ending", "BLEU"] - cost["word", "BLEU"]
    show("BLEU, wrong ending less wrong word", less, equal=0, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_attention_is_ahead_of_the_phrase_table(page, show):
    """In every run the network with attention gets more sentences right than the phrase table does."""
    ahead = page.right["attention"] - page.right["phrase table"]
    show("share right, attention less phrase table", ahead, above=0, limit=1)


@pytest.mark.here
def test_bleu_flatters_the_phrase_table(page, show):
    """The phrase table gets fewer than one sentence in four right, and its BLEU is above 50."""
    show("share right", page.right["phrase table"], below=0.25)
    show("BLEU", page.bleu["phrase table"], above=50)
