"""Forget the results of earlier builds that the present sources no longer justify.

Sphinx-Gallery runs a script again only when the script's own text changed, and jupyter-cache runs
a page again only when the page changed; neither sees an edit of the package. Run first, this script
compares what the book is made of with what it was at the last build, and removes

* every generated file, if the core of the package, the pins, the project file, the build's own code
  or any installed version changed;
* what was made from a script, if code of a topic changed that the script reaches: experiments,
  figures and tasks are no core;
* what was made from a script, a page or a claim that has gone since;
* the pages, laid out or generated, if the last build did not come to its end: some may be cut off,
  and Sphinx warns of a page only when it reads it, so that the same build, tried again, would hide
  what was wrong. What a chapter left is kept if all of it is there.

Runs of experiments are kept apart, each under the digest of all code that it reaches, and so are
the records of what the claims showed: of these only what is no longer current goes. Which claims
have to be judged, before the pages are laid out, is written down for the session that builds. Where
nothing changed since a build that came to its end, nothing is touched, and no build is needed.
What an earlier build left counts only if it can be read and is of the right kind; to build from
clean, nothing of it is read.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import reach
import records
import running
from book import CLAIMS, GALLERY, claims_file

MADE_OF = ("rnnbook", "docs/_ext", "docs/conf.py", "pyproject.toml", "constraints.txt")
BESIDE = (GALLERY, CLAIMS, "README.md", "CHANGELOG.md", "LICENSE", "LICENSE-docs")
#: How the variables begin that change what is built.
SETTINGS = ("RNNBOOK_", "READTHEDOCS_", "GITHUB_REPOSITORY", "SOURCE_DATE_EPOCH")
#: Of the package, what is made for single topics; the style of figures and what starts with an
#: underscore are not.
TOPICS = ("rnnbook/experiments/", "rnnbook/figures/", "rnnbook/tasks/")
BUILD, CHAPTERS, PROOFS = running.BUILD, "docs/chapters", "docs/proofs"
GENERATED = (BUILD, CHAPTERS, PROOFS, "docs/api/generated", "docs/takeaways.rst")
LAID_OUT = (f"{BUILD}/html", f"{BUILD}/doctrees", PROOFS)
#: What else a build that was killed may have left cut off.
WRITTEN = (f"{BUILD}/jupyter-cache", "docs/api/generated", "docs/takeaways.rst")
RUNS, RECORDS = f"{BUILD}/runs", records.FOLDER
STAMP = f"{BUILD}/fresh.json"
#: What the stamp holds, by type.
STAMPED = {"code": str, "scripts": dict, "sources": list, "whole": str}
UNFINISHED = f"{BUILD}/unfinished"  # there while a build runs; the build removes it at its end


class State(NamedTuple):
    """What the generated files depend on.

    Attributes
    ----------
    code : str
        A digest of all code but that of topics. All code is the book's own and, by their versions,
        Python and every installed package.
    scripts : dict
        By the file of each script, a digest of all that it reaches.
    sources : tuple of str
        The names of all sources.
    whole : str
        A digest of everything that a build reads.
    """

    code: str
    scripts: dict[str, str]
    sources: tuple[str, ...]
    whole: str


def _files(root: Path, names: Iterable[str]) -> list[Path]:
    found = [path for name in names for path in (root / name, *(root / name).rglob("*"))]
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


def of_a_topic(name: str) -> bool:
    """Say whether a file belongs to some topics, so that only what reaches it depends on it.

    The style of figures is no such file: the build itself asks it for its dark colours.
    """
    inside = name.startswith(TOPICS) and name.endswith(".py")
    return inside and not name.rpartition("/")[2].startswith(("_", "style"))


def hashes(root: Path) -> dict[str, str]:
    """Return a digest of every file that a build reads, by its name."""
    made = (root / BUILD, root / CHAPTERS, root / PROOFS)
    docs = [f"docs/{path.name}" for path in (root / "docs").glob("*") if path not in made]
    files = {p.relative_to(root).as_posix(): p for p in _files(root, (*MADE_OF, *BESIDE, *docs))}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if not name.startswith(GENERATED)
    }


def state(root: Path, reader: reach.Reader, files: dict[str, str]) -> State:
    """Read the present state of the book's sources under ``root``."""
    code = {n: d for n, d in files.items() if n.startswith(MADE_OF) and not of_a_topic(n)}
    sources = [
        name
        for name in files
        if name.startswith(("docs/", f"{GALLERY}/", f"{CLAIMS}/"))
        and name.endswith((".md", ".rst", ".py", ".ipynb"))
    ]
    scripts = [name for name in sources if name.startswith(GALLERY) and name.endswith(".py")]
    return State(
        reach.digest_of(f"{reach.installed()} {code}"),
        {name: reader.digest([(root / name, "*")]) for name in scripts},
        tuple(sources),
        whole(files),
    )


