"""The claim of the question how recurrent and feed-forward networks differ."""

import numpy as np

from rnnbook.experiments import word_swap

BY_WORD, AT_ONCE = "feed-forward, word by word", "feed-forward, whole phrase"
CONDITIONS = (
    f"Untrained networks of {word_swap.HIDDEN} units, phrases of {word_swap.LENGTH} random words "
    "whose two words before the last are swapped; the spread is how far the answers to "
    f"{word_swap.PHRASES} phrases lie from their mean."
)


def predicted(result):
    """If only recurrence saw order, swapping two words would not move the network that reads the
    whole phrase.
    """
    return result._replace(moved=result.moved | {AT_ONCE: 0 * result.moved[AT_ONCE]})


def test_feed_forward_networks_can_see_order(result, show):
    """Feed-forward networks can see order, too. Swapping the two words before the last leaves a
    word-by-word network's answer unchanged; the answers of a whole-phrase and a recurrent network
    move by more than 0.2 of the spread.
    """
    show("moved, word by word", result.moved[BY_WORD], equal=0)
    others = np.stack([result.moved[name] for name in (AT_ONCE, "recurrent")], axis=-1)
    show("moved, whole phrase and recurrent", others, above=0.2)
