"""Chapters as cards: on the home page, on the page of each part, and on the pages of the API.

A card is a chapter's own figure, its title and the first sentence of its text. All of it is read
from the chapter, so a card cannot promise what the chapter does not hold.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from api_pages import origin
from book import GALLERY, QUESTION, Page, part_of, plain, scripts
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.template import ReSTRenderer
from sphinx_gallery.py_source_parser import extract_file_config
from themed_figures import ThemedFigureNode

TEMPLATES = Path(__file__).parents[1] / "_templates"
FIGURE = re.compile(
    r"^\.\. themed-figure:: (?P<light>\S+)\n"
    r"(?: +:dark: (?P<dark>\S+)\n)"
    r"(?: +:alt: (?P<alt>.*)\n)"
    r"(?: +:width: (?P<width>\d+)\n)"
    r"(?: +:height: (?P<height>\d+)\n)",
    re.MULTILINE,
)


def figure_of(page: Page, built: str) -> dict[str, str]:
    """Return the figure that stands for a page, from the reST that was made of it."""
    figures = [found.groupdict() for found in FIGURE.finditer(built)]
    chosen = extract_file_config(page.text).get("thumbnail_number", 1)
    place = chosen - 1 if chosen > 0 else chosen
    return figures[place] if -len(figures) <= place < len(figures) else {}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def built_pages(srcdir: Path) -> list[Page]:
    """Return the gallery's pages that the build has, in the order of the book.

    A script that was added while the book is being built has none yet.
    """
    return [p for p in scripts(srcdir.parent) if (srcdir / f"{p.docname}.rst").is_file()]


class CardList(nodes.General, nodes.Element):
    """A list of chapters; its class says how much each card shows."""


class Card(nodes.General, nodes.Element):
    """What is shown of one page: its number, title and summary, and its figure, if it has one."""


class ChapterCards(SphinxDirective):
    """Show chapters as cards: ``.. chapter-cards:: 1_foundations`` or a list of topic words."""

    has_content = True
    optional_arguments = 50
    option_spec: ClassVar[dict[str, Any]] = {"compact": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Find the chapters and remember their files."""
        known = built_pages(Path(self.env.srcdir))
        words = [*self.arguments, *" ".join(self.content).split()]
        chosen: list[Page] = []
        for word in words or [""]:
            hits = [page for page in known if word in ("", page.topic, page.part)]
            if not hits:
                raise self.error(f"chapter-cards: no chapter or part is called {word!r}")
            chosen += hits
        return [make_cards(self, chosen, "compact" if "compact" in self.options else "")]


def make_cards(directive: SphinxDirective, chosen: list[Page], form: str = "") -> CardList:
    """Build the cards and let Sphinx watch the files they were read from.

    A ``compact`` card has no figure, and a ``mini`` card no summary either: pages of the reference
    list many chapters.
    """
    env = directive.env
    cards = CardList(form=form)
    for page in chosen:
        built = Path(env.srcdir) / f"{page.docname}.rst"
        card = Card(docname=page.docname, number=page.number, title=plain(page.title))
        card["summary"] = "" if form == "mini" else page.summary
        env.note_dependency(str(page.path))
        env.note_dependency(str(built))
        figure = figure_of(page, _text(built))
        if figure and not form:
            card += ThemedFigureNode.of(**figure, lazy=True)
        cards += card
    directive.set_source_info(cards)
    return cards


class ChaptersUsing(SphinxDirective):
    """List the chapters whose code uses an object of the package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the list that the gallery wrote, under either name of the object."""
        folder = Path(self.env.srcdir) / self.config.sphinx_gallery_conf["backreferences_dir"]
        names = names_of(self.arguments[0])
        docs: list[str] = []
        for alias in names:
            listing = folder / f"{alias}.examples"
            if listing.is_file():
                self.env.note_dependency(str(listing))
                docs += re.findall(r":doc:`/?([^`\s]+)`", _text(listing))
        known = [
            page
            for page in built_pages(Path(self.env.srcdir))
            if page.docname in docs or shows(page, names)
        ]
        if not known:
            return []
        rubric = nodes.rubric("", "Chapters that use it")
        return [rubric, make_cards(self, known, "mini")]


def names_of(name: str) -> list[str]:
    """Return the dotted names under which a chapter may have imported an object."""
    words = name.split(".")
    shorter = [".".join([*words[:cut], words[-1]]) for cut in range(len(words) - 2, 0, -1)]
    return [name, *(alias for alias in shorter if origin(alias) == name)]


def shows(page: Page, names: list[str]) -> bool:
    """Tell whether a page shows the source of an object, under any of its ``names``."""
    shown = re.findall(r"^# *\.\. source:: *(\S+)", page.text, re.MULTILINE)
    return any(name == word or word.startswith(f"{name}.") for name in names for word in shown)


def visit_list(self: Any, node: CardList) -> None:
    """Open the list."""
    self.body.append(f'<ul class="{" ".join(["chapter-cards", node["form"]]).strip()}">\n')


def depart_list(self: Any, node: CardList) -> None:
    """Close the list."""
    self.body.append("</ul>\n")


def visit_card(self: Any, node: Card) -> None:
    """Open a card, with the frame of its figure."""
    self.body.append('<li class="chapter-card">')
    if len(node):
        self.body.append('<div class="card-figure">')


def depart_card(self: Any, node: Card) -> None:
    """Write the words of a card; the whole of it can be clicked, the title is the link."""
    uri = self.builder.get_relative_uri(self.builder.current_docname, node["docname"])
    summary = f'<p class="card-summary">{escape(node["summary"])}</p>' if node["summary"] else ""
    self.body.append(
        f'{"</div>" if len(node) else ""}<div class="card-text">'
        f'<p class="card-number">{escape(node["number"])}</p>'
        f'<p class="card-title"><a href="{escape(uri)}">{escape(node["title"])}</a></p>'
        f"{summary}</div></li>\n"
    )


def redesign(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the gallery's own listing on its index pages by our cards."""
    if not re.fullmatch(r"chapters/(?:[^/]+/)?index", docname):
        return
    gallery, part = Path(app.srcdir).parent / GALLERY, docname.split("/")[1:-1]
    pages = built_pages(Path(app.srcdir))
    app.env.note_dependency(str(TEMPLATES / "chapters.rst"))
    source[0] = ReSTRenderer(TEMPLATES).render(
        "chapters.rst",
        {
            "label": "_".join(["sphx_glr_chapters", *part]),
            "header": _text(gallery.joinpath(*part, "GALLERY_HEADER.rst")),
            "part": "".join(part),
            "pages": [page for page in pages if [page.part] == part],
            "parts": {page.part: part_of(gallery / page.part) for page in pages},
            "asked": {page.part for page in pages if page.kind is QUESTION},
        },
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("chapter-cards", ChapterCards)
    app.add_directive("chapters-using", ChaptersUsing)
    app.add_node(CardList, html=(visit_list, depart_list))
    app.add_node(Card, html=(visit_card, depart_card))
    app.connect("source-read", redesign)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
