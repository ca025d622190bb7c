"""The claim of the question why to put a CRF on a BiLSTM."""

import numpy as np
import pytest

from rnnbook.experiments import tag_chain

CONDITIONS = (
    "Sentences of the small grammar of the chapter on named entities. LSTMs of "
    f"{tag_chain.EACH} units each way, {tag_chain.UPDATES} updates, batches of {tag_chain.BATCH}, "
    f"learning rate {tag_chain.LEARNING_RATE:g}. A sentence is entirely right if all its tags are."
)


def predicted(result):
    """If seeing the whole sentence made tags fit, no sentence would break the rules."""
    alone = np.zeros_like(result.illegal[tag_chain.SINGLE])
    return result._replace(illegal=result.illegal | {tag_chain.SINGLE: alone})


@pytest.mark.learned
def test_each_tag_is_chosen_alone(result, show):
    """Each tag is chosen alone. On average, a briefly trained BiLSTM breaks the BIO rules in over
    0.05 of held-out sentences, and a CRF gets over 0.05 more of all sentences entirely right.
    """
    show(
        "share of sentences that break the rules, word by word",
        result.illegal[tag_chain.SINGLE],
        above=0.05,
        over="mean",
        untrained_too="an untrained network breaks them as well",
    )
    more = result.right[tag_chain.CHAIN] - result.right[tag_chain.SINGLE]
    show("more sentences entirely right with a CRF", more, above=0.05, over="mean")
