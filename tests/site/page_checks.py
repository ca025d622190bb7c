"""What must hold for every page of the built site; each check returns the problems it found.

The first half reads files; the second half, ``visit``, looks at one page in a browser, which it
loads once and then shows in light, in dark, as wide as a phone, and as printed.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import moved
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route

BUDGET = 500_000  # bytes of one page as transferred, text compressed
REQUESTS = 15  # that opening a page makes, before anybody scrolls
OPENING = 300_000  # bytes of these; the page of the search also brings the index of all pages
SHORTEST_ALT = 20  # characters
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

# Only the page that a server shows for a wrong address has links that start at the root of the
# site: nobody can tell in which folder it will be shown.
SERVED = "404.html"
SERVER = "http://site.invalid/"


class Site:
    """The pages under one folder, each read at most once."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._pages: dict[Path, SitePage] = {}

    def names(self) -> list[str]:
        """Return every page, as its path below the root, but those that only lead to another."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*.html"))
        names = {path.as_posix() for path in paths if not path.parts[0].startswith("_")}
        return sorted(names - {f"{old}.html" for old in moved.PAGES})

    def page(self, path: Path | str) -> "SitePage":
        """Return the page at ``path``, relative to the root or absolute."""
        full = (self.root / path).resolve()
        if full not in self._pages:
            self._pages[full] = SitePage(self, full)
        return self._pages[full]

    def file(self, address: str) -> Path:
        """Return the file that ``address``, without its fragment, stands for."""
        if address.startswith(SERVER):
            address = self.root.as_uri() + "/" + address.removeprefix(SERVER)
        path = Path(unquote(urlsplit(address).path))
        return path / "index.html" if path.is_dir() else path


class SitePage:
    """One HTML file."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site = site
        self.path = path

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page as a tree."""
        return BeautifulSoup(self.path.read_bytes(), "html.parser")

    @cached_property
    def targets(self) -> set[str]:
        """The fragments that a link can point to."""
        named = (tag["name"] for tag in self.soup.select("a[name]"))
        return {*(tag["id"] for tag in self.soup.select("[id]")), *named, "", "top"}

    @property
    def address(self) -> str:
        """Where a browser opens the page."""
        if self.path.name == SERVED:
            return SERVER + self.path.relative_to(self.site.root).as_posix()
        return self.path.as_uri()

    @property
    def article(self) -> Tag:
        """The page without its navigation."""
        return self.soup.select_one("article") or self.soup.select_one("body") or self.soup

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield the tag and the address of everything the page links to or embeds."""
        for tag in self.soup.select("[href], [src], [poster], [srcset], [data]"):
            if tag.name == "base":
                continue
            for attribute in ("href", "src", "poster", "data"):
                if tag.get(attribute) and not (attribute == "data" and tag.name != "object"):
                    yield tag.name, str(tag[attribute]).strip()
            for candidate in str(tag.get("srcset") or "").split(","):
                if candidate.strip():
                    yield tag.name, candidate.split()[0]


# -- what the files show ------------------------------------------------------------------------


def broken_links(page: SitePage) -> list[str]:
    """Find links to a file of the site, or to a place on a page, that does not exist."""
    problems = []
    for _, reference in page.references():
        address = urljoin(page.address, reference)
        scheme = urlsplit(address).scheme
        if scheme != "file" and not address.startswith(SERVER):
            continue
        target = page.site.file(address)
        if not target.is_relative_to(page.site.root):
            problems.append(f"link out of the site: {reference}")
        elif not target.is_file():
            problems.append(f"link to a file that is not there: {reference}")
        elif target.suffix == ".html":
            fragment = unquote(urlsplit(address).fragment)
            if fragment not in page.site.page(target).targets:
                problems.append(f"link to a place that is not there: {reference}")
    return sorted(set(problems))


def foreign_parts(page: SitePage) -> list[str]:
    """Find anything a browser would fetch from another host: links to follow do not count."""
    harmless = {"canonical", "license", "author", "next", "prev", "search", "index"}
    problems = []
    for tag in page.soup.select("[src], [srcset], [poster], object[data], link[href]"):
        if tag.name == "link" and set(tag.get("rel") or []) <= harmless:
            continue
        for attribute in ("src", "srcset", "poster", "data", "href"):
            if re.match(r"(https?:)?//", str(tag.get(attribute) or "").strip()):
                problems.append(f"part from another host: {tag[attribute]}")
    return problems


