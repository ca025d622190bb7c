"""How long each chapter runs: measured by the build, shown on the chapter and in one table.

Also the reset that every chapter starts from: one thread, and seeds.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

#: A run time is told as the first of these that it stays under, in seconds: two builds of the
#: same book should not differ, and a reader's machine is another one anyway.
STEPS = (2, 5, 10, 20, 40, 60, 120)


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
        folder = Path(gallery_conf["src_dir"]) / TIMES
        folder.mkdir(parents=True, exist_ok=True)
        seconds = processor_time() - _started.pop(stem)
        (folder / f"{stem}.json").write_text(json.dumps({"time": seconds}))


def processor_time() -> float:
    """Return this process's time, with that of the runs it took from the store of the build.

    So a page tells what a reader's copy takes, which runs everything itself.
    """
    from rnnbook.experiments._seeds import seconds_spared

    return time.process_time() + seconds_spared()


@dataclass(frozen=True)
class RunTime:
    """What one chapter took.

    Attributes
    ----------
    docname : str
        The chapter's page.
    seconds : float
        Processor time of its cells; zero when no build has run it.
    """

    docname: str
    seconds: float

    @property
    def words(self) -> str:
        """The time as it is told to the reader."""
        if self.seconds <= 0:
            return "not run in this build"
        for step in STEPS:
            if self.seconds < step:
                return f"under {step} seconds"
        return f"about {round(self.seconds / 60)} minutes"


def run_times(root: Path) -> list[RunTime]:
    """Return the run time of every chapter that has been built under ``root``, in order."""
    found = []
    for page in sorted(root.glob("chapters/*/plot_*.rst")):
        noted = root / TIMES / f"{page.stem}.json"
        seconds = float(json.loads(noted.read_text())["time"]) if noted.is_file() else 0.0
        found.append(RunTime(page.relative_to(root).with_suffix("").as_posix(), seconds))
    return found


class RunTimeTable(SphinxDirective):
    """A table of all chapters and what each takes to run."""

    def run(self) -> list[nodes.Node]:
        """Build the table from the costs that the gallery wrote down."""
        times = run_times(Path(self.env.srcdir))
        if not times:
            return [nodes.paragraph("", "No chapter has been built yet.")]
        head = ("Chapter", "Run time")
        body = []
        for one in times:
            root = Path(self.env.srcdir)
            noted = root / TIMES / f"{Path(one.docname).name}.json"
            self.env.note_dependency(str(noted if noted.is_file() else f"{root / one.docname}.rst"))
            body.append((link_to(one.docname, self.env.docname), nodes.Text(one.words)))
        return [table([tuple(nodes.Text(word) for word in head), *body])]


def link_to(docname: str, here: str) -> nodes.Node:
    """Return a link that Sphinx fills with the title of a page."""
    return addnodes.pending_xref(
        "",
        nodes.inline(),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{docname}",
        refdoc=here,
        refexplicit=False,
        refwarn=True,
    )


def table(rows: list[tuple[nodes.Node, ...]]) -> nodes.table:
    """Return a table whose first row is its head."""
    group = nodes.tgroup(cols=2)
    group += [nodes.colspec(colwidth=70), nodes.colspec(colwidth=30)]
    head, body = nodes.thead(), nodes.tbody()
    for place, cells in enumerate(rows):
        row = nodes.row()
        for cell in cells:
            row += nodes.entry("", nodes.paragraph("", "", cell))
        (body if place else head).append(row)
    group += [head, body]
    return nodes.table("", group)


def show(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Hand a chapter's run time to the template."""
    if not pagename.startswith("chapters/") or not Path(pagename).name.startswith("plot_"):
        return
    for one in run_times(Path(app.srcdir)):
        if one.docname == pagename and one.seconds > 0:
            context["chapter_run_time"] = one.words


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the table and the line on each chapter."""
    app.add_directive("run-time-table", RunTimeTable)
    app.connect("html-page-context", show)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
