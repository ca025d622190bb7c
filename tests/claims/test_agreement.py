"""Claims of the chapter on agreement across a clause."""

import numpy as np
import pytest

from rnnbook.experiments import agreement
from rnnbook.tasks.agreement import Agreement

CONDITIONS = (
    f"Sentences of a small grammar, trained on clauses of up to {agreement.TASK.nouns} nouns; "
    f"networks of {agreement.HIDDEN} units, learning rate {agreement.LEARNING_RATE:g}, at most "
    f"{agreement.UPDATES} updates. The scores are accuracies; tossing a coin scores 0.5."
)

MET = [nouns for nouns in agreement.NOUNS if nouns <= agreement.TASK.nouns]
LONGER = [nouns for nouns in agreement.NOUNS if nouns > agreement.TASK.nouns]


def scores(named, name, clauses, nouns):
    """What a network or a rule scores, (seed, clause and nouns)."""
    return np.stack([named[name, clause, n] for clause in clauses for n in nouns], axis=1)


@pytest.mark.learned
def test_plain_network_agrees_across_a_clause(result, show, setting):
    """A plain network can agree across a clause. A plain RNN and an LSTM are tested on clauses of
    up to 14 words. The median run of each scores above 0.9, even if no noun in the clause agrees
    with the subject.
    """
    setting(agreement.TRAINED, 15)
    for name in agreement.LAYERS:
        right = scores(result.accuracy, name, agreement.CLAUSES, MET)
        label = f"accuracy of the {name} on clauses trained on"
        show(label, right, above=0.9, limit=1, over="median")


@pytest.mark.learned
def test_short_sentences_teach_the_long_ones(result, show, setting):
    """Short sentences can help with long ones. Plain networks are tested on clauses of three or
    four nouns. After the same number of updates, the median run scores above 0.9 if training
    included shorter clauses, and below 0.7 if it did not.
    """
    setting(agreement.LONG, Agreement(nouns=4, least_nouns=3))
    with_shorter = result.long["with"]
    show("accuracy with shorter sentences", with_shorter, above=0.9, limit=1, over="median")
    show(
        "accuracy without",
        result.long["without"],
        below=0.7,
        over="median",
        untrained_too="failing to learn is the point; with shorter sentences the network learns",
    )


@pytest.mark.learned
def test_balance_opens_another_shortcut(result, show):
    """Closing a shortcut can open another. Every LSTM trained on opening nouns that never agree
    with the subject scores above 0.9 on such sentences. On sentences where the two nouns agree, the
    median run scores below 0.4.
    """
    always = {kind: result.opening["always differs", kind] for kind in agreement.ASKED}
    show("accuracy where the noun differs", always["differs"], above=0.9, limit=1)
    show("accuracy where it agrees", always["agrees"], below=0.4, over="median")
    coin = np.stack([result.opening["by coin", kind] for kind in agreement.ASKED], axis=1)
    show("accuracy after training by coin, both", coin, above=0.9, limit=1)


@pytest.mark.learned
def test_lstm_holds_on(result, show, setting):
    """An LSTM can reach beyond its training. In training, no clause has more than 14 words. On
    longer clauses of up to 50 words, the median run scores above 0.9, even if no noun in the clause
    agrees with the subject.
    """
    setting(agreement.TRAINED, 15)
    setting(agreement.FARTHEST, 51)
    right = scores(result.accuracy, "LSTM", agreement.CLAUSES, LONGER)
    show("accuracy on longer clauses", right, above=0.9, limit=1, over="median")


def test_shortcuts_fail(result, show):
    """Two shortcuts fall short across a clause. On average, taking the nearest noun scores below
    0.65, and counting nouns scores below 0.85. If a clause has two or more nouns and all of them
    disagree with the subject, both shortcuts are always wrong.
    """
    clauses = agreement.NOUNS[1:]
    nearest, counting = (
        scores(result.rules, rule, ["by coin"], clauses) for rule in ("nearest noun", "count nouns")
    )
    show("accuracy of the nearest noun", nearest, below=0.65, over="mean")
    show("accuracy of counting nouns", counting, below=0.85, over="mean")
    for rule in ("nearest noun", "count nouns"):
        wrong = scores(result.rules, rule, ["all distract"], agreement.NOUNS[2:])
        show(f"accuracy where all distract, {rule}", wrong, equal=0)


@pytest.mark.here
@pytest.mark.learned
def test_plain_networks_hold_on_too(page, show):
    """The three plain networks stay right as well: at 51 steps, when every noun in the clause is an
    attractor, each network is right in over 90 % of sentences.
    """
    right = page.accuracy["RNN", "all distract", agreement.NOUNS[-1]]
    show("accuracy of the RNN over 51 steps", right, above=0.9, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_most_answers_are_wrong_when_the_nouns_agree(page, show):
    """When the two nouns agree, each LSTM trained on nouns that always differ gets fewer than one
    sentence in four right. Each of the other LSTMs gets more than nine sentences in ten right.
    """
    right = page.opening["always differs", "agrees"]
    show("accuracy of those whose noun always differed", right, below=0.25)
    show("accuracy of the others", page.opening["by coin", "agrees"], above=0.9, limit=1)
