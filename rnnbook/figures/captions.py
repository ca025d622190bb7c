"""Pictures for the chapter on captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.captions import Result

#: The contenders from the simplest on, and what each is called in a picture.
LABELS = {
    "nearest picture": "nearest picture",
    "regressions": "four regressions",
    "writer": "CNN, then GRU",
    "four answers": "CNN, four answers",
}
COLORS = {"writer": style.GRU, "four answers": style.INK}


@style.styled
def examples(pictures: ArrayLike, captions: Sequence[str], height: str = "strip") -> Figure:
    """Draw a row of pictures, each under its caption.

    Parameters
    ----------
    pictures : array
        (pictures, 3, rows, columns), from 0 to 1.
    captions : sequence of str
        What stands above each.
    height : str
        A row of the size grid of :func:`rnnbook.figures.style.figure`.
    """
    fig, axes = style.figure(height, columns=len(captions), squeeze=False)
    for ax, picture, caption in zip(axes[0], np.asarray(pictures), captions, strict=True):
        ax.imshow(picture.transpose(1, 2, 0), interpolation="nearest")
        ax.set_title(_broken(caption), fontsize=9.5, fontweight="normal")
        ax.set_axis_off()
    return style.describe(
        fig, f"Small pictures in a row, each with words above it: {'; '.join(captions)}."
    )


def _broken(caption: str, width: int = 13) -> str:
    """Break a caption into short lines, and cut it off after the fourth."""
    lines = [""]
    for word in caption.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines[:4])


@style.styled
def scores(result: Result, guess: float) -> Figure:
    """Draw the share of right captions of each contender, known combinations beside held-out ones.

    Parameters
    ----------
    result : Result
        Its field ``right`` is drawn.
    guess : float
        What one caption for all pictures gets right.
    """
    fig, ax = style.figure("wide")
    for y, name in enumerate(reversed(LABELS)):
        color = COLORS.get(name, style.BASELINE)
        for kind, height, face in (("known", 0.16, color), ("held out", -0.16, "none")):
            values = np.asarray(result.right[name, kind])
            ax.plot(
                values,
                np.full(len(values), y + height),
                "o",
                color=color,
                markerfacecolor=face,
                markeredgewidth=1.4,
                clip_on=False,
            )
    style.baseline(ax, guess, "one caption for all", vertical=True)
    ax.set_yticks(range(len(LABELS)), list(reversed(LABELS.values())))
    ax.set_xlim(-0.02, 1.02)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("share of captions with every word right")
    entries = [
        Line2D([], [], marker="o", linestyle="", color=style.INK, markerfacecolor=face, label=told)
        for told, face in (("known combinations", style.INK), ("held out", "none"))
    ]
    fig.legend(handles=[*entries, ax.lines[-1]], loc="outside lower center", ncols=3)
    said = (
        f"{told}: known {style.span(result.right[name, 'known'], '.2f')}, "
        f"held out {style.span(result.right[name, 'held out'], '.2f')}"
        for name, told in LABELS.items()
    )
    return style.describe(
        fig,
        "Dots of the share of captions with every word right, a row for each contender and a dot "
        "for each seed, filled for new pictures of known combinations and hollow for those of "
        f"held-out ones, beside a dashed line at {guess:.2f}. {'; '.join(said)}.",
    )
