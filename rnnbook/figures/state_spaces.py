"""Pictures for the chapter on state spaces: errors on the echo, responses to an impulse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.state_spaces import Result

COLORS = {"LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def errors(result: Result, baseline: float) -> Figure:
    """Draw the error of every network on fresh sequences, one dot per seed."""
    fig, ax = style.figure("strip")
    style.baseline(ax, baseline, "always zero", vertical=True)
    said = []
    for row, (name, values) in enumerate(result.error.items()):
        ax.scatter(
            values,
            [-row] * len(values),
            s=30,
            color=COLORS.get(name, style.LINEAR),
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
        said.append(f"{name} {style.span(values)}")
    ax.set_xscale("log")
    ax.set_yticks([-row for row in range(len(result.error))], list(result.error))
    ax.set_ylim(0.5 - len(result.error), 0.5)
    ax.set_xlabel("squared error on fresh sequences")
    ax.grid(axis="x")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The squared error on fresh sequences, on a logarithmic scale, a row for each network and "
        f"a dot for each seed: {'; '.join(said)}. A dashed line at {baseline:.2g} is the error of "
        "always answering zero.",
    )


@style.styled
def responses(result: Result, lag: int) -> Figure:
    """Draw what one impulse does to the answers of each layer, before and after training."""
    names = [name for name, when in result.response if when == "after"]
    fig, axes = style.figure("wide", rows=2, columns=2, sharex=True, sharey=True)
    said = []
    for ax, name in zip(axes.flat, names, strict=True):
        for when, color, line in (("before", style.MUTED, ":"), ("after", style.LINEAR, "-")):
            for seed, row in enumerate(result.response[name, when]):
                label = f"{when} training" if seed == 0 else None
                ax.plot(np.arange(len(row)), row, line, color=color, linewidth=1.2, label=label)
        after = result.response[name, "after"]
        said.append(f"{name}, after training, at {lag} steps: {style.span(after[:, lag])}")
        ax.set_title(name, fontsize=10.5)
    for ax in axes[-1]:
        ax.set_xlabel("steps after the impulse")
    for ax in axes[:, 0]:
        ax.set_ylabel("answer")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return style.describe(
        fig,
        "What one impulse does to the answers, over the steps after it, a panel for each layer and "
        f"a line for each seed, dotted before training and solid after it. {'; '.join(said)}.",
    )
