"""The interview section beyond its pages: the list, what practises with it, and what is printed.

All of it is read from the scripts of the questions: a new one is in the list, in the self-test, on
the sheet, on the cards and in the file for Anki without another word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from book import AREAS, LEVELS, QUESTION, Page, plain, scripts
from claims import bullets, normal, parts, text_of
from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers.rst import directives
from elements.interview import GRADE
from runtimes import link_to
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ANKI = "interview_anki.txt"
TERM = re.compile(r":(?:term|doc|ref):`([^`<]+?)(?:\s*<[^`]*>)?`")
MATH = re.compile(r":math:`([^`]*)`")
#: What a formula is made of: a command, a number, or any other sign.
SIGN = re.compile(r"\\[a-zA-Z]+|\d+(?:\.\d+)?|[^\s{}\\]")
#: Commands that only lay out.
SILENT = {r"\left", r"\right", r"\quad", r"\mathrm", r"\text", r"\mathbf", r"\big", "(", ")", ","}


@dataclass(frozen=True)
class Question:
    """What the script of a question says.

    Attributes
    ----------
    page : Page
        Its page.
    said : dict of str to list
        Of each directive by name, in order, its argument and the lines of its content.
    """

    page: Page
    said: dict[str, list[tuple[str, list[str]]]]

    @property
    def slug(self) -> str:
        """The word that names it, also where progress is kept."""
        return self.page.topic.rpartition("/")[2]

    @property
    def area(self) -> str:
        """What it is about, a key of :data:`book.AREAS`."""
        return self._asked[0]

    @property
    def level(self) -> str:
        """How hard it is, a key of :data:`book.LEVELS`."""
        return self._asked[1]

    @cached_property
    def _asked(self) -> tuple[str, str]:
        words = self.argument("asked").split()
        if len(words) != 2 or words[0] not in AREAS or words[1] not in LEVELS:
            raise ValueError(f"{self.page.path}: expected an area and a level, got {words}")
        return words[0], words[1]

    @property
    def answer(self) -> str:
        """The 20-second answer, as reST."""
        return self.content("answer")

    @property
    def claim(self) -> str:
        """The measured sentence."""
        argument, lines = self.said["claim"][0]
        return normal(" ".join([argument, *lines]))

    @property
    def wrong(self) -> str:
        """The wrong answer, as it is said."""
        return self.argument("wrong-answer")

    @property
    def checklist(self) -> list[str]:
        """The points of a good answer, as reST."""
        return [text for _, text in bullets(self.said["checklist"][0][1])]

    @property
    def spoken(self) -> int:
        """How many words question, answer and wrong answer have, with formulas as spoken."""
        return sum(map(words_of, (self.page.title, self.answer, self.wrong)))

    def argument(self, name: str) -> str:
        """Return the first line of a directive, with what continues it."""
        argument, lines = self.said[name][0]
        more = []
        for line in lines:  # an argument goes on up to the first empty line or option
            if not line.strip() or line.lstrip().startswith(":"):
                break
            more.append(line)
        return normal(" ".join([argument, *more])) if name != "answer" else ""

    def content(self, name: str) -> str:
        """Return what stands in a directive without an argument, without its indent."""
        return "\n".join(line.strip() for line in self.said[name][0][1]).strip()


def question(page: Page) -> Question:
    """Read the script of a question."""
    said: dict[str, list[tuple[str, list[str]]]] = {}
    for _, opening, inside in parts(text_of(page.path), markdown=False):
        if opening and opening["name"]:
            said.setdefault(opening["name"], []).append((opening["argument"], list(inside)))
    return Question(page, said)


def questions(root: Path) -> list[Question]:
    """Return all questions, by area, then by level."""
    found = [question(page) for page in scripts(root) if page.kind is QUESTION]
    return sorted(found, key=lambda one: (list(AREAS).index(one.area), one.level, one.page.number))


def words_of(text: str) -> int:
    """Count the words of reST as they are spoken; each sign of a formula is one.

    >>> words_of("Each step multiplies by :math:`W^T`, again."), words_of("``h_n`` is last")
    (8, 3)
    """
    formulas = [sign for formula in MATH.findall(text) for sign in SIGN.findall(formula)]
    return len(plain(MATH.sub("", text)).split()) + sum(sign not in SILENT for sign in formulas)


# ---------------------------------------------------------------- the file for Anki


def anki(found: Sequence[Question]) -> str:
    """Return all questions as text that Anki imports; a new import updates the cards.

    Columns are separated by tabs: the name that stays, the question, the answer, the tags.
    """
    head = ["#separator:tab", "#html:true", "#guid column:1", "#tags column:4"]
    return "\n".join([*head, *("\t".join(card(one)) for one in found)]) + "\n"


def card(one: Question) -> Iterator[str]:
    """Yield the fields of one card: no tab and no line break is in any."""
    yield f"rnnbook-{one.slug}"
    yield in_html(one.page.title)
    points = "".join(f"<li>{in_html(point)}</li>" for point in one.checklist)
    yield f"{in_html(one.answer)}<p><b>{escape(one.claim)}</b></p><ul>{points}</ul>"
    yield f"level{one.level} {one.area}"


def in_html(text: str) -> str:
    r"""Return reST as HTML on one line, its formulas as ``\( … \)``.

    >>> in_html("The *state* :math:`h_t`, see :term:`unrolling`.")
    '<p>The <em>state</em> \\(h_t\\), see unrolling.</p>'
    """
    settings = {"math_output": "MathJax", "report_level": 5, "_disable_config": True}
    body = publish_parts(TERM.sub(r"\1", text), writer="html5", settings_overrides=settings)
    inside = re.sub(r'<span class="math">(.*?)</span>', r"\1", body["body"], flags=re.DOTALL)
    inside = re.sub(r'<span class="pre">(.*?)</span>', r"\1", inside)
    inside = re.sub(r'<span class="docutils literal">(.*?)</span>', r"<code>\1</code>", inside)
    return normal(re.sub(r' class="[^"]*"', "", inside))


# ---------------------------------------------------------------- what pages show


class QuestionItem(nodes.General, nodes.Element):
    """One question: its place, its words, and below them what is hidden."""


class QuestionList(nodes.General, nodes.Element):
    """All questions."""


class Questions(SphinxDirective):
    """Show all questions: ``.. questions:: list``, ``practice``, ``sheet`` or ``cards``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the lists, one for each area."""
        form = directives.choice(self.arguments[0], ("list", "practice", "sheet", "cards"))
        built: list[nodes.Node] = []
        for area, title in AREAS.items():
            found = [one for one in questions(self.root) if one.area == area]
            if found:
                listed = QuestionList(form=form)
                listed += [getattr(self, f"in_{form}")(one) for one in found]
                self.set_source_info(listed)
                built += [nodes.rubric("", title, classes=["area"]), listed]
        for page in scripts(self.root):
            self.env.note_dependency(str(page.path))
        return built

    @property
    def root(self) -> Path:
        """The folder of the project."""
        return Path(self.env.srcdir).parent

    def card(self, one: Question, *inside: nodes.Node) -> QuestionItem:
        """Build the frame of a question: what JavaScript sorts by stands on it."""
        made = QuestionItem(slug=one.slug, area=one.area, level=one.level)
        made += inside
        return made

    def link(self, one: Question) -> nodes.paragraph:
        """Build the title, as a link to the page."""
        link = link_to(one.page.docname, self.env.docname, plain(one.page.title))
        return nodes.paragraph("", "", link, classes=["question"])

    def place(self, one: Question) -> nodes.paragraph:
        """Build the line that says area and level."""
        words = f"{AREAS[one.area]}, level {one.level}"
        return nodes.paragraph(words, words, classes=["place"])

    def parsed(self, text: str, *classes: str) -> nodes.container:
        """Build what reST says."""
        return nodes.container("", *self.parse_text_to_nodes(text), classes=[*classes])

    def in_list(self, one: Question) -> QuestionItem:
        """Show a title and where it stands."""
        return self.card(one, self.link(one), self.place(one))

    def in_practice(self, one: Question) -> QuestionItem:
        """Show a title, and below it the answer, the measured sentence and the points."""
        points = "\n".join(f"* {point}" for point in one.checklist)
        return self.card(
            one,
            self.link(one),
            self.place(one),
            nodes.raw("", "<details><summary>Answer</summary>", format="html"),
            self.parsed(one.answer, "spoken"),
            nodes.paragraph(one.claim, one.claim, classes=["measured"]),
            nodes.paragraph(GRADE, GRADE, classes=["grade"]),
            self.parsed(points, "points"),
            self.study(one),
            nodes.raw("", "</details>", format="html"),
        )

    def study(self, one: Question) -> nodes.paragraph:
        """Build the line that names the chapters."""
        pages = {page.topic: page for page in scripts(self.root)}
        line = nodes.paragraph("", "To revise: ", classes=["study"])
        for place, topic in enumerate(one.page.stands_on):
            page = pages[topic]
            line += [nodes.Text(", ")] if place else []
            line += link_to(page.docname, self.env.docname, page.subject)
        return line

    def in_sheet(self, one: Question) -> QuestionItem:
        """Show a title and the answer, small."""
        return self.card(one, self.link(one), self.parsed(one.answer, "spoken"))

    def in_cards(self, one: Question) -> QuestionItem:
        """Show a title and the answer, large."""
        return self.card(one, self.link(one), self.place(one), self.parsed(one.answer, "spoken"))


def visit_deck(self: Any, node: QuestionList) -> None:
    """Open the list of questions."""
    self.body.append(f'<ol class="deck {escape(node["form"])}" role="list">\n')


def depart_deck(self: Any, node: QuestionList) -> None:
    """Close it."""
    self.body.append("</ol>\n")


def visit_card(self: Any, node: QuestionItem) -> None:
    """Open a question."""
    data = "".join(f' data-{name}="{escape(node[name])}"' for name in ("slug", "area", "level"))
    self.body.append(f'<li class="card"{data}>\n')


def depart_card(self: Any, node: QuestionItem) -> None:
    """Close it."""
    self.body.append("</li>\n")


def add_script(app: Sphinx, pagename: str, *_: object) -> None:
    """Give the pages that hold questions their look, and what filters and practises."""
    if pagename.startswith(("interview/", "chapters/6_interview/index")):
        app.add_css_file("interview.css")
    if pagename in ("interview/index", "interview/practice"):
        app.add_js_file("interview.js", defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("questions", Questions)
    app.connect("html-page-context", add_script)
    app.add_node(QuestionList, html=(visit_deck, depart_deck))
    app.add_node(QuestionItem, html=(visit_card, depart_card))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
