"""A build that is killed, at whatever moment, leaves nothing that the next one trusts wrongly."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import countdown
import pytest

MOMENTS = 10
SESSION = """\
import os, pathlib, subprocess, sys
os.environ["BOOK_BUILD_HOLDER"] = str(os.getpid())
clean, build = sys.argv[1], sys.argv[2:]
mark, unfinished = (pathlib.Path("docs/_build", name) for name in ("running", "unfinished"))
fresh = [sys.executable, "docs/_ext/fresh.py", "--hold", *filter(None, [clean])]
subprocess.run(fresh, check=True)
if unfinished.exists():
    subprocess.run(build, check=True)
    unfinished.unlink()
mark.unlink()
"""
CHAPTER = "gallery/1_foundations/plot_09_countdown.py"
WORDS = ("The line falls by one with each step.", "The line falls by one each time.")


def start(root: Path, *, clean: bool = False) -> subprocess.Popen[str]:
    """Start to build the small book as ``nox -s docs`` does, in a group of processes of its own."""
    session = [sys.executable, "-c", SESSION, "--clean" if clean else "", *countdown.command()]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        session, cwd=root, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def build(root: Path, *, clean: bool = False) -> dict[str, bytes]:
    """Build to the end, and return the site."""
    running = start(root, clean=clean)
    said = running.communicate()
    assert running.returncode == 0, said
    return countdown.files(root / "docs/_build/html")


def write(root: Path, words: str) -> None:
    """Let the chapter say other words."""
    path = root / CHAPTER
    text = path.read_text(encoding="utf-8")
    for old in WORDS:
        text = text.replace(old, words)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, dict[str, bytes]], float]:
    """A small book, its site for either words, and how long it takes to build from clean."""
    root = countdown.small_book(tmp_path_factory.mktemp("small"))
    sites = {}
    for words in WORDS:
        write(root, words)
        begun = time.monotonic()
        sites[words] = build(root, clean=True)
        took = time.monotonic() - begun
    assert sites[WORDS[0]] != sites[WORDS[1]]
    return root, sites, took


@pytest.mark.parametrize("number", range(MOMENTS))
def test_next_build_is_as_good_as_a_clean_one(
    small: tuple[Path, dict[str, dict[str, bytes]], float], number: int
) -> None:
    root, sites, took = small
    words, clean = WORDS[number % 2], number % 4 > 1
    write(root, words)
    running = start(root, clean=clean)
    moment = random.uniform(0, took)
    time.sleep(moment)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    made, wanted = build(root), sites[words]
    differ = [name for name in made | wanted if made.get(name) != wanted.get(name)]
    assert differ == [], f"killed after {moment:.2f} of {took:.2f} s"
