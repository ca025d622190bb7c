"""The tree in the sidebar: all pages of the book, but a long list only where the reader is in it.

A chapter does not need every module and every proof beside it; their own pages do. Sphinx would
build the tree for each page again, node by node, which took longer than all the rest of writing it.
Here it is written from what Sphinx knows of the pages already.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

#: Pages whose list stands only beside themselves and the pages in it.
LONG_LISTS = ("proofs/index", "api/index")


class Sidebar:
    """Writes the tree beside one page, in the form that Furo expects."""

    def __init__(self, app: Sphinx, pagename: str) -> None:
        self.builder, self.env, self.pagename = app.builder, app.env, pagename
        includes = self.env.toctree_includes
        above = {page: one for one, pages in includes.items() for page in pages}
        self.way = [pagename]  # from the page up to the root
        while (parent := above.get(self.way[-1])) and parent not in self.way:
            self.way.append(parent)

    def tree(self) -> str:
        """Return all lists of the root, each after its caption."""
        written = []
        for listing in self.env.master_doctree.findall(addnodes.toctree):
            if caption := listing.get("caption"):
                words = f'<span class="caption-text">{escape(caption)}</span>'
                written.append(f'<p class="caption" role="heading">{words}</p>')
            written.append(self.pages([page for _, page in listing["entries"]], 1))
        return "\n".join(written)

    def pages(self, names: list[str], level: int) -> str:
        """Return a list of pages and of what is below each."""
        listed = "\n".join(self.page(name, level) for name in names if name in self.env.titles)
        kind = ' class="current"' if any(name in self.way for name in names) else ""
        return f"<ul{kind}>\n{listed}\n</ul>"

    def page(self, name: str, level: int) -> str:
        """Return one page and the list below it."""
        here = name in self.way
        shown = here or name not in LONG_LISTS
        below = self.env.toctree_includes.get(name, []) if shown else []
        to = "#" if name == self.pagename else self.builder.get_relative_uri(self.pagename, name)
        kind = ("current " if name == self.pagename else "") + "reference internal"
        link = f'<a class="{kind}" href="{to}">{self.title(name)}</a>'
        rest = self.pages(below, level + 1) if below else ""
        mark = " current" if here else ""
        return f'<li class="toctree-l{level}{mark}">{link}{rest}</li>'

    def title(self, name: str) -> str:
        """Return the title of a page; code in it stays code."""
        parts = (
            f'<code class="docutils literal notranslate">{escape(part.astext())}</code>'
            if isinstance(part, nodes.literal)
            else escape(part.astext())
            for part in self.env.titles[name].children
        )
        return "".join(parts)


def replace(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Hand Furo our tree in place of Sphinx's; a page that is not found needs full addresses."""
    if "toctree" in context and pagename != app.config.notfound_pagename:
        context["toctree"] = lambda **_: Sidebar(app, pagename).tree()


def setup(app: Sphinx) -> dict[str, Any]:
    """Come before Furo asks for the tree."""
    app.connect("html-page-context", replace, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
