"""Sentences of the book and the tests that prove them: compared both ways, linked both ways.

A sentence is a bullet of a ``takeaways`` directive or the argument of a ``claim`` directive; its
proof is the test under ``tests/claims/`` whose docstring it is, word for word. The first half of
this file reads both and compares them, needing neither Sphinx nor PyTorch; the second half is the
Sphinx extension: the two directives, one page of proofs a topic, and the page of all takeaways.
"""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

BULLET = re.compile(r"\s*[*+-]\s+(?P<text>.*)")
DIRECTIVE = re.compile(r"\s*\.\. (?P<name>takeaways|claim)::\s*(?P<argument>.*)")
FENCE = re.compile(r"\s*[`:]{3,}\{(?P<name>takeaways|claim)\}\s*(?P<argument>.*)")
CODE = re.compile(r"\s*\.\. (code|code-block|sourcecode|parsed-literal)::|(?!\s*\.\. ).*::\s*$")
CODE_FENCE = re.compile(r"\s*(`{3,}|~{3,})(?!\{)|\s*[`:]{3,}\{(code|code-block|code-cell)\}")
GENERATED = ("_build", "api", "chapters", "proofs", "takeaways.rst")


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
        """The topic word of its file."""
        return self.path.stem.removeprefix("test_")

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


def claims_in(tests_dir: Path) -> list[Claim]:
    """Return every test of ``test_*.py`` in ``tests_dir``, in the order of files and lines."""
    return [claim for path in sorted(tests_dir.glob("test_*.py")) for claim in claims_of(path)]


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


def sentences_in(paths: Iterable[Path]) -> list[Sentence]:
    """Return every sentence that the files say needs a proof, in the order of files and lines."""
    return [sentence for path in paths for sentence in sentences_of(path)]


