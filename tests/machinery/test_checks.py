"""Code is shown without the checks at its start, and keeps all else line by line."""

import ast
import textwrap

import pytest
from checks import is_check, without_checks


def shown(source):
    """The source of one object as a page shows it."""
    text = textwrap.dedent(source).strip("\n")
    lines = text.splitlines()
    changed = without_checks(ast.parse(text).body[0], lines)
    kept = (changed.get(number, line) for number, line in enumerate(lines, start=1))
    return "\n".join(line for line in kept if line is not None)


def test_checks_at_the_start_become_one_ellipsis():
    source = """
    def half(xs, mask=None):
        \"""Halve.\"""
        where = "half"
        # sizes first
        _check.rank(where, "xs", xs, "(batch,)")
        if mask is not None:
            _check_mask(mask)
        for x in xs:
            if x < 0:
                raise ValueError(
                    f"half: expected positive numbers, got {x}"
                )

        # x / 2
        return xs / 2  # exact
    """
    assert shown(source) == (
        'def half(xs, mask=None):\n    """Halve."""\n    ...\n\n'
        "    # x / 2\n    return xs / 2  # exact"
    )


def test_every_method_of_a_class_has_its_own():
    source = """
    class Net:
        def __init__(self, size):
            super().__init__()
            _check.sizes("Net", size=size)
            self.size = size

        def forward(self, x):
            self._fits(x)
            return x
    """
    assert shown(source) == (
        "class Net:\n    def __init__(self, size):\n        super().__init__()\n        ...\n"
        "        self.size = size\n\n"
        "    def forward(self, x):\n        ...\n        return x"
    )


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x",
        "def f(x):\n    y = 2 * x\n    if y < 0:\n        raise ValueError(y)\n    return y",
        "def f(x):\n    if x != x:\n        raise FloatingPointError(x)\n    return x",
        "def f(x):\n    if x < 0:\n        return 0\n    return x",
        "def f(x):\n    _check.sizes(x=x)\n    if x > 9:\n        raise ValueError(x)",
        "SIZE = 3",
    ],
    ids=["none", "later", "another kind", "an answer", "nothing else", "a constant"],
)
def test_what_is_no_check_at_the_start_stays(source):
    assert shown(source) == source


def test_a_name_that_is_used_later_stays():
    source = "def f(x):\n    size = len(x)\n    _check.sizes(size=size)\n    return size"
    assert shown(source) == source


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("_check.rank('f', 'x', x)", True),
        ("check_state(x)", True),
        ("self._fits(x)", True),
        ("raise TypeError", True),
        ("self.rnn.check(x)", False),
        ("checked = _check.state(x)", False),
        ("raise", False),
        ("print(x)", False),
    ],
)
def test_a_check_does_nothing_but_complain(statement, answer):
    assert is_check(ast.parse(statement).body[0]) is answer
