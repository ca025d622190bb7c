"""What moved is still found under its old address, with no script and from a folder."""

import doctest
import re
from pathlib import Path

import book
import claims
import downloads
import moved
import pytest
from bs4 import BeautifulSoup
from downloads import FOLDER, Project
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).parents[2]


def test_doctests_of_the_module_hold():
    assert doctest.testmod(moved).failed == 0


def test_no_old_page_is_there_and_every_new_one_is():
    names = {page.docname for page in book.book(ROOT)}
    names |= {f"proofs/{claim.topic}" for claim in claims.claims_in(ROOT)}
    assert moved.pages().keys().isdisjoint(names)
    assert {new.partition("#")[0] for new in moved.MOVED.values()} <= names
    assert {old.partition("#")[0] for old in moved.MOVED if "#" in old} <= names


def test_claims_that_moved_are_where_the_table_says():
    anchors = {claim.anchor for claim in claims.claims_in(ROOT)}
    kinds = re.compile(r"#(?:said|proof)-(.*)")
    for old, new in moved.MOVED.items():
        if found := kinds.search(new):
            assert found[1] in anchors, new
        if found := kinds.search(old):
            assert found[1] not in anchors, old


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of the pages that the table names, with nothing on them but the new places."""
    root = tmp_path_factory.mktemp("site")
    pages = {old.partition("#")[0]: set() for old in moved.MOVED if "#" in old}
    for new in moved.MOVED.values():
        name, _, place = new.partition("#")
        pages.setdefault(name, set()).add(place)
    for name, places in {"index": set(), **pages}.items():
        path = root / "docs" / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        marks = (f"\n.. raw:: html\n\n   <p id='{place}'></p>\n" for place in places if place)
        path.write_text(
            f":orphan:\n\nTitle of {name}\n{'=' * 80}\n{''.join(marks)}", encoding="utf-8"
        )
    (root / "docs" / "conf.py").write_text('extensions = ["moved"]\n', encoding="utf-8")
    places = (root / "docs", root / "docs", root / "html", root / "doctrees")
    with patch_docutils(), docutils_namespace():  # what it registers, the next site must not meet
        Sphinx(*places, "html", status=None, warningiserror=True).build()
    return root / "html"


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize(("old", "new"), moved.pages().items(), ids=list(moved.pages()))
def test_an_old_page_leads_to_the_new_one(site, old, new):
    path = site / f"{old}.html"
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(https?:)?//\w", text), "it asks another host"
    page = soup(path)
    sent = page.select_one("noscript > meta[http-equiv=refresh]")["content"].partition("url=")[2]
    link = page.select_one("body a[href]")["href"]
    assert sent == link
    assert f'location.replace("{link}" + location.hash)' in text
    assert (path.parent / link).resolve() == (site / f"{new}.html").resolve()
    assert (site / f"{new}.html").is_file()


@pytest.mark.parametrize("old", [old for old in moved.MOVED if "#" in old])
def test_an_old_place_leads_to_the_new_one(site, old):
    name, _, place = old.partition("#")
    path = site / f"{name}.html"
    link = soup(path).find(id=place).a["href"]
    address, _, target = link.partition("#")
    there = (path.parent / address).resolve()
    new = moved.MOVED[old]
    assert there == (site / f"{new.partition('#')[0]}.html").resolve()
    assert soup(there).find(id=target) is not None


def test_other_pages_get_no_line(site):
    assert soup(site / "index.html").select(".moved") == []


def test_old_downloads_are_copies_of_the_new_ones_and_not_in_the_zip(tmp_path):
    wheel = tmp_path / "rnnbook.whl"
    wheel.write_bytes(b"")
    written = downloads.files(Project(ROOT), wheel, "")
    for old, new in moved.downloads().items():
        for suffix in (".py", ".ipynb"):
            assert written[f"{old}{suffix}"] == written[f"{new}{suffix}"], FOLDER
            assert f"{old}{suffix}".encode() not in written[downloads.ZIP]
