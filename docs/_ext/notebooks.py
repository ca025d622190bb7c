"""Turn a gallery script into a notebook whose prose reads clean.

The text of a script is reST, a notebook's is Markdown. The whole script is parsed once, by
docutils, with exactly the directives and roles that chapters may use; what the parse does not know
becomes a `Problem` with the script's own line, and the build stops. Code cells are the script's
code blocks, character for character.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import mathml
import nbformat
from docutils import frontend, nodes, utils
from docutils.parsers.rst import Directive, Parser, directives, roles
from elements import Reference, known
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pybtex.database import Entry, parse_file
from sphinx_gallery.py_source_parser import (
    remove_config_comments,
    remove_ignore_blocks,
    split_code_and_text_blocks,
)

CELL = {"code": new_code_cell, "markdown": new_markdown_cell}
INSTALL = "install"  # the tag of the one cell that is not part of the script


class Problem(NamedTuple):
    """Something in a script that a notebook cannot say, and where it stands."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class NotebookError(Exception):
    """A script holds what a notebook cannot say.

    Attributes
    ----------
    problems : list of Problem
        All that was found.
    """

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Links:
    """Where references lead; this one knows no address, so that they become plain text."""

    def find(self, role: str, target: str) -> tuple[str | None, str | None]:
        """Return the title and the address of what a role refers to, or None for either."""
        return None, None


# ---------------------------------------------------------------- the script as one document


@dataclass
class Document:
    """A script as one reST document with a mark where each code block stood.

    Each line stands with the number of the line of the script that it comes from.
    """

    path: Path
    lines: list[tuple[str, int]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    def add(self, text: str, number: int) -> None:
        """Add the lines of ``text``, the first of which is line ``number`` of the script."""
        self.lines += [(line, number + k) for k, line in enumerate(text.splitlines())]
        self.lines.append(("", number + text.count("\n")))

    def line(self, number: int | None) -> int:
        """Return the line of the script for line ``number`` (from 1) of the document."""
        if not number:
            return 1
        return self.lines[min(number, len(self.lines)) - 1][1]


def clean_code(text: str) -> str:
    """Return code without the comments that steer the gallery and without blank ends."""
    return remove_config_comments(remove_ignore_blocks(text)).strip("\n").rstrip()


def as_document(script: Path) -> Document:
    """Read a script's blocks into one document."""
    text = script.read_text(encoding="utf-8")
    lines = text.splitlines()
    first = ast.parse(text).body[0]
    document = Document(script)
    _, blocks = split_code_and_text_blocks(str(script))
    for number, block in enumerate(blocks):
        if block.type == "code":
            code = clean_code(block.content)
            if code:
                document.add(f".. gallery-code:: {len(document.code)}\n", block.lineno)
                document.code.append(code)
        else:
            content = block.content.strip("\n")
            head = content.splitlines()[0].strip()
            start = first.lineno if number == 0 else block.lineno
            while start < len(lines) and lines[start - 1].strip("#\"' ") != head.strip("#\"' "):
                start += 1
            document.add(content, start)
            document.add(".. gallery-code:: -1\n", start)
    return document


# ---------------------------------------------------------------- directives and roles


class CodeMark(nodes.General, nodes.Element):
    """The place of a code block; without one, the end of a block of text."""


class _CodeMark(Directive):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [CodeMark(index=int(self.arguments[0]))]


OBJECT_ROLES = ("attr", "class", "data", "exc", "func", "meth", "mod", "obj")
REFERENCE_ROLES = (
    *OBJECT_ROLES,
    *(f"py:{name}" for name in OBJECT_ROLES),
    *("ref", "doc", "term", "eq", "cite:t", "cite:p"),
)
EXPLICIT = re.compile(r"(?P<title>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)


def _role(read: Callable[[str, str], nodes.Node]) -> Callable[..., Any]:
    """Return a role of docutils that makes a node of its name and text, or says what is wrong."""

    def role(
        name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any, **__: Any
    ) -> tuple[list[nodes.Node], list[nodes.Node]]:
        try:
            return [read(name.lower().removeprefix("py:"), text)], []
        except ValueError as problem:
            return [], [inliner.reporter.error(str(problem), line=lineno)]

    return role


@_role
def _reference_role(role: str, text: str) -> nodes.Node:
    text = utils.unescape(text)
    explicit = EXPLICIT.fullmatch(text)
    title = " ".join(explicit["title"].split()) if explicit else None
    target = explicit["target"] if explicit else " ".join(text.split())
    for key in target.split(",") if role.startswith("cite") else ():
        if key.strip() not in _bibliography():
            raise ValueError(f"no entry {key.strip()!r} in references.bib")
    return Reference(role=role, target=target, title=title)


@_role
def _math_role(role: str, text: str) -> nodes.Node:
    tex = utils.unescape(text, restore_backslashes=True).strip()
    try:
        mathml.check(tex)
    except mathml.MathError as problem:
        raise ValueError(f"math: {problem}") from problem
    return nodes.math(tex, tex)


@_role
def _default_role(role: str, text: str) -> nodes.Node:
    raise ValueError(f"single backticks around {text!r}: write two for code, or name a role")


@contextmanager
def _only_ours() -> Iterator[None]:
    """Let docutils know our directives and roles and no others, and put everything back after."""
    ours = dict.fromkeys(REFERENCE_ROLES, _reference_role)
    ours |= {"math": _math_role, "": _default_role, "title-reference": _default_role}
    known_directives = {**known(), "gallery-code": _CodeMark}
    with (
        patch.multiple(directives, _directives=known_directives, _directive_registry={}),
        patch.multiple(roles, _roles=ours, _role_registry={}),
    ):
        yield


# ---------------------------------------------------------------- reST to Markdown


@cache
def _bibliography() -> dict[str, Entry]:
    path = Path(__file__).parent.parent / "references.bib"
    return dict(parse_file(str(path)).entries) if path.is_file() else {}


def citation(key: str, textual: bool) -> str:
    """Return an entry of the bibliography as author and year."""
    entry = _bibliography()[key]
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join((*person.prelast_names, *person.last_names)) for person in people]
    names = [re.sub(r"[{}]", "", name) for name in names]
    author = f"{names[0]} et al." if len(names) > 2 else " and ".join(names) or key
    year = entry.fields.get("year", "n.d.")
    return f"{author} ({year})" if textual else f"{author}, {year}"


def escape(text: str) -> str:
    r"""Return plain text as Markdown that shows it unchanged.

    >>> escape("2 * 3 costs $5 in hidden_state")
    '2 \\* 3 costs \\$5 in hidden_state'
    """
    text = re.sub(r"([\\`*$])", r"\\\1", text)
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
    text = re.sub(r"<(?=[A-Za-z/!])", r"\\<", text)
    return text.replace("](", r"\](")


def _line_starts(text: str) -> str:
    """Keep a line of a paragraph from becoming a heading, a list or a quotation."""
    text = re.sub(r"(?m)^([#>+-])(?=\s|$)", r"\\\1", text)
    return re.sub(r"(?m)^(\d+)([.)])(?=\s)", r"\1\\\2", text)


def code_span(text: str) -> str:
    """Return text as code within a line.

    >>> code_span("a`b")
    '``a`b``'
    """
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def indent(text: str, first: str, rest: str) -> str:
    """Put ``first`` before the first line and ``rest`` before each other line that has text."""
    lines = text.split("\n")
    return "\n".join(
        [first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])]
    )


