"""``.. measured-claim:: topic test`` repeats a claim, with the drawings of its proof.

With ``:brief:`` it repeats the sentence and the link to its proof, and no more.
"""

from __future__ import annotations

from typing import Any, ClassVar

import records
from claims import claims_in, conditions_of
from docutils import nodes
from docutils.parsers.rst import directives
from proofs import drawing

from elements.takeaways import Said

READ = "Each dot is one run of this build, a ring is the median, the dashed line the bound."


class MeasuredClaim(Said):
    """Show what a claim says, what it measured in this build, and where it is proved."""

    names = ("measured-claim",)
    holds_sentences = False  # it repeats one that stands elsewhere
    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {"brief": directives.flag}

    def page(self) -> list[nodes.Node]:
        """Build the sentence, its conditions, and a drawing for each of its statements."""
        topic, test = self.arguments
        found = (c for c in claims_in(self.root) if (c.topic, c.test) == (topic, test))
        claim = next(found, None)
        if claim is None:
            raise self.error(f"measured-claim: no claim of {topic} is called {test}")
        self.options["repeated"] = None
        paragraph = nodes.paragraph(classes=["claim"])
        paragraph += self.proved(claim.sentence, paragraph, self.lineno)
        if "brief" in self.options:
            return [paragraph]
        shared = conditions_of(claim.path)
        built: list[nodes.Node] = [paragraph]
        for one in records.outcome(topic, test).statements:
            built += [nodes.raw("", drawing(one), format="html"), nodes.paragraph("", one.label)]
        return [
            *built,
            nodes.paragraph(READ, READ),
            nodes.paragraph(shared, shared, classes=["conditions"]),
        ]
