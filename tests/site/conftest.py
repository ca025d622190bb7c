"""The built site and the browser that looks at it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_checks import Site
from playwright.sync_api import Browser, sync_playwright

BOOK = Path(__file__).resolve().parents[2] / "docs" / "_build" / "html"
# The system's own: the tests download nothing. The first is the same engine without windows, and
# the quickest.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes ``name`` once for each page of the book."""
    if "name" in metafunc.fixturenames:
        names = Site(BOOK).names()
        if not names:
            raise pytest.UsageError(f"no pages in {BOOK}: build the book first (nox -s docs)")
        metafunc.parametrize("name", names)


@pytest.fixture(scope="session")
def book() -> Site:
    """The book as built."""
    return Site(BOOK)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(f"no browser found: install one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """The accessibility checker, read from disk once."""
    return Axe()
