"""A chapter and a question on counting down, and small books that hold little else.

The chapter costs nothing to run, so a test can build a whole book again and again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = ("_build", "chapters", "proofs", "generated", "takeaways.rst", "__pycache__")
SENTENCES = (
    "A countdown takes its time. From ten it takes ten steps on every seed.",
    "A countdown ends at one. It does so on every seed.",
)

EXPERIMENT = '''\
"""Counting down, once for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnbook.experiments._seeds import Measured, over_seeds

SEEDS = (0, 1, 2)
FROM = 10


class Result(NamedTuple):
    """What was counted; the first axis is the seed."""

    counts: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count down once for each seed.

    >>> run((0,)).counts[0, :3].tolist()
    [10, 9, 8]
    """
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Count down."""
    return Result(counts=np.arange(FROM, 0, -1))
'''
FIGURES = '''\
"""The picture of the chapter on counting down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.countdown import Result


@style.styled
def stairs(result: Result) -> Figure:
    """Draw the counts of the first seed."""
    fig, ax = style.figure("wide")
    ax.plot(result.counts[0])
    ax.set_xlabel("step")
    ax.set_ylabel("count")
    start, end = result.counts[0, 0], result.counts[0, -1]
    return style.describe(fig, f"A line falls from {start} to {end}, one step after another.")
'''
CHAPTER = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How long does a countdown take?
===============================

.. reading:: count down from ten
   :before: order

When you count down, you want to know when it ends. This chapter counts down and looks.
"""

# %%
# Ten and below
# -------------
#
# .. predict::
#
#    After how many steps is a countdown from ten at one?

import matplotlib.pyplot as plt

from rnnbook.experiments import countdown
from rnnbook.figures import countdown as pictures

fig = pictures.stairs(countdown.run())

# %%
# The line falls by one with each step.
#
# .. dropdown:: The answer
#
#    After nine more, which makes ten.

plt.show()  # a script shows its figures here, in windows

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * {}
#    * {}
'''.format(*SENTENCES)
CLAIMS = '''\
"""Claims of the chapter on counting down."""

from rnnbook.experiments import countdown

CONDITIONS = f"Counting down from {{countdown.FROM}}."


def test_ten_steps(result, show, setting):
    """{}"""
    setting(countdown.FROM, 10)
    show("numbers counted", [len(counts) for counts in result.counts], equal=10)


def test_ends_at_one(result, show):
    """{}"""
    show("last number", result.counts[:, -1], equal=1)
'''.format(*SENTENCES)
KEY = "Each step takes one away. From ten, the last number is one on every seed."
PREDICTED = "A tired one would end at three."
QUESTION = f'''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why does a countdown end?
=========================

.. asked:: basics 1

.. stands-on:: countdown

.. answer::

   It gets closer to one with each step. There it stops.
"""

# %%
# .. claim:: {KEY}

from rnnbook.experiments import countdown

print(countdown.run().counts[:, -1])

# %%
# The numbers are the last ones of three countdowns.
#
# .. wrong-answer:: It ends because it is tired.
#
#    Tired gives it away. {PREDICTED}
#
# .. follow-up:: And from eleven?
#
#    One step later.
#
# .. checklist::
#
#    * one less
#    * each step
#    * an end
'''
PROOF = f'''\
"""The claim of the question why a countdown ends."""

from rnnbook.experiments import countdown

CONDITIONS = f"Counting down from {{countdown.FROM}}."


def predicted(result):
    """{PREDICTED}"""
    return result._replace(counts=result.counts[:, :-2])


def test_takes_one_away(result, show):
    """{KEY}"""
    show("last number", result.counts[:, -1], equal=1)
'''
SCRIPT, CLAIM = "gallery/6_interview/plot_99_why_countdown.py", "questions/test_why_countdown.py"
PART = "Interview questions\n===================\n\nShort, and proved.\n"
NEW = {
    SCRIPT: QUESTION,
    f"tests/claims/{CLAIM}": PROOF,
    "rnnbook/experiments/countdown.py": EXPERIMENT,
    "rnnbook/figures/countdown.py": FIGURES,
    "gallery/1_foundations/plot_09_countdown.py": CHAPTER,
    "tests/claims/test_countdown.py": CLAIMS,
}
#: What the page of small tasks gets for the new chapter.
TASKS = """
(practice-countdown)=
## A countdown

After [the chapter on counting down](../chapters/1_foundations/plot_09_countdown).

**Predict.** What does this print?

```{code-cell} python
:tags: [hide-output]

print(*range(3, 0, -1))
```

:::{dropdown} Why?
It begins at 3 and ends before 0.
:::

**Change a line.** Let it begin at 5.

```{code-cell} python
:tags: [hide-cell]

print(*range(5, 0, -1))
```

:::{dropdown} Why?
The first number is where it begins.
:::
"""
#: What a book needs to be built, but for its pages; of the package, what the chapter reaches.
NEEDED = (
    *("docs/_ext", "docs/_inventories", "docs/_static", "docs/_templates", "docs/conf.py"),
    *(
        "docs/references.bib",
        "gallery/GALLERY_HEADER.rst",
        "gallery/1_foundations/GALLERY_HEADER.rst",
    ),
    *("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "LICENSE-docs"),
    *("rnnbook/__init__.py", "rnnbook/experiments/__init__.py", "rnnbook/experiments/_seeds.py"),
    *("rnnbook/figures/__init__.py", "rnnbook/figures/style.py", "rnnbook/_check.py"),
)
INDEX = """\
# A small book

```{toctree}
run
chapters/index
proofs/index
takeaways
```
"""
RUN = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# A page that runs

```{code-cell} python3
import locale
import os
import time

print(time.tzname, locale.getlocale(), os.environ["OMP_NUM_THREADS"])
```
"""


def copy(root: Path, names: tuple[str, ...]) -> None:
    """Copy files and folders of the book to ``root``, without what a build has made of them."""
    for name in names:
        there = root / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there, ignore=shutil.ignore_patterns(*GENERATED))
        else:
            shutil.copy(ROOT / name, there)


def write(root: Path, texts: dict[str, str]) -> None:
    """Write files that are new under ``root``."""
    for name, text in texts.items():
        path = root / name
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def small_book(root: Path) -> Path:
    """Lay out under ``root`` a book of one chapter and one executed page, and return it."""
    copy(root, NEEDED)
    for name, text in NEW.items():
        if "why" not in name:
            write(root, {name: text.replace("   :before: order\n", "")})
    write(
        root, {"docs/index.md": INDEX, "docs/run.md": RUN, "docs/references.md": "# Literature\n"}
    )
    return root


def command(*options: str) -> list[str]:
    """Return the command that builds a small book in its folder."""
    left_out = "exclude_patterns=_build,_templates,chapters/**/*.ipynb,chapters/**/*.py,api/**"
    folders = ("-d", "docs/_build/doctrees", "docs", "docs/_build/html")
    return [sys.executable, "-m", "sphinx", "-b", "html", "-D", left_out, *options, *folders]


def build(
    root: Path, *options: str, umask: int = -1, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Build a small book, under the settings of a user; return what became of it."""
    ours = ("PYTHONPATH", "SOURCE_DATE_EPOCH", "BOOK_BUILD_HOLDER")  # of the build that tests this
    given = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        command(*options),
        cwd=root,
        env=given | settings,
        umask=umask,
        capture_output=True,
        encoding="utf-8",
    )


def files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their names in it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
