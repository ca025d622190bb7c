"""``.. source:: rnnbook.cells.SimpleRNNCell`` shows the package's own code, never a pasted copy.

It is found by its name; its caption links to the API page. An ellipsis stands for the checks at the
start of a function. ``:nodoc:`` leaves the docstrings out, and ``:members: forward`` keeps only
those methods of a class.
"""

from __future__ import annotations

import ast
import importlib.util
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from checks import without_checks
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from elements import Element, Reference

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """The code of one object of the package.

    Attributes
    ----------
    name : str
        The dotted name where the object is written, after re-exports are followed.
    text : str
        Its code, not indented.
    path : Path
        The file it is written in.
    line : int
        The line of that file where it starts.
    """

    name: str
    text: str
    path: Path
    line: int


def source_of(name: str, *, members: tuple[str, ...] = (), doc: bool = True) -> Source:
    """Return the code of the function, class, method or constant called ``name``.

    Its checks are left out; an ellipsis stands for them (see :mod:`checks`).

    The files are read, not imported, and names that a package hands on from another module
    (``from rnnbook.models.many_to_one import VanillaRNN``) are followed.

    Parameters
    ----------
    name : str
        A dotted name: ``rnnbook.cells.SimpleRNNCell`` or ``rnnbook.cells.SimpleRNNCell.forward``.
    members : tuple of str
        Of a class, keep only these methods, below its first lines.
    doc : bool
        Whether docstrings stay.

    Raises
    ------
    LookupError
        If no such object is written in the package.
    """
    path, module, inner = split_name(name)
    lines, body = read(path)
    found: ast.stmt | None = None
    for depth, word in enumerate(inner):
        statement = defined(word, body)
        if statement is None and depth == 0:
            origin = handed_on(word, body, module, is_package=path.name == "__init__.py")
            if origin is not None:
                rest = inner[1:]
                return source_of(".".join((origin, *rest)), members=members, doc=doc)
        if statement is None:
            raise LookupError(f"{name}: no {word!r} is written in {path.name}")
        found, body = statement, getattr(statement, "body", [])
    assert found is not None  # split_name leaves at least one word
    first = start_of(found)
    keep = set(range(first, (found.end_lineno or first) + 1))
    if members:
        keep -= other_members(name, found, members)
    if not doc:
        keep -= docstring_lines(found, lines)
    shown = {number: lines[number - 1] for number in sorted(keep)} | {
        number: line for number, line in without_checks(found, lines).items() if number in keep
    }
    text = textwrap.dedent("\n".join(line for line in shown.values() if line is not None))
    return Source(".".join((module, *inner)), text.strip("\n"), path, first)


@cache
def _parsed(path: Path, changed: int) -> tuple[list[str], list[ast.stmt]]:
    text = path.read_text(encoding="utf-8")
    return text.splitlines(), ast.parse(text).body


def read(path: Path) -> tuple[list[str], list[ast.stmt]]:
    """Return the lines and the statements of a file, read again when it has changed."""
    return _parsed(path, path.stat().st_mtime_ns)


def split_name(name: str) -> tuple[Path, str, list[str]]:
    """Split a dotted name into the file of its module, the module, and the words inside it."""
    top, *words = name.split(".")
    spec = importlib.util.find_spec(top) if top.isidentifier() else None
    if spec is None or spec.origin is None:
        raise LookupError(f"{name}: no package {top!r} is installed")
    path, module = Path(spec.origin), top
    while words and path.name == "__init__.py":
        folder = path.parent / words[0]
        inside = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        if not inside.is_file():
            break
        path, module = inside, f"{module}.{words.pop(0)}"
    if not words:
        raise LookupError(f"{name} is a module; name a class, function or constant in it")
    return path, module, words


def defined(word: str, body: list[ast.stmt]) -> ast.stmt | None:
    """Return the statement of ``body`` that defines ``word``."""
    for statement in body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [statement.name]
        elif isinstance(statement, ast.Assign):
            names = [
                n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)
            ]
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names = [statement.target.id]
        else:
            continue
        if word in names:
            return statement
    return None


