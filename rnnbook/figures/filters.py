"""Pictures for the chapter on filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from torch import Tensor

    from rnnbook.experiments.filters import Result

#: Who estimates, from top to bottom, with the colour and the name in the figure.
ROWS = {
    "smoothing": (style.BASELINE, "smoothing"),
    "Kalman": (style.BASELINE, "Kalman filter"),
    "Kalman, clipped": (style.BASELINE, "Kalman filter, clipped"),
    "linear": (style.LINEAR, "linear, 2 units"),
    "RNN": (style.RNN, "plain RNN, 8 units"),
    "LSTM": (style.LSTM, "LSTM, 8 units"),
}
TITLES = {"even noise": "even noise", "outliers": "outliers"}


@style.styled
def belief(states: Tensor, beliefs: Tensor) -> Figure:
    """Draw how sure the filter is of the loaded die, above the rolls in which it was used."""
    fig, ax = style.figure("strip")
    rolls = np.arange(1, len(states) + 1)
    loaded = states.numpy() == 1
    ax.fill_between(rolls, 0, 1, where=loaded, step="mid", color=style.GRID, label="loaded die")
    ax.plot(rolls, beliefs[:, 1], color=style.INK, linewidth=1.4, label="belief")
    style.baseline(ax, 0.5, "undecided")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(1, len(rolls))
    ax.set_xlabel("roll")
    ax.set_ylabel("probability")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.3), ncols=3, fontsize=9.5)
    right = ((beliefs[:, 1] > 0.5).numpy() == loaded).mean()
    return style.describe(
        fig,
        f"Over {len(rolls)} rolls, the probability that a filter gives the loaded die rises and "
        "falls; bands mark the rolls in which that die was used. A guess by the more probable die "
        f"is right in a share of {right:.2f} of the rolls.",
    )


@style.styled
def errors(result: Result) -> Figure:
    """Draw the error of filters and networks in both worlds, as a multiple of Kalman's."""
    fig, axes = style.figure("tall", columns=2, sharey=True)
    said = []
    for ax, (world, title) in zip(axes, TITLES.items(), strict=True):
        parts = []
        for row, (name, (color, label)) in enumerate(ROWS.items()):
            ratio = result.error[world, name] / result.error[world, "Kalman"]
            ax.scatter(ratio, [row] * len(ratio), s=30, color=color, edgecolor=style.INK, zorder=3)
            parts.append(f"{label} {style.span(ratio, '.2f')}")
        said.append(f"With {title}: {', '.join(parts)}.")
        style.baseline(ax, 1, "Kalman filter", vertical=True)
        ax.set_title(title, fontsize=10.5)
        ax.set_xlim(0.5, 1.75)
        ax.grid(axis="x")
    axes[0].set_yticks(range(len(ROWS)), [label for _, label in ROWS.values()])
    axes[0].invert_yaxis()
    fig.supxlabel("squared error, as a multiple of the Kalman filter's", fontsize=11)
    return style.describe(
        fig,
        "A panel for each kind of noise; in each, a row for each way to estimate and a dot "
        "for each seed at its squared error, as a multiple of that of the Kalman filter, which a "
        f"dashed line marks. {' '.join(said)}",
    )
