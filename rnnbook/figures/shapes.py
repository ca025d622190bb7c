"""Pictures for the chapter on shapes and states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.shapes import Result

CHANCE = 0.5


@style.styled
def cost(result: Result, right: Mapping[str, bool]) -> Figure:
    """Draw the accuracy that each way of reading a batch leads to, a dot for each seed.

    Parameters
    ----------
    result : rnnbook.experiments.shapes.Result
        What was measured.
    right : mapping of str to bool
        Whether a way is right, by name.
    """
    fig, ax = style.figure("wide")
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    for y, (name, values) in enumerate(reversed(result.accuracy.items())):
        color = style.RNN if right[name] else style.BASELINE
        ax.barh(y, np.median(values), height=0.62, color=color, alpha=0.55)
        ax.scatter(values, [y] * len(values), s=26, color=color, ec=style.INK, lw=0.8, zorder=3)
        ax.annotate(
            name, (0, y), (-6, 0), textcoords="offset points", ha="right", va="center", fontsize=9.5
        )
    style.baseline(ax, CHANCE, "chance", vertical=True)
    ax.set_yticks([])
    ax.set_xlim(0, 1.04)
    ax.set_xlabel("accuracy, fresh phrases")
    ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.5))
    said = "; ".join(
        f"{name} ({'right' if right[name] else 'wrong'}): {style.span(values)}"
        for name, values in result.accuracy.items()
    )
    return style.describe(
        fig,
        "Bars of the accuracy of a recurrent network, one for each way to set it up, right ways "
        f"in blue and wrong ones in grey, with a dot for each run; a dashed line marks chance, at "
        f"{CHANCE:g}. {said}.",
    )
