"""The claim of the question whether a language model can be bidirectional."""

import numpy as np
import pytest

from rnnbook.experiments import swapped

CONDITIONS = (
    f"Sequences of {swapped.TASK.length} random tokens of {swapped.TASK.symbols} kinds; plain "
    f"networks of {swapped.HIDDEN} units for each direction, {swapped.UPDATES} updates at learning "
    f"rate {swapped.LEARNING_RATE:g}, the best of {len(swapped.RATES)} that were tried."
)


def predicted(result):
    """If the low loss came from context, swapping the next token would seldom make the guess follow
    it.
    """
    return result._replace(follows={**result.follows, "both": result.follows["forward"]})


@pytest.mark.learned
def test_it_copies_the_next_token(result, show):
    """A bidirectional next-token model copies its target. On random tokens, swapping the next one
    makes a bidirectional network name the new one in over 0.9 of places; a forward network's
    guesses stay.
    """
    follows = result.follows["both"]
    show("share of guesses that follow the swap, both directions", follows, above=0.9, limit=1)
    show(
        "share of guesses that change, forward",
        np.asarray(result.moves["forward"]),
        equal=0,
        untrained_too="a forward network has not read the next token, trained or not",
    )
