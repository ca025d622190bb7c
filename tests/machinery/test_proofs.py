"""What the claims showed gets onto the pages: passed, failed or not run, with the numbers."""

import json
import re
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace

import claims
import numpy as np
import proofs
import pytest
import records
import torch._dynamo
from book import scripts
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils
from statements import Show

import rnnbook.training

pytest_plugins = ["pytester"]

LOADED = (rnnbook.training, torch._dynamo)  # else the inner pytest imports them and drops them

CONFTEST = Path(__file__).parents[1] / "claims" / "conftest.py"
SENTENCE = "Gaps hurt. The error over a long gap is above 0.5."
HERE = "On this page the long gap is worse."
TEST = f'''\
"""Claims of the chapter on gaps."""

import pytest

CONDITIONS = f"Gaps of {{5 * 6}} steps."


@pytest.fixture(scope="module")
def result(seeds):
    return [0.75, 0.875, 0.625]


@pytest.fixture(scope="module")
def page(result):
    return result


@pytest.mark.learned
def test_gaps_hurt(result, show):
    """{SENTENCE}"""
    show("error over a long gap", result, above=0.5)
    show("error over a short gap", [r / 3 for r in result], below=0.5, untrained_too="because so")


@pytest.mark.here
def test_here(page, show):
    """{HERE}"""
    show("error", page, above=0.1)
'''
INDEX = """\
Book
====

.. toctree::
   :glob:

   chapters/*/*
   proofs/index
   takeaways

.. _other-seeds:

Other seeds
-----------

.. calibration-table::

.. untrained-table::
"""
PAGE = f"""\
A chapter
=========

You may read this aloud. {HERE} And that is all.

.. takeaways::

   * {SENTENCE}
"""
SOURCE = f'''"""
A chapter
=========
"""

# %%
# You may read this aloud. {HERE[:16]}
# {HERE[16:].strip()} And that is all.
#
# .. takeaways::
#
#    * {SENTENCE}
'''


@pytest.fixture
def book(pytester):
    """A book of one chapter, its claims, and the real judge of claims."""
    code = Path(claims.__file__).parent
    pytester.makeini(f"[pytest]\npythonpath = {code}\nmarkers =\n  learned: l\n  here: h\n")
    for name, text in {
        "tests/claims/test_gaps.py": TEST,
        "tests/claims/conftest.py": CONFTEST.read_text(encoding="utf-8"),
        "gallery/1_part/plot_01_gaps.py": SOURCE,
        "docs/conf.py": "extensions = ['elements', 'claims', 'proofs']\n",
        "docs/index.rst": INDEX,
        "docs/chapters/1_part/plot_01_gaps.rst": PAGE,
        "docs/_build/claims/digests.json": '{"gaps": "now"}',
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pytester


def judge(book, *options):
    return book.runpytest("tests/claims", "--record", "docs/_build/claims", *options)


def record(book):
    return records.read(book.path / "docs/_build/claims/gaps.json")


def change(book, old, new):
    path = book.path / "tests/claims/test_gaps.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def build(book, monkeypatch, *, judged=True):
    """Lay out the book; return what was warned of."""
    monkeypatch.delenv(records.VARIABLE, raising=False)
    if judged:
        monkeypatch.setenv(records.VARIABLE, str(book.path / "docs/_build/claims"))
    warnings = StringIO()
    docs = book.path / "docs"
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            docs,
            docs,
            book.path / "out",
            book.path / "trees",
            "html",
            status=None,
            warning=warnings,
        )
        app.build()
    return warnings.getvalue()


def soup(book, name):
    return BeautifulSoup((book.path / "out" / name).read_text(encoding="utf-8"), "html.parser")


def test_proof_page_shows_what_was_measured(book, monkeypatch):
    judge(book)
    assert build(book, monkeypatch) == ""
    proof = soup(book, "proofs/gaps.html")
    said = " ".join(proof.text.split())
    assert "Ran in this build: all 2 tests passed." in said
    assert "Passed in this build, on the seeds 0, 1, 2." in said
    values = "0.75 (seed 0), 0.875 (seed 1), 0.625 (seed 2)"
    assert f"Asked: above 0.5 on every seed. Measured: {values}. Margin 0.25." in said
    untrained = "untrained, each of its statements fails, but for “error over a short gap” (because"
    assert untrained in said
    assert "Gaps of 30 steps." in said
    assert "Passed in this build, on the seeds of its page 0, 1, 2." in said
    drawn = proof.find_all("svg", class_="statement")
    assert len(drawn) == 3
    assert len(drawn[0].find_all("circle")) == 3
    assert drawn[0]["aria-label"] == drawn[0].title.text
    assert drawn[0].title.text.startswith("error over a long gap: 0.75, 0.875, 0.625; above 0.5")
    assert all(len(str(svg)) < 3000 for svg in drawn)