def duplicate_ids(page: SitePage) -> list[str]:
    """Find ids that two elements of the page share."""
    counts = Counter(str(tag["id"]) for tag in page.soup.select("[id]"))
    return [f"id used {n} times: {name}" for name, n in counts.items() if n > 1]


def poor_alts(page: SitePage) -> list[str]:
    """Find figures without a description that would help somebody who cannot see them.

    A picture inside a link that has words of its own (a card, a thumbnail) may have an empty one.
    """
    problems = []
    for image in page.article.select("img, svg[role=img], object, embed"):
        source = str(image.get("src") or image.get("data") or image.name)
        alt = str(image.get("alt") or image.get("aria-label") or "").strip()
        name = Path(urlsplit(source).path).name
        if not alt and image.get("alt") == "" and _is_thumbnail(image):
            continue
        if re.search(r"\.(png|svg|jpe?g|gif|webp)$", alt) or alt in {name, Path(name).stem}:
            problems.append(f"alt text is a file name: {source}")
        elif len(alt) < SHORTEST_ALT:
            problems.append(f"alt text {alt!r} is shorter than {SHORTEST_ALT} characters: {source}")
    return problems


def addresses(page: SitePage) -> list[str]:
    """Find what Python prints for want of words: a place in memory, which every build changes."""
    found = re.findall(r"<[\w.]+(?: object)? at 0x[0-9a-f]+>", page.article.get_text())
    return [f"prints an address in memory: {words}" for words in found]


def _is_thumbnail(image: Tag) -> bool:
    card = image.find_parent(["a"]) or image.find_parent(class_=["sd-card", "chapter-card"])
    return bool(card and (card.get_text(strip=True) or card.get("aria-label")))


def transferred(path: Path) -> int:
    """Return the bytes a server that compresses text sends for ``path``."""
    content = path.read_bytes()
    if path.suffix in {".html", ".css", ".js", ".svg", ".json", ".txt", ".xml"}:
        return len(gzip.compress(content, mtime=0))
    return len(content)


def too_heavy(page: SitePage, loaded: set[Path]) -> list[str]:
    """Weigh the page: what the browser ``loaded`` on opening it, and with what scrolling would add.

    A dark figure is not counted if it is loaded lazily, since nobody sees both; sound neither, if
    no more of it is preloaded than its length.
    """
    parts = {page.path, *loaded}
    for image in page.soup.select("img[src]"):
        dark = "only-dark" in (image.get("class") or [])
        if not (dark and image.get("loading") == "lazy"):
            path = page.site.file(urljoin(page.address, str(image["src"])))
            if path.is_file():
                parts.add(path)
    for sound in page.soup.select("audio[src]:is([preload=none], [preload=metadata])"):
        parts.discard(page.site.file(urljoin(page.address, str(sound["src"]))))
    weights = {path: transferred(path) for path in parts if path.is_file()}
    problems = []
    first = {page.path, *loaded} & parts if page.path.name != "search.html" else set()
    cards = page.soup.select(".chapter-cards img")  # the opener of a part has one for each chapter
    asked = first - {page.site.file(urljoin(page.address, str(card["src"]))) for card in cards}
    if len(asked) > REQUESTS:
        names = ", ".join(sorted(path.name for path in asked))
        problems.append(f"{len(asked)} files on opening, more than {REQUESTS}: {names}")
    for some, most, when in ((first, OPENING, " on opening"), (parts, BUDGET, "")):
        total = sum(weights.get(path, 0) for path in some)
        if total > most:
            heaviest = sorted(some & weights.keys(), key=lambda path: -weights[path])[:5]
            listed = ", ".join(f"{path.name} {weights[path] // 1000} KB" for path in heaviest)
            problems.append(f"{total // 1000} KB{when}, more than {most // 1000} KB: {listed}")
    return problems


def static_problems(page: SitePage) -> list[str]:
    """Run every check that needs no browser, except the weight."""
    return [
        *broken_links(page),
        *foreign_parts(page),
        *duplicate_ids(page),
        *poor_alts(page),
        *addresses(page),
    ]


SHAPE = re.compile(r"[(\[][-\d.,\s]*[)\]]")
NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?%?")


def numbers_in(printed: str) -> int:
    """Return how many numbers a reader sees: a shape is one, and a date or a name is none.

    >>> numbers_in("states (2, 5, 4)  updates 1,200  error 3e-05  97%  15.08.2023  S4")
    4
    """
    words = SHAPE.sub(" 0 ", printed).split()
    return sum(NUMBER.fullmatch(word.strip(",;:()[]")) is not None for word in words)


