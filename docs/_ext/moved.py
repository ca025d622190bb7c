"""Where pages, places on pages and downloads have gone: one table, and what it is used for.

A page that moved leaves a page behind that leads to the new one, its downloads leave copies, and a
place that moved from a page that stayed leaves a line at the end of that page.
"""

from __future__ import annotations

import posixpath
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

#: Old address, new address: a page, or a place on a page that is still there.
#: An entry is kept for one version. All of these go with the next version, after 0.1.
MOVED = {
    "chapters/1_foundations/plot_04_shapes": "chapters/1_foundations/plot_08_shapes",
    "chapters/1_foundations/plot_05_hello": "chapters/1_foundations/plot_04_hello",
    "chapters/1_foundations/plot_06_memory": "chapters/1_foundations/plot_05_memory",
    "chapters/1_foundations/plot_07_embeddings": "chapters/1_foundations/plot_06_embeddings",
    "chapters/1_foundations/plot_08_automata": "chapters/1_foundations/plot_07_automata",
    "chapters/2_training/plot_02_gradient_flow#three-sizes-without-tanh-and-with-it": (
        "chapters/2_training/plot_10_radius#with-tanh-a-radius-above-one-need-not-explode"
    ),
    "chapters/2_training/plot_02_gradient_flow#radius-singular-value-saturation": (
        "chapters/2_training/plot_10_radius#four-matrices-tell-the-three-apart"
    ),
    "chapters/2_training/plot_02_gradient_flow"
    "#said-gradient-flow-no-single-number-of-the-weights-decides": (
        "chapters/2_training/plot_10_radius#said-radius-a-singular-value-above-one-promises-nothing"
    ),
    "proofs/gradient_flow#proof-gradient-flow-no-single-number-of-the-weights-decides": (
        "proofs/radius#proof-radius-a-singular-value-above-one-promises-nothing"
    ),
    "chapters/2_training/plot_08_adding#the-list-measured": (
        "chapters/3_architectures/plot_07_attention#the-list-measured"
    ),
    "chapters/3_architectures/plot_05_four_shapes#greedy-or-with-a-plan": (
        "chapters/3_architectures/plot_08_beam#greedy-or-with-a-plan"
    ),
    "chapters/3_architectures/plot_05_four_shapes#said-four-shapes-likelier-is-not-better": (
        "chapters/3_architectures/plot_08_beam#said-beam-likelier-is-not-better"
    ),
    "proofs/four_shapes#proof-four-shapes-likelier-is-not-better": (
        "proofs/beam#proof-beam-likelier-is-not-better"
    ),
}

TEMPLATE = Path(__file__).parents[1] / "_templates" / "redirect.html"


def pages() -> dict[str, str]:
    """Return the pages that moved, old name to new.

    >>> pages()["chapters/1_foundations/plot_04_shapes"]
    'chapters/1_foundations/plot_08_shapes'
    """
    return {old: new for old, new in MOVED.items() if "#" not in old}


def places(page: str) -> dict[str, tuple[str, str]]:
    """Return the places that left ``page``: old id, then new page and new id.

    >>> places("chapters/2_training/plot_08_adding")
    {'the-list-measured': ('chapters/3_architectures/plot_07_attention', 'the-list-measured')}
    """
    found = {}
    for old, new in MOVED.items():
        name, mark, place = old.partition("#")
        if mark and name == page:
            there, _, there_place = new.partition("#")
            found[place] = (there, there_place)
    return found


def downloads() -> dict[str, str]:
    """Return the chapters whose downloads moved, without ending, old name to new.

    >>> downloads()["1_foundations/plot_04_shapes"]
    '1_foundations/plot_08_shapes'
    """
    folder = "chapters/"
    return {
        old.removeprefix(folder): new.removeprefix(folder)
        for old, new in pages().items()
        if old.startswith(folder)
    }


def redirects(app: Sphinx, config: Config) -> None:
    """Tell the extension that writes the old pages where each one leads."""
    config.redirects = {
        old: posixpath.relpath(f"{new}.html", posixpath.dirname(old))
        for old, new in pages().items()
    }
    config.redirect_html_template_file = str(TEMPLATE)


def lines(page: str, titles: dict[str, str], path_to: Any) -> str:
    """Return the lines at the end of a page, one for each place that left it."""
    return "".join(
        f'<p class="moved" id="{escape(old)}">A part of this page has moved to '
        f'<a class="reference internal" href="{escape(path_to(new))}#{escape(place)}">'
        f"{escape(titles[new])}</a>.</p>\n"
        for old, (new, place) in places(page).items()
        if new in titles
    )


def show_places(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the lines at the end of each page that something left."""
    if "body" in context and places(pagename):
        titles = {name: node.astext() for name, node in app.env.titles.items()}
        context["body"] += lines(pagename, titles, context["pathto"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the extension that writes the old pages, and give it the table."""
    app.setup_extension("sphinx_reredirects")
    app.connect("config-inited", redirects)
    app.connect("html-page-context", show_places)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
