"""The parts of an interview question: who asks, the answer, a wrong one, what comes next, a list.

``.. asked:: gradients 2`` names the area and the level; ``.. answer::`` hides the 20-second answer;
``.. wrong-answer::`` quotes what a candidate says and tells why it is wrong; ``.. follow-up::``
asks on; ``.. checklist::`` lists the points of a good answer.
"""

from __future__ import annotations

from typing import Any, ClassVar

from book import AREAS, LEVELS
from docutils import nodes
from docutils.parsers.rst import directives

from elements import Element
from elements.dropdown import Hidden

ANSWER, WRONG, GRADE = "The 20-second answer", "A wrong answer", "Grade yourself: did you say …"


class Asked(Element):
    """Say what a question is about and how hard it is, and ask for an answer aloud."""

    names = ("asked",)
    required_arguments = 2

    def page(self) -> list[nodes.Node]:
        """Build the line."""
        area, level = self.arguments
        if area not in AREAS or level not in LEVELS:
            known = f"one of {', '.join(AREAS)} and a level of {', '.join(LEVELS)}"
            raise self.error(f"asked: expected {known}, got {area} {level}")
        words = f"{AREAS[area]}, level {level}. Say your answer aloud before you open this one."
        return [nodes.paragraph(words, words, classes=["asked"])]

    notebook = page


class Folded(Element):
    """What is hidden until it is asked for."""

    holds_prose = True
    has_content = True

    def folded(self, title: str, name: str) -> list[nodes.Node]:
        """Hide the content under a title."""
        self.assert_has_content()
        if not hasattr(self.state.document.settings, "env"):
            return [self.content_in(Hidden(title=title))]
        head = [f".. dropdown:: {title}", f"   :class-container: {name}", ""]
        inside = (f"   {line}" for line in self.content)
        return self.parse_text_to_nodes("\n".join([*head, *inside]))

    def opened(self, title: str, name: str) -> list[nodes.Node]:
        """Show the content under a title."""
        self.assert_has_content()
        if not hasattr(self.state.document.settings, "env"):
            return [self.content_in(nodes.admonition(title=title))]
        box = nodes.admonition("\n".join(self.content), classes=[f"admonition-{name}"])
        box += [nodes.title(title, title), *self.parse_content_to_nodes()]
        self.set_source_info(box)
        return [box]


class Answer(Folded):
    """Hide the answer that fits into 20 seconds."""

    names = ("answer",)

    def page(self) -> list[nodes.Node]:
        """Build the reveal."""
        return self.folded(ANSWER, "answer")

    notebook = page


class WrongAnswer(Folded):
    """Quote a wrong answer and say what gives it away and why it is wrong."""

    names = ("wrong-answer",)
    required_arguments = 1
    final_argument_whitespace = True

    def page(self) -> list[nodes.Node]:
        """Build the box, the quotation first."""
        (box,) = self.opened(WRONG, "wrong")
        said = f"\N{LEFT DOUBLE QUOTATION MARK}{' '.join(self.arguments[0].split())}"
        quoted = nodes.paragraph("", f"{said}\N{RIGHT DOUBLE QUOTATION MARK}", classes=["quoted"])
        box.insert(1 if isinstance(box[0], nodes.title) else 0, quoted)
        return [box]

    notebook = page


class FollowUp(Folded):
    """Ask on: the first in the open, further ones with hidden answers."""

    names = ("follow-up",)
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"further": directives.flag}

    def page(self) -> list[nodes.Node]:
        """Build the box or the reveal."""
        asked = " ".join(self.arguments[0].split())
        if "further" in self.options:
            return self.folded(asked, "follow-up")
        return self.opened(asked, "follow-up")

    notebook = page


class Checklist(Folded):
    """List what a good answer says, to grade oneself by."""

    names = ("checklist",)

    def page(self) -> list[nodes.Node]:
        """Build the box."""
        return self.opened(GRADE, "checklist")

    notebook = page
