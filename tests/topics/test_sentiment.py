"""The task of two opinions: twins, parts that share nothing, and a list of the reader's own."""

import random
from collections import Counter

import numpy as np
import pytest
import torch

from rnnbook.experiments import sentiment
from rnnbook.tasks.sentiment import (
    BLAME,
    HELD_OUT,
    NEW,
    OF_NEW,
    PRAISE,
    TEMPLATES,
    TRAINING,
    Sentiment,
    opinion,
    tidy,
)
from rnnbook.text import UNK

PARTS = ("training", "held out", *NEW)


@pytest.fixture(scope="module")
def task():
    return Sentiment()


def rows(count=40):
    """Lines of a good list, ``count`` of each label."""
    lines = [f"good\tI liked part {i}, it was fine!" for i in range(count)]
    lines += [f"bad\tI left in act {i}: dull." for i in range(count)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def written(tmp_path):
    """Write bytes or a text into a file and return its path."""

    def write(content):
        path = tmp_path / "list.tsv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_sizes(task):
    assert len(task.sentences) == TRAINING * len(TEMPLATES)
    assert len(task.on("held out").sentences) == HELD_OUT * len(TEMPLATES)
    assert [len(task.on(name).sentences) for name in NEW] == [OF_NEW] * len(NEW)


def test_no_sentence_stands_in_two_parts():
    more = Sentiment(taught=OF_NEW)
    texts = [s.text for part in PARTS for s in more.on(part).sentences]
    assert len(set(texts)) == len(texts)


def test_training_never_sees_a_new_template(task):
    assert {s.template for s in task.sentences} == set(TEMPLATES)
    assert not set(TEMPLATES) & set(NEW)


def test_training_knows_every_word(task):
    for part in PARTS:
        assert UNK not in task.on(part).whole().inputs[0]


@pytest.mark.parametrize("part", PARTS)
def test_twins_have_the_same_words_and_opposite_labels(task, part):
    sentences = task.on(part).sentences
    for one, other in zip(sentences[::2], sentences[1::2], strict=True):
        assert (one.label, other.label) == (1, 0)
        assert Counter(one.text.split()) == Counter(other.text.split())
        assert one.text != other.text


@pytest.mark.parametrize("part", PARTS[1:])
def test_bag_of_words_is_right_exactly_half_of_the_time(task, part):
    answers = sentiment.counted(task, "bag of words", part)
    assert sentiment.right(task.on(part), answers) == 0.5


def verdict(words):
    """The label of an opinion, by its words."""
    return (words[-1] in PRAISE) != ("not" in words)


@pytest.mark.parametrize("praise", [True, False])
def test_opinion_says_what_it_should(praise):
    chance = random.Random(0)
    for _ in range(200):
        words = opinion(praise, chance).split()
        assert words[-1] in (*PRAISE, *BLAME)
        assert verdict(words) == praise


def test_label_is_that_of_the_opinion_that_counts(task):
    for text, label, template in task.sentences:
        if template in ("X, but Y", "although X, Y"):
            assert verdict(text.rpartition(" was ")[2].split()) == label
        if template == "Y although X":
            assert verdict(text.partition(" although ")[0].partition(" was ")[2].split()) == label
    for text, label, _ in task.on("X but y").sentences:
        assert verdict(text.partition(" but ")[2].split()) == label


def test_grammar_is_the_same_for_ever(task):
    assert task.sentences[0].text.endswith("the camera was not so all stupid")


def test_taught_sentences_are_added_to_training_only(task):
    more = Sentiment(taught=40)
    assert more.sentences[: len(task.sentences)] == task.sentences
    assert {s.template for s in more.sentences[len(task.sentences) :]} == {"X but y"}
    assert len(more.sentences) == len(task.sentences) + 40
    assert more.on("X but y").sentences == task.on("X but y").sentences
    assert more.vocabulary == task.vocabulary


@pytest.mark.parametrize(
    "wrong", [{"part": "test"}, {"taught": 3}, {"taught": -2}, {"taught": OF_NEW + 2}]
)
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Sentiment"):
        Sentiment(**wrong)


def test_a_batch_has_sentences_of_one_length(task):
    batch = task.batch(16, torch.Generator().manual_seed(3))
    assert batch.lengths is None
    assert (batch.inputs[0] > UNK).all()


@pytest.mark.parametrize("name", sorted(sentiment.LAYERS))
def test_states_are_those_that_the_answer_is_read_from(task, name):
    torch.manual_seed(0)
    model = sentiment.SentimentClassifier(
        len(task.vocabulary), 4, 6, 2, layer=sentiment.LAYERS[name]
    )
    held_out = task.on("held out")
    found = sentiment.states(model, held_out)
    batch = held_out.whole()
    assert len(found.values) == batch.lengths.sum()
    last = torch.from_numpy(found.values[found.last]).float()
    with torch.no_grad():
        expected = model(*batch.inputs, lengths=batch.lengths)
        torch.testing.assert_close(model.fc(last), expected, atol=1e-5, rtol=1e-5)
    assert (found.label[found.last] == batch.target.numpy()).all()
    assert (found.position[found.last] == batch.lengths.numpy()).all()


def test_all_parts_are_judged_whole(task):
    torch.manual_seed(0)
    model = sentiment.SentimentClassifier(len(task.vocabulary), 4, 6, 2)
    answers = sentiment.read(model, task)
    assert answers.shape == (len(task.sentences),)
    batch = task.whole()
    with torch.no_grad():
        score = task.score(model(*batch.inputs, lengths=batch.lengths), batch)
    assert sentiment.right(task, answers) == pytest.approx(score)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("It isn't GOOD.", "it isn't good ."),
        ("It isn\u2019t good", "it isn't good"),
        ("'well-made' - not!", "' well-made ' - not !"),
        ("bronte\u0308 <pad>", "bront\u00eb < pad >"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
    ],
)
def test_tidy(sentence, said):
    assert tidy(sentence) == said


