"""Pictures for the chapter on beam search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.beam import Result


@style.styled
def by_width(result: Result) -> Figure:
    """Draw how likely and how often right a translation is, a line for each seed."""
    fig, axes = style.figure("wide", 1, 2, sharex=True)
    percent = {width: 100 * share for width, share in result.right.items()}
    panels = (
        (result.likely, "log-probability", "how likely", ".2f"),
        (percent, "numerals right, percent", "how often right", ".0f"),
    )
    said = []
    for ax, (values, label, title, form) in zip(axes, panels, strict=True):
        for row in zip(*values.values(), strict=True):
            ax.plot(range(len(row)), row, "o-", color=style.LSTM, linewidth=1.6, alpha=0.8)
        ax.set_xticks(range(len(values)), [str(width) for width in values])
        ax.set_xlabel("beginnings kept")
        ax.set_ylabel(label)
        ax.set_title(title, fontsize=10.5)
        spans = ", ".join(f"{style.span(runs, form)} with {n}" for n, runs in values.items())
        said.append(f"{label}: {spans}")
    axes[1].set_ylim(0, 100)
    return style.describe(
        fig,
        "The mean log-probability of what was written and the percentage of numerals that are "
        "right, a panel for each, against the number of beginnings that a search keeps, a line for "
        f"each seed. {'; '.join(said)}.",
    )
