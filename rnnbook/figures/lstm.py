"""Pictures for the chapter on the LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.lstm import Result


@style.styled
def cell() -> Figure:
    """Draw one step: the cell state running through on top, the gates below it."""
    fig, ax = diagrams.canvas(3.3)
    belt, meet, gate, source = 2.85, 1.75, 1.05, 0.35
    diagrams.panel(ax, (0.95, 0.62), (4.75, 3.15), color=style.LSTM)
    line = diagrams.SYMBOL
    before = diagrams.label(ax, (0.5, belt), "$c_{t-1}$", fontsize=line)
    after = diagrams.label(ax, (5.2, belt), "$c_t$", fontsize=line)
    out = diagrams.label(ax, (5.2, meet), "$h_t$", fontsize=line)
    sources = diagrams.label(ax, (0.5, source), "$x_t,\\ h_{t-1}$", fontsize=line)

    places = {"f": 1.5, "i": 2.3, "g": 3.1, "o": 4.15}
    boxes = {}
    for name, x in places.items():
        color = style.BASELINE if name == "g" else style.LSTM
        boxes[name] = diagrams.box(ax, (x, gate), f"${name}_t$", color=color, fontsize=line)
        diagrams.arrow(ax, (sources.x + 0.5, source), (x, source), boxes[name].bottom)
    forget = diagrams.operation(ax, (1.5, belt), "$\\times$")
    plus = diagrams.operation(ax, (2.7, belt), "$+$")
    write = diagrams.operation(ax, (2.7, meet), "$\\times$")
    squash = diagrams.operation(ax, (4.15, 2.32), "tanh", radius=0.24)
    show = diagrams.operation(ax, (4.15, meet), "$\\times$")

    for start, end in (
        ((before.x + 0.28, belt), forget.left),
        (forget.right, plus.left),
        (plus.right, (after.x - 0.2, belt)),
    ):
        diagrams.arrow(ax, start, end, color=style.LSTM, memory=True)
    diagrams.branch(ax, (4.15, belt), color=style.LSTM)
    diagrams.arrow(ax, (4.15, belt), squash.top)
    diagrams.arrow(ax, squash.bottom, show.top)
    diagrams.arrow(ax, show.right, (out.x - 0.2, meet))
    diagrams.arrow(ax, boxes["f"].top, forget.bottom)
    diagrams.arrow(ax, boxes["i"].top, (2.3, meet), write.left)
    diagrams.arrow(ax, boxes["g"].top, (3.1, meet), write.right)
    diagrams.arrow(ax, write.top, plus.bottom)
    diagrams.arrow(ax, boxes["o"].top, show.bottom)
    return style.describe(
        fig,
        "One step of an LSTM. A thick line runs straight through on top, from the old cell state "
        "to the new one: it is multiplied by the forget gate, then the product of input gate and "
        "candidate is added. Below it, the output gate multiplies the tanh of the new cell state, "
        "which gives the hidden state. All four boxes read the input and the old hidden state.",
    )


@style.styled
def gates(result: Result) -> Figure:
    """Draw what the most used cell of two trained networks does with a sequence each."""
    runs = result.shown[:2]
    names = ("bit", "forget $f$", "input $i$", "output $o$", "cell $c$")
    fig, axes = style.figure(
        "square", len(names), len(runs), sharex=True, sharey="row", squeeze=False
    )
    for column, run in zip(axes.T, runs, strict=True):
        time = np.arange(1, len(run.bits) + 1)
        for ax in column:
            for step in time[run.marked]:
                ax.axvspan(step - 0.5, step + 0.5, color=style.BASELINE, alpha=0.35, linewidth=0)
        for marked, face in ((True, style.LSTM), (False, "none")):
            chosen = run.marked == marked
            column[0].scatter(
                time[chosen],
                run.bits[chosen],
                s=16,
                color=face,
                edgecolor=style.LSTM,
                linewidth=1.2,
            )
        for ax, values in zip(column[1:4], (run.f, run.i, run.o), strict=True):
            ax.bar(time, values, width=0.8, color=style.LSTM)
            ax.set_ylim(0, 1.05)
            ax.set_yticks([0, 1])
        column[4].step(time, run.c, where="mid", color=style.LSTM)
        column[4].axhline(0, color=style.BASELINE, linewidth=1)
        column[0].set_ylim(-1.7, 1.7)
        column[0].set_yticks([-1, 1])
        column[0].margins(x=0.01)
    for k, ax in enumerate(axes[0]):
        ax.set_title("one run" if k == 0 else "another run")
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    fig.align_ylabels(axes[:, 0])
    fig.supxlabel("step", fontsize=11)
    return style.describe(
        fig,
        "What one cell of two trained networks does with a sequence of 25 bits, a row each for the "
        "bits, the forget, the input and the output gate, and the cell state. Shaded steps are "
        "marked. The forget gate is low at marked steps and higher at all others, in both. The "
        "input gate of the one run stays open at unmarked steps, that of the other mostly closes. "
        "The cell state jumps at marks and keeps its sign in between.",
    )


def start_name(bias: float | None) -> str:
    """Name a start by its forget bias."""
    return "default" if bias is None else f"forget bias {bias:.0f}"


@style.styled
def paths(result: Result) -> Figure:
    """Draw the gradient along the cell state and over all paths, a panel a start."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for k, (ax, bias) in enumerate(zip(axes.flat, result.biases, strict=True)):
        for sizes, line, name in (
            (result.full[:, k], "-", "all paths"),
            (result.direct[:, k], (0, (3, 1.5)), "cell state alone"),
        ):
            back = np.arange(sizes.shape[1])
            ax.plot(back, np.median(sizes, axis=0), color=style.LSTM, ls=line, label=name)
            ax.fill_between(back, sizes.min(axis=0), sizes.max(axis=0), color=style.LSTM, alpha=0.2)
        ax.set_title(start_name(bias))
    axes[0, 0].legend(loc="lower left", fontsize=9.5)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(1e-28, 1e4)
    axes[0, 0].set_yticks([1e-24, 1e-16, 1e-8, 1])
    fig.supxlabel("steps back", fontsize=11)
    fig.supylabel("change of the last cell state", fontsize=11)
    return style.describe(
        fig,
        "How much the last cell state of an untrained LSTM changes with an earlier one, by the "
        "distance, on a logarithmic scale, in four panels: default, and forget biases one, three "
        "and five. A dashed line for the path along the cell state alone, a solid line for all "
        "paths above it. Both fall steeply for the default start, less so with bias one. With "
        "three and five the solid line stays near one and even rises, and the dashed one falls.",
    )


