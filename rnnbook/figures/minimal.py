"""Pictures for the chapter on the minimal GRU and LSTM: what they learned, how long units keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.minimal import Result

LABELS = {
    "minGRU": "minGRU, long biases",
    "minLSTM": "minLSTM, long biases",
    "minGRU, default": "minGRU, default",
}


@style.styled
def errors(result: Result, baseline: float) -> Figure:
    """Draw the error of every network on fresh sequences, one dot per seed."""
    fig, ax = style.figure("strip")
    style.baseline(ax, baseline, "always one", vertical=True)
    said = []
    for row, name in enumerate(result.error):
        errors = result.error[name]
        ax.scatter(
            errors,
            [-row] * len(errors),
            s=30,
            color=style.LINEAR,
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
        said.append(f"{LABELS[name]} {style.span(errors)}")
    ax.set_xscale("log")
    ax.set_yticks([-row for row in range(len(result.error))], [LABELS[n] for n in result.error])
    ax.set_ylim(0.5 - len(result.error), 0.5)
    ax.set_xlabel("squared error on fresh sequences")
    ax.grid(axis="x")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The squared error on fresh sequences, on a logarithmic scale, a row for each network and "
        f"a dot for each seed: {'; '.join(said)}. A dashed line at {baseline:.2g} is the error of "
        "always answering one.",
    )


@style.styled
def memory(result: Result) -> Figure:
    """Draw for how many steps each unit keeps its state, before and after training."""
    names = list(result.error)
    fig, axes = style.figure("wide", columns=len(names), sharey=True)
    said = []
    for ax, name in zip(axes, names, strict=True):
        for when, color in (("before", style.MUTED), ("after", style.LINEAR)):
            rows = result.memory[name, when]
            units = np.arange(1, rows.shape[1] + 1)
            for seed, row in enumerate(rows):
                label = f"{when} training" if seed == 0 else None
                line = ":" if when == "before" else "-"
                ax.plot(units, row, color=color, linestyle=line, linewidth=1.6, label=label)
            said.append(f"{LABELS[name]}, {when}: {style.span(rows, ',.0f')}")
        ax.set_title(LABELS[name].replace(", ", ",\n"), fontsize=10.5)
        ax.set_yscale("log")
        ax.set_xticks([units[0], units[-1]])
        ax.set_xlabel("unit")
    axes[0].set_ylabel("steps a unit keeps")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return style.describe(
        fig,
        "For how many steps each unit keeps its state at steps without a mark, on a logarithmic "
        "scale, the units in order, a panel for each network and a line for each seed, dotted "
        f"before training and solid after it. {'; '.join(said)}.",
    )
