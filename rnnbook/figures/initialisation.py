"""Pictures for the chapter on initialisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.initialisation import Result

COLORS = {"RNN": style.RNN, "ReLU RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}
#: Default initialisation is dotted; the others have lines of their own.
LINES = {
    "default": ":",
    "orthogonal": "-",
    "identity": "-",
    "forget bias 1": "-.",
    "forget bias 3": (0, (5, 2)),
    "chrono": "-",
}


@style.styled
def gradients(result: Result) -> Figure:
    """Draw how far the gradient of every untrained network reaches, one panel per kind."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    panels = dict(zip(COLORS, axes.flat, strict=True))
    said = []
    for (kind, name), sizes in result.gradient.items():
        back = np.arange(sizes.shape[1])
        color, ax = COLORS[kind], panels[kind]
        ax.plot(back, np.median(sizes, axis=0), color=color, ls=LINES[name], label=name)
        ax.fill_between(back, sizes.min(axis=0), sizes.max(axis=0), color=color, alpha=0.2)
        said.append(f"{kind}, {name}: {style.span(sizes[:, -1], '.0e')}")
    for kind, ax in panels.items():
        ax.set_title(kind)
        ax.legend(loc="lower left", fontsize=9, handlelength=2.8)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(1e-22, 10)
    axes[0, 0].set_yticks([1e-20, 1e-15, 1e-10, 1e-5, 1])
    fig.supxlabel("steps back", fontsize=11)
    fig.supylabel("change of the answer by an input", fontsize=11)
    return style.describe(
        fig,
        "Size of the gradient by the distance of the input, before training, on a logarithmic "
        f"scale, a panel for each of {', '.join(panels)}; a line is the median of an "
        "initialisation, a band spans its networks, and the default is dotted. "
        f"At {back[-1]} steps back: {'; '.join(said)}.",
    )


@style.styled
def curves(result: Result, length: int) -> Figure:
    """Draw the learning curves at the length that all have tried, one panel per kind."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    panels = dict(zip(COLORS, axes.flat, strict=True))
    said = []
    for (kind, name), runs in result.curves.items():
        for i, losses in enumerate(runs):
            panels[kind].plot(
                np.arange(1, len(losses) + 1),
                losses,
                color=COLORS[kind],
                ls=LINES[name],
                linewidth=1.3,
                label=name if i == 0 else None,
            )
        taken, lowest = np.isfinite(runs).sum(axis=1), np.nanmin(runs, axis=1)
        said.append(
            f"{kind}, {name}: {style.span(taken, 'd')} updates, lowest mean error "
            f"{style.span(lowest)}"
        )
    for kind, ax in panels.items():
        style.baseline(ax, 1.0, "")
        ax.set_title(kind)
        # a run ends when its error is a tenth: what is below is free for the names
        ax.legend(loc="lower right", fontsize=9, handlelength=2.8)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(0.004, 2)
    ticks = (0.1, 0.3, 1)
    axes[0, 0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes[0, 0].set_yticks([], minor=True)
    fig.supxlabel("update", fontsize=11)
    fig.supylabel("squared error", fontsize=11)
    return style.describe(
        fig,
        f"Learning curves at length {length}, a line for each run, the default dotted, a panel "
        f"for each of {', '.join(panels)}, beside a dashed line for predicting zero. "
        f"{'; '.join(said)}.",
    )
