"""The directives that pages are written with, a file each, which tells all there is to tell of it.

A directive says what it is on a page of the site and, if scripts may use it, in a notebook, whether
its content is text of the page like any other, and what sentences it holds that need a proof. Those
who have to know read this folder: Sphinx, the notebooks, the tests of scripts and of sentences.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Element(SphinxDirective):
    """One directive.

    A class without ``page`` tells of a directive that another extension brings to the site.

    Attributes
    ----------
    names : tuple of str
        What it is called.
    holds_prose : bool
        Whether its content is text of the page like any other.
    holds_sentences : bool
        Whether it holds sentences that need a proof.
    """

    names: ClassVar[tuple[str, ...]] = ()
    holds_prose: ClassVar[bool] = False
    holds_sentences: ClassVar[bool] = False

    def page(self) -> list[nodes.Node]:
        """Return what it is on a page of the site."""
        raise NotImplementedError

    def notebook(self) -> list[nodes.Node]:
        """Return what it is in a notebook: nodes that its writer knows, or that write themselves.

        A node with a method ``markdown(writer)`` writes itself.
        """
        raise self.error(f"{self.name}: a notebook has nothing for it")

    @classmethod
    def sentences(cls, argument: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return the sentences that need a proof, each with its line from that of the name on."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return what it is where it is read."""
        return self.page() if hasattr(self.state.document.settings, "env") else self.notebook()

    @property
    def root(self) -> Path:
        """The folder of the project."""
        if hasattr(self.state.document.settings, "env"):
            return Path(self.env.srcdir).parent
        return Path(self.state.document["source"]).parents[2]

    def content_in(self, parent: nodes.Element) -> nodes.Element:
        """Put the content of the directive, as read for a notebook, into ``parent``."""
        self.assert_has_content()
        self.state.nested_parse(self.content, self.content_offset, parent)
        return parent


class Reference(nodes.Inline, nodes.Element):
    """In a notebook, what refers to something: an object, a page, an equation, a book."""


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return the files of this folder."""
    return tuple(
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )


def known() -> dict[str, type[Element]]:
    """Return all directives by name."""
    return {name: element for element in _all() for name in element.names}


def _all() -> list[type[Element]]:
    found = (one for module in modules() for one in vars(module).values())
    return [one for one in found if isinstance(one, type) and issubclass(one, Element)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives that have a form on pages, and the nodes that a file brings."""
    for name, element in known().items():
        if element.page is not Element.page:
            app.add_directive(name, element)
    for module in modules():
        if hasattr(module, "setup"):
            module.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
