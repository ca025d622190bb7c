"""Which lines of a function only look at what was handed in: pages show the code without them.

A check is an ``if`` that does nothing but raise a TypeError or a ValueError, a call of something
whose name begins with ``check`` or ``fits``, or a name that only checks read. Those at the start of
a function count; what is raised later, or of another kind, is part of what the function does.
"""

from __future__ import annotations

import ast

#: What stands on a page for the checks of a function.
ELLIPSIS = "..."

Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_checks(found: ast.stmt, lines: list[str]) -> dict[int, str | None]:
    """Return what becomes of the lines of ``found`` that check something.

    Parameters
    ----------
    found : ast.stmt
        A class or a function.
    lines : list of str
        The lines of its file.

    Returns
    -------
    dict of int to str or None
        By number, lines that are left out, and the first of each row of them, in the place of which
        an ellipsis stands. A function that does nothing else keeps all of its lines.
    """
    changed: dict[int, str | None] = {}
    for function in ast.walk(found):
        if not isinstance(function, Function):
            continue
        for row in rows_of_checks(function):
            first, last = first_line(row[0], lines), row[-1].end_lineno or row[-1].lineno
            changed |= dict.fromkeys(range(first, last + 1))
            changed[first] = " " * row[0].col_offset + ELLIPSIS
    return changed


def rows_of_checks(function: Function) -> list[list[ast.stmt]]:
    """Return the checks at the start of a function, in rows of neighbours."""
    body = function.body[ast.get_docstring(function) is not None :]
    rows: list[list[ast.stmt]] = [[]]
    for number, statement in enumerate(body):
        if is_check(statement) or only_for_checks(statement, body[number + 1 :]):
            rows[-1].append(statement)
        elif ast.unparse(statement) == "super().__init__()":
            rows.append([])
        else:
            return [row for row in rows if any(is_check(s) for s in row)]
    return []  # nothing but checks


def is_check(statement: ast.stmt) -> bool:
    """Say whether a statement does nothing but complain."""
    if isinstance(statement, ast.If):
        return all(is_check(s) for s in (*statement.body, *statement.orelse))
    if isinstance(statement, ast.For):
        return all(is_check(s) for s in statement.body)
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id in {"TypeError", "ValueError"}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = ast.unparse(statement.value.func).removeprefix("self.")
        return called.lstrip("_").startswith(("check", "fits"))
    return False


def only_for_checks(statement: ast.stmt, later: list[ast.stmt]) -> bool:
    """Say whether a statement names what nothing but the checks after it reads."""
    if not isinstance(statement, ast.Assign):
        return False
    names = set().union(*map(names_in, statement.targets))
    readers = [s for s in later if names & names_in(s)]
    return bool(readers) and all(is_check(s) for s in readers)


def names_in(node: ast.AST) -> set[str]:
    """Return all names in a piece of code."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def first_line(statement: ast.stmt, lines: list[str]) -> int:
    """Return the first line of a statement, with the comment above it."""
    first = statement.lineno
    while lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first
