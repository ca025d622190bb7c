"""``.. reading:: do this`` tells what to read first, what for, and for how long."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

from book import Page, page_of, scripts
from docutils import nodes
from docutils.parsers.rst import directives

from elements.stands_on import Topics

WORDS_A_MINUTE = 200


class Reading(Topics):
    """Tell what to read before this page, what the reader can do after it, and the minutes."""

    names = ("reading",)
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"before": directives.unchanged_required}

    def page(self) -> list[nodes.Node]:
        """Build the line."""
        before = self.options.get("before", "")
        count = math.ceil(self.script().words / WORDS_A_MINUTE)
        minutes = f"{count} minutes" if count > 1 else "1 minute"
        after = f"After it you can {' '.join(self.arguments[0].split())}."
        if not before:
            return [self.line("", f"{minutes}. {after}", "")]
        return [self.line(before, f"{minutes}. Before: ", f". {after}")]

    notebook = page

    def script(self) -> Page:
        """Return the page that this directive stands on."""
        if not hasattr(self.state.document.settings, "env"):
            return page_of(Path(self.state.document["source"]), self.root)
        here = (page for page in scripts(self.root) if page.docname == self.env.docname)
        try:
            return next(here)
        except StopIteration:
            raise self.error("reading: expected on a page of the gallery") from None
