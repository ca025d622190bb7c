"""Sentences of the book and the tests that prove them: compared both ways, linked both ways.

A sentence is a bullet of a ``takeaways`` directive or the argument of a ``claim`` directive; its
proof is the test under ``tests/claims/`` whose docstring it is, word for word. A sentence that
describes the runs on its page stands in the open prose there, and is the docstring of a test marked
``here``. The first half of this file reads both and compares them; the second half is the Sphinx
extension: the two directives, and the marks that link a sentence to its proof.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import elements
import records
from book import Page, claims_file, claims_files, scripts, topic_of
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

BULLET = re.compile(r"\s*[*+-]\s+(?P<text>.*)")
DIRECTIVE = re.compile(r"\s*\.\. (?P<name>[\w-]+)::\s*(?P<argument>.*)")
FENCE = re.compile(r"\s*[`:]{3,}\{(?P<name>[\w-]+)\}\s*(?P<argument>.*)")
CODE = re.compile(r"\s*\.\. (code|code-block|sourcecode|parsed-literal)::|(?!\s*\.\. ).*::\s*$")
CODE_FENCE = re.compile(r"\s*(`{3,}|~{3,})(?!\{)|\s*[`:]{3,}\{(code|code-block|code-cell)\}")


@dataclass(frozen=True)
class Claim:
    """A test under ``tests/claims/``.

    Attributes
    ----------
    sentence : str
        Its docstring, white space normalised.
    test : str
        The name of the function.
    path : Path
        The file it stands in.
    line : int
        The line of that file where it starts.
    source : str
        Its code, decorators included.
    learned : bool
        Whether it carries the mark ``learned`` and must fail when training is off.
    here : bool
        Whether it carries the mark ``here``: its sentence describes the runs on the page.
    """

    sentence: str
    test: str
    path: Path
    line: int
    source: str
    learned: bool
    here: bool = False

    @property
    def topic(self) -> str:
        """The topic of its file."""
        return topic_of(self.path)

    @property
    def anchor(self) -> str:
        """The id of its place on the proof page."""
        return nodes.make_id(f"{self.topic}-{self.test.removeprefix('test_')}")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the book that needs a proof, and where it stands."""

    text: str
    path: Path
    line: int
    takeaway: bool

    @property
    def place(self) -> str:
        """File and line, as an editor opens them."""
        return f"{self.path}:{self.line}"


def normal(text: str) -> str:
    """Return ``text`` with every run of white space as one space.

    >>> normal("  two   words ")
    'two words'
    """
    return " ".join(text.split())


def claims_in(root: Path) -> list[Claim]:
    """Return every test of a claim, in the order of files and lines."""
    return [claim for path in claims_files(root) for claim in claims_of(path)]


def claims_of(path: Path) -> tuple[Claim, ...]:
    """Return every test of one file."""
    return _claims(path, path.read_text(encoding="utf-8"))


@cache  # every sentence looks for its proof in all files
def _claims(path: Path, text: str) -> tuple[Claim, ...]:
    lines = text.splitlines()
    found = []
    for function in tests_of(ast.parse(text)):
        start = min([function.lineno, *(d.lineno for d in function.decorator_list)])
        claim = Claim(
            sentence=normal(ast.get_docstring(function) or ""),
            test=function.name,
            path=path,
            line=start,
            source="\n".join(lines[start - 1 : function.end_lineno]),
            learned=any("mark.learned" in ast.unparse(d) for d in function.decorator_list),
            here=any("mark.here" in ast.unparse(d) for d in function.decorator_list),
        )
        found.append(claim)
    return tuple(found)


def tests_of(module: ast.Module) -> list[ast.FunctionDef]:
    """Return the test functions of a module."""
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    return sorted((f for f in functions if f.name.startswith("test")), key=lambda f: f.lineno)


def sentences_in(pages: Iterable[Page]) -> list[Sentence]:
    """Return every sentence that the pages say needs a proof, in the order of pages and lines."""
    return [sentence for page in pages for sentence in sentences_of(page.path)]


