"""The timeline draws a dot for each year, at its place."""

import xml.etree.ElementTree as ET

import pytest
from elements.timeline import MOST, Entry, drawing


def entry(year, name):
    return Entry(year, f"key{year}", name, "", "")


def test_papers_of_one_year_share_a_dot():
    svg = ET.fromstring(drawing([entry(1990, "a state"), entry(1997, "a gate"), entry(1997, "b")]))
    assert len(svg.findall("circle")) == 2
    assert [text.text for text in svg.findall("text")] == ["1990", "a state", "1997", "a gate, b"]
    assert "1990: a state; 1997: a gate, b" in svg.get("aria-label")


def test_years_are_as_far_apart_as_they_were():
    svg = ET.fromstring(drawing([entry(1990, "a"), entry(1992, "b"), entry(2000, "c")]))
    first, second, third = (float(dot.get("cy")) for dot in svg.findall("circle"))
    assert third - second == 4 * (second - first)


def test_a_line_that_would_leave_the_drawing_is_refused():
    with pytest.raises(ValueError, match="1990"):
        drawing([entry(1990, "x" * (MOST + 1)), entry(1991, "b")])
