"""A copy of the book with a chapter and a question more, added as CONTRIBUTING says, for a host.

The pages are laid out as by ``nox -s quick``, so this takes seconds: no chapter runs in them, and
the reference is left out. The machinery has tests of its own; here it is asked whether a writer has
to touch anything else, and whether a site that knows its address says so wherever it should.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
ADDRESS = "https://book.example/rnn/"
PAGE = "chapters/1_foundations/plot_09_countdown.html"
SENTENCES = (
    "A countdown takes its time. From ten it takes ten steps on every seed.",
    "A countdown ends at one. It does so on every seed.",
)
PARTS = ("docs", "gallery", "rnnbook", "tests/book", "tests/claims", "pyproject.toml")
LICENCES = ("LICENSE", "LICENSE-docs", "README.md", "constraints.txt", "CHANGELOG.md")
GENERATED = ("_build", "chapters", "proofs", "generated", "takeaways.rst", "__pycache__")

EXPERIMENT = '''\
"""Counting down, once for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnbook.experiments._seeds import Measured, over_seeds

SEEDS = (0, 1, 2)
FROM = 10


class Result(NamedTuple):
    """What was counted; the first axis is the seed."""

    counts: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count down once for each seed.

    >>> run((0,)).counts[0, :3].tolist()
    [10, 9, 8]
    """
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Count down."""
    return Result(counts=np.arange(FROM, 0, -1))
'''
FIGURES = '''\
"""The picture of the chapter on counting down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.countdown import Result


@style.styled
def stairs(result: Result) -> Figure:
    """Draw the counts of the first seed."""
    fig, ax = style.figure("wide")
    ax.plot(result.counts[0])
    ax.set_xlabel("step")
    ax.set_ylabel("count")
    start, end = result.counts[0, 0], result.counts[0, -1]
    return style.describe(fig, f"A line falls from {start} to {end}, one step after another.")
'''
CHAPTER = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How long does a countdown take?
===============================

.. reading:: count down from ten
   :before: order

When you count down, you want to know when it ends. This chapter counts down and looks.
"""

# %%
# Ten and below
# -------------
#
# .. predict::
#
#    After how many steps is a countdown from ten at one?

import matplotlib.pyplot as plt

from rnnbook.experiments import countdown
from rnnbook.figures import countdown as pictures

fig = pictures.stairs(countdown.run())

# %%
# The line falls by one with each step.
#
# .. dropdown:: The answer
#
#    After nine more, which makes ten.

plt.show()  # a script shows its figures here, in windows

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * {}
#    * {}
'''.format(*SENTENCES)
CLAIMS = '''\
"""Claims of the chapter on counting down."""

from rnnbook.experiments import countdown

CONDITIONS = f"Counting down from {{countdown.FROM}}."


def test_ten_steps(result, show, setting):
    """{}"""
    setting(countdown.FROM, 10)
    show("numbers counted", [len(counts) for counts in result.counts], equal=10)


def test_ends_at_one(result, show):
    """{}"""
    show("last number", result.counts[:, -1], equal=1)
'''.format(*SENTENCES)
KEY = "Each step takes one away. From ten, the last number is one on every seed."
QUESTION = f'''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why does a countdown end?
=========================

.. stands-on:: countdown

