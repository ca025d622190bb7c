"""Pictures for the chapter on a whole sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.whole_sequence import Result

UNRELATED = float(np.sqrt(2))  # the error of vectors as long as the right ones that ignore them


@style.styled
def two_layers(steps: int = 4) -> Figure:
    """Draw two layers over time, an answer at every step, and the final state of each layer."""
    fig, ax = diagrams.canvas(3.8)
    numbers = range(1, steps + 1)
    pitch, height = (2.85 / (steps - 1), 0.92), 1.0
    rows = diagrams.unrolled(
        ax,
        (0.7, height),
        [f"$x_{{{t}}}$" for t in numbers],
        layers=2,
        pitch=pitch,
        name="layer {layer}",
        size=(0.6, 0.46),
        last=str(steps),
    )
    top = rows[-1]
    for t, one in zip(numbers, top, strict=True):
        answer = diagrams.box(
            ax, (one.x, one.y + 0.8), "$W_{hy}$", size=(0.52, 0.4), color=style.MUTED, fontsize=12
        )
        y = diagrams.label(ax, (one.x, one.y + 1.46), f"$y_{{{t}}}$", fontsize=diagrams.SYMBOL)
        diagrams.arrow(ax, one.top, answer.bottom, color=style.RNN)
        diagrams.arrow(ax, answer.top, y.bottom)
    low, high, edge = rows[0][-1].y - 0.34, top[-1].y + 0.34, 4.2
    middle = (low + high) / 2
    right = (edge + style.WIDTH - 0.08) / 2
    size = (2 * (right - edge), high - low)
    diagrams.box(ax, (right, middle), size=size)
    diagrams.label(ax, (right, middle + 0.3), "$h_n$", fontsize=diagrams.SYMBOL + 2)
    shapes = {
        middle - 0.17: "(layers, batch,\nhidden_size)",
        0.34: "$x$: (batch, time,\ninput_size)",
        y.y: "$y$: (batch, time,\noutput_size)",
    }
    for place, words in shapes.items():
        diagrams.label(ax, (right, place), words, color=style.MUTED)
    return style.describe(
        fig,
        f"Cells over {steps} steps, a column for each, in {len(rows)} rows. Inputs enter the lower "
        "row from below; each lower cell passes its state up to the cell above it and on to the "
        "next step; each upper cell gives an output through W_hy. The states that leave on the "
        "right, one for each layer, are h_n.",
    )


@style.styled
def copies(result: Result) -> Figure:
    """Draw how far the outputs are off after every kind of copy, a dot for each seed."""
    fig, ax = style.figure("wide")
    for k, (name, values) in enumerate(result.wrong.items()):
        color = style.BASELINE if name == "nothing copied" else style.RNN
        ax.barh(k, np.median(values), height=0.56, color=color, alpha=0.55)
        ax.scatter(
            values,
            [k] * len(values),
            s=26,
            color=color,
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
    style.baseline(ax, UNRELATED, "two unrelated networks", vertical=True)
    ax.set_yticks(range(len(result.wrong)), list(result.wrong))
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlim(-0.03, 1.6)
    ax.set_xlabel("error of the outputs, share of their size")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97))
    said = (f"{name}: {style.span(values)}" for name, values in result.wrong.items())
    return style.describe(
        fig,
        "Error of the outputs after each kind of copy, as a share of their size: a bar for the "
        "median, a dot for each seed, beside a dashed line for unrelated networks, at "
        f"{UNRELATED:.2f}. {'; '.join(said)}.",
    )


@style.styled
def curves(result: Result, baseline: float) -> Figure:
    """Draw the learning curves of both networks, one on top of the other."""
    fig, ax = style.figure("wide")
    style.baseline(ax, baseline, "best answer without memory")
    broad = {"color": style.RNN, "linewidth": 5, "alpha": 0.35, "solid_capstyle": "butt"}
    looks = {"written out": broad, "nn.RNN": {"color": style.INK, "linewidth": 1.0}}
    for name, look in looks.items():
        for k, losses in enumerate(result.losses[name]):
            steps = range(1, len(losses) + 1)
            ax.plot(steps, losses, label=None if k else name, **look)
    ax.set_yscale("log")
    ax.set_xlim(1, steps[-1])
    ax.set_xlabel("update")
    ax.set_ylabel("mean squared error")
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.86))
    ends = (f"{name}, {style.span(result.losses[name][:, -1])}" for name in looks)
    return style.describe(
        fig,
        "Loss by update on a logarithmic scale, a pair of curves for each seed: a broad one for "
        "the network written out, a thin one for nn.RNN, beside a dashed line for the best answer "
        f"without memory, at {baseline:.2f}. Loss of the last batch: {'; '.join(ends)}.",
    )
