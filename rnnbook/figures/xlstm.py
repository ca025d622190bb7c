"""Pictures for the chapter on exponential gates: what they choose, learn, and lose to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.xlstm import Result

#: The colour and the mark of each network.
LOOKS = {"LSTM": (style.LSTM, "o"), "GRU": (style.GRU, "o"), "sLSTM": (style.LSTM, "D")}
TITLES = {"score": "the score is given", "distance": "a place is given"}


@style.styled
def choices(result: Result) -> Figure:
    """Draw the error of a unit that is set by hand, and what is lost without a stabiliser."""
    steepness = list(result.by_hand)
    errors = np.stack([result.by_hand[s] for s in steepness], axis=1)
    lost = np.stack([result.lost[s] for s in steepness], axis=1)
    fig, axes = style.figure("tall", rows=2, sharex=True, height_ratios=(3, 2))
    style.baseline(axes[0], 1.0, "no memory")
    for row, gone in zip(errors, lost, strict=True):
        axes[0].plot(steepness, row, color=style.LSTM, marker="D", markersize=4, linewidth=1.4)
        axes[1].plot(
            *(steepness, gone), color=style.MUTED, linestyle="--", marker="s", markersize=4
        )
    axes[0].set_title("stabilised")
    axes[0].set_ylabel("error over baseline")
    axes[0].set_ylim(0, 1.1)
    axes[1].set_title("without the stabiliser")
    axes[1].set_ylabel("answers lost")
    axes[1].set_ylim(-0.08, 1.08)
    axes[1].set_xscale("log")
    axes[1].set_xlabel("steepness: log of the input gate, per unit of score")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right")
    said = [
        f"at {s}: error {style.span(result.by_hand[s])}, lost {style.span(result.lost[s])}"
        for s in steepness
    ]
    return style.describe(
        fig,
        "The steepness of an input gate that is set by hand, on a logarithmic scale, from left to "
        "right, and a line for each seed. Above, the error with a stabiliser, over that of a "
        "dashed baseline without memory; below, the share of answers that are not finite without "
        "it. "
        f"{'; '.join(said)}.",
    )


@style.styled
def errors(result: Result) -> Figure:
    """Draw the error of every trained network on both tasks, one mark a seed."""
    tasks = list(dict.fromkeys(task for _, task in result.error))
    fig, axes = style.figure("wide", columns=len(tasks), sharey=True)
    said = []
    for ax, task in zip(axes, tasks, strict=True):
        style.baseline(ax, 1.0, "no memory")
        names = [name for name, other in result.error if other == task]
        for x, name in enumerate(names):
            color, mark = LOOKS[name]
            found = result.error[name, task]
            ax.scatter(
                [x] * len(found),
                found,
                s=32,
                color=color,
                marker=mark,
                edgecolor=style.INK,
                linewidth=0.8,
                zorder=3,
            )
            said.append(f"{TITLES[task]}, {name} {style.span(found)}")
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.set_ylim(0, 1.1)
        ax.set_title(TITLES[task])
    axes[0].set_ylabel("error over baseline")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right")
    return style.describe(
        fig,
        "The squared error of the last answer, over that of a dashed baseline without memory, a "
        f"panel for each task and a mark for each seed: {'; '.join(said)}.",
    )


@style.styled
def rounding(result: Result) -> Figure:
    """Draw how far each output of the mLSTM is off in 32 bits, by what it was divided by."""
    fig, ax = style.figure("wide")
    norm, off = result.norm.flatten(), result.off.flatten()
    ax.scatter(norm, off, s=5, color=style.LINEAR, linewidth=0, alpha=0.6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("divisor of the output")
    ax.set_ylabel("relative error, 32 bits")
    return style.describe(
        fig,
        "For each output of an mLSTM, on logarithmic scales, what it was divided by and how far it "
        "is off in single precision, relative to its norm. Divisors: "
        f"{style.span(norm, '.1g')}; errors: {style.span(off, '.1g')}. The largest error stands at "
        f"a divisor of {norm[off.argmax()]:.1g}.",
    )
