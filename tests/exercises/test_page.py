"""The page of exercises: it lists all of them, and its hints are the package's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnnbook import exercises

PAGE = (Path(__file__).parents[2] / "docs" / "exercises.md").read_text(encoding="utf-8")
SECTIONS = {
    name: section
    for section in re.split(r"(?m)^## ", PAGE)
    for name in re.findall(r"`python -m rnnbook\.exercises (\w+) > mine\.py`", section)
}


def test_every_exercise_has_a_row_and_those_with_a_star_a_section():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d \|", line)]
    linked = [re.search(r"`(\w+) <rnnbook\.exercises\.(\w+)\.", row).groups() for row in rows]
    assert all(name == module for name, module in linked)
    assert {name for name, _ in linked} == {e.LADDER.name for e in exercises.EXERCISES}
    starred = {name for (name, _), row in zip(linked, rows, strict=True) if "\u2605" in row}
    assert starred == {*SECTIONS}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_hints_are_those_of_the_package(name):
    hidden = re.findall(r"(?ms)^:::\{dropdown\} \w+ hint\n(.*?)\n:::", SECTIONS[name])
    hints = [" ".join(hint.replace("`", "").split()) for hint in hidden]
    assert hints == [*getattr(exercises, name).HINTS]
