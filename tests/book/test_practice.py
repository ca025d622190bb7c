"""After each chapter there is something to do: a graded exercise, or two tasks with an answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from book import QUESTION, scripts
from practice import SECTION, tasks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [path.read_text(encoding="utf-8") for path in (DOCS / "practice").glob("*.md")]
#: What stands between one label of a page and the next, by the label.
SECTIONS = {
    label: text
    for page in PAGES
    for label, text in re.findall(r"(?ms)^\((practice-[\w-]+)\)=\n(.*?)(?=^\(practice-|\Z)", page)
}
CHAPTERS = [page.docname for page in scripts(ROOT) if page.kind is not QUESTION]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_something_to_do(chapter: str) -> None:
    assert tasks(DOCS, chapter)


def test_every_section_is_found_and_belongs_to_a_chapter() -> None:
    found = [section for page in PAGES for section in SECTION.finditer(page)]
    headings = sum(len(re.findall(r"(?m)^## ", page)) for page in PAGES)
    assert len(found) == len(SECTIONS) == headings
    assert {section["chapter"] for section in found} <= {*CHAPTERS}


@pytest.mark.parametrize("label", SECTIONS)
def test_a_section_asks_twice_and_the_build_answers(label: str) -> None:
    """What is to be predicted is run, with its output or the whole cell folded."""
    _, predict, change = re.split(r"(?m)^\*\*(?:Predict|Change a line)\.\*\* ", SECTIONS[label])
    for task in (predict, change):
        assert len(re.findall(r"(?m)^:tags: \[hide-(?:output|cell)\]$", task)) == 1
        assert len(re.findall(r"(?m)^:::\{dropdown\} Why\?$", task)) == 1
