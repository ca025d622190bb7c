"""Marks of what was read, by keyboard, also where a browser keeps nothing; ways into the book."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from page_checks import PHONE, SIDEWAYS, Site, classed
from playwright.sync_api import Browser, Page
from sidebar import LONG_LISTS

CHAPTER = "chapters/1_foundations/plot_01_order.html"
OPENER = "chapters/1_foundations/index.html"
REFUSE = "Object.defineProperty(window, 'localStorage', {get() {throw new Error('refused')}})"
WAYS = 4  # into the book, on its home page


@pytest.fixture
def opened(browser: Browser, book: Site) -> Iterator[Callable[..., Page]]:
    """Open a page from disk, as wide as a phone, with a clock that a test can move."""
    context = browser.new_context(viewport=PHONE)
    complaints: list[str] = []

    def at(name: str, script: str = "") -> Page:
        page = context.new_page()
        page.clock.install()
        page.on("pageerror", lambda error: complaints.append(f"{error} {error.stack}"))
        if script:
            page.add_init_script(script)
        page.goto((book.root / name).as_uri())
        return page

    yield at
    context.close()
    assert [words for words in complaints if "book.js" in words] == []


def marked(page: Page) -> list[str]:
    """Return the titles that bear a mark."""
    return page.locator("article a.is-read").all_text_contents()


def test_a_page_is_marked_by_keyboard_and_everything_forgotten_again(
    opened: Callable[..., Page],
) -> None:
    page = opened(CHAPTER)
    button = page.get_by_role("button", name="Mark as read")
    button.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Mark as not read").is_visible()
    for name in (OPENER, "chapters/index.html"):
        listed = opened(name)
        assert len(marked(listed)) == 1
        link = listed.locator("article a.is-read")
        assert CHAPTER.rpartition("/")[2] in str(link.get_attribute("href"))
        assert listed.locator(".sidebar-tree a.is-read").count() == 1
        assert "Pages you have read: 1." in listed.locator(".read-line").inner_text()
    listed.on("dialog", lambda dialog: dialog.accept())
    listed.get_by_role("button", name="Forget what I have read").press("Enter")
    assert marked(listed) == []
    assert marked(opened(OPENER)) == []


def test_the_end_of_a_page_counts_if_it_was_not_only_scrolled_to(
    opened: Callable[..., Page],
) -> None:
    page = opened(CHAPTER)
    page.clock.fast_forward(60_000)
    assert marked(opened(OPENER)) == []  # nobody has seen its end
    page.locator(".read-line").scroll_into_view_if_needed()
    page.get_by_role("button", name="Mark as not read").wait_for()
    assert len(marked(opened(OPENER))) == 1
    page.get_by_role("button", name="Mark as not read").click()
    page.mouse.wheel(0, -9000)
    page.mouse.wheel(0, 90000)
    assert marked(opened(OPENER)) == []  # what a reader has said stays

    hasty = opened(CHAPTER)
    hasty.locator(".read-line").scroll_into_view_if_needed()
    hasty.wait_for_timeout(200)
    assert hasty.get_by_role("button", name="Mark as read").is_visible()


@pytest.mark.parametrize("where", [CHAPTER, OPENER])
def test_a_browser_that_keeps_nothing_says_so(opened: Callable[..., Page], where: str) -> None:
    page = opened(where, REFUSE)
    assert page.locator(".read-line").inner_text() == (
        "This browser keeps no marks of what you have read."
    )
    assert page.locator(".read-line button:visible").count() == 0


def test_what_the_browser_kept_may_be_anything(opened: Callable[..., Page]) -> None:
    for kept in ("not JSON", "null", '["../x", 3, "chapters/9/plot_1"]'):
        page = opened(OPENER, f"localStorage.setItem('rnnbook-read', {kept!r})")
        assert marked(page) == []
    page = opened(CHAPTER, "localStorage.setItem('rnnbook-read', 'not JSON')")
    page.get_by_role("button", name="Mark as read").click()
    assert page.get_by_role("button", name="Mark as not read").is_visible()


@pytest.mark.parametrize("number", range(WAYS))
def test_a_path_can_be_followed_on_a_phone(
    opened: Callable[..., Page], book: Site, number: int
) -> None:
    """Every link of a way into the book is tapped, in order; each page says where it stands."""
    home = opened("index.html")
    ways = home.locator(".ways .sd-card")
    assert ways.count() == WAYS
    links = ways.nth(number).locator("a[href]")
    addresses = [str(links.nth(k).get_attribute("href")) for k in range(links.count())]
    assert len(addresses) >= 5
    problems: list[str] = []
    for place, address in enumerate(addresses):
        links.nth(place).click()
        home.wait_for_load_state("load")
        name = address.partition("#")[0]
        if home.url.partition("#")[0] != (book.root / name).as_uri():
            problems.append(f"{address}: leads to {home.url}")
        problems += [f"{name}: {wide}" for wide in home.evaluate(SIDEWAYS)]
        problems += [f"{name}: {lacks}" for lacks in unsaid(home, name)]
        home.go_back()
    assert problems == []


def unsaid(page: Page, name: str) -> list[str]:
    """Return what a page leaves open: what it is, where it stands, or what comes next."""
    seen = {
        "its title": page.locator("article h1").first,
        "the next page": page.locator(".related-pages .next-page .title"),
    }
    if name.startswith("chapters/") and not name.endswith("index.html"):
        seen["its part"] = page.locator(".crumbs a").nth(1)
    current = page.locator(".sidebar-tree .current-page > a, .sidebar-tree a.current")
    found = [what for what, where in seen.items() if not where.is_visible()]
    return [*found, *(["its place among the chapters"] if not current.count() else [])]


def listed(book: Site, name: str) -> dict[str, bool]:
    """Return the pages in the sidebar of a page, and whether each is marked as the current one."""
    within = f"//*[{classed('sidebar-tree')}]//a[{classed('reference')}]"
    found = book.page(name).tree.xpath(within)
    links = {link.get("href"): "current" in link.get("class").split() for link in found}
    here = book.root / name
    return {
        name if href == "#" else str((here.parent / href).resolve().relative_to(book.root)): current
        for href, current in links.items()
    }


def test_sidebar_lists_every_chapter_and_question_and_marks_the_page(book: Site) -> None:
    found = listed(book, CHAPTER)
    scripts = {name for name in book.names() if "/plot_" in name and name.startswith("chapters/")}
    assert scripts <= found.keys()
    assert [name for name, current in found.items() if current] == [CHAPTER]
    for root in LONG_LISTS:
        folder = root.removesuffix("index")
        assert [name for name in found if name.startswith(folder)] == [f"{root}.html"]


@pytest.mark.parametrize("root", LONG_LISTS)
def test_sidebar_of_a_long_list_has_it_all(book: Site, root: str) -> None:
    folder = root.removesuffix("index")
    pages = {name for name in book.names() if name.startswith(folder)}
    assert pages == {name for name in listed(book, f"{root}.html") if name.startswith(folder)}
