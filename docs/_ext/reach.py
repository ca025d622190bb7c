"""By which code a result came about: one digest over all that a function or a file can reach.

The files are read, not imported. From a definition the reader goes to every name of the package
that it uses, and so on: functions, classes and constants, through re-exports, whole. Docstrings,
comments and the places of lines do not count; the package's data do, where its loader is reached,
and so do the versions of Python and of every installed package.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from book import CLAIMS, QUESTIONS, claims_files, topic_of

PACKAGE = "rnnbook"
EXPERIMENTS = f"{PACKAGE}/experiments"
#: What judges the claims, beside the files of the claims themselves.
JUDGES = (f"{CLAIMS}/conftest.py", "docs/_ext/statements.py")

Place = tuple[Path, str]


@cache
def installed() -> str:
    """Name Python and every installed package with its version."""
    found = {f"{d.name} {d.version}" for d in importlib.metadata.distributions()}
    return "\n".join([sys.version, *sorted(found)])


@dataclass(frozen=True)
class Module:
    """The outermost statements of a file.

    Attributes
    ----------
    defined : dict
        By name, the statements that bind it.
    bound : dict
        By name, the file of the package and the name in it (``*``: all of it) that it stands for.
    loose : tuple of ast.stmt
        What is neither: it runs when the file is imported.
    """

    defined: dict[str, list[ast.stmt]]
    bound: dict[str, Place]
    loose: tuple[ast.stmt, ...]


class Reader:
    """Reads the files below ``root`` once and follows names through them."""

    def __init__(self, root: Path):
        self.root = root
        self._modules: dict[Path, Module] = {}
        self._direct: dict[Place, frozenset[Place]] = {}
        self._digests: dict[Place, str] = {}

    def module(self, path: Path) -> Module:
        """Return the outermost statements of a file."""
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: Path) -> Module:
        defined: dict[str, list[ast.stmt]] = {}
        bound: dict[str, Place] = {}
        loose: list[ast.stmt] = []
        for statement in stripped(ast.parse(path.read_text(encoding="utf-8"), str(path))).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                bound |= self.bindings(statement, path)
            elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            else:
                names = names_of(statement)
                for name in names:
                    defined.setdefault(name, []).append(statement)
                if not names:
                    loose.append(statement)
        return Module(defined, bound, tuple(loose))

    def bindings(self, node: ast.Import | ast.ImportFrom, path: Path) -> dict[str, Place]:
        """Return what of the package an import binds, by name."""
        found: dict[str, Place] = {}
        for alias in node.names:
            if isinstance(node, ast.Import):
                if alias.name.partition(".")[0] == PACKAGE:
                    whole = self.file(alias.name if alias.asname else PACKAGE)
                    if whole is not None:
                        found[alias.asname or PACKAGE] = (whole, "*")
                continue
            home = node.module or ""
            if node.level:
                above = path.relative_to(self.root).parts[: -node.level]
                home = ".".join([*above, *([node.module] if node.module else [])])
            if home.partition(".")[0] != PACKAGE:
                continue
            name = alias.asname or alias.name
            whole, part = self.file(f"{home}.{alias.name}"), self.file(home)
            if whole is not None:
                found[name] = (whole, "*")
            elif part is not None:
                found[name] = (part, alias.name)
        return found

    def file(self, name: str) -> Path | None:
        """Return the file of a module by its dotted name."""
        path = self.root.joinpath(*name.split("."))
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                return candidate
        return None

    def statements(self, place: Place) -> Sequence[ast.stmt]:
        """Return the statements that a place stands for."""
        path, name = place
        module = self.module(path)
        if name == "*":
            return [*(s for found in module.defined.values() for s in found), *module.loose]
        return [*module.defined.get(name, ()), *module.loose]

    def direct(self, place: Place) -> frozenset[Place]:
        """Return the places that one place uses itself."""
        if place not in self._direct:
            path, name = place
            module = self.module(path)
            if name in module.bound and name not in module.defined:
                found = {module.bound[name]}
            else:
                found = self.used(path, self.statements(place))
            self._direct[place] = frozenset(found)
        return self._direct[place]

    def used(self, path: Path, statements: Iterable[ast.stmt]) -> set[Place]:
        """Return the places that some statements of a file use."""
        module = self.module(path)
        nodes = [node for statement in statements for node in ast.walk(statement)]
        bound = dict(module.bound)
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound |= self.bindings(node, path)
        member = {id(n.value): n.attr for n in nodes if isinstance(n, ast.Attribute)}
        found: set[Place] = set()
        for node in nodes:
            if not isinstance(node, ast.Name):
                continue
            if node.id in bound:
                target, name = bound[node.id]
                found.add((target, member.get(id(node), "*") if name == "*" else name))
            elif node.id in module.defined:
                found.add((path, node.id))
        return {self.inside(*place) for place in found}

    def inside(self, path: Path, name: str) -> Place:
        """Return a place; what a package's attribute names may be a module below it."""
        if path.name == "__init__.py" and name != "*":
            module = self.module(path)
            below = self.file(".".join((*path.relative_to(self.root).parent.parts, name)))
            if below and name not in module.defined and name not in module.bound:
                return (below, "*")
        return (path, name)

    def reach(self, start: Iterable[Place]) -> set[Place]:
        """Return every place that can be reached from ``start``, itself included."""
        seen: set[Place] = set()
        waiting = [*start]
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                waiting.extend(self.direct(place) - seen)
        return seen

    def digest(self, start: Iterable[Place], *, also: str = "") -> str:
        """Return the digest of all that can be reached from ``start``, and of the text ``also``."""
        places = self.reach(start)
        total = hashlib.sha256(also.encode())
        for line in sorted(self._line(place) for place in places):
            total.update(line.encode())
        data = self.root / PACKAGE / "data"
        if any(path.is_relative_to(data) for path, _ in places):
            for path in sorted(p for p in data.rglob("*") if p.is_file() and p.suffix != ".pyc"):
                total.update(path.name.encode() + path.read_bytes())
        return total.hexdigest()[:24]

    def _line(self, place: Place) -> str:
        if place not in self._digests:
            path, name = place
            home = path.relative_to(self.root).as_posix()
            inner = hashlib.sha256("".join(map(ast.dump, self.statements(place))).encode())
            self._digests[place] = f"{home} {name} {inner.hexdigest()}\n"
        return self._digests[place]


