"""The pages of proofs: for each topic what its claims showed in this build, and how to repeat it.

Each statement stands with its measured values: a drawing with a dot a seed and the bound as a line,
the same in words, and the margin. All comes from the record of the judgement, nothing is typed.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import records
from book import GALLERY, Page, book, part_of
from claims import (
    Claim,
    Sentence,
    claims_in,
    claims_of,
    conditions_of,
    headline,
    normal,
    sentences_in,
)
from docutils import nodes
from reach import EXPERIMENTS, experiment_of
from records import NOT_RUN, PASSED
from runtimes import table
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import FileAvoidWrite
from sphinx.util.template import ReSTRenderer
from statements import Statement, number

logger = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parents[1] / "_templates" / "claims"
CALIBRATION = "tests/claims/calibration"


def shared_part(path: Path) -> str:
    """Return what the tests of a file stand on: everything in it but them and its docstring."""
    text = path.read_text(encoding="utf-8")
    for claim in claims_of(path):
        text = text.replace(claim.source, "", 1)
    text = re.sub(r'(?s)\A""".*?"""|from __future__ import annotations', "", text)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


# The generated pages.


def generated_pages(root: Path) -> dict[str, str]:
    """Return the text of every generated page by its path under ``docs``."""
    sentences = sentences_in(book(root))
    topics: dict[str, list[Claim]] = {}
    for claim in claims_in(root):
        topics.setdefault(claim.topic, []).append(claim)
    pages = {
        f"proofs/{topic}.rst": proof_page(topic, proved, sentences, root)
        for topic, proved in topics.items()
    }
    pages["proofs/index.rst"] = render("index", topics=in_reading_order(topics, sentences))
    pages["takeaways.rst"] = takeaways_page(sentences, root)
    return pages


def render(name: str, **context: Any) -> str:
    """Return a page of reST, from its template; there, ``quoted`` keeps plain text as it is."""
    renderer = ReSTRenderer(TEMPLATES)
    renderer.env.filters["quoted"] = lambda text: re.sub(r"([\\*`|_<>])", r"\\\1", text)
    return renderer.render(f"{name}.rst", context)


def proof_page(
    topic: str, claims: Sequence[Claim], sentences: Sequence[Sentence], root: Path
) -> str:
    """Return the page with the proofs of one topic."""
    path = claims[0].path
    word = experiment_of(path)
    outcomes = {claim.test: records.outcome(topic, claim.test) for claim in claims}
    statuses = [outcome.status for outcome in outcomes.values()]

    def said_on(claim: Claim) -> list[Page]:
        said = {sentence.path for sentence in sentences if sentence.text == claim.sentence}
        if claim.here:
            return [page for page in book(root) if page.topic == claim.topic]
        return [page for page in book(root) if page.path in said]

    return render(
        "topic",
        topic=named(topic),
        file=path.relative_to(root).as_posix(),
        experiment=word if (root / EXPERIMENTS / f"{word}.py").is_file() else "",
        conditions=conditions_of(path),
        claims=claims,
        said_on=said_on,
        outcomes=outcomes,
        ran=statuses.count(NOT_RUN) < len(statuses),
        passed=statuses.count(PASSED),
        calibrated=calibrated(topic, root),
        shared=shared_part(path),
        drawing=drawing,
        exceptions=exceptions,
        headline=headline,
        in_words=in_words,
        least=least,
        wrapped=wrapped,
    )


def named(topic: str) -> str:
    """Return a topic as words."""
    return topic.rpartition("/")[2].replace("_", " ")


def in_words(one: Statement) -> str:
    """Say what was asked, what was measured, and how much room is left."""
    which = ", in the condition nearest to the bound" if one.conditions > 1 else ""
    verdict = "" if one.holds else "**This does not hold.** "
    margin = "Exact." if one.margin is None else f"Margin {number(one.margin)}."
    if one.nan:
        margin = ""
    decides = ""
    if one.over in ("median", "mean"):
        decides = f"; the {one.over} is {number(one.decides)}"
    return f"{verdict}Asked: {one.asked}. Measured: {by_seed(one)}{which}{decides}. {margin}"


def by_seed(one: Statement) -> str:
    """Return the values of a statement, each with the seed that it was measured on."""
    said = [number(value) for value in one.values]
    if not one.seeds:
        return ", ".join(said)
    if len(set(said)) == 1 < len(said):
        return f"{said[0]} on each of the seeds {', '.join(map(str, one.seeds))}"
    pairs = zip(said, one.seeds, strict=True)
    return ", ".join(f"{value} (seed {seed})" for value, seed in pairs)


# The drawing: a dot a seed, the bound a line.

WIDE, HIGH, EDGE = 420, 46, 16


def drawing(one: Statement) -> str:
    """Return a statement as a small SVG whose title says its values.

    What is allowed is shaded, the bound is a line, each seed a dot; a ring marks a median or mean.
    """
    values = [v for v in one.values if math.isfinite(v)]
    edges = [v for v in one.bound if math.isfinite(v)]
    known = [*values, *edges]
    title = escape(f"{one.label}: {', '.join(map(number, one.values))}; {one.asked}")
    if not values:
        return f"<p>{title}</p>"
    logarithmic = min(known) > 0 and (one.ratio or max(known) > 50 * min(known))
    scale = math.log10 if logarithmic else float
    low, high = min(map(scale, known)), max(map(scale, known))
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    low, high = low - room, high + room

    def x(value: float) -> float:
        return round(EDGE + (scale(value) - low) / (high - low) * (WIDE - 2 * EDGE), 1)

    left, right = EDGE, WIDE - EDGE
    allowed = {
        "below": (left, x(edges[0])),
        "above": (x(edges[0]), right),
        "within": (x(edges[0]), x(edges[-1])),
        "equal": (x(edges[0]) - 2, x(edges[0]) + 2),
    }[one.kind]
    parts = [
        f'<rect class="allowed" x="{allowed[0]}" y="4" width="{round(allowed[1] - allowed[0], 1)}" '
        'height="24"/>',
        f'<path class="axis" d="M{left} 28H{right}"/>',
    ]
    for edge in edges:
        parts.append(f'<path class="bound" d="M{x(edge)} 2V32"/>')
        parts.append(f'<text x="{x(edge)}" y="43">{number(edge)}</text>')
    shift = 3 if len(set(values)) < len(values) else 0  # equal values stand beside each other
    for place, value in enumerate(values):
        up = 16 + shift * (place - (len(values) - 1) / 2)
        parts.append(f'<circle cx="{x(value)}" cy="{round(up, 1)}" r="4"/>')
    told = max(values, key=lambda v: abs(x(v) - x(edges[0])))
    if one.over in ("median", "mean") and math.isfinite(one.decides):
        parts.append(f'<circle class="decides" cx="{x(one.decides)}" cy="16" r="7"/>')
        told = one.decides
    if abs(x(told) - x(edges[0])) > 60:
        parts.append(f'<text class="value" x="{x(told)}" y="43">{number(told)}</text>')
    body = "".join(parts)
    kind = "" if one.holds else " broken"
    return (
        f'<svg class="statement{kind}" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{title}">'
        f"<title>{title}</title>{body}</svg>"
    )


# Calibration: the same claims on seeds that nobody chose.


def calibrated(topic: str, root: Path) -> dict[str, Any]:
    """Return what the calibration kept of each claim of a topic, by its test."""
    kept = records.read(root / CALIBRATION / f"{topic}.json")
    return kept["claims"] if kept else {}


def least(one: dict[str, Any]) -> str:
    """Return the smallest margin of a calibrated claim as text."""
    margins = [margin for margin in one["margins"].values() if margin is not None]
    return number(min(margins)) if margins else "exact"


class Table(SphinxDirective):
    """A table that is made from the claims."""

    head: tuple[str, ...] = ()

    def rows(self, root: Path) -> Iterator[tuple[str, ...]]:
        """Yield the rows below the head."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        root = Path(self.env.srcdir).parent
        for path in sorted((root / "tests" / "claims").rglob("*")):
            if path.suffix in {".py", ".json"}:
                self.env.note_dependency(str(path))
        rows = ([nodes.Text(cell) for cell in cells] for cells in self.rows(root))
        return [table(self.head, rows, [100 // len(self.head)] * len(self.head))]


class CalibrationTable(Table):
    """How every claim of the book fared on seeds that nobody chose anything with."""

    head = ("Claim", "Held, of 20", "Failed, of 1,000", "Smallest margin")

    def rows(self, root: Path) -> Iterator[tuple[str, ...]]:
        """Yield a row for each claim."""
        for claim in claims_in(root):
            one = calibrated(claim.topic, root).get(claim.test)
            if one is not None and not claim.here:
                head, rest = headline(claim.sentence)
                yield (
                    f"{named(claim.topic)}: {head or rest}",
                    str(one["held"]),
                    str(one["failed"]),
                    least(one),
                )


class UntrainedTable(Table):
    """Every statement that may hold without training, and why."""

    head = ("Claim", "Statement", "Why it may hold without training")

    def rows(self, root: Path) -> Iterator[tuple[str, ...]]:
        """Yield a row for each exception."""
        for claim in claims_in(root):
            head, rest = headline(claim.sentence)
            for label, reason in exceptions(claim.source):
                yield (f"{named(claim.topic)}: {head or rest}", label, reason)


def exceptions(source: str) -> list[tuple[str, str]]:
    """Return the label and the reason of each statement that says ``untrained_too``."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "show":
            for keyword in call.keywords:
                if keyword.arg == "untrained_too":
                    found.append((words(call.args[0]), words(keyword.value)))
    return found


def words(node: ast.expr) -> str:
    """Return the text of a string in the source; what an f-string fills in stands in brackets."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(words, node.values))
    if isinstance(
        node, ast.FormattedValue
    ):  # its code alone: how it is written is up to the version
        return f"[{ast.unparse(node.value)}]"
    return ast.unparse(node)


def wrapped(source: str) -> str:
    """Return the code of a test with its docstring broken into lines that fit a page."""

    def broken(match: re.Match[str]) -> str:
        text, margin = f'"""{normal(match["text"])}"""', match["margin"]
        return textwrap.fill(text, 80, initial_indent=margin, subsequent_indent=margin)

    return re.sub(r'(?P<margin> *)"""(?P<text>.*?)"""', broken, source, count=1, flags=re.DOTALL)


def in_reading_order(topics: dict[str, list[Claim]], sentences: Sequence[Sentence]) -> list[str]:
    """Return the topics in the order in which the book first says a sentence of theirs."""
    place = {sentence.text: number for number, sentence in enumerate(sentences)}
    last = len(sentences)
    return sorted(topics, key=lambda t: min(place.get(c.sentence, last) for c in topics[t]))


def takeaways_page(sentences: Sequence[Sentence], root: Path) -> str:
    """Return the page with the takeaways of every chapter."""
    parts: dict[str, dict[Page, list[str]]] = {}
    for page in book(root):
        texts = [s.text for s in sentences if s.takeaway and s.path == page.path]
        if texts:
            part = part_of(root / GALLERY / page.part).title if page.part else "Pages"
            parts.setdefault(part, {})[page] = texts
    return render("remember", parts=parts)


def write_pages(app: Sphinx) -> None:
    """Write the generated pages that changed and remove those no longer wanted."""
    docs = Path(app.srcdir)
    pages = {docs / name: text for name, text in generated_pages(docs.parent).items()}
    for stale in {*docs.glob("proofs/**/*.rst")} - pages.keys():
        stale.unlink()
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileAvoidWrite(path) as file:
            file.write(text)


def warn(app: Sphinx) -> None:
    """Warn once of all claims that failed or that nobody judged, in a build that judges them."""
    root = Path(app.srcdir).parent
    if not records.judged():
        return
    found = {
        f"{claim.topic}, {claim.test}: {one.status}"
        for claim in claims_in(root)
        if (one := records.outcome(claim.topic, claim.test)).status != PASSED
    }
    if found:
        logger.warning(
            "claims that did not pass in this build: %s",
            "; ".join(sorted(found)),
            type="claims",
            subtype="failed",
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the generated pages and the tables made from claims."""
    app.connect("builder-inited", write_pages)
    app.connect("builder-inited", warn)
    app.add_directive("calibration-table", CalibrationTable)
    app.add_directive("untrained-table", UntrainedTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