def numbers_printed(page: SitePage) -> int:
    """Return how many numbers the code of a page prints."""
    outputs = page.soup.select(".sphx-glr-script-out pre")
    return sum(numbers_in(output.get_text()) for output in outputs)


# -- what a browser shows -----------------------------------------------------------------------


class Visit(NamedTuple):
    """What was seen on one page: the problems, and the files its opening loaded."""

    problems: list[str]
    loaded: set[Path]


# Colours are the slowest rules, and the pages show the same few over and over: they are asked of
# two elements of every look, in the first mode that shows it, on each of the first pages that show
# it; the other rules of all elements of every page.
PAGES_A_LOOK = 3
COLOURS = ("color-contrast", "link-in-text-block")
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"

# A look is all that decides whether words can be read: the colour, the size and the weight of the
# letters, and every background, opacity and place in the stack that an ancestor lays below them.
NEW_LOOKS = """known => {
    const below = new Map();
    const layers = e => {
        if (!e) return '';
        if (!below.has(e)) {
            const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(e);
            const own = [backgroundColor, backgroundImage, opacity, position].join(' ');
            const clear = own === 'rgba(0, 0, 0, 0) none 1 static';
            below.set(e, layers(e.parentElement) + (clear ? '' : '|' + own));
        }
        return below.get(e);
    };
    const asked = new Set(known);
    const seen = new Map();
    for (const e of document.body.querySelectorAll('*')) {
        const words = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!(words || e.matches('input, select, textarea')) || !e.checkVisibility()) continue;
        const {color, fontSize, fontWeight, textDecorationLine, textShadow} = getComputedStyle(e);
        const around = getComputedStyle(e.parentElement).color;
        const look = [e.tagName, color, fontSize, fontWeight, textDecorationLine, textShadow,
            around, layers(e)].join(';');
        if (!asked.has(look)) seen.set(look, [...(seen.get(look) ?? []), e].slice(0, 2));
    }
    window.fresh = [...seen.values()].flat();
    return [...seen.keys()];
}"""

# An answer has to be as readable as what stands open.
REVEAL = """open => document.querySelectorAll('article details').forEach(d => { d.open = open; })"""

SIDEWAYS = """() => {
    const wide = document.scrollingElement.scrollWidth;
    if (wide <= window.innerWidth) return [];
    const held = ['auto', 'scroll', 'hidden', 'clip'];
    const scrolls = e => e && (held.includes(getComputedStyle(e).overflowX)
        || scrolls(e.parentElement));
    const out = [...document.body.querySelectorAll('*')].filter(e =>
        e.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(e.parentElement));
    const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '')
        + [...e.classList].map(c => '.' + c).join('');
    return [`scrolls sideways, ${wide} px wide: ` + out.slice(0, 4).map(name).join(', ')];
}"""

# A sound that nobody can play is seen by its length, which stays unknown.
SILENT = """async () => {
    const problems = [];
    for (const sound of document.querySelectorAll('audio')) {
        sound.preload = 'auto';
        for (let i = 0; i < 50 && sound.readyState < 3 && !sound.error; i++)
            await new Promise(done => setTimeout(done, 100));
        if (sound.readyState < 3 || !(isFinite(sound.duration) && sound.duration > 0))
            problems.push(`sound not ready to play: ${sound.currentSrc || sound.outerHTML}`);
    }
    return problems;
}"""

CLOSED_IN_PRINT = """() => {
    window.dispatchEvent(new Event('beforeprint'));
    const closed = [...document.querySelectorAll('article details')].filter(d =>
        [...d.children].some(c => c.tagName !== 'SUMMARY' && !c.checkVisibility()));
    window.dispatchEvent(new Event('afterprint'));
    return closed.map(d => 'closed when printed: ' + d.querySelector('summary')?.innerText);
}"""


def open_context(browser: Browser, site: Site, **options: object) -> BrowserContext:
    """Open a browser window that reaches no network; the served page is answered from disk."""
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce", **options)

    def answer(route: Route) -> None:
        path = site.file(route.request.url)
        if path.is_file():
            route.fulfill(path=path)
        else:
            route.fulfill(status=404, body="")

    context.route(f"{SERVER}**", answer)
    context.set_offline(True)
    return context


