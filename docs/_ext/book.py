"""What pages the book has, of which kind each is, and what each says of itself.

The one reader of titles, topics, part titles and the like: a page is found here, by its file, and
nowhere else. What a page of a kind has to have stands here too; ``tests/book`` holds all to it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from docutils.utils.smartquotes import smartyPants

GALLERY, CHAPTERS, QUESTIONS, CLAIMS = "gallery", "chapters", "questions", "tests/claims"
#: What interview questions are about, in the order of the book, and how hard they are.
AREAS = {
    "basics": "Basics",
    "gradients": "Gradients",
    "gates": "Gates",
    "tasks": "Batches and tasks",
    "today": "Today",
}
LEVELS = {"1": "Everybody is asked", "2": "Asked of those who train", "3": "Asked of experts"}
#: What lies under ``docs`` and is written by the build, not by a person.
GENERATED = ("api", CHAPTERS, "proofs", "takeaways.rst")
SCRIPT = re.compile(r"plot_(?P<place>\d\d)_(?P<word>\w+)")
METADATA = re.compile(r"(?m)^# /// script$\n(?P<body>(?:^#(?:| .*)$\n)+?)^# ///$\n")
#: The first line that is a title: of reST, the first with a word that is no directive or field.
TITLE = re.compile(r"(?m)^(?!\.\. |   |:)(.*\w.*)$")
MARKDOWN_TITLE = re.compile(r"(?m)^# (.+)$")
UNDERLINE = re.compile(r"([=\-~^\"'#*+.:_`])\1{2,}\s*")
ROLE = re.compile(r":[\w:]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")
MATH = re.compile(r":math:`[^`]*`")


class Kind(NamedTuple):
    """What a page of one kind has.

    Attributes
    ----------
    name : str
        What it is called.
    files : tuple of str
        The files that carry its topic word.
    takeaways : tuple of int
        The least and the most bullets of its ``takeaways``; (0, 0) if it has none.
    claims : int
        How many sentences it says in a ``claim``.
    shows : bool
        Whether it asks for an answer, draws a figure and reads it.
    stands_on : bool
        Whether it names the topics that it stands on.
    asks : bool
        Whether its title has to be a question.
    parts : tuple of str
        The directives that it has once each, in this order; others may stand between them.
    words : int
        The most words of prose; formulas, code and takeaways do not count in a chapter.
    numbers : int
        The most numbers that its code prints; a shape is one number.
    """

    name: str
    files: tuple[str, ...] = ()
    takeaways: tuple[int, int] = (0, 0)
    claims: int = 0
    shows: bool = False
    stands_on: bool = False
    asks: bool = False
    parts: tuple[str, ...] = ()
    words: int = 0
    numbers: int = 0


CHAPTER = Kind(
    "chapter",
    files=(
        "rnnbook/experiments/{topic}.py",
        "rnnbook/figures/{topic}.py",
        f"{CLAIMS}/test_{{topic}}.py",
    ),
    takeaways=(2, 5),
    shows=True,
    words=1400,
    numbers=60,
)
APPLICATION = CHAPTER._replace(name="application", words=900, numbers=40)
QUESTION = Kind(
    "question",
    claims=1,
    stands_on=True,
    asks=True,
    parts=("asked", "stands-on", "answer", "claim", "wrong-answer", "follow-up", "checklist"),
    words=400,
    numbers=40,
)
WRITTEN = Kind("written page")
#: The kind of what lies in a folder of the gallery, or of one script; all others are chapters.
KINDS = {
    "4_applications": APPLICATION,
    "4_applications/plot_02_hamlet": CHAPTER,
    "6_interview": QUESTION,
}


@dataclass(frozen=True)
class Page:
    """One page of the book: a script of the gallery, or a page that is written as such.

    Attributes
    ----------
    path : Path
        Its file.
    kind : Kind
        What it is.
    part : str
        The folder of a script, ``1_foundations``; empty for a written page.
    number : str
        Part, dot, place: ``1.4``; empty for a written page.
    topic : str
        The word that finds experiment, figures and claims; of a question, ``questions/slug``.
    docname : str
        The name that Sphinx knows it by.
    """

    path: Path
    kind: Kind
    part: str
    number: str
    topic: str
    docname: str

    @property
    def file(self) -> str:
        """Folder and name of a script without its ending, as its downloads have it."""
        return f"{self.part}/{self.path.stem}"

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def opening(self) -> str:
        """The docstring of a script, the text of a written page."""
        if self.path.suffix != ".py":
            return self.text
        return ast.get_docstring(ast.parse(self.text)) or ""

    @cached_property
    def title(self) -> str:
        """The title as it is written."""
        found = (MARKDOWN_TITLE if self.path.suffix == ".md" else TITLE).search(self.opening)
        return found[1].strip() if found else self.path.stem

    @cached_property
    def subject(self) -> str:
        """What the title puts before its colon, or all of it; no question mark."""
        return plain(self.title).partition(":")[0].rstrip("?")

    @cached_property
    def words(self) -> int:
        """How many words of prose a script has."""
        prose = (line[2:] for line in self.text.splitlines() if line.startswith("# "))
        return len(" ".join([self.opening, *prose]).split())

    @cached_property
    def summary(self) -> str:
        """The first sentence below the title of a script, as plain words."""
        blocks = [block.strip() for block in re.split(r"\n\s*\n", self.opening)]
        prose = (b for b in blocks if not heading(b) and not b.startswith(("..", ":")))
        text = plain(next(prose, ""))
        found = re.match(r".*?[.?!](?=\s|$)", text)
        return found.group() if found else text

    @cached_property
    def stands_on(self) -> tuple[str, ...]:
        """The topics that a question names."""
        found = re.search(r"(?m)^\.\. stands-on:: +(.+)$", self.opening)
        return tuple(found[1].split()) if found else ()


def metadata(text: str) -> dict[str, Any]:
    """Return the PEP 723 block in the text of a script, or an empty mapping.

    Raises
    ------
    ValueError
        If there is more than one, or if its content is not TOML.
    """
    found = METADATA.findall(text)
    if len(found) > 1:
        raise ValueError(f"expected one '# /// script' block, got {len(found)}")
    return tomllib.loads("\n".join(line[2:] for line in "".join(found).splitlines()))


def heading(block: str) -> bool:
    """Say whether a block of reST is a heading."""
    return any(UNDERLINE.fullmatch(line) for line in block.splitlines())


def plain(text: str) -> str:
    """Return reST as plain words, with the quotation marks of print."""
    text = ROLE.sub(r"\1", MATH.sub("…", text))
    return smartyPants(" ".join(re.sub(r"\*+|`+_*", "", text).split()), attr="q")


def scripts(root: Path) -> list[Page]:
    """Return the pages of the gallery in reading order."""
    return [page_of(path, root) for path in sorted((root / GALLERY).glob("*/plot_*.py"))]


def book(root: Path) -> list[Page]:
    """Return all pages: the gallery's in reading order, then those that are written as such."""
    docs = root / "docs"
    kept = (p for p in docs.glob("*") if p.name not in GENERATED and p.name[0] not in "_.")
    found = [p for path in kept for p in (path.rglob("*") if path.is_dir() else (path,))]
    written = (p for p in found if p.suffix in {".rst", ".md"} and not p.name.startswith("_"))
    return [*scripts(root), *(page_of(path, root) for path in sorted(written))]


