"""Descriptions of figures: what is typed says what is drawn, and every value is the result's."""

import ast
import re
from pathlib import Path

import pytest

FIGURES = sorted((Path(__file__).parents[2] / "rnnbook" / "figures").glob("*.py"))
QUANTITY = re.compile(
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|halves|thirds?|"
    r"quarters?|fifths?|sixths?|eighths?|tenths?|hundredths?|thousandths?|twice|double|tenfold|"
    r"nearly|almost|hardly|barely|about|roughly|close to|far (above|below))\b",
    re.IGNORECASE,
)


def typed(path):
    """The pieces of text that each call of ``style.describe`` holds, with their lines."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("describe"):
            for node in ast.walk(call.args[1]):
                if isinstance(node, ast.FormattedValue):
                    node.format_spec = None
            inside = {
                id(n)
                for value in ast.walk(call.args[1])
                if isinstance(value, ast.FormattedValue)
                for n in ast.walk(value)
            }
            for node in ast.walk(call.args[1]):
                if isinstance(node, ast.Constant) and id(node) not in inside:
                    yield node.lineno, str(node.value)


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_no_quantity_is_typed_into_a_description(path):
    found = [
        f"line {line}: {match.group()!r} in {text.strip()!r}"
        for line, text in typed(path)
        if (match := QUANTITY.search(text))
    ]
    assert not found, "\n".join(["build values from the result", *found])


def test_reader_of_descriptions_finds_what_is_typed(tmp_path):
    path = tmp_path / "figure.py"
    path.write_text(
        'style.describe(fig, f"At {length:3d} steps {style.span(x, \'.0e\')} falls " "by half.")\n',
        encoding="utf-8",
    )
    text = " ".join(text for _, text in typed(path))
    assert "by half." in text
    assert QUANTITY.search(text).group() == "half"
    assert "3d" not in text
    assert ".0e" not in text