def sentences_of(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of one gallery script (``.py``), reST or MyST page (``.md``)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".py":
        lines = [re.sub(r"^# ?", "", line) for line in lines]
    markdown = path.suffix == ".md"
    opens, block_end = (FENCE, after_fence) if markdown else (DIRECTIVE, after_indented)
    code = CODE_FENCE if markdown else CODE
    known = elements.known()
    number = 0
    while number < len(lines):
        start, number = number, number + 1
        opening = opens.match(lines[start])
        element = known.get(opening["name"]) if opening else None
        if opening and element and element.holds_sentences:
            number = block_end(lines, start)
            inside = lines[start + 1 : number - markdown]
            for offset, text in element.sentences(opening["argument"], inside):
                yield Sentence(text, path, start + 1 + offset, opening["name"] == "takeaways")
        elif code.match(lines[start]):
            number = block_end(lines, start)


@cache
def _open_prose(path: Path, changed: int) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".py":
        lines = [line[2:] if line.startswith("#") else "" for line in lines]
    kept: list[str] = []
    number = 0
    while number < len(lines):
        if re.match(r"\s*\.\. |.*::\s*$", lines[number]):
            number = after_indented(lines, number)
        elif CODE_FENCE.match(lines[number]) or re.match(r"\s*[`:]{3,}\{", lines[number]):
            number = after_fence(lines, number)
        else:
            kept.append(lines[number])
            number += 1
    return normal(" ".join(kept))


def open_prose(path: Path) -> str:
    """Return the running text of a page: no code, nothing inside a directive, no reveal."""
    return _open_prose(path, path.stat().st_mtime_ns)


def after_indented(lines: Sequence[str], start: int) -> int:
    """Return the number of the first line after the block indented below ``lines[start]``."""
    depth = indent(lines[start])
    number = start + 1
    while number < len(lines) and (not lines[number].strip() or indent(lines[number]) > depth):
        number += 1
    return number


def after_fence(lines: Sequence[str], start: int) -> int:
    """Return the number of the line after the fence opened in ``lines[start]``."""
    fence = re.match(r"\s*([`~:]{3,})", lines[start])
    assert fence is not None
    number = start + 1
    while number < len(lines) and lines[number].strip() != fence[1]:
        number += 1
    return number + 1


def indent(line: str) -> int:
    """Return how many spaces ``line`` starts with."""
    return len(line) - len(line.lstrip())


def bullets(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return each bullet of a list as the offset of its first line and its text.

    >>> bullets(["", "* One", "  more.", "", "* Two."])
    [(1, 'One more.'), (4, 'Two.')]
    """
    found: list[tuple[int, list[str]]] = []
    for offset, line in enumerate(lines):
        bullet = BULLET.match(line)
        if bullet:
            found.append((offset, [bullet["text"]]))
        elif found:
            found[-1][1].append(line)
    return [(offset, normal(" ".join(words))) for offset, words in found]


def unsaid_here(claims: Iterable[Claim], pages: Iterable[Page]) -> list[Claim]:
    """Return the tests marked ``here`` whose sentence is not in the open prose of their page."""
    prose = {page.topic: open_prose(page.path) for page in pages if page.topic}
    return [c for c in claims if c.here and c.sentence not in prose.get(c.topic, "")]


def problems(
    claims: Sequence[Claim], sentences: Sequence[Sentence], pages: Sequence[Page] = ()
) -> list[str]:
    """Return, in words, everything that breaks the agreement of sentences and tests."""
    lost = unsaid_here(claims, pages)
    claims = [claim for claim in claims if not claim.here]
    proved = Counter(claim.sentence for claim in claims)
    said = Counter(sentence.text for sentence in sentences)
    spare = [claim for claim in claims if claim.sentence not in said]
    return [
        *(
            f"{s.place}: no test under tests/claims has this docstring: {s.text!r}"
            f"{closest(s.text, [c.sentence for c in spare])}"
            for s in sentences
            if s.text not in proved
        ),
        *(
            f"{c.path}:{c.line}: no page of the book says this sentence of {c.test}: {c.sentence!r}"
            for c in spare
        ),
        *(
            f"{c.path}:{c.line}: the open prose of its page does not say this sentence of "
            f"{c.test}, word for word and without markup: {c.sentence!r}"
            for c in lost
        ),
        *(f"two tests prove one sentence: {text!r}" for text, n in proved.items() if n > 1),
        *(f"two places say one sentence: {text!r}" for text, n in said.items() if n > 1),
        *(
            f"{s.place}: markup in a sentence, which must be plain text: {s.text!r}"
            for s in sentences
            if re.search(r"[*`$\\|]|_\b", s.text)
        ),
    ]


def closest(text: str, others: Sequence[str]) -> str:
    """Name the sentence that was probably meant."""
    match = difflib.get_close_matches(text, others, n=1)
    return f"; the nearest docstring is {match[0]!r}" if match else ""


def headline(sentence: str) -> tuple[str, str]:
    """Split a sentence into its headline, if it has one, and the rest.

    >>> headline("One seed lies. Two runs end 0.3 apart.")
    ('One seed lies.', ' Two runs end 0.3 apart.')
    >>> headline("It has none.")
    ('', 'It has none.')
    """
    found = re.match(r".{1,59}?[.?!](?=\s)", sentence)
    return (found.group(), sentence[found.end() :]) if found else ("", sentence)


@cache
def _conditions(path: Path, changed: int) -> str:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    wanted, needed = {"CONDITIONS"}, []
    for statement in reversed(body):
        if bound_by(statement) & wanted:
            needed.append(statement)
            wanted |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    if "CONDITIONS" not in {name for statement in needed for name in bound_by(statement)}:
        return ""
    known: dict[str, Any] = {}
    exec(compile(ast.Module(needed[::-1], []), str(path), "exec"), known)
    return normal(known["CONDITIONS"])


def bound_by(statement: ast.stmt) -> set[str]:
    """Return the names that an import or an assignment binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        return {n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return set()


def conditions_of(path: Path) -> str:
    """Return what the claims of a file share: its ``CONDITIONS``, as judging the claims noted it.

    Where they were not judged, it and what it names are run, and nothing else of the file.
    """
    noted = records.record(topic_of(path)) or {}
    if "conditions" in noted:
        return str(noted["conditions"])
    return _conditions(path, path.stat().st_mtime_ns)


# The Sphinx extension.


class ProofLink(nodes.inline):
    """The quiet link from a sentence to its proof; it tells when the proof failed."""

    @classmethod
    def to(cls, claim: Claim, text: str, *classes: str) -> ProofLink:
        """Return the link to the proof of a claim, with other words if that failed or is absent."""
        status = records.outcome(claim.topic, claim.test).status
        if status == records.FAILED or (status == records.NOT_RUN and records.judged()):
            text, classes = "failed in this build", (*classes, "failed")
        return cls(
            "",
            text,
            sentence=claim.sentence,
            page=f"proofs/{claim.topic}",
            anchor=f"proof-{claim.anchor}",
            classes=[*classes],
        )


def visit_proof_link(self: HTML5Translator, node: ProofLink) -> None:
    """Write the link, named by the sentence for readers who hear it."""
    page = self.builder.get_relative_uri(self.builder.current_docname, node["page"])
    label = escape(f"Proof of: {node['sentence']}", quote=True)
    classes = " ".join(["proof", "reference", "internal", *node["classes"]])
    self.body.append(f'<a class="{classes}" href="{page}#{node["anchor"]}" aria-label="{label}">')


def depart_proof_link(self: HTML5Translator, node: ProofLink) -> None:
    """Close the link."""
    self.body.append("</a>")


def pass_over(self: nodes.NodeVisitor, node: ProofLink) -> None:
    """Leave the link out where pages cannot be linked."""
    raise nodes.SkipNode


class MarkHere(SphinxTransform):
    """Put a mark after each sentence of the open prose that is the docstring of a test."""

    default_priority = 210  # before quotation marks are made curly

    def apply(self, **kwargs: Any) -> None:
        """Mark every such sentence of the document."""
        root = Path(self.env.srcdir).parent
        here = self.env.current_document.docname
        topic = next((page.topic for page in scripts(root) if page.docname == here), None)
        path = root / claims_file(topic or "")
        if not path.is_file():
            return
        for claim in claims_of(path):
            if claim.here and not self.mark(claim):
                logger.warning(
                    "no open paragraph says this sentence of %s: %r",
                    claim.test,
                    claim.sentence,
                    location=here,
                    type="claims",
                    subtype="unsaid",
                )

    def mark(self, claim: Claim) -> bool:
        """Put the mark of one claim, and say whether its sentence was found."""
        words = re.compile(r"\s+".join(map(re.escape, claim.sentence.split())))
        for text in list(self.document.findall(nodes.Text)):
            found = words.search(text)
            if found is None or not isinstance(text.parent, nodes.paragraph):
                continue
            self.env.note_dependency(str(claim.path))
            records.watch(self.env, claim.topic)
            name = f"said-{claim.anchor}"
            place = nodes.inline("", found.group(), ids=[name], classes=["here"])
            docname = self.env.current_document.docname
            self.env.domains.standard_domain.note_hyperlink_target(name, docname, name)
            pieces = [
                nodes.Text(text[: found.start()]),
                place,
                ProofLink.to(claim, "\N{CHECK MARK}", "here"),
                nodes.Text(text[found.end() :]),
            ]
            text.parent.replace(text, pieces)
            return True
        return False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the marks."""
    app.add_transform(MarkHere)
    skipped = (pass_over, None)
    app.add_node(
        ProofLink,
        html=(visit_proof_link, depart_proof_link),
        text=skipped,
        latex=skipped,
        man=skipped,
        texinfo=skipped,
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
