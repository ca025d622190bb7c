"""The runner in a terminal: it lists, gives stubs and hints, grades, and says what is wrong."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys

import pytest

from rnnbook import exercises
from rnnbook.exercises.__main__ import main

NAMES = [exercise.LADDER.name for exercise in exercises.EXERCISES]
EACH = pytest.mark.parametrize("name", NAMES)


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