Because it gets closer to one with each step, and stops there.
"""

# %%
# Here is where it stops.

from rnnbook.experiments import countdown

print(countdown.run().counts[:, -1])

# %%
# .. claim:: {KEY}
'''
PROOF = f'''\
"""The claim of the question why a countdown ends."""

from rnnbook.experiments import countdown

CONDITIONS = f"Counting down from {{countdown.FROM}}."


def test_takes_one_away(result, show):
    """{KEY}"""
    show("last number", result.counts[:, -1], equal=1)
'''
SCRIPT, CLAIM = "gallery/6_interview/plot_01_why_countdown.py", "questions/test_why_countdown.py"
PART = "Interview questions\n===================\n\nShort, and proved.\n"
NEW = {
    SCRIPT: QUESTION,
    f"tests/claims/{CLAIM}": PROOF,
    "rnnbook/experiments/countdown.py": EXPERIMENT,
    "rnnbook/figures/countdown.py": FIGURES,
    "gallery/1_foundations/plot_09_countdown.py": CHAPTER,
    "tests/claims/test_countdown.py": CLAIMS,
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Copy the book's sources and add a chapter, four files, and a question, two; nothing else."""
    root = tmp_path_factory.mktemp("book")
    unwanted = shutil.ignore_patterns(*GENERATED)
    for name in (*PARTS, *LICENCES):
        there = root / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, there)
    for name in ("gallery/6_interview", "tests/claims/questions"):
        (root / name).mkdir(exist_ok=True)
    header = root / "gallery/6_interview/GALLERY_HEADER.rst"
    if not header.exists():
        header.write_text(PART, encoding="utf-8")
    for name, text in NEW.items():
        assert not (root / name).exists()
        (root / name).write_text(text, encoding="utf-8")
    return root


