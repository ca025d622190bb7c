"""Pictures for the chapter on copying the first number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.copy_first import Result

TICKS = (0.03, 0.1, 0.3, 1)


@style.styled
def curves(result: Result) -> Figure:
    """Draw the learning curves of all runs of the plain network, a panel a length."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for k, (ax, length) in enumerate(zip(axes.flat, result.lengths, strict=True)):
        for run in result.curves[:, k]:
            steps = np.arange(1, len(run) + 1)
            ax.plot(steps, run, color=style.RNN, linewidth=1.3)
            taken = int(np.isfinite(run).sum())
            ax.plot(taken, run[taken - 1], "o", color=style.RNN, markersize=5)
        style.baseline(ax, 1.0, "predicting zero")
        ax.axhline(result.sign_only, color=style.BASELINE, linestyle=":", label="the sign alone")
        ax.set_title(f"length {length}")
    set_log(axes[0, 0], 0.06, 3)
    fig.supxlabel("step of training", fontsize=11)
    fig.supylabel("squared error", fontsize=11)
    handles = axes[0, 0].get_lines()[-2:]
    fig.legend(handles=handles, loc="outside upper center", ncols=2)
    return style.describe(
        fig,
        "Learning curves of the plain network, a line a seed, in four panels for lengths 10, 30, "
        "50 and 100. At length 10 all fall steeply within the first hundred steps. At length 30 "
        "they fall later and at different times. At 50 and 100 some fall, some stay on the dashed "
        "line of predicting zero, and some rest near the dotted line of the sign alone.",
    )


@style.styled
def errors(result: Result) -> Figure:
    """Draw the error of each run by length, with the runs of one seed joined."""
    fig, ax = style.figure("wide")
    places = np.arange(len(result.lengths))
    for row in result.error:
        ax.plot(places, row, color=style.RNN, linewidth=0.9, alpha=0.6)
    for x, values in zip(places, result.error.T, strict=True):
        style.spread(ax, float(x), values.tolist(), style.RNN)
    style.baseline(ax, 1.0, "predicting zero")
    ax.axhline(result.sign_only, color=style.BASELINE, linestyle=":", label="the sign alone")
    ax.set_xticks(places, [str(length) for length in result.lengths])
    ax.set_xlabel("length of the sequence")
    ax.set_ylabel("squared error, fresh data")
    set_log(ax, 0.02, 3)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return style.describe(
        fig,
        "Error on fresh sequences by length, a dot a run, thin lines joining the runs of one seed. "
        "At length 10 all dots lie far below the dashed line of predicting zero. Towards length "
        "100 they rise and spread out, and some of the thin lines fall where they should rise.",
    )


@style.styled
def answers(result: Result) -> Figure:
    """Draw what the networks say to each first number, a panel a length."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for k, (ax, length) in enumerate(zip(axes.flat, result.lengths, strict=True)):
        ax.plot(
            result.firsts,
            result.firsts,
            color=style.BASELINE,
            linestyle=(0, (4, 3)),
            linewidth=1.6,
            label="a perfect copy",
        )
        for said in result.answers[:, k]:
            ax.plot(result.firsts, said, color=style.RNN, linewidth=1.3)
        ax.set_title(f"length {length}")
    axes[0, 0].set_ylim(-2.7, 2.7)
    axes[0, 0].set_xticks([-2, 0, 2])
    fig.supxlabel("first number of the sequence", fontsize=11)
    fig.supylabel("answer of the network", fontsize=11)
    fig.legend(handles=axes[0, 0].get_lines()[:1], loc="outside upper center")
    return style.describe(
        fig,
        "Answer against the first number, a line a seed, in four panels by length. At length 10 "
        "all lines follow the dashed diagonal of a perfect copy. At the greater lengths some lines "
        "are steps from about minus one to plus one at zero, and some lie flat near zero.",
    )


@style.styled
def gated(result: Result) -> Figure:
    """Draw the error of plain and gated networks at the two lengths."""
    fig, axes = style.figure("wide", 1, 2, sharey=True, width_ratios=[3, 4])
    colors = {"plain": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}
    for ax, length in zip(axes, (30, 100), strict=True):
        plain = result.error[:, result.lengths.index(length)]
        rows = [("plain", plain)] + [
            (name, result.gated_error[:, k])
            for k, (name, at) in enumerate(result.cases)
            if at == length
        ]
        for x, (name, values) in enumerate(rows):
            style.spread(ax, x, values.tolist(), colors[name.split(",")[0]])
        style.baseline(ax, 1.0, "predicting zero")
        names = [name.replace(", ", ",\n") for name, _ in rows]
        ax.set_xticks(range(len(rows)), names)
        ax.set_xlim(-0.6, len(rows) - 0.4)
        ax.set_title(f"length {length}")
    axes[0].set_ylabel("squared error, fresh data")
    set_log(axes[0], 0.02, 3)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center")
    return style.describe(
        fig,
        "Errors of plain network, LSTM and GRU at lengths 30 and 100, a dot a run. At 30 most runs "
        "of the plain network lie below the dashed line of predicting zero; the default LSTM and "
        "GRU lie on it. At 100 the default LSTM lies on it too, and the LSTM with chrono "
        "initialisation far below.",
    )


def set_log(ax: Axes, least: float, most: float) -> None:
    """Give ``ax`` a logarithmic scale whose ticks are plain numbers."""
    ax.set_yscale("log")
    ax.set_ylim(least, most)
    ax.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.set_yticks([], minor=True)
