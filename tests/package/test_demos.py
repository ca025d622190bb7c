"""The demonstrations of tutorials: what they return, and that it is what the book's code says."""

from __future__ import annotations

import inspect

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from rnnbook import demos
from rnnbook.tasks.characters import Characters
from rnnbook.text import Vocabulary
from rnnbook.training import evaluate

VERSE = "to be, or not to be, that is the question. " * 20

FAMILIAR = {
    "create_sequences": ["text", "seq_length"],
    "train_char_rnn": [],
    "bptt_visualization": [],
    "train_copy_task": ["seq_length", "hidden_size", "num_epochs"],
    "demonstrate_vanishing_gradient_impact": [],
}


@pytest.mark.parametrize("name", FAMILIAR)
def test_a_demonstration_is_called_as_elsewhere(name):
    parameters = inspect.signature(getattr(demos, name)).parameters
    wanted = FAMILIAR[name]
    assert list(parameters)[: len(wanted)] == wanted
    first = len(wanted) if name != "train_copy_task" else 1
    for parameter in list(parameters.values())[first:]:
        assert parameter.default is not parameter.empty


def test_sequences_are_all_windows_and_targets_one_character_on():
    inputs, targets = demos.create_sequences(VERSE, 7)
    vocabulary = Vocabulary(VERSE)
    assert inputs.shape == targets.shape == (len(VERSE) - 7, 7)
    for i in (0, 11, len(VERSE) - 8):
        assert "".join(vocabulary.decode(inputs[i])) == VERSE[i : i + 7]
        assert "".join(vocabulary.decode(targets[i])) == VERSE[i + 1 : i + 8]


def test_a_vocabulary_of_another_text_gives_the_ids():
    inputs, _ = demos.create_sequences("abc", 2, Vocabulary("abcd"))
    assert torch.equal(inputs, Vocabulary("abcd").encode("ab")[None])
    with pytest.raises(ValueError, match="'c' at position 2 is not in the vocabulary"):
        demos.create_sequences("abc", 2, Vocabulary("ab"))


@pytest.mark.parametrize(
    ("length", "says"), [(5, "more than 5 characters, one window, got 5"), (0, "seq_length")]
)
def test_what_gives_no_window_is_refused(length, says):
    with pytest.raises(ValueError, match=says):
        demos.create_sequences("hello", length)


def test_the_network_learns_the_text_and_writes_with_the_mappings():
    model, char_to_idx, idx_to_char = demos.train_char_rnn(VERSE, seq_length=20, steps=40)
    task = Characters(text=VERSE, window=20)
    assert evaluate(model, task.rest, seed=1) < task.baseline
    assert evaluate(model, task, seed=1) < task.baseline
    assert all(idx_to_char[char_to_idx[character]] == character for character in VERSE)
    written = model.generate("t", char_to_idx, idx_to_char, length=12)
    assert len(written) == 13
    assert set(written) <= set(VERSE)


def test_the_same_seed_trains_the_same_network():
    first, second = (demos.train_char_rnn(VERSE, seq_length=9, steps=2, seed=3) for _ in range(2))
    for a, b in zip(first[0].parameters(), second[0].parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_picture_has_a_cell_for_each_step_and_is_described():
    figure = demos.bptt_visualization(3)
    assert isinstance(figure, Figure)
    words = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert {"$x_{1}$", "$x_{3}$"} <= {*words}
    assert "$x_{4}$" not in words
    with pytest.raises(ValueError, match="at least 2 steps, got 1"):
        demos.bptt_visualization(1)


def test_near_copies_are_learned_and_each_length_has_a_run_for_each_seed():
    runs = demos.demonstrate_vanishing_gradient_impact(
        (2, 3), hidden_size=16, num_epochs=80, seeds=(0, 1)
    )
    assert list(runs) == [2, 3]
    for curves in runs.values():
        assert [len(losses) for losses in curves] == [80, 80]
        assert all(sum(losses[-20:]) < 0.5 * sum(losses[:20]) for losses in curves)
    assert runs[3][1] == demos.train_copy_task(3, 16, 80, seed=1)
    assert runs[3][0] != runs[3][1]


def test_another_layer_may_read():
    plain, gated = (demos.train_copy_task(3, 4, 2, layer=layer) for layer in (nn.RNN, nn.LSTM))
    assert plain != gated
