"""Translation: what is held out, the counted tables, what BLEU counts, and a reader's own pairs."""

import sys
import unicodedata

import numpy as np
import pytest
import torch

from rnnbook.experiments import translation
from rnnbook.tasks import translation as tasks
from rnnbook.tasks.translation import (
    ADJECTIVES,
    NOUNS,
    Pair,
    Phrase,
    Translation,
    divided,
    fresh,
    is_kept,
    joined,
    read_pairs,
    sentences,
    words,
)
from rnnbook.text import END, PAD, UNK

TRAINING, HELD = sentences(False), sentences(True)


def test_no_pair_of_noun_and_adjective_is_in_both_parts():
    seen = set().union(*(s.combinations for s in TRAINING))
    kept = {(i, j) for i in range(len(NOUNS)) for j in range(len(ADJECTIVES)) if is_kept(i, j)}
    assert not seen & kept
    assert all(s.combinations & kept for s in HELD)
    assert seen | kept == {(i, j) for i in range(len(NOUNS)) for j in range(len(ADJECTIVES))}


def test_no_sentence_is_in_both_parts():
    english = {pair.english for pair in Translation().pairs}
    assert not english & {pair.english for pair in Translation(held_out=True).pairs}
    assert not english & {pair.english for pair in fresh()}


def test_training_has_every_form_of_every_word():
    """What is new in a held-out sentence is the combination, and no word."""
    task = Translation()
    for pair in (*task.rest.pairs, *fresh()):
        assert set(pair.english) <= set(task.source.tokens)
        assert set(pair.french) <= set(task.target.tokens)
    forms = {form for row in ADJECTIVES for form in row[1:]}
    assert forms <= set(task.target.tokens)


def test_adjectives_that_are_kept_have_nouns_of_both_genders_in_training():
    half = len(NOUNS) // 2
    for j in range(len(ADJECTIVES)):
        seen = {i >= half for i in range(len(NOUNS)) if not is_kept(i, j)}
        assert seen == {False, True}


@pytest.mark.parametrize(
    ("phrase", "english", "french"),
    [
        (Phrase(0, 0, False, 2), "the old cat", "le vieux chat"),
        (Phrase(6, 1, True, 3), "these green cars", "ces voitures vertes"),
        (Phrase(2, 2, True), "my horses", "mes chevaux"),
        (Phrase(11, 2, False, 7), "my heavy key", "ma clé lourde"),
    ],
)
def test_grammar_by_hand(phrase, english, french):
    assert words(phrase.english) == english.split()
    assert words(phrase.french) == french.split()


def test_subject_decides_the_verb_and_the_adjective():
    subject, other = Phrase(6, 0, True), Phrase(0, 0, False)
    pair = tasks.Sentence(subject, 2, 5, (3, other)).pair
    assert joined(pair.english) == "the cars in front of the cat will be white"
    assert joined(pair.french) == "les voitures devant le chat seront blanches"


def test_sentences_are_the_same_on_every_machine():
    assert joined(HELD[0].pair.english) == "these keys in front of my flowers were big"
    assert len(TRAINING) == tasks.TRAINING
    assert len(HELD) == len(fresh()) == tasks.HELD_OUT


@pytest.mark.parametrize("held_out", [False, True])
def test_batches_draw_from_their_part_alone(held_out):
    task = Translation(held_out=held_out)
    batch = task.batch(200, torch.Generator().manual_seed(0))
    drawn = set()
    for src, tgt in zip(*batch.inputs, strict=True):
        assert (tgt == END).sum() == 1
        ids = tgt[(tgt != PAD) & (tgt != END)]
        drawn.add(Pair(tuple(task.source.decode(src[src != PAD])), tuple(task.target.decode(ids))))
    assert drawn <= set(task.pairs)


def test_vocabulary_is_that_of_training(own):
    task = Translation(own)
    assert task.rest.source == task.source
    read = {word for pair in task.pairs for word in pair.english}
    assert {*task.source.tokens[4:]} == read
    held = {word for pair in task.rest.pairs for word in pair.english}
    assert held - read, "a number that only a held-out sentence has"


def test_word_never_seen_is_unknown_and_no_answer_to_it_is_right():
    task = Translation()
    batch = task.of((Pair(("the", "bird", "is", "old"), ("la", "pie", "est", "vieille")),))
    assert batch.inputs[0][0, 1] == UNK
    assert batch.target[0, 1] == UNK
    right = 30.0 * torch.nn.functional.one_hot(batch.target, len(task.target)).float()
    assert task.score(right, batch) == 0


def test_model_one_is_that_of_nltk():
    nltk = pytest.importorskip("nltk.translate")
    # of a French word that occurs twice in a sentence, nltk counts each for half
    pairs = [p for p in Translation().pairs[:90] if len(set(p.french)) == len(p.french)]
    theirs = nltk.IBMModel1(
        [nltk.AlignedSent(list(p.french), list(p.english)) for p in pairs], 5
    ).translation_table
    ours = translation.model_one(pairs, rounds=5)
    for english, chances in ours.items():
        for french, chance in chances.items():
            assert chance == pytest.approx(theirs[french][english or None], abs=1e-6)


def test_chances_of_a_word_sum_to_one():
    for chances in translation.model_one(Translation().pairs[:200]).values():
        assert sum(chances.values()) == pytest.approx(1)


def test_phrases_are_those_of_nltk():
    from nltk.translate.phrase_based import phrase_extraction

    pair = Pair(tuple("abcde"), tuple("vwxyz"))
    linked = {(0, 0), (1, 2), (2, 1), (3, 3), (3, 4), (4, 4)}
    theirs = phrase_extraction("a b c d e", "v w x y z", sorted(linked))
    said = {(tuple(e.split()), tuple(f.split())) for *_, e, f in theirs}
    most = {each for each in said if len(each[0]) <= translation.PHRASE}
    assert set(translation.phrases(pair, linked)) == most


