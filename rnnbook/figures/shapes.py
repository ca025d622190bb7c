"""Pictures for the chapter on shapes and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.shapes import Result


@style.styled
def cost(result: Result) -> Figure:
    """Draw the accuracy that each way of reading a batch leads to, a dot a seed."""
    fig, ax = style.figure("wide")
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    rows = np.arange(len(result.names))[::-1]
    for y, name, right, values in zip(
        rows, result.names, result.right, result.accuracy.T, strict=True
    ):
        color = style.RNN if right else style.BASELINE
        ax.barh(y, np.median(values), height=0.62, color=color, alpha=0.55)
        ax.scatter(values, [y] * len(values), s=26, color=color, ec=style.INK, lw=0.8, zorder=3)
        ax.annotate(
            name, (0, y), (-6, 0), textcoords="offset points", ha="right", va="center", fontsize=9.5
        )
    style.baseline(ax, 0.5, "chance", vertical=True)
    ax.set_yticks([])
    ax.set_xlim(0, 1.04)
    ax.set_xlabel("accuracy, fresh phrases")
    ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.5))
    return style.describe(
        fig,
        "Bars of the accuracy of a recurrent network set up in eight ways. Read at the true "
        "lengths, without padding, from the top of two layers, or with matching targets it is near "
        "one. Reading h_n behind the "
        "padding, reshaping two layers into the batch, forgetting batch_first, and targets without "
        "a second dimension all leave it at chance.",
    )
