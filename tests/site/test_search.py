"""The search finds what a reader means: a chapter or a question, before proofs and reference."""

from __future__ import annotations

import pytest
from page_checks import Site
from playwright.sync_api import Browser

WANTED = {
    "exploding": "chapters/6_interview/plot_45_lstm_explodes",
    "forget bias": "chapters/3_architectures/plot_01_lstm",
    "teacher forcing": "chapters/6_interview/plot_65_teacher_forcing",
    "vanishing": "chapters/2_training/plot_02_gradient_flow",
    "bptt": "chapters/6_interview/plot_21_how_far_back",
    "nan": "chapters/2_training/plot_09_nan_loss",
}


@pytest.mark.parametrize("words", WANTED)
def test_the_first_three_have_what_is_meant(browser: Browser, book: Site, words: str) -> None:
    page = browser.new_page()
    page.goto(f"{(book.root / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
    found = page.locator("#search-results ul.search li > a")
    found.nth(2).wait_for(timeout=20_000)
    first = [str(found.nth(k).get_attribute("href")) for k in range(3)]
    page.close()
    assert any(WANTED[words] in where for where in first), first
