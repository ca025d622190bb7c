"""``.. code-block:: python`` shows code that does not run; Sphinx brings it to pages."""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from elements import Element


class Code(Element):
    """Show code that does not run."""

    names = ("code", "code-block")
    has_content = True
    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("caption", "emphasize-lines", "linenos", "lineno-start", "name"), directives.unchanged
    )

    def notebook(self) -> list[nodes.Node]:
        """Build a block of code."""
        self.assert_has_content()
        text = "\n".join(self.content)
        return [nodes.literal_block(text, text, language="".join(self.arguments))]
