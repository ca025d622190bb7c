"""Sentences that agree, and the shortcuts that read them."""

import random

import pytest

from rnnbook.experiments import agreement
from rnnbook.tasks.agreement import PLURAL, SINGULAR, Agreement


def sentences(task, count=200):
    chance = random.Random(0)
    return [(plural, task.sentence(plural, chance)) for plural in (False, True) * (count // 2)]


def test_plural_nouns_stand_beside_their_singulars():
    assert len(SINGULAR) == len(PLURAL)
    assert not set(SINGULAR) & set(PLURAL)


def test_verb_agrees_with_the_noun_before_which():
    for plural, words in sentences(Agreement(least_nouns=1)):
        assert (words[words.index("which") - 1] in PLURAL) == plural


def test_sentence_without_a_clause_ends_with_its_subject():
    for plural, words in sentences(Agreement(nouns=0)):
        assert "which" not in words
        assert (words[-1] in PLURAL) == plural


def test_every_attractor_has_the_other_number():
    for plural, words in sentences(Agreement(least_nouns=3, attractors=1.0)):
        clause = words[words.index("which") :]
        assert {word in PLURAL for word in clause if word in SINGULAR + PLURAL} == {not plural}


def test_distance_is_counted_from_the_subject_to_the_verb():
    for nouns, steps in ((1, 6), (3, 12), (4, 15)):
        _, words = sentences(Agreement(nouns=nouns, least_nouns=nouns))[0]
        assert len(words) - words.index("which") + 1 == steps


def test_rival_in_the_opening_disagrees_with_the_subject():
    for plural, words in sentences(Agreement(opening=1.0, rival=1.0)):
        assert (words[2] in PLURAL) != plural


@pytest.mark.parametrize(
    "knobs", [{"nouns": 1, "least_nouns": 2}, {"least_nouns": -1}, {"attractors": 1.5}]
)
def test_senseless_sentences_are_refused(knobs):
    with pytest.raises(ValueError, match="Agreement: "):
        Agreement(**knobs)


@pytest.mark.parametrize(
    ("rule", "sentence", "plural"),
    [
        (agreement.nearest, "the cats which sat near the dog", False),
        (agreement.count, "the cats which sat near the dog behind the trees", True),
        (agreement.count, "the cats which sat near the dog", False),
        (agreement.window, "the cats which sat near the dog", True),
        (agreement.window, "the cats which sat near the dog behind the tree", False),
        (agreement.window, "near the dogs the cat", False),
    ],
)
def test_shortcut_reads_what_it_sees(rule, sentence, plural):
    assert rule(sentence.split()) is plural
