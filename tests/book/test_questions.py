"""What holds for every interview question: its parts, its length, its wrong answer, its words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import claims
import pytest
import reading
from book import QUESTION, claims_file, scripts
from questions import anki, questions, words_of

ROOT = Path(__file__).parents[2]
QUESTIONS = questions(ROOT)
TERM = re.compile(r":term:`(?:[^`<]*<)?([^`<>]+)>?`")

each = pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.slug)


@each
def test_parts_stand_once_and_in_order(one):
    found = [name for name in one.said if name in QUESTION.parts]
    assert tuple(found) == QUESTION.parts
    repeated = {name: len(said) for name, said in one.said.items() if name in QUESTION.parts}
    assert 1 <= repeated.pop("follow-up") <= 3
    assert set(repeated.values()) == {1}
    assert 3 <= len(one.checklist) <= 5


@each
def test_first_follow_up_is_open_and_further_ones_are_hidden(one):
    hidden = [any(":further:" in line for line in inside) for _, inside in one.said["follow-up"]]
    assert hidden == [False, *[True] * (len(hidden) - 1)]


@each
def test_it_can_be_said_and_read_in_time(one):
    assert reading.sentences(one.answer) == 2, "two sentences"
    assert len(claims.normal(one.answer).split()) <= 45
    assert words_of(one.answer) <= 55, "with its formulas as they are spoken"
    assert one.spoken <= 120, "question, answer and wrong answer"
    assert one.page.words <= QUESTION.words


@each
def test_measured_sentence_is_short(one):
    head, rest = claims.headline(one.claim)
    assert head, "a headline of at most 60 characters"
    assert len(head.split()) <= 8
    assert len(rest.split()) <= 30


@each
def test_claim_refutes_the_wrong_answer(one):
    """The page says, word for word, what the wrong answer predicts; the claim fails on it."""
    path = ROOT / claims_file(one.page.topic)
    predicted = claims.loaded(path).predicted
    said = claims.normal(" ".join(one.said["wrong-answer"][0][1]))
    assert claims.normal(predicted.__doc__) in re.sub(r"[`*]", "", said)


@each
def test_answer_for_cards_needs_nothing_from_the_site(one):
    for text in (one.answer, *one.checklist):
        assert set(re.findall(r":([\w:]+):`", text)) <= {"math", "term"}


@pytest.mark.parametrize("one", [q for q in QUESTIONS if q.level == "1"], ids=lambda one: one.slug)
def test_level_one_needs_no_term_that_comes_after_part_one(one):
    """A term is explained where a chapter first links to it."""
    first = {}
    for page in scripts(ROOT):
        if page.kind is not QUESTION:
            for term in TERM.findall(page.text):
                first.setdefault(claims.normal(term), page.part)
    later = [term for term, part in first.items() if not part.startswith("1_")]
    words = re.sub(r"\W+", " ", text_of(one)).lower()
    used = [term for term in later if re.search(rf"\b{re.escape(term.lower())}s?\b", words)]
    assert not used, f"first explained after Part 1: {used}"


def text_of(one):
    """What a page says to its reader, without the names of chapters."""
    script = reading.Script(one.page)
    return " ".join(reading.prose(block.content) for block in script.blocks if block.kind == "text")


class Fields(HTMLParser):
    """Reads HTML and keeps the tags that are open."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_file_for_anki_is_one_that_anki_reads():
    lines = anki(QUESTIONS).split("\n")
    assert lines[:4] == ["#separator:tab", "#html:true", "#guid column:1", "#tags column:4"]
    assert lines[-1] == ""
    cards = [line.split("\t") for line in lines[4:-1]]
    assert {len(card) for card in cards} <= {4}
    assert len({card[0] for card in cards}) == len(QUESTIONS) == len(cards)
    for card in cards:
        for field in card[1:3]:
            html = Fields()
            html.feed(field)
            assert not html.open
            assert ":math:" not in field
            assert "``" not in field


def test_formulas_are_written_as_anki_reads_them():
    from questions import in_html

    assert in_html(r"Is :math:`a < b`?") == r"<p>Is \(a &lt; b\)?</p>"
    assert in_html("``h_n`` is *last*.") == "<p><code>h_n</code> is <em>last</em>.</p>"
