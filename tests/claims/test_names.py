"""Claims of the chapter on names by origin."""

import numpy as np
import pytest

from rnnbook.experiments import names
from rnnbook.tasks.names import Names

CONDITIONS = (
    f"Surnames of 13 lists of Faker, a fifth of each held out. Networks of {names.HIDDEN} units, "
    f"{names.UPDATES} updates of {names.BATCH} names and {names.SETTLING} at a fifth of the "
    "learning rate, which is the best of three for each: "
    + ", ".join(f"{rate:g} for the {name}" for name, rate in names.RATES.items())
    + "."
)


def test_counted_pieces_beat_the_networks(result, show):
    """After short training, counting pieces beats networks. A regression on pieces of up to four
    letters gets more of the held-out names right than each network does. The difference between the
    shares is over 0.03.
    """
    for name in names.LAYERS:
        more = result.accuracy["n-gram"] - result.accuracy[name]
        show(f"share right, n-gram less {name}", more, above=0.03)


@pytest.mark.learned
def test_networks_use_the_order(result, show):
    """The networks use the order. Each network's share of right held-out names is over 0.03 higher
    than that of a regression on single letters. Shuffling the letters lowers the network's share by
    over 0.2.
    """
    for name in names.LAYERS:
        more = result.accuracy[name] - result.accuracy["unigram"]
        show(f"share right, {name} less single letters", more, above=0.03)
        lost = result.accuracy[name] - result.shuffled[name]
        show(f"share lost by {name} once the letters are shuffled", lost, above=0.2)


@pytest.mark.learned
def test_large_list_swallows_a_small_one(result, show):
    """Small lists can lose names to larger ones. In the median seed, the LSTM calls over 0.2 of the
    Slovene names Croatian and over 0.2 of the Portuguese names Spanish.
    """
    for small, large in (("Slovene", "Croatian"), ("Portuguese", "Spanish")):
        share = called(result, small, large)
        show(f"{small} called {large}", share, above=0.2, over="median", limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_all_beat_single_letters(page, show):
    """All three networks beat the regression on single letters."""
    for name in names.LAYERS:
        more = page.accuracy[name] - page.accuracy["unigram"]
        show(f"share right, {name} less single letters", more, above=0, limit=1)


@pytest.mark.here
def test_n_gram_beats_all(page, show):
    """The n-gram model beats all three networks."""
    for name in names.LAYERS:
        more = page.accuracy["n-gram"] - page.accuracy[name]
        show(f"share right, n-gram less {name}", more, above=0, limit=1)


def called(result, true, given):
    """The share of names of one label that the LSTM gave another, by seed."""
    task = Names()
    said = result.answers["LSTM"]
    return np.array([names.taken_for(task, answers, true, given) for answers in said])
