"""Words become numbers and come back, and nothing unknown slips through."""

from __future__ import annotations

import io
import unicodedata
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import text as module
from rnnbook.text import (
    END,
    PAD,
    SPECIAL,
    START,
    UNK,
    Vocabulary,
    one_hot_encode,
    pad,
    shifted,
)

ids = torch.tensor


def test_the_special_ids_are_the_first_four():
    assert (PAD, START, END, UNK) == (0, 1, 2, 3)
    assert Vocabulary("a").decode([PAD, START, END, UNK]) == ["<pad>", "<start>", "<end>", "<unk>"]


def test_hello_in_ids():
    vocabulary = Vocabulary("hello")
    assert vocabulary.encode("hello").tolist() == [5, 4, 6, 6, 7]
    assert vocabulary.encode("hello").dtype == torch.int64
    assert "h" in vocabulary
    assert "z" not in vocabulary


@settings(max_examples=30, deadline=None)
@given(text=st.text(min_size=1, max_size=30))
def test_what_is_encoded_is_decoded(text):
    vocabulary = Vocabulary(text)
    assert "".join(vocabulary.decode(vocabulary.encode(text))) == text
    assert vocabulary.tokens == Vocabulary(reversed(text)).tokens  # whatever the order


def test_the_mappings_are_inverse_and_read_only():
    vocabulary = Vocabulary("hello")
    assert {v: k for k, v in vocabulary.token_to_id.items()} == vocabulary.id_to_token
    with pytest.raises(TypeError):
        vocabulary.token_to_id["h"] = 0


def test_texts_are_split_into_words_and_rare_words_left_out():
    vocabulary = Vocabulary.from_texts(["the cat sat", "the dog"], minimum_count=2)
    assert vocabulary.tokens[4:] == ("the",)
    assert Vocabulary.from_texts(["ab", "bc"], split=list).tokens[4:] == ("a", "b", "c")


def test_an_unknown_token_is_an_error_unless_an_id_is_named_for_it():
    vocabulary = Vocabulary(["the", "cat"])
    with pytest.raises(ValueError, match="'dog' at position 1 is not in the vocabulary"):
        vocabulary.encode(["the", "dog"])
    assert vocabulary.encode(["the", "dog"], unknown=UNK).tolist() == [5, UNK]
    with pytest.raises(ValueError, match="split words first"):
        vocabulary.encode("the cat")


@settings(max_examples=20, deadline=None)
@given(token=st.text(min_size=1).filter(lambda t: t not in "hello" and t not in SPECIAL))
def test_no_unknown_token_passes_silently(token):
    with pytest.raises(ValueError, match="not in the vocabulary"):
        Vocabulary("hello").encode([token])


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        ("", ValueError, "expected at least one token"),
        ([1, 2], TypeError, "must be a string"),
        (["a", "<pad>"], ValueError, "already have ids"),
        (["a", "<start>", "<unk>"], ValueError, r"\['<start>'\] already have ids"),
        (["<unk>"], ValueError, "expected at least one token"),
        (SPECIAL, ValueError, "expected at least one token"),
    ],
)
def test_a_vocabulary_needs_words(tokens, error, message):
    with pytest.raises(error, match=message):
        Vocabulary(tokens)


@settings(max_examples=30, deadline=None)
@given(text=st.text(min_size=1, max_size=30))
def test_a_vocabulary_comes_back_from_a_checkpoint(text):
    vocabulary, file = Vocabulary(text), io.BytesIO()
    torch.save({"tokens": vocabulary.tokens}, file)
    file.seek(0)
    again = Vocabulary(torch.load(file, weights_only=True)["tokens"])
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert again.tokens == vocabulary.tokens
    assert again.encode(text).tolist() == vocabulary.encode(text).tolist()


def test_vocabularies_of_other_tokens_are_not_equal():
    assert Vocabulary("ab") != Vocabulary("abc")
    assert Vocabulary("ab") == Vocabulary(["b", "a", "<unk>"])
    assert Vocabulary("ab") != Vocabulary("ab").tokens
    assert hash(Vocabulary("ab")) != hash(Vocabulary("abc"))


def test_no_token_is_encoded_as_no_id():
    assert Vocabulary("ab").encode("").tolist() == []
    assert Vocabulary("ab").encode("").dtype == torch.int64