def test_sentences_carry_their_links(book, monkeypatch):
    judge(book)
    build(book, monkeypatch)
    page = soup(book, "chapters/1_part/plot_01_gaps.html")
    assert page.find("strong", string="Gaps hurt.")
    assert page.find("p", class_="conditions").text == "Gaps of 30 steps."
    first, second = page.find_all("a", class_="proof")
    assert (first["href"], first["aria-label"]) == (
        "../../proofs/gaps.html#proof-gaps-here",
        f"Proof of: {HERE}",
    )
    assert page.find(id="said-gaps-here").text == HERE
    assert second["href"] == "../../proofs/gaps.html#proof-gaps-gaps-hurt"


def test_impossible_bound_turns_build_and_pages_red(book, monkeypatch):
    judge(book)
    build(book, monkeypatch)
    change(book, "above=0.5", "above=500")
    assert judge(book).ret == 1
    warned = build(book, monkeypatch)
    assert "claims that did not pass in this build: gaps, test_gaps_hurt: failed" in warned
    said = " ".join(soup(book, "proofs/gaps.html").text.split())
    assert "Ran in this build: 1 of 2 tests failed." in said
    assert "Failed in this build" in said
    assert "This does not hold. Asked: above 500 on every seed" in said
    page = soup(book, "chapters/1_part/plot_01_gaps.html")
    assert page.find("a", class_="failed").text == "failed in this build"


def test_claims_that_broke_show_why(book, monkeypatch):
    change(book, "    return [0.75", "    raise RuntimeError('out of luck')\n    return [0.75")
    judge(book)
    assert "failed" in build(book, monkeypatch)
    assert "out of luck" in soup(book, "proofs/gaps.html").text


@pytest.mark.parametrize("why", ["absent", "stale", "damaged"])
def test_claims_that_nobody_judged_are_not_run_and_warned_of(book, monkeypatch, why):
    judge(book)
    noted = book.path / "docs/_build/claims/gaps.json"
    if why == "absent":
        noted.unlink()
    elif why == "damaged":
        noted.write_text(noted.read_text(encoding="utf-8")[:50], encoding="utf-8")
    else:
        (noted.parent / "digests.json").write_text('{"gaps": "another"}', encoding="utf-8")
    assert "gaps, test_gaps_hurt: not run" in build(book, monkeypatch)
    assert "Not run in this build." in soup(book, "proofs/gaps.html").text


def test_build_that_judges_nothing_says_so_and_warns_of_nothing(book, monkeypatch):
    judge(book)
    assert build(book, monkeypatch, judged=False) == ""
    proof = soup(book, "proofs/gaps.html").text
    assert "Not run in this build." in proof
    assert "Passed" not in proof
    links = soup(book, "chapters/1_part/plot_01_gaps.html").find_all("a", class_="proof")
    assert not [link for link in links if "failed" in link.text]


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "hurt"],
        ["--seeds", "5,6,7"],
        ["--no-training"],
        ["--deselect", "tests/claims/test_gaps.py::test_here"],
    ],
    ids=str,
)
def test_part_of_a_topic_or_other_seeds_never_enter_the_record(book, options):
    judge(book)
    before = record(book)
    change(book, "above=0.5", "above=0.6")
    judge(book, *options)
    assert record(book) == before
    judge(book)
    assert record(book) != before


def test_half_a_run_never_enters_the_record(book):
    judge(book)
    before = record(book)
    change(book, "above=0.5", "above=500")
    judge(book, "-x")
    assert record(book) == before


def test_records_come_from_the_workers_of_xdist_too(book):
    judge(book)
    before = record(book)
    (book.path / "docs/_build/claims/gaps.json").unlink()
    book.runpytest_subprocess(
        *("-p", "xdist", "-n", "2", "--dist", "loadfile"),
        *("tests/claims", "--record", "docs/_build/claims"),
    )
    assert record(book) == before


def test_topics_are_judged_again_when_they_failed_or_changed(book):
    folder = book.path / "docs/_build/claims"
    assert records.stale({"gaps": "now"}, folder) == ["gaps"]
    judge(book)
    assert records.stale({"gaps": "now"}, folder) == []
    assert records.stale({"gaps": "later"}, folder) == ["gaps"]
    change(book, "above=0.5", "above=500")
    judge(book)
    assert records.stale({"gaps": "now"}, folder) == ["gaps"]


