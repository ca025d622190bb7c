"""The claim of the question what a perplexity of 20 means."""

import numpy as np

from rnnbook.experiments import units

CONDITIONS = (
    f"The frequencies of the characters of Hamlet outside a stretch of {units.HELD_OUT:g} of it, and "
    "what they make of that stretch; the one guess is the most frequent character. A seed draws the "
    "stretch."
)


def predicted(result):
    """If a perplexity of 20 meant one right guess in 20, the share of right guesses would be one
    over the perplexity.
    """
    return result._replace(right={"character": 2.0 ** -np.asarray(result.bits["character"])})


def test_perplexity_is_no_accuracy(result, show):
    """Perplexity is not one over accuracy. With character frequencies as the model, stretches of
    Hamlet have a perplexity above 20, and one guess for all is right in more than 0.12 of the
    places.
    """
    show("perplexity", 2.0 ** np.asarray(result.bits["character"]), above=20)
    show("share of right guesses", result.right["character"], above=0.12)