def stripped(tree: ast.Module) -> ast.Module:
    """Return a syntax tree without its docstrings."""
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def names_of(statement: ast.stmt) -> set[str]:
    """Return the names that an outermost statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return {
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def experiment_of(claims: Path) -> str:
    """Return the word of the experiment that a file of claims is about.

    It is that of the topic; the claims of a question are about the one experiment they import.
    """
    if claims.parent.name == QUESTIONS and claims.is_file():
        for statement in ast.parse(claims.read_text(encoding="utf-8")).body:
            if (
                isinstance(statement, ast.ImportFrom)
                and statement.module == f"{PACKAGE}.experiments"
            ):
                return statement.names[0].name
    return topic_of(claims).rpartition("/")[2]


def functions(reader: Reader) -> dict[str, str]:
    """Return the digest of every function of an experiment that takes one seed, by name."""
    found = {}
    for path in sorted((reader.root / EXPERIMENTS).glob("*.py")):
        for name, statements in reader.module(path).defined.items():
            for statement in statements:
                if isinstance(statement, ast.FunctionDef) and takes_a_seed(statement):
                    full = f"{PACKAGE}.experiments.{path.stem}.{name}"
                    found[full] = reader.digest([(path, name)], also=installed())
    return found


def takes_a_seed(function: ast.FunctionDef) -> bool:
    """Say whether a function can be called with a seed alone."""
    given = [*function.args.posonlyargs, *function.args.args]
    needed = len(given) - len(function.args.defaults)
    return bool(given) and given[0].arg == "seed" and needed == 1


def claims(reader: Reader) -> dict[str, str]:
    """Return the digest of every file of claims, with its experiment and its judges, by topic."""
    root = reader.root
    judges = "".join(dump(root / name) for name in JUDGES if (root / name).is_file())
    found = {}
    for path in claims_files(root):
        found[topic_of(path)] = reader.digest(start_of(root, path), also=installed() + judges)
    return found


def start_of(root: Path, claims: Path) -> list[Place]:
    """Return what a file of claims stands on: itself, and its experiment."""
    experiment = root / EXPERIMENTS / f"{experiment_of(claims)}.py"
    return [(path, "*") for path in (claims, experiment) if path.is_file()]


def can_train(reader: Reader, claims: Path) -> bool:
    """Say whether a file that the claims reach speaks of an optimiser."""
    places = reader.reach(start_of(reader.root, claims))
    return any("optim" in path.read_text(encoding="utf-8") for path in {path for path, _ in places})


def digest_of(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def dump(path: Path) -> str:
    """Return the syntax tree of a file as text, without docstrings."""
    return ast.dump(stripped(ast.parse(path.read_text(encoding="utf-8"))))


def write(path: Path, content: dict[str, object]) -> None:
    """Write JSON under another name first, if it changed: a file that is there is whole."""
    text = json.dumps(content, indent=1, sort_keys=True)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def refresh(reader: Reader, store: Path) -> None:
    """Write into ``store`` which runs are current, and drop those that are not."""
    current = functions(reader)
    write(store / "digests.json", {"functions": current})
    keep = set(current.values())
    for path in store.glob("*/*.*"):
        if path.stem.partition("-")[2] not in keep or path.suffix not in {".pickle", ".lock"}:
            path.unlink(missing_ok=True)
