"""A directive is told of in one file: pages, notebooks and the readers of prose follow it."""

from io import StringIO

import claims
import elements
import pytest
import reading
from notebooks import convert
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ASIDE = '''\
"""An aside says a sentence twice."""

from docutils import nodes
from elements import Element


class Twice(nodes.General, nodes.Element):
    def markdown(self, writer):
        return f"{writer.blocks(self)}\\n\\nAgain: {writer.blocks(self)}"


class Aside(Element):
    names = ("aside",)
    holds_prose = holds_sentences = True
    has_content = True

    def page(self):
        return [nodes.paragraph("", "aside: ", *self.parse_content_to_nodes()[0].children)]

    def notebook(self):
        return [self.content_in(Twice())]

    @classmethod
    def sentences(cls, argument, lines):
        return [(2, lines[1].strip())]
'''
SCRIPT = '"""\nA question?\n===========\n\nText.\n\n.. aside::\n\n   It is 0.5.\n"""\n\nx = 1\n'


@pytest.fixture
def aside(tmp_path, monkeypatch):
    """One more file in the folder of directives."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "aside.py").write_text(ASIDE, encoding="utf-8")
    monkeypatch.setattr(elements, "__path__", [*elements.__path__, str(tmp_path / "ours")])
    elements.modules.cache_clear()
    yield
    elements.modules.cache_clear()


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "gallery" / "1_part" / "plot_01_try.py"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_a_new_directive_is_told_of_in_one_file(aside, script):
    assert convert(script)[0][1].endswith("Text.\n\nIt is 0.5.\n\nAgain: It is 0.5.")
    assert reading.typed_numbers(SCRIPT)[0] == ["0.5"]
    assert [(s.text, s.line) for s in claims.sentences_of(script)] == [("It is 0.5.", 9)]


def test_it_is_registered_for_pages(aside, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "conf.py").write_text("extensions = ['elements']\n", encoding="utf-8")
    (docs / "index.rst").write_text("A\n=\n\n.. aside::\n\n   Words.\n", encoding="utf-8")
    warnings = StringIO()
    with patch_docutils(), docutils_namespace():
        Sphinx(
            docs, docs, tmp_path / "out", tmp_path / "trees", "html", status=None, warning=warnings
        ).build()
    assert warnings.getvalue() == ""
    assert "<p>aside: Words.</p>" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_every_directive_has_a_name_of_its_own():
    names = [name for element in elements._all() for name in element.names]
    assert len(set(names)) == len(names)
