"""Chapters as cards: on the home page, on the page of each part, and on the pages of the API.

A card is a chapter's own figure, its title and the first sentence of its text. All of it is read
from the chapter, so a card cannot promise what the chapter does not hold.
"""

from __future__ import annotations

import ast
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.utils.smartquotes import smartyPants
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from themed_figures import pair_as_html

logger = logging.getLogger(__name__)

FIGURE = re.compile(
    r"^\.\. themed-figure:: (?P<light>\S+)\n"
    r"(?: +:dark: (?P<dark>\S+)\n)"
    r"(?: +:alt: (?P<alt>.*)\n)"
    r"(?: +:width: (?P<width>\d+)\n)"
    r"(?: +:height: (?P<height>\d+)\n)",
    re.MULTILINE,
)
CHOSEN = re.compile(r"#\s*sphinx_gallery_thumbnail_number\s*=\s*(-?\d+)")
ROLE = re.compile(r":[\w:]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")
MATH = re.compile(r":math:`[^`]*`")


@dataclass(frozen=True)
class Chapter:
    """What a card shows of a chapter.

    Attributes
    ----------
    docname : str
        The page of the chapter, ``chapters/1_foundations/plot_01_order``.
    title : str
        Its title.
    summary : str
        The first sentence of its text.
    figure : dict
        ``light``, ``dark``, ``alt``, ``width`` and ``height`` of its figure; empty if it has none.
    """

    docname: str
    title: str
    summary: str
    figure: dict[str, str]

    @property
    def topic(self) -> str:
        """The one word that finds chapter, experiment, figures and claims."""
        return re.sub(r"^plot_\d+_", "", self.docname.rpartition("/")[2])

    @property
    def number(self) -> str:
        """The chapter's number: part, dot, place."""
        part = self.docname.split("/")[1].split("_")[0]
        return f"{part}.{int(self.docname.rpartition('plot_')[2].split('_')[0])}"


def plain(text: str) -> str:
    """Return reST as plain words, with the quotation marks of print."""
    text = ROLE.sub(r"\1", MATH.sub("…", text))
    return smartyPants(" ".join(re.sub(r"\*+|`+_*", "", text).split()), attr="q")


def first_sentence(text: str) -> str:
    """Return ``text`` up to its first full stop."""
    found = re.match(r".*?[.?!](?=\s|$)", text)
    return found.group() if found else text


def read_chapter(script: Path, page: Path, docname: str) -> Chapter:
    """Read the title, first sentence and figure of a chapter.

    Parameters
    ----------
    script : Path
        The script of the gallery.
    page : Path
        The reST page that was made of it; it need not exist.
    docname : str
        The name of that page.
    """
    return _chapter(docname, script.stem, script.read_text(encoding="utf-8"), _text(page))


