"""Work on the exercises in a terminal: ``python -m rnnbook.exercises NAME FILE`` grades a file."""

from __future__ import annotations

import argparse
import difflib
import inspect
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from rnnbook import exercises
from rnnbook.exercises import _progress

COMMAND = "python -m rnnbook.exercises"
WIDTH = 88
PAUSE = 0.3  # seconds between two looks at a file that is watched


class Refused(Exception):  # noqa: N818  # it is no error of ours
    """What was asked for cannot be done; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """List the exercises, print a stub, a hint or the solution, or grade a file.

    Only here is it kept what a reader has passed; ``check`` in a notebook keeps nothing.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the command; those of the terminal if left out.

    Returns
    -------
    int
        0 if what was asked for was done, and a graded file is right; 1 otherwise.
    """
    asked = _parser().parse_args(arguments)
    try:
        return _answer(asked)
    except KeyboardInterrupt:  # no trace of ours over the reader's own
        return 1
    except Refused as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Without a name: the list of exercises. With a name: a stub to start from. "
        "With a name and a file: the file is graded, and the list shows it once it has passed.",
    )
    parser.add_argument("name", nargs="?", help="an exercise, such as gru_step")
    parser.add_argument("file", nargs="?", type=Path, help="a Python file with your code")
    parser.add_argument("--hint", type=int, metavar="N", help="print hint N, from 1 up")
    parser.add_argument("--solution", action="store_true", help="print a solution that passes")
    parser.add_argument(
        "--seconds", type=float, metavar="S", default=60, help="give up after so long (default: 60)"
    )
    parser.add_argument(
        "--watch", action="store_true", help="grade the file whenever it is saved, until it passes"
    )
    parser.add_argument(
        "--forget", action="store_true", help="forget that NAME was passed, or all without a name"
    )
    return parser


def _answer(asked: argparse.Namespace) -> int:
    if asked.watch and asked.file is None:
        raise Refused(f"--watch needs a file: {COMMAND} NAME mine.py --watch.")
    if asked.name is None:
        print(_forgotten() if asked.forget else _listing())
        return 0
    exercise = _exercise(asked.name)
    if asked.forget:
        print(_forgotten(asked.name))
        return 0
    if asked.hint is not None:
        print(_hint(exercise, asked.name, asked.hint))
        return 0
    if asked.solution:
        print(_source(exercise, exercise.solution))
        return 0
    if asked.file is None:
        print(_source(exercise, exercise.LADDER.stub))
        return 0
    if not asked.seconds > 0:
        raise Refused(f"--seconds must be above 0, got {asked.seconds:g}.")
    if asked.watch:
        return _watched(asked.name, asked.file, asked.seconds)
    with _patience(asked.file, asked.seconds):
        grade = exercise.check(_written(asked.file, exercise.LADDER.stub))
    print(grade)
    if grade:
        _remember(asked.name)
    else:
        print(f"\nA hint: {COMMAND} {asked.name} --hint 1")
    return int(not grade)


def _watched(name: str, path: Path, seconds: float) -> int:
    """Grade a file now and whenever it has changed, until it passes or the reader has enough.

    Each time a program of its own does it, so that what the file imports is read again too, and a
    loop that never ends does not end the watching.
    """
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    command = [sys.executable, "-m", "rnnbook.exercises", name, str(path), "--seconds"]
    try:
        while True:
            seen = _stamp(path)
            if subprocess.run([*command, str(seconds)], check=False).returncode == 0:
                return 0
            print(f"\nSave {path} to have it checked again; Ctrl-C ends this.", flush=True)
            while _stamp(path) in {seen, None}:  # an editor may remove a file to write it
                time.sleep(PAUSE)
            print(f"\n{time.strftime('-- %H:%M:%S '):-<{WIDTH}}\n", flush=True)
    except KeyboardInterrupt:
        print()
        return 1


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is saved, or None while there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _remember(name: str) -> None:
    """Keep that an exercise was passed, or say that this was not possible."""
    before = _progress.passed()
    trouble = "" if name in before else _progress.keep(before | {name})
    if trouble:
        print(f"\nYour progress is not kept: {trouble}.", file=sys.stderr)


def _forgotten(name: str = "") -> str:
    """Forget one exercise, or all, and say so."""
    before = _progress.passed()
    trouble = _progress.keep(before - {name} if name else ())
    if trouble:
        raise Refused(f"Your progress cannot be changed: {trouble}.")
    return f"Forgotten: {name}." if name else "Forgotten: all that was passed."


def _listing() -> str:
    """Return a line for each exercise, marked if it was passed, and how to go on."""
    names = {exercise.LADDER.name: exercise for exercise in exercises.EXERCISES}
    done = _progress.passed() & {*names}
    wide = max(map(len, names))
    lines = []
    for name, exercise in names.items():
        first = str(exercise.__doc__).splitlines()[0]
        first = first.replace("``", "").removeprefix("Write ").rstrip(".")
        mark = f"{'ok' if name in done else '':2s}" if done else ""
        lines.append(f"{name:{wide}s} {mark} {first}")
    count = [f"{len(done)} of {len(names)} passed; {COMMAND} --forget starts again", ""]
    return "\n".join(
        [
            *lines,
            "",
            *(count if done else []),
            f"{COMMAND} NAME > mine.py           a stub to complete",
            f"{COMMAND} NAME mine.py             what the checker says",
            f"{COMMAND} NAME mine.py --watch     the same, whenever you save the file",
            f"{COMMAND} NAME --hint 1            the first hint; there are two or three",
            f"{COMMAND} NAME --solution          a solution",
        ]
    )


def _exercise(name: str) -> Any:
    """Return the module of an exercise."""
    names = [name for name in exercises.__all__ if name not in {"EXERCISES", "Grade"}]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise Refused(f"There is no exercise {name}.{meant} {COMMAND} lists them all.")
    return getattr(exercises, name)


def _hint(exercise: Any, name: str, number: int) -> str:
    """Return a hint, and how to ask for the next."""
    count = len(exercise.HINTS)
    if not 1 <= number <= count:
        raise Refused(
            f"{name} has {count} hints, expected a number from 1 to {count}, got {number}."
        )
    text = textwrap.fill(exercise.HINTS[number - 1], WIDTH)
    after = f"--hint {number + 1}" if number < count else "--solution"
    return f"{text}\n\nNext: {COMMAND} {name} {after}"


def _source(exercise: Any, function: Any) -> str:
    """Return a function as a file that runs by itself."""
    text = inspect.getsource(function).rstrip()
    for word in ("def solution(", "class Solution("):
        text = text.replace(word, f"{word.split()[0]} {exercise.LADDER.stub.__name__}(", 1)
    text = re.sub(":(?:func|class):`(\\w+)`", "\\1", text)
    module = inspect.getsource(exercise)
    wanted, helpers = _helpers(exercise, text)
    imports = [line for line in module.splitlines() if _needed(line, wanted)]
    return "\n\n\n".join(["\n".join(imports), *helpers, text])


def _helpers(exercise: Any, text: str) -> tuple[str, list[str]]:
    """Return all the code that a function needs from its module, and its helpers' code alone."""
    found: list[str] = []
    for name, value in vars(exercise).items():
        ours = inspect.isfunction(value) and value.__module__ == exercise.__name__
        if ours and name.startswith("_") and f"{name}(" in text:
            found.append(inspect.getsource(value).rstrip())
    return "\n".join([*found, text]), found


