"""Pictures for the chapter on beam search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.beam import Result


@style.styled
def by_width(result: Result) -> Figure:
    """Draw how likely and how often right a translation is by the width, a line a seed."""
    fig, axes = style.figure("wide", 1, 2, sharex=True)
    panels = (
        (result.likely, "log-probability", "how likely"),
        (100 * result.right, "numerals right, percent", "how often right"),
    )
    for ax, (values, label, title) in zip(axes, panels, strict=True):
        for row in values:
            ax.plot(range(len(row)), row, "o-", color=style.LSTM, linewidth=1.6, alpha=0.8)
        ax.set_xticks(range(len(result.widths)), [str(width) for width in result.widths])
        ax.set_xlabel("beginnings kept")
        ax.set_ylabel(label)
        ax.set_title(title, fontsize=10.5)
    axes[1].set_ylim(0, 100)
    return style.describe(
        fig,
        "Two panels against the number of beginnings that a search keeps, from one to eight, a "
        "line a seed. Left, the mean log-probability of what was written rises from one beginning "
        "to four and is nearly level after that. Right, the percentage of right numerals stays "
        "near where it is with one, a little above it in some runs and below it in others.",
    )
