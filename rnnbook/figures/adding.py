"""Pictures for the chapter on the adding problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.adding import Result

COLORS = {
    "RNN": style.RNN,
    "LSTM": style.LSTM,
    "GRU": style.GRU,
    "linear": style.LINEAR,
    "attention": style.ATTENTION,
}
TICKS = (0.005, 0.02, 0.05, 0.17)


@style.styled
def errors(result: Result) -> Figure:
    """Draw the error of every run, a row a network and a length it was tried at."""
    fig, ax = style.figure("square")
    rows = len(result.cases)
    for k, (kind, name, _) in enumerate(result.cases):
        y = rows - 1 - k
        ax.scatter(
            result.error[:, k],
            [y] * len(result.error),
            s=30,
            color=COLORS[kind],
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
        if k > 0 and name != result.cases[k - 1][1]:
            ax.axhline(y + 0.5, color=style.GRID, linewidth=1.2)
    style.baseline(ax, result.baseline, "answering one", vertical=True)
    ax.axvline(result.solved, color=style.BASELINE, linestyle=":", label="counts as solved")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    names = [f"{name}, {length} steps" for _, name, length in reversed(result.cases)]
    ax.set_yticks(range(rows), names)
    ax.set_ylim(-0.6, rows - 0.4)
    ax.set_xscale("log")
    low = min(0.002, 0.8 * float(result.error.min()))
    ax.set_xlim(low, max(0.3, 1.2 * float(result.error.max())))
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("squared error, fresh data")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return style.describe(
        fig,
        "Error of every run on fresh sequences, a row a network and a length, a dot a seed. The "
        "plain network lies near the dashed line of answering one at 10 and 20 steps, so it does "
        "without clipping and with skip connections; with an orthogonal start it does so at 20, "
        "and has left the line in some runs at 10. ReLU with the identity lies near the dotted "
        "line of solved at 10 and 20 steps. The LSTM is below that line at 20 or close to it and, "
        "in some runs, at the dashed one at 30. Below it are the LSTM with chrono initialisation, "
        "at 20 and 100, the GRU, at 20 and 30, the linear recurrence, at 30 and 200, and "
        "attention, at 100.",
    )


@style.styled
def weights(result: Result) -> Figure:
    """Draw how much the trained attention looks at each step, a panel a seed."""
    fig, axes = style.figure(
        "wide", len(result.weights), 1, sharex=True, sharey=True, squeeze=False
    )
    for ax, alpha, marked in zip(axes[:, 0], result.weights, result.marked, strict=True):
        steps = np.arange(1, len(alpha) + 1)
        ax.vlines(steps, 0, alpha, color=style.ATTENTION, linewidth=1.6)
        ax.plot(
            marked + 1,
            np.zeros(len(marked)),
            "^",
            color=style.INK,
            markersize=7,
            clip_on=False,
            label="marked",
        )
        ax.set_ylim(0, 0.7)
        ax.set_yticks([0, 0.5])
    axes[-1, 0].set_xlabel("step of the sequence")
    fig.supylabel("weight", fontsize=11)
    handles = axes[0, 0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside upper center")
    return style.describe(
        fig,
        "Attention weight of each of the 100 steps of one fresh sequence, a panel a seed. Two "
        "spikes stand out of an almost empty line, and each stands on one of the two small "
        "triangles of the marked steps.",
    )
