"""The notebooks of the chapters: their prose is Markdown, their code is the script's."""

import doctest
import json
from pathlib import Path
from textwrap import dedent

import nbformat
import notebooks
import pytest
from docutils.parsers.rst import directives, roles
from notebooks import INSTALL, Links, NotebookError, convert, notebook
from reading import code_cells, code_cells_equal

GALLERY = Path(__file__).parents[2] / "gallery"
SCRIPTS = sorted(GALLERY.glob("*/plot_*.py"))
COMMENT = "# %pip install rnnbook"

HEAD = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A question?
===========

Two sentences. Of them.
"""
'''


@pytest.fixture
def script(tmp_path):
    """Write a script whose text cell is given, between two cells of code."""

    def write(text, head=HEAD):
        lines = dedent(text).strip("\n").splitlines()
        comment = "\n".join(f"# {line}".rstrip() for line in lines)
        path = tmp_path / "plot_01_try.py"
        path.write_text(f"{head}\n# %%\n{comment}\n\nx = 1\nprint(x)\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def prose(script):
    """Convert one text cell."""

    def converted(text, links=None):
        cells = convert(script(text), links)
        assert [kind for kind, _ in cells] == ["markdown", "markdown", "code"]
        return cells[1][1]

    return converted


def test_doctests_of_the_module_hold():
    assert doctest.testmod(notebooks).failed == 0


def test_titles_keep_their_levels_across_cells(prose):
    assert prose("Part\n----\n\nText.\n\nSmaller\n~~~~~~~") == "## Part\n\nText.\n\n### Smaller"


def test_plain_markup(prose):
    assert prose("An *idea*, **strong**, ``h_n`` and 2 * 3.") == (
        "An *idea*, **strong**, `h_n` and 2 \\* 3."
    )


def test_lists(prose):
    text = """
    * one
    * two, which
      goes on

    1. first
    2. second
    """
    assert prose(text) == "- one\n- two, which\n  goes on\n\n1. first\n2. second"


def test_math(prose):
    text = r"""
    The state :math:`h_t` is

    .. math::
       :label: update

       h_t = \tanh(a_t)

    and by :eq:`update`

    .. math::

       x &= 1 \\
       y &= 2
    """
    assert prose(text) == (
        "The state $h_t$ is\n\n$$\nh_t = \\tanh(a_t) \\tag{1}\n$$\n\nand by (1)\n\n"
        "\\begin{align*}x &= 1 \\\\\ny &= 2\n\\end{align*}"
    )


def test_code_blocks(prose):
    text = """
    Like this::

       h = f(h)

    .. code-block:: python

       for x in xs:
           h = f(h, x)
    """
    assert prose(text) == (
        "Like this:\n\n```\nh = f(h)\n```\n\n```python\nfor x in xs:\n    h = f(h, x)\n```"
    )


def test_predict_is_a_quotation_and_dropdown_a_reveal(prose):
    text = """
    .. predict::

       Which one
       wins?

    .. dropdown:: The <answer>

       Both.

       Really.
    """
    assert prose(text) == (
        "> **Commit to an answer**\n>\n> Which one\n> wins?\n\n"
        "<details>\n<summary>The &lt;answer&gt;</summary>\n\nBoth.\n\nReally.\n\n</details>"
    )


def test_note(prose):
    assert prose(".. note::\n\n   Mind the *gap*.") == "> **Note**\n>\n> Mind the *gap*."


def test_takeaways_are_a_list(prose):
    assert prose(".. takeaways::\n\n   * One.\n   * Two\n     lines.") == "- One.\n- Two\n  lines."


def test_source_is_the_code_of_the_package(prose):
    written = prose(".. source:: rnnbook.batch.Batch")
    assert written.startswith("`rnnbook.batch.Batch`")
    assert "```python\n" in written
    assert "class Batch" in written


def test_source_has_an_ellipsis_for_its_checks_as_on_the_page(prose):
    written = prose(".. source:: rnnbook.attention.scaled_dot_product\n   :nodoc:")
    assert "\n    ...\n    # e_ij = q_i . k_j / sqrt(d)\n" in written
    assert "_check" not in written


def test_tables(prose):
    text = """
    .. list-table::
       :header-rows: 1

       * - name
         - size
       * - a | b
         - ``3``

    ====  ====
    x     y
    ====  ====
    1     2
    ====  ====
    """
    assert prose(text) == (
        "| name | size |\n| --- | --- |\n| a \\| b | `3` |\n\n| x | y |\n| --- | --- |\n| 1 | 2 |"
    )


def test_links(prose):
    text = "See `the site <https://example.org>`_ and https://example.org/a and `it`_.\n\n"
    assert prose(text + ".. _it: https://example.org/it") == (
        "See [the site](https://example.org) and <https://example.org/a> and "
        "[it](https://example.org/it)."
    )


ROLES = (
    ":class:`~torch.nn.RNN`, :func:`rnnbook.training.fit`, :doc:`plot_02_one_step`, "
    ":ref:`here <label>`, :term:`hidden state`"
)


def test_roles_are_words_where_no_address_is_known(prose):
    assert prose(ROLES) == "`RNN`, `rnnbook.training.fit()`, one step, here, hidden state"


def test_roles_are_links_where_one_is(prose):
    class Known(Links):
        def find(self, role, target):
            return ("Its title" if role == "doc" else None), f"https://b/{role}/{target}"

    assert prose(ROLES, Known()) == (
        "[`RNN`](https://b/class/torch.nn.RNN), "
        "[`rnnbook.training.fit()`](https://b/func/rnnbook.training.fit), "
        "[Its title](https://b/doc/plot_02_one_step), [here](https://b/ref/label), "
        "[hidden state](https://b/term/hidden state)"
    )


def test_citations_are_author_and_year(prose):
    assert prose(":cite:t:`elman1990finding` did; others too :cite:p:`rumelhart1986learning`.") == (
        "Elman (1990) did; others too (Rumelhart et al., 1986)."
    )


UNKNOWN = {
    ".. figure:: a.png": 'Unknown directive type "figure"',
    ".. raw:: html\n\n   <b>": 'Unknown directive type "raw"',
    ":kbd:`x`": 'Unknown interpreted text role "kbd"',
    "`x`": "single backticks",
    ":math:`\\foo`": "\\foo",
    ".. math::\n\n   \\frac{a": "never closed",
    ":cite:t:`nobody2050`": "nobody2050",
    ".. source:: rnnbook.nothing.Here": "source:",
    "A footnote [1]_.": "footnote",
    "word\n   definition": "definition list",
    "A `link`_ to nowhere": "no address",
    ".. takeaways::\n\n   One.": "bullet list",
    "Title\n---": "title underline, too short",
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_a_notebook_cannot_say_fails_with_file_and_line(script, text):
    path = script("Fine.\n\n" + text)
    with pytest.raises(NotebookError) as caught:
        convert(path)
    problems = caught.value.problems
    assert any(UNKNOWN[text] in problem.message for problem in problems), problems
    lines = path.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines, 1) if line == "# Fine.") + 2
    last = first + text.count("\n")
    assert all(first <= problem.line <= last for problem in problems), problems
    assert str(caught.value).startswith(f"{path}:")


def test_the_registries_of_docutils_are_put_back(script):
    before = (directives._directives, roles._roles)
    convert(script("Text."))
    assert (directives._directives, roles._roles) == before
    assert directives._directives is before[0]


def test_notebook_is_valid_and_the_same_each_time(script, tmp_path):
    path = script("Text.")
    first = notebook(path, install=COMMENT, about="From the book.")
    nbformat.validate(nbformat.from_dict(first))
    assert first == notebook(path, install=COMMENT, about="From the book.")
    cells = first["cells"]
    assert "".join(cells[0]["source"]).startswith("# A question?\n")
    assert "".join(cells[0]["source"]).endswith("From the book.")
    assert cells[1]["metadata"]["tags"] == [INSTALL]
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_install_cell_holds_comments_only(script):
    with pytest.raises(ValueError, match="comment"):
        notebook(script("Text."), install="import os")


def test_code_cells_are_compared(script, tmp_path):
    path = script("Text.")
    saved = tmp_path / "a.ipynb"
    content = notebook(path, install=COMMENT)
    saved.write_text(notebooks.as_text(content), encoding="utf-8")
    assert code_cells_equal(path, saved)
    content["cells"][-1]["source"] = ["x = 2\n", "print(x)"]
    saved.write_text(json.dumps(content), encoding="utf-8")
    assert not code_cells_equal(path, saved)


def test_comments_for_the_gallery_are_left_out(tmp_path):
    path = tmp_path / "plot_01_try.py"
    path.write_text(HEAD + "\n# sphinx_gallery_thumbnail_number = 2\nx = 1\n", encoding="utf-8")
    assert code_cells(path) == ["x = 1"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_chapter_becomes_a_notebook(path, tmp_path):
    content = notebook(path, install=COMMENT)
    nbformat.validate(nbformat.from_dict(content))
    saved = tmp_path / "a.ipynb"
    saved.write_text(notebooks.as_text(content), encoding="utf-8")
    assert code_cells_equal(path, saved)
    prose = [c for c in content["cells"] if c["cell_type"] == "markdown"]
    text = "\n".join("".join(cell["source"]) for cell in prose)
    assert ".. " not in text.replace("... ", "")
    assert "`_" not in text
