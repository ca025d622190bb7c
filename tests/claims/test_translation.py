"""Claims of the chapter on translation."""

import numpy as np
import pytest

from rnnbook.experiments import translation

CONDITIONS = (
    f"{len(translation.TASK.pairs)} sentences of a grammar, LSTMs with attention, an encoder that "
    f"reads both ways with {translation.HIDDEN} units each way, {translation.UPDATES} updates of "
    f"{translation.BATCH} sentences at learning rate {translation.LEARNING_RATE:g}; judged on "
    "sentences with pairs of noun and adjective that training never has."
)


@pytest.mark.learned
def test_endings_carry_over_to_unseen_pairs(result, show):
    """Endings can carry over to unseen pairs. In the median run, the network gets over 0.75 of the
    sentences with unseen pairs right. For new sentences with known pairs, the median run's share is
    less than 0.15 higher.
    """
    unseen, known = result.right["attention"], result.known["attention"]
    show("share right, unseen pairs", unseen, above=0.75, limit=1, over="median")
    show(
        "share right, known pairs less unseen pairs",
        known - unseen,
        below=0.15,
        over="median",
        untrained_too="a network that gets nothing right loses nothing; the first statement fails",
    )


def test_bleu_flatters_a_phrase_table(result, show):
    """High BLEU can go with few right sentences. The phrase table, which has no language model,
    gets less than 0.25 of the sentences with unseen pairs right. Its BLEU is above 50.
    """
    show("share right by the phrase table", result.right["phrase table"], below=0.25)
    show("BLEU of the phrase table", result.bleu["phrase table"], above=50)


def test_bleu_takes_a_wrong_ending_for_a_wrong_word(show):
    """BLEU treats wrong endings as wrong words. Give the last word of every sentence a wrong
    ending, or replace it by another adjective. In both cases no sentence is right, and BLEU is the
    same and above 50.
    """
    cost = translation.cost_of_one_word()
    for kind in ("ending", "word"):
        show(f"sentences right, wrong {kind}", cost[kind, "exact"][-1], equal=0, over="all runs")
        show(f"BLEU, wrong {kind}", cost[kind, "BLEU"][-1], above=50, over="all runs")
    less = cost["ending", "BLEU"] - cost["word", "BLEU"]
    show("BLEU, wrong ending less wrong word", less, equal=0, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_network_is_ahead_of_the_phrase_table(page, show):
    """In every run the network gets more sentences right than the phrase table does."""
    ahead = page.right["attention"] - page.right["phrase table"]
    show("share right, attention less phrase table", ahead, above=0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_unseen_pairs_cost_the_table_more(page, show):
    """In every run, the fall from known to unseen pairs is larger for the phrase table than for the
    network.
    """
    cost = {name: page.known[name] - page.right[name] for name in ("phrase table", "attention")}
    show(
        "share lost, phrase table less network",
        cost["phrase table"] - cost["attention"],
        above=0,
        limit=1,
        untrained_too="a network that gets nothing right loses nothing",
    )
    show("share right, known pairs", page.known["attention"], above=0.5, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_last_adjective_looks_at_its_own_word(page, show):
    """In every run the row of the last adjective has more than half of its weight on "heavy"."""
    column = translation.SAMPLE.index("heavy")
    weights = np.array([weights[-2, column] for _, weights in page.looks])  # the last row is END
    show("weight on heavy", weights, above=0.5, limit=1)
