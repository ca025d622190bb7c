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
from docutils.nodes import make_id
from downloads import FOLDER, Project
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).parents[2]


def test_doctests_of_the_module_hold():
    assert doctest.testmod(moved).failed == 0


#: Every place that left a page: the page, the old id, the new page, the new id.
PLACES = [
    (page, old, *new.split("#")) for page, left in moved.PLACES.items() for old, new in left.items()
]


def test_no_old_page_is_there_and_every_new_one_is():
    names = {page.docname for page in book.book(ROOT)}
    names |= {f"proofs/{claim.topic}" for claim in claims.claims_in(ROOT)}
    assert moved.PAGES.keys().isdisjoint(names)
    assert {*moved.PAGES.values(), *moved.PLACES} <= names
    assert {there for _, _, there, _ in PLACES} <= names


def test_claims_that_moved_are_where_the_table_says():
    anchors = {claim.anchor for claim in claims.claims_in(ROOT)}
    kinds = re.compile(r"(?:said|proof)-(.*)")
    for _, old, _, new in PLACES:
        if found := kinds.fullmatch(new):
            assert found[1] in anchors, new
        if found := kinds.fullmatch(old):
            assert found[1] not in anchors, old


def test_headings_that_the_table_names_stand_on_their_pages():
    pages = {page.docname: page for page in book.book(ROOT)}
    underlined = re.compile(r"(?m)^# (.+)\n# -{3,}$")
    for _, _, there, place in PLACES:
        if there in pages and not place.startswith("said-"):
            assert place in map(make_id, underlined.findall(pages[there].text)), there


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of the pages that the tables name, with nothing on them but the new places."""
    root = tmp_path_factory.mktemp("site")
    pages = {name: set() for name in ("index", *moved.PLACES, *moved.PAGES.values())}
    for _, _, there, place in PLACES:
        pages.setdefault(there, set()).add(place)
    for name, places in pages.items():
        path = root / "docs" / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        marks = (f"\n.. raw:: html\n\n   <p id='{place}'></p>\n" for place in places)
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


@pytest.mark.parametrize(("old", "new"), moved.PAGES.items(), ids=list(moved.PAGES))
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


@pytest.mark.parametrize(("page", "old", "there", "new"), PLACES, ids=[p[1] for p in PLACES])
def test_an_old_place_leads_to_the_new_one(site, page, old, there, new):
    path = site / f"{page}.html"
    address, _, target = soup(path).find(id=old).a["href"].partition("#")
    assert (path.parent / address).resolve() == (site / f"{there}.html").resolve()
    assert target == new
    assert soup(site / f"{there}.html").find(id=target) is not None


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
