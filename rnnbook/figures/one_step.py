"""Pictures for the chapter on one step of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.one_step import Result

LIMIT = 1.0  # no value of tanh is larger


@style.styled
def cell(shape_x: Sequence[int], shape_h: Sequence[int]) -> Figure:
    """Draw the inside of the cell, for an input and a state of the given shapes."""
    fig, ax = diagrams.canvas(3.3)
    hidden, entering = shape_h[-1], shape_x[-1]
    x, h = str(tuple(shape_x)), str(tuple(shape_h))
    diagrams.panel(ax, (1.05, 0.8), (4.6, 2.84), color=style.RNN)
    line, big = 2.0, diagrams.SYMBOL + 2

    diagrams.label(ax, (0.45, line), "$h_{t-1}$", h, fontsize=big)
    weigh_h = diagrams.box(ax, (1.68, line), "$W_{hh}$", fontsize=diagrams.SYMBOL)
    diagrams.label(ax, (1.68, line - 0.38), f"({hidden}, {hidden})", color=style.MUTED)
    total = diagrams.operation(ax, (2.64, line), "$+$")
    squash = diagrams.box(ax, (3.44, line), "tanh", color=style.MUTED)
    diagrams.label(ax, (5.14, line), "$h_t$", h, fontsize=big)
    weigh_x = diagrams.box(ax, (2.64, 1.2), "$W_{xh}$", fontsize=diagrams.SYMBOL)
    diagrams.label(ax, (3.32, 1.2), f"({hidden}, {entering})", color=style.MUTED)
    entered = diagrams.label(ax, (2.64, 0.32), "$x_t$", x, fontsize=big)
    bias = diagrams.label(ax, (2.64, 2.58), "$b_h$", fontsize=diagrams.SYMBOL)
    diagrams.label(ax, (3.06, 2.58), f"({hidden},)", color=style.MUTED)
    diagrams.label(ax, (4.2, 3.15), "to the answer", color=style.MUTED)

    fork = (4.2, line)
    for start, end in (
        ((0.84, line), weigh_h.left),
        (weigh_h.right, total.left),
        (total.right, squash.left),
        (squash.right, (4.84, line)),
        (fork, (4.2, 3.03)),
    ):
        diagrams.arrow(ax, start, end, color=style.RNN, memory=True)
    diagrams.branch(ax, fork)
    diagrams.arrow(ax, (2.64, entered.top[1] + 0.02), weigh_x.bottom)
    diagrams.arrow(ax, weigh_x.top, total.bottom)
    diagrams.arrow(ax, bias.bottom, total.top)
    return style.describe(
        fig,
        "The inside of the cell. The previous state comes in from the left and is multiplied by "
        "W_hh; the input comes in from below and is multiplied by W_xh; the products and the bias "
        "b_h are added; the sum goes through tanh and leaves as the new state, to the right for "
        f"the next step and upwards to the answer. The input has the shape {x}, the state {h}.",
    )


@style.styled
def unrolled(words: Sequence[str]) -> Figure:
    """Draw the cell once with its loop, and once per word without it."""
    fig, ax = diagrams.canvas(2.75)
    line = 1.02

    loop = diagrams.box(ax, (0.54, line), "cell", size=(0.46, 0.46))
    entered = diagrams.label(ax, (0.54, line - 0.71), "$x_t$", fontsize=diagrams.SYMBOL)
    diagrams.arrow(ax, entered.top, loop.bottom)
    left, right, top = 0.05, 1.0, line + 0.52
    way = [(right, line), (right, top), (left, top), (left, line)]
    diagrams.arrow(ax, loop.right, *way, loop.left, color=style.RNN, memory=True)
    diagrams.label(ax, (0.54, top + 0.17), "$h_t$", fontsize=diagrams.TEXT + 1)
    diagrams.label(ax, (1.24, line), "=", fontsize=16)

    start, pitch = 1.96, min(0.75, 3.0 / (len(words) - 1))
    cells = diagrams.unrolled(
        ax, (start, line), words, pitch=(pitch, 1), size=(0.46, 0.46), last=str(len(words))
    )[0]
    low, high = cells[0].left[0], cells[-1].right[0]
    weights = diagrams.box(
        ax,
        ((low + high) / 2, 2.12),
        size=(high - low, 0.44),
    )
    for place, symbol in zip((-1, 0, 1), ("$W_{xh}$", "$W_{hh}$", "$b_h$"), strict=True):
        at = (weights.x + place * weights.width / 3.5, weights.y)
        diagrams.label(ax, at, symbol, fontsize=diagrams.SYMBOL)
    diagrams.label(ax, (weights.x, 2.53), "one set of weights, used at every step")
    for one in cells:
        above = (one.x, weights.bottom[1])
        diagrams.arrow(ax, above, one.top, color=style.MUTED, dashed=True)
    return style.describe(
        fig,
        "Left, a cell whose state leaves on the right and comes back in on the left. Right, the "
        f"same cell drawn for each of {len(words)} words, the state running from each copy to the "
        "next; the same weights, drawn above, are joined to every copy.",
    )


@style.styled
def influence(result: Result) -> Figure:
    """Draw how much of the first input is left in the state, before and after training."""
    fig, ax = style.figure("wide")
    steps = range(1, result.trained.shape[1] + 1)
    curves = {
        "trained to recall it": (result.trained, "solid"),
        "default weights": (result.untrained, (0, (1.2, 1.2))),
    }
    style.baseline(ax, 1.0, "everything replaced")
    for name, (values, line) in curves.items():
        for k, row in enumerate(values):
            ax.plot(
                steps,
                row,
                color=style.RNN,
                linestyle=line,
                label=None if k else name,
                linewidth=1.8,
                zorder=1.4,
            )
    ends = (f"{name}, {style.span(values[:, -1])}" for name, (values, _) in curves.items())
    ax.set_yscale("log")
    ax.set_ylim(1e-10, 10)
    ax.set_xlim(1, steps[-1])
    ax.set_xticks([1, *steps[9::10]])
    ax.set_xlabel("steps read, the first one included")
    ax.set_ylabel("how far the state moves,\nshare of everything replaced")
    ax.legend(loc="lower left")
    return style.describe(
        fig,
        "How far the state moves when only the first input is replaced, against the number of "
        "steps read, on a logarithmic scale, a line for each seed, beside a dashed line for "
        f"replacing everything. The last point of each line: {'; '.join(ends)}.",
    )


@style.styled
def growth(result: Result) -> Figure:
    """Draw the largest number in the state, with and without tanh, for both recurrent weights."""
    factors = sorted({factor for factor, _ in result.largest})
    fig, axes = style.figure("wide", 1, len(factors), sharex=True)
    looks = {"none": (style.LINEAR, "without tanh"), "tanh": (style.RNN, "with tanh")}
    said = []
    for ax, factor in zip(axes, factors, strict=True):
        style.baseline(ax, LIMIT, "limit of tanh")
        weights = "default weights" if factor == 1 else f"{factor:g} times $W_{{hh}}$"
        for activation, (color, name) in looks.items():
            runs = result.largest[factor, activation]
            for i, row in enumerate(runs):
                label = None if i else name
                ax.plot(range(1, len(row) + 1), row, color=color, linewidth=1.4, label=label)
            said.append(f"{factor:g} times the default, {name}: {style.span(runs.max(axis=1))}")
        ax.set_title(weights if factor == 1 else f"{weights}, log scale")
        ax.set_xlabel("step")
    axes[0].set_ylim(0, 1.9)
    axes[1].set_yscale("log")
    axes[0].set_ylabel("largest number in the state")
    axes[0].legend(loc="upper left")
    return style.describe(
        fig,
        "The largest number in the state by step, with tanh and without it, a line for each seed "
        "and a panel for each size of the recurrent weights, the panel of the larger weights on a "
        f"logarithmic scale; a dashed line marks the limit of tanh, at {LIMIT:g}. The most that a "
        f"line reaches: {'; '.join(said)}.",
    )
