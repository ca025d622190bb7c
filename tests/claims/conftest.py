"""Seeds for every claim of the book, what each claim shows, and the control that keeps it honest.

``pytest tests/claims --seeds 100,101,102`` repeats all claims on other seeds.
``pytest tests/claims --no-training`` switches training off: every statement of a claim marked
``learned`` must then fail by itself, unless it says why it may hold; other claims must still hold.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import reach
import torch
from book import topic_of
from claims import claims_of
from statements import Show

import rnnbook.training

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_SEEDS = (0, 1, 2)
STEPS_WITHOUT_TRAINING = 2


def seed_list(text: str) -> tuple[int, ...]:
    """Read ``"100,101,102"`` as seeds."""
    try:
        seeds = tuple(int(word) for word in text.split(","))
    except ValueError:
        seeds = ()
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(
            f"expected different whole numbers from 0, joined by commas, got {text!r}"
        )
    return seeds


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("claims", "the claims of the book")
    group.addoption(
        "--seeds",
        type=seed_list,
        metavar="A,B,…",
        help="seeds every experiment runs with (default: those of its chapter)",
    )
    group.addoption(
        "--no-training",
        action="store_true",
        help="negative control: optimisers do nothing, and learned claims must fail",
    )
    group.addoption("--runs", metavar="FOLDER", help="the store of runs that a build shares")
    group.addoption("--record", metavar="FOLDER", help="where to note what was shown, for the book")


def pytest_report_header(config: pytest.Config) -> str:
    chosen = config.getoption("--seeds")
    seeds = f"seeds {', '.join(map(str, chosen))}" if chosen else "the seeds of their chapters"
    control = "; training is off: learned claims must fail" if without_training(config) else ""
    return f"claims on {seeds}{control}"


def without_training(config: pytest.Config) -> bool:
    return bool(config.getoption("--no-training"))


def experiment_of(path: Path) -> ModuleType | None:
    """Return the experiment that a file of claims is about."""
    name = f"rnnbook.experiments.{reach.experiment_of(path)}"
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)


def seeds_of(path: Path) -> tuple[int, ...]:
    """Return the seeds of the chapter that a file of claims belongs to."""
    return tuple(getattr(experiment_of(path), "SEEDS", DEFAULT_SEEDS))


@pytest.fixture(scope="module")
def seeds(request: pytest.FixtureRequest) -> tuple[int, ...]:
    """The seeds the experiment runs with."""
    return request.config.getoption("--seeds") or seeds_of(request.path)


@pytest.fixture(scope="module")
def result(request: pytest.FixtureRequest, seeds: tuple[int, ...]) -> Any:
    """What the experiment of the topic measured on ``seeds``."""
    return experiment_of(request.path).run(seeds)


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> Any:
    """What it measured on the seeds of the chapter, whatever ``--seeds`` says."""
    own = seeds_of(request.path)
    if request.getfixturevalue("seeds") == own:
        return request.getfixturevalue("result")
    return experiment_of(request.path).run(own)


@pytest.fixture
def show(request: pytest.FixtureRequest, seeds: tuple[int, ...]) -> Show:
    """Called once a statement: ``show(label, values, below=…)``."""
    here = request.node.get_closest_marker("here") is not None
    return Show(seeds_of(request.path) if here else seeds)


@pytest.fixture
def setting(show: Show) -> Any:
    """Called as ``setting(experiment.STEPS, 350)``: the sentence names a setting."""
    return show.setting


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Compute on one thread: the number of threads changes the last digits."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reader() -> reach.Reader:
    """What follows the names in the package's files."""
    return reach.Reader(ROOT)


@pytest.fixture(scope="module", autouse=True)
def store(request: pytest.FixtureRequest, reader: reach.Reader) -> Iterator[None]:
    """Share runs with the build where it names a store; with training off, if nothing is trained."""
    folder = request.config.getoption("--runs")
    if folder and without_training(request.config):
        folder = None if reach.can_train(reader, request.path) else folder
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RNNBOOK_RUNS", raising=False)
        if folder:
            patch.setenv("RNNBOOK_RUNS", os.path.abspath(folder))
        yield


@pytest.fixture(scope="session", autouse=True)
def training_as_asked(request: pytest.FixtureRequest) -> Iterator[None]:
    """With ``--no-training``, let no optimiser move a weight and every loop end after two steps."""
    if not without_training(request.config):
        yield
        return
    counted = rnnbook.training.progress

    def short(steps: Iterable[int]) -> Iterator[int]:
        return counted(islice(steps, STEPS_WITHOUT_TRAINING))

    with pytest.MonkeyPatch.context() as patch:
        for optimiser in optimisers(torch.optim.Optimizer):
            patch.setattr(optimiser, "step", stand_still)
        patch.setattr(rnnbook.training, "progress", short)
        yield


