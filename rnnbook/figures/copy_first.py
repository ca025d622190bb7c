"""Pictures for the chapter on copying the first number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.copy_first import Result

ZERO = 1.0  # the error of predicting zero
Array = NDArray[np.float64]

TICKS = (0.03, 0.1, 0.3, 1)


@style.styled
def errors(result: Result, sign_only: float) -> Figure:
    """Draw the error of each run by length, with the runs of one seed joined."""
    fig, ax = style.figure("wide")
    error = result.plain.error
    places = np.arange(len(error))
    for runs in zip(*error.values(), strict=True):
        ax.plot(places, runs, color=style.RNN, linewidth=0.9, alpha=0.6)
    for x, values in zip(places, error.values(), strict=True):
        style.spread(ax, float(x), values.tolist(), style.RNN)
    style.baseline(ax, ZERO, "predicting zero")
    ax.axhline(sign_only, color=style.BASELINE, linestyle=":", label="the sign alone")
    ax.set_xticks(places, [str(length) for length in error])
    ax.set_xlabel("length of the sequence")
    ax.set_ylabel("squared error, fresh data")
    set_log(ax, 0.02, 3)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    spans = "; ".join(f"{length} steps: {style.span(runs)}" for length, runs in error.items())
    return style.describe(
        fig,
        "Squared error on fresh sequences by length, a dot for each run, thin lines joining the "
        f"runs of one seed. Errors at {spans}. A dashed line marks predicting zero, at {ZERO:g}, "
        f"and a dotted one knowing the sign alone, at {sign_only:.2f}.",
    )


@style.styled
def curves(result: Result, sign_only: float) -> Figure:
    """Draw the learning curves of all runs of the plain network, a panel for each length."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for ax, (length, runs) in zip(axes.flat, result.plain.curves.items(), strict=True):
        for run, taken in zip(runs, result.plain.steps[length], strict=True):
            ax.plot(np.arange(1, len(run) + 1), run, color=style.RNN, linewidth=1.3)
            ax.plot(taken, run[taken - 1], "o", color=style.RNN, markersize=5)
        style.baseline(ax, ZERO, "predicting zero")
        ax.axhline(sign_only, color=style.BASELINE, linestyle=":", label="the sign alone")
        ax.set_title(f"length {length}")
    set_log(axes[0, 0], 0.06, 3)
    fig.supxlabel("update", fontsize=11)
    fig.supylabel("squared error", fontsize=11)
    handles = axes[0, 0].get_lines()[-2:]
    fig.legend(handles=handles, loc="outside upper center", ncols=2)
    ends = "; ".join(
        f"length {length}, {style.span(taken, 'd')} updates, lowest mean error "
        f"{style.span(result.plain.lowest[length])}"
        for length, taken in result.plain.steps.items()
    )
    return style.describe(
        fig,
        "Learning curves of the plain network, a line for each seed and a panel for each length, "
        "beside a dashed line for predicting zero and a dotted one for knowing the sign alone. "
        f"{ends}.",
    )


@style.styled
def answers(result: Result, firsts: Array) -> Figure:
    """Draw what the networks say to each first number, a panel for each length."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for ax, (length, runs) in zip(axes.flat, result.plain.answers.items(), strict=True):
        ax.plot(
            firsts,
            firsts,
            color=style.BASELINE,
            linestyle=(0, (4, 3)),
            linewidth=1.6,
            label="a perfect copy",
        )
        for said in runs:
            ax.plot(firsts, said, color=style.RNN, linewidth=1.3)
        ax.set_title(f"length {length}")
    axes[0, 0].set_ylim(-2.7, 2.7)
    axes[0, 0].set_xticks([-2, 0, 2])
    fig.supxlabel("first number of the sequence", fontsize=11)
    fig.supylabel("answer of the network", fontsize=11)
    fig.legend(handles=axes[0, 0].get_lines()[:1], loc="outside upper center")
    ends = "; ".join(
        f"length {length}: {style.span(runs[:, 0], '.1f')} for the smallest and "
        f"{style.span(runs[:, -1], '.1f')} for the largest"
        for length, runs in result.plain.answers.items()
    )
    return style.describe(
        fig,
        f"Answer of the network to first numbers from {firsts[0]:g} to {firsts[-1]:g}, a line for "
        "each seed and a panel for each length, beside the dashed diagonal of a perfect copy. "
        f"Answers at {ends}.",
    )


@style.styled
def gated(result: Result) -> Figure:
    """Draw the error of plain and gated networks, a panel for each length."""
    lengths = sorted({length for _, length in result.gated.error})
    fig, axes = style.figure("wide", 1, len(lengths), sharey=True, width_ratios=[3, 4])
    colors = {"plain": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}
    said = []
    for ax, length in zip(axes, lengths, strict=True):
        rows = {"plain": result.plain.error[length]}
        rows |= {name: e for (name, at), e in result.gated.error.items() if at == length}
        for x, (name, values) in enumerate(rows.items()):
            style.spread(ax, x, values.tolist(), colors[name.split(",")[0]])
            said.append(f"{name} at {length}: {style.span(values)}")
        style.baseline(ax, ZERO, "predicting zero")
        ax.set_xticks(range(len(rows)), [name.replace(", ", ",\n") for name in rows])
        ax.set_xlim(-0.6, len(rows) - 0.4)
        ax.set_title(f"length {length}")
    axes[0].set_ylabel("squared error, fresh data")
    set_log(axes[0], 0.02, 3)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center")
    return style.describe(
        fig,
        "Errors of the plain network and of gated ones, a dot for each run and a panel for each "
        f"length, beside a dashed line for predicting zero, at {ZERO:g}. {'; '.join(said)}.",
    )


def set_log(ax: Axes, least: float, most: float) -> None:
    """Give ``ax`` a logarithmic scale whose ticks are plain numbers."""
    ax.set_yscale("log")
    ax.set_ylim(least, most)
    ax.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.set_yticks([], minor=True)
