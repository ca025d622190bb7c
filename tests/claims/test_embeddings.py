"""Claims of the chapter on word vectors."""

import pytest
import torch

from rnnbook.experiments import embeddings
from rnnbook.text import one_hot_encode

RANDOM, SKIP_GRAM, COUNTED, SHORTENED = range(4)
REGULAR, OWN_COMPANY = 0, -1


@pytest.fixture(scope="module")
def result(seeds):
    return embeddings.run(seeds)


def test_looking_up_is_multiplying(result):
    """An embedding looks up the row that a one-hot vector times the matrix would give, equal to the
    last bit, and so are the gradients when each word is looked up once.
    """
    assert result.lookup.max() == 0


@pytest.mark.learned
def test_vectors_become_alike_where_one_hot_cannot(result):
    """One-hot vectors of different words are all equally far apart; after training, words of one
    kind point on average in more similar directions than words of different kinds.
    """
    words = one_hot_encode(torch.arange(50), 50)
    apart = (words[:, None] - words).norm(dim=-1)[~torch.eye(50, dtype=torch.bool)]
    assert apart.min() == apart.max()
    assert (result.alike - result.unalike)[:, 1].min() > 0.35


@pytest.mark.learned
def test_regular_text_gives_analogies(result):
    """From a text in which words differ in regular ways only, skip-gram vectors complete nearly all
    analogies, even with the words of the question allowed as answers; random vectors complete
    hardly any.
    """
    assert result.left_out[:, REGULAR, SKIP_GRAM].min() > 0.93
    assert result.allowed[:, REGULAR, SKIP_GRAM].min() > 0.93
    assert result.left_out[:, :, RANDOM].max() < 0.06


@pytest.mark.learned
def test_leaving_out_the_question_makes_results_look_better(result):
    """When every word also keeps company of its own, learned and counted vectors both owe a part of
    their right answers to the rule that the words of the question are left out.
    """
    gain = result.left_out - result.allowed
    assert gain[:, OWN_COMPANY, SKIP_GRAM].min() > 0.02
    assert gain[:, OWN_COMPANY, COUNTED].min() > 0.08


@pytest.mark.learned
def test_counting_is_hard_to_beat(result):
    """Counting neighbours, with a number for every word of the vocabulary and no training, completes
    as many analogies as skip-gram or nearly, and many more when words keep company of their own;
    cut down to sixteen numbers, it completes fewer than skip-gram on the regular text.
    """
    lead = result.left_out[:, :, COUNTED] - result.left_out[:, :, SKIP_GRAM]
    assert lead.min() > -0.02
    assert lead[:, OWN_COMPANY].min() > 0.1
    regular = result.left_out[:, REGULAR]
    assert (regular[:, SKIP_GRAM] - regular[:, SHORTENED]).min() > 0.02
