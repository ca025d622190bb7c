"""Pictures for the chapter on word order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.order import Result


CHANCE = 0.5


@style.styled
def accuracy(result: Result) -> Figure:
    """Draw the accuracy of every model by the words between "not" and its word, with all runs."""
    fig, ax = style.figure("wide")
    looks = {
        "bag of words": (style.BASELINE, ":", "o"),
        "weights per place": (style.MUTED, "-.", "s"),
        "convolution, 3 wide": (style.BASELINE, "-", "^"),
        "recurrent": (style.RNN, "-", "o"),
    }
    gaps = sorted({gap for _, gap in result.accuracy})
    said = []
    for name, (color, line, marker) in looks.items():
        runs = [result.accuracy[name, gap] for gap in gaps]
        ax.plot(
            gaps,
            np.median(runs, axis=1),
            color=color,
            linestyle=line,
            marker=marker,
            # The two lines that lie on each other are told apart by a ring around a dot.
            markersize=11 if marker == "s" else 6,
            markerfacecolor="none" if marker == "s" else color,
            label=name,
        )
        ax.plot(gaps, runs, marker, color=color, alpha=0.5, markersize=4)
        ends = (f"{style.span(at)} at {gap}" for gap, at in zip(gaps, runs, strict=True))
        said.append(f"{name}: {', '.join(ends)}")
    style.baseline(ax, CHANCE, "chance")
    ax.set_xticks(gaps)
    ax.set_xlabel('words between "not" and its word')
    ax.set_ylabel("accuracy, fresh phrases")
    ax.set_ylim(0.4, 1.06)
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.42), ncols=1)
    return style.describe(
        fig,
        "Accuracy on fresh phrases against the number of words between not and its word, a line "
        "through the medians for each design and a dot for each run, beside a dashed line for "
        f"chance, at {CHANCE:g}. {'; '.join(said)}.",
    )
