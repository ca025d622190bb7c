"""The claim of the question whether beam search is always better than greedy decoding."""

import numpy as np

from rnnbook.experiments import random_trees

CONDITIONS = (
    f"{random_trees.MODELS} models for each seed, {random_trees.LENGTH} steps and "
    f"{random_trees.SYMBOLS} symbols; logits of standard deviation {random_trees.SHARP:g} after "
    f"{random_trees.SURE:g} of the beginnings, {random_trees.FLAT:g} after the others."
)


def predicted(result):
    """If a wider beam kept the greedy path, it would never write a less likely sequence."""
    return result._replace(worse={width: 0 * np.asarray(s) for width, s in result.worse.items()})


def test_a_beam_can_lose_to_greedy(result, show):
    """A beam can lose to greedy. On average, a beam of two writes a less likely sequence than
    greedy in over 0.005 of made-up models, and a more likely one in over 0.3.
    """
    show("share of models with a less likely one", result.worse[2], above=0.005, over="mean")
    show("share of models with a more likely one", result.better[2], above=0.3, over="mean")
