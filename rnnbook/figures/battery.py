"""Pictures for the chapter on one harness: what every cell gets right on every task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments._seeds import Measured
    from rnnbook.experiments.battery import Result

COLORS = {"RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def updates(result: Result, baselines: dict[str, float]) -> Figure:
    """Draw what every cell gets right after training, a row of panels for each task."""
    fig, axes = _panels(list(baselines))
    said = []
    for ax, (task, baseline) in zip(axes, baselines.items(), strict=True):
        style.baseline(ax, baseline, "best without memory")
        said.append(
            f"{task}, without memory {baseline:.2f}: {_marks(ax, result.updates, task, 0.0)}"
        )
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The share of right answers after training, a panel for each task, a column "
        f"for each cell and a mark for each seed. {'; '.join(said)}.",
    )


@style.styled
def work(result: Result, baselines: dict[str, float]) -> Figure:
    """Draw what every cell gets right at equal work, beside what it gets right after all updates.

    Marks at equal work are filled, and those after all updates are not.
    """
    fig, axes = _panels(list(baselines))
    said = []
    for ax, (task, baseline) in zip(axes, baselines.items(), strict=True):
        style.baseline(ax, baseline, "best without memory")
        _marks(ax, result.updates, task, -0.18, hollow=True)
        said.append(f"{task}: {_marks(ax, result.work, task, 0.18)}")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The share of right answers, a panel for each task and a column for each cell: on the left "
        "of a column a hollow mark for each seed after all updates, as before, and on the right a "
        f"filled one at equal work. Of the filled ones: {'; '.join(said)}.",
    )


def _panels(tasks: list[str]) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each task, one below the other."""
    fig, axes = style.figure("square", rows=len(tasks), sharex=True, sharey=True)
    for ax, task in zip(axes, tasks, strict=True):
        ax.set_title(task)
        ax.set_ylim(0, 1.08)
        ax.set_yticks([0, 0.5, 1])
    fig.supylabel("share of right answers", fontsize=11, color=style.INK)
    return fig, list(axes)


def _marks(
    ax: Axes,
    shares: dict[tuple[str, str], Measured],
    task: str,
    aside: float,
    *,
    hollow: bool = False,
) -> str:
    """Draw a mark for each seed and cell, and return what they span as words."""
    cells = [cell for name, cell in shares if name == task]
    for x, cell in enumerate(cells):
        found = shares[task, cell]
        color = COLORS.get(cell, style.LINEAR)
        ax.scatter(
            np.full(len(found), x + aside),
            found,
            s=26,
            facecolor="none" if hollow else color,
            edgecolor=color if hollow else style.INK,
            linewidth=1.2 if hollow else 0.8,
            zorder=3,
            clip_on=False,
        )
    ax.set_xticks(range(len(cells)), cells)
    return ", ".join(f"{cell} {style.span(shares[task, cell])}" for cell in cells)