def test_table_prefers_few_phrases():
    pairs = [
        Pair(("black", "cats"), ("chats", "noirs")),
        Pair(("black",), ("noir",)),
        Pair(("cats",), ("chats",)),
    ]
    table = translation.learned_table(pairs)
    assert table.word_by_word(("black", "cats", "purr")) == ("noir", "chats", "purr")
    assert table.by_phrases(("black", "cats", "purr")) == ("chats", "noirs", "purr")


def test_bleu_by_hand():
    """Four of five words, three of four pairs, two of three triples, one of two fours."""
    pair = Pair(("x",), ("a", "b", "c", "d", "e"))
    expected = 100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** (1 / 4)
    assert translation.bleu([("a", "b", "c", "d", "z")], [pair]) == pytest.approx(expected)


def test_short_translation_pays_for_its_length():
    pair = Pair(("x",), ("a", "b", "c", "d", "e"))
    expected = 100 * np.exp(1 - 5 / 4)
    assert translation.bleu([("a", "b", "c", "d")], [pair]) == pytest.approx(expected)


def test_spoiled_sentences_differ_in_their_last_word_alone():
    pairs = Translation(held_out=True).pairs
    for kind in ("ending", "word"):
        for pair, said in zip(pairs, translation.spoiled(1, kind), strict=True):
            assert said[:-1] == pair.french[:-1]
            assert said[-1] != pair.french[-1]
        assert translation.spoiled(0, kind) == [pair.french for pair in pairs]


def test_wrong_ending_is_seen_as_one_and_another_word_is_not():
    pairs = Translation(held_out=True).pairs
    assert translation.endings(translation.spoiled(1, "ending"), pairs) == 1
    assert translation.endings(translation.spoiled(1, "word"), pairs) == 0
    assert np.isnan(translation.endings(translation.spoiled(0, "word"), pairs))


@pytest.mark.parametrize(("share", "kind"), [(2, "word"), (0.5, "letter")])
def test_wrong_spoiling_is_refused(share, kind):
    with pytest.raises(ValueError, match="spoiled: expected"):
        translation.spoiled(share, kind)


def test_teacher_forcing_scores_what_is_written():
    task = translation.HELD_OUT
    model = translation.trained(seed=0, updates=2)
    wrote = translation.translated(model, task, task.pairs[:20])
    batch = task.of(task.pairs[:20])
    with torch.no_grad():
        score = task.score(model(*batch.inputs, lengths=batch.lengths), batch)
    assert translation.right(wrote, task.pairs[:20]) == pytest.approx(score)


def test_missing_sacrebleu_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        translation.bleu([("a",)], [Pair(("a",), ("a",))])


LINES = [f"sentence {i} is number {i % 7}\tla phrase {i} est le numéro {i % 7}" for i in range(300)]


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_own_pairs_are_split_by_sentence(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("\n".join([*LINES, *(f"{line} !" for line in LINES)]), encoding="utf-8")
    training, held = Translation(path).pairs, Translation(path, held_out=True).pairs
    assert len(held) == 60, "a sentence is held out with all its translations"
    for side in (0, 1):
        assert not {pair[side] for pair in training} & {pair[side] for pair in held}


def test_one_translation_of_many_sentences_is_not_held_out():
    pairs = tuple(Pair((f"{i}",), ("oui",) if i % 2 else (f"{i}",)) for i in range(400))
    training, held = divided(pairs)
    assert ("oui",) in {pair.french for pair in training}
    assert ("oui",) not in {pair.french for pair in held}


def test_own_file_is_read_whatever_its_line_ends_and_accents(tmp_path):
    path = tmp_path / "pairs.txt"
    accents = unicodedata.normalize("NFD", "Elle a été là.")
    path.write_bytes(b"\xef\xbb\xbf" + f"She's been there.\t{accents}\tCC-BY\r\n\r\n".encode())
    pair = Pair(("she'", "s", "been", "there", "."), ("elle", "a", "été", "là", "."))
    assert read_pairs(path) == (pair,)


def test_typographic_apostrophe_is_an_apostrophe():
    assert words("L\N{RIGHT SINGLE QUOTATION MARK}arbre") == ["l'", "arbre"]


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (None, FileNotFoundError, "found nothing"),
        (b"", ValueError, "none of them visible"),
        (b"\n \n", ValueError, "none of them visible"),
        ("She is here.\tElle est là.\n".encode("latin-1") * 200, ValueError, "UTF-8"),
        ("She is here.\tElle est là.\n".encode("utf-16"), ValueError, "UTF-16"),
        (b"Go.\tVa !\nGo,Va\n", ValueError, "line 2 .*'Go,Va' without a tab"),
        (b"Go.\tVa !\nRun.\t\n", ValueError, "line 2 .* nothing after the tab"),
        (b"\tVa !\n", ValueError, "line 1 .* nothing before the tab"),
        (b"Go.\tVa !\n" * 5, ValueError, "100 pairs of at most 15 words"),
        (b"a long sentence " * 9 + b"\tune phrase\n", ValueError, "long sentences"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, content, error, said):
    path = tmp_path / "pairs.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=said):
        Translation(path)


def test_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="a folder"):
        Translation(tmp_path)


def test_all_three_are_compared_on_own_pairs(own):
    found = translation.compared(Translation(own), seed=0, updates=2)
    assert tuple(found) == translation.NAMES
    assert all(0 <= share <= 1 and 0 <= bleu <= 100.001 for share, bleu in found.values())


def test_script_takes_pairs_of_the_readers_own(own, first_cells):
    first_cells("plot_05_translation.py", own, refused="expected a text file")
