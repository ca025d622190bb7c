"""Do the tests notice a fault? Change the package in one place, run its tests, and count.

mutmut writes the changes: another operator, number or argument. A few hundred of all that it knows
are drawn by seed, each is tried on a copy of the package with the tests of its own module, and at
least 95 % have to fail. ``nox -s mutants`` runs this; how many and which modules can be said behind
it: ``nox -s mutants -- --count 40 text decoding``. Words of error messages are left as they are.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
#: Each module and its tests.
TESTS = {
    "rnnbook/cells.py": "tests/package/test_cells.py",
    "rnnbook/layers/_scanned.py": "tests/layers/test_state_space.py",
    "rnnbook/layers/fast.py": "tests/layers/test_fast.py",
    "rnnbook/layers/form.py": "tests/layers/test_form.py",
    "rnnbook/layers/linear.py": "tests/layers/test_linear.py",
    "rnnbook/layers/matrix.py": "tests/layers/test_matrix.py",
    "rnnbook/layers/plain.py": "tests/layers/test_plain.py",
    "rnnbook/layers/selective.py": "tests/layers/test_selective.py",
    "rnnbook/layers/skip.py": "tests/layers/test_skip.py",
    "rnnbook/layers/state_space.py": "tests/layers/test_state_space.py",
    "rnnbook/layers/xlstm.py": "tests/layers/test_xlstm.py",
    "rnnbook/sequences.py": "tests/package/test_sequences.py",
    "rnnbook/training.py": "tests/package/test_training.py",
    "rnnbook/decoding.py": "tests/package/test_decoding.py",
    "rnnbook/bptt.py": "tests/package/test_bptt.py",
    "rnnbook/jacobians.py": "tests/package/test_jacobians.py",
    "rnnbook/scan.py": "tests/package/test_scan.py",
    "rnnbook/attention.py": "tests/package/test_attention.py",
    "rnnbook/text.py": "tests/package/test_text.py",
}
SEED = 0
COUNT = 400
MINUTES = 60
#: The share that has to be killed, and how much of the rest may be excused as equal.
KILLED, EXCUSED = 0.95, 0.03
#: Changes that no test can notice, as they are printed, and why.
EQUIVALENT = {
    "rnnbook/scan.py: - a = a * _earlier(a, span, 1.0) + a = a * _earlier(a, span, 2.0)": (
        "before the first step there is no state, and whatever is kept of zero is zero"
    ),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    module: Any
    mutation: Any

    @cached_property
    def text(self) -> str:
        """The whole file with it."""
        changed = self.module.deep_replace(self.mutation.original_node, self.mutation.mutated_node)
        return cast("str", changed.code)

    @cached_property
    def name(self) -> str:
        """The file, and the lines that tell the change."""
        lines = difflib.unified_diff(
            self.module.code.splitlines(), self.text.splitlines(), n=0, lineterm=""
        )
        told = [f"{line[0]} {line[1:].strip()}" for line in list(lines)[3:] if line[0] in "+-"]
        return f"{self.path}: {' '.join(told)}"


def mutants(path: str) -> list[Mutant]:
    """Return every change that mutmut knows of a file, in its order, those of mere words aside."""
    from libcst import matchers as m
    from mutmut.mutation.file_mutation import create_mutations

    code = (ROOT / path).read_text(encoding="utf-8")
    module, mutations, _, _ = create_mutations(path, code)
    of_ours = m.Attribute(value=m.Name("_check") | m.Name("warnings"))
    check = m.Call(func=of_ours | m.Name(m.MatchIfTrue(lambda name: name.startswith("_check"))))
    complaints = (*m.findall(module, m.Raise()), *m.findall(module, check))
    words = {id(word) for said in complaints for word in m.findall(said, m.SimpleString())}

    def only_words(mutation: Any) -> bool:
        before, after = mutation.original_node, mutation.mutated_node
        if m.matches(before, m.SimpleString()):  # with a space in it, it is written for people
            return id(before) in words or " " in before.value
        # a check is told first who asks
        return m.matches(before, check) and m.matches(after.args[0], m.Arg(m.Name("None")))

    return [Mutant(path, module, one) for one in mutations if not only_words(one)]


class Bench:
    """A copy of the package, on which one change at a time is tried."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        shutil.copytree(ROOT / "rnnbook", self.folder / "rnnbook")
        self.settings = {
            **os.environ,
            "PYTHONPATH": folder,
            "PYTHONDONTWRITEBYTECODE": "1",  # two changes within a second would share a cache
            "OMP_NUM_THREADS": "1",
        }

    def passes(self, path: str, text: str, limit: float | None = None) -> bool:
        """Say whether the tests of a module pass with another text; too long is failed."""
        changed = self.folder / path
        kept = changed.read_text(encoding="utf-8")
        changed.write_text(text, encoding="utf-8")
        pytest = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
        quiet = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        try:
            done = subprocess.run(
                [*pytest, *quiet, ROOT / TESTS[path]],
                env=self.settings,
                cwd=self.folder,  # Python looks there first
                capture_output=True,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return False
        finally:
            changed.write_text(kept, encoding="utf-8")
        if done.returncode not in (0, 1, 2):  # passed, failed, or could not even be imported
            raise RuntimeError(done.stdout.decode(errors="replace"))
        return done.returncode == 0


def survivors(drawn: list[Mutant], jobs: int, minutes: float) -> Iterator[tuple[Mutant, bool]]:
    """Try each change and yield it with whether it survived, until the minutes are over."""
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        free: SimpleQueue[Bench] = SimpleQueue()
        for job in range(jobs):
            free.put(Bench(os.path.join(folder, str(job))))
        limits: dict[str, float] = {}
        for path in sorted({mutant.path for mutant in drawn}):
            bench, start = free.get(), time.monotonic()
            if not bench.passes(path, (ROOT / path).read_text(encoding="utf-8")):
                raise RuntimeError(f"{TESTS[path]} fails without any change")
            limits[path] = 30 + 5 * (time.monotonic() - start)
            if bench.passes(path, "raise ImportError"):
                raise RuntimeError(f"{TESTS[path]} passes without {path}: it reads another copy")
            free.put(bench)

        def survives(mutant: Mutant) -> bool | None:
            if time.monotonic() > end:
                return None
            bench = free.get()
            try:
                return bench.passes(mutant.path, mutant.text, limits[mutant.path])
            finally:
                free.put(bench)

        for mutant, result in zip(drawn, pool.map(survives, drawn), strict=True):
            if result is not None:
                yield mutant, result


def verdict(tried: int, alive: list[str]) -> tuple[bool, str]:
    """Say whether enough were killed, and list those that were not.

    A survivor that is listed as equal is excused, up to a share of all that were tried.
    """
    excused = [name for name in alive if name in EQUIVALENT][: int(EXCUSED * tried)]
    found = [name for name in alive if name not in excused]
    lines = [f"{name}\n    equal: {EQUIVALENT[name]}" for name in excused]
    lines += [f"{name}\n    survived" for name in found]
    killed = tried - len(alive)
    lines.append(f"{killed} of {tried} killed, {len(excused)} equal, {len(found)} survived")
    return killed >= KILLED * tried, "\n".join(lines)


def main() -> int:
    """Draw, try and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = sorted({Path(path).stem for path in TESTS})
    parser.add_argument("modules", nargs="*", metavar="module", help=f"one of {names}; all if none")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    asked = parser.parse_args()
    unknown = set(asked.modules) - set(names)
    if unknown:
        parser.error(f"expected some of {names}, got {sorted(unknown)}")
    paths = [path for path in TESTS if not asked.modules or Path(path).stem in asked.modules]
    every = [mutant for path in paths for mutant in mutants(path)]
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    print(f"{len(drawn)} of {len(every)} changes, seed {asked.seed}", flush=True)
    alive, tried = [], 0
    for mutant, survived in survivors(drawn, asked.jobs, asked.minutes):
        tried += 1
        alive += [mutant.name] * survived
        if survived:
            print(f"{tried}: {mutant.name}", flush=True)
    good, report = verdict(tried, alive)
    print(report)
    if tried < len(drawn):
        print(f"{len(drawn) - tried} were not tried within {asked.minutes:g} minutes")
    return int(not good or tried < len(drawn))


if __name__ == "__main__":
    raise SystemExit(main())
