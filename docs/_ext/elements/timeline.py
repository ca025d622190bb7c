"""A ``timeline`` draws papers by year, and lists each with what it brought and its chapter.

It stands on a page of Markdown. Its content is TOML, a table for each paper, by its key in
``references.bib``, which has the year. The words of a table are ``name``, short enough for the
drawing, ``text``, and, if a chapter is about it, ``topic``.
"""

from __future__ import annotations

import tomllib
from html import escape
from typing import NamedTuple

from book import scripts
from docutils import nodes
from pybtex.database import parse_file
from runtimes import link_to, table

from elements import Element

HEAD = ("Year", "What it brought", "Paper", "Chapter")
WIDTHS = (8, 42, 25, 25)
#: Of the drawing: its width, the place of the line, the height of a year, and the room at the ends.
WIDTH, LINE, STEP, EDGE = 380, 54, 19, 14
#: The most letters beside one dot.
MOST = 48


class Entry(NamedTuple):
    """One paper."""

    year: int
    key: str
    name: str
    text: str
    topic: str


class Timeline(Element):
    """Draw the papers and list them."""

    names = ("timeline",)
    has_content = True

    def page(self) -> list[nodes.Node]:
        """Build the drawing and the table."""
        self.assert_has_content()
        bibliography = self.root / "docs" / "references.bib"
        self.env.note_dependency(str(bibliography))
        years = {
            key: int(entry.fields["year"])
            for key, entry in parse_file(bibliography).entries.items()
        }
        try:
            listed = tomllib.loads("\n".join(self.content))
        except tomllib.TOMLDecodeError as error:
            raise self.error(f"timeline: expected TOML, a table a paper: {error}") from None
        entries = []
        for key, told in listed.items():
            if key not in years or not {"name", "text"} <= set(told) <= {"name", "text", "topic"}:
                raise self.error(
                    "timeline: expected the key of a paper in references.bib with name, text and "
                    f"perhaps topic, got {key}: {', '.join(told)}"
                )
            entries.append(
                Entry(years[key], key, told["name"], told["text"], told.get("topic", ""))
            )
        entries.sort(key=lambda entry: entry.year)
        pages = {page.topic: page for page in scripts(self.root)}
        rows: list[tuple[nodes.Node, ...]] = []
        for entry in entries:
            if entry.topic and entry.topic not in pages:
                raise self.error(f"timeline: no chapter has the topic {entry.topic}")
            page = pages.get(entry.topic)
            link = link_to(page.docname, self.env.docname, page.subject) if page else nodes.Text("")
            paper = self.parse_text_to_nodes(f"{{cite:t}}`{entry.key}`")[0].children
            text = self.parse_text_to_nodes(entry.text)[0].children
            cells = nodes.inline("", "", *text), nodes.inline("", "", *paper)
            rows.append((nodes.Text(str(entry.year)), *cells, link))
        drawn = nodes.raw("", drawing(entries), format="html")
        return [drawn, nodes.container("", table(HEAD, rows, WIDTHS), classes=["timeline"])]


def drawing(entries: list[Entry]) -> str:
    """Return the line of years as an SVG, a dot and the names for each year that has any."""
    names: dict[int, str] = {}
    for entry in entries:
        names[entry.year] = ", ".join(filter(None, (names.get(entry.year), entry.name)))
    long = [f"{year}: {said}" for year, said in names.items() if len(said) > MOST]
    if long:
        raise ValueError(f"timeline: more than {MOST} letters beside a dot: {'; '.join(long)}")
    first, last = min(names), max(names)
    height = STEP * (last - first) + 2 * EDGE
    said = "; ".join(f"{year}: {name}" for year, name in names.items())
    parts = [
        f'<svg class="timeline-drawing" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="A line '
        f"from {first} down to {last}, with a dot at each year that brought something. "
        f'{escape(said)}.">',
        f'<path d="M{LINE} {EDGE}V{height - EDGE}"/>',
    ]
    for year, name in names.items():
        y = EDGE + STEP * (year - first)
        parts.append(
            f'<circle cx="{LINE}" cy="{y}" r="5"/>'
            f'<text x="{LINE - 14}" y="{y + 5}" text-anchor="end">{year}</text>'
            f'<text x="{LINE + 14}" y="{y + 5}">{escape(name)}</text>'
        )
    return "".join([*parts, "</svg>"])
