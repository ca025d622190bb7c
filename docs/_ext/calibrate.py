"""Judge the claims on seeds that nobody chose anything with: 60 of them, in many groups.

Each seed runs once. Every claim is then judged on groups as large as the chapter's own: first on
twenty that share as few seeds as can be, then on a thousand drawn at random. What held, and with
how much room, is written beside the claims, with digests of what it depends on.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import reach
import torch
from book import claims_file, claims_files, topic_of
from claims import Claim, claims_of, loaded
from statements import Show, Statement, smallest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "tests/claims/calibration"
SEEDS = tuple(range(700_000, 700_060))
GROUPS, DRAWN = 20, 1000
#: What is asked: all groups hold, at most so many of the drawn ones fail, and so much room.
MOST_FAILURES, LEAST_MARGIN = 1, 0.1
#: How far a kept value may move when code changed that is neither statement nor experiment.
TOLERANCE = 1e-3


def groups(size: int) -> list[tuple[int, ...]]:
    """Return twenty groups of seeds; none share a seed as long as there are enough."""
    found: list[tuple[int, ...]] = []
    stride = 1
    while len(found) < GROUPS:
        order = sorted(range(len(SEEDS)), key=lambda k: (k % stride, k))
        whole = len(SEEDS) // size
        found += [tuple(SEEDS[k] for k in order[g * size : (g + 1) * size]) for g in range(whole)]
        stride += 6
    return found[:GROUPS]


def drawn(size: int) -> list[tuple[int, ...]]:
    """Return a thousand groups of seeds, drawn at random, always the same."""
    chance = random.Random(0)
    return [tuple(sorted(chance.sample(SEEDS, size))) for _ in range(DRAWN)]


class Shown(NamedTuple):
    """What a claim showed on some seeds, and in words what did not hold, or what it raised."""

    statements: list[Statement]
    broken: list[str]


class Judge:
    """Calls the claims of one topic on any seeds, as pytest would.

    Attributes
    ----------
    claims : list of Claim
        The claims that are to hold on seeds that nobody chose: all but those marked ``here``.
    seeds : tuple of int
        The seeds of the chapter.
    """

    def __init__(self, topic: str):
        self.path, experiment = paths(topic)
        self.claims: list[Claim] = [c for c in claims_of(self.path) if not c.here]
        self.experiment = importlib.import_module(f"{reach.PACKAGE}.experiments.{experiment.stem}")
        self.seeds: tuple[int, ...] = tuple(self.experiment.SEEDS)
        self.module = loaded(self.path)

    def __call__(self, seeds: tuple[int, ...]) -> dict[str, Shown]:
        """Return what each claim shows on ``seeds``."""
        known: dict[str, Any] = {"seeds": seeds}
        if not hasattr(self.module, "result"):  # a file may measure what it needs itself
            known["result"] = self.experiment.run(seeds)
        found = {}
        for claim in self.claims:
            show = Show(seeds)
            try:
                call(getattr(self.module, claim.test), self.module, known, show)
                found[claim.test] = Shown(show.statements, show.broken())
            except KeyboardInterrupt:
                raise
            except BaseException as problem:  # pytest's own failures are no Exception
                found[claim.test] = Shown([], [repr(problem)])
        return found


def call(
    function: Callable[..., Any], module: ModuleType, known: dict[str, Any], show: Show
) -> Any:
    """Call a test or a fixture with what its parameters name; fixtures are kept in ``known``."""
    own = {"show": show, "setting": show.setting}
    given = {}
    for name in inspect.signature(function).parameters:
        if name in own:
            given[name] = own[name]
            continue
        if name not in known:
            fixture = inspect.unwrap(getattr(module, name))
            known[name] = call(fixture, module, known, show)
        given[name] = known[name]
    return function(**given)


def calibrate(topic: str) -> dict[str, Any]:
    """Run 60 seeds and return what is to be kept of one topic."""
    judge = Judge(topic)
    size = len(judge.seeds)
    twenty = [(seeds, judge(seeds)) for seeds in groups(size)]
    thousand = [judge(seeds) for seeds in drawn(size)]
    whole = judge(SEEDS)
    claims = {
        test: verdict(
            [(seeds, shown[test]) for seeds, shown in twenty],
            [shown[test] for shown in thousand],
            whole[test],
        )
        for test in whole
    }
    return {"size": size, **digests(topic), "claims": claims}


def verdict(
    twenty: list[tuple[tuple[int, ...], Shown]], thousand: list[Shown], whole: Shown
) -> dict[str, Any]:
    """Return what is to be kept of one claim, from what it showed on all groups and all seeds."""
    why = [f"{seeds}: {'; '.join(shown.broken)}" for seeds, shown in twenty if shown.broken]
    held = len(twenty) - len(why)
    why += [
        f"not on all {len(SEEDS)} seeds: {one}"
        for one in whole.statements
        if one.over == "every" and not one.holds
    ]
    failed = sum(bool(shown.broken) for shown in thousand)
    if failed > MOST_FAILURES:
        why.append(f"{failed} of {DRAWN} drawn groups fail")
    margins: dict[str, list[float | None]] = {}
    for _, shown in twenty:
        for one in shown.statements:
            margins.setdefault(one.label, []).append(one.margin)
    least = smallest([margin for found in margins.values() for margin in found])
    if least is not None and least < LEAST_MARGIN:
        why.append(f"the smallest margin is {least:.3f}")
    first = [one for one in twenty[0][1].statements if not one.clocked]
    return {
        "held": held,
        "failed": failed,
        "margins": {label: rounded(smallest(found)) for label, found in margins.items()},
        "first": {one.label: [rounded(value) for value in one.values] for one in first},
        "accepted": not why,
        "why": why[:3],
    }


def rounded(value: float | None) -> float | None:
    """Return a number with six significant digits."""
    return None if value is None else float(f"{value:.6g}")


def digests(topic: str) -> dict[str, Any]:
    """Return what a calibration depends on.

    ``statements`` changes with the claims or their experiment, apart from docstrings, conditions
    and reasons; ``reach`` with any code that the experiment reaches, from wherever it is imported.
    """
    claims, experiment = paths(topic)
    reader = reach.Reader(ROOT)
    return {
        "statements": reach.digest_of(own_text(claims) + own_text(experiment)),
        "reach": reader.digest([(experiment, "*")]),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }


def paths(topic: str) -> tuple[Path, Path]:
    """Return the files of the claims and of the experiment of a topic."""
    claims = ROOT / claims_file(topic)
    return claims, ROOT / reach.EXPERIMENTS / f"{reach.experiment_of(claims)}.py"


def own_text(path: Path) -> str:
    """Return what a file says itself: without docstrings, imports, conditions and reasons.

    A test marked ``here`` is left out: it describes the runs of its page and is not calibrated.
    """
    here = {claim.test for claim in claims_of(path) if claim.here}
    tree = reach.stripped(ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [k for k in node.keywords if k.arg != "untrained_too"]
    return "".join(
        ast.dump(statement)
        for statement in tree.body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        and "CONDITIONS" not in reach.names_of(statement)
        and here.isdisjoint(reach.names_of(statement))
    )


def moved(topic: str, kept: dict[str, Any]) -> list[str]:
    """Run the first group once more and return, in words, which kept values have moved."""
    judge = Judge(topic)
    found = []
    for test, shown in judge(groups(len(judge.seeds))[0]).items():
        now = {one.label: one.values for one in shown.statements}
        for label, before in kept["claims"][test]["first"].items():
            if not np.allclose(now.get(label, np.nan), before, rtol=TOLERANCE, atol=1e-12):
                found.append(f"{test}, {label}: {before} was measured, now {now.get(label)}")
    return found


def outdated(topic: str) -> list[str]:
    """Return, in words, why the calibration of a topic does not count any more."""
    path = ROOT / FOLDER / f"{topic}.json"
    if not path.is_file():
        return [f"{topic} was never calibrated: nox -s calibrate -- {topic}"]
    kept = json.loads(path.read_text(encoding="utf-8"))
    now = digests(topic)
    if kept["statements"] != now["statements"]:
        return [f"{topic}: claims or experiment changed since: nox -s calibrate -- {topic}"]
    refused = [
        f"{topic}, {test}: {'; '.join(one['why'])}"
        for test, one in kept["claims"].items()
        if not one["accepted"]
    ]
    if (kept["reach"], kept["versions"]) != (now["reach"], now["versions"]):
        torch.set_num_threads(1)  # as when it was calibrated: more threads change the last digits
        refused += moved(topic, kept)
    return refused


def topics() -> list[str]:
    """Return the topics that have claims, in the order of their files."""
    return [topic_of(path) for path in claims_files(ROOT)]


def keep(topic: str) -> tuple[str, float, dict[str, Any]]:
    """Calibrate a topic, write what is to be kept, and return it with the seconds it took."""
    torch.set_num_threads(1)
    start = time.monotonic()
    content = calibrate(topic)
    reach.write(ROOT / FOLDER / f"{topic}.json", content)
    return topic, time.monotonic() - start, content


def compare(topic: str) -> list[str]:
    """Say why a calibration does not count, or note that it counts for the present code.

    Where only code below the experiment changed, the kept values of the first group are measured
    again; if none has moved, the digest of the code they were found with is brought up to date.
    """
    refused = outdated(topic)
    if not refused:
        path = ROOT / FOLDER / f"{topic}.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        reach.write(path, {**kept, **digests(topic)})
    return refused


def report(topic: str, seconds: float, content: dict[str, Any]) -> Iterator[str]:
    """Yield what came out, a line for each claim."""
    yield f"{topic} ({seconds:.0f} s)"
    for test, one in content["claims"].items():
        least = smallest(list(one["margins"].values()))
        room = "exact" if least is None else f"margin {least:.2f}"
        word = "accepted" if one["accepted"] else "REFUSED"
        yield f"  {word}  {one['held']}/{GROUPS}  {one['failed']}/{DRAWN} fail  {room}  {test}"
        yield from (f"      {line}" for line in one["why"])


def main(arguments: Sequence[str]) -> int:
    """Calibrate topics, all of them if none is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("topics", nargs="*", metavar="TOPIC")
    parser.add_argument("--jobs", type=int, default=2, help="how many topics run at a time")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="after a change below the experiments: do the kept values come out as before?",
    )
    chosen = parser.parse_args(arguments)
    known = topics()
    wrong = sorted(set(chosen.topics) - set(known))
    if wrong:
        parser.error(f"no claims on {', '.join(wrong)}; there are: {', '.join(known)}")
    asked = chosen.topics or known
    refused = 0
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(chosen.jobs, len(asked)), mp_context=fresh) as pool:
        if chosen.compare:
            for topic, found in zip(asked, pool.map(compare, asked), strict=True):
                print("\n".join(found) or f"{topic}: as before", flush=True)
                refused += len(found)
            return 1 if refused else 0
        for done in as_completed([pool.submit(keep, topic) for topic in asked]):
            print("\n".join(report(*done.result())), flush=True)
            claims = done.result()[2]["claims"]
            refused += sum(not one["accepted"] for one in claims.values())
    return 1 if refused else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
