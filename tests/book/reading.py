"""Reading a gallery script for its tests: its cells, its prose, and what its text asks for."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import elements
from book import UNDERLINE, Page
from notebooks import INSTALL, clean_code, only_comments
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

DIRECTIVE = re.compile(r"(\s*)\.\. ([\w-]+)::\s*(.*)")
MATH_OR_CITATION = re.compile(r":(?:math|cite\S*|eq|ref|doc|numref):`[^`]*`")
LITERAL = re.compile(r"``(.+?)``", re.DOTALL)
LINK = re.compile(r"<https?://[^>]*>|https?://\S+")
NUMBER = re.compile(
    r"(?<![\w.])[+-]?\d+\.\d+(?:e[+-]?\d+)?(?![\w.]*\w)"  # 0.93
    r"|(?<![\w.])\d+e[+-]?\d+"  # 1e-5
    r"|(?<![\w.])\d+(?:\.\d+)?(?=\s*(?:%|per\s?cent\b))"  # 93 %, 93 percent
)


@dataclass(frozen=True)
class Block:
    """One cell of a script: its kind (``text`` or ``code``), content and first line."""

    kind: str
    content: str
    line: int


@dataclass(frozen=True)
class Script:
    """A page of the gallery as its script tells it."""

    page: Page

    @cached_property
    def blocks(self) -> list[Block]:
        """The cells; the first is the docstring."""
        _, found = split_code_and_text_blocks(str(self.page.path))
        blocks = [Block(*block) for block in found]
        return [b for b in blocks if b.kind == "text" or b.content.strip()]

    @property
    def words(self) -> int:
        """How many words the prose has, without code, formulas and takeaways."""
        texts = (prose(block.content) for block in self.blocks if block.kind == "text")
        return sum(any(map(str.isalnum, word)) for text in texts for word in text.split())

    @property
    def introduction(self) -> str:
        """The prose between the title and the first section or cell."""
        lines = self.blocks[0].content.strip().splitlines()
        heads = [n for n, line in enumerate(lines) if UNDERLINE.fullmatch(line)]
        end = heads[1] - 1 if len(heads) > 1 else len(lines)
        return "\n".join(lines[heads[0] + 1 : end]) if heads else ""

    @property
    def headings(self) -> list[str]:
        """Every section title, in order."""
        return [t for b in self.blocks if b.kind == "text" for t, _ in sections(b.content)]

    @property
    def code(self) -> str:
        """All code cells."""
        return "\n".join(b.content for b in self.blocks if b.kind == "code")

    def directives(self, name: str) -> list[tuple[int, str, list[str]]]:
        """Return, for each directive of that name, its block's number, argument and content."""
        return [
            (number, match[3], below(block.content.splitlines(), start))
            for number, block in enumerate(self.blocks)
            if block.kind == "text"
            for start, line in enumerate(block.content.splitlines())
            if (match := DIRECTIVE.match(line)) and match[2] == name
        ]

    @property
    def imports(self) -> set[str]:
        """The top-level packages that the code imports."""
        found = set()
        for node in ast.walk(ast.parse(self.page.text)):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
        return found

    @property
    def figure_cells(self) -> list[int]:
        """The numbers of the blocks whose code draws a figure."""
        drawers = set()
        for node in ast.walk(ast.parse(self.page.text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("rnnbook.figures", "matplotlib")
            ):
                drawers |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                drawers |= {
                    alias.asname or alias.name
                    for alias in node.names
                    if alias.name.startswith(("rnnbook.figures", "matplotlib"))
                }
        return [
            number
            for number, block in enumerate(self.blocks)
            if block.kind == "code"
            and any(
                isinstance(node, ast.Call)
                and ast.unparse(node.func).startswith(tuple(drawers))
                and ast.unparse(node.func) != "plt.show"  # it draws nothing
                for node in ast.walk(ast.parse(block.content))
                if drawers
            )
        ]


def sections(text: str) -> Iterator[tuple[str, int]]:
    """Yield each section title of a reST text with the number of its line."""
    lines = text.splitlines()
    for number, (line, under) in enumerate(pairwise(lines)):
        if line.strip() and not UNDERLINE.fullmatch(line) and UNDERLINE.fullmatch(under):
            yield line.strip(), number


def below(lines: list[str], start: int) -> list[str]:
    """Return the lines indented below ``lines[start]``."""
    depth = len(lines[start]) - len(lines[start].lstrip())
    inside = []
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            break
        inside.append(line)
    return inside


def prose(text: str) -> str:
    """Return what a text block says in words: without code, literal blocks and displayed math."""
    known = elements.known()
    lines = text.splitlines()
    kept: list[str] = []
    number = 0
    while number < len(lines):
        match = DIRECTIVE.match(lines[number])
        literal = not match and lines[number].rstrip().endswith("::")
        if literal or (match and not (match[2] in known and known[match[2]].holds_prose)):
            kept.append(lines[number] if literal else "")
            number += 1 + len(below(lines, number))
            continue
        kept.append(match[3] if match else lines[number])
        number += 1
    return "\n".join(kept)


def typed_numbers(text: str) -> tuple[list[str], list[str]]:
    """Return the decimals and percentages of a text block: those in prose, those in literals.

    >>> typed_numbers("It reaches 0.93, or 93 %, at ``learning_rate=0.01`` and :math:`0.9^{100}`.")
    (['0.93', '93'], ['0.01'])
    """
    words = LINK.sub(" ", MATH_OR_CITATION.sub(" ", prose(text)))
    literals = [number for literal in LITERAL.findall(words) for number in numbers(literal)]
    return numbers(LITERAL.sub(" ", words)), literals


def numbers(text: str) -> list[str]:
    """Return the decimals, powers of ten and percentages in ``text``."""
    return NUMBER.findall(text)


def sentences(text: str) -> int:
    """Count the sentences of a paragraph.

    >>> sentences('"Not good." Is it? It is, e.g. here.')
    3
    """
    ends = re.findall(r"[.?!…][\"')]*(?=\s+[\"'(]?[A-Z]|\s*$)", text.strip())
    return len(ends)


def opens_with_prose(text: str) -> bool:
    """Say whether a text block starts with a sentence, not with a heading or a directive."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or lines[0].lstrip().startswith(".. "):
        return False
    return len(lines) < 2 or not UNDERLINE.fullmatch(lines[1])


def code_cells(script: Path) -> list[str]:
    """Return the code blocks of a script as they stand in its notebook."""
    _, blocks = split_code_and_text_blocks(str(script))
    cleaned = (clean_code(block.content) for block in blocks if block.type == "code")
    return [code for code in cleaned if code]


def code_cells_equal(script: Path, notebook: Path) -> bool:
    """Return whether a notebook holds exactly the code of a script.

    The cell that says how to install the package does not count; it holds comments only.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [("".join(c["source"]), c["metadata"]) for c in cells if c["cell_type"] == "code"]
    kept = [
        text
        for text, about in code
        if INSTALL not in about.get("tags", []) or not only_comments(text)
    ]
    return kept == code_cells(script)
