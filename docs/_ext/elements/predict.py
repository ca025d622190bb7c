"""``.. predict::`` is the box that asks the reader for an answer before the figure gives it."""

from __future__ import annotations

from docutils import nodes

from elements import Element

TITLE = "Commit to an answer"


class Predict(Element):
    """Ask the reader for an answer before the page gives it."""

    names = ("predict",)
    holds_prose = True
    has_content = True

    def page(self) -> list[nodes.Node]:
        """Build the box."""
        self.assert_has_content()
        box = nodes.admonition("\n".join(self.content), classes=["admonition-predict"])
        box += nodes.title(TITLE, TITLE)
        box += self.parse_content_to_nodes()
        self.set_source_info(box)
        return [box]

    def notebook(self) -> list[nodes.Node]:
        """Build a quotation."""
        return [self.content_in(nodes.admonition(title=TITLE))]
