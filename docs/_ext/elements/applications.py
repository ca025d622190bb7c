"""``.. applications::`` is the table of applications: what each network scores, and its baseline.

Its content is TOML, a table a topic. The words of a row are ``architecture``, ``input``, ``output``
and ``unit``; ``network`` and ``baseline`` are ``[name, field, key…]``: what it is called, and where
its values stand in what the experiment of the topic returns.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Sequence
from typing import Any

import numpy as np
import records
from book import scripts
from docutils import nodes
from runtimes import link_to, table
from statements import number

from elements import Element

HEAD = ("Application", "Architecture", "Input", "Output", "Network", "Baseline")
WIDTHS = (16, 18, 17, 15, 18, 16)
WORDS = ("architecture", "input", "output", "unit")
RESULTS = ("network", "baseline")


class Applications(Element):
    """Build the table from what the experiments measured in this build."""

    names = ("applications",)
    has_content = True

    def page(self) -> list[nodes.Node]:
        """Build the table, each application with a link to its chapter."""
        self.assert_has_content()
        try:
            listed = tomllib.loads("\n".join(self.content))
        except tomllib.TOMLDecodeError as error:
            raise self.error(f"applications: expected TOML, a table a topic: {error}") from None
        pages = {page.topic: page for page in scripts(self.root)}
        rows: list[tuple[nodes.Node, ...]] = []
        for topic, told in listed.items():
            if topic not in pages or set(told) != {*WORDS, *RESULTS}:
                raise self.error(
                    f"applications: expected the topic of a chapter with {', '.join(WORDS)}, "
                    f"{' and '.join(RESULTS)}, got {topic}: {', '.join(told)}"
                )
            records.watch(self.env, topic)
            page = pages[topic]
            network, baseline = (self.score(topic, told[which]) for which in RESULTS)
            link = link_to(page.docname, self.env.docname, page.subject)
            words = (*(told[word] for word in WORDS[:-1]), f"{network} ({told['unit']})", baseline)
            rows.append((link, *map(nodes.Text, words)))
        return [nodes.container("", table(HEAD, rows, WIDTHS), classes=["applications"])]

    def score(self, topic: str, where: Sequence[str]) -> str:
        """Return the median over the seeds of the chapter, as it was measured in this build."""
        name, field, *keys = where
        if records.record(topic) is None:
            return f"{name}: not run in this build"
        value: Any = importlib.import_module(f"rnnbook.experiments.{topic}").run()
        for part in field.split("."):
            value = getattr(value, part)
        if keys:
            value = value[keys[0] if len(keys) == 1 else tuple(keys)]
        return f"{name}: {number(float(np.median(value)))}"
