"""``.. stands-on:: clipping gru`` names the topics that a question stands on, and links to them."""

from __future__ import annotations

from book import Page, scripts
from docutils import nodes
from runtimes import link_to

from elements import Element, Reference

WORDS = "This question stands on "


class StandsOn(Element):
    """Name the topics that a question stands on."""

    names = ("stands-on",)
    required_arguments = 1
    final_argument_whitespace = True

    def page(self) -> list[nodes.Node]:
        """Build the line, with links to the pages of the topics."""
        links = [link_to(page.docname, self.env.docname) for page in self.topics()]
        return [self.line(links)]

    def notebook(self) -> list[nodes.Node]:
        """Build the same line."""
        pages = self.topics()
        links = [Reference(role="doc", target=f"/{page.docname}", title=None) for page in pages]
        return [self.line(links)]

    def topics(self) -> list[Page]:
        """Return the pages that are named."""
        pages = {page.topic: page for page in scripts(self.root)}
        words = self.arguments[0].split()
        unknown = [word for word in words if word not in pages]
        if unknown:
            raise self.error(f"stands-on: no chapter is called {', '.join(unknown)}")
        return [pages[word] for word in words]

    def line(self, links: list[nodes.Node]) -> nodes.paragraph:
        """Return the line."""
        line = nodes.paragraph("", WORDS, classes=["stands-on"])
        for place, link in enumerate(links):
            line += [nodes.Text(" and " if place == len(links) - 1 else ", ")] if place else []
            line += link
        line += nodes.Text(".")
        return line
