"""Claims of the chapter on word vectors."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import embeddings
from rnnbook.text import one_hot_encode

REGULAR, ALWAYS = min(embeddings.STRAY), max(embeddings.STRAY)

CONDITIONS = (
    f"Skip-gram vectors of {embeddings.SIZE} numbers after {embeddings.STEPS} updates at learning "
    f"rate {embeddings.LEARNING_RATE:g}, on {embeddings.SENTENCES:,} sentences of a made-up "
    "language. With stray company, every word of an analogy brings along one of two adjectives, "
    "drawn for it from the same twenty."
)


def test_looking_up_is_multiplying(result, show):
    """An embedding is a lookup. Its rows equal, to the last bit, the product of one-hot vectors and
    the matrix. The gradients are equal, too, when each word is looked up once.
    """
    show("largest difference of the rows", result.lookup["rows"], equal=0)
    show("largest difference of the gradients", result.lookup["gradients"], equal=0)


@pytest.mark.learned
def test_counting_is_hard_to_beat(result, show):
    """Counted vectors can beat learned ones. With the question's words left out, counted vectors,
    one number per word, match skip-gram's share of analogies within 0.05 on regular text; with
    stray company they lead by over 0.1.
    """
    lead = {
        stray: result.left_out[stray, "counted"] - result.left_out[stray, "skip-gram"]
        for stray in (REGULAR, ALWAYS)
    }
    show("difference on regular text", np.abs(lead[REGULAR]), below=0.05)
    show(
        "lead of counting with stray company",
        lead[ALWAYS],
        above=0.1,
        untrained_too="that counting leads the trained vectors is the point; it leads others more",
    )


def test_leaving_out_the_question_makes_results_look_better(result, show):
    """Leaving out the question can flatter. With stray company, allowing the question's words as
    answers costs counted vectors more than 0.1 of the analogies in the median run; on regular text
    it costs less than 0.05.
    """
    lost = {
        stray: result.left_out[stray, "counted"] - result.allowed[stray, "counted"]
        for stray in (REGULAR, ALWAYS)
    }
    show("share lost with stray company", lost[ALWAYS], above=0.1, over="median")
    show("share lost on regular text", lost[REGULAR], below=0.05)


@pytest.mark.learned
def test_regular_text_gives_analogies(result, show):
    """On regular text, most analogies come out right. Skip-gram vectors complete more than 0.9 of
    them, also when the words of the question may be answers; random vectors complete less than 0.1.
    """
    both = (result.left_out[REGULAR, "skip-gram"], result.allowed[REGULAR, "skip-gram"])
    show("completed by skip-gram", np.stack(both, axis=-1), above=0.9, limit=1)
    show(
        "completed by random vectors",
        result.left_out[REGULAR, "random"],
        below=0.1,
        limit=0,
        untrained_too="the baseline of the sentence, which nothing trains",
    )


@pytest.mark.learned
def test_vectors_become_alike_where_one_hot_cannot(result, show):
    """Words of one kind become more alike. On regular text their mean cosine ends more than 0.3
    above that of words of different kinds; one-hot vectors of different words are all equally far
    apart.
    """
    apart = result.alike["skip-gram"] - result.unalike["skip-gram"]
    show("cosine within a kind less that between kinds", apart, above=0.3)
    words = one_hot_encode(torch.arange(50), 50)
    distances = (words[:, None] - words).norm(dim=-1)[~torch.eye(50, dtype=torch.bool)]
    show(
        "spread of the distances of one-hot vectors",
        np.ptp(distances.numpy()),
        equal=0,
        over="all runs",
        untrained_too="one-hot vectors are what the trained ones are compared with",
    )
