"""Every page of the book reads well for everybody, everywhere, without any other host."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from book import scripts
from page_checks import (
    Asked,
    Site,
    numbers_printed,
    open_context,
    search_results,
    static_problems,
    text_shown,
    too_heavy,
    visit,
)
from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="module")
def window(browser: Browser, book: Site) -> Iterator[BrowserContext]:
    """A window in which all pages are opened, one after the other."""
    context = open_context(browser, book)
    yield context
    context.close()


@pytest.fixture(scope="module")
def asked() -> Asked:
    """What axe has been asked about."""
    return Asked()


def listed(problems: list[str]) -> str:
    """Put each problem on a line, so that pytest shows them all."""
    return "\n".join(problems)


def test_page_is_well_made(name: str, book: Site) -> None:
    assert listed(static_problems(book.page(name))) == ""


def test_page_prints_no_more_numbers_than_its_kind_allows(book: Site) -> None:
    pages = scripts(Path(__file__).parents[2])
    printed = {page: numbers_printed(book.page(f"{page.docname}.html")) for page in pages}
    assert sum(printed.values()) > len(pages)  # the outputs are found
    many = {page.docname: n for page, n in printed.items() if n > page.kind.numbers}
    assert many == {}


def test_page_works_in_a_browser(
    name: str, book: Site, window: BrowserContext, axe: Axe, asked: Asked
) -> None:
    page = book.page(name)
    seen = visit(window, page, axe, asked)
    assert listed([*seen.problems, *too_heavy(page, seen.loaded)]) == ""


def test_pages_read_without_javascript(
    book: Site, browser: Browser, window: BrowserContext
) -> None:
    """One page of every folder shows the same words with and without scripts."""
    folders: dict[str, str] = {}
    for name in book.names():
        if name not in {"search.html", "404.html"}:
            folders.setdefault(name.rpartition("/")[0], name)
    bare = open_context(browser, book, java_script_enabled=False)
    different = [
        name
        for name in {"index.html", *folders.values()}
        if text_shown(bare, book.page(name)) != text_shown(window, book.page(name))
    ]
    bare.close()
    assert different == []


def test_search_works_from_disk(book: Site, window: BrowserContext) -> None:
    found, complaints = search_results(window, book.page("search.html"), "gradient")
    assert complaints == []
    assert found > 5
