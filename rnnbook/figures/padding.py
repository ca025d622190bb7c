"""Pictures for the chapter on padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.padding import Result

LOOKS = {"RNN": (style.RNN, "o"), "LSTM": (style.LSTM, "s"), "GRU": (style.GRU, "^")}


@style.styled
def forgetting(result: Result, pads: Sequence[int]) -> Figure:
    """Draw how far apart sequences end by the padding after them, a mark for each seed."""
    fig, ax = style.figure("wide")
    said = []
    for name, runs in result.spread.items():
        color, marker = LOOKS[name]
        middle = np.median(runs, axis=0)
        ax.plot(pads, middle, color=color, marker=marker, markersize=5, label=name)
        for run in runs:
            ax.plot(pads, run, marker, color=color, alpha=0.4, markersize=3)
        at = range(0, len(pads), max(1, len(pads) // 3))
        said.append(f"{name}: " + ", ".join(f"{style.span(runs[:, k])} at {pads[k]}" for k in at))
    ax.set_yscale("log")
    style.baseline(ax, 1.0, "no padding")
    ax.set_xlabel("steps of padding after the end")
    ax.set_ylabel("share of the distance left")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "How far apart unlike sequences end, as a share of the distance without padding, on a "
        "logarithmic scale, against the steps of padding after them; a line for the median of "
        f"each untrained layer, a small mark for each seed. {'; '.join(said)}.",
    )


@style.styled
def behind(result: Result, extra: Sequence[int]) -> Figure:
    """Draw the accuracy of the RNN by the padding added to its batches, a line for each seed."""
    fig, ax = style.figure("wide")
    runs = result.behind["RNN"]
    for i, (run, marker) in enumerate(zip(runs, "o^D" * len(runs), strict=False)):
        ax.plot(
            extra,
            run,
            color=style.RNN,
            marker=marker,
            markersize=4,
            linewidth=1.0,
            label="read after the padding, one line per seed" if i == 0 else None,
        )
    ax.plot(
        extra,
        np.median(result.safe, axis=0),
        color=style.INK,
        linestyle="-.",
        label="read at the true length",
    )
    style.baseline(ax, 0.5, "chance")
    ax.set_ylim(-0.04, 1.06)
    ax.set_xlabel("columns of padding added to the batch")
    ax.set_ylabel("accuracy, fresh phrases")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    said = "; ".join(
        f"{run[0]:.2f} with none added, between {run.min():.2f} and {run.max():.2f} over all"
        for run in runs
    )
    return style.describe(
        fig,
        f"Accuracy of a plain RNN against the columns of padding added to its batches, from "
        f"{extra[0]} to {extra[-1]}, beside a dashed line for chance. Read at the true length: "
        f"{style.span(result.safe)}. Read after the padding, a line for each seed: {said}.",
    )