@cache  # every page of the API asks for all chapters
def _chapter(docname: str, stem: str, code: str, page: str) -> Chapter:
    doc = ast.get_docstring(ast.parse(code)) or stem
    blocks = [block.strip() for block in re.split(r"\n\s*\n", doc)]
    heading = re.compile(r"^(?:[=~*#-]{4,}\n)?(?P<title>.+)\n[=~*#-]{4,}$")
    titles = [found["title"] for block in blocks if (found := heading.match(block))]
    text = [b for b in blocks if not heading.match(b) and not b.startswith(("..", ":"))]
    figures = [found.groupdict() for found in FIGURE.finditer(page)]
    wanted = CHOSEN.search(code)
    place = int(wanted.group(1)) if wanted else 1
    place = place - 1 if place > 0 else place
    chosen = figures[place] if figures and -len(figures) <= place < len(figures) else {}
    return Chapter(
        docname,
        plain(titles[0]) if titles else stem,
        first_sentence(plain(text[0])) if text else "",
        chosen,
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def chapters(srcdir: Path) -> list[Chapter]:
    """Return all chapters in the order of the book."""
    gallery = srcdir.parent / "gallery"
    found = []
    for script in sorted(gallery.glob("*/plot_*.py")):
        docname = f"chapters/{script.parent.name}/{script.stem}"
        page = srcdir / f"{docname}.rst"
        if page.is_file():  # a script that was added while the book is being built has none yet
            found.append(read_chapter(script, page, docname))
    return found


class CardsNode(nodes.General, nodes.Element):
    """A list of chapters, written when addresses are known."""


class ChapterCards(SphinxDirective):
    """Show chapters as cards: ``.. chapter-cards:: 1_foundations`` or a list of topic words."""

    has_content = True
    optional_arguments = 50
    option_spec: ClassVar[dict[str, Any]] = {
        "compact": directives.flag,
        "numbered": directives.flag,
        "level": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Find the chapters and remember their files."""
        srcdir = Path(self.env.srcdir)
        known = chapters(srcdir)
        words = [*self.arguments, *" ".join(self.content).split()]
        chosen: list[Chapter] = []
        for word in words or [""]:
            hits = [c for c in known if word in ("", c.topic, c.docname.split("/")[1])]
            if not hits:
                raise self.error(f"chapter-cards: no chapter or part is called {word!r}")
            chosen += hits
        return [make_cards(self, chosen, **{k: True for k in self.options if k != "level"})]


def make_cards(directive: SphinxDirective, chosen: list[Chapter], **options: bool) -> CardsNode:
    """Build the node and let Sphinx watch the files it was read from."""
    env = directive.env
    srcdir = Path(env.srcdir)
    cards = CardsNode(cards=chosen, **options)
    for chapter in chosen:
        _, part, stem = chapter.docname.split("/")
        env.note_dependency(str(srcdir.parent / "gallery" / part / f"{stem}.py"))
        if (srcdir / f"{chapter.docname}.rst").is_file():
            env.note_dependency(str(srcdir / f"{chapter.docname}.rst"))
        if chapter.figure and not options.get("compact"):
            for mode in ("light", "dark"):
                image = nodes.image(uri=chapter.figure[mode], alt=chapter.figure["alt"])
                image["card"] = chapter.docname
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
            chapter
            for chapter in chapters(Path(self.env.srcdir))
            if chapter.docname in docs or shows(Path(self.env.srcdir), chapter, names)
        ]
        if not known:
            return []
        rubric = nodes.rubric("", "Chapters that use it")
        return [rubric, make_cards(self, known, mini=True)]


def names_of(name: str) -> list[str]:
    """Return the dotted names under which a chapter may have imported an object."""
    words = name.split(".")
    shorter = [".".join([*words[:cut], words[-1]]) for cut in range(len(words) - 2, 0, -1)]
    return [name, *(alias for alias in shorter if _object(alias) is _object(name))]


def _object(name: str) -> object:
    """Return what a dotted name stands for; a name that stands for nothing is only like itself."""
    try:
        return pkgutil.resolve_name(name)
    except (AttributeError, ImportError):
        return object()


def shows(srcdir: Path, chapter: Chapter, names: list[str]) -> bool:
    """Tell whether a chapter shows the source of an object, under any of its ``names``."""
    _, part, stem = chapter.docname.split("/")
    script = _text(srcdir.parent / "gallery" / part / f"{stem}.py")
    shown = re.findall(r"^# *\.\. source:: *(\S+)", script, re.MULTILINE)
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
    for chapter in node["cards"]:
        self.body.append(card(self, node, chapter, sources.get(chapter.docname)))
    self.body.append("</ul>\n")
    raise nodes.SkipNode


def card(self: Any, node: CardsNode, chapter: Chapter, sources: list[str] | None) -> str:
    """Return one card; the whole of it can be clicked, the title is the link.

    A mini card is a thumbnail and the title, which says all that the thumbnail does.
    """
    mini = node.get("mini", False)
    there = self.builder.get_target_uri(chapter.docname)
    here = self.builder.get_target_uri(self.builder.current_docname)
    figure = ""
    if sources:
        f = chapter.figure
        figure = pair_as_html(
            (sources[0], sources[1]), "" if mini else f["alt"], int(f["width"]), int(f["height"])
        ).replace('decoding="async"', 'decoding="async" loading="lazy"', 1)
        figure = f'<div class="card-figure">{figure}</div>'
    summary = "" if mini else f'<p class="card-summary">{escape(chapter.summary)}</p>'
    return (
        f'<li class="chapter-card">{figure}<div class="card-text">'
        f'<p class="card-number">{escape(chapter.number)}</p>'
        f'<p class="card-title"><a href="{escape(relative_uri(here, there))}">'
        f"{escape(chapter.title)}</a></p>"
        f"{summary}</div></li>\n"
    )


def visit_text(self: Any, node: CardsNode) -> None:
    """Write only the titles."""
    for chapter in node["cards"]:
        self.add_text(f"{chapter.number} {chapter.title}\n")
    raise nodes.SkipNode


def skip(self: Any, node: CardsNode) -> None:
    """Leave the cards out of books on paper, which have a table of contents."""
    raise nodes.SkipNode


def redesign(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the gallery's own listing on its index pages by our cards."""
    if not re.fullmatch(r"chapters/(?:[^/]+/)?index", docname):
        return
    srcdir = Path(app.srcdir)
    folder = docname.split("/")[1:-1]
    label = "sphx_glr_chapters" + "".join(f"_{name}" for name in folder)
    gallery = srcdir.parent / "gallery"
    header = _text(gallery.joinpath(*folder, "GALLERY_HEADER.rst"))
    text = [f".. _{label}:", "", header, ""]
    if folder:
        inside = [c for c in chapters(srcdir) if f"/{folder[0]}/" in c.docname]
        if inside:
            text += [f".. chapter-cards:: {folder[0]}", "", ".. toctree::", "   :hidden:", ""]
            text += [f"   /{c.docname}" for c in inside]
    else:
        for part in sorted({c.docname.split("/")[1] for c in chapters(srcdir)}):
            title, _, prose = _text(gallery / part / "GALLERY_HEADER.rst").partition("\n")
            text += [title, "-" * len(title), "", prose.partition("\n")[2].strip(), ""]
            text += [f".. chapter-cards:: {part}", ""]
    source[0] = "\n".join(text) + "\n"


def name_part(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Hand the part that a chapter belongs to to the template."""
    words = pagename.split("/")
    if len(words) == 3 and words[0] == "chapters" and words[2].startswith("plot_"):
        docname = f"chapters/{words[1]}/index"
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
