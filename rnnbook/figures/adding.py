"""Pictures for the chapter on the adding problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.adding import Result

COLORS = {
    "plain": style.RNN,
    "ReLU": style.RNN,
    "LSTM": style.LSTM,
    "GRU": style.GRU,
    "linear": style.LINEAR,
    "plain, attention": style.ATTENTION,
}
TICKS = (0.005, 0.02, 0.05, 0.17)


@style.styled
def errors(result: Result, solved: float, baseline: float) -> Figure:
    """Draw the error of every run, a row for each network and length."""
    fig, ax = style.figure("square")
    places = range(len(result.error))[::-1]  # the first row on top
    above = None
    for y, ((name, _), runs) in zip(places, result.error.items(), strict=True):
        color = COLORS.get(name) or COLORS[name.split(",")[0]]
        ax.scatter(
            runs, [y] * len(runs), s=30, color=color, edgecolor=style.INK, linewidth=0.8, zorder=3
        )
        if above not in (None, name):
            ax.axhline(y + 0.5, color=style.GRID, linewidth=1.2)
        above = name
    style.baseline(ax, baseline, "answering one", vertical=True)
    ax.axvline(solved, color=style.BASELINE, linestyle=":", label="counts as solved")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.set_yticks(places, [f"{name}, {length} steps" for name, length in result.error])
    ax.set_ylim(-0.6, len(places) - 0.4)
    ax.set_xscale("log")
    low, high = np.min([*result.error.values()]), np.max([*result.error.values()])
    ax.set_xlim(min(0.002, 0.8 * float(low)), max(0.3, 1.2 * float(high)))
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("squared error, fresh data")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    said = "; ".join(
        f"{name}, {length} steps: {style.span(runs)}"
        for (name, length), runs in result.error.items()
    )
    return style.describe(
        fig,
        "Squared error on fresh sequences, a row for each network and length, a dot for each run, "
        f"beside a dashed line for answering the mean of all sums, at {baseline:.2g}, and a dotted "
        f"line below which a run counts as solved, at {solved:g}. {said}.",
    )


@style.styled
def weights(result: Result) -> Figure:
    """Draw how much the trained attention looks at each step, a panel for each seed."""
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
        ax.set_ylim(0, max(0.7, 1.1 * float(result.weights.max())))
        ax.set_yticks([0, 0.5])
    axes[-1, 0].set_xlabel("step of the sequence")
    fig.supylabel("weight", fontsize=11)
    handles = axes[0, 0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside upper center")
    said = "; ".join(
        f"marked steps {' and '.join(str(step + 1) for step in marked)}, with weights "
        f"{' and '.join(f'{weight:.2g}' for weight in alpha[marked])}, all others at most "
        f"{np.delete(alpha, marked).max():.2g}"
        for alpha, marked in zip(result.weights, result.marked, strict=True)
    )
    return style.describe(
        fig,
        f"Attention weight of each of the {result.weights.shape[1]} steps of a fresh sequence, a "
        f"panel for each seed, with a triangle at each marked step. {said}.",
    )
