"""Pictures for the chapter on backpropagation through time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.bptt import Result


@style.styled
def backwards(steps: int = 4) -> Figure:
    """Draw an unrolled network with a loss at its last step, and the gradient going back."""
    fig, ax = diagrams.canvas(3.25)
    line = 1.55
    (row,) = diagrams.unrolled(
        ax,
        (0.75, line),
        [f"$x_{{{t}}}$" for t in range(1, steps + 1)],
        pitch=(1.05, 0.86),
        carries=False,
        first=False,
    )
    for t, cell in enumerate(row, start=1):
        diagrams.label(
            ax, (cell.x - 0.08, cell.top[1] + 0.17), f"$h_{{{t}}}$", fontsize=diagrams.TEXT + 2
        )
    last = row[-1]
    loss = diagrams.box(ax, (last.x + 1.0, line), "$L$", color=style.MUTED, fontsize=14)
    diagrams.arrow(ax, last.right, loss.left)
    # the way back runs above the cells
    height = line + 0.72
    ends = [loss, *reversed(row)]
    diagrams.arrow(
        ax,
        loss.top,
        (loss.x, height),
        (last.x + 0.12, height),
        (last.x + 0.12, last.top[1]),
        color=style.MUTED,
    )
    for after, before in pairwise(ends[1:]):
        diagrams.arrow(
            ax,
            (after.x + 0.12, after.top[1]),
            (after.x + 0.12, height),
            (before.x + 0.12, height),
            (before.x + 0.12, before.top[1]),
            color=style.MUTED,
        )
    for t, (after, before) in enumerate(zip(row[1:], row[:-1], strict=True), start=2):
        middle = (after.x + before.x) / 2 + 0.12
        words = rf"$\partial h_{{{t}}}/\partial h_{{{t - 1}}}$"
        diagrams.label(ax, (middle, height + 0.24), words, fontsize=diagrams.SYMBOL)
    words = rf"$\partial L/\partial h_{{{steps}}}$"
    diagrams.label(ax, ((last.x + loss.x) / 2 + 0.1, height + 0.24), words, fontsize=14)
    # each cell pays its share into one gradient
    total = diagrams.label(
        ax, (row[0].x + 1.575, 0.2), r"$\partial L/\partial W_{hh}$: the sum of all shares"
    )
    for cell in row:
        start = (cell.x + 0.18, cell.bottom[1])
        diagrams.arrow(ax, start, (cell.x + 0.18, total.y + 0.22), color=style.MUTED)
    return style.describe(
        fig,
        f"{steps} cells in a row, inputs from below, states running to the right into a loss. Grey "
        "arrows run back above them, from the loss to the last cell and from each cell to the one "
        "before, labelled with the derivative of each state with respect to the one before. From "
        "each cell a "
        "grey arrow leads down to one sum, the gradient of the recurrent weights.",
    )


@style.styled
def terms(result: Result) -> Figure:
    """Draw what each step adds to the gradient of the recurrent weights, one dot per seed."""
    fig, ax = style.figure("wide")
    steps = np.arange(1, result.terms.shape[1] + 1)
    shown = steps[1:]  # the first step meets h_0 = 0 and adds nothing
    height = np.median(result.terms, axis=0)[1:]
    ax.bar(shown, height, color=style.RNN, alpha=0.45, width=0.7)
    for shares in result.terms:
        ax.plot(shown, shares[1:], "o", color=style.RNN, markersize=4)
    style.baseline(ax, 1.0, "the whole gradient")
    ax.set_yscale("log")
    ax.set_ylim(3e-6, 30)
    ax.set_xlim(0.3, steps[-1] + 0.7)
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.set_xlabel("step that used the weights; the loss is at the last")
    ax.set_ylabel("its term, as a share")
    ax.legend(loc="upper left")
    return style.describe(
        fig,
        f"Norm of each term of the gradient, as a share of the whole, for {len(steps)} steps on a "
        "logarithmic scale: a bar for the median, a dot for each seed. Terms of the last step: "
        f"{style.span(result.terms[:, -1])}; of step {shown[0]}: "
        f"{style.span(result.terms[:, 1], '.0e')}. A dashed line marks the whole gradient. The "
        "first step adds nothing and has no bar.",
    )


@style.styled
def memory(result: Result, lengths: Sequence[int]) -> Figure:
    """Draw the bytes that wait for the backward pass by the length of the sequence."""
    fig, ax = style.figure("wide")
    looks = {
        "autograd, our loop": (style.RNN, "-", "o", 1.0),
        "autograd, nn.RNN": (style.INK, ":", "", 1.0),
        "by hand": (style.RNN, "--", "s", 0.8),
    }
    for name, rows in result.bytes.items():
        color, line, marker, alpha = looks[name]
        ax.plot(
            lengths,
            rows[0] / 1000,  # every seed keeps the same
            color=color,
            linestyle=line,
            marker=marker,
            alpha=alpha,
            label=name,
        )
    style.baseline(ax, 0, "without a gradient")
    ax.set_xlabel("steps in the sequence")
    ax.set_ylabel("kept for the backward pass, kB")
    ax.legend(loc="upper left")
    said = "; ".join(
        f"{name}, {kept[0, 0] / 1000:.1f} to {kept[0, -1] / 1000:.1f}"
        for name, kept in result.bytes.items()
    )
    return style.describe(
        fig,
        f"Kilobytes kept for the backward pass after {lengths[0]} to {lengths[-1]} steps: "
        f"{said}. Each is a straight line. A dashed line at the bottom stands for reading "
        "without a gradient.",
    )


@style.styled
def curves(result: Result, baseline: float) -> Figure:
    """Draw the learning curves with both gradients, one on top of the other."""
    fig, ax = style.figure("wide")
    pairs = list(zip(result.losses["by hand"], result.losses["autograd"], strict=True))
    steps = np.arange(1, len(pairs[0][0]) + 1)
    style.baseline(ax, baseline, "best answer without memory")
    for k, (by_hand, autograd) in enumerate(pairs):
        ax.plot(
            steps,
            by_hand,
            color=style.RNN,
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
            label=None if k else "gradient by hand",
        )
        ax.plot(steps, autograd, color=style.INK, linewidth=1.0, label=None if k else "autograd")
    ax.set_yscale("log")
    ax.set_xlim(1, steps[-1])
    ax.set_xlabel("update")
    ax.set_ylabel("mean squared error")
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.86))
    return style.describe(
        fig,
        "Loss by update on a logarithmic scale, a pair of curves for each seed: a broad one for "
        "the gradient by hand, a thin one for autograd's. By hand the loss starts at "
        f"{style.span(result.losses['by hand'][:, 0])} and ends at "
        f"{style.span(result.losses['by hand'][:, -1])}; with autograd it ends at "
        f"{style.span(result.losses['autograd'][:, -1])}. A dashed line at {baseline:.2g} marks "
        "the best answer without memory.",
    )
