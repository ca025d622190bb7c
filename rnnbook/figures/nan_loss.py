"""Pictures for the chapter on broken losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.nan_loss import Result


@style.styled
def who_finds_what(result: Result) -> Figure:
    """Draw which checks fail on which bug, in every seed, and how each run ended."""
    fig, ax = style.figure("square")
    rows = np.arange(len(result.bugs))
    always = np.asarray(result.found.all(axis=0))
    for x, check in enumerate(result.checks):
        found = rows[always[:, x]]
        aimed = np.array([result.expected[y] == check for y in found], dtype=bool)
        ax.scatter([x] * aimed.sum(), found[aimed], s=90, color=style.RNN, ec=style.INK, lw=0.8)
        others = found[~aimed]
        ax.scatter([x] * len(others), others, s=40, color="none", ec=style.BASELINE, lw=1.4)
    ax.set_xticks(range(len(result.checks)), result.checks, rotation=55, ha="left")
    ax.xaxis.tick_top()
    ax.set_yticks(rows, result.bugs)
    ax.tick_params(length=0)
    ax.set_xlim(-0.6, len(result.checks) + 1.4)
    ax.set_ylim(len(rows) - 0.5, -0.6)
    ax.grid(visible=False, axis="both")
    ax.hlines(rows, -0.6, len(result.checks) - 0.5, color=style.GRID, lw=0.8, zorder=0)
    ax.vlines(range(len(result.checks)), -0.6, len(rows) - 0.5, color=style.GRID, lw=0.8, zorder=0)
    for side in ax.spines.values():
        side.set_visible(False)
    for y, end in zip(rows, result.endings[0], strict=True):
        ax.annotate(
            end, (len(result.checks) - 0.3, y), va="center", color=style.MUTED, fontsize=9.5
        )
    return style.describe(
        fig,
        "A table of dots: one row for each of fifteen bugs, one column for each of nine checks. "
        "Every row has one filled dot, under the check that is made for it. Bugs that make numbers "
        "not finite also set off the checks of gradients and steps, with open dots; the quiet bugs "
        "at the bottom set off their own check only. Beside each row stands how training ended: "
        "not finite, error, or a loss that is an ordinary number.",
    )