def handed_on(word: str, body: list[ast.stmt], module: str, *, is_package: bool) -> str | None:
    """Return the full name that ``word`` was imported under, if it was imported."""
    for statement in body:
        if not isinstance(statement, ast.ImportFrom):
            continue
        for alias in statement.names:
            if (alias.asname or alias.name) == word:
                above = statement.level - is_package if statement.level else 0
                parents = module.split(".")[: -above or None] if statement.level else []
                origin = [*parents, *([statement.module] if statement.module else [])]
                return ".".join((*origin, alias.name))
    return None


def start_of(statement: ast.stmt) -> int:
    """Return the first line of a statement, its decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def other_members(name: str, found: ast.stmt, members: tuple[str, ...]) -> set[int]:
    """Return the lines of a class that belong to members not asked for."""
    if not isinstance(found, ast.ClassDef):
        raise LookupError(f"{name}: only a class has members to choose from")
    missing = [word for word in members if defined(word, found.body) is None]
    if missing:
        raise LookupError(f"{name}: no member {', '.join(missing)}")
    wanted = [defined(word, found.body) for word in members]
    dropped: set[int] = set()
    end = found.body[0].lineno - 1
    for statement in found.body:
        is_doc = statement is found.body[0] and ast.get_docstring(found) is not None
        if statement not in wanted and not is_doc:
            dropped |= set(range(end + 1, (statement.end_lineno or 0) + 1))
        end = statement.end_lineno or end
    return dropped


def docstring_lines(found: ast.stmt, lines: list[str]) -> set[int]:
    """Return the lines of every docstring in a statement, with the blank lines after it."""
    dropped: set[int] = set()
    for node in ast.walk(found):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node) is None or len(node.body) == 1:
            continue
        docstring = node.body[0]
        end = docstring.end_lineno or docstring.lineno
        while end < len(lines) and not lines[end].strip():
            end += 1
        dropped |= set(range(docstring.lineno, end + 1))
    return dropped


class SourceDirective(Element):
    """Show the package's own code by the name of an object."""

    names = ("source",)
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "members": directives.unchanged_required,
        "nodoc": directives.flag,
    }

    def source(self) -> Source:
        """Return the code that is asked for."""
        members = tuple(self.options.get("members", "").replace(",", " ").split())
        try:
            return source_of(self.arguments[0], members=members, doc="nodoc" not in self.options)
        except LookupError as problem:
            raise self.error(f"source: {problem}") from problem

    def notebook(self) -> list[nodes.Node]:
        """Build the code block below a line that names it."""
        source = self.source()
        link = Reference(role="obj", target=self.arguments[0], title=None)
        caption = nodes.paragraph("", "", link, nodes.Text(", as the book has it:"))
        return [caption, nodes.literal_block(source.text, source.text, language="python")]

    def page(self) -> list[nodes.Node]:
        """Build the code block and its caption."""
        name, source = self.arguments[0], self.source()
        self.env.note_dependency(str(source.path))
        code = nodes.literal_block(source.text, source.text, language="python", force=False)
        code["classes"].append("package-source")
        caption = nodes.caption(name, "")
        caption += ApiLink(name, "", nodes.literal(name, name), names=api_names(name, source.name))
        box = nodes.container(
            "", caption, code, literal_block=True, classes=["literal-block-wrapper"]
        )
        self.set_source_info(caption)
        self.set_source_info(code)
        return [box]


class ApiLink(nodes.inline):
    """The name of an object, to become a link to its API page."""


def api_names(*names: str) -> list[str]:
    """Return the names under which an object may be documented, the most exact first."""
    return [*names, *(name.rpartition(".")[0] for name in names)]


class LinkToApi(SphinxPostTransform):
    """Turn each :class:`ApiLink` into a link to the page that documents the object."""

    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        """Replace every link of the document."""
        domain = self.env.domains.python_domain
        for link in list(self.document.findall(ApiLink)):
            found = next((name for name in link["names"] if name in domain.objects), None)
            if found is None:
                logger.warning(
                    "no API page documents %s", link["names"][0], location=link, type="chapter"
                )
                link.replace_self(list(link.children))
                continue
            entry = domain.objects[found]
            link.replace_self(
                make_refnode(
                    self.app.builder,
                    self.env.current_document.docname,
                    entry.docname,
                    entry.node_id,
                    link.children,
                    found,
                )
            )


def prepare(app: Sphinx) -> None:
    """Register the links to the API."""
    app.add_post_transform(LinkToApi)