def test_exceptions_and_calibration_are_listed(book, monkeypatch):
    kept = {"held": 20, "failed": 1, "margins": {"error over a long gap": 0.25}, "accepted": True}
    folder = book.path / "tests/claims/calibration"
    folder.mkdir()
    (folder / "gaps.json").write_text(json.dumps({"claims": {"test_gaps_hurt": kept}}))
    judge(book)
    build(book, monkeypatch)
    said = " ".join(soup(book, "index.html").text.split())
    assert "gaps: Gaps hurt. 20 1 0.25" in said
    assert "gaps: Gaps hurt. error over a short gap because so" in said
    assert "held for 20 of 20 groups" in " ".join(soup(book, "proofs/gaps.html").text.split())


def test_sentence_of_the_page_that_is_not_there_is_warned_of(book, monkeypatch):
    judge(book)
    path = book.path / "docs/chapters/1_part/plot_01_gaps.rst"
    path.write_text(PAGE.replace(HERE, "Nothing of the kind."), encoding="utf-8")
    assert "no open paragraph says this sentence of test_here" in build(book, monkeypatch)
    source = book.path / "gallery/1_part/plot_01_gaps.py"
    found = claims.claims_in(book.path)
    assert claims.unsaid_here(found, scripts(book.path)) == []
    hidden = SOURCE.replace("# You may", "# .. dropdown:: Why\n#\n#    You may").replace(
        "\n# long gap", "\n#    long gap"
    )
    source.write_text(hidden, encoding="utf-8")
    assert [c.test for c in claims.unsaid_here(found, scripts(book.path))] == ["test_here"]


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([1.0, 2.0, 3.0], {"above": 0.5}),
        ([0.0, 0.0, 0.0], {"equal": 0}),
        ([1e-9, 1e-3, 1.0], {"below": 10, "ratio": True}),
        ([1e300, 2.0, float("inf")], {"above": 1}),
        ([float("nan")] * 3, {"above": 1}),
        ([-5.0, -2.0, -3.0], {"within": (-6, 0)}),
        ([1.0, 2.0, 9.0], {"below": 3, "over": "median"}),
        (4.0, {"below": 5, "over": "all runs"}),
    ],
)
def test_every_kind_of_statement_can_be_drawn(values, options):
    show = Show((0, 1, 2))
    show("a < b & c", values, **options)
    drawn = proofs.drawing(show.statements[0])
    assert len(drawn) < 3000
    assert "a &lt; b &amp; c" in drawn
    for place in re.findall(r' (?:cx|x)="([^"]+)"', drawn):
        assert 0 <= float(place) <= proofs.WIDE


TABLE = """
.. applications::

   [gaps]
   architecture = "an LSTM"
   input = "a gap"
   output = "its end"
   unit = "error"
   network = ["LSTM", "parts.error", "LSTM", 30]
   baseline = ["guessing", "chance"]
"""


@pytest.fixture
def opener(book, monkeypatch):
    """The book, judged, with a table of applications; its experiment measured three seeds."""
    judge(book)
    measured = ModuleType("rnnbook.experiments.gaps")
    error = {("LSTM", 30): np.array([0.75, 0.875, 0.625])}
    found = SimpleNamespace(parts=SimpleNamespace(error=error), chance=np.array([1.0, 1.0, 2.0]))
    measured.run = lambda: found
    monkeypatch.setitem(sys.modules, measured.__name__, measured)
    index = book.path / "docs/index.rst"
    index.write_text(INDEX + TABLE, encoding="utf-8")
    return index


def cells(book):
    table = soup(book, "index.html").select_one("table:has(th:-soup-contains('Application'))")
    return [cell.text.strip() for cell in table.select("td")]


def test_table_of_applications_shows_medians_of_the_run(opener, book, monkeypatch):
    assert build(book, monkeypatch) == ""
    words = ["A chapter", "an LSTM", "a gap", "its end"]
    assert cells(book) == [*words, "LSTM: 0.75 (error)", "guessing: 1"]
    link = soup(book, "index.html").find("a", string="A chapter", class_="reference")
    assert link["href"] == "chapters/1_part/plot_01_gaps.html"


def test_table_of_applications_says_what_did_not_run(opener, book, monkeypatch):
    assert build(book, monkeypatch, judged=False) == ""
    assert cells(book)[4:] == [
        "LSTM: not run in this build (error)",
        "guessing: not run in this build",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[gaps]", "[holes]", "expected the topic of a chapter with architecture, input"),
        ('unit = "error"', "", "got gaps: architecture, input, output, network, baseline"),
        ("[gaps]", "[gaps", "expected TOML"),
    ],
)
def test_table_of_applications_names_a_bad_row(opener, book, monkeypatch, old, new, message):
    opener.write_text(opener.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert message in build(book, monkeypatch, judged=False)


def test_labels_name_what_an_f_string_fills_in():
    source = 'show(f"right, {name}, {n + 1} bits", x, below=1, untrained_too="it fails")'
    assert proofs.exceptions(source) == [("right, [name], [n + 1] bits", "it fails")]