def whole(files: dict[str, str]) -> str:
    """Return a digest of all that a build reads, its settings included."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith(SETTINGS))
    return reach.digest_of(f"{reach.installed()} {settings} {files}")


def freshen(
    root: Path, *, clean: bool = False, lenient: bool = False, reader: reach.Reader | None = None
) -> str:
    """Remove under ``root`` what is out of date, note the present state, say what was done.

    A ``lenient`` build does not stop at warnings, so it may go on from one that did not end. Where
    a build has ended and nothing at all changed since, nothing is touched: no build is needed.
    """
    stamp = root / STAMP
    saved = None if clean else records.read(stamp, **STAMPED)  # unreadable, it says nothing
    ended = (root / BUILD / "html" / "index.html").is_file() and not (root / UNFINISHED).exists()
    files = hashes(root)
    if ended and saved and not lenient and saved["whole"] == whole(files):
        return "nothing changed since the last build"
    killed = (root / UNFINISHED).exists() and not lenient
    (root / BUILD).mkdir(parents=True, exist_ok=True)
    (root / UNFINISHED).touch()  # before anything is removed: from here on, this may be killed
    now = state(root, reader or reach.Reader(root), files)
    before = State(*(saved[name] for name in STAMPED)) if saved else State("", {}, (), "")
    gone = sorted({*map(str, before.sources)} - set(now.sources))
    moved = [s for s, digest in now.scripts.items() if before.scripts.get(s, digest) != digest]
    if clean or before.code != now.code:
        kept = (running.MARK, UNFINISHED, *(() if clean else (RUNS, RECORDS)))
        for name in GENERATED:
            running.remove(root / name, but=tuple(root / name for name in kept))
        done = "from clean" if clean else "code or versions changed: every result is computed anew"
    else:
        done = "code and versions are those of the last build"
        if gone or killed:
            for name in (*LAID_OUT, *(WRITTEN if killed else ())):
                running.remove(root / name)
            done = "the last build failed: every page is read again"
        if gone:
            done = f"no longer there, forgotten: {', '.join(gone)}"
        for name in (*gone, *moved):
            _forget(root, Path(name))
        if moved:
            done += f"; run again: {', '.join(moved)}"

    reach.write(stamp, now._asdict())
    return done


def _forget(root: Path, script: Path) -> None:
    """Remove what was made of a script; of other sources nothing is made but pages."""
    if script.parts[0] != GALLERY or script.suffix != ".py":
        return
    folder = root / CHAPTERS / script.parent.relative_to(GALLERY)
    for pattern in (f"{script.stem}.*", f"{script.stem}_codeobj.*", f"*sphx_glr_{script.stem}_*"):
        for path in folder.rglob(pattern):
            running.remove(path)
    if not any((root / script.parent).glob("*.py")):
        running.remove(folder)


def note_runs(root: Path, reader: reach.Reader) -> list[str]:
    """Note which runs and records are current, drop the others, return the topics to judge."""
    reach.refresh(reader, root / RUNS)
    topics = reach.claims(reader)
    folder = root / RECORDS
    reach.write(folder / "digests.json", dict(topics))
    for path in folder.rglob("*.json"):
        topic = path.relative_to(folder).with_suffix("").as_posix()
        if topic != "digests" and topic not in topics:
            path.unlink()
    found = records.stale(topics, folder)
    lines = "".join(f"{claims_file(topic)}\n" for topic in found)
    (folder / "to_judge").write_text(lines, encoding="utf-8")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clean", action="store_true", help="forget everything")
    parser.add_argument("--lenient", action="store_true", help="keep the pages of a failed build")
    parser.add_argument("--runs", action="store_true", help="look after runs and records alone")
    parser.add_argument("--hold", action="store_true", help="the caller goes on, and ends the mark")
    chosen = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    try:
        running.begin(root)
    except running.RefusedError as error:
        sys.exit(str(error))
    reader = reach.Reader(root)
    if not chosen.runs:
        print(freshen(root, clean=chosen.clean, lenient=chosen.lenient, reader=reader))
    if chosen.runs or (root / UNFINISHED).exists():
        judged = note_runs(root, reader)
        print(f"claims to judge: {', '.join(judged) or 'none'}")
    if not chosen.hold:
        running.end(root)
