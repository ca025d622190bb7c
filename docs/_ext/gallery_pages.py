"""Chapters as cards: on the home page, on the page of each part, and on the pages of the API.

A card is a chapter's own figure, its title and the first sentence of its text. All of it is read
from the chapter, so a card cannot promise what the chapter does not hold.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from api_pages import origin
from book import CHAPTERS, GALLERY, Page, part_of, plain, scripts
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from themed_figures import pair_as_html

FIGURE = re.compile(
    r"^\.\. themed-figure:: (?P<light>\S+)\n"
    r"(?: +:dark: (?P<dark>\S+)\n)"
    r"(?: +:alt: (?P<alt>.*)\n)"
    r"(?: +:width: (?P<width>\d+)\n)"
    r"(?: +:height: (?P<height>\d+)\n)",
    re.MULTILINE,
)
CHOSEN = re.compile(r"#\s*sphinx_gallery_thumbnail_number\s*=\s*(-?\d+)")


class Card(NamedTuple):
    """What a card shows of a page.

    Attributes
    ----------
    docname : str
        The page, ``chapters/1_foundations/plot_01_order``.
    number : str
        Its part, dot, place.
    title, summary : str
        Its title and the first sentence of its text.
    figure : dict
        ``light``, ``dark``, ``alt``, ``width`` and ``height`` of its figure; empty if it has none.
    """

    docname: str
    number: str
    title: str
    summary: str
    figure: dict[str, str]


def figure_of(page: Page, built: str) -> dict[str, str]:
    """Return the figure that stands for a page, from the reST that was made of it."""
    figures = [found.groupdict() for found in FIGURE.finditer(built)]
    wanted = CHOSEN.search(page.text)
    place = int(wanted.group(1)) if wanted else 1
    place = place - 1 if place > 0 else place
    return figures[place] if -len(figures) <= place < len(figures) else {}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def built_pages(srcdir: Path) -> list[Page]:
    """Return the gallery's pages that the build has, in the order of the book.

    A script that was added while the book is being built has none yet.
    """
    return [p for p in scripts(srcdir.parent) if (srcdir / f"{p.docname}.rst").is_file()]


class CardsNode(nodes.General, nodes.Element):
    """A list of chapters, written when addresses are known."""


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
        return [make_cards(self, chosen, compact="compact" in self.options)]


def make_cards(directive: SphinxDirective, chosen: list[Page], **options: bool) -> CardsNode:
    """Build the node and let Sphinx watch the files it was read from."""
    env = directive.env
    cards = CardsNode(cards=[], **options)
    for page in chosen:
        built = Path(env.srcdir) / f"{page.docname}.rst"
        figure = figure_of(page, _text(built))
        title = plain(page.title)
        cards["cards"].append(Card(page.docname, page.number, title, page.summary, figure))
        env.note_dependency(str(page.path))
        env.note_dependency(str(built))
        if figure and not options.get("compact"):
            for mode in ("light", "dark"):
                image = nodes.image(uri=figure[mode], alt=figure["alt"])
                image["card"] = page.docname
                cards += image
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
        return [rubric, make_cards(self, known, mini=True)]


def names_of(name: str) -> list[str]:
    """Return the dotted names under which a chapter may have imported an object."""
    words = name.split(".")
    shorter = [".".join([*words[:cut], words[-1]]) for cut in range(len(words) - 2, 0, -1)]
    return [name, *(alias for alias in shorter if origin(alias) == name)]


def shows(page: Page, names: list[str]) -> bool:
    """Tell whether a page shows the source of an object, under any of its ``names``."""
    shown = re.findall(r"^# *\.\. source:: *(\S+)", page.text, re.MULTILINE)
    return any(name == word or word.startswith(f"{name}.") for name in names for word in shown)


def visit_html(self: Any, node: CardsNode) -> None:
    """Write the cards as a list of links."""
    form = next((f" {word}" for word in ("compact", "mini") if node.get(word)), "")
    sources: dict[str, list[str]] = {}
    for image in node.findall(nodes.image):
        uri = image["uri"]
        if uri in self.builder.images:
            uri = f"{self.builder.imgpath}/{self.builder.images[uri]}"
        sources.setdefault(image["card"], []).append(uri)
    self.body.append(f'<ul class="chapter-cards{form}">\n')
    for one in node["cards"]:
        self.body.append(card(self, node, one, sources.get(one.docname)))
    self.body.append("</ul>\n")
    raise nodes.SkipNode


def card(self: Any, node: CardsNode, one: Card, sources: list[str] | None) -> str:
    """Return one card; the whole of it can be clicked, the title is the link.

    A mini card is a thumbnail and the title, which says all that the thumbnail does.
    """
    mini = node.get("mini", False)
    there = self.builder.get_target_uri(one.docname)
    here = self.builder.get_target_uri(self.builder.current_docname)
    figure = ""
    if sources:
        f = one.figure
        figure = pair_as_html(
            (sources[0], sources[1]), "" if mini else f["alt"], int(f["width"]), int(f["height"])
        ).replace('decoding="async"', 'decoding="async" loading="lazy"', 1)
        figure = f'<div class="card-figure">{figure}</div>'
    summary = "" if mini else f'<p class="card-summary">{escape(one.summary)}</p>'
    return (
        f'<li class="chapter-card">{figure}<div class="card-text">'
        f'<p class="card-number">{escape(one.number)}</p>'
        f'<p class="card-title"><a href="{escape(relative_uri(here, there))}">'
        f"{escape(one.title)}</a></p>"
        f"{summary}</div></li>\n"
    )


def visit_text(self: Any, node: CardsNode) -> None:
    """Write only the titles."""
    for one in node["cards"]:
        self.add_text(f"{one.number} {one.title}\n")
    raise nodes.SkipNode


def skip(self: Any, node: CardsNode) -> None:
    """Leave the cards out of books on paper, which have a table of contents."""
    raise nodes.SkipNode


def redesign(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the gallery's own listing on its index pages by our cards."""
    if not re.fullmatch(r"chapters/(?:[^/]+/)?index", docname):
        return
    folder = docname.split("/")[1:-1]
    gallery = Path(app.srcdir).parent / GALLERY
    label = "_".join(["sphx_glr_chapters", *folder])
    text = [f".. _{label}:", "", _text(gallery.joinpath(*folder, "GALLERY_HEADER.rst")), ""]
    pages = built_pages(Path(app.srcdir))
    if folder:
        inside = [f"   /{page.docname}" for page in pages if page.part == folder[0]]
        if inside:
            text += [f".. chapter-cards:: {folder[0]}", "", ".. toctree::", "   :hidden:", ""]
            text += inside
    else:
        for name in dict.fromkeys(page.part for page in pages):
            part = part_of(gallery / name)
            text += [part.title, "-" * len(part.title), "", part.prose, ""]
            text += [f".. chapter-cards:: {name}", ""]
    source[0] = "\n".join(text) + "\n"


def name_part(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Hand the part that a chapter belongs to to the template."""
    page = next((p for p in scripts(Path(app.srcdir).parent) if p.docname == pagename), None)
    if page is not None:
        docname = f"{CHAPTERS}/{page.part}/index"
        title = app.env.titles.get(docname)
        if title is not None:
            context["chapter_part"] = {"docname": docname, "title": title.astext()}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("chapter-cards", ChapterCards)
    app.add_directive("chapters-using", ChaptersUsing)
    app.add_node(
        CardsNode,
        html=(visit_html, None),
        text=(visit_text, None),
        latex=(skip, None),
        man=(skip, None),
        texinfo=(skip, None),
    )
    app.connect("source-read", redesign)
    app.connect("html-page-context", name_part)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
