"""What a reader takes along: a Markdown twin of each page, and ``llms.txt``, which lists them.

``nox -s along`` makes it from the doctrees of the built book. The twins are written by the writer
of the notebooks, which here learns what else stands on a page of the site.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from book import Page, part_of, plain, scripts
from claims import ProofLink
from docutils import nodes
from elements.audio import Player
from gallery_pages import Card
from notebooks import Document, Links, Writer, code_span, escape, indent
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.util import logging
from sphinx.util.osutil import relative_uri
from themed_figures import ThemedFigureNode

logger = logging.getLogger(__name__)

#: In raw HTML, a drawing with what it says, and the place of what a script will draw.
SVG = re.compile(r'<svg\b(?:[^>]*? aria-label="(?P<said>[^"]*)")?.*?</svg>', re.DOTALL)
EMPTY = re.compile(r"<(\w+)[^>]*>\s*</\1>")
#: What holds blocks, or text, and has no mark of its own in Markdown.
THROUGH = (
    *("container", "compound", "figure", "legend", "glossary", "topic", "desc"),
    *(
        "desc_content",
        "QuestionList",
        "bibliography",
        "definition",
        "field_body",
        "versionmodified",
        "autosummary_table",
    ),
)
LINES = ("caption", "compact_paragraph", "attribution", "PassthroughTextElement", "line")
LANGUAGES = {"ipython3": "python", "myst-ansi": "", "default": "", "none": "", "text": ""}
NOTHING = (
    "index",
    "system_message",
    "substitution_definition",
    "tabular_col_spec",
    "toctree",
    "autosummary_toc",
    "Model",  # it runs on the page of the site alone
)


class Whole(Document):
    """A page of the site: its doctree has the lines of its file."""

    def line(self, number: int | None) -> int:
        """Return the line itself."""
        return number or 1


class TwinWriter(Writer):
    """Write a page of the site as Markdown."""

    def __init__(self, builder: Builder, docname: str):
        super().__init__(Whole(Path(builder.env.doc2path(docname))), Links())
        self.builder, self.docname = builder, docname

    def problem(self, message: str, line: int | None = None) -> None:
        """Warn of what has no Markdown, which fails a strict build."""
        logger.warning("twin: %s", message, location=(self.docname, line or self.line))

    def block(self, node: nodes.Node) -> str:
        """Return one block, or what stands in a line where a block may stand."""
        kind = type(node).__name__
        if kind in NOTHING:
            return ""
        if isinstance(node, nodes.Inline | nodes.Text) and kind != "desc_signature":
            return self.piece(node)
        if node.get("toctree") or (kind in THROUGH and node.get("design_component") != "dropdown"):
            return self.blocks(node)
        if kind in LINES:
            return self.block_paragraph(node)
        return super().block(node)

    def block_paragraph(self, node: nodes.paragraph) -> str:
        """Return a paragraph; in one, Sphinx lists the several things that a function returns."""
        listed = any(isinstance(child, nodes.bullet_list) for child in node)
        return self.blocks(node) if listed else super().block_paragraph(node)

    def to(self, docname: str) -> str:
        """Return the address of the twin of a page."""
        return self.builder.get_relative_uri(self.docname, docname)

    def file(self, image: nodes.image) -> str:
        """Return the address of an image, which the site has already."""
        found = self.builder.env.images.get(image["uri"])
        return relative_uri(self.docname, f"_images/{found[1]}") if found else image["uri"]

    # blocks

    def titled(self, node: nodes.Element) -> str:
        """Return as a quotation what has a title: a box, or a reveal, which is open here."""
        title, *rest = node.children
        return self.quotation(self.inline(title), nodes.container("", *rest))

    block_admonition = block_container = titled

    def box(self, node: nodes.Element) -> str:
        """Return a box that is named by its kind as a quotation."""
        return self.quotation(type(node).__name__.capitalize(), node)

    block_tip = block_warning = block_important = block_seealso = box

    def block_block_quote(self, node: nodes.block_quote) -> str:
        """Return a quotation."""
        return indent(self.blocks(node), "> ", "> ")

    def block_rubric(self, node: nodes.rubric) -> str:
        """Return a heading that no list of contents has."""
        return f"**{self.inline(node)}**"

    block_title = block_rubric

    def block_desc_signature(self, node: nodes.Element) -> str:
        """Return how an object is called."""
        return f"**{code_span(' '.join(node.astext().split()))}**"

    def listed(self, node: nodes.Element) -> str:
        """Return a list of terms or fields and what is said of each."""
        return "\n\n".join(self.entry(item) for item in node.children)

    block_definition_list = block_field_list = listed

    def entry(self, item: nodes.Element) -> str:
        """Return an item: its names, and below them the rest."""
        names = (nodes.term, nodes.field_name, nodes.label)
        head = ", ".join(f"**{self.inline(n)}**" for n in item if isinstance(n, names))
        rest = nodes.container("", *(n for n in item if not isinstance(n, names)))
        return indent("\n\n".join(filter(None, (head, self.blocks(rest)))), "- ", "  ")

    block_citation = block_footnote = block_questionitem = entry

    def block_cardlist(self, node: nodes.Element) -> str:
        """Return links to pages as one list."""
        return self.blocks(node, tight=True)

    def block_line_block(self, node: nodes.line_block) -> str:
        """Return lines that end where they end."""
        return self.blocks(node, tight=True).replace("\n", "  \n")

    def block_literal_block(self, node: nodes.Element) -> str:
        """Return a block of code, in the language that others know it by."""
        language = node.get("language", "pycon").lower()
        node["language"] = LANGUAGES.get(language, language)
        return super().block_literal_block(node)

    block_doctest_block = block_literal_block

    def block_transition(self, node: nodes.transition) -> str:
        """Return a rule."""
        return "---"

    def block_themedfigurenode(self, node: ThemedFigureNode) -> str:
        """Return the figure for light pages, with the words for those who do not see it."""
        return self.picture(next(node.findall(nodes.image)), node["alt"])

    def block_player(self, node: Player) -> str:
        """Return a link to a sound and what is to be heard."""
        return f"[{escape(node['title'])}]({self.file(node[0])}): {escape(node['text'])}"

    def block_card(self, node: Card) -> str:
        """Return a link to a page, and what that is about."""
        link = f"[{escape(node['title'])}]({self.to(node['docname'])})"
        return f"- {node['number']} {link}" + (
            f": {escape(node['summary'])}" * bool(node["summary"])
        )

    def cell(self, entry: nodes.entry) -> str:
        """Return a cell of a table, on one line whatever it holds."""
        return " ".join(self.blocks(entry).split()).replace("|", r"\|")

    # inside a line

    def piece(self, node: nodes.Node) -> str:
        """Return one piece of a line."""
        if type(node).__name__ in NOTHING:
            return ""
        if isinstance(node, ProofLink):
            return f"[{escape(node.astext())}]({self.to(node['page'])})"
        if isinstance(node, nodes.image):
            return self.picture(node, node.get("alt", ""))
        if isinstance(node, nodes.raw):
            drawn = SVG.sub(lambda found: f"<p>{found['said'] or ''}</p>", node.astext())
            return re.sub(r"\n\s*\n", "\n", EMPTY.sub("", drawn)).strip()
        if isinstance(node, addnodes.literal_emphasis | addnodes.literal_strong):
            return escape(node.astext())  # Sphinx cuts types into pieces: marks would run together
        if isinstance(node, nodes.inline | nodes.title_reference | nodes.abbreviation):
            return self.inline(node)
        return super().piece(node)

    def picture(self, image: nodes.image, alt: str) -> str:
        """Return an image."""
        return f"![{escape(' '.join(alt.split()))}]({self.file(image)})"

    def hyperlink(self, node: nodes.reference) -> str:
        """Return a link; one within the book leads to a twin, which has no places in it."""
        address = node.get("refuri", "")
        if node.get("internal") or not address:
            address = address.partition("#")[0]
        text = self.inline(node)
        return f"[{text}]({address})" if address and text else text


def says(page: Page | None, tree: nodes.document) -> str:
    """Return the first sentence of a page."""
    if page:
        return page.summary
    kept = (node for node in tree.findall(nodes.paragraph) if type(node) is nodes.paragraph)
    first = next((node.astext() for node in kept), "")
    found = re.match(r".*?[.?!](?=\s|$)", " ".join(first.split()))
    return found.group() if found else ""


class Twins(Builder):
    """Write each page as Markdown, where its HTML stands, and the list of them."""

    name, format = "twins", "markdown"
    supported_image_types = ("image/svg+xml", "image/png", "image/gif", "image/jpeg")

    def init(self) -> None:
        """Know the pages of the gallery; have listed none."""
        self.root = Path(self.srcdir).parent
        self.pages = {page.docname: page for page in scripts(self.root)}
        self.lines: dict[str, str] = {}

    def get_outdated_docs(self) -> Set[str]:
        """Return all pages: to write them takes seconds."""
        return self.env.found_docs

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return where the twin of a page stands."""
        return f"{docname}.md"

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Need nothing."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write one twin."""
        cells = TwinWriter(self, docname).write(doctree)
        path = Path(self.outdir, self.get_target_uri(docname))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(text for _, text in cells) + "\n", encoding="utf-8")
        page = self.pages.get(docname)
        title = plain(page.title) if page else self.env.titles[docname].astext()
        line = f"- [{title}]({self.get_target_uri(docname)}): {says(page, doctree)}"
        self.lines[docname] = line.removesuffix(": ")

    def finish(self) -> None:
        """Write the list of the twins, by part."""
        Path(self.outdir, "llms.txt").write_text("\n".join(self.listing()), encoding="utf-8")

    def listing(self) -> Iterator[str]:
        """Yield the lines of the list: the parts, the other pages, what may be left out."""
        yield f"# {self.config.project}"
        first = self.lines.get(self.config.root_doc, "").partition("): ")[2]
        yield f"\n> {first}"
        groups: dict[str, list[str]] = {}
        for docname in [*self.pages, *sorted(self.lines.keys() - self.pages)]:
            part = self.pages[docname].part if docname in self.pages else ""
            title = part_of(self.root / "gallery" / part).title if part else "Beside the chapters"
            aside = posixpath.dirname(docname).partition("/")[0] in ("api", "proofs")
            if docname in self.lines:
                groups.setdefault("Optional" if aside else title, []).append(self.lines[docname])
        for title in sorted(groups, key="Optional".__eq__):
            yield f"\n## {title}\n"
            yield from groups[title]
        yield ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.add_builder(Twins)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
