"""The sentences of the book and the tests under ``tests/claims/``, walked both ways."""

import ast
import importlib
import inspect
from pathlib import Path
from typing import get_type_hints

import claims
import pytest
from book import book

ROOT = Path(__file__).parents[2]
CLAIMS = claims.claims_in(ROOT)
SENTENCES = claims.sentences_in(book(ROOT))


def test_the_book_makes_claims():
    assert CLAIMS
    assert SENTENCES


def test_every_sentence_has_its_proof_and_every_proof_its_sentence():
    found = claims.problems(CLAIMS, SENTENCES, book(ROOT))
    assert not found, "\n".join(["", *found])


def loops():
    """The files that could train: all of the package but the training loop itself."""
    package = ROOT / "rnnbook"
    return [p for p in sorted(package.rglob("*.py")) if p != package / "training.py"]


@pytest.mark.parametrize("file", loops(), ids=lambda f: f.relative_to(ROOT).as_posix())
def test_training_happens_in_the_one_loop(file):
    """The negative control reaches every loop: only ``rnnbook.training`` steps an optimiser."""
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            steps = call.func.attr == "step" and "optim" in ast.unparse(call.func.value)
            assert not steps, f"line {call.lineno}: train with rnnbook.training.fit"


def experiments():
    """The topics that have an experiment."""
    folder = ROOT / "rnnbook" / "experiments"
    return [p.stem for p in sorted(folder.glob("*.py")) if not p.stem.startswith("_")]


@pytest.mark.parametrize("topic", experiments())
def test_experiment_takes_seeds_and_returns_named_arrays(topic):
    module = importlib.import_module(f"rnnbook.experiments.{topic}")
    assert callable(module.run)
    parameters = list(inspect.signature(module.run).parameters.values())
    assert parameters[0].name == "seeds"
    assert parameters[0].default == getattr(module, "SEEDS", (0, 1, 2))
    assert all(p.default is not p.empty for p in parameters), "every other knob has a default"
    returned = get_type_hints(module.run)["return"]
    assert issubclass(returned, tuple)
    assert returned._fields
