"""``corrections`` lists what earlier states of the book said wrongly, as CHANGELOG.md tells it.

It stands on a page of Markdown. Each version of the change log may have a heading "Corrected"; what
stands below it is shown, and its links to scripts of the gallery lead to their pages.
"""

from __future__ import annotations

import re

from docutils import nodes

from elements import Element

VERSION = re.compile(r"^## \[([^\]]+)\](?: - (.*))?$", re.MULTILINE)
CORRECTED = re.compile(r"^### Corrected\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
SCRIPT = re.compile(r"\(gallery/([\w/]+)\.py\)")


class Corrections(Element):
    """Show the corrections of each version that has any, the newest first."""

    names = ("corrections",)

    def page(self) -> list[nodes.Node]:
        """Read the change log."""
        path = self.root / "CHANGELOG.md"
        self.env.note_dependency(str(path))
        return [
            node
            for title, text in corrections(path.read_text(encoding="utf-8"))
            for node in (nodes.rubric("", title), *self.parse_text_to_nodes(text))
        ]


def corrections(log: str) -> list[tuple[str, str]]:
    r"""Return for each version that corrected something its name and the list, in Markdown.

    >>> log = "## [0.2] - 2026-05-01\n\n### Corrected\n\n- [A](gallery/1_a/plot_b.py): b.\n"
    >>> corrections(log)
    [('In version 0.2 (2026-05-01)', '- [A](/chapters/1_a/plot_b): b.')]
    """
    _, *parts = VERSION.split(log)
    found = []
    for name, date, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        title = f"In version {name} ({date})" if date else "For the next version"
        found += [
            (title, SCRIPT.sub(r"(/chapters/\1)", listed).strip())
            for listed in CORRECTED.findall(text)
        ]
    return found
