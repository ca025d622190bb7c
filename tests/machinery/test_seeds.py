"""The loop over seeds, and the store that the chapters and claims of one build share."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from rnnbook.experiments import _seeds
from rnnbook.experiments._seeds import over_seeds

CALLS = []


class Inner(NamedTuple):
    """A part of a result."""

    steps: object


class Result(NamedTuple):
    """What one run leaves."""

    error: dict
    curve: object
    word: str
    inner: Inner
    not_run: tuple = ()


def one(seed):
    CALLS.append(seed)
    error = {("GRU", 30): seed / 2, "plain": np.nan}
    return Result(error, np.arange(3) + seed, f"w{seed}", Inner(seed), ("plain",))


@pytest.fixture(autouse=True)
def no_calls():
    CALLS.clear()


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store that knows this file's function under one digest."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv(_seeds.STORE, str(folder))
    know(folder, "abc")
    return folder


def know(folder, digest):
    name = f"{one.__module__}.{one.__qualname__}"
    (folder / "digests.json").write_text(json.dumps({"functions": {name: digest}}))


def test_fields_are_joined_by_name_the_seed_first():
    found = over_seeds(one, (4, 6))
    assert found.error["GRU", 30].tolist() == [2.0, 3.0]
    assert np.isnan(found.error["plain"]).all()
    assert found.curve.tolist() == [[4, 5, 6], [6, 7, 8]]
    assert found.word == ("w4", "w6")
    assert found.inner.steps.tolist() == [4, 6]
    assert found.not_run == ("plain",)


@pytest.mark.parametrize("seeds", [(), (1, 1)])
def test_strange_seeds_are_refused(seeds):
    with pytest.raises(ValueError, match="different seeds"):
        over_seeds(one, seeds)


def test_seeds_that_disagree_are_named():
    with pytest.raises(ValueError, match=r"keys of keys\.error|keys of"):
        over_seeds(lambda s: Result({s: 1.0}, 0, "", Inner(0)), (0, 1))
    with pytest.raises(ValueError, match="shapes of"):
        over_seeds(lambda s: Result({}, np.zeros(s + 1), "", Inner(0)), (0, 1))
    with pytest.raises(ValueError, match="not_run"):
        over_seeds(lambda s: Result({}, 0, "", Inner(0), (s,)), (0, 1))


def test_a_reader_never_meets_the_store(monkeypatch, tmp_path):
    monkeypatch.delenv(_seeds.STORE, raising=False)
    monkeypatch.chdir(tmp_path)
    over_seeds(one, (1,))
    over_seeds(one, (1,))
    assert CALLS == [1, 1]
    assert list(tmp_path.iterdir()) == []


def test_a_seed_runs_once_for_all_who_share_the_store(store):
    first, second = over_seeds(one, (1, 2)), over_seeds(one, (2, 3, 1))
    assert CALLS == [1, 2, 3]
    assert second.word == ("w2", "w3", "w1")
    assert first.curve[0].tolist() == second.curve[2].tolist()


def test_an_edit_makes_runs_stale(store):
    over_seeds(one, (1,))
    know(store, "other")
    os.utime(store / "digests.json", ns=(1, 1))
    over_seeds(one, (1,))
    assert CALLS == [1, 1]


def test_unknown_function_is_not_kept(store):
    (store / "digests.json").write_text(json.dumps({"functions": {}}))
    over_seeds(one, (1,))
    assert [path.name for path in store.iterdir()] == ["digests.json"]


@pytest.mark.parametrize("damage", [b"", b"half", b"\x80\x05."])
def test_damaged_runs_are_done_again(store, damage):
    over_seeds(one, (1,))
    (kept,) = store.glob("*/*.pickle")
    kept.write_bytes(damage)
    assert over_seeds(one, (1,)).word == ("w1",)
    assert over_seeds(one, (1,)).word == ("w1",)
    assert CALLS == [1, 1]


def test_stored_run_carries_its_seconds(store):
    before = _seeds.seconds_spared()
    over_seeds(one, (1,))
    assert _seeds.seconds_spared() == before
    over_seeds(one, (1,))
    assert _seeds.seconds_spared() >= before


def test_two_processes_share_one_run(tmp_path):
    """The second waits for the first, and a process that was killed keeps nobody waiting."""
    (tmp_path / "slow.py").write_text(
        textwrap.dedent(
            """
            import sys, time
            from pathlib import Path
            from typing import NamedTuple
            from rnnbook.experiments._seeds import over_seeds

            class Result(NamedTuple):
                value: float

            def one(seed):
                with open("calls", "a") as file:
                    file.write(f"{seed}\\n")
                time.sleep(60 if Path("hang").exists() else 1)
                return Result(1.0)

            if __name__ == "__main__":
                import slow
                over_seeds(slow.one, (5,))
            """
        )
    )
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "digests.json").write_text(json.dumps({"functions": {"slow.one": "d"}}))
    settings = os.environ | {_seeds.STORE: str(runs), "PYTHONPATH": str(Path.cwd())}

    def start():
        return subprocess.Popen([sys.executable, "slow.py"], cwd=tmp_path, env=settings)

    (tmp_path / "hang").touch()
    killed = start()
    while not ((tmp_path / "calls").exists() and (tmp_path / "calls").read_text()):
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    (tmp_path / "hang").unlink()
    both = [start(), start()]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert (tmp_path / "calls").read_text().split() == ["5", "5"]  # the killed one, and one more
    assert len(list(runs.glob("*/*.pickle"))) == 1