def page_of(path: Path, root: Path) -> Page:
    """Return the page that a file is, read again when it has changed."""
    return _page(path, root, path.stat().st_mtime_ns)


@cache
def _page(path: Path, root: Path, changed: int) -> Page:
    if not path.is_relative_to(root / GALLERY):
        docname = path.relative_to(root / "docs").with_suffix("").as_posix()
        return Page(path, WRITTEN, "", "", "", docname)
    part = path.parent.name
    kind = KINDS.get(f"{part}/{path.stem}") or KINDS.get(part, CHAPTER)
    found = SCRIPT.fullmatch(path.stem)
    if found is None:
        raise ValueError(f"{path}: expected a name like plot_04_topic.py")
    return Page(
        path,
        kind,
        part,
        f"{part.partition('_')[0]}.{int(found['place'])}",
        f"{QUESTIONS}/{found['word']}" if kind is QUESTION else found["word"],
        f"{CHAPTERS}/{part}/{path.stem}",
    )


def claims_file(topic: str) -> str:
    """Return the file of the claims of a topic.

    >>> claims_file("clipping"), claims_file("questions/why_clip")
    ('tests/claims/test_clipping.py', 'tests/claims/questions/test_why_clip.py')
    """
    folder, slash, word = topic.rpartition("/")
    return f"{CLAIMS}/{folder}{slash}test_{word}.py"


def claims_files(root: Path) -> list[Path]:
    """Return the files of claims: those of chapters, then those of questions."""
    folders = (root / CLAIMS, root / CLAIMS / QUESTIONS)
    return [path for folder in folders for path in sorted(folder.glob("test_*.py"))]


def topic_of(claims: Path) -> str:
    """Return the topic of a file of claims."""
    folder = f"{QUESTIONS}/" if claims.parent.name == QUESTIONS else ""
    return folder + claims.stem.removeprefix("test_")


class Part(NamedTuple):
    """A part of the gallery: its title, and the prose below that."""

    title: str
    prose: str


def part_of(folder: Path) -> Part:
    """Return what the header of a folder of the gallery says."""
    header = folder / "GALLERY_HEADER.rst"
    if not header.is_file():
        return Part(folder.name.lstrip("0123456789_").replace("_", " ").capitalize(), "")
    title, _, rest = header.read_text(encoding="utf-8").partition("\n")
    return Part(title, rest.partition("\n")[2].strip())
