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
import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from types import ModuleType
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
#: What opens a block: in reST a directive, a comment or a literal block, in Markdown a fence.
INDENTED = re.compile(r"\s*\.\. (?:(?P<name>[\w-]+)::\s*(?P<argument>.*))?|.*::\s*$")
FENCED = re.compile(r"\s*(?P<fence>[`~:]{3,})(?:\{(?P<name>[\w-]+)\}\s*(?P<argument>.*))?")
#: The directives that hold code.
CODE = {"code", "code-block", "code-cell", "sourcecode", "parsed-literal"}


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
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    found = []
    for function in sorted(functions, key=lambda function: function.lineno):
        if not function.name.startswith("test"):
            continue
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


def sentences_in(pages: Iterable[Page]) -> list[Sentence]:
    """Return every sentence that the pages say needs a proof, in the order of pages and lines."""
    return [sentence for page in pages for sentence in sentences_of(page.path)]


def sentences_of(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of one gallery script (``.py``), reST or MyST page (``.md``)."""
    for line, name, text in _said(text_of(path), 1, path.suffix == ".md"):
        yield Sentence(text, path, line, name == "takeaways")


def _said(lines: Sequence[str], first: int, markdown: bool) -> Iterator[tuple[int, str, str]]:
    """Yield the sentences in lines, the first of which is number ``first``, by their directives."""
    for start, opening, inside in parts(lines, markdown):
        name = opening["name"] if opening else None
        element = elements.known().get(name or "")
        if opening and name and element and element.holds_sentences:
            for offset, text in element.sentences(opening["argument"], inside):
                yield first + start + offset, name, text
        elif name and name not in CODE:
            yield from _said(inside, first + start + 1, markdown)


def open_prose(path: Path) -> str:
    """Return the running text of a page: no code, nothing inside a directive, no reveal."""
    lines = text_of(path)
    found = parts(lines, path.suffix == ".md")
    return normal(" ".join(lines[number] for number, opening, _ in found if opening is None))


def text_of(path: Path) -> list[str]:
    """Return the lines of a page; those of a script that are code are empty."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix != ".py":
        return lines
    introduction = ast.parse("\n".join(lines)).body[0].end_lineno or 0
    return [
        re.sub(r"^# ?", "", line) if number <= introduction or line.startswith("#") else ""
        for number, line in enumerate(lines, start=1)
    ]


def parts(
    lines: Sequence[str], markdown: bool
) -> Iterator[tuple[int, re.Match[str] | None, Sequence[str]]]:
    """Yield the number of each line of text, and of each block with its opening and its content."""
    number = 0
    while number < len(lines):
        start, number = number, number + 1
        opening = (FENCED if markdown else INDENTED).match(lines[start])
        if not opening:
            yield start, None, ()
        elif markdown:
            while number < len(lines) and lines[number].strip() != opening["fence"]:
                number += 1
            yield start, opening, lines[start + 1 : number]
            number += 1
        else:
            depth = indent(lines[start])
            while number < len(lines) and not (
                lines[number].strip() and indent(lines[number]) <= depth
            ):
                number += 1
            yield start, opening, lines[start + 1 : number]


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
def loaded(path: Path) -> ModuleType:
    """Import a file of claims."""
    spec = importlib.util.spec_from_file_location(f"claims_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def conditions_of(path: Path) -> str:
    """Return what the claims of a file share: its ``CONDITIONS``, as judging the claims noted it.

    Where they were not judged, the file is imported.
    """
    noted = records.record(topic_of(path)) or {}
    if "conditions" in noted:
        return str(noted["conditions"])
    return normal(getattr(loaded(path), "CONDITIONS", ""))


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
    self.body.append(f"{escape(node.astext())}</a>")
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
    app.add_node(ProofLink, html=(visit_proof_link, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