def test_unk_in_the_data_is_read_as_unknown():
    lines = ["the <unk> sat", "the cat <unk>"]  # as in the Penn Treebank and in WikiText
    vocabulary = Vocabulary.from_texts(lines)
    assert vocabulary.tokens[4:] == ("cat", "sat", "the")
    assert vocabulary.encode(lines[0].split()).tolist() == [6, UNK, 5]


@pytest.mark.parametrize("method", ["encode", "encode_batch"])
@pytest.mark.parametrize("unknown", [99, -1, 6, 3.0, True, "<unk>", "3"])
def test_an_id_for_what_is_unknown_is_one_of_the_vocabulary(method, unknown):
    with pytest.raises(ValueError, match=f"{method}: expected unknown to be an id between 0 and 5"):
        getattr(Vocabulary("ab"), method)(["ab"], unknown=unknown)
    ids_of = Vocabulary("ab").encode("az", unknown=np.int64(UNK))
    assert ids_of.tolist() == [4, UNK]


NAMES = {form: unicodedata.normalize(form, "Jos\u00e9") for form in ("NFC", "NFD")}


@pytest.mark.parametrize(("known", "read"), [("NFC", "NFD"), ("NFD", "NFC")])
@pytest.mark.parametrize(
    "cut", [str, list, lambda name: ["and", name]], ids=["text", "list", "words"]
)
def test_two_spellings_of_one_letter_are_told(known, read, cut):
    vocabulary, name = Vocabulary(cut(NAMES[known])), cut(NAMES[read])
    with pytest.raises(ValueError, match=rf"use unicodedata.normalize\('{known}', text\)"):
        vocabulary.encode(name)
    with pytest.warns(UserWarning, match=f"encode: some tokens .* in the form {known}") as caught:
        assert UNK in vocabulary.encode(name, unknown=UNK).tolist()
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=f"encode_batch: some tokens .* {known}") as caught:
        vocabulary.encode_batch([cut(NAMES[known]), name], unknown=UNK)
    assert caught[0].filename == __file__


def test_letters_that_no_form_knows_are_read_as_unknown_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vocabulary = Vocabulary(NAMES["NFC"])
        assert vocabulary.encode("Joz\u00e8", unknown=UNK).tolist()[2:] == [UNK, UNK]
        assert vocabulary.encode(NAMES["NFC"], unknown=UNK).tolist() == [4, 5, 6, 7]
    with pytest.raises(ValueError, match="split words first"):
        vocabulary.encode("Joz")


def test_one_string_is_not_several_texts():
    with pytest.raises(TypeError, match="wrap it in a list"):
        Vocabulary.from_texts("the cat")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ([9], ValueError, "between 0 and 7, got 9"),
        ([-1], ValueError, "between 0 and 7, got -1"),
        (ids([8]), ValueError, "between 0 and 7"),
        (ids([[4]]), ValueError, "shape"),
        (ids([4.0]), TypeError, "integer ids"),
    ],
)
def test_ids_of_another_vocabulary_are_not_decoded(wrong, error, message):
    with pytest.raises(error, match=message):
        Vocabulary("hello").decode(wrong)


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, torch.tensor])
def test_any_whole_number_is_an_id(kind):
    assert one_hot_encode(kind(2), 4).tolist() == [0.0, 0.0, 1.0, 0.0]


def test_one_hot_of_a_number_and_of_a_batch():
    assert one_hot_encode(1, 3).tolist() == [0.0, 1.0, 0.0]
    xs = one_hot_encode(ids([[0, 2], [1, 1]]), 3)
    assert xs.dtype == torch.float32
    assert torch.equal(xs.argmax(-1), ids([[0, 2], [1, 1]]))
    assert torch.equal(xs.sum(-1), torch.ones(2, 2))


@pytest.mark.parametrize(
    ("idx", "vocab_size", "error", "message"),
    [
        (3, 3, ValueError, "between 0 and 2, got 3"),
        (-1, 3, ValueError, "got -1"),
        (1.0, 3, TypeError, "integer ids"),
        (True, 3, TypeError, "integer ids"),
        ("a", 3, TypeError, "an id or a tensor of ids, got str"),
        (ids([0.0]), 3, TypeError, "integer ids"),
        (0, 0, ValueError, "vocab_size must be at least 1"),
    ],
)
def test_no_wrong_id_is_one_hot_encoded(idx, vocab_size, error, message):
    with pytest.raises(error, match=message):
        one_hot_encode(idx, vocab_size)


