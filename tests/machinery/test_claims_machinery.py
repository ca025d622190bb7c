"""The machinery of the claims, shown to catch on small books what it is there to catch."""

import re
import sys
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import claims
import pytest
import reading
import torch
import torch._dynamo  # an optimiser imports it on its first step, and pytester would drop it again
from book import book as book_of
from elements.source import source_of
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

import rnnbook.training

pytest_plugins = ["pytester"]

HERE = Path(__file__).parents[1]
SEEN = "A longer gap is harder on every seed."

SCRIPT = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Does a gap hurt?
================

A gap lies between the question and the answer.
"""

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A longer gap is harder
#      on every seed.
'''

TEST = '''\
"""Claims of the chapter on gaps."""

import pytest

from rnnbook.experiments import padding as gaps


@pytest.fixture(scope="module")
def result(seeds):
    return gaps.run(seeds)


@pytest.mark.learned
def test_longer_is_harder(result):
    """A longer gap is harder on every seed."""
    assert (result.long > result.short).all()
'''


@pytest.fixture
def book(tmp_path):
    """A book of one chapter that makes one claim."""
    for name, text in {
        "gallery/1_part/plot_01_gaps.py": SCRIPT,
        "tests/claims/test_gaps.py": TEST,
        "docs/conf.py": "extensions = ['elements', 'claims', 'proofs', 'myst_parser']\n",
        "docs/index.rst": "Book\n====\n\n.. toctree::\n\n   page\n   takeaways\n   proofs/index\n\n"
        ".. _other-seeds:\n\nOther seeds\n-----------\n",
        "docs/page.rst": "A page\n======\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def found(root):
    pages = book_of(root)
    return claims.problems(claims.claims_in(root), claims.sentences_in(pages), pages)


# Both ways.


def test_agreement_raises_nothing(book):
    assert found(book) == []


def test_takeaway_without_a_proof_is_found(book):
    change(
        book / "gallery/1_part/plot_01_gaps.py",
        "#    * A longer",
        "#    * No test.\n#    * A longer",
    )
    (problem,) = found(book)
    assert "plot_01_gaps.py:18" in problem
    assert "no test under tests/claims has this docstring: 'No test.'" in problem


def test_proof_without_a_sentence_is_found(book):
    with (book / "tests/claims/test_gaps.py").open("a", encoding="utf-8") as file:
        file.write('\n\ndef test_more(result):\n    """Nobody says this."""\n')
    (problem,) = found(book)
    assert "no page of the book says this sentence of test_more: 'Nobody says this.'" in problem


def test_test_without_a_docstring_is_found(book):
    with (book / "tests/claims/test_gaps.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef test_more(result):\n    assert result\n")
    (problem,) = found(book)
    assert "test_more: ''" in problem


@pytest.mark.parametrize(
    "path", ["gallery/1_part/plot_01_gaps.py", "tests/claims/test_gaps.py"], ids=["page", "test"]
)
def test_changed_word_is_found_on_either_side(book, path):
    change(book / path, "harder", "slower")
    without_proof, without_sentence = found(book)
    assert "no test" in without_proof
    assert "the nearest docstring is" in without_proof
    assert "no page" in without_sentence


def test_sentence_said_twice_is_found(book):
    (book / "docs/page.rst").write_text(f"A page\n======\n\n.. claim:: {SEEN}\n", encoding="utf-8")
    assert found(book) == [f"two places say one sentence: {SEEN!r}"]


def test_sentence_proved_twice_is_found(book):
    (book / "tests/claims/test_copy.py").write_text(TEST, encoding="utf-8")
    assert found(book) == [f"two tests prove one sentence: {SEEN!r}"]


def test_markup_in_a_sentence_is_found(book):
    for path in ("gallery/1_part/plot_01_gaps.py", "tests/claims/test_gaps.py"):
        change(book / path, "is harder", "is *harder*")
    (problem,) = found(book)
    assert "plain text" in problem


def test_line_breaks_make_no_difference(book):
    change(book / "tests/claims/test_gaps.py", SEEN, SEEN.replace(" is ", "\n    is "))
    assert found(book) == []


# Reading pages.


def test_sentences_of_markdown_are_read(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n```{claim} One sentence\nthat goes on.\n```\n\n:::{takeaways}\n- Two.\n"
        "- Three\n  and more.\n:::\n\n```rst\n.. takeaways::\n\n   * Shown.\n```\n\n"
        "````md\n```{claim} Shown as well.\n```\n````\n",
        encoding="utf-8",
    )
    read = list(claims.sentences_of(page))
    assert [s.text for s in read] == ["One sentence that goes on.", "Two.", "Three and more."]
    assert [s.line for s in read] == [3, 8, 9]
    assert [s.takeaway for s in read] == [False, True, True]


def test_sentences_shown_as_code_are_not_said(tmp_path):
    page = tmp_path / "page.rst"
    page.write_text(
        "Page\n====\n\nWrite this::\n\n   .. takeaways::\n\n      * Shown.\n\n"
        ".. code-block:: rst\n\n   .. claim:: Shown.\n\n"
        ".. dropdown:: Answer\n\n   .. claim:: Said\n      in a reveal.\n",
        encoding="utf-8",
    )
    assert [s.text for s in claims.sentences_of(page)] == ["Said in a reveal."]


def test_claims_of_a_file_are_read(book):
    (claim,) = claims.claims_in(book)
    assert (claim.sentence, claim.topic, claim.learned) == (SEEN, "gaps", True)
    assert claim.source.startswith("@pytest.mark.learned\ndef test_longer_is_harder")


# The built pages.


def build(book, *, strict=False):
    warnings = StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            book / "docs",
            book / "docs",
            book / "out",
            book / "doctrees",
            "html",
            status=None,
            warning=warnings,
            freshenv=True,
            exception_on_warning=strict,
        )
        app.build()
    return warnings.getvalue()


def as_page(book):
    """Put the chapter where the gallery would."""
    folder = book / "docs/chapters/1_part"
    folder.mkdir(parents=True)
    text = f":orphan:\n\nDoes a gap hurt?\n================\n\n.. takeaways::\n\n   * {SEEN}\n"
    (folder / "plot_01_gaps.rst").write_text(text, encoding="utf-8")


def test_each_sentence_links_to_its_proof_and_back(book):
    as_page(book)
    assert build(book, strict=True) == ""
    page = (book / "out/chapters/1_part/plot_01_gaps.html").read_text(encoding="utf-8")
    proof = (book / "out/proofs/gaps.html").read_text(encoding="utf-8")
    assert 'href="../../proofs/gaps.html#proof-gaps-longer-is-harder"' in page
    assert f'aria-label="Proof of: {SEEN}"' in page
    assert 'id="proof-gaps-longer-is-harder"' in proof
    assert 'href="../chapters/1_part/plot_01_gaps.html#said-gaps-longer-is-harder"' in proof
    assert 'id="said-gaps-longer-is-harder"' in page
    words = re.sub(r"<[^>]+>", "", proof)
    assert "$ pytest tests/claims/test_gaps.py --seeds 100,101,102" in words
    assert "assert (result.long &gt; result.short).all()" in words
    assert SEEN in (book / "out/takeaways.html").read_text(encoding="utf-8")


def test_sentence_without_a_proof_fails_a_strict_build(book):
    as_page(book)
    change(book / "docs/chapters/1_part/plot_01_gaps.rst", "harder", "slower")
    warning = build(book)
    assert "plot_01_gaps.rst:8: WARNING: no test under tests/claims has this docstring" in warning
    with pytest.raises(Exception, match="no test under tests/claims has this docstring"):
        build(book, strict=True)


def test_single_claim_links_to_its_proof(book):
    change(book / "gallery/1_part/plot_01_gaps.py", f"{SEEN[:22]}\n#      {SEEN[23:]}", "Gone.")
    text = f"A page\n======\n\n.. claim:: {SEEN[:8]}\n   {SEEN[9:]}\n"
    (book / "docs/page.rst").write_text(text, encoding="utf-8")
    build(book)
    page = (book / "out/page.html").read_text(encoding="utf-8")
    assert f'<p class="claim" id="said-gaps-longer-is-harder">{SEEN}' in page


@pytest.mark.parametrize("at_home", [False, True])
def test_row_of_the_audit_repeats_a_sentence_or_is_its_home(book, at_home):
    row = ["[[row]]", 'said = "It is easy."', 'verdict = "false"']
    row.append('claim = "gaps test_longer_is_harder"')
    if at_home:
        change(book / "gallery/1_part/plot_01_gaps.py", f"{SEEN[:22]}\n#      {SEEN[23:]}", "Gone.")
        row += ['measured = """', SEEN, '"""']
    else:
        as_page(book)
    lines = "\n".join(f"   {line}" for line in row)
    (book / "docs/page.rst").write_text(f"A page\n======\n\n.. audit::\n\n{lines}\n")
    build(book)
    page = (book / "out/page.html").read_text(encoding="utf-8")
    assert SEEN in page
    assert "It is easy." in page
    assert ('id="said-gaps-longer-is-harder"' in page) == at_home
    found = list(claims.sentences_of(book / "docs/page.rst"))
    assert [sentence.text for sentence in found] == [SEEN] * at_home


def test_generated_pages_are_rewritten_only_when_they_change(book):
    as_page(book)
    build(book)
    page = book / "docs/proofs/gaps.rst"
    stale = book / "docs/proofs/gone.rst"
    stale.write_text("Gone\n====\n", encoding="utf-8")
    before = page.stat().st_mtime_ns
    build(book)
    assert page.stat().st_mtime_ns == before
    assert not stale.exists()


# The options of the claims, in a pytest of their own.


CONTROL = """\
import pytest
import torch
from torch import nn

