"""Skip-gram, and the vectors that are counted instead."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from rnnbook.experiments import embeddings
from rnnbook.models import SkipGram
from rnnbook.tasks.neighbours import Neighbours


def test_logits_are_products_of_two_vectors():
    model = SkipGram(10, 4)
    logits = model(torch.tensor([2, 7]))
    v, u = model.embedding.weight, model.neighbours.weight
    torch.testing.assert_close(logits[1, 3], v[7] @ u[3])


@pytest.mark.parametrize("ids", [torch.tensor([10]), torch.tensor([[1]]), torch.tensor([0.5])])
def test_ids_that_do_not_fit_are_refused(ids):
    with pytest.raises((TypeError, ValueError), match="SkipGram"):
        SkipGram(10, 4)(ids)


def test_neighbours_are_within_the_window():
    task = Neighbours(sentences=1, window=1)
    ids = task.vocabulary.encode(task.text[0]).tolist()
    expected = sorted([pair for a, b in pairwise(ids) for pair in ((a, b), (b, a))])
    assert sorted(map(tuple, task.pairs.tolist())) == expected


def test_regular_text_has_no_stray_company():
    assert not {w for words in Neighbours(stray=0.0).text for w in words} & {"proud", "lucky"}
    assert {w for words in Neighbours(stray=1.0).text for w in words} & {"proud", "lucky"}


def test_information_is_the_logarithm_of_observed_over_expected():
    task = Neighbours(sentences=50)
    found = embeddings.positive_information(task)
    pairs = task.pairs.tolist()
    w, o = pairs[0]
    together = sum(pair == [w, o] for pair in pairs) / len(pairs)
    alone = [
        sum(pair[side] == word for pair in pairs) / len(pairs) for side, word in ((0, w), (1, o))
    ]
    assert found[w, o] == pytest.approx(max(0.0, math.log(together / (alone[0] * alone[1]))))
    assert found.min() == 0


def test_analogies_of_a_perfect_grid_are_completed():
    task = Neighbours()
    table = np.zeros((len(task.vocabulary), 40))
    ids = task.vocabulary.token_to_id
    pairs = list(dict.fromkeys((a, b) for a, b, _, _ in task.analogies))
    for row, (a, b) in enumerate(pairs):
        if not table[ids[a]].any():
            table[ids[a]][[row, 38]] = 1
            table[ids[b]][[row, 39]] = 1
    assert embeddings.completed(task, table) == 1