@settings(max_examples=20, deadline=None)
@given(sequences=st.lists(st.lists(st.integers(4, 9), min_size=1, max_size=6), min_size=1))
def test_padding_keeps_every_sequence_and_its_length(sequences):
    padded, lengths = pad([ids(sequence) for sequence in sequences])
    assert padded.shape == (len(sequences), max(map(len, sequences)))
    assert (padded.dtype, lengths.dtype) == (torch.int64, torch.int64)
    assert lengths.tolist() == [len(sequence) for sequence in sequences]
    for row, sequence in zip(padded.tolist(), sequences, strict=True):
        assert row == sequence + [PAD] * (len(row) - len(sequence))


@pytest.mark.parametrize(
    ("sequences", "error", "message"),
    [
        ([], ValueError, "at least one sequence"),
        ([ids([4]), ids([], dtype=torch.int64)], ValueError, r"sequences\[1\] is empty"),
        ([ids([[4]])], ValueError, r"sequences\[0\] of shape \(time,\)"),
        ([ids([4.0])], TypeError, "integer ids"),
        ([[4, 5]], TypeError, "must be a tensor, got list"),
        ([ids([4]), ids([-1, 4])], ValueError, "ids in sequences between 0 and"),
    ],
)
def test_what_cannot_be_padded_is_refused(sequences, error, message):
    with pytest.raises(error, match=message):
        pad(sequences)


def test_lengths_stay_on_the_cpu():
    padded, lengths = pad([torch.zeros(3, dtype=torch.int64, device="meta")])
    assert (padded.device.type, lengths.device.type) == ("meta", "cpu")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=9))
def test_a_batch_is_encoded_as_its_sequences_are(words):
    vocabulary = Vocabulary("abc")
    for one, other in zip(
        vocabulary.encode_batch(words), pad([vocabulary.encode(w) for w in words]), strict=True
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], ValueError, r"one sequence or more.*\[\]"),
        (["ab", ""], ValueError, r"one token or more, got the lengths \[2, 0\]"),
        (["ab", "ad"], ValueError, "encode_batch: 'd' at position 1"),
        ("ab", TypeError, "wrap it in a list"),
    ],
)
def test_what_cannot_be_encoded_as_a_batch_is_refused(words, error, message):
    with pytest.raises(error, match=message):
        Vocabulary("abc").encode_batch(words)


def test_unknown_tokens_of_a_batch_get_the_id_for_them():
    ids_of, _ = Vocabulary("abc").encode_batch(["ad"], unknown=UNK)
    assert ids_of.tolist() == [[4, UNK]]


# ------------------------------------------------------------------ what a writer is taught with


def test_what_is_taught_is_read_one_step_late():
    target = ids([[7, 8, 9, END], [7, END, PAD, PAD], [8, 9, 7, 6]])
    late = shifted(target)
    assert late.tolist() == [[START, 7, 8, 9], [START, 7, END, PAD], [START, 8, 9, 7]]
    assert late.dtype == torch.int64
    assert torch.equal(late[:, 1:], target[:, :-1])
    assert shifted(ids([[END]])).tolist() == [[START]]


def test_ids_without_numbers_have_the_shape_they_will_have():
    target = torch.zeros(2, 5, dtype=torch.int64, device="meta")
    assert (shifted(target).shape, shifted(target).device.type) == ((2, 5), "meta")


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (ids([7, END]), ValueError, r"expected target of shape \(batch, time\), got \(2,\)"),
        (torch.zeros(2, 0, dtype=torch.int64), ValueError, r"target is empty, shape \(2, 0\)"),
        (ids([[7.0, 2.0]]), TypeError, "expected target of integer ids"),
        (ids([[7, -1]]), ValueError, "expected ids in target between 0 and .* got -1"),
        ([[7, END]], TypeError, "target must be a tensor, got list"),
        (ids([[START, 7, END]]), ValueError, "without START"),
        (ids([[7, END], [7, START]]), ValueError, "without START"),
    ],
)
def test_what_cannot_be_taught_is_refused(target, error, message):
    with pytest.raises(error, match=f"^shifted: .*{message}"):
        shifted(target)