def optimisers(base: type[torch.optim.Optimizer]) -> Iterator[type[torch.optim.Optimizer]]:
    """Yield ``base`` and every class derived from it."""
    yield base
    for child in base.__subclasses__():
        yield from optimisers(child)


def stand_still(self: torch.optim.Optimizer, *args: object, **kwargs: object) -> None:
    """Take the place of an optimiser's ``step``: change nothing, and let nothing of it be kept."""
    assert "RNNBOOK_RUNS" not in os.environ, "reach.can_train missed an optimiser"


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Judge what the claim has shown, once it has shown all."""
    shown = pyfuncitem.funcargs.get("show", Show(()))
    learned = pyfuncitem.get_closest_marker("learned") is not None
    yield
    if without_training(pyfuncitem.config):
        broken = shown.broken_untrained(learned=learned)
    else:
        if shown.broken_by_the_clock() and not hasattr(pyfuncitem.module, "result"):
            measure_again(pyfuncitem)
        broken = shown.broken()
    if broken:
        pytest.fail("\n".join([f"{pyfuncitem.name}:", *broken]), pytrace=False)
    asked = hasattr(pyfuncitem.module, "predicted") and not without_training(pyfuncitem.config)
    if asked and not fails_on_what_is_predicted(pyfuncitem):
        pytest.fail("the claim holds, too, if the wrong answer is right", pytrace=False)
    return True


def measure_again(item: pytest.Function) -> None:
    """Let a claim about time show what it shows on a second run, which takes the first one's place.

    Other work may have slowed down one call and not another. There is no third run.
    """
    experiment, seeds = experiment_of(item.path), item.funcargs["show"].seeds
    store = Path(os.environ.get("RNNBOOK_RUNS", os.devnull))
    for seed in seeds:
        for path in store.glob(f"{reach.experiment_of(item.path)}.*/{seed}-*.pickle"):
            path.unlink(missing_ok=True)
    fresh = experiment.run(seeds)
    item.funcargs |= dict.fromkeys({"result", "page"} & item.funcargs.keys(), fresh)
    item.funcargs["show"].statements[:] = shown_again(item).statements


def shown_again(item: pytest.Function, **other: Any) -> Show:
    """Call a claim once more, with some of its fixtures changed, and return what it shows."""
    show = Show(item.funcargs["show"].seeds)
    given = item.funcargs | {"show": show, "setting": show.setting} | other
    item.obj(**{name: given[name] for name in item._fixtureinfo.argnames})
    return show


def fails_on_what_is_predicted(item: pytest.Function) -> bool:
    """Say whether the claim of a question fails on what its wrong answer predicts."""
    show = shown_again(item, result=item.module.predicted(item.funcargs["result"]))
    return not show.wrong_settings and bool(show.broken())


# The record: what the proof pages print.


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function, call: pytest.CallInfo[None]) -> Any:
    """Note what a claim showed."""
    report = yield
    noted = item.config.stash.setdefault(NOTED, {}).setdefault(item.path, {})
    if report.when == "call" or report.outcome != "passed":
        shown = item.funcargs.get("show", Show(())) if hasattr(item, "funcargs") else Show(())
        noted[item.name] = {
            "outcome": report.outcome,
            "message": report.longreprtext.splitlines()[-20:] if report.failed else [],
            "statements": [s.to_json() for s in shown.statements],
        }
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Function, nextitem: pytest.Function | None) -> Any:
    """After the last claim of a file, write its record, if the whole file ran on its own seeds."""
    done = yield
    folder = item.config.getoption("--record")
    own = not item.config.getoption("--seeds") and not without_training(item.config)
    if folder and own and (nextitem is None or nextitem.path != item.path):
        noted = item.config.stash.get(NOTED, {}).get(item.path, {})
        whole = {claim.test for claim in claims_of(item.path)} == set(noted)
        if whole and all(one["outcome"] != "skipped" for one in noted.values()):
            conditions = " ".join(getattr(item.module, "CONDITIONS", "").split())
            write_record(Path(folder), item.path, conditions, noted)
    return done


def write_record(folder: Path, path: Path, conditions: str, noted: dict[str, Any]) -> None:
    """Write the record of one topic, under another name first: a record that is there is whole."""
    topic = topic_of(path)
    digests = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    content = {
        "digest": digests[topic],
        "seeds": list(seeds_of(path)),
        "conditions": conditions,
        "claims": noted,
    }
    (folder / topic).parent.mkdir(exist_ok=True)
    unfinished = folder / f"{topic}.{os.getpid()}"
    unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
    unfinished.replace(folder / f"{topic}.json")


NOTED = pytest.StashKey[dict[Path, dict[str, Any]]]()
