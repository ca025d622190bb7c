"""The deck, from a folder, on a phone, by keyboard alone, and without scripts."""

from collections.abc import Callable, Iterator

import pytest
from page_checks import Site
from playwright.sync_api import Browser, Page

STEPS = 8


@pytest.fixture
def deck(browser: Browser, book: Site) -> Iterator[Callable[..., Page]]:
    """Open the deck from disk; an error of its script fails the test."""
    contexts = []
    complaints: list[str] = []

    def opened(**settings: bool) -> Page:
        contexts.append(browser.new_context(viewport={"width": 390, "height": 800}, **settings))
        page: Page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(f"{error} {error.stack}"))
        page.goto((book.root / "deck.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [words for words in complaints if "slides.js" in words] == []


def status(page: Page) -> str:
    return page.get_by_role("status").text_content() or ""


def titles(page: Page) -> int:
    return page.locator("article h2:visible").count()


def test_arrow_keys_go_through_the_eight_steps(deck: Callable[..., Page]) -> None:
    page = deck()
    for step in range(1, STEPS + 1):
        assert status(page).startswith(f"Step {step} / {STEPS}: ")
        assert titles(page) == 1
        assert page.locator("article .themed-figure:visible").count() == 1
        page.keyboard.press("ArrowRight")
    assert status(page).startswith(f"Step {STEPS} / ")
    page.keyboard.press("ArrowLeft")
    assert status(page).startswith(f"Step {STEPS - 1} / ")


def test_space_plays_and_pauses(deck: Callable[..., Page]) -> None:
    page = deck()
    page.clock.install()
    page.reload()
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Pause").count() == 1
    page.clock.run_for(13_000)
    assert status(page).startswith("Step 2 / ")
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Play").count() == 1
    page.clock.run_for(60_000)
    assert status(page).startswith("Step 2 / ")


def test_all_steps_can_be_seen_at_once(deck: Callable[..., Page]) -> None:
    page = deck()
    page.get_by_role("button", name="Show all").press("Enter")
    assert titles(page) == STEPS
    page.get_by_role("button", name="One at a time").press("Enter")
    assert titles(page) == 1


def test_without_scripts_it_is_a_page(deck: Callable[..., Page]) -> None:
    assert titles(deck(java_script_enabled=False)) == STEPS
