"""What scripts and the package say can be printed on any console: it is ASCII."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "gallery").rglob("*.py"))
# what figures write is drawn, not printed
MODULES = [path for path in sorted((ROOT / "rnnbook").rglob("*.py")) if "figures" not in path.parts]


def beyond_ascii(source):
    """The strings in some code that are not ASCII, docstrings aside."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node) is not None
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and not node.value.isascii()
    ]


def test_strings_are_found_wherever_they_stand():
    dots = "\u2026"
    source = f'"""Doc {dots}"""\nprint("a{dots}", f"b{dots} {{1}}")\nwords = ["c{dots}"]\n# d{dots}'
    assert set(beyond_ascii(source)) == {f"a{dots}", f"b{dots} ", f"c{dots}"}


#: Modules whose words are in another language: the scripts that print them call ``any_console``.
FOREIGN = {ROOT / "rnnbook/tasks/translation.py"}


@pytest.mark.parametrize(
    "path",
    [path for path in [*SCRIPTS, *MODULES] if path not in FOREIGN],
    ids=lambda path: path.stem,
)
def test_what_is_said_is_ascii(path):
    assert beyond_ascii(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path",
    [path for path in SCRIPTS if "sys.argv" in path.read_text(encoding="utf-8")],
    ids=lambda path: path.stem,
)
def test_a_script_that_prints_what_a_reader_brings_can_print_any_letter(path):
    numbers_only = path.stem in ("plot_07_speech", "plot_11_leaks")
    assert numbers_only or "any_console()" in path.read_text(encoding="utf-8")


def test_a_letter_that_a_console_has_not_is_escaped():
    code = "from rnnbook.text import any_console; any_console(); print('v\\u00e9lo')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "v\\xe9lo"), done.stderr


def test_a_script_runs_on_a_console_of_ascii():
    done = subprocess.run(
        [sys.executable, ROOT / "gallery/1_foundations/plot_02_one_step.py"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