@dataclass
class Writer:
    """Write a parsed script as Markdown."""

    document: Document
    links: Links
    cells: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    equations: dict[str, int] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    line: int = 1

    def problem(self, message: str, line: int | None = None) -> None:
        """Remember what cannot be said."""
        number = self.line if line is None else self.document.line(line)
        self.problems.append(Problem(self.document.path, number, message))

    # cells

    def write(self, tree: nodes.document) -> list[tuple[str, str]]:
        """Return the cells as pairs of a kind (``code`` or ``markdown``) and a text."""
        for block in tree.findall(nodes.math_block):
            if block.get("label"):
                number = block.get("number") or len(self.equations) + 1  # the site has counted
                self.equations[block["label"]] = number
        for target in tree.findall(nodes.target):
            if "refuri" in target:
                self.targets.update(dict.fromkeys(target["names"], target["refuri"]))
        parts: list[str] = []
        self.outline(tree, 0, parts)
        self.flush(parts)
        return self.cells

    def flush(self, parts: list[str]) -> None:
        """End a cell of prose."""
        text = "\n\n".join(part for part in parts if part)
        if text:
            self.cells.append(("markdown", text))
        parts.clear()

    def outline(self, parent: nodes.Element, level: int, parts: list[str]) -> None:
        """Walk through the sections, and cut where code stands."""
        for child in parent.children:
            if isinstance(child, nodes.section):
                self.outline(child, level + 1, parts)
            elif isinstance(child, nodes.title):
                parts.append(f"{'#' * level} {self.inline(child)}")
            elif isinstance(child, CodeMark):
                self.flush(parts)
                if child["index"] >= 0:
                    self.cells.append(("code", self.document.code[child["index"]]))
            else:
                parts.append(self.block(child))

    # blocks

    def blocks(self, parent: nodes.Element, tight: bool = False) -> str:
        """Return all blocks inside ``parent``."""
        written = [self.block(child) for child in parent.children]
        return ("\n" if tight else "\n\n").join(text for text in written if text)

    def block(self, node: nodes.Node) -> str:
        """Return one block."""
        if getattr(node, "line", None):
            self.line = self.document.line(node.line)
        kind = type(node).__name__.lower()
        if hasattr(node, "markdown"):
            return str(node.markdown(self))
        write = getattr(self, f"block_{kind}", None)
        if write is None:
            if not isinstance(node, nodes.system_message):  # that is a problem already
                self.problem(f"a notebook has nothing for a {kind.replace('_', ' ')}")
            return ""
        return str(write(node))

    def block_paragraph(self, node: nodes.paragraph) -> str:
        """Return a paragraph."""
        return _line_starts(self.inline(node))

    def block_bullet_list(self, node: nodes.bullet_list) -> str:
        """Return a list with bullets."""
        return self.items(node, ["- "] * len(node))

    def block_enumerated_list(self, node: nodes.enumerated_list) -> str:
        """Return a numbered list."""
        start = node.get("start", 1)
        return self.items(node, [f"{start + k}. " for k in range(len(node))])

    def items(self, node: nodes.Element, marks: list[str]) -> str:
        """Return the items of a list, close together if each is one paragraph."""
        tight = all(
            isinstance(child, nodes.paragraph | nodes.bullet_list | nodes.enumerated_list)
            for item in node
            for child in item.children
        ) and all(sum(isinstance(c, nodes.paragraph) for c in item.children) < 2 for item in node)
        written = [
            indent(self.blocks(item, tight), mark, " " * len(mark))
            for item, mark in zip(node.children, marks, strict=True)
        ]
        return ("\n" if tight else "\n\n").join(written)

    def block_literal_block(self, node: nodes.literal_block) -> str:
        """Return a block of code."""
        text = node.astext()
        fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
        return f"{fence}{node.get('language', '')}\n{text}\n{fence}"

    def block_math_block(self, node: nodes.math_block) -> str:
        """Return a display, with its number if it has one."""
        tex = mathml.as_rows(node.astext())
        tex = "\n".join(line for line in tex.splitlines() if line.strip())
        number = self.equations.get(node.get("label") or "")
        tag = rf" \tag{{{number}}}" if number else ""
        if tex.startswith(r"\begin{align*}"):
            body = tex.removesuffix(r"\end{align*}").rstrip()
            return rf"{body}{tag}" + "\n" + r"\end{align*}"
        return f"$$\n{tex}{tag}\n$$"

    def block_note(self, node: nodes.note) -> str:
        """Return a note as a quotation."""
        return self.quotation("Note", node)

    def block_admonition(self, node: nodes.admonition) -> str:
        """Return a box with a title as a quotation."""
        return self.quotation(node["title"], node)

    def quotation(self, title: str, node: nodes.Element) -> str:
        """Return a titled quotation."""
        return indent(f"**{title}**\n\n{self.blocks(node)}", "> ", "> ")

    def block_table(self, node: nodes.table) -> str:
        """Return a table whose cells are single lines."""
        rows = [[self.cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        head = next(node.findall(nodes.thead), None)
        if head is None:
            rows.insert(0, [""] * len(rows[0]))
        rule = ["---"] * len(rows[0])
        caption = next((self.inline(c) for c in node if isinstance(c, nodes.title)), "")
        table = "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])
        return f"*{caption}*\n\n{table}" if caption else table

    def cell(self, entry: nodes.entry) -> str:
        """Return a cell of a table."""
        if len(entry) > 1 or (len(entry) and not isinstance(entry[0], nodes.paragraph)):
            self.problem("a cell of a table holds one paragraph", entry.line)
        return " ".join(self.blocks(entry).split()).replace("|", r"\|")

    def left_out(self, node: nodes.target | nodes.comment) -> str:
        """Leave out comments, and targets: notebooks are not linked to by label."""
        return ""

    block_target = block_comment = left_out

    # inside a line

    def inline(self, parent: nodes.Element) -> str:
        """Return everything inside a paragraph or a title."""
        return "".join(self.piece(child) for child in parent.children)

    def piece(self, node: nodes.Node) -> str:
        """Return one piece of a line."""
        if isinstance(node, nodes.Text):
            return escape(node.astext())
        if isinstance(node, nodes.emphasis):
            return f"*{self.inline(node)}*"
        if isinstance(node, nodes.strong):
            return f"**{self.inline(node)}**"
        if isinstance(node, nodes.literal):
            return code_span(node.astext())
        if isinstance(node, nodes.math):
            return f"${' '.join(node.astext().split())}$"
        if isinstance(node, nodes.target | nodes.system_message):
            return ""
        if isinstance(node, nodes.problematic):
            return node.astext()
        if isinstance(node, nodes.reference):
            return self.hyperlink(node)
        if isinstance(node, Reference):
            return self.reference(node)
        self.problem(f"a notebook has nothing for a {type(node).__name__}")
        return ""

    def hyperlink(self, node: nodes.reference) -> str:
        """Return a link to an address."""
        address = node.get("refuri") or self.targets.get(node.get("refname", ""))
        if address is None:
            self.problem(f"the link {node.astext()!r} has no address")
        text = self.inline(node)
        return f"<{address}>" if text == address else f"[{text}]({address})"

    def reference(self, node: Reference) -> str:
        """Return what a role refers to: linked where an address is known, else as words."""
        role, target, title = node["role"], node["target"], node["title"]
        if role.startswith("cite"):
            texts = [citation(key.strip(), role == "cite:t") for key in target.split(",")]
            text = escape(" and ".join(texts) if role == "cite:t" else f"({'; '.join(texts)})")
            address = self.links.find(role, target)[1]
            return f"[{text}]({address})" if address else text
        if role == "eq" and target in self.equations:
            return f"({self.equations[target]})"
        found, address = self.links.find(role, target.lstrip("~!"))
        if role in OBJECT_ROLES:
            name = target.lstrip("!")
            if name.startswith("~"):
                name = name.rpartition(".")[2]
            if role in ("func", "meth") and not title:
                name += "()"
            text = code_span(title or name)
        else:
            text = escape(title or found or _words(target))
        return f"[{text}]({address})" if address else text


def _words(target: str) -> str:
    """Return a label or the name of a page as words, where its title is not known."""
    return re.sub(r"^plot \d+ ", "", re.sub(r"[-_]+", " ", target.rpartition("/")[2]))


def convert(script: Path, links: Links | None = None) -> list[tuple[str, str]]:
    """Return the cells of a script's notebook: pairs of ``code`` or ``markdown`` and a text.

    Raises
    ------
    NotebookError
        With every construct of the script that is not allowed in a chapter.
    """
    document, tree, complaints = _parsed(script, script.stat().st_mtime_ns)
    writer = Writer(document, links or Links())
    for text, line in complaints:
        writer.problem(text, line)
    cells = writer.write(tree)
    if writer.problems:
        raise NotebookError(sorted(set(writer.problems), key=lambda p: (p.line, p.message)))
    return cells


@cache  # a build asks twice: before anything runs, and when addresses are known
def _parsed(
    script: Path, changed: int
) -> tuple[Document, nodes.document, list[tuple[str, int | None]]]:
    """Return a script as lines and as a tree, and what the parser complained of, with lines."""
    document = as_document(script)
    settings = frontend.get_default_settings(Parser)
    settings.report_level = 5
    settings.halt_level = 5
    settings.raw_enabled = False
    settings.file_insertion_enabled = False
    tree = utils.new_document(str(script), settings)
    complaints: list[tuple[str, int | None]] = []

    def observe(message: nodes.system_message) -> None:
        text = message.children[0].astext() if message.children else message.astext()
        if message["level"] >= 2 or text.startswith("Possible"):  # "Possible title underline …"
            complaints.append((" ".join(text.split()), message.get("line")))

    tree.reporter.attach_observer(observe)
    with _only_ours():
        Parser().parse("\n".join(line for line, _ in document.lines), tree)
    return document, tree, complaints


# ---------------------------------------------------------------- the notebook


def notebook(
    script: Path, *, install: str, about: str = "", links: Links | None = None
) -> NotebookNode:
    """Return a script as a notebook.

    Parameters
    ----------
    script : Path
        A gallery script.
    install : str
        Comment lines that say how to install what the notebook needs.
    about : str
        A paragraph of Markdown below the introduction: where the notebook comes from.
    links : Links, optional
        Where references lead.

    Raises
    ------
    NotebookError
        With every construct of the script that is not allowed in a chapter.
    """
    if not only_comments(install):
        raise ValueError(f"expected comment lines, got {install!r}")
    cells: list[NotebookNode] = []
    for kind, text in convert(script, links):
        if not cells and about and kind == "markdown":
            text = f"{text}\n\n{about}"
        cells.append(CELL[kind](text, id=f"cell-{len(cells):02d}"))
        if len(cells) == 1:
            cells.append(new_code_cell(install, id="cell-01", metadata={"tags": [INSTALL]}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def only_comments(text: str) -> bool:
    """Say whether code does nothing."""
    return all(line.startswith("#") or not line.strip() for line in text.splitlines())


def as_text(content: NotebookNode) -> str:
    """Return a notebook as the text of its file, the same each time."""
    return nbformat.writes(content) + "\n"
