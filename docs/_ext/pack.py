"""Pack the built site to take along: an EPUB, a PDF and the zip of all of it.

Both books are made from the pages as the site has them, in its reading order: scripts and the dark
figures are gone, reveals are open, and the proofs and the reference are left out. Run it on a
folder in which ``site`` is the site.
"""

from __future__ import annotations

import copy
import os
import posixpath
import re
import shutil
import sys
import time
import uuid
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from downloads import BOOK, zip_bytes

LEFT_OUT = ("proofs/", "api/", "genindex", "py-modindex", "search")
#: What belongs to a screen: scripts and what they fill, links to files and to proofs, dark figures.
SCREEN = (
    "script, style, button, input, select, form, audio, .live, .chapter-downloads, a.headerlink, "
    "a.proof, a[download], .only-dark, summary .expanded, summary svg"
)
#: Attributes that steer a browser, or that EPUB does not know.
BROWSER = ("tabindex", "loading", "decoding", "target", "rel", "for", "role", "aria-label")
CAMEL = re.compile(r"(?<=[\s<])[a-z]+[A-Z]\w*(?==)")
NAMESPACES = {
    "math": "http://www.w3.org/1998/Math/MathML",
    "svg": "http://www.w3.org/2000/svg",
}
#: What EPUB does not allow in an SVG of Matplotlib: the first line, and a space, which has no path.
DOCTYPE = re.compile(rb"<!DOCTYPE svg[^>]*>\s*")
NO_PATH = re.compile(rb"<path (?![^>]*\bd=)")
#: Attributes of drawings that may name another part of the drawing.
DRAWN = ("marker-end", "marker-start", "clip-path", "fill", "mask", "filter")
TEMPLATES = Path(__file__).parents[1] / "_templates" / "along"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FOOTER = (
    '<p style="width:100%;text-align:center;font-size:8px"><span class="pageNumber"></span></p>'
)
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".css": "text/css"}


class Leaf(NamedTuple):
    """A page to take along: its name on the site, its title, and its content."""

    name: str
    title: str
    article: Tag


def leaves(site: Path) -> list[Leaf]:
    """Return the pages in reading order, each linked from the one before it."""
    found: list[Leaf] = []
    name: str | None = "index.html"
    while name:
        text = (site / name).read_text(encoding="utf-8")
        soup = BeautifulSoup(text, "html.parser")
        assert soup.article is not None, name
        following = soup.select_one('link[rel~="next"]')
        if not name.startswith(LEFT_OUT):
            found.append(Leaf(name, title_of(soup.article), restored(soup.article, text)))
        name = inside(name, str(following["href"]))[0] if following else None
    names = {leaf.name for leaf in found}
    for leaf in found:
        clean(leaf, names)
    return found


def title_of(article: Tag) -> str:
    """Return the heading of a page, without the sign that links to it."""
    assert article.h1 is not None, "expected a heading on each page"
    return " ".join(article.h1.get_text().removesuffix("#").split())


def inside(page: str, address: str) -> tuple[str, str]:
    """Return the page and the place that a link on ``page`` leads to."""
    parts = urlsplit(address)
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return (name if parts.path else page), parts.fragment


def restored(article: Tag, text: str) -> Tag:
    """Give attributes back their capitals, which HTML does not tell apart, and name spaces."""
    names = {name.lower(): name for name in CAMEL.findall(text)}
    for tag in article.find_all(True):
        tag.attrs = {names.get(key, key): value for key, value in tag.attrs.items()}
        if tag.name in NAMESPACES:
            tag["xmlns"] = NAMESPACES[tag.name]
    return article


def clean(leaf: Leaf, names: set[str]) -> None:
    """Take away what belongs to a screen, open the reveals, and end links to what is left out."""
    for tag in leaf.article.select(SCREEN):
        tag.decompose()
    for tag in leaf.article.find_all(True):
        for key in [key for key in tag.attrs if key in BROWSER or key.startswith("data-")]:
            if key != "aria-label" or tag.name != "svg":
                del tag[key]
        if tag.name == "details":
            tag["open"] = "open"
        if tag.name == "p" and tag.find_parent("summary"):
            tag.name = "span"
    for link in leaf.article.select("a[href]"):
        address = str(link["href"])
        if not urlsplit(address).scheme and inside(leaf.name, address)[0] not in names:
            link.unwrap()


# ---------------------------------------------------------------- the EPUB


