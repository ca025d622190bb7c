"""Pictures for the chapter on agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.agreement import Result

TITLES = {"by coin": "the nouns between fall by coin", "all distract": "all of them distract"}


@style.styled
def accuracy(result: Result, trained: int) -> Figure:
    """Draw the accuracy by distance, a dot a run; ``trained`` is the longest distance trained on.

    Parameters
    ----------
    result : rnnbook.experiments.agreement.Result
        What :func:`rnnbook.experiments.agreement.run` returned.
    trained : int
        Where the shaded region ends.
    """
    fig, axes = style.figure("square", rows=len(result.clauses), sharex=True)
    looks = {"RNN": (style.RNN, "o"), "LSTM": (style.LSTM, "s")}
    lines = (":", (0, (4, 3)), "-.")
    for j, (ax, clause) in enumerate(zip(axes, result.clauses, strict=True)):
        ax.axvspan(0, trained, color=style.PAPER, zorder=0)
        for name, line, rule in zip(
            result.names, lines, result.rules[:, :, j].swapaxes(0, 1), strict=True
        ):
            ax.plot(
                result.distances,
                np.median(rule, axis=0),
                color=style.BASELINE,
                linestyle=line,
                linewidth=1.6,
                label=name,
            )
        for k, name in enumerate(result.networks):
            color, marker = looks[name]
            hollow = marker == "s"  # the squares lie on the dots where both are right
            for i, row in enumerate(result.accuracy[:, k, j]):
                ax.plot(
                    result.distances,
                    row,
                    color=color,
                    marker=marker,
                    markersize=9 if hollow else 4.5,
                    markerfacecolor="none" if hollow else color,
                    linewidth=1.0,
                    label=f"{name}, a line a run" if i == 0 else None,
                )
        ax.set_title(TITLES[clause])
        ax.set_ylim(-0.06, 1.09)
        ax.set_ylabel("accuracy")
    axes[0].text(trained / 2, 0.1, "trained on", ha="center", color=style.MUTED, fontsize=10)
    axes[-1].set_xlabel("steps from the subject to its verb")
    axes[-1].set_xlim(0, None)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "Accuracy against the steps from the subject to its verb, in two panels. Within the "
        "distances trained on, the runs of the plain RNN and of the LSTM lie at one in both. "
        "Beyond, up to three times as far, the LSTM stays there. The nearest noun and the last "
        "eight words fall to one half where nouns fall by coin, and counting stays a little above; "
        "where all nouns distract, these three rules fall to zero.",
    )
