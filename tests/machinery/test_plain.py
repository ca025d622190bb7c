"""The check of words finds what it names, on pages and in code, and nothing in plain sentences."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("plain", ROOT / "tools" / "plain.py")
plain = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plain)

BAD = [
    "The state is read anew.",
    "The likeliest letter comes next.",
    "It tells which input came first.",
    "One dot a seed shows a run, a dot a seed.",
    "Whoever remembers nothing guesses.",
    "After 400 steps of training it is right.",
]


@pytest.mark.parametrize("text", BAD)
def test_words_are_found(text):
    assert list(plain.words_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "The mean is zero: it is off by one: so is the rest.",
        "The chapter on clipping shows it.",
    ],
)
def test_joints_are_found(text):
    assert list(plain.joints_in(text))


def test_plain_sentences_pass():
    text = "The network reads on: see :doc:`clipping <plot_04>`, the chapter on limits, at 0:1."
    assert list(plain.words_in(text)) == list(plain.joints_in(text)) == []


def test_code_is_left_out_and_lines_are_counted():
    lines = ["Text", "", ".. code:: python", "", "   anew", "", "* one", "* two", "  words"]
    found = [block for block in plain.paragraphs(lines) if block[1]]
    assert found == [(1, "Text"), (7, "one"), (8, "two words")]


def test_long_claims_are_found(tmp_path):
    file = tmp_path / "test_it.py"
    file.write_text(f'def test_it():\n    """{"word " * 31}."""\n', encoding="utf-8")
    assert [said for _, said in plain.long_claims(file)]
