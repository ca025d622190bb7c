"""The runner in a terminal: it lists, gives stubs and hints, grades, and says what is wrong."""

from __future__ import annotations

import doctest
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnbook import exercises
from rnnbook.exercises import __main__ as runner
from rnnbook.exercises import _progress
from rnnbook.exercises.__main__ import main

NAMES = [exercise.LADDER.name for exercise in exercises.EXERCISES]
EACH = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def notes(monkeypatch, tmp_path_factory):
    """Let no test read or write what a user has passed: each has a folder of its own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "rnnbook" / "passed.json"


def said(capsys, *arguments):
    """Return the exit code and what was printed."""
    code = main([str(word) for word in arguments])
    out, err = capsys.readouterr()
    assert (out + err).isascii()
    return code, out + err


def test_all_exercises_are_listed_a_line_each(capsys):
    code, text = said(capsys)
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()[: len(NAMES)]] == NAMES
    assert max(map(len, text.splitlines())) <= 100


@EACH
def test_the_stub_is_a_file_that_runs_and_is_not_written_yet(capsys, tmp_path, name):
    file = tmp_path / "mine.py"
    _, text = said(capsys, name)
    file.write_text(text, encoding="utf-8")
    defined = {}
    exec(text, defined)
    stub = defined[getattr(exercises, name).LADDER.stub.__name__]
    found = doctest.DocTestFinder().find(stub, module=False, globs={})
    (example,) = (one for one in found if one.examples)
    assert doctest.DocTestRunner().run(example).failed == 0
    code, report = said(capsys, name, file)
    assert code == 1
    assert "It is not written yet: write" in report
    assert f"{name} --hint 1" in report


@EACH
def test_the_solution_is_a_file_that_passes(capsys, tmp_path, name):
    file = tmp_path / "mine.py"
    _, text = said(capsys, name, "--solution")
    file.write_text(text, encoding="utf-8")
    code, report = said(capsys, name, file)
    assert (code, "passed" in report) == (0, True)


@EACH
def test_hints_come_one_by_one(capsys, name):
    for number in range(1, 4):
        code, text = said(capsys, name, "--hint", number)
        if code:
            assert text == f"{name} has 2 hints, expected a number from 1 to 2, got 3.\n"
        else:
            after = f"--hint {number + 1}" if f"--hint {number + 1}" in text else "--solution"
            assert text.rstrip().endswith(f"{name} {after}")
    assert said(capsys, name, "--hint", 0)[0] == 1


WRONG = {
    "a syntax error": ("x = 1\ndef scan(a, b, h_0:\n    return a\n", "mine.py, line 2: "),
    "another name": ("def scam(a, b, h_0):\n    return a\n", "It defines scam: rename it."),
    "nothing": ("", "mine.py defines no function scan."),
    "an error": ("x = 1\n\ny = x / 0\n", "mine.py, line 3: ZeroDivisionError: division by zero"),
    "a zero byte": ("x = 1\0", "mine.py"),
    "an exit": ("import sys\nsys.exit(3)\n", "mine.py, line 2: SystemExit: 3"),
    "no function": ("scan = 3\n", "Expected a function, got a value of type int"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_said(capsys, tmp_path, text, says):
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    code, report = said(capsys, "scan", file)
    assert code == 1
    assert says in report


def test_a_file_may_hold_a_dataclass_and_raise_in_its_own_line(capsys, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
        "@dataclass\nclass Pair:\n    a: float\n\ndef scan(a, b, h_0):\n    return Pair(1).b\n",
        encoding="utf-8",
    )
    code, report = said(capsys, "scan", file)
    assert code == 1
    assert "That was in line 9: return Pair(1).b" in report


def test_what_is_not_there_is_said(capsys, tmp_path):
    assert said(capsys, "gru")[1].startswith("There is no exercise gru. Did you mean gru_step?")
    assert said(capsys, "quicksort")[1].startswith("There is no exercise quicksort. python -m")
    assert said(capsys, "scan", tmp_path / "no.py") == (1, f"There is no file {tmp_path}/no.py.\n")
    assert said(capsys, "scan", tmp_path)[0] == 1


def test_a_class_is_asked_for_by_its_name_and_graded_as_such(capsys, tmp_path):
    file = tmp_path / "mine.py"
    for text, says in (
        ("class MyRnn: ...\n", "mine.py defines no class MyRNN. It defines MyRnn: rename it."),
        ("def MyRNN(input_size, hidden_size): ...\n", "Expected a class, got a value of type func"),
        ("class MyRNN:\n    def __init__(self): ...\n", "which yours does not take"),
        (
            "from torch import nn\nclass MyRNN(nn.Module):\n    def __init__(self, i, h):\n"
            "        super().__init__()\n        self.W_xh = nn.Linear(i, h)\n",
            "W_xh is of type Linear, expected an nn.Parameter of shape (2, 2).",
        ),
    ):
        file.write_text(text, encoding="utf-8")
        code, report = said(capsys, "my_rnn", file)
        assert (code, says in report) == (1, True), report


def test_it_runs_as_a_module_without_pytorch(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def perplexity(log_probs, lengths):\n    return 1.0\n", encoding="utf-8")
    code = (
        "import sys; from rnnbook.exercises.__main__ import main; "
        f"code = main(['perplexity', {str(file)!r}]); assert 'torch' not in sys.modules; "
        "sys.exit(code)"
    )
    for command in (["-c", code], ["-m", "rnnbook.exercises", "perplexity", str(file)]):
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, "")
        assert "case 1 of 6 fails" in done.stdout


def test_a_loop_that_never_ends_is_ended_and_its_line_named(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def perplexity(log_probs, lengths):\n    while True:\n        pass\n", "utf-8")
    command = [sys.executable, "-m", "rnnbook.exercises", "perplexity", file, "--seconds", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.match(rf"{re.escape(str(file))}, line [23]: still running after 3 s", done.stderr)


def test_patience_is_a_time(capsys, tmp_path):
    (tmp_path / "mine.py").write_text("def scan(a, b): ...\n", encoding="utf-8")
    for seconds in (0, "nan"):
        code, text = said(capsys, "scan", tmp_path / "mine.py", "--seconds", seconds)
        assert (code, text) == (1, f"--seconds must be above 0, got {seconds}.\n")


# ------------------------------------------------------------------------------------- what passed

PERPLEXITY = """import numpy as np