from rnnbook import training
from rnnbook.batch import Batch


class Double:
    def batch(self, size, generator):
        xs = torch.rand(size, 1, generator=generator)
        return Batch((xs,), 2 * xs)

    def loss(self, output, batch):
        return ((output - batch.target) ** 2).mean()


class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, xs, lengths=None):
        return self.linear(xs)


@pytest.fixture(scope="module")
def result(seeds):
    losses = []
    for seed in seeds:
        torch.manual_seed(seed)
        history = training.fit(Line(), Double(), steps=60, seed=seed, learning_rate=0.1)
        losses.append(history.losses)
    return losses


def first(result):
    return [losses[0] for losses in result]


def last(result):
    return [losses[-1] for losses in result]


@pytest.mark.learned
def test_training_lowers_the_loss(result, show):
    ratios = [b / a for a, b in zip(first(result), last(result), strict=True)]
    show("last loss over the first", ratios, below=0.1)


@pytest.mark.learned
def test_one_rides_along(result, show):
    show("last loss", last(result), below=0.01)
    show("first loss", first(result), above=0.02)


@pytest.mark.learned
def test_one_has_a_reason(result, show):
    show("last loss", last(result), below=0.01)
    show("first loss", first(result), above=0.02, untrained_too="it is the start")


@pytest.mark.learned
def test_breaks(result, show):
    raise RuntimeError("not an assertion")


