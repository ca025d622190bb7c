"""Pictures for the chapter on what can be read back from a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.memory import Result

LOOKS = ((":", "^"), ("--", "s"), ("-", "o"))


@style.styled
def by_distance(result: Result) -> Figure:
    """Draw how often a symbol is read back by its distance, untrained and trained."""
    fig, axes = style.figure("wide", 1, 2, sharey=True, sharex=True)
    for j, (ax, title) in enumerate(zip(axes, ("untrained", "trained"), strict=True)):
        for k, (size, (line, marker)) in enumerate(zip(result.sizes, LOOKS, strict=True)):
            scores = result.accuracy[:, j, k]
            ax.plot(
                result.distances,
                np.median(scores, axis=0),
                line,
                marker=marker,
                markersize=5,
                color=style.RNN,
                label=f"{size} units",
            )
            for row in scores:
                ax.plot(result.distances, row, marker, color=style.RNN, alpha=0.4, markersize=3)
        style.baseline(ax, result.chance, "chance")
        ax.set_title(title)
        ax.set_xlabel("steps since it was read")
        ax.set_xticks(result.distances[::2])
    axes[1].axvline(result.lag, color=style.MUTED, linewidth=1)
    axes[1].annotate(
        "asked for",
        (result.lag, 0.02),
        (4, 0),
        textcoords="offset points",
        fontsize=9,
    )
    axes[0].set_ylim(0, 1.05)
    axes[0].set_ylabel("symbols read back")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "Share of symbols that a linear probe reads back, by the steps since they were read, for "
        "states of 16, 32 and 64 units. Untrained: it falls gradually from one to the dashed line "
        "of chance, later for larger states. Trained: it is one up to the distance of three steps "
        "that the task asks for and then falls off a cliff, at once for 16 units and a step or two "
        "later for 64.",
    )


@style.styled
def erasing(result: Result) -> Figure:
    """Draw what can be read of each symbol beside the answers when it has been erased."""
    fig, ax = style.figure("wide")
    shown = result.distances[:7]
    readable = result.accuracy[:, 1, -1, : len(shown)]
    erased = result.erased[:, : len(shown)]
    for values, color, marker, label in (
        (readable, style.BASELINE, "s", "a probe can read it"),
        (erased, style.RNN, "o", "answers right once it is erased"),
    ):
        ax.plot(shown, np.median(values, axis=0), color=color, marker=marker, label=label)
        for row in values:
            ax.plot(shown, row, marker, color=color, alpha=0.4, markersize=4)
    style.baseline(ax, result.chance, "chance")
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("the symbol of how many steps ago")
    ax.set_ylabel("share right")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "Two lines by the distance of a symbol. What a probe can read stays at one up to three "
        "steps, is still high at four and then falls to chance. The answers of the network stay "
        "right whichever symbol is erased, except for the one three steps ago, the one it is asked "
        "for: without it they fall to the dashed line of chance.",
    )
