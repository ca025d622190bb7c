"""What the theme and the generators leave undone for readers of screens and of keyboards.

Each repair names the rule of axe that it answers. The templates under ``_templates`` do the rest:
named landmarks, real links.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

REPAIRS: list[tuple[re.Pattern[str], str]] = [
    # aria-required-attr: a heading made by a role says its level
    (re.compile(r'role="heading"(?! aria-level)'), 'role="heading" aria-level="2"'),
    # aria-allowed-attr, label-content-name-mismatch: a summary is named by its own words
    (re.compile(r'<summary([^>]*?) aria-label="[^"]*"'), r"<summary\1"),
    # scrollable-region-focusable: code scrolls sideways on a phone (formulas: see mathml.py)
    (re.compile(r'(<div class="highlight">)<pre>'), r'\1<pre tabindex="0">'),
    # scrollable-region-focusable, region names: the frame that Furo puts around tables
    (
        re.compile(r'<div class="table-wrapper([^"]*)"'),
        r'<div class="table-wrapper\1" tabindex="0" role="group" aria-label="Table"',
    ),
    # aria-deprecated-role, aria-required-children: the entries of a list are list items
    (
        re.compile(r'(<div class="citation" id="[^"]*") role="doc-biblioentry"'),
        r'\1 role="listitem"',
    ),
    # link-name: permanent links say where they lead
    (
        re.compile(r'<a class="headerlink" href="([^"]*)" title="([^"]*)"'),
        r'<a class="headerlink" href="\1" title="\2" aria-label="\2"',
    ),
]


def repair(text: str) -> str:
    """Return HTML with all repairs applied."""
    for wrong, right in REPAIRS:
        text = wrong.sub(right, text)
    return text


def fix(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Repair the parts of a page before its template puts them together."""
    for name in ("body", "furo_navigation_tree", "toctree", "toc"):
        if isinstance(context.get(name), str):
            context[name] = repair(context[name])


def setup(app: Sphinx) -> dict[str, Any]:
    """Repair every page, after all others have written into it."""
    app.connect("html-page-context", fix, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
