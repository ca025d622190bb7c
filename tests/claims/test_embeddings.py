"""Claims of the chapter on word vectors."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import embeddings
from rnnbook.text import one_hot_encode

REGULAR, ALWAYS = min(embeddings.STRAY), max(embeddings.STRAY)

CONDITIONS = (
    f"Skip-gram vectors have {embeddings.SIZE} numbers and are trained for {embeddings.STEPS} "
    f"updates at learning rate {embeddings.LEARNING_RATE:g}, on {embeddings.SENTENCES:,} sentences "
    "of a made-up language. Counted vectors have one number per word of the vocabulary. With stray "
    "company, every word of an analogy comes with one of its two adjectives, which were drawn for "
    "this word from the same list of 20."
)


def test_looking_up_is_multiplying(result, show):
    """An embedding is a lookup. To the last bit, the rows that it looks up are the product of
    one-hot vectors and the matrix. The gradients are equal, too, if each word is looked up once.
    """
    show("largest difference of the rows", result.lookup["rows"], equal=0)
    show("largest difference of the gradients", result.lookup["gradients"], equal=0)


@pytest.mark.learned
def test_counting_is_hard_to_beat(result, show):
    """Counted vectors can beat learned ones. The question's words are left out of the answers. On
    regular text, the share of completed analogies differs by less than 0.05 between counted vectors
    and skip-gram. With stray company, counted vectors lead by more than 0.1.
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
    """Leaving the question out can raise scores. Allow the question's words as answers. With stray
    company, counted vectors then lose more than 0.1 of the analogies in the median run. On regular
    text, they lose less than 0.05 of the analogies in every run.
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
    the analogies, even if the words of the question are allowed as answers. Random vectors complete
    less than 0.1.
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
    """Words of one kind become more alike. After training on regular text, the mean cosine between
    words of one kind is more than 0.3 above the mean cosine between words of different kinds.
    One-hot vectors of different words are all equally far apart.
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


@pytest.mark.here
@pytest.mark.learned
def test_subtraction_helps_shortened_vectors_most(page, show):
    """The subtraction contributes least to the counted vectors, more to skip-gram, and most to the
    shortened vectors of the last row.
    """
    names = ("counted", "skip-gram", "counted, shortened")
    medians = [
        [np.median(share[ALWAYS, name]) for share in (page.left_out, page.added)] for name in names
    ]
    counted, learned, shortened = (left_out - added for left_out, added in medians)
    show(
        "share for skip-gram less that for counted",
        learned - counted,
        above=0,
        over="all runs",
        limit=1,
    )
    show(
        "share for shortened less that for skip-gram",
        shortened - learned,
        above=0,
        over="all runs",
        limit=1,
        untrained_too="subtracting helps vectors that were never trained even less",
    )
