"""Look for words and sentences that a reader stumbles over: ``python tools/plain.py``.

It reads what a reader of the book reads: pages, scripts, docstrings, messages, labels. Each finding
is a line, and one is enough to fail. It knows words, colons and lengths, not whether a sentence is
right.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import claims  # noqa: E402  # the path above has to be set first

PROSE = ("gallery/**/*.py", "gallery/**/*.rst", "docs/*.md", "README.md")
CODE = ("rnnbook/**/*.py", "tests/claims/**/test_*.py")
MOST_WORDS = 30  # of a sentence that a test proves
#: The directives whose content nobody reads as text.
SILENT = {*claims.CODE, "math", "source", "literalinclude", "toctree", "raw"}
#: What to look for, and what to write.
WORDS = {
    r"anew": "again, fresh",
    r"noughts?": "zero",
    r"last but one": "second to last",
    r"hand(?:s|ed|ing)? (?:both )?on\b": "pass on",
    r"turn(?:s|ed|ing)? around": "reverse, swap",
    r"of two directions": "bidirectional",
    r"likel(?:ier|iest)": "more likely, most likely",
    r"cur(?:e|es|ed|ing)": "fix",
    r"the way back": "the backward pass",
    r"shall": "will",
    r"next to no": "almost no",
    r"an? (?:column|row|line|digit|panel|dot|number) an? seed": "one per seed",
    r"tells? (?:what|whether|how|where|which|when|why|of)": "shows, says",
    r"(?<!there )(?:is|was) no (?:plain|text|cause|proof|reason|verdict|factor|way)": "is not a",
    r"in the place of": "instead of",
    r"who(?:so)?ever": "you",
    r"(?:some|no|any)body": "you, a network that",
    r"as PyTorch starts": "with PyTorch's default initialisation",
    r"steps of training|training steps?": "updates",
    r"it is often (?:said|answered|told)|you (?:may|can|will) often read": "cite, or leave out",
}
FORBIDDEN = {re.compile(rf"\b(?:{word})\b", re.IGNORECASE): use for word, use in WORDS.items()}
UNLINKED = re.compile(r"\bchapters? (?:on|about|\d)|\b(?:next|last|previous|first) chapter\b")
LINK = "\N{RIGHTWARDS ARROW}"  # put before the text of a link
ROLE = re.compile(r":[\w:-]+:`~?\.?(?P<text>[^`<]+?)(?:\s*<[^`]*>)?`|\[(?P<words>[^]]+)\]\([^)]*\)")
LITERAL = re.compile(r"``.+?``|(?<!`)`[^`]+`(?!`)", re.DOTALL)
BULLET = re.compile(r"\s*(?:[*+-]|\d+\.|:)\s+(?:- )*")
#: What does not go on with the line before: an option, a heading, a row, a parameter, a setting.
APART = re.compile(r"\s*(?::[\w-]+:\s|>>>|#+ |\||[\w*, ]+ : |[a-z_]+:(?:\s|$))")
END = re.compile(r"(?<=[.?!])[\"')*]*\s+(?=[\"'(*]*[A-Z])")

Block = tuple[int, str]


def paragraphs(lines: Sequence[str], markdown: bool = False, first: int = 1) -> Iterator[Block]:
    """Yield paragraphs and bullets, each with the number of its line; what is code is left out."""
    start, words = first, list[str]()
    for number, line in spoken(lines, markdown, first):
        bullet = BULLET.match(line)
        if bullet or not line.strip() or APART.match(line):
            yield start, " ".join(words)
            start, words = number, []
        text = line[bullet.end() :] if bullet else re.sub(r"^\s*:\w+:", "", line)
        if re.search(r"\w", text) and not re.match(r"\s*(?:>>>|\|)", line):
            words.append(text.strip())
    yield start, " ".join(words)


def spoken(lines: Sequence[str], markdown: bool, first: int) -> Iterator[Block]:
    """Yield the lines that are text, each with its number; around a block stands an empty one."""
    for start, opening, inside in claims.parts(lines, markdown):
        name = opening["name"] if opening else None
        if opening is None or name is None:
            yield first + start, "" if markdown and opening else lines[start]
        elif name not in SILENT:
            yield from ((first + start, text) for text in ("", opening["argument"] or "", ""))
            yield from spoken(inside, markdown, first + start + 1)
            yield first + start, ""
        else:
            yield first + start, ""


def prose(path: Path) -> Iterator[Block]:
    """Yield the text of a page or a script."""
    return paragraphs(claims.text_of(path), path.suffix == ".md")


def strings(path: Path) -> Iterator[Block]:
    """Yield the strings of a module that consist of several words."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from paragraphs(node.value.splitlines(), first=node.lineno)


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph, an arrow before each link."""
    linked = ROLE.sub(lambda m: LINK + (m["text"] or m["words"]), text)
    return END.split(LITERAL.sub("it", linked))


def words_in(text: str) -> Iterator[str]:
    """Yield the words that the book does not use."""
    for sentence in sentences(text):
        for word, use in FORBIDDEN.items():
            for found in word.finditer(sentence):
                yield f"{found.group()!r}: {use}"


def joints_in(text: str) -> Iterator[str]:
    """Yield the sentences that colons hold together, and those that name a chapter unlinked."""
    for sentence in sentences(text):
        if len(re.findall(r"[^\s:]:(?=\s)|;(?=\s)", sentence)) > 1:
            yield f"two colons or semicolons: {sentence}"
        if UNLINKED.search(sentence) and LINK not in sentence:
            yield f"a chapter without a link: {sentence}"


def long_claims(path: Path) -> Iterator[Block]:
    """Yield the measured sentences of a file of claims that are too long."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            for sentence in END.split(" ".join((ast.get_docstring(node) or "").split())):
                if len(sentence.split()) > MOST_WORDS:
                    yield node.lineno, f"{len(sentence.split())} words: {sentence}"


def remarks(path: Path) -> Iterator[Block]:
    """Yield all that there is to say of a file."""
    module = path.is_relative_to(ROOT / "rnnbook") or path.is_relative_to(ROOT / "tests")
    for number, text in strings(path) if module else prose(path):
        yield from ((number, remark) for remark in words_in(text))
        if not module:
            yield from ((number, remark) for remark in joints_in(text))
    if path.is_relative_to(ROOT / "tests"):
        yield from long_claims(path)


def main() -> int:
    """Print what was found; return 1 if anything was."""
    files = [path for pattern in (*PROSE, *CODE) for path in sorted(ROOT.glob(pattern))]
    found = [f"{path.relative_to(ROOT)}:{n}: {said}" for path in files for n, said in remarks(path)]
    print("\n".join(found) or f"{len(files)} files in plain words")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
