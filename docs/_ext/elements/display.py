"""``.. math::`` shows a formula on lines of its own; Sphinx brings it to pages."""

from __future__ import annotations

from typing import Any, ClassVar

import mathml
from docutils import nodes
from docutils.parsers.rst import directives

from elements import Element


class Display(Element):
    """Show a formula on lines of its own."""

    names = ("math",)
    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"label": directives.unchanged_required}

    def notebook(self) -> list[nodes.Node]:
        """Build the formula, once it is known to be right."""
        tex = "\n".join([*self.arguments, *self.content]).strip()
        try:
            mathml.check(tex)
        except mathml.MathError as problem:
            raise self.error(f"math: {problem}") from problem
        return [nodes.math_block(tex, tex, label=self.options.get("label"))]