def perplexity(log_probs, lengths):
    real = np.arange(log_probs.shape[1]) < lengths[:, None]
    return float(np.exp(-log_probs[real].mean()))
"""
WRONG_SIGN = PERPLEXITY.replace("-log_probs", "log_probs")


def graded(capsys, tmp_path, text):
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    return said(capsys, "perplexity", file)


def test_what_was_passed_is_marked_in_the_list(capsys, tmp_path, notes):
    before = said(capsys)[1]
    assert "passed" not in before
    assert graded(capsys, tmp_path, WRONG_SIGN)[0] == 1
    assert not notes.exists()
    assert said(capsys)[1] == before
    code, report = graded(capsys, tmp_path, PERPLEXITY)
    assert (code, "progress" in report) == (0, False)
    assert json.loads(notes.read_text(encoding="utf-8")) == ["perplexity"]
    listed = said(capsys)[1]
    marked = [line.split()[0] for line in listed.splitlines() if line.split()[1:2] == ["ok"]]
    assert marked == ["perplexity"]
    assert f"1 of {len(NAMES)} passed" in listed
    assert max(map(len, listed.splitlines())) <= 100
    assert [path.name for path in notes.parent.iterdir()] == ["passed.json"]


def test_what_was_passed_once_stays_so_and_can_be_forgotten(capsys, tmp_path, notes):
    notes.parent.mkdir()
    notes.write_text('["scan", "rnn_step", "of a later edition"]', encoding="utf-8")
    graded(capsys, tmp_path, PERPLEXITY)
    graded(capsys, tmp_path, WRONG_SIGN)
    assert f"3 of {len(NAMES)} passed" in said(capsys)[1]
    assert said(capsys, "scan", "--forget") == (0, "Forgotten: scan.\n")
    assert json.loads(notes.read_text("utf-8")) == ["of a later edition", "perplexity", "rnn_step"]
    for _ in range(2):
        assert said(capsys, "--forget") == (0, "Forgotten: all that was passed.\n")
        assert not notes.exists()


@pytest.mark.parametrize("text", ["", "{", "3", '{"scan": 1}', "[3, null]", "\udcff", "[" * 5000])
def test_notes_that_cannot_be_read_are_no_notes(capsys, tmp_path, notes, text):
    notes.parent.mkdir()
    notes.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert "passed" not in said(capsys)[1]
    assert graded(capsys, tmp_path, PERPLEXITY)[0] == 0
    assert json.loads(notes.read_text(encoding="utf-8")) == ["perplexity"]


def test_where_nothing_can_be_written_it_is_said(capsys, tmp_path, notes, monkeypatch):
    notes.parent.write_text("a file where the folder should be", encoding="utf-8")
    code, report = graded(capsys, tmp_path, PERPLEXITY)
    assert code == 0
    assert report.count("Your progress is not kept: ") == 1
    assert "passed" not in said(capsys)[1]
    assert said(capsys, "scan", "--forget")[0] == 0  # there is nothing to forget

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(_progress.Path, "home", homeless)
    assert "progress is not kept: Could not determine" in graded(capsys, tmp_path, PERPLEXITY)[1]
    assert said(capsys)[0] == 0


def test_notes_that_cannot_be_removed_are_said(capsys, notes):
    (notes / "a folder where the file should be").mkdir(parents=True)
    code, text = said(capsys, "--forget")
    assert code == 1
    assert text.startswith("Your progress cannot be changed: ")


def test_the_notes_stand_where_the_system_wants_them(monkeypatch, tmp_path):
    monkeypatch.setattr(_progress.Path, "home", lambda: Path("home"))
    for named, system, local, folder in (
        (str(tmp_path), "linux", "", tmp_path),
        (str(tmp_path), "win32", "local", tmp_path),
        ("", "linux", "local", Path("home", ".local", "state")),
        ("relative", "darwin", "", Path("home", ".local", "state")),
        ("", "win32", "local", Path("local")),
        ("", "win32", "", Path("home", ".local", "state")),
    ):
        monkeypatch.setenv("XDG_STATE_HOME", named)
        monkeypatch.setenv("LOCALAPPDATA", local)
        monkeypatch.setattr(sys, "platform", system)
        assert _progress.place() == folder / "rnnbook" / "passed.json"


def test_a_checker_that_is_called_keeps_nothing(notes):
    assert exercises.perplexity.check(exercises.perplexity.solution)
    assert not notes.parent.exists()


# ---------------------------------------------------------------------------------------- watching


def test_a_watched_file_is_checked_whenever_it_is_saved(capfd, monkeypatch, tmp_path, notes):
    file = tmp_path / "mine.py"
    file.write_text("def perplexity(log_probs, lengths):\n    return\n", encoding="utf-8")
    # at each look: not saved yet, gone for a moment, saved with a mistake, saved and right
    versions = iter([None, "", "def perplexity(log_probs", WRONG_SIGN, PERPLEXITY])
    slept = []

    def saves(seconds):
        slept.append(seconds)
        text = next(versions)
        if text == "":
            file.unlink()
        elif text is not None:
            file.write_text(text, encoding="utf-8")

    monkeypatch.setattr(runner.time, "sleep", saves)
    assert main(["perplexity", str(file), "--watch"]) == 0
    out, err = capfd.readouterr()
    assert slept == [runner.PAUSE] * 5
    assert out.count("to have it checked again; Ctrl-C ends this.") == 3
    assert out.count("case 1 of 6 fails") == 2
    assert "mine.py, line 1: " in err
    assert "perplexity: passed, all 6 cases are right." in out
    assert len(re.findall(r"(?m)^-- \d\d:\d\d:\d\d -+$", out)) == 3
    assert (out + err).isascii()
    assert json.loads(notes.read_text(encoding="utf-8")) == ["perplexity"]


def test_what_cannot_be_watched_is_said(capsys, tmp_path):
    for words in ((), ("scan",)):
        code, text = said(capsys, *words, "--watch")
        assert (code, text.startswith("--watch needs a file: ")) == (1, True)
    missing = tmp_path / "no.py"
    assert said(capsys, "scan", missing, "--watch") == (1, f"There is no file {missing}.\n")


@pytest.mark.skipif(
    sys.platform == "win32", reason="a process there is not interrupted by a signal"
)
def test_ctrl_c_ends_watching_without_a_trace(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(WRONG_SIGN, encoding="utf-8")
    command = [sys.executable, "-m", "rnnbook.exercises", "perplexity", file, "--watch"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a job in the background ignores Ctrl-C, and so would all that it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        try:
            for line in running.stdout:
                if "Ctrl-C ends this" in line:
                    break
            used = cpu_seconds(running.pid)
            time.sleep(1)
            assert cpu_seconds(running.pid) - used < 0.2
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to all that run in it
            out, err = running.communicate(timeout=30)
        finally:
            running.kill()  # else leaving would wait for it
    assert (running.returncode, out.strip(), err) == (1, "", "")


def cpu_seconds(process):
    """Return the seconds that a process has computed."""
    psutil = pytest.importorskip("psutil")
    used = psutil.Process(process).cpu_times()
    return used.user + used.system
