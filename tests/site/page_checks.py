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
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import lxml.html
import moved
from axe_playwright_python.sync_playwright import Axe
from lxml.html import HtmlElement
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
        self._files: dict[str, Path] = {}

    def names(self) -> list[str]:
        """Return every page, as its path below the root, but those that only lead to another."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*.html"))
        names = {path.as_posix() for path in paths if not path.parts[0].startswith("_")}
        return sorted(names - {f"{old}.html" for old in moved.PAGES})

    def page(self, path: Path | str) -> "SitePage":
        """Return the page at ``path``: one that ``file`` returned, or relative to the root."""
        full = path if isinstance(path, Path) else (self.root / path).resolve()
        if full not in self._pages:
            self._pages[full] = SitePage(self, full)
        return self._pages[full]

    def file(self, address: str) -> Path:
        """Return the file that ``address``, without its fragment, stands for."""
        if address not in self._files:
            path = Path(unquote(urlsplit(address).path))
            if address.startswith(SERVER):
                path = self.root / path.relative_to("/")
            self._files[address] = (path / "index.html" if path.is_dir() else path).resolve()
        return self._files[address]


class SitePage:
    """One HTML file."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site = site
        self.path = path

    @cached_property
    def tree(self) -> HtmlElement:
        """The page as a tree."""
        return lxml.html.parse(self.path, lxml.html.HTMLParser(encoding="utf-8")).getroot()

    @cached_property
    def targets(self) -> set[str]:
        """The fragments that a link can point to."""
        return {*map(str, self.tree.xpath("//@id | //a/@name")), "", "top"}

    @property
    def address(self) -> str:
        """Where a browser opens the page."""
        if self.path.name == SERVED:
            return SERVER + self.path.relative_to(self.site.root).as_posix()
        return self.path.as_uri()

    @property
    def article(self) -> HtmlElement:
        """The page without its navigation."""
        return next(iter(self.tree.xpath("//article") or self.tree.xpath("//body")), self.tree)

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield the tag and the address of everything the page links to or embeds."""
        for tag in self.tree.xpath("//*[@href or @src or @poster or @srcset or @data]"):
            if tag.tag == "base":
                continue
            for attribute in ("href", "src", "poster", "data"):
                if tag.get(attribute) and not (attribute == "data" and tag.tag != "object"):
                    yield tag.tag, tag.get(attribute).strip()
            for candidate in tag.get("srcset", "").split(","):
                if candidate.strip():
                    yield tag.tag, candidate.split()[0]


def classed(*names: str) -> str:
    """Return the condition of an XPath that an element has one of the classes ``names``."""
    has = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
    return " or ".join(has.format(name) for name in names)


# -- what the files show ------------------------------------------------------------------------


def broken_links(page: SitePage) -> list[str]:
    """Find links to a file of the site, or to a place on a page, that does not exist."""
    problems = []
    for _, reference in page.references():
        address, fragment = urldefrag(urljoin(page.address, reference))
        if not address.startswith(("file:", SERVER)):
            continue
        target = page.site.file(address)
        if not target.is_relative_to(page.site.root):
            problems.append(f"link out of the site: {reference}")
        elif not target.is_file():
            problems.append(f"link to a file that is not there: {reference}")
        elif target.suffix == ".html" and unquote(fragment) not in page.site.page(target).targets:
            problems.append(f"link to a place that is not there: {reference}")
    return sorted(set(problems))


def foreign_parts(page: SitePage) -> list[str]:
    """Find anything a browser would fetch from another host: links to follow do not count."""
    harmless = {"canonical", "license", "author", "next", "prev", "search", "index"}
    problems = []
    for tag in page.tree.xpath("//*[@src or @srcset or @poster] | //object[@data] | //link[@href]"):
        if tag.tag == "link" and set(tag.get("rel", "").split()) <= harmless:
            continue
        for attribute in ("src", "srcset", "poster", "data", "href"):
            if re.match(r"(https?:)?//", tag.get(attribute, "").strip()):
                problems.append(f"part from another host: {tag.get(attribute)}")
    return problems


def duplicate_ids(page: SitePage) -> list[str]:
    """Find ids that two elements of the page share."""
    counts = Counter(map(str, page.tree.xpath("//@id")))
    return [f"id used {n} times: {name}" for name, n in counts.items() if n > 1]


def poor_alts(page: SitePage) -> list[str]:
    """Find figures without a description that would help somebody who cannot see them.

    A picture inside a link that has words of its own (a card, a thumbnail) may have an empty one.
    """
    problems = []
    images = ".//img | .//svg[@role='img'] | .//object | .//embed"
    for image in page.article.xpath(images):
        source = image.get("src") or image.get("data") or image.tag
        alt = (image.get("alt") or image.get("aria-label") or "").strip()
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
    found = re.findall(r"<[\w.]+(?: object)? at 0x[0-9a-f]+>", page.article.text_content())
    return [f"prints an address in memory: {words}" for words in found]


def _is_thumbnail(image: HtmlElement) -> bool:
    cards = image.xpath(f"ancestor::a | ancestor::*[{classed('sd-card', 'chapter-card')}]")
    return any(card.text_content().strip() or card.get("aria-label") for card in cards)


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
    for image in page.tree.xpath("//img[@src]"):
        dark = "only-dark" in image.get("class", "").split()
        if not (dark and image.get("loading") == "lazy"):
            path = page.site.file(urljoin(page.address, image.get("src")))
            if path.is_file():
                parts.add(path)
    for sound in page.tree.xpath("//audio[@src][@preload='none' or @preload='metadata']"):
        parts.discard(page.site.file(urljoin(page.address, sound.get("src"))))
    weights = {path: transferred(path) for path in parts if path.is_file()}
    problems = []
    first = {page.path, *loaded} & parts if page.path.name != "search.html" else set()
    # the opener of a part has a picture for each chapter
    cards = page.tree.xpath(f"//*[{classed('chapter-cards')}]//img/@src")
    asked = first - {page.site.file(urljoin(page.address, card)) for card in cards}
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
    outputs = page.tree.xpath(f"//*[{classed('sphx-glr-script-out')}]//pre")
    return sum(numbers_in(output.text_content()) for output in outputs)


# -- what a browser shows -----------------------------------------------------------------------


class Visit(NamedTuple):
    """What was seen on one page: the problems, and the files its opening loaded."""

    problems: list[str]
    loaded: set[Path]


class Asked:
    """On how many pages axe has been asked about each shape, and about each look."""

    def __init__(self) -> None:
        self.shapes: Counter[str] = Counter()
        self.looks: Counter[str] = Counter()


# The pages show the same elements and the same colours over and over, and axe is slow. So each mode
# asks axe about every element of the first pages that show an element of a new shape. Colours are
# the slowest rules: they are asked of two elements of every look, in the first mode that shows it,
# on each of the first pages that show it.
PAGES_A_LOOK = 3
COLOURS = ("color-contrast", "link-in-text-block")
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"

# A shape is all of an element that axe's other rules read: its name, its attributes, what it is in
# and what is in it, whether it can be seen, holds words and scrolls, and the heading before it.
# The values of most attributes only have to be there; ids that an attribute names, on the page.
SHAPES = """() => {
    const LANDMARKS = 'main, nav, header, footer, aside, search, [role=main], [role=navigation], '
        + '[role=search], [role=banner], [role=complementary], [role=contentinfo], [role=region]';
    const values = ['role', 'type', 'tabindex', 'scope', 'dir', 'aria-hidden', 'aria-live'];
    const attribute = ({name, value}) => {
        if (name === 'class' || name === 'style' || name.startsWith('data-')) return '';
        if (values.includes(name)) return ` ${name}=${value}`;
        if (['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'].includes(name))
            return ` ${name}=${value.split(' ').every(id => document.getElementById(id))}`;
        return ` ${name}${value.trim() ? '' : '=nothing'}`;
    };
    const own = e => e ? e.localName + [...e.attributes].map(attribute).sort().join('') : '';
    const inside = e => [...new Set([...e.children].map(own))].sort().join();
    const landmark = e => e.closest(LANDMARKS);
    const shapes = new Set();
    let heading = 0;
    for (const e of document.querySelectorAll('*')) {
        if (e.closest('svg, math') && !e.matches('svg, math')) continue;
        const seen = e.checkVisibility();
        const words = e.textContent.trim() !== '';
        const {overflowX, overflowY} = getComputedStyle(e);
        const held = [overflowX, overflowY].some(how => ['auto', 'scroll'].includes(how));
        const scrolls = held
            && (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight);
        const whole = ['ul', 'ol', 'dl', 'table', 'tr', 'select', 'figure'].includes(e.localName);
        const within = whole || !words || e.hasAttribute('role') ? inside(e) : '';
        const named = e.labels ? e.labels.length : '';
        const content = e.matches('meta[name=viewport]') ? e.content : '';
        const level = seen && /^h[1-6]$/.test(e.localName) ? Number(e.localName[1]) : 0;
        shapes.add([own(e), own(e.parentElement), own(landmark(e)), seen, words, scrolls, within,
            named, content, level && heading].join(';'));
        heading = level || heading;
    }
    const marks = [...document.querySelectorAll(LANDMARKS)].filter(e => e.checkVisibility());
    shapes.add(marks.map(e => own(e) + (e.getAttribute('aria-label') ?? '')).join());
    return [...shapes];
}"""

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


def visit(context: BrowserContext, page: SitePage, axe: Axe, asked: Asked | None = None) -> Visit:
    """Open ``page`` once; look at it in light, in dark, as wide as a phone, and as printed.

    ``asked`` is carried on from page to page.
    """
    asked = asked or Asked()
    known = {look for look, pages in asked.looks.items() if pages >= PAGES_A_LOOK}
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
        tab.evaluate(
            "css => document.head.append(Object.assign(document.createElement('style'),"
            " {textContent: css}))",
            STILL,
        )
        tab.evaluate(REVEAL, True)
        problems += _violations(tab, axe, "light", asked)
        problems += _colours(tab, axe, "light", known, asked)
        _theme(tab, "dark")
        problems += _colours(tab, axe, "dark", known, asked)
        tab.set_viewport_size(PHONE)
        problems += _colours(tab, axe, "dark phone", known, asked)
        _theme(tab, "light")
        problems += _colours(tab, axe, "phone", known, asked)
        problems += _violations(tab, axe, "phone", asked)
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
    return _axe(tab, axe, scheme, "document.querySelector('article')", {})


def _theme(tab: Page, scheme: str) -> None:
    """Switch both the system's preference and the page's own switch to ``scheme``."""
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a plain string
    tab.evaluate("scheme => { document.body.dataset.theme = scheme; }", scheme)


def _violations(tab: Page, axe: Axe, mode: str, asked: Asked) -> list[str]:
    """Ask axe by all its rules but those of colours, if an element of the page has a new shape."""
    shapes = {f"{mode}: {shape}" for shape in tab.evaluate(SHAPES)}
    if all(asked.shapes[shape] >= PAGES_A_LOOK for shape in shapes):
        return []
    asked.shapes.update(shapes)
    rules = {rule: {"enabled": False} for rule in COLOURS}
    return _axe(tab, axe, mode, "document", {"rules": rules})


def _colours(tab: Page, axe: Axe, mode: str, known: set[str], asked: Asked) -> list[str]:
    """Ask axe whether the words of every new look stand out from what lies below them."""
    new = tab.evaluate(NEW_LOOKS, list(known))
    known.update(new)
    asked.looks.update(new)
    if not new:
        return []
    return _axe(tab, axe, mode, "window.fresh", {"runOnly": COLOURS})


def _axe(tab: Page, axe: Axe, mode: str, within: str, options: dict[str, object]) -> list[str]:
    """Run axe on the elements that the expression ``within`` stands for."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(axe.axe_script)
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
        shown = tab.locator(page.article.tag).first
        return " ".join(shown.inner_text().split())
    finally:
        tab.close()