def call(book, *command, **settings):
    """Run Python in the copy; return what it said, fail if it failed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=book,
        env=os.environ | {"PYTHONPATH": str(book), "OMP_NUM_THREADS": "1"} | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def html(book):
    """Lay out the copy for a host; nothing is missed but the reference."""
    said = call(
        book,
        *("-m", "sphinx", "-b", "html", "-D", "nitpicky=0", "docs", "html"),
        RNNBOOK_PLOT_GALLERY="0",
        RNNBOOK_BASEURL=ADDRESS,
        GITHUB_REPOSITORY="someone/rnnbook",
        RNNBOOK_NOTEBOOK_BRANCH="gh-pages",
    )
    reference = ("no API page documents", "toctree glob pattern 'generated/")
    warnings = [line for line in said.splitlines() if "WARNING" in line]
    assert [line for line in warnings if not any(words in line for words in reference)] == []
    return book / "html"


def soup(html, name):
    return BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")


def test_new_chapter_passes_the_tests_of_chapters_and_claims(book):
    claims = "tests/claims/test_countdown.py"
    assert "accepted  20/20" in call(book, "docs/_ext/calibrate.py", "countdown")
    call(book, "-m", "pytest", claims, "tests/book", "-k", "countdown or not plot")
    said = call(book, "-m", "pytest", claims, "--seeds", "100,101,102")
    assert "claims on seeds 100, 101, 102" in said
    assert "2 passed" in said


def test_new_question_passes_the_tests_of_its_kind_and_its_claim_is_judged(book):
    assert "accepted  20/20" in call(book, "docs/_ext/calibrate.py", "questions/why_countdown")
    call(book, "docs/_ext/fresh.py", "--runs")
    records = book / "docs/_build/claims"
    judged = ("--runs", "docs/_build/runs", "--record", records)
    assert f"tests/claims/{CLAIM}" in (records / "to_judge").read_text().split()
    said = call(book, "-m", "pytest", f"tests/claims/{CLAIM}", "tests/book", "-k", "why", *judged)
    assert "failed" not in said
    assert (records / "questions/why_countdown.json").is_file()
    call(book, "docs/_ext/fresh.py", "--runs")
    assert f"tests/claims/{CLAIM}" not in (records / "to_judge").read_text().split()


def test_new_scripts_run(book):
    call(book, "gallery/1_foundations/plot_09_countdown.py", MPLBACKEND="Agg")
    assert "[1 1 1]" in call(book, SCRIPT)


def test_new_question_links_to_its_chapter_and_its_proof(html):
    page = soup(html, "chapters/6_interview/plot_01_why_countdown.html")
    assert page.select(".stands-on a[href$='plot_09_countdown.html']")
    assert KEY in page.select_one("p.claim").get_text()
    (link,) = page.select("p.claim a[href*='proofs/']")
    name, _, anchor = link["href"].partition("#")
    assert name == "../../proofs/questions/why_countdown.html"
    proof = soup(html, "proofs/questions/why_countdown.html")
    assert proof.find(id=anchor)
    assert "rnnbook.experiments.countdown" in proof.get_text()
    assert (html / "downloads/6_interview/plot_01_why_countdown.ipynb").is_file()


def test_new_chapter_is_everywhere_it_belongs(html):
    page = soup(html, PAGE)
    line = page.select_one("p.reading")
    assert line.get_text().startswith("1 minute. Before: ")
    assert line.get_text().endswith(". After it you can count down from ten.")
    assert line.select_one("a[href='plot_01_order.html']")
    proofs = [link["href"] for link in page.select("article a[href*='proofs/']")]
    assert len(proofs) == 2
    for link in proofs:
        address, _, anchor = link.partition("#")
        proof = (html / PAGE).parent.joinpath(address).resolve()
        assert soup(html, proof).find(id=anchor), link
    for name in ("chapters/index.html", "chapters/1_foundations/index.html", "takeaways.html"):
        assert soup(html, name).select("article a[href$='plot_09_countdown.html']"), name
    for sentence in SENTENCES:
        assert sentence in page.get_text()
        assert sentence in soup(html, "takeaways.html").get_text()
    downloads = html / "downloads"
    with zipfile.ZipFile(downloads / "rnnbook_chapters.zip") as archive:
        names = archive.namelist()
    for suffix in (".py", ".ipynb"):
        assert (downloads / f"1_foundations/plot_09_countdown{suffix}").is_file()
        assert f"rnnbook_chapters/1_foundations/plot_09_countdown{suffix}" in names


def test_hosted_page_says_where_it_stands(html):
    for name in ("index.html", PAGE):
        head = soup(html, name).head
        # A folder's address is its index page's: what a host serves there.
        assert head.find("link", rel="canonical")["href"] == ADDRESS + name
        meta = {tag["property"]: tag["content"] for tag in head.select("meta[property]")}
        assert meta["og:url"] == ADDRESS + name
        assert meta["og:image"] == f"{ADDRESS}_static/card.png"
        assert (html / "_static" / "card.png").is_file()
        assert meta["og:description"] == head.find("meta", attrs={"name": "description"})["content"]
        assert meta["og:description"][-1] in ".?!", "cut in the middle of a sentence"
        assert head.find("meta", attrs={"name": "twitter:card"})


def test_hosted_site_lists_its_pages(html):
    sitemap = ElementTree.parse(html / "sitemap.xml")
    listed = {str(tag.text) for tag in sitemap.iter() if tag.tag.endswith("}loc")}
    assert ADDRESS + PAGE in listed
    assert all(address.startswith(ADDRESS) for address in listed)
    assert all((html / address.removeprefix(ADDRESS)).is_file() for address in listed)


def test_hosted_page_that_is_not_found_leads_back(html):
    page = soup(html, "404.html")
    links = [tag["href"] for tag in page.select("a[href]")]
    links += [tag["href"] for tag in page.select("link[rel=stylesheet]")]
    inside = [urlsplit(link).path for link in links if not urlsplit(link).netloc and link[0] != "#"]
    assert f"{urlsplit(ADDRESS).path}index.html" in inside
    assert [path for path in inside if not path.startswith(urlsplit(ADDRESS).path)] == []


def test_hosted_downloads_say_where_the_package_is(html):
    (wheel,) = (html / "downloads").glob("*.whl")
    for suffix in (".py", ".ipynb"):
        text = (html / f"downloads/1_foundations/plot_09_countdown{suffix}").read_text("utf-8")
        assert f"{ADDRESS}downloads/{wheel.name}" in text
    assert soup(html, PAGE).select(
        "a[href='https://colab.research.google.com/github/someone/rnnbook/blob/gh-pages/"
        "downloads/1_foundations/plot_09_countdown.ipynb']"
    )
