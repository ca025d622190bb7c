"""The task of spelling, and stepping a model letter by letter."""

import math

import pytest
import torch

from rnnbook.experiments import hello
from rnnbook.models import CharRNN, FeedforwardClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.spelling import Spelling
from rnnbook.text import one_hot_encode


@pytest.mark.parametrize("word", ["hello", "world", "banana", "mississippi", "aab", "a b"])
def test_floor_and_baseline_are_those_of_the_best_answer_without_memory(word):
    task = Spelling(word)
    batch = task.batch(1, torch.Generator())
    best = task.trivial(batch)
    assert task.loss(best, batch).item() == pytest.approx(task.floor, abs=1e-6)
    assert task.score(best, batch) == pytest.approx(task.baseline)


def test_floor_of_hello_by_hand():
    assert Spelling("hello").floor == pytest.approx(2 / 4 * math.log(2))


def test_a_repeated_letter_with_one_follower_needs_no_memory():
    assert Spelling("banana").floor == 0
    assert Spelling("banana").baseline == 1


def test_no_answer_without_memory_is_below_the_floor():
    task = Spelling("mississippi")
    batch = task.batch(1, torch.Generator())
    table = torch.randn(
        50, *(len(task.vocabulary),) * 2, generator=torch.Generator().manual_seed(0)
    )
    for logits in table:
        answer = logits[batch.inputs[0].argmax(-1)]
        assert task.loss(answer, batch) > task.floor


@pytest.mark.parametrize(("word", "error"), [("h", ValueError), ("", ValueError), (5, TypeError)])
def test_a_word_without_a_next_letter_is_refused(word, error):
    with pytest.raises(error, match="Spelling"):
        Spelling(word)


@pytest.mark.parametrize("build", [FeedforwardClassifier, SimpleRNN, SimpleLSTM])
def test_letter_by_letter_is_the_whole_call(build):
    torch.manual_seed(0)
    model = build(6, 5, 6)
    ids = torch.tensor([[0, 3, 3, 5], [1, 2, 3, 4]])
    step, state, rows = hello.one_letter(model), None, []
    for column in ids.T:
        logits, state = step(column, state)
        rows.append(logits)
    whole = model(one_hot_encode(ids, 6))
    torch.testing.assert_close(torch.stack(rows, dim=1), whole)


def test_a_model_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="got CharRNN"):
        hello.one_letter(CharRNN(6, 3, 5, 1))
