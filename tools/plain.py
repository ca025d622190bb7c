"""Look for words and sentences that a reader stumbles over: ``python tools/plain.py``.

It reads what a reader of the book reads: pages, scripts, docstrings, messages, labels. Each finding
is a line, and one is enough to fail. It knows words, colons and lengths, not whether a sentence is
right.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROSE = ("gallery/**/*.py", "gallery/**/*.rst", "docs/*.md", "README.md")
CODE = ("rnnbook/**/*.py", "tests/claims/**/test_*.py")
MOST_WORDS = 30  # of a sentence that a test proves
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
BLOCK = re.compile(r"\s*\.\. (?:code|math|source|literalinclude|toctree)\S*::|.*::\s*$")
FENCE = re.compile(r"\s*([`~]{3,})(?!\{)|\s*([`~]{3,})\{(?:code|raw|toctree|chapter)|---\s*$")
BULLET = re.compile(r"\s*(?:[*+-]|\d+\.|:)\s+(?:- )*")
APART = re.compile(r"\s*(?:\.\. |:[\w-]+:\s|>>>|#+ |\||[\w*, ]+ : )")
END = re.compile(r"(?<=[.?!])[\"')*]*\s+(?=[\"'(*]*[A-Z])")

Block = tuple[int, str]


def paragraphs(lines: Iterable[str], first: int = 1) -> Iterator[Block]:
    """Yield paragraphs and bullets, each with the number of its line; what is code is left out."""
    start, words, skip = first, list[str](), -1
    for number, line in enumerate(lines, first):
        depth = len(line) - len(line.lstrip())
        if skip >= 0 and (not line.strip() or depth > skip):
            continue
        skip = depth if BLOCK.match(line) else -1
        bullet = BULLET.match(line)
        if bullet or skip >= 0 or not line.strip() or APART.match(line):
            yield start, " ".join(words)
            start, words = number, []
        text = line[bullet.end() :] if bullet else re.sub(r"^\s*\.\. [\w-]+::|^\s*:\w+:", "", line)
        code = re.match(r"\s*(?:>>>|\|)", line) or (skip >= 0 and line.lstrip().startswith(".. "))
        if re.search(r"\w", text) and not code:
            words.append(text.strip())
    yield start, " ".join(words)


def prose(path: Path) -> Iterator[Block]:
    """Yield the text of a page or a script."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".py":
        title = next(n for n, line in enumerate(lines) if line == '"""')
        body = lines.index('"""', title + 1)
        lines = [
            line if title < n < body else line[2:] if n > body and line.startswith("# ") else ""
            for n, line in enumerate(lines)
        ]
        lines = ["" if line.startswith("%%") else line for line in lines]
    elif path.suffix == ".md":
        inside = False
        for n, line in enumerate(lines):
            fence = FENCE.match(line) or (inside and re.match(r"\s*[`~]{3,}\s*$", line))
            inside ^= bool(fence)
            lines[n] = "" if inside or fence else line
    return paragraphs(lines)


def strings(path: Path) -> Iterator[Block]:
    """Yield the strings of a module that consist of several words."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from paragraphs(node.value.splitlines(), node.lineno)


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
