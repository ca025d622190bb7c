"""``.. chapter-figure:: topic number`` shows a figure of a chapter, as this build drew it.

A page with the field ``slides`` shows its sections one at a time where scripts run, and one with
the field ``live`` has models that run on it.
"""

from __future__ import annotations

import re
from typing import Any

from book import scripts
from docutils import nodes
from sphinx.application import Sphinx
from themed_figures import ThemedFigureNode

from elements import Element

FIGURE = re.compile(
    r"\.\. themed-figure:: (?P<light>\S+)\n"
    r" +:dark: (?P<dark>\S+)\n +:alt: (?P<alt>.+)\n"
    r" +:width: (?P<width>\d+)\n +:height: (?P<height>\d+)"
)
#: What a page may ask for in its fields: a script of that name.
SCRIPTS = ("slides", "live")
NONE = "This figure was not drawn in this build."


class ChapterFigure(Element):
    """Repeat a figure of a chapter."""

    names = ("chapter-figure",)
    required_arguments = 2

    def page(self) -> list[nodes.Node]:
        """Build the figure."""
        topic, number = self.arguments
        page = next((page for page in scripts(self.root) if page.topic == topic), None)
        if page is None or not number.isdecimal():
            raise self.error(
                "chapter-figure: expected the topic of a chapter and the number of a figure, got "
                f"{topic} {number}"
            )
        path = self.root / "docs" / f"{page.docname}.rst"
        self.env.note_dependency(str(path))
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        drawn = list(FIGURE.finditer(text))
        if not drawn:
            return [nodes.paragraph(NONE, NONE)]
        if not 1 <= int(number) <= len(drawn):
            raise self.error(
                f"chapter-figure: the chapter {topic} has {len(drawn)} figures, got {number}"
            )
        found = drawn[int(number) - 1]
        size = {name: int(found[name]) for name in ("width", "height")}
        shown = ThemedFigureNode.of(found["light"], found["dark"], found["alt"], lazy=True, **size)
        self.set_source_info(shown)
        return [shown]


def bring_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load a script on the pages that ask for it."""
    for name in SCRIPTS:
        if name in (context.get("meta") or {}):
            app.add_js_file(f"{name}.js", defer="defer")


def setup(app: Sphinx) -> None:
    """Listen for pages that ask for a script."""
    app.connect("html-page-context", bring_script)