def visit(
    context: BrowserContext, page: SitePage, axe: Axe, looks: Counter[str] | None = None
) -> Visit:
    """Open ``page`` once; look at it in light, in dark, as wide as a phone, and as printed.

    ``looks`` counts on how many pages each look has been asked about; it is carried on.
    """
    looks = Counter() if looks is None else looks
    known = {look for look, pages in looks.items() if pages >= PAGES_A_LOOK}
    tab = context.new_page()
    problems: list[str] = []
    requests: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"console {message.type}: {message.text}")

    def on_request(request: Request) -> None:
        requests.append(request.url)

    tab.on("console", on_console)
    tab.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    tab.on("request", on_request)
    tab.on("requestfailed", lambda request: problems.append(f"not loaded: {request.url}"))
    try:
        tab.emulate_media(color_scheme="light")
        tab.goto(page.address, wait_until="load")
        loaded = {page.site.file(url) for url in requests if url.startswith(("file:", SERVER))}
        tab.evaluate(axe.axe_script)
        tab.evaluate(
            "css => document.head.append(Object.assign(document.createElement('style'),"
            " {textContent: css}))",
            STILL,
        )
        tab.evaluate(REVEAL, True)
        problems += _violations(tab, "light")
        problems += _colours(tab, "light", known, looks)
        _theme(tab, "dark")
        problems += _colours(tab, "dark", known, looks)
        tab.set_viewport_size(PHONE)
        problems += _colours(tab, "dark phone", known, looks)
        _theme(tab, "light")
        problems += _colours(tab, "phone", known, looks)
        problems += _violations(tab, "phone")
        problems += [f"phone: {problem}" for problem in tab.evaluate(SIDEWAYS)]
        problems += [f"phone: {problem}" for problem in tab.evaluate(SILENT)]
        tab.evaluate(REVEAL, False)
        tab.emulate_media(media="print")
        problems += tab.evaluate(CLOSED_IN_PRINT)
    finally:
        tab.close()
    inside = (page.site.root.as_uri() + "/", SERVER, "data:", "blob:", "about:")
    problems += [
        f"request beyond the site: {url}" for url in requests if not url.startswith(inside)
    ]
    return Visit(problems, loaded)


def barriers(tab: Page, axe: Axe, scheme: str) -> list[str]:
    """Ask axe, by all its rules, about the article of an open page as it is now."""
    _theme(tab, scheme)
    tab.evaluate(axe.axe_script)
    return _axe(tab, scheme, "document.querySelector('article')", {})


def _theme(tab: Page, scheme: str) -> None:
    """Switch both the system's preference and the page's own switch to ``scheme``."""
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a plain string
    tab.evaluate("scheme => { document.body.dataset.theme = scheme; }", scheme)


def _violations(tab: Page, mode: str) -> list[str]:
    """Ask axe what keeps somebody from reading the page, by all its rules but those of colours."""
    rules = {rule: {"enabled": False} for rule in COLOURS}
    return _axe(tab, mode, "document", {"rules": rules})


def _colours(tab: Page, mode: str, known: set[str], looks: Counter[str]) -> list[str]:
    """Ask axe whether the words of every new look stand out from what lies below them."""
    new = tab.evaluate(NEW_LOOKS, list(known))
    known.update(new)
    looks.update(new)
    if not new:
        return []
    return _axe(tab, mode, "window.fresh", {"runOnly": COLOURS})


def _axe(tab: Page, mode: str, within: str, options: dict[str, object]) -> list[str]:
    """Run axe on the elements that the expression ``within`` stands for."""
    # Without preload: it would ask for the style sheets again, which file:// refuses.
    options = {"resultTypes": ["violations"], "preload": False, **options}
    violations = tab.evaluate(
        f"options => axe.run({within}, options).then(results => results.violations)", options
    )
    return [
        f"{mode}: axe {rule['id']} ({rule['impact']}), {len(rule['nodes'])} times: "
        + "; ".join(str(node["html"])[:160] for node in rule["nodes"][:2])
        for rule in violations
    ]


def search_results(context: BrowserContext, page: SitePage, words: str) -> tuple[int, list[str]]:
    """Search for ``words``; return how many pages are found, and what the browser complained of."""
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        tab.goto(f"{page.address}?q={words}", wait_until="load")
        tab.wait_for_selector("#search-results ul.search li", timeout=10_000)
        tab.wait_for_timeout(500)  # results come one by one
        return tab.locator("#search-results ul.search li").count(), complaints
    finally:
        tab.close()


def text_shown(context: BrowserContext, page: SitePage) -> str:
    """Return the words a reader sees in the article."""
    tab = context.new_page()
    try:
        tab.goto(page.address, wait_until="load")
        shown = tab.locator(str(page.article.name)).first
        return " ".join(shown.inner_text().split())
    finally:
        tab.close()