def _needed(line: str, text: str) -> bool:
    """Say whether a line imports a name, of another package than ours, that the text uses."""
    if not line.startswith(("import ", "from ")) or "rnnbook" in line or "__future__" in line:
        return False
    name = line.split()[-1]
    return f"{name}." in text or f"{name}[" in text or f"{name}(" in text


@contextmanager
def _patience(path: Path, seconds: float) -> Iterator[None]:
    """End the program, and say where it was, if what is done here takes longer."""
    waiting = threading.get_ident()

    def give_up() -> None:
        frames = traceback.extract_stack(sys._current_frames()[waiting])
        own = [frame for frame in frames if frame.filename == str(path)]
        at = f", line {own[-1].lineno}" if own else ""
        print(
            f"{path}{at}: still running after {seconds:g} seconds. Does a loop never end? "
            "If it is only slow, give it more: --seconds.",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)  # the loop would hold up any other way out

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _written(path: Path, stub: Any) -> Any:
    """Run a file and return its function or class of the name of the stub."""
    name, kind = stub.__name__, "class" if isinstance(stub, type) else "function"
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    module = sys.modules["_graded"] = ModuleType("_graded")  # dataclasses look it up
    module.__file__ = str(path)
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    except SyntaxError as error:
        line = f"\n  {error.text.strip()}" if error.text else ""
        at = f", line {error.lineno}" if error.lineno else ""
        raise Refused(f"{error.filename or path}{at}: {error.msg}.{line}") from None
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == str(path)]
        at = f", line {own[-1].lineno}" if own else ""
        raise Refused(f"{path}{at}: {type(error).__name__}: {error}") from None
    if name not in vars(module):
        written = [
            word
            for word, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__
        ]
        near = difflib.get_close_matches(name, written, n=1)
        meant = f" It defines {near[0]}: rename it." if near else ""
        raise Refused(f"{path} defines no {kind} {name}.{meant}")
    return getattr(module, name)


if __name__ == "__main__":
    sys.exit(main())
