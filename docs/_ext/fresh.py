"""Forget the results of earlier builds that the present sources no longer justify.

Sphinx-Gallery runs a script again only when the script's own text changed, and jupyter-cache runs
a page again only when the page changed; neither sees an edit of the package. Run first, this script
compares what the book is made of with what it was at the last build, and removes

* every generated file, if the package, the pins, the project file, the build's own code or any
  installed version changed;
* what was made from a chapter, a page or a claim that has gone since, if only that changed;
* the laid-out pages, but no result, if the last build did not come to its end: Sphinx warns of a
  page only when it reads it, so that the same build, tried again, would hide what was wrong.

Runs of experiments are kept apart, each under the digest of all code that it reaches, and so are
the records of what the claims showed: of these only what is no longer current goes. Which claims
have to be judged, before the pages are laid out, is written down for the session that builds.
"""

import argparse
import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import reach
import records
from book import claims_file

MADE_OF = ("rnnbook", "docs/_ext", "docs/conf.py", "pyproject.toml", "constraints.txt")
BUILD, CHAPTERS, PROOFS = "docs/_build", "docs/chapters", "docs/proofs"
GENERATED = (BUILD, CHAPTERS, PROOFS, "docs/api/generated", "docs/takeaways.rst")
RUNS, RECORDS = f"{BUILD}/runs", records.FOLDER
STAMP = "docs/_build/fresh.json"
UNFINISHED = "docs/_build/unfinished"  # there while a build runs; the build removes it at its end


class State(NamedTuple):
    """What the generated files depend on: a digest of all code, and the names of all sources.

    All code is the book's own and, by their versions, Python and every installed package.
    """

    code: str
    sources: tuple[str, ...]


def _files(root: Path, names: Iterable[str]) -> list[Path]:
    found = [path for name in names for path in (root / name, *(root / name).rglob("*"))]
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


def state(root: Path) -> State:
    """Read the present state of the book's sources under ``root``."""
    digest = hashlib.sha256(reach.installed().encode())
    for path in _files(root, MADE_OF):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    generated = tuple(root / name for name in GENERATED)
    sources = [
        path.relative_to(root).as_posix()
        for path in _files(root, ("docs", "gallery", "tests/claims"))
        if path.suffix in {".md", ".rst", ".py", ".ipynb"}
        and not any(path.is_relative_to(folder) for folder in generated)
    ]
    return State(digest.hexdigest(), tuple(sources))


def freshen(root: Path, *, clean: bool = False, lenient: bool = False) -> str:
    """Remove under ``root`` what is out of date, note the present state, say what was done.

    A ``lenient`` build does not stop at warnings, so it may go on from one that did not end.
    """
    now = state(root)
    stamp = root / STAMP
    before = State("", ())
    if stamp.exists():
        saved = json.loads(stamp.read_text(encoding="utf-8"))
        before = State(saved["code"], tuple(saved["sources"]))

    gone = sorted(set(before.sources) - set(now.sources))
    if clean or before.code != now.code:
        for name in GENERATED:
            _remove(root / name, but=() if clean else (root / RUNS, root / RECORDS))
        done = "from clean" if clean else "code or versions changed: every result is computed anew"
    elif gone:
        _forget(root, gone)
        done = f"no longer there, forgotten: {', '.join(gone)}"
    elif (root / UNFINISHED).exists() and not lenient:
        _forget(root, [])
        done = "the last build failed: every page is read again"
    else:
        done = "code and versions are those of the last build"

    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(now._asdict(), indent=1), encoding="utf-8")
    (root / UNFINISHED).touch()
    return done


def _forget(root: Path, gone: list[str]) -> None:
    """Remove all pages and what came from the sources ``gone``; results of others are kept."""
    for name in (f"{BUILD}/html", f"{BUILD}/doctrees", PROOFS):
        _remove(root / name)
    for name in gone:
        script = Path(name)
        if script.parts[0] != "gallery" or script.suffix != ".py":
            continue
        folder = root / CHAPTERS / script.relative_to("gallery").parent
        stem = script.stem
        for pattern in (f"{stem}.*", f"{stem}_codeobj.*", f"*sphx_glr_{stem}_*"):
            for path in folder.rglob(pattern):
                path.unlink()
        part = root / script.parent
        if not any(part.glob("*.py")):
            _remove(folder)


def _remove(path: Path, but: tuple[Path, ...] = ()) -> None:
    if any(path in kept.parents for kept in but):
        for child in path.iterdir() if path.is_dir() else ():
            if child not in but:
                _remove(child)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def note_runs(root: Path) -> list[str]:
    """Note which runs and records are current, drop the others, return the topics to judge."""
    reader = reach.refresh(root, root / RUNS)
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
    chosen = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    if not chosen.runs:
        print(freshen(root, clean=chosen.clean, lenient=chosen.lenient))
    judged = note_runs(root)
    print(f"claims to judge: {', '.join(judged) or 'none'}")
