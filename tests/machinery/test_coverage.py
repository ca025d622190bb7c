"""What a reader may come with from elsewhere has its code, its page and its test in the book."""

import ast
import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = tomllib.loads((Path(__file__).parent / "coverage.toml").read_text(encoding="utf-8"))
ROWS = {name: row for name, row in TABLE.items() if name != "functions"}
each = pytest.mark.parametrize("name", ROWS)


def found(dotted: str) -> Any:
    """Import what a dotted name leads to: a module, or something in one."""
    words = dotted.split(".")
    for end in range(len(words), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(words[:end]))
        except ModuleNotFoundError:
            continue
        for word in words[end:]:
            thing = getattr(thing, word)
        return thing
    raise ModuleNotFoundError(dotted)


def test_no_row_is_missing():
    assert list(ROWS) == [f"M{number:02d}" for number in range(1, 49)]
    assert all(set(row) == {"item", "code", "pages", "tests"} for row in ROWS.values())
    assert all(row["pages"] and row["tests"] for row in ROWS.values())


@each
def test_code_can_be_imported(name):
    for dotted in ROWS[name]["code"]:
        assert found(dotted) is not None


@pytest.mark.parametrize("name", TABLE["functions"])
def test_functions_can_be_imported_under_their_names(name):
    place = TABLE["functions"][name]
    assert callable(found(place))
    assert place.rpartition(".")[2] == name


@each
def test_pages_are_there(name):
    for page in ROWS[name]["pages"]:
        assert (ROOT / page).is_file(), page


@each
def test_tests_are_there(name):
    for place in ROWS[name]["tests"]:
        path, _, test = place.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert test in tests if test else any(one.startswith("test_") for one in tests), place
