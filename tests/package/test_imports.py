"""Who may import whom: the ground floor carries the layers, the layers carry the models."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from floors import FLOORS

import rnnbook

ROOT = Path(rnnbook.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

BOOK = {path.stem if path.parent == ROOT else path.relative_to(ROOT).parts[0] for path in FILES}
ALLOWED = {name: below for floor in FLOORS.values() for name, below in floor.modules.items()}
ALLOWED["__init__"] = set()
OUTSIDE = {"gallery", "docs", "tests", "pytest"}


def imported(tree: ast.AST, package: tuple[str, ...]) -> set[str]:
    """Return the dotted names a module imports; what is only for type checkers does not count."""
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                names |= imported(ast.Module([other], []), package)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names |= {f"{module}.{alias.name}" for alias in node.names}
        else:
            names |= imported(node, package)
    return names


def floor(path: Path) -> str:
    """Return the part of the house a file belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def reads(path: Path) -> set[str]:
    package = ("rnnbook", *path.relative_to(ROOT).parent.parts)
    return imported(ast.parse(path.read_text(encoding="utf-8")), package)


def inside(path: Path) -> set[str]:
    """Return the parts of the house that a file imports from."""
    return {name.split(".")[1] for name in reads(path) if name.startswith("rnnbook.")}


def test_no_floor_names_what_is_not_there():
    named = {name for floor in FLOORS.values() for name in floor.modules}
    assert named <= BOOK
    assert set().union(*ALLOWED.values()) <= named


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_stands_only_on_what_is_below_it(path):
    here = floor(path)
    assert here in ALLOWED, f"{here} is new: say in docs/_ext/floors.py what it may import"
    below = inside(path) & BOOK
    assert below <= ALLOWED[here] | {here}, f"{here} imports {below - ALLOWED[here] - {here}}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_in_the_package_imports_the_book_around_it(path):
    assert not {name.split(".")[0] for name in reads(path)} & OUTSIDE


@pytest.mark.parametrize("path", [p for p in FILES if floor(p) == "figures"], ids=lambda p: p.stem)
def test_figures_draw_and_compute_nothing(path):
    outside = {name.split(".")[0] for name in reads(path)} - sys.stdlib_module_names
    assert outside <= {"matplotlib", "numpy", "rnnbook"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_are_explicit(path):
    assert not [name for name in reads(path) if name.endswith(".*")]


def test_the_reader_of_imports_sees_all_forms_but_those_for_types():
    source = """
import torch
from rnnbook.text import pad
from . import cells
from ..models import language
if TYPE_CHECKING:
    from rnnbook.training import History
def later():
    import sklearn.datasets
"""
    assert imported(ast.parse(source), ("rnnbook", "tasks")) == {
        "torch",
        "rnnbook.text.pad",
        "rnnbook.tasks.cells",
        "rnnbook.models.language",
        "sklearn.datasets",
    }


def test_importing_prints_nothing_and_draws_no_random_number():
    code = (
        "import torch; before = torch.get_rng_state()\n"
        "import rnnbook.models, rnnbook.layers, rnnbook.training, rnnbook.decoding, rnnbook.text\n"
        "assert torch.equal(before, torch.get_rng_state())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
