"""Claims of the chapter on a character model of Hamlet."""

import numpy as np
import pytest

from rnnbook.experiments import hamlet

CONDITIONS = (
    f"A character LSTM of {hamlet.HIDDEN} units on the first nine tenths of Hamlet, "
    f"{hamlet.UPDATES} "
    f"updates at learning rate 0.01 and {hamlet.SETTLING} at 0.002; bits per character on its end. "
    f"Five lines are read by two plain layers in {hamlet.EPOCHS} updates at 0.003, and recited by "
    "always taking the most likely character. Samples are cold at a temperature of "
    f"{hamlet.COLD:g} and hot at {hamlet.HOT:g}."
)


@pytest.mark.learned
def test_network_beats_a_trigram(result, show):
    """The network beats a trigram. A trigram counted on the same text needs over 0.1 bits per
    character more than the network.
    """
    bits = result.play.bits
    show("bits that the trigram needs more", bits["trigram"] - bits["LSTM"], above=0.1)


def test_counting_beats_the_network(result, show):
    """A five-gram beats a briefly trained network. After these updates, the network needs over 0.05
    bits per character more than the five-gram. It also needs over 0.05 bits per character more than
    the compressor bzip2.
    """
    for name in ("five-gram", "bzip2"):
        more = result.play.bits["LSTM"] - result.play.bits[name]
        show(f"bits that the network needs more than: {name}", more, above=0.05)


@pytest.mark.learned
def test_five_lines_are_learned_by_heart(result, show):
    """Five lines are learned by heart. A network trained on copies of them takes more than 0.9 of
    its text from these lines. On held-out copies it needs less than 0.5 bits per character, but on
    the play it needs over 0.2 bits more than guessing.
    """
    memory = result.by_heart
    show("share of its text that the five lines hold", memory.recited, above=0.9, limit=1)
    show("bits on held-out copies", memory.copies, below=0.5)
    show(
        "bits on the play, less those of guessing",
        memory.play - result.play.bits["guessing"],
        above=0.2,
    )


@pytest.mark.learned
def test_mean_of_both_is_better(result, show):
    """Network and five-gram are better together. The mean of their probabilities needs over 0.05
    bits per character less than either of the two alone.
    """
    bits = result.play.bits
    alone = np.minimum(bits["LSTM"], bits["five-gram"])
    show("bits that the mean saves", alone - bits["LSTM and five-gram"], above=0.05)


@pytest.mark.learned
def test_temperature_trades_repeats_for_inventions(result, show):
    """Cold samples repeat, hot samples invent. Repeats are over 5 times as common in cold samples
    as in the play. The share of words known from training is over 0.3 lower in hot samples than in
    cold samples.
    """
    repeats, known = result.play.repeats, result.play.known
    often = repeats["cold"] / repeats["play"]
    show("repeats of cold samples, over those of the play", often, above=5, ratio=True)
    show("known words, cold less hot", known["cold"] - known["hot"], above=0.3, limit=1)