# ------------------------------------------------------------------ small print


def test_padding_is_what_pad_says(monkeypatch):
    monkeypatch.setattr(module, "PAD", 3)
    padded, _ = pad([ids([5, 6]), ids([7])])
    assert padded.tolist() == [[5, 6], [7, 3]]
    padded, _ = Vocabulary("ab").encode_batch(["ab", "a"])
    assert padded.tolist() == [[4, 5], [4, 3]]


def test_ids_are_made_on_the_default_device_and_lengths_on_the_cpu(elsewhere):
    vocabulary, cpu = Vocabulary("abc"), torch.device("cpu")
    batch, lengths = vocabulary.encode_batch(["ab", "c"])
    assert batch.device.type == vocabulary.encode("ab").device.type == "meta"
    assert lengths.tolist() == [2, 1]
    padded, lengths = pad([ids([5, 6], device=cpu), ids([7], device=cpu)])
    assert padded.tolist() == [[5, 6], [7, PAD]]
    assert lengths.tolist() == [2, 1]
    assert one_hot_encode(ids(1, device=cpu), 3).tolist() == [0.0, 1.0, 0.0]
    assert shifted(ids([[5, END]], device=cpu)).tolist() == [[START, 5]]


def test_vectors_have_the_default_type(in_64_bits):
    assert one_hot_encode(1, 3).dtype == torch.float64


def test_ids_of_32_bits_are_ids_and_become_those_of_64():
    short = ids([5, 6], dtype=torch.int32)
    assert pad([short, ids([7])])[0].dtype == torch.int64
    assert one_hot_encode(short, 7).argmax(-1).tolist() == [5, 6]
    assert Vocabulary("hello").decode(short) == ["h", "l"]


def test_a_vocabulary_decodes_its_last_id_and_not_the_next():
    vocabulary = Vocabulary("hello")
    assert vocabulary.decode([7]) == vocabulary.decode(ids([7])) == ["o"]
    for beyond in ([8], ids([8]), ids([-1])):
        with pytest.raises(ValueError, match=r"^Vocabulary.decode: expected ids .*between 0 and 7"):
            vocabulary.decode(beyond)
    with pytest.raises(ValueError, match=r"^Vocabulary.decode: expected ids of shape \(time,\)"):
        vocabulary.decode(ids([[4]]))
    with pytest.raises(TypeError, match=r"^Vocabulary.decode: expected ids of integer ids"):
        vocabulary.decode(ids([4.0]))


def test_a_token_that_occurs_just_often_enough_is_known():
    texts = ["a b b c c c"]
    known = [Vocabulary.from_texts(texts, minimum_count=n).tokens[4:] for n in (1, 2, 3)]
    assert known == [("a", "b", "c"), ("b", "c"), ("c",)]
    assert Vocabulary.from_texts(texts) == Vocabulary.from_texts(texts, minimum_count=1)
    with pytest.raises(ValueError, match="from_texts: minimum_count must be at least 1"):
        Vocabulary.from_texts(texts, minimum_count=0)


def test_every_id_of_a_vocabulary_may_stand_for_what_is_unknown():
    vocabulary = Vocabulary("ab")
    assert [vocabulary.encode("z", unknown=i).item() for i in range(6)] == [*range(6)]
    with pytest.raises(ValueError, match="'z' at position 2 is not in the vocabulary of 6 tokens"):
        vocabulary.encode("abz")


@pytest.mark.parametrize("wrong", [ids([[4]]), ids([]), [4]])
def test_a_sequence_that_cannot_be_padded_is_told_by_its_place(wrong):
    with pytest.raises((TypeError, ValueError), match=r"^pad: .*sequences\[1\] "):
        pad([ids([4]), wrong])
    with pytest.raises(TypeError, match=r"^pad: .*sequences\[0\] of integer ids"):
        pad([ids([4.0])])


def test_a_wrong_id_is_told_by_the_name_of_the_argument():
    for call in (lambda: one_hot_encode(3, 3), lambda: one_hot_encode(ids([[0, 3]]), 3)):
        with pytest.raises(
            ValueError, match=r"^one_hot_encode: expected ids in idx between 0 and 2"
        ):
            call()