@pytest.mark.learned
def test_shows_nothing(result, show):
    pass


def test_one_run_a_seed(result, seeds, show):
    show("runs", len(result), equal=len(seeds), over="all runs")


def test_says_seeds_and_steps(result, seeds, show):
    show("runs", len(result), equal=len(seeds), over="all runs")
    print("seeds", seeds, "steps", [len(losses) for losses in result])
"""


@pytest.fixture
def planted(pytester):
    """A folder tests/claims with the real conftest and a few claims."""
    folder = pytester.mkpydir("tests")
    (folder / "__init__.py").unlink()
    (folder / "claims").mkdir()
    real = (HERE / "claims" / "conftest.py").read_text(encoding="utf-8")
    (folder / "claims" / "conftest.py").write_text(real, encoding="utf-8")
    (folder / "claims" / "test_line.py").write_text(CONTROL, encoding="utf-8")
    code = Path(claims.__file__).parent
    pytester.makeini(f"[pytest]\npythonpath = {code}\nmarkers =\n  learned: l\n  here: h\n")
    return pytester


def outcomes(result):
    """The outcome of each planted claim."""
    return {
        line.split("::")[1].split(" ")[0]: line.split(" ")[1]
        for line in result.outlines
        if line.startswith("tests/claims/test_line.py::")
    }


def test_training_on_lets_true_claims_pass(planted):
    threads = torch.get_num_threads()
    result = planted.runpytest("tests/claims", "-v", "-p", "no:randomly")
    torch.set_num_threads(threads)
    assert outcomes(result) == {
        "test_training_lowers_the_loss": "PASSED",
        "test_one_rides_along": "PASSED",
        "test_one_has_a_reason": "PASSED",
        "test_breaks": "FAILED",
        "test_shows_nothing": "FAILED",
        "test_one_run_a_seed": "PASSED",
        "test_says_seeds_and_steps": "PASSED",
    }


def test_without_training_a_learned_claim_must_fail(planted):
    """Each statement has to fail by itself, and breaking otherwise is no proof."""
    step, progress = torch.optim.Adam.step, rnnbook.training.progress
    result = planted.runpytest("tests/claims", "-v", "--no-training")
    assert outcomes(result) == {
        "test_training_lowers_the_loss": "PASSED",
        "test_one_rides_along": "FAILED",
        "test_one_has_a_reason": "PASSED",
        "test_breaks": "FAILED",
        "test_shows_nothing": "FAILED",
        "test_one_run_a_seed": "PASSED",
        "test_says_seeds_and_steps": "PASSED",
    }
    result.stdout.fnmatch_lines(["*first loss: holds without training*"])
    assert torch.optim.Adam.step is step
    assert rnnbook.training.progress is progress


def test_without_training_loops_end_after_two_steps(planted):
    result = planted.runpytest("tests/claims", "-rP", "--no-training", "-k", "says")
    result.stdout.fnmatch_lines(["seeds (0, 1, 2) steps ?2, 2, 2?"])


@pytest.mark.parametrize("options", [["--seeds", "100,101"], ["--seeds=100,101"]], ids=str)
def test_seeds_reach_the_fixture(planted, options):
    result = planted.runpytest("tests/claims", "-rP", "-k", "says", *options)
    result.stdout.fnmatch_lines(["claims on seeds 100, 101", "seeds (100, 101) steps ?60, 60?"])


def test_seeds_reach_the_workers_of_xdist(planted):
    assert find_spec("xdist"), "pytest-xdist belongs to the test dependencies"
    result = planted.runpytest_subprocess(
        *("-p", "xdist", "tests/claims", "-rP", "-n", "1", "-k", "says"),
        *("--seeds", "7,8", "--no-training"),
    )
    result.stdout.fnmatch_lines(["seeds (7, 8) steps ?2, 2?"])


@pytest.mark.parametrize("seeds", ["", "1,1", "a", "-1", "1.5"])
def test_strange_seeds_are_refused(planted, seeds):
    result = planted.runpytest("tests/claims", f"--seeds={seeds}")
    result.stderr.fnmatch_lines(["*expected different whole numbers from 0*"])


BUSY = """\
import importlib.machinery
import sys
import types

