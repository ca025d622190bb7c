"""Each check of the pages fails on a page made to fail it, and passes a page without fault."""

import wave
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_checks import (
    BUDGET,
    OPENING,
    PAGES_A_LOOK,
    REQUESTS,
    Asked,
    Site,
    open_context,
    static_problems,
    text_shown,
    too_heavy,
    visit,
)
from playwright.sync_api import Browser

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">
<style>
body {{ color: #111; background: #fff; margin: 0; }}
body[data-theme=dark] {{ color: #eee; background: #111; }}
a {{ color: inherit; }} img {{ max-width: 100%; }}
@media print {{ details::details-content {{ content-visibility: visible; }} }}
</style>{head}</head>
<body data-theme="auto"><main><article><h1 id="top-of-page">A page</h1>
<p>Words, and a <a href="#top-of-page">link</a>.</p>
<img src="figure.svg" alt="A line that falls from one to zero">
<details><summary>Answer</summary><p>Forty-two.</p></details>
{body}</article></main></body></html>
"""
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'

Plant = Callable[..., list[str]]


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Site]:
    """Return a function that writes a site of one page with something added."""

    def write(body: str = "", head: str = "", page: str = GOOD) -> Site:
        (tmp_path / "figure.svg").write_text(FIGURE)
        (tmp_path / "index.html").write_text(page.format(head=head, body=body))
        return Site(tmp_path)

    return write


@pytest.fixture
def look(browser: Browser, axe: Axe) -> Iterator[Callable[[Site], list[str]]]:
    """Return a function that visits the page of a site and returns the problems."""

    def problems(site: Site) -> list[str]:
        context = open_context(browser, site)
        page = site.page("index.html")
        seen = visit(context, page, axe)
        context.close()
        return [*seen.problems, *too_heavy(page, seen.loaded)]

    return problems


def test_good_page_has_no_problem(plant: Callable[..., Site], look: Plant) -> None:
    site = plant()
    assert static_problems(site.page("index.html")) == []
    assert look(site) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="nowhere.html">x</a>', "a file that is not there"),
        ('<a href="#nowhere">x</a>', "a place that is not there"),
        ('<a href="index.html#nowhere">x</a>', "a place that is not there"),
        ('<a href="../../other.html">x</a>', "out of the site"),
        ('<img src="https://host.invalid/x.png" alt="A figure that another host has">', "host"),
        ('<p id="twice"></p><p id="twice"></p>', "id used 2 times: twice"),
        ("<pre>&lt;torch._C.Generator at 0x7f4e282295f0&gt;</pre>", "an address in memory"),
        ('<img src="figure.svg">', "shorter than 20"),
        ('<img src="figure.svg" alt="A figure">', "shorter than 20"),
        ('<img src="figure.svg" alt="sphx_glr_plot_01_order_001.png">', "file name"),
        ('<a href="#"><img src="figure.svg" alt=""></a>', "shorter than 20"),
    ],
)
def test_fault_in_the_file_is_found(plant: Callable[..., Site], body: str, problem: str) -> None:
    found = static_problems(plant(body).page("index.html"))
    assert len(found) == 1
    assert problem in found[0]


def test_thumbnail_beside_words_may_have_an_empty_alt(plant: Callable[..., Site]) -> None:
    site = plant('<a href="#">Why order matters<img src="figure.svg" alt=""></a>')
    assert static_problems(site.page("index.html")) == []


@pytest.mark.parametrize(
    ("head", "body", "problem"),
    [
        ("", '<a href="#"></a>', "light: axe link-name"),
        ("", '<p style="color: #bbb; background: #fff">pale</p>', "light: axe color-contrast"),
        (
            "",
            "<p>" + 9 * "<code>fine</code> " + '<code style="color: #bbb">pale</code></p>',
            "light: axe color-contrast (serious), 1 times",
        ),
        (
            "",
            "<p>"
            + 9 * "<code>fine</code> "
            + '<b style="background: #555"><code>on grey</code></b>',
            "light: axe color-contrast (serious), 1 times",
        ),
        (
            "<style>body[data-theme=dark] { background: #111; color: #333; }</style>",
            "",
            "dark: axe color-contrast",
        ),
        (
            "<style>@media (max-width: 400px) { article { color: #ccc; } }</style>",
            "",
            "phone: axe color-contrast",
        ),
        ("", '<div style="width: 700px">wide</div>', "phone: scrolls sideways, 700 px"),
        (
            "",
            '<details><summary>Answer</summary><p style="color: #bbb">pale</p></details>',
            "light: axe color-contrast",
        ),
        (
            "",
            '<details><summary>Answer</summary><div style="width: 700px">wide</div></details>',
            "phone: scrolls sideways, 700 px",
        ),
        ("", "<script>console.error('lost')</script>", "console error: lost"),
        ("", "<script>throw new Error('lost')</script>", "script error: lost"),
        ("", "<script>fetch('https://host.invalid/')</script>", "beyond the site: https://host"),
        ("", '<script src="gone.js"></script>', "not loaded"),
        (
            "<style>@media print { details::details-content { content-visibility: hidden; } }"
            "</style>",
            "",
            "closed when printed: Answer",
        ),
    ],
)
def test_fault_in_the_browser_is_found(
    plant: Callable[..., Site], look: Plant, head: str, body: str, problem: str
) -> None:
    found = look(plant(body, head))
    assert any(problem in line for line in found), found


@pytest.fixture(scope="module")
def asked(browser: Browser, axe: Axe, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """What axe has been asked about once enough pages without fault were seen."""
    asked = Asked()
    site = Site(tmp_path_factory.mktemp("site"))
    (site.root / "figure.svg").write_text(FIGURE)
    (site.root / "index.html").write_text(GOOD.format(head="", body=""))
    context = open_context(browser, site)
    for _ in range(PAGES_A_LOOK):
        assert visit(context, site.page("index.html"), axe, asked).problems == []
    before = deepcopy(asked)
    assert visit(context, site.page("index.html"), axe, asked).problems == []
    context.close()
    assert vars(asked) == vars(before)  # nothing was new, so nothing was asked
    return asked


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<a href="#"></a>', "link-name"),
        ('<a href="#"><img src="figure.svg" alt=""></a>', "link-name"),
        ('<img src="figure.svg">', "image-alt"),
        ("<h4>Too deep</h4>", "heading-order"),
        ("<h2></h2>", "empty-heading"),
        ("<ul><p>No item</p></ul>", "list"),
        ("<li>Alone</li>", "listitem"),
        ("<button></button>", "button-name"),
        ('<label for="other">Name</label><input id="this">', "label"),
        ('<div role="list"><div>No item</div></div>', "aria-required-children"),
        ('<p aria-hidden="true"><a href="#">hidden</a></p>', "aria-hidden-focus"),
        ('<p tabindex="3">first</p>', "tabindex"),
        ("</article></main><p>Outside</p><main><article>", "region"),
        ("<nav>here</nav><nav>there</nav>", "landmark-unique"),
        ("<div style='overflow: auto; height: 9px'><p>a<p>b<p>c</div>", "scrollable-region"),
    ],
)
def test_fault_is_found_after_pages_that_show_all_else(
    plant: Callable[..., Site], browser: Browser, axe: Axe, asked: Asked, body: str, rule: str
) -> None:
    site = plant(body)
    context = open_context(browser, site)
    found = visit(context, site.page("index.html"), axe, deepcopy(asked)).problems
    context.close()
    assert any(f"axe {rule}" in line for line in found), found


@pytest.mark.parametrize(
    ("attributes", "heavy"),
    [
        ("", True),
        ('class="only-dark"', True),
        ('loading="lazy"', True),
        ('class="only-dark" loading="lazy"', False),
    ],
)
def test_page_is_weighed_with_what_it_shows(
    plant: Callable[..., Site], look: Plant, tmp_path: Path, attributes: str, heavy: bool
) -> None:
    (tmp_path / "big.webp").write_bytes(bytes(BUDGET))  # a picture is not compressed again
    hide = "<style>.only-dark { display: none; }</style>"
    alt = 'alt="A figure with far too many points"'
    far = '<div style="height: 90000px"></div>'  # a lazy figure is loaded when scrolled to
    found = look(plant(f'{far}<img src="big.webp" {alt} {attributes}>', hide))
    assert any("KB, more than" in line for line in found) is heavy


def test_opening_a_page_has_a_budget_of_its_own(
    plant: Callable[..., Site], look: Plant, tmp_path: Path
) -> None:
    (tmp_path / "big.webp").write_bytes(bytes(OPENING))
    alt = 'alt="A figure with far too many points"'
    found = look(plant(f'<img src="big.webp" {alt}>'))
    assert [line for line in found if "KB on opening, more than" in line] == found != []
    for number in range(REQUESTS):
        (tmp_path / f"{number}.svg").write_text(FIGURE)
    found = look(plant("".join(f'<img src="{n}.svg" {alt}>' for n in range(REQUESTS))))
    assert [line for line in found if "17 files on opening, more than 15" in line] == found != []


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_sound_without_a_length_is_found(
    plant: Callable[..., Site], look: Plant, tmp_path: Path, seconds: float
) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * int(8000 * seconds)))
    player = '<audio controls preload="metadata" src="tone.wav" aria-label="A tone"></audio>'
    found = look(plant(player))
    assert (found == []) == (seconds > 0), found
    assert all("not ready to play" in line for line in found)


def test_page_that_needs_scripts_is_found(plant: Callable[..., Site], browser: Browser) -> None:
    site = plant("<p id=late></p><script>late.textContent = 'The answer.'</script>")
    shown = []
    for scripts in (True, False):
        context = open_context(browser, site, java_script_enabled=scripts)
        shown.append(text_shown(context, site.page("index.html")))
        context.close()
    with_scripts, without = shown
    assert "The answer." in with_scripts
    assert "The answer." not in without


def test_served_page_is_answered_from_disk(
    plant: Callable[..., Site], browser: Browser, axe: Axe, tmp_path: Path
) -> None:
    plant()
    page = GOOD.format(head="", body="").replace('src="figure.svg"', 'src="/figure.svg"')
    (tmp_path / "404.html").write_text(page)
    site = Site(tmp_path)
    context = open_context(browser, site)
    seen = visit(context, site.page("404.html"), axe)
    context.close()
    assert seen.problems == []
    assert tmp_path / "figure.svg" in seen.loaded
    assert static_problems(site.page("404.html")) == []
