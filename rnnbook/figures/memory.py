"""Pictures for the chapter on what can be read back from a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.memory import Result

LOOKS = ((":", "^"), ("--", "s"), ("-", "o"))


@style.styled
def by_distance(
    result: Result, sizes: Sequence[int], distances: Sequence[int], *, lag: int, chance: float
) -> Figure:
    """Draw how often a symbol is read back by its distance, untrained and trained."""
    fig, axes = style.figure("wide", 1, 2, sharey=True, sharex=True)
    said = []
    for ax, name in zip(axes, ("untrained", "trained"), strict=True):
        for size, (line, marker) in zip(sizes, LOOKS, strict=True):
            scores = [result.accuracy[name, size, d] for d in distances]
            medians = np.median(scores, axis=1)
            ax.plot(
                distances,
                medians,
                line,
                marker=marker,
                markersize=5,
                color=style.RNN,
                label=f"{size} units",
            )
            for row in zip(*scores, strict=True):
                ax.plot(distances, row, marker, color=style.RNN, alpha=0.4, markersize=3)
            named = (f"{medians[d]:.2f} at {d}" for d in (0, lag, lag + 2, distances[-1]))
            said.append(f"{name}, {size} units: {', '.join(named)}")
        style.baseline(ax, chance, "chance")
        ax.set_title(name)
        ax.set_xlabel("steps since it was read")
        ax.set_xticks(distances[::2])
    axes[1].axvline(lag, color=style.MUTED, linewidth=1)
    axes[1].annotate("asked for", (lag, 0.02), (4, 0), textcoords="offset points", fontsize=9)
    axes[0].set_ylim(0, 1.05)
    axes[0].set_ylabel("symbols read back")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "Share of symbols that a linear probe reads back, by the steps since they were read, a "
        "panel each for untrained and trained networks, a line for each size of the state and a "
        f"dot for each seed, beside a dashed line for chance, at {chance:.3g}. A thin upright line "
        f"marks the distance the task asks for, {lag}. Medians by steps: {'; '.join(said)}.",
    )


@style.styled
def erasing(result: Result, size: int, distances: Sequence[int], *, chance: float) -> Figure:
    """Draw what can be read of each symbol beside the answers when it has been erased."""
    fig, ax = style.figure("wide")
    said = []
    for values, color, marker, label in (
        (
            [result.accuracy["trained", size, d] for d in distances],
            style.BASELINE,
            "s",
            "a probe can read it",
        ),
        (
            [result.erased[d] for d in distances],
            style.RNN,
            "o",
            "answers right once it is erased",
        ),
    ):
        medians = np.median(values, axis=1)
        ax.plot(distances, medians, color=color, marker=marker, label=label)
        for row in zip(*values, strict=True):
            ax.plot(distances, row, marker, color=color, alpha=0.4, markersize=4)
        said.append(f"{label}: " + ", ".join(f"{m:.2f}" for m in medians))
    style.baseline(ax, chance, "chance")
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("the symbol of how many steps ago")
    ax.set_ylabel("share right")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "How often a probe reads a symbol, and how often the network answers right once that "
        "symbol has been erased, by the steps since it was read, a line for each and a dot for "
        f"each seed, beside a dashed line for chance, at {chance:.3g}. Medians at {distances[0]} "
        f"to {distances[-1]} steps: {'; '.join(said)}.",
    )
