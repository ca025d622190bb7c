"""``.. source:: rnnbook.cells.SimpleRNNCell`` shows the package's own code, never a pasted copy.

It is found by its name; its caption links to the API page. An ellipsis stands for the checks at the
start of a function. ``:nodoc:`` leaves the docstrings out, and ``:members: forward`` keeps only
those methods of a class.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import textwrap
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from checks import without_checks
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes

from elements import Element, Reference


class Source(NamedTuple):
    """The code of one object of the package, and the file it is written in."""

    text: str
    path: Path


def source_of(name: str, *, members: tuple[str, ...] = (), doc: bool = True) -> Source:
    """Return the code of the function, class or method called ``name``, not indented.

    Its checks are left out; an ellipsis stands for them (see :mod:`checks`).

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
        If no such object is written in Python.
    """
    try:
        found = inspect.unwrap(pkgutil.resolve_name(name))
        if inspect.ismodule(found):
            raise TypeError("it is a module; name a class or function in it")
        text, path = textwrap.dedent(inspect.getsource(found)), inspect.getfile(found)
    except (AttributeError, ImportError, OSError, TypeError, ValueError) as problem:
        raise LookupError(f"{name}: {problem}") from problem
    lines, statement = text.splitlines(), ast.parse(text).body[0]
    dropped = other_members(name, statement, members) if members else set()
    if not doc:
        dropped |= docstring_lines(statement, lines)
    changed = without_checks(statement, lines)
    shown = {number: changed.get(number, line) for number, line in enumerate(lines, start=1)}
    kept = (line for number, line in shown.items() if line is not None and number not in dropped)
    return Source("\n".join(kept).strip("\n"), Path(path))


def other_members(name: str, found: ast.stmt, members: tuple[str, ...]) -> set[int]:
    """Return the lines of a class that belong to members not asked for."""
    if not isinstance(found, ast.ClassDef):
        raise LookupError(f"{name}: only a class has members to choose from")
    missing = set(members) - {getattr(statement, "name", "") for statement in found.body}
    if missing:
        raise LookupError(f"{name}: no member {', '.join(sorted(missing))}")
    dropped: set[int] = set()
    end = found.body[0].lineno - 1
    for statement in found.body:
        is_doc = statement is found.body[0] and ast.get_docstring(found) is not None
        if not is_doc and getattr(statement, "name", "") not in members:
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
        """Build the code block and its caption, which links to the page of the object.

        What is private has none, and is told of on that of its module.
        """
        name, source = self.arguments[0], self.source()
        self.env.note_dependency(str(source.path))
        code = nodes.literal_block(source.text, source.text, language="python", force=False)
        code["classes"].append("package-source")
        link = addnodes.pending_xref(
            "",
            nodes.literal(name, name),
            refdomain="py",
            reftype="obj",
            reftarget=re.sub(r"\._.*", "", name),
            refdoc=self.env.docname,
        )
        caption = nodes.caption(name, "", link)
        box = nodes.container(
            "", caption, code, literal_block=True, classes=["literal-block-wrapper"]
        )
        for node in (link, caption, code):
            self.set_source_info(node)
        return [box]
