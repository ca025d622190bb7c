"""``.. takeaways::`` lists what to remember, ``.. claim::`` says one sentence; tests prove both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import records
from claims import ProofLink, bullets, claims_in, conditions_of, headline, logger, normal
from docutils import nodes
from docutils.parsers.rst import directives
from practice import tasks
from sphinx.addnodes import pending_xref

from elements import Element

#: How many takeaways of a page are to be remembered; the others stand below.
TO_REMEMBER = 3
ALSO = "Also measured"


class Said(Element):
    """What ``takeaways`` and ``claim`` share."""

    holds_sentences = True

    def proved(self, sentence: str, holder: nodes.Element, line: int) -> list[nodes.Node]:
        """Return the sentence and the link to its proof; warn if there is none."""
        claim = next((c for c in claims_in(self.root) if c.sentence == sentence), None)
        if claim is None:
            logger.warning(
                "no test under tests/claims has this docstring: %r",
                sentence,
                location=(self.env.current_document.docname, line),
                type="claims",
                subtype="unproven",
            )
            return [nodes.Text(sentence)]
        self.env.note_dependency(str(claim.path))
        records.watch(self.env, claim.topic)
        if "repeated" not in self.options:
            name = f"said-{claim.anchor}"
            holder["ids"].append(name)
            domain = self.env.domains.standard_domain
            domain.note_hyperlink_target(name, self.env.current_document.docname, name)
        head, rest = headline(sentence)
        words = [nodes.strong(head, head)] if head else []
        return [*words, nodes.Text(f"{rest} "), ProofLink.to(claim, "proof")]

    def conditions(self, sentences: Iterable[str]) -> list[nodes.Node]:
        """Return what the sentences share, once for each file of claims that proves one."""
        wanted = set(sentences)
        claims = claims_in(self.root)
        files = dict.fromkeys(c.path for c in claims if c.sentence in wanted)
        shared = (conditions_of(path) for path in files)
        return [nodes.paragraph(text, text, classes=["conditions"]) for text in shared if text]


class Takeaways(Said):
    """Show what to remember, each sentence with a link to its proof."""

    names = ("takeaways",)
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"repeated": directives.flag}

    @classmethod
    def sentences(cls, argument: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return its bullets."""
        return [(offset + 1, text) for offset, text in bullets(lines)]

    def notebook(self) -> list[nodes.Node]:
        """Build the list alone."""
        box = self.content_in(nodes.container())
        if [type(child) for child in box] != [nodes.bullet_list]:
            raise self.error("takeaways holds one bullet list")
        return list(box.children)

    def page(self) -> list[nodes.Node]:
        """Build the list."""
        self.assert_has_content()
        found = bullets(list(self.content))
        if not found:
            raise self.error("takeaways: expected a bullet list of sentences")
        built = self.conditions(sentence for _, sentence in found)
        built.append(self.listing(found[:TO_REMEMBER]))
        if found[TO_REMEMBER:]:
            built.append(nodes.paragraph(ALSO, ALSO, classes=["also-measured"]))
            built.append(self.listing(found[TO_REMEMBER:]))
        return built if "repeated" in self.options else [*built, *self.practice()]

    def practice(self) -> list[nodes.Node]:
        """Return a line that links to what the reader may do after this chapter."""
        here = self.env.current_document.docname
        line = nodes.paragraph("", "Now you: ", classes=["now-you"])
        for place, task in enumerate(tasks(Path(self.env.srcdir), here)):
            self.env.note_dependency(str(task.file))
            kind = nodes.inline if task.domain == "std" else nodes.literal
            line += [nodes.Text(", " if place else "")]
            line += pending_xref(
                "",
                kind(task.words, task.words),
                refdomain=task.domain,
                reftype=task.role,
                reftarget=task.target,
                refdoc=here,
                refexplicit=True,
                refwarn=task.domain == "std",  # a quick build has no reference
            )
        return [line] if len(line) > 1 else []

    def listing(self, found: Sequence[tuple[int, str]]) -> nodes.Node:
        """Build one bullet list."""
        listing = nodes.bullet_list(bullet="*", classes=["takeaways"])
        for offset, sentence in found:
            item = nodes.list_item()
            item += nodes.paragraph(
                "", "", *self.proved(sentence, item, self.content_offset + offset + 1)
            )
            listing += item
        self.set_source_info(listing)
        return listing


class OneClaim(Said):
    """Show one sentence that a test proves, as a paragraph of its own."""

    names = ("claim",)
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    @classmethod
    def sentences(cls, argument: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return the one sentence."""
        return [(0, normal(" ".join([argument, *lines])))]

    def notebook(self) -> list[nodes.Node]:
        """Build the paragraph, without a proof."""
        return [nodes.paragraph("", normal(" ".join([*self.arguments, *self.content])))]

    def page(self) -> list[nodes.Node]:
        """Build the paragraph."""
        sentence = normal(" ".join([*self.arguments, *self.content]))
        paragraph = nodes.paragraph(classes=["claim"])
        paragraph += self.proved(sentence, paragraph, self.lineno)
        self.set_source_info(paragraph)
        return [paragraph, *self.conditions([sentence])]
