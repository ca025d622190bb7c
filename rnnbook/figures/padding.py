"""Pictures for the chapter on padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.padding import Result


@style.styled
def forgetting(result: Result) -> Figure:
    """Draw how far apart sequences end by the padding behind them, a dot a seed."""
    fig, ax = style.figure("wide")
    looks = {"RNN": (style.RNN, "o"), "LSTM": (style.LSTM, "s"), "GRU": (style.GRU, "^")}
    for k, name in enumerate(result.layers):
        color, marker = looks[name]
        ax.plot(
            result.pads,
            np.median(result.spread[:, k], axis=0),
            color=color,
            marker=marker,
            markersize=5,
            label=name,
        )
        for row in result.spread[:, k]:
            ax.plot(result.pads, row, marker, color=color, alpha=0.4, markersize=3)
    ax.set_yscale("log")
    style.baseline(ax, 1.0, "no padding")
    ax.set_xlabel("steps of padding behind the end")
    ax.set_ylabel("distance of final states")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "How far apart 64 sequences end, on a logarithmic scale, against the steps of padding "
        "behind them, for an untrained RNN, LSTM and GRU. All three fall in nearly straight lines "
        "from one, without padding, to less than a thousandth after twenty steps.",
    )


@style.styled
def behind(result: Result) -> Figure:
    """Draw the accuracy of a classifier by the padding added to its batches, a line a seed."""
    fig, ax = style.figure("wide")
    for i, (row, marker) in enumerate(zip(result.accuracy[:, 0], "o^D" * 3, strict=False)):
        ax.plot(
            result.extra,
            row,
            color=style.RNN,
            marker=marker,
            markersize=4,
            linewidth=1.0,
            label="behind the padding, a line a seed" if i == 0 else None,
        )
    ax.plot(
        result.extra,
        np.median(result.safe, axis=0),
        color=style.INK,
        linestyle="-.",
        label="at the true length",
    )
    style.baseline(ax, 0.5, "chance")
    ax.set_ylim(-0.04, 1.06)
    ax.set_xlabel("columns of padding added to the batch")
    ax.set_ylabel("accuracy, fresh phrases")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "Accuracy of a recurrent classifier against the columns of padding added to its batches. "
        "Read at the true length it is level at one. Read behind the padding, each of the three "
        "seeds starts near one and with a few columns swings far below chance and up again.",
    )
