"""The task of the next character: the cut, one's own file, and n-grams that are probabilities."""

import sys

import numpy as np
import pytest
import torch

from rnnbook.data import read_hamlet
from rnnbook.experiments import hamlet
from rnnbook.tasks.characters import Characters
from rnnbook.text import UNK


def test_the_play_is_whole():
    play = read_hamlet()
    assert play.startswith("HAMLET, PRINCE OF DENMARK")
    assert "And lose the name of action." in play
    assert play.isascii()
    assert "gutenberg" not in play.lower()


def test_no_character_is_in_both_parts():
    text = "".join(chr(0x4E00 + i) for i in range(1000))  # every character occurs once
    task = Characters(text=text, window=20)
    generator = torch.Generator().manual_seed(0)
    drawn = task.batch(2000, generator)
    read = torch.cat([drawn.inputs[0].flatten(), drawn.target.flatten()])
    assert set(task.vocabulary.decode(read.unique())) == set(task.training_text)
    assert not set(task.training_text) & set(task.held_out_text)
    assert task.training_text + task.held_out_text == text


def test_every_held_out_character_is_predicted_once():
    task = Characters()
    batch = task.rest.whole()
    assert "".join(task.vocabulary.decode(batch.target[0])) == task.held_out_text
    assert task.vocabulary.decode(batch.inputs[0][0, :1]) == [task.training_text[-1]]


def test_rest_of_the_rest_is_the_task():
    task = Characters(window=10)
    assert task.rest != task
    assert task.rest.rest == task


def test_unseen_character_becomes_unknown():
    task = Characters(text="ab" * 90 + "az" * 10, window=5)
    assert UNK in task.rest.ids
    assert np.isfinite(task.rest.baseline)


def test_copies_are_found():
    assert Characters(text=hamlet.five_lines() * 20).repeated(30) == 1.0
    assert Characters().repeated(30) < 0.01


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, FileNotFoundError, "found nothing"),
        (b"", ValueError, "none of them visible"),
        (b" \n", ValueError, "none of them visible"),
        (b"To be, or not to be", ValueError, "too short"),
        ("Être ou ne pas être".encode("latin-1") * 99, ValueError, "UTF-8"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, content, error, words):
    path = tmp_path / "book.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words):
        Characters(path=path)


def test_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="a folder"):
        Characters(path=tmp_path)


def test_own_file_is_read(tmp_path):
    path = tmp_path / "book.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "Grüße.\r\n".encode() * 200)
    task = Characters(path=path)
    assert task.whole_text == "Grüße.\n" * 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 0},
        {"held_out": 0.0},
        {"held_out": 1.0},
        {"part": "test"},
        {"path": "a", "text": "b"},
    ],
)
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Characters"):
        Characters(**wrong)


def test_unigram_is_the_frequency():
    task = Characters(text="abracadabra, " * 30 + "cab" * 20, window=10)
    bits = hamlet.count(task, orders=(1,))
    train, test = task.training_text, task.held_out_text
    expected = [-np.log2(train.count(c) / (len(train) + 1)) for c in test]
    assert bits[0] == pytest.approx(np.array(expected))


def test_bigram_by_hand():
    # Witten and Bell (1991): the shorter context counts as often as there were types after "b"
    task = Characters(text="abacabadabacab" + "ac", window=1, held_out=2 / 16)
    bits = hamlet.count(task, orders=(1, 2))
    train = task.training_text
    after_b = [train[i + 1] for i in range(len(train) - 1) if train[i] == "b"]
    single = train.count("a") / (len(train) + 1)
    types = len(set(after_b))
    chance = (after_b.count("a") + types * single) / (len(after_b) + types)
    assert bits[1, 0] == pytest.approx(-np.log2(chance))


def test_character_never_seen_costs_something_finite():
    task = Characters(text="ab" * 90 + "az" * 10, window=5)
    assert np.isfinite(hamlet.count(task)).all()


def test_mean_of_probabilities():
    assert hamlet.mix(np.array([1.0]), np.array([2.0])) == pytest.approx(-np.log2(0.375))


def test_network_and_task_agree_on_the_bits():
    task = Characters()
    torch.manual_seed(0)
    model = hamlet.CharRNN(len(task.vocabulary), 4, 8, 1)
    batch = task.rest.whole()
    with torch.no_grad():
        score = task.score(model(*batch.inputs)[0], batch)
    assert hamlet.surprise(model, task).mean() == pytest.approx(score, rel=1e-5)


def test_missing_nltk_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nltk.lm", None)
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        hamlet.count(Characters())


def test_script_takes_a_book_of_the_readers_own(tmp_path, first_cells):
    book = tmp_path / "my_book.txt"
    # the middle of the play stands in for a book with an alphabet of its own
    book.write_text(read_hamlet()[60_000:75_000].replace("king", "kÿng"), encoding="utf-8")
    said = first_cells("plot_02_hamlet.py", book, cells=3, refused="expected a text file")
    assert "13,500 characters to train on, 1,500 held out" in said
