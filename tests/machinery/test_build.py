"""A copy of the book with a chapter and a question more, added as CONTRIBUTING says, for a host.

The pages are laid out as by ``nox -s quick``, so this takes seconds: no chapter runs in them, and
the reference is left out. The machinery has tests of its own; here it is asked whether a writer has
to touch anything else, and whether a site that knows its address says so wherever it should.
"""

import os
import subprocess
import sys
import zipfile
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from countdown import CLAIM, KEY, NEW, PART, SCRIPT, SENTENCES, TASKS, copy, write

ADDRESS = "https://book.example/rnn/"
PAGE = "chapters/1_foundations/plot_09_countdown.html"
PARTS = ("docs", "gallery", "rnnbook", "tests/book", "tests/claims", "pyproject.toml")
LICENCES = ("LICENSE", "LICENSE-docs", "README.md", "constraints.txt", "CHANGELOG.md")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Copy the book's sources and add a chapter, four files, and a question, two; nothing else."""
    root = tmp_path_factory.mktemp("book")
    copy(root, (*PARTS, *LICENCES))
    header = root / "gallery/6_interview/GALLERY_HEADER.rst"
    if not header.exists():
        write(root, {"gallery/6_interview/GALLERY_HEADER.rst": PART})
    write(root, NEW)
    with (root / "docs/practice/foundations.md").open("a", encoding="utf-8") as page:
        page.write(TASKS)
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
    page = soup(html, "chapters/6_interview/plot_99_why_countdown.html")
    assert page.select(".stands-on a[href$='plot_09_countdown.html']")
    assert KEY in page.select_one("p.claim").get_text()
    (link,) = page.select("p.claim a[href*='proofs/']")
    name, _, anchor = link["href"].partition("#")
    assert name == "../../proofs/questions/why_countdown.html"
    proof = soup(html, "proofs/questions/why_countdown.html")
    assert proof.find(id=anchor)
    assert "rnnbook.experiments.countdown" in proof.get_text()
    assert (html / "downloads/6_interview/plot_99_why_countdown.ipynb").is_file()


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
