"""Pictures for the chapter on fast layers: loops, a gradient by hand, layers that need no wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.fast import Result

#: The ways to write the loop, from the top of the figure, and what they are called there.
WAYS = {
    "cells": "cell at each step",
    "index": "one product, zs[t]",
    "unbind": "one product, unbind",
    "FastRNN": "gradient by hand",
}
#: The colour, the line and the mark of each number of sequences, the fewest first.
BATCHES = ((style.RNN, "-", "o"), (style.RNN, (0, (6, 2)), "^"))
#: The same for each layer that is compared with nn.GRU.
LAYERS = {
    "nn.LSTM": (style.LSTM, "-", "o"),
    "MinGRU": (style.LINEAR, "-", "o"),
    "scan": (style.LINEAR, (0, (6, 2)), "^"),
}


@style.styled
def loops(result: Result) -> Figure:
    """Draw the time of each way to write a plain recurrence, in times of nn.RNN."""
    lengths = sorted({steps for _, steps in result.loops})
    fig, axes = style.figure("wide", columns=len(lengths), sharex=True, sharey=True)
    said = []
    for ax, steps in zip(axes, lengths, strict=True):
        style.baseline(ax, 1.0, "nn.RNN", vertical=True)
        for row, (way, label) in enumerate(WAYS.items()):
            times = result.loops[way, steps] / result.loops["nn.RNN", steps]
            color = style.RNN if way == "FastRNN" else style.MUTED
            ax.scatter(times, [row] * len(times), s=36, color=color, edgecolor=style.INK, zorder=3)
            said.append(f"{label}, {steps:,d} steps: {style.span(times)}")
        ax.set_title(f"{steps:,d} steps")
        ax.grid(visible=True, axis="x")
    axes[0].set_yticks(range(len(WAYS)), list(WAYS.values()))
    axes[0].set_ylim(len(WAYS) - 0.5, -0.5)
    axes[0].set_xlim(left=0)
    fig.supxlabel("time, as a multiple of nn.RNN's", fontsize=11)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The processor time of states and gradients for each way to write a plain recurrence, a "
        "row for each way, a panel for each number of steps, a dot for each seed; a dashed line at "
        f"the time of nn.RNN, which is one. {'; '.join(said)}.",
    )


@style.styled
def widths(result: Result) -> Figure:
    """Draw the time of the hand-written gradient by units, in times of nn.RNN."""
    fig, ax = style.figure("wide")
    units = sorted({size for _, _, size in result.widths})
    style.baseline(ax, 1.0, "nn.RNN")
    said = []
    for batch, look in zip(sorted({b for _, b, _ in result.widths}), BATCHES, strict=True):
        pairs = [[result.widths[n, batch, size] for n in ("FastRNN", "nn.RNN")] for size in units]
        rows = np.stack([ours / theirs for ours, theirs in pairs], axis=1)
        middle = style.medians(ax, units, rows, look, f"FastRNN, {batch} sequences")
        said.append(
            f"{batch} sequences: {middle[0]:.2g} at {units[0]} units, {middle[-1]:.2g} at "
            f"{units[-1]}"
        )
    ax.set_xscale("log")
    ax.set_xticks(units, [f"{size:d}" for size in units])
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("units")
    ax.set_ylabel("time, as a multiple of nn.RNN's")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.describe(
        fig,
        "The processor time of states and gradients of FastRNN against the number of units, on a "
        "logarithmic scale, a line through the medians for each number of sequences and a mark for "
        f"each seed; the unit, a dashed line at one, is the time of nn.RNN. {'; '.join(said)}.",
    )


@style.styled
def lengths(result: Result) -> Figure:
    """Draw the time of layers by steps, in times of nn.GRU."""
    fig, ax = style.figure("wide")
    steps = sorted({n for _, n in result.lengths})
    style.baseline(ax, 1.0, "nn.GRU")
    said = []
    for name, look in LAYERS.items():
        rows = [result.lengths[name, n] / result.lengths["nn.GRU", n] for n in steps]
        middle = style.medians(ax, steps, np.stack(rows, axis=1), look, name)
        said.append(
            f"{name}: {middle[0]:.2g} over {steps[0]:,d} steps, {middle[-1]:.2g} over "
            f"{steps[-1]:,d}"
        )
    style.logarithmic(ax, steps, (0.01, 0.03, 0.1, 0.3, 1))
    ax.set_xlabel("steps")
    ax.set_ylabel("time, as a multiple of nn.GRU's")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return style.describe(
        fig,
        "The processor time of states and gradients against the number of steps, both on "
        "logarithmic scales, a line through the medians for each layer and a mark for each seed; "
        f"the unit, a dashed line at one, is the time of nn.GRU. {'; '.join(said)}.",
    )
