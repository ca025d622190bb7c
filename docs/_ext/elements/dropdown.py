"""``.. dropdown:: The answer`` hides text until asked for; sphinx-design has it on pages."""

from __future__ import annotations

import html
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from elements import Element


class Hidden(nodes.General, nodes.Element):
    """Text that is hidden until it is asked for."""

    def markdown(self, writer: Any) -> str:
        """Return a reveal."""
        title = html.escape(self["title"], quote=False)
        return f"<details>\n<summary>{title}</summary>\n\n{writer.blocks(self)}\n\n</details>"


class Dropdown(Element):
    """Hide text until it is asked for."""

    names = ("dropdown",)
    holds_prose = True
    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("open", "icon", "color", "animate", "name", "class-container", "class-title"),
        directives.unchanged,
    )

    def notebook(self) -> list[nodes.Node]:
        """Build the reveal."""
        return [self.content_in(Hidden(title=" ".join(self.arguments[0].split())))]
