"""Pictures for the chapter on broken losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.nan_loss import Result


@style.styled
def who_finds_what(result: Result, made_for: Mapping[str, str]) -> Figure:
    """Draw which checks fail on which bug, in every seed, and how each run ended.

    Parameters
    ----------
    result : rnnbook.experiments.nan_loss.Result
        What was measured.
    made_for : mapping of str to str
        The check that is made for each bug.
    """
    fig, ax = style.figure("square")
    bugs = list(made_for)
    checks = list(dict.fromkeys(check for _, check in result.found))
    always = {pair for pair, fails in result.found.items() if fails.all()}
    endings = {bug: " or ".join(sorted(set(ends))) for bug, ends in result.endings.items()}
    for y, bug in enumerate(bugs):
        for x, check in enumerate(checks):
            if (bug, check) not in always:
                continue
            if made_for[bug] == check:
                ax.scatter(x, y, s=90, color=style.RNN, ec=style.INK, lw=0.8)
            else:
                ax.scatter(x, y, s=40, color="none", ec=style.BASELINE, lw=1.4)
        ax.annotate(
            endings[bug], (len(checks) - 0.3, y), va="center", color=style.MUTED, fontsize=9.5
        )
    rows = np.arange(len(bugs))
    ax.set_xticks(range(len(checks)), checks, rotation=55, ha="left")
    ax.xaxis.tick_top()
    ax.set_yticks(rows, bugs)
    ax.tick_params(length=0)
    ax.set_xlim(-0.6, len(checks) + 1.4)
    ax.set_ylim(len(rows) - 0.5, -0.6)
    ax.grid(visible=False, axis="both")
    ax.hlines(rows, -0.6, len(checks) - 0.5, color=style.GRID, lw=0.8, zorder=0)
    ax.vlines(range(len(checks)), -0.6, len(rows) - 0.5, color=style.GRID, lw=0.8, zorder=0)
    for side in ax.spines.values():
        side.set_visible(False)
    said = []
    for bug, check in made_for.items():
        others = [c for c in checks if (bug, c) in always and c != check]
        also = f", open dots under {', '.join(others)}" if others else ""
        aimed = f"filled dot under {check}" if (bug, check) in always else "no filled dot"
        said.append(f"{bug}: {aimed}{also}, ends in: {endings[bug]}")
    return style.describe(
        fig,
        f"A table of dots, a row for each of {len(bugs)} bugs and a column for each of "
        f"{len(checks)} checks. A filled dot is the check made for the bug, an open dot another "
        "check that fails in every seed; the words beside each row say how training ended. "
        f"{'; '.join(said)}.",
    )
