"""``.. stands-on:: clipping gru`` names the topics that a question stands on, and links to them."""

from __future__ import annotations

from book import Page, scripts
from docutils import nodes
from runtimes import link_to

from elements import Element, Reference


class Topics(Element):
    """What the directives that name topics share."""

    def line(self, topics: str, before: str, after: str) -> nodes.paragraph:
        """Return a paragraph: words, links to the pages of the topics, words."""
        pages = {page.topic: page for page in scripts(self.root)}
        words = topics.split()
        unknown = [word for word in words if word not in pages]
        if unknown:
            raise self.error(f"{self.name}: no chapter is called {', '.join(unknown)}")
        line = nodes.paragraph("", before, classes=[self.name])
        for place, word in enumerate(words):
            line += [nodes.Text(" and " if place == len(words) - 1 else ", ")] if place else []
            line += self.link(pages[word])
        line += nodes.Text(after)
        return line

    def link(self, page: Page) -> nodes.Node:
        """Return a link to a page, with its subject, as the page or the notebook writes it."""
        if hasattr(self.state.document.settings, "env"):
            return link_to(page.docname, self.env.docname, page.subject)
        return Reference(role="doc", target=f"/{page.docname}", title=page.subject)


class StandsOn(Topics):
    """Name the topics that a question stands on."""

    names = ("stands-on",)
    required_arguments = 1
    final_argument_whitespace = True

    def page(self) -> list[nodes.Node]:
        """Build the line, with links to the pages of the topics."""
        return [self.line(self.arguments[0], "This question stands on ", ".")]

    notebook = page
