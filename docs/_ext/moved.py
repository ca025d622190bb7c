"""Where pages, places on pages and downloads have gone: two tables, and what they are used for.

A page that moved leaves a page behind that leads to the new one, its downloads leave copies, and a
place that moved from a page that stayed leaves a line at the end of that page.
"""

from __future__ import annotations

import posixpath
from html import escape
from pathlib import Path
from typing import Any

from book import CHAPTERS
from sphinx.application import Sphinx
from sphinx.config import Config

# An entry is kept for one version. All of these go with the next version, after 0.1.

#: The pages that moved, old name to new.
PAGES = {
    "chapters/1_foundations/plot_04_shapes": "chapters/1_foundations/plot_08_shapes",
    "chapters/1_foundations/plot_05_hello": "chapters/1_foundations/plot_04_hello",
    "chapters/1_foundations/plot_06_memory": "chapters/1_foundations/plot_05_memory",
    "chapters/1_foundations/plot_07_embeddings": "chapters/1_foundations/plot_06_embeddings",
    "chapters/1_foundations/plot_08_automata": "chapters/1_foundations/plot_07_automata",
}

#: The places that left a page that is still there: by page, the old id, and where it is now.
PLACES = {
    "chapters/2_training/plot_02_gradient_flow": {
        "three-sizes-without-tanh-and-with-it": (
            "chapters/2_training/plot_10_radius#with-tanh-a-radius-above-one-need-not-mean-explosion"
        ),
        "radius-singular-value-saturation": (
            "chapters/2_training/plot_10_radius#four-matrices-show-how-the-three-differ"
        ),
        "said-gradient-flow-no-single-number-of-the-weights-decides": (
            "chapters/2_training/plot_10_radius"
            "#said-radius-a-singular-value-above-one-promises-nothing"
        ),
    },
    "proofs/gradient_flow": {
        "proof-gradient-flow-no-single-number-of-the-weights-decides": (
            "proofs/radius#proof-radius-a-singular-value-above-one-promises-nothing"
        ),
    },
    "chapters/3_architectures/plot_07_attention": {
        "measured-a-list-of-remedies": (
            "chapters/2_training/plot_08_adding#a-list-of-remedies-measured"
        ),
    },
    "chapters/3_architectures/plot_05_four_shapes": {
        "greedy-or-with-a-plan": (
            "chapters/3_architectures/plot_08_beam#greedy-writing-can-miss-the-best-sequence"
        ),
        "said-four-shapes-likelier-is-not-better": (
            "chapters/3_architectures/plot_08_beam#said-beam-likelier-is-not-better"
        ),
    },
    "proofs/four_shapes": {
        "proof-four-shapes-likelier-is-not-better": (
            "proofs/beam#proof-beam-likelier-is-not-better"
        ),
    },
}


def downloads() -> dict[str, str]:
    """Return the chapters whose downloads moved, without ending, old name to new.

    >>> downloads()["1_foundations/plot_04_shapes"]
    '1_foundations/plot_08_shapes'
    """
    inside = ((old.partition("/"), new.partition("/")) for old, new in PAGES.items())
    return {old: new for (folder, _, old), (_, _, new) in inside if folder == CHAPTERS}


def redirects(app: Sphinx, config: Config) -> None:
    """Tell the extension that writes the old pages where each one leads."""
    config.redirects = {
        old: posixpath.relpath(f"{new}.html", posixpath.dirname(old)) for old, new in PAGES.items()
    }
    config.redirect_html_template_file = str(Path(__file__).parents[1] / "_templates/redirect.html")


def show_places(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put a line at the end of a page for each place that left it."""
    for old, there in PLACES.get(pagename, {}).items():
        page, _, place = there.partition("#")
        if "body" in context and page in app.env.titles:
            context["body"] += (
                f'<p class="moved" id="{escape(old)}">A part of this page has moved to '
                f'<a class="reference internal" href="{escape(context["pathto"](page))}#'
                f'{escape(place)}">{escape(app.env.titles[page].astext())}</a>.</p>\n'
            )


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the extension that writes the old pages, and give it the table."""
    app.setup_extension("sphinx_reredirects")
    app.connect("config-inited", redirects)
    app.connect("html-page-context", show_places)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