def sentences_of(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of one gallery script (``.py``), reST or MyST page (``.md``)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".py":
        lines = [re.sub(r"^# ?", "", line) for line in lines]
    markdown = path.suffix == ".md"
    opens, block_end = (FENCE, after_fence) if markdown else (DIRECTIVE, after_indented)
    code = CODE_FENCE if markdown else CODE
    number = 0
    while number < len(lines):
        start, number = number, number + 1
        opening = opens.match(lines[start])
        if opening is None:
            if code.match(lines[start]):
                number = block_end(lines, start)
            continue
        number = block_end(lines, start)
        inside = lines[start + 1 : number - markdown]
        if opening["name"] == "claim":
            said = normal(" ".join([opening["argument"], *inside]))
            yield Sentence(said, path, start + 1, takeaway=False)
        else:
            for offset, text in bullets(inside):
                yield Sentence(text, path, start + 2 + offset, takeaway=True)


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


def unproven(claims: Sequence[Claim], sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that no test has as its docstring."""
    proved = {claim.sentence for claim in claims}
    return [sentence for sentence in sentences if sentence.text not in proved]


def unsaid(claims: Sequence[Claim], sentences: Sequence[Sentence]) -> list[Claim]:
    """Return the tests whose docstring is no sentence of the book."""
    said = {sentence.text for sentence in sentences}
    return [claim for claim in claims if claim.sentence not in said]


def repeated(items: Sequence[Claim] | Sequence[Sentence]) -> list[str]:
    """Return the texts that occur more than once."""
    texts = (item.sentence if isinstance(item, Claim) else item.text for item in items)
    return [text for text, count in Counter(texts).items() if count > 1]


def unsaid_here(claims: Iterable[Claim], pages: Iterable[Path]) -> list[Claim]:
    """Return the tests marked ``here`` whose sentence is not in the open prose of their chapter."""
    prose: dict[str, str] = {}
    for path in pages:
        topic = re.sub(r"^plot_\d+_", "", path.stem)
        prose[topic] = f"{prose.get(topic, '')} {open_prose(path)}"
    return [c for c in claims if c.here and c.sentence not in prose.get(c.topic, "")]


def problems(
    claims: Sequence[Claim], sentences: Sequence[Sentence], pages: Sequence[Path] = ()
) -> list[str]:
    """Return, in words, everything that breaks the agreement of sentences and tests."""
    lost = unsaid_here(claims, pages)
    claims = [claim for claim in claims if not claim.here]
    spare = unsaid(claims, sentences)
    return [
        *(
            f"{s.place}: no test under tests/claims has this docstring: {s.text!r}"
            f"{closest(s.text, [c.sentence for c in spare])}"
            for s in unproven(claims, sentences)
        ),
        *(
            f"{c.path}:{c.line}: no page of the book says this sentence of {c.test}: {c.sentence!r}"
            for c in spare
        ),
        *(
            f"{c.path}:{c.line}: the open prose of its chapter does not say this sentence of "
            f"{c.test}, word for word and without markup: {c.sentence!r}"
            for c in lost
        ),
        *(f"two tests prove one sentence: {text!r}" for text in repeated(claims)),
        *(f"two places say one sentence: {text!r}" for text in repeated(sentences)),
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


def pages_of(root: Path) -> list[Path]:
    """Return the gallery scripts and the written pages of the book, in reading order."""
    docs = root / "docs"
    pages = [p for p in docs.rglob("*") if p.suffix in {".rst", ".md"}]
    written = [
        p
        for p in pages
        if p.relative_to(docs).parts[0] not in GENERATED and not p.name.startswith("_")
    ]
    return [*sorted((root / "gallery").rglob("plot_*.py")), *sorted(written)]


def docname_of(path: Path, root: Path) -> str:
    """Return the name Sphinx knows a page by: a gallery script becomes a page of ``chapters``."""
    gallery = root / "gallery"
    if path.is_relative_to(gallery):
        return (Path("chapters") / path.relative_to(gallery)).with_suffix("").as_posix()
    return path.relative_to(root / "docs").with_suffix("").as_posix()


def title_of(path: Path) -> str:
    """Return the title of a gallery script, a reST page or a MyST page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    for line in text.splitlines():
        if path.suffix == ".md":
            if line.startswith("# "):
                return line[2:].strip()
        elif re.search(r"\w", line) and not line.startswith((".. ", "   ", ":")):
            return line.strip()
    return path.stem


def experiments_of(path: Path) -> list[str]:
    """Return the modules under ``rnnbook.experiments`` that a claim file imports."""
    home = "rnnbook.experiments"
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == home:
            found |= {f"{home}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{home}."):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith(f"{home}.")}
    return sorted(found)


def shared_part(path: Path) -> str:
    """Return what the tests of a file stand on: everything in it but them and its docstring."""
    text = path.read_text(encoding="utf-8")
    module = ast.parse(text)
    lines = text.splitlines()
    for number, statement in enumerate(module.body):
        is_docstring = number == 0 and ast.get_docstring(module) is not None
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        is_test = isinstance(statement, ast.FunctionDef) and statement.name.startswith("test")
        if is_docstring or is_future or is_test:
            decorators = getattr(statement, "decorator_list", [])
            start = min([statement.lineno, *(d.lineno for d in decorators)])
            lines[start - 1 : statement.end_lineno] = [""] * (statement.end_lineno - start + 1)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n")


def default_seeds(tests_dir: Path) -> str:
    """Return the seeds that the claims run with when none are asked for, as text."""
    conftest = tests_dir / "conftest.py"
    if conftest.is_file():
        for node in ast.parse(conftest.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEFAULT_SEEDS":
                return ", ".join(map(str, ast.literal_eval(node.value)))
    return "0, 1, 2"


# The generated pages.


def quoted(text: str) -> str:
    """Return plain text as reST that shows it unchanged."""
    return re.sub(r"([\\*`|_<>])", r"\\\1", text)


def heading(text: str, underline: str) -> str:
    """Return a reST heading."""
    return f"{text}\n{underline * max(4, len(text))}\n"


def block(text: str, language: str) -> str:
    """Return a reST code block."""
    body = "\n".join(f"   {line}".rstrip() for line in text.splitlines())
    return f".. code-block:: {language}\n\n{body}\n"


def generated_pages(root: Path) -> dict[str, str]:
    """Return the text of every generated page by its path under ``docs``."""
    claims = claims_in(root / "tests" / "claims")
    sentences = sentences_in(pages_of(root))
    topics: dict[str, list[Claim]] = {}
    for claim in claims:
        topics.setdefault(claim.topic, []).append(claim)
    pages = {
        f"proofs/{topic}.rst": proof_page(topic, proved, sentences, root)
        for topic, proved in topics.items()
    }
    pages["proofs/index.rst"] = proof_index(topics, sentences, root)
    pages["takeaways.rst"] = takeaways_page(sentences, root)
    return pages


def proof_page(
    topic: str, claims: Sequence[Claim], sentences: Sequence[Sentence], root: Path
) -> str:
    """Return the page with the proofs of one topic."""
    path = claims[0].path
    file = path.relative_to(root).as_posix()
    experiments = ", ".join(f":mod:`{name}`" for name in experiments_of(path))
    measured = f" They read what {experiments} measured." if experiments else ""
    seeds = default_seeds(path.parent)
    learned = any(claim.learned for claim in claims)
    parts = [
        heading(f"Proofs: {topic.replace('_', ' ')}", "="),
        f"Each sentence below is the docstring of a test in ``{file}``.{measured} "
        f"The tests ran on the seeds {seeds}. Repeat them on seeds of your own:\n",
        block(f"$ pytest {file} --seeds 100,101,102", "console"),
    ]
    if learned:
        parts += [
            "With training switched off, the claims about learning must fail, and this passes "
            "only if they do:\n",
            block(f"$ pytest {file} --no-training", "console"),
        ]
    for claim in claims:
        parts += [
            f".. _proof-{claim.anchor}:\n",
            heading(quoted(claim.sentence or claim.test), "-"),
            "\n".join(said_in(claim, sentences, root)),
            block(wrapped(claim.source), "python"),
        ]
    shared = shared_part(path)
    if shared:
        parts += [heading("What these tests stand on", "-"), block(shared, "python")]
    return "\n".join(parts)


def wrapped(source: str) -> str:
    """Return the code of a test with its docstring broken into lines that fit a page."""

    def broken(match: re.Match[str]) -> str:
        text, margin = f'"""{normal(match["text"])}"""', match["margin"]
        return textwrap.fill(text, 80, initial_indent=margin, subsequent_indent=margin)

    return re.sub(r'(?P<margin> *)"""(?P<text>.*?)"""', broken, source, count=1, flags=re.DOTALL)


def said_in(claim: Claim, sentences: Sequence[Sentence], root: Path) -> Iterator[str]:
    """Yield where the sentence of a claim stands, and of what kind the claim is."""
    for sentence in sentences:
        if sentence.text == claim.sentence:
            title = quoted(title_of(sentence.path))
            yield f"Said in :ref:`{title} <said-{claim.anchor}>`."
    if claim.learned:
        yield "A claim about learning: it fails when training is switched off."
    yield ""


def proof_index(topics: dict[str, list[Claim]], sentences: Sequence[Sentence], root: Path) -> str:
    """Return the page that lists the proof pages."""
    parts = [
        heading("Proofs", "="),
        "Every sentence that this book asks you to remember is the docstring of a test. Each page "
        "shows the tests of one topic, and the command that repeats them on other seeds.\n",
    ]
    if not topics:
        return "\n".join(parts)
    entries = "\n".join(f"   {topic}" for topic in in_reading_order(topics, sentences))
    return "\n".join([*parts, f".. toctree::\n   :maxdepth: 1\n\n{entries}\n"])


def in_reading_order(topics: dict[str, list[Claim]], sentences: Sequence[Sentence]) -> list[str]:
    """Return the topics in the order in which the book first says a sentence of theirs."""
    place = {sentence.text: number for number, sentence in enumerate(sentences)}
    last = len(sentences)
    return sorted(topics, key=lambda t: min(place.get(c.sentence, last) for c in topics[t]))


def takeaways_page(sentences: Sequence[Sentence], root: Path) -> str:
    """Return the page with the takeaways of every chapter."""
    parts = [
        heading("What to remember, chapter by chapter", "="),
        "All that the chapters ask you to remember. Each sentence links to the test that proves "
        "it.\n",
    ]
    chapters: dict[Path, list[str]] = {}
    for sentence in sentences:
        if sentence.takeaway:
            chapters.setdefault(sentence.path, []).append(sentence.text)
    part = None
    for path, texts in chapters.items():
        folder = path.parent if path.suffix == ".py" else root / "Pages"
        if folder != part:
            part = folder
            parts.append(heading(quoted(part_title(part)), "-"))
        title = quoted(title_of(path))
        parts += [
            heading(f":doc:`{title} </{docname_of(path, root)}>`", "~"),
            ".. takeaways::\n   :repeated:\n",
            "".join(f"   * {text}\n" for text in texts),
        ]
    return "\n".join(parts)


def part_title(folder: Path) -> str:
    """Return the title of a part of the gallery."""
    for name in ("GALLERY_HEADER.rst", "README.rst", "README.txt"):
        if (folder / name).is_file():
            return title_of(folder / name)
    return folder.name.lstrip("0123456789_").replace("_", " ").capitalize()


# The Sphinx extension.


def write_pages(app: Sphinx) -> None:
    """Write the generated pages that changed and remove those no longer wanted."""
    docs = Path(app.srcdir)
    pages = generated_pages(docs.parent)
    for stale in {*docs.glob("proofs/*.rst")} - {docs / name for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        path = docs / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


class ProofLink(nodes.inline):
    """The quiet link from a sentence to its proof."""


def visit_proof_link(self: HTML5Translator, node: ProofLink) -> None:
    """Write the link, named by the sentence for readers who hear it."""
    page = self.builder.get_relative_uri(self.builder.current_docname, node["page"])
    label = escape(f"Proof of: {node['sentence']}", quote=True)
    self.body.append(
        f'<a class="proof reference internal" href="{page}#{node["anchor"]}" aria-label="{label}">'
    )


def depart_proof_link(self: HTML5Translator, node: ProofLink) -> None:
    """Close the link."""
    self.body.append("</a>")


def pass_over(self: nodes.NodeVisitor, node: ProofLink) -> None:
    """Leave the link out where pages cannot be linked."""
    raise nodes.SkipNode


class SentenceDirective(SphinxDirective):
    """What ``takeaways`` and ``claim`` share."""

    def proved(self, sentence: str, holder: nodes.Element, line: int) -> list[nodes.Node]:
        """Return the sentence and the link to its proof; warn if there is none."""
        tests = Path(self.env.srcdir).parent / "tests" / "claims"
        claim = next((c for c in claims_in(tests) if c.sentence == sentence), None)
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
        if "repeated" not in self.options:
            name = f"said-{claim.anchor}"
            holder["ids"].append(name)
            domain = self.env.domains.standard_domain
            domain.note_hyperlink_target(name, self.env.current_document.docname, name)
        link = ProofLink(
            "",
            "proof",
            sentence=sentence,
            page=f"proofs/{claim.topic}",
            anchor=f"proof-{claim.anchor}",
        )
        return [nodes.Text(f"{sentence} "), link]


class Takeaways(SentenceDirective):
    """Show what to remember, each sentence with a link to its proof."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"repeated": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Build the list."""
        self.assert_has_content()
        found = bullets(list(self.content))
        if not found:
            raise self.error("takeaways: expected a bullet list of sentences")
        listing = nodes.bullet_list(bullet="*", classes=["takeaways"])
        for offset, sentence in found:
            item = nodes.list_item()
            item += nodes.paragraph(
                "", "", *self.proved(sentence, item, self.content_offset + offset + 1)
            )
            listing += item
        self.set_source_info(listing)
        return [listing]


class ClaimDirective(SentenceDirective):
    """Show one sentence that a test proves, as a paragraph of its own."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the paragraph."""
        sentence = normal(" ".join([*self.arguments, *self.content]))
        paragraph = nodes.paragraph(classes=["claim"])
        paragraph += self.proved(sentence, paragraph, self.lineno)
        self.set_source_info(paragraph)
        return [paragraph]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and the generated pages."""
    app.connect("builder-inited", write_pages)
    skipped = (pass_over, None)
    app.add_node(
        ProofLink,
        html=(visit_proof_link, depart_proof_link),
        text=skipped,
        latex=skipped,
        man=skipped,
        texinfo=skipped,
    )
    app.add_directive("takeaways", Takeaways)
    app.add_directive("claim", ClaimDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