def epub(site: Path, pages: list[Leaf]) -> bytes:
    """Return an EPUB 3; each page says whether it holds formulas or drawings."""
    files = {"mimetype": b"application/epub+zip"}
    for name in ("book/along.css", "META-INF/container.xml"):
        files[name] = (TEMPLATES / posixpath.basename(name)).read_bytes()
    items = ['<item id="css" href="along.css" media-type="text/css"/>']
    spine: list[str] = []
    for number, leaf in enumerate(pages):
        article = copy.copy(leaf.article)
        for image in article.select("img[src]"):
            name, _ = inside(leaf.name, str(image["src"]))
            if f"book/{name}" not in files:
                data = DOCTYPE.sub(b"", (site / name).read_bytes(), count=1)
                files[f"book/{name}"] = NO_PATH.sub(b'<path d="" ', data)
                kind = TYPES[posixpath.splitext(name)[1]]
                items.append(f'<item id="i{len(items)}" href="{name}" media-type="{kind}"/>')
        for link in article.select("a[href]"):
            if not urlsplit(str(link["href"])).scheme:
                link["href"] = str(link["href"]).replace(".html", ".xhtml", 1)
        name = leaf.name.replace(".html", ".xhtml")
        holds = " ".join(
            word for word, tag in (("mathml", "math"), ("svg", "svg")) if article.find(tag)
        )
        properties = f' properties="{holds}"' if holds else ""
        items.append(
            f'<item id="p{number}" href="{name}" media-type="application/xhtml+xml"{properties}/>'
        )
        spine.append(f'<itemref idref="p{number}"/>')
        up = "../" * name.count("/")
        files[f"book/{name}"] = filled(
            "page.xhtml", title=escape(leaf.title), css=f"{up}along.css", body=str(article)
        )
    listed = contents([(leaf, leaf.name.replace(".html", ".xhtml")) for leaf in pages])
    files["book/nav.xhtml"] = filled("nav.xhtml", title=escape(BOOK), contents=listed)
    date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or 1767225600))
    files["book/book.opf"] = filled(
        "book.opf",
        title=escape(BOOK),
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, BOOK)),
        date=time.strftime("%Y-%m-%dT%H:%M:%SZ", date),
        items="\n    ".join(items),
        spine="\n    ".join(spine),
    )
    return zip_bytes(files)


def filled(name: str, **words: str) -> bytes:
    """Return a template with its words; each stands there in @ signs."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text.encode()


def contents(pages: list[tuple[Leaf, str]]) -> str:
    """Return a list of links; the pages of a folder stand below its list of pages."""
    tree: dict[str, list[str]] = {}
    for leaf, address in pages:
        folder, file = posixpath.split(leaf.name)
        link = f'<a href="{address}">{escape(leaf.title)}</a>'
        key = folder if folder in tree or (folder and file == "index.html") else leaf.name
        tree[key] = [*tree.get(key, []), f"<li>{link}</li>" if key in tree else link]
    inner = (
        f"{first}<ol>{''.join(rest)}</ol>" if rest else first for first, *rest in tree.values()
    )
    return f"<ol>{''.join(f'<li>{item}</li>' for item in inner)}</ol>"


# ---------------------------------------------------------------- the PDF


def whole(pages: list[Leaf]) -> bytes:
    """Return all pages as one, each id with the name of its page before it."""
    parts = []
    for leaf in pages:
        article, here = copy.copy(leaf.article), place(leaf.name)
        up = posixpath.dirname(leaf.name)
        for tag in article.find_all(True):
            for key in ("id", "aria-labelledby"):
                if key in tag.attrs:
                    tag[key] = f"{here}--{tag[key]}"
            for key, value in tag.attrs.items():
                tag[key] = re.sub(r"url\(#", f"url(#{here}--", value) if key in DRAWN else value
            if tag.name == "img":
                tag["src"] = posixpath.normpath(posixpath.join(up, str(tag["src"])))
            address = str(tag.get("href", ""))
            if address and not urlsplit(address).scheme:
                name, spot = inside(leaf.name, address)
                tag["href"] = f"#{place(name)}--{spot}" if spot else f"#{place(name)}"
        parts.append(f'<section class="leaf" id="{here}">{article}</section>')
    listed = contents([(leaf, f"#{place(leaf.name)}") for leaf in pages])
    body = f"<h1>{escape(BOOK)}</h1><nav>{listed}</nav>{''.join(parts)}"
    css = (TEMPLATES / "along.css").read_text(encoding="utf-8")
    return filled("page.html", title=escape(BOOK), css=css, body=body)


def place(name: str) -> str:
    """Return what stands before the ids of a page.

    >>> place("chapters/1_foundations/plot_01_order.html")
    'chapters-1_foundations-plot_01_order'
    """
    return name.removesuffix(".html").replace("/", "-")


def pdf(site: Path, pages: list[Leaf], to: Path) -> None:
    """Print all pages as one, with an outline, tags and numbered sheets."""
    from playwright.sync_api import sync_playwright

    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"along: expected one of {', '.join(BROWSERS)} to print the PDF with, found none")
    one = site / "along.html"  # beside the figures that it shows
    one.write_bytes(whole(pages))
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            page = chromium.new_page()
            page.goto(one.as_uri(), timeout=0)
            page.pdf(
                path=to,
                format="A4",
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
                margin=dict.fromkeys(("top", "bottom", "left", "right"), "18mm"),
            )
    finally:
        one.unlink()


def main() -> None:
    """Pack what lies in the folder that is named."""
    folder = Path(sys.argv[1]).resolve()  # a browser wants whole addresses
    site = folder / "site"
    files = {p.relative_to(folder).as_posix(): p for p in site.rglob("*") if p.is_file()}
    packed = zip_bytes({name: path.read_bytes() for name, path in files.items()})
    (folder / "rnnbook_site.zip").write_bytes(packed)
    pages = leaves(site)
    (folder / "rnnbook.epub").write_bytes(epub(site, pages))
    pdf(site, pages, folder / "rnnbook.pdf")


if __name__ == "__main__":
    main()
