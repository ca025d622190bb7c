"""The interview section, used from a folder, on a phone, by keyboard alone, and printed."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_checks import Site
from playwright.sync_api import Browser, Page

KEY = "rnnbook-interview"
REFUSE = "Object.defineProperty(window, 'localStorage', {get() {throw new Error('refused')}})"


@pytest.fixture
def opened(browser: Browser, book: Site) -> Iterator[Callable[..., Page]]:
    """Open a page of the section from disk, 390 px wide; an error of its script fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    complaints: list[str] = []

    def at(name: str, script: str = "") -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{error} {error.stack}"))
        if script:
            page.add_init_script(script)
        page.goto((book.root / "interview" / name).as_uri())
        return page

    yield at
    context.close()
    assert [words for words in complaints if "interview.js" in words] == []


def shown(page: Page) -> int:
    """Count the questions that are shown."""
    return page.locator("li.card:visible").count()


def focus(page: Page, words: str) -> None:
    """Move by the tabulator until a control of that name has the focus."""
    for _ in range(400):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.textContent")
        if name.startswith(words) and page.evaluate("document.activeElement.tagName") == "BUTTON":
            return
    pytest.fail(f"the tabulator never comes to {words!r}")


def stored(page: Page) -> dict[str, dict[str, int]]:
    """Return what the browser keeps."""
    kept: dict[str, dict[str, int]] = json.loads(page.evaluate(f"localStorage.getItem('{KEY}')"))
    return kept


def test_list_is_filtered_by_area_level_and_words(opened: Callable[..., Page]) -> None:
    page = opened("index.html")
    everything = shown(page)
    assert everything >= 40
    page.get_by_label("Level").select_option("1")
    first = shown(page)
    assert 0 < first < everything
    page.get_by_label("Area").select_option("basics")
    assert 0 < shown(page) <= first
    page.get_by_label("Words").fill("no question has these words")
    assert shown(page) == 0
    assert page.get_by_role("status").text_content() == f"Questions shown: 0 of {everything}"
    page.get_by_label("Words").fill("")
    page.get_by_label("Area").select_option("")
    page.get_by_label("Level").select_option("")
    assert shown(page) == everything


def test_self_test_by_keyboard_asks_again_what_was_not_known(opened: Callable[..., Page]) -> None:
    page = opened("practice.html")
    everything = shown(page)
    focus(page, "Self-test")
    page.keyboard.press("Enter")
    assert shown(page) == 1
    slug = page.locator("li.card:visible").get_attribute("data-slug")
    answer = page.locator("li.card:visible .spoken")
    assert not answer.is_visible()
    page.keyboard.press("1")  # no grade before the answer is open
    assert stored(page) == {}
    page.keyboard.press("Space")
    assert answer.is_visible()
    page.keyboard.press("1")
    assert stored(page)[str(slug)]["box"] == 0
    for _ in range(everything):  # all others, and the first once more
        page.keyboard.press("Space")
        page.keyboard.press("2")
    result = page.locator(".result")
    assert result.text_content() == f"{everything} of {everything + 1} known."
    assert result.evaluate("it => it === document.activeElement")
    assert {one["box"] for one in stored(page).values()} == {1}
    assert shown(page) == everything
    focus(page, "Self-test")
    page.keyboard.press("Enter")
    assert "No question is due" in str(page.locator(".summary").text_content())


def test_rapid_round_has_a_mark(opened: Callable[..., Page]) -> None:
    page = opened("practice.html")
    for known, verdict in ((8, "passed"), (7, "not yet")):
        focus(page, "Rapid round")
        page.keyboard.press("Enter")
        for number in range(10):
            page.keyboard.press("2" if number < known else "1")
        text = str(page.locator(".result").text_content())
        assert text.startswith(f"{known} of 10 known.")
        assert verdict in text


def test_mock_interview_asks_five_and_says_what_to_revise(opened: Callable[..., Page]) -> None:
    page = opened("practice.html")
    focus(page, "Mock interview")
    page.keyboard.press("Enter")
    assert re.fullmatch(r"1[45]:\d\d left", str(page.locator(".clock").text_content()))
    levels = []
    for _ in range(5):
        levels.append(page.locator("li.card:visible").get_attribute("data-level"))
        page.keyboard.press("Space")
        page.keyboard.press("1")
    assert levels == ["1", "1", "2", "2", "3"]
    assert page.locator(".summary li").count() == 5
    focus(page, "Mock interview")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator(".result").text_content() == "0 of 0 known."


def test_progress_goes_out_comes_back_and_is_forgotten(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened("practice.html")
    slug = str(page.locator("li.card").first.get_attribute("data-slug"))
    file = tmp_path / "progress.json"
    file.write_text(json.dumps({slug: {"box": 2, "due": 1}, "other": {"box": 99, "due": 1}}))
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_function(f"localStorage.getItem('{KEY}').includes('{slug}')")
    assert stored(page) == {slug: {"box": 2, "due": 1}}
    with page.expect_download() as got:
        page.get_by_role("button", name="Export progress").click()
    assert json.loads(got.value.path().read_text()) == stored(page)
    file.write_text("[]")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("holds no progress").wait_for()
    assert slug in stored(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget progress").click()
    assert stored(page) == {}


def test_browser_that_keeps_nothing_says_so(opened: Callable[..., Page]) -> None:
    page = opened("practice.html", REFUSE)
    assert "ends with this tab" in str(page.locator(".note").text_content())
    focus(page, "Self-test")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    assert page.locator(".result").text_content() == "1 of 1 known."


def test_sheet_has_two_pages_and_each_card_one(opened: Callable[..., Page]) -> None:
    for name in ("sheet.html", "cards.html"):
        page = opened(name)
        wanted = {"sheet.html": 2, "cards.html": shown(page)}[name]
        for paper in ("A4", "Letter"):
            assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == wanted
