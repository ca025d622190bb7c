"""How long each chapter runs: measured by the build, shown on the chapter and in one table.

Also the reset that every chapter starts from: one thread, and seeds.
"""

from __future__ import annotations

import hashlib
import importlib
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import reach
import records
from book import Page, scripts
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

#: A run time is told as the first of these that it stays under, in seconds: two builds of the
#: same book should not differ, and a reader's machine is another one anyway.
STEPS = (2, 5, 10, 20, 40, 60, 120)


#: The topics whose chapters may take more than 20 seconds of a processor core, and why.
LONGER = {
    "copy_first": "five seeds at each length, because one seed lies",
    "minimal": "10,000 steps, from two kinds of biases",
    "battery": "six cells on five tasks",
}
#: Loaded before the clock starts: the first chapter of a process would pay for those after it.
LOADED = ("sklearn.decomposition", "sklearn.linear_model")
#: Where a chapter's processor time is written down, beside the build and not in it.
TIMES = "_build/run_times"

_started: dict[str, float] = {}


def reset(gallery_conf: dict[str, Any], fname: str | None, when: str) -> None:
    """Put a chapter at its start: one thread, the same random numbers, no open figure.

    Sphinx-Gallery calls this before and after each chapter, so it also takes the time: the
    processor's and not the clock's, which would tell how busy the machine was.
    """
    import matplotlib.pyplot as plt
    import numpy as np
    import torch

    for name in LOADED:
        importlib.import_module(name)
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)  # the first loads more of PyTorch
    plt.close("all")
    plt.rcdefaults()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    np.random.seed(0)  # whatever a library draws from the global state is fixed
    random.seed(0)

    if fname is None:
        return
    stem = Path(fname).stem
    if when == "before":
        _started[stem] = processor_time()
    elif stem in _started:
        seconds = processor_time() - _started.pop(stem)
        srcdir = Path(gallery_conf["src_dir"])
        page = next(page for page in scripts(srcdir.parent) if page.path.stem == stem)
        reach.write(noted_in(page, srcdir), {"time": seconds, "left": left_by(page, srcdir)})


def processor_time() -> float:
    """Return this process's time, with that of the runs it took from the store of the build.

    So a page tells what a reader's copy takes, which runs everything itself.
    """
    from rnnbook.experiments._seeds import seconds_spared

    return time.process_time() + seconds_spared()


def run_time(page: Page, srcdir: Path) -> str:
    """Return what a page of the gallery took, as it is told to the reader; empty if nothing ran."""
    seconds = time_of(page, srcdir)
    if seconds is None:
        return ""
    for step in STEPS:
        if seconds < step:
            return f"under {step} seconds"
    return f"about {round(seconds / 60)} minutes"


def time_of(page: Page, srcdir: Path) -> float | None:
    """Return the seconds that a script took to run, in this build or an earlier one.

    None if it did not run, or not all is there that running it has left.
    """
    noted = records.read(noted_in(page, srcdir), time=float, left=str)
    return noted["time"] if noted and noted["left"] == left_by(page, srcdir) else None


def noted_in(page: Page, srcdir: Path) -> Path:
    """Return the file in which the processor time of a page is noted."""
    return srcdir / TIMES / f"{page.path.stem}.json"


def left_by(page: Page, srcdir: Path) -> str:
    """Return the digest of what running a script left: its page and its pictures."""
    built = srcdir / f"{page.docname}.rst"
    pictures = sorted((built.parent / "images").glob(f"sphx_glr_{page.path.stem}_[0-9]*"))
    total = hashlib.sha256()
    for path in (built, *pictures):
        total.update(path.read_bytes() if path.is_file() else b"")
    return total.hexdigest()


class RunTimeTable(SphinxDirective):
    """A table of all chapters and what each takes to run."""

    def run(self) -> list[nodes.Node]:
        """Build the table from what the gallery wrote down."""
        srcdir = Path(self.env.srcdir)
        rows: list[tuple[nodes.Node, ...]] = []
        for page in scripts(srcdir.parent):
            built, noted = srcdir / f"{page.docname}.rst", noted_in(page, srcdir)
            if built.is_file():
                self.env.note_dependency(str(noted if noted.is_file() else built))
                words = run_time(page, srcdir) or "not run in this build"
                why = LONGER.get(page.topic, "")
                link = link_to(page.docname, self.env.docname)
                rows.append((link, nodes.Text(words), nodes.Text(why)))
        if not rows:
            return [nodes.paragraph("", "No chapter has been built yet.")]
        return [table(("Chapter", "Run time", "Why it takes longer"), rows, (46, 20, 34))]


def link_to(docname: str, here: str, text: str = "") -> nodes.Node:
    """Return a link to a page; without a text, Sphinx fills it with the title."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", text),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{docname}",
        refdoc=here,
        refexplicit=bool(text),
        refwarn=True,
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[nodes.Node]], widths: Sequence[int]
) -> nodes.table:
    """Return a table with a head."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=width) for width in widths]
    for part, lines in (
        (nodes.thead(), [[nodes.Text(word) for word in head]]),
        (nodes.tbody(), rows),
    ):
        for cells in lines:
            part += nodes.row("", *(nodes.entry("", nodes.paragraph("", "", c)) for c in cells))
        group += part
    return nodes.table("", group)


def show(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Hand a chapter's run time to the template."""
    for page in scripts(Path(app.srcdir).parent):
        if page.docname == pagename and (words := run_time(page, Path(app.srcdir))):
            context["chapter_run_time"] = words


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the table and the line on each chapter."""
    app.add_directive("run-time-table", RunTimeTable)
    app.connect("html-page-context", show)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
