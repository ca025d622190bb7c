"""An ``audit`` sets what is often said beside the claim that was measured, and gives a verdict.

Its content is TOML, a list ``row`` of tables: ``said``, ``verdict``, and ``claim``, the topic and
the test of the claim. The chapter, or the question, is found by the topic. A claim that no other
page says stands in the row itself, as ``measured``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from book import scripts
from claims import claims_in, normal
from docutils import nodes
from runtimes import link_to, table

from elements.takeaways import Said

HEAD = ("Often said", "What was measured", "Verdict", "Where")
WIDTHS = (28, 42, 12, 18)
VERDICTS = ("false", "misleading", "with a condition")


class Audit(Said):
    """Build the table of what is said and what was measured."""

    names = ("audit",)
    has_content = True

    @classmethod
    def sentences(cls, argument: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return what its rows measured, unless they repeat what stands elsewhere."""
        starts = [k for k, line in enumerate(lines, 1) if line.lstrip().startswith("measured =")]
        rows = tomllib.loads("\n".join(lines))["row"]
        said = [normal(row["measured"]) for row in rows if "measured" in row]
        return list(zip(starts, said, strict=True))

    def page(self) -> list[nodes.Node]:
        """Build the table."""
        self.assert_has_content()
        try:
            listed = tomllib.loads("\n".join(self.content))["row"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise self.error(f"audit: expected TOML, a list called row: {error}") from None
        claims = {(claim.topic, claim.test): claim for claim in claims_in(self.root)}
        pages = {page.topic: page for page in scripts(self.root)}
        used: set[tuple[str, ...]] = set()
        rows: list[tuple[nodes.Node, ...]] = []
        for told in listed:
            here = told.pop("measured", None)
            if set(told) != {"said", "verdict", "claim"} or told["verdict"] not in VERDICTS:
                raise self.error(
                    f"audit: expected said, claim, and one of {', '.join(VERDICTS)}, got {told}"
                )
            topic, _, test = told["claim"].partition(" ")
            claim, page = claims.get((topic, test)), pages.get(topic)
            if claim is None or page is None or (topic, test) in used:
                raise self.error(f"audit: no claim, or one twice: {told['claim']}")
            used.add((topic, test))
            cell = nodes.inline()
            self.options = {"repeated": None} if here is None else {}
            cell += self.proved(normal(here or claim.sentence), cell, self.lineno)
            link = link_to(page.docname, self.env.docname, page.subject)
            rows.append((nodes.Text(told["said"]), cell, nodes.Text(told["verdict"]), link))
        return [nodes.container("", table(HEAD, rows, WIDTHS), classes=["audit"])]
