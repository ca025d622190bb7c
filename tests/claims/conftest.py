"""Seeds for every claim of the book, and the negative control that keeps the claims honest.

``pytest tests/claims --seeds 100,101,102`` repeats all claims on other seeds.
``pytest tests/claims --no-training`` switches training off: a claim marked ``learned`` must then
fail, for one that still holds says nothing about learning; every other claim must still hold.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice

import pytest
import torch

import rnnbook.training

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
        default=DEFAULT_SEEDS,
        metavar="A,B,…",
        help="seeds every experiment runs with (default: 0,1,2)",
    )
    group.addoption(
        "--no-training",
        action="store_true",
        help="negative control: optimisers do nothing, and learned claims must fail",
    )


def pytest_report_header(config: pytest.Config) -> str:
    seeds = ", ".join(map(str, config.getoption("--seeds")))
    control = "; training is off: learned claims must fail" if without_training(config) else ""
    return f"claims on seeds {seeds}{control}"


def without_training(config: pytest.Config) -> bool:
    return bool(config.getoption("--no-training"))


@pytest.fixture(scope="session")
def seeds(request: pytest.FixtureRequest) -> tuple[int, ...]:
    """The seeds every experiment runs with."""
    return request.config.getoption("--seeds")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Compute on one thread: the number of threads changes the last digits."""
    torch.set_num_threads(1)


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
    """Take the place of an optimiser's ``step``: change nothing."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """With training off, a learned claim passes only by failing its assertion."""
    if not without_training(pyfuncitem.config) or not pyfuncitem.get_closest_marker("learned"):
        return (yield)
    try:
        yield
    except AssertionError:
        return True
    pytest.fail(
        f"{pyfuncitem.name} holds without training: it says nothing about learning. Measure what "
        "training changes, or remove the mark `learned` if the claim is not about training.",
        pytrace=False,
    )