runs = []


def measured(seeds):
    runs.append(seeds)
    return types.SimpleNamespace(times=[9.0 if len(runs) == 1 else 1.0] * len(seeds))


name = "rnnbook.experiments.line"
experiment = types.ModuleType(name)
experiment.__spec__ = importlib.machinery.ModuleSpec(name, None)
experiment.run = measured
sys.modules[name] = experiment


def test_time(RESULT, show):
    show("time", RESULT.times, below=2, clocked=True)
    print("runs", len(runs))


def test_no_time(RESULT, show):
    show("error", RESULT.times, below=2)


def test_never(RESULT, show):
    show("time", RESULT.times, below=0.5, clocked=True)
"""


@pytest.mark.parametrize("fixture", ["result", "page"])
def test_only_times_are_measured_again_and_only_once(planted, fixture):
    text = BUSY.replace("RESULT", fixture)
    (planted.path / "tests/claims/test_line.py").write_text(text, encoding="utf-8")
    result = planted.runpytest("tests/claims", "-v", "-rP", "-p", "no:randomly")
    assert outcomes(result) == {
        "test_time": "PASSED",
        "test_no_time": "FAILED",
        "test_never": "FAILED",
    }
    result.stdout.fnmatch_lines(["runs 1", "runs 2"])


# The source of the package.


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package on the path."""
    folder = tmp_path / "planted_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("from planted_package.deep import Cell as Unit\n")
    (folder / "deep.py").write_text(
        'SIZE = 3\n\n\n@staticmethod\ndef helper():\n    """Say."""\n\n    return 1\n\n\n'
        'class Cell:\n    """Hold."""\n\n    size = 2\n\n    def one(self):\n        """Do."""\n'
        "        return 1\n\n    # why two\n    def two(self):\n        return 2\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("planted_package", "planted_package.deep"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("deep.helper", {"doc": False}, "@staticmethod\ndef helper():\n    return 1"),
        ("deep.Cell.one", {}, 'def one(self):\n    """Do."""\n    return 1'),
        ("Unit.two", {}, "def two(self):\n    return 2"),
        (
            "Unit",
            {"members": ("two",), "doc": False},
            "class Cell:\n\n    # why two\n    def two(self):\n        return 2",
        ),
        (
            "Unit",
            {"members": ("one",)},
            'class Cell:\n    """Hold."""\n\n'
            '    def one(self):\n        """Do."""\n        return 1',
        ),
    ],
)
def test_source_is_found_by_name(package, name, options, text):
    assert source_of(f"planted_package.{name}", **options).text == text


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("planted_package.Cell", {}),
        ("planted_package.deep", {}),
        ("planted_package.deep.Cell.three", {}),
        ("planted_package.deep.Cell", {"members": ("three",)}),
        ("planted_package.deep.SIZE", {}),
        ("planted_package.deep.Cell.one", {"members": ("x",)}),
        ("no_such_package.Cell", {}),
    ],
)
def test_source_that_does_not_exist_is_refused(package, name, options):
    with pytest.raises(LookupError):
        source_of(name, **options)