@style.styled
def reach(result: Result) -> Figure:
    """Draw how many steps of training each start took, a panel a lag, a dot a seed."""
    fig, axes = style.figure("wide", 1, len(result.lags), sharey=True, sharex=True)
    most = int(result.given.min())
    for k, (ax, lag) in enumerate(zip(axes, result.lags, strict=True)):
        for b in range(len(result.biases)):
            for s, steps in enumerate(result.solved[:, k, b]):
                at = b + 0.2 * (s - (len(result.solved) - 1) / 2)
                if steps > 0:
                    ax.plot(at, steps, "o", color=style.LSTM)
                else:
                    ax.plot(at, most + 12, "x", color=style.LSTM, markeredgewidth=1.8)
        style.baseline(ax, most, "")
        ax.set_title(f"{lag} steps later")
        ax.set_xticks(
            range(len(result.biases)),
            ["$\\approx$0" if b is None else f"{b:.0f}" for b in result.biases],
        )
        ax.set_xlim(-0.5, len(result.biases) - 0.5)
    axes[0].set_ylim(0, most + 30)
    axes[0].set_ylabel("steps of training")
    fig.supxlabel("forget bias at the start ($\\approx$0: default)", fontsize=11)
    return style.describe(
        fig,
        "Steps of training until the bit is remembered, by the forget bias at the start, in three "
        "panels: the question 10, 20 and 40 steps after the bit. A dot is a run that learned it, a "
        "cross above the dashed line one that did not. Larger biases are faster. The default start "
        "has dots in the first panel and crosses in the others; bias one has crosses in the last.",
    )
