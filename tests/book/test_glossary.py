"""The glossary lists its words in the order in which the page shows them."""

import re
import unicodedata
from pathlib import Path

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


def terms():
    """The first term of each entry, in the order of the file."""
    content = GLOSSARY.read_text(encoding="utf-8").split(":sorted:\n")[1].split("::::")[0]
    return [entry.splitlines()[0] for entry in re.split(r"\n\n(?=\S)", content.strip())]


def test_words_stand_in_alphabetical_order():
    """As Sphinx sorts them: without regard to capitals, a space or a hyphen before any letter."""
    found = terms()
    assert len(found) > 100
    assert found == sorted(found, key=lambda term: unicodedata.normalize("NFD", term.lower()))