# Numbers in prose.


@pytest.mark.parametrize(
    ("text", "typed", "literal"),
    [
        ("It reaches 0.93.", ["0.93"], []),
        ("It reaches 93 %, or 93 percent, or 93% of them.", ["93", "93", "93"], []),
        ("Within 1e-5 of it, -0.5 and 2.5e-3.", ["1e-5", "-0.5", "2.5e-3"], []),
        ("A rate of ``0.01`` and ``lr=1e-3``.", [], ["0.01", "1e-3"]),
        ("Three words, 12 letters, in 1990, see 1.", [], []),
        (":math:`0.9^{100}` by :cite:t:`Elman1990`.", [], []),
        (".. math::\n\n   x = 0.5\n\nThen 0.4.", ["0.4"], []),
        (".. dropdown:: The 0.1 answer\n\n   It is 0.2.", ["0.1", "0.2"], []),
        ("Like this::\n\n   x = 0.5\n", [], []),
        (".. takeaways::\n\n   * Above 0.9 on every seed.\n", [], []),
        ("Version 2.13.0 at https://example.org/1.5/x.", [], []),
    ],
)
def test_typed_numbers_are_found(text, typed, literal):
    assert reading.typed_numbers(text) == (typed, literal)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("Every dot is a run.\nIt says more.", True),
        ("Next section\n------------\n\nText.", False),
        (".. predict::\n\n   What?", False),
        ("", False),
    ],
)
def test_reading_of_a_figure_opens_with_prose(text, opens):
    assert reading.opens_with_prose(text) is opens
