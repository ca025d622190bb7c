"""Pictures for the chapter on the scan: which steps are joined, how long it takes, how it errs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.scan import Result

#: The colour, the line and the mark of each way to compute the states.
LOOKS = {
    "index": (style.MUTED, ":", "s"),
    "unbind": (style.MUTED, "--", "D"),
    "loop": (style.BASELINE, (0, (4, 3)), "o"),
    "doubling": (style.LINEAR, (0, (6, 2)), "^"),
    "chunks": (style.LINEAR, "-", "o"),
    "logarithms": (style.MUTED, ":", "D"),
    "products": (style.MUTED, "--", "s"),
}
LABELS = {"index": "loop, a[:, t]", "unbind": "loop, unbind"}
#: What happens between two rows of dots.
ROUNDS = {
    "doubling": ("the inputs", "span 1", "span 2", "span 4", "span 8"),
    "chunks": ("the inputs", "from zero", "the borders", "from borders"),
}


@style.styled
def orders(result: Result) -> Figure:
    """Draw which steps are joined, round by round, in both orders."""
    fig, axes = style.figure("square", rows=2, height_ratios=(5, 4))
    said = []
    for ax, name in zip(axes, ("doubling", "chunks"), strict=True):
        rows = result.seen[name][0]
        blank(ax)
        size = round(rows.shape[1] ** 0.5)
        for height, row in enumerate(rows):
            ax.text(-1.0, -height, ROUNDS[name][height], ha="right", va="center", fontsize=10)
            for t, seen in enumerate(row):
                done = seen == t + 1
                ax.scatter(
                    t,
                    -height,
                    s=200,
                    color=LOOKS[name][0] if done else style.PAPER,
                    edgecolor=LOOKS[name][0],
                    linewidth=1.0,
                    zorder=3,
                )
                ax.text(
                    t,
                    -height - 0.02,
                    f"{seen:d}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if done else style.INK,
                    zorder=4,
                )
                if height:
                    joins(ax, name, height, t, size)
        ax.set_title(name)
        said.append(
            f"{name}, in {len(rows)} rows: " + "; ".join(" ".join(map(str, row)) for row in rows)
        )
    return style.describe(
        fig,
        f"A grid of dots for each order, {result.seen['chunks'].shape[-1]} steps from left to "
        "right, rounds of doubling or stages of chunks from top to bottom. Each dot says how many "
        "steps its state has in it, and is filled once that is all of its past; lines lead to it "
        "from what was joined. " + ". ".join(said) + ".",
    )


def joins(ax: Axes, name: str, height: int, t: int, size: int) -> None:
    """Draw a line from what a state is joined with to its dot."""
    sources: list[tuple[int, int]] = []
    if name == "doubling":
        span = 2 ** (height - 1)
        sources = [(t - span, 1 - height)] if t >= span else []
    elif height == 2 and (t + 1) % size == 0:
        sources = [(t - size, -height)] if t >= size else []
    elif height in (1, 3) and t % size:
        sources = [(t - 1, -height)]
    elif height == 3 and t:
        sources = [(t - 1, 1 - height)]
    for x, y in sources:
        curve = 0.0 if y != -height or x == t - 1 else -0.25
        ax.annotate(
            "",
            (t, -height),
            (x, y),
            arrowprops={
                "arrowstyle": "-",
                "color": style.MUTED,
                "linewidth": 0.9,
                "connectionstyle": f"arc3,rad={curve}",
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=1,
        )


def blank(ax: Axes) -> None:
    """Leave an axes without ticks, spines and grid, for a drawing."""
    ax.set_axis_off()
    ax.margins(0.04, 0.12)


@style.styled
def time(result: Result) -> Figure:
    """Draw the time of states and gradients by steps, divided by the loop's, for two widths."""
    widths = sorted({width for _, width, _ in result.seconds})
    fig, axes = style.figure("wide", columns=len(widths), sharey=True)
    said = []
    for ax, width in zip(axes, widths, strict=True):
        lengths = sorted({steps for _, w, steps in result.seconds if w == width})
        for name, look in LOOKS.items():
            known = [n for n in lengths if (name, width, n) in result.seconds]
            if not known:
                continue
            if name == "loop":
                style.baseline(ax, 1.0, "loop")
                continue
            rows = np.stack(
                [result.seconds[name, width, n] / result.seconds["loop", width, n] for n in known],
                axis=1,
            )
            label = LABELS.get(name, name)
            middle = style.medians(ax, known, rows, look, label)
            said.append(
                f"{label} at {width} numbers: {middle[0]:.2g} over {known[0]} steps, "
                f"{middle[-1]:.2g} over {known[-1]}"
            )
        style.logarithmic(ax, lengths, (0.1, 0.3, 1, 3, 10))
        ax.set_xlabel("steps")
        ax.set_title(f"{width:,d} numbers a step")
    axes[0].set_ylabel("time divided by the loop's")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.describe(
        fig,
        "The processor time of states and gradients, divided by the loop's, against the number of "
        "steps, both on logarithmic scales, a panel for each number of numbers in a step, a line "
        "through the medians and a mark for each seed. A dashed line at one is the loop, whose "
        f"gradient is a loop as well. {'; '.join(said)}.",
    )


@style.styled
def errors(result: Result) -> Figure:
    """Draw the error of the states in float32 by steps, for every way to compute them."""
    fig, ax = style.figure("wide")
    lengths = sorted({steps for _, steps in result.error})
    said = []
    for name, look in LOOKS.items():
        if (name, lengths[0]) not in result.error:
            continue
        rows = np.stack([result.error[name, n] for n in lengths], axis=1)
        middle = style.medians(ax, lengths, rows, look, name)
        real = np.isfinite(rows).all(axis=0)
        last = np.flatnonzero(real)[-1]
        said.append(f"{name}: {middle[0]:.1g} to {middle[last]:.1g} at {lengths[last]} steps")
        if not real.all():
            ax.text(lengths[last] * 1.1, middle[last] * 3.2, f"{name}: no further", va="center")
            said[-1] += ", beyond that not finite in at least one run"
    style.logarithmic(ax, lengths)
    ax.set_xlabel("steps")
    ax.set_ylabel("error in float32")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.describe(
        fig,
        "The largest error of the states in single precision, relative to the largest state, "
        "against the number of steps, both on logarithmic scales, a line through the medians and a "
        f"mark for each seed. {'; '.join(said)}.",
    )