def test_own_list_is_read(written):
    path = written(rows())
    task = Sentiment(path=path)
    assert task.labels == ("bad", "good")
    test = task.on("held out")
    assert (len(task.sentences), len(test.sentences)) == (64, 16)
    assert np.bincount(test.targets).tolist() == [8, 8]
    assert not {s.text for s in task.sentences} & {s.text for s in test.sentences}
    assert task.on("held out").sentences == Sentiment(path=path, part="held out").sentences


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\t", " \t ").replace("I l", "i L"),
        lambda text: text + text,
    ],
    ids=["BOM", "CRLF", "empty lines", "spaces and capitals", "everything twice"],
)
def test_harmless_differences_change_nothing(written, change):
    plain = [Sentiment(written(rows()), part).sentences for part in PARTS[:2]]
    path = written(change(rows()))
    assert [Sentiment(path, part).sentences for part in PARTS[:2]] == plain


def test_accents_of_both_forms_are_one_word(written):
    text = rows() + "good\tbronte\u0308 fine\ngood\tbront\u00eb fine\n"
    texts = [s.text for part in PARTS[:2] for s in Sentiment(written(text), part).sentences]
    assert texts.count("bront\u00eb fine") == 1


def test_a_sentence_of_both_labels_is_left_out_and_counted(written):
    task = Sentiment(path=written(rows() + "good\tMixed.\nbad\tmixed.\n"))
    assert task.left_out == 1
    assert "mixed ." not in {s.text for part in PARTS[:2] for s in task.on(part).sentences}


def test_words_of_the_held_out_part_are_unknown(written):
    task = Sentiment(path=written(rows()))
    read = {word for s in task.sentences for word in s.text.split()}
    assert set(task.vocabulary.tokens[4:]) <= read


def test_a_list_of_ones_own_has_no_new_templates(written):
    with pytest.raises(ValueError, match="part must be one of"):
        Sentiment(path=written(rows()), part="X but y")
    with pytest.raises(ValueError, match="taught"):
        Sentiment(path=written(rows()), taught=2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "none of them visible"),
        ("schlecht\tGar nicht sch\u00f6n\n".encode("latin-1") * 60, "UTF-8"),
        (rows().encode("utf-16"), "UTF-16"),
        (b"good\tfine\0\n", "control character"),
        (rows().replace("\t", ","), "line 1 .*0 tabs"),
        (rows() + "good\n", "line 81 "),
        (rows() + "good\t\n", "line 81 "),
        (rows() + "\tgood\n", "line 81 "),
        (rows() + "good\tfine\t5\n", "2 tabs"),
        ("label\tsentence\n" + rows(), "two labels .* 3: 'bad', 'good', 'label'"),
        ("good\tfine\n" * 60, "two labels .* 1: 'good'"),
        (rows(12), "from 50 to 100,000 different sentences .* 24"),
        (rows().replace("bad", "good", 35), "at least 10 of each label"),
        (rows() + "good\t" + "so " * 300 + "fine\n", "at most 200 words a sentence, got 301"),
        ("\n".join(f"{'ab'[i % 2]}\tw{i}" for i in range(80)), "occur more than once"),
    ],
)
def test_bad_list_is_refused_with_the_reason(written, content, words):
    with pytest.raises(ValueError, match=words):
        Sentiment(path=written(content))


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="found nothing"):
        Sentiment(path=tmp_path / "no.tsv")
    with pytest.raises(FileNotFoundError, match="a folder"):
        Sentiment(path=tmp_path)


def test_script_takes_a_list_of_the_readers_own(written, first_cells):
    said = first_cells(
        "plot_01_sentiment.py", written(rows()), cells=4, refused="expected a text file"
    )
    assert "64 sentences to train on, 16 held out; in two minds and left out: 0" in said
