"""Pictures for the chapter on word order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.order import Result


@style.styled
def accuracy(result: Result) -> Figure:
    """Draw the accuracy of every model by the words between "not" and its word, a dot a seed."""
    fig, ax = style.figure("wide")
    looks = {
        "bag of words": (style.BASELINE, ":", "o"),
        "weights per place": (style.MUTED, "-.", "s"),
        "convolution, 3 wide": (style.BASELINE, "-", "^"),
        "recurrent": (style.RNN, "-", "o"),
    }
    for k, name in enumerate(result.models):
        color, line, marker = looks[name]
        ax.plot(
            result.gaps,
            np.median(result.accuracy[:, k], axis=0),
            color=color,
            linestyle=line,
            marker=marker,
            # The two lines that lie on each other are told apart by a ring around a dot.
            markersize=11 if marker == "s" else 6,
            markerfacecolor="none" if marker == "s" else color,
            label=name,
        )
        for scores in result.accuracy[:, k]:
            ax.plot(result.gaps, scores, marker, color=color, alpha=0.5, markersize=4)
    style.baseline(ax, 0.5, "chance")
    ax.set_xticks(result.gaps)
    ax.set_xlabel('words between "not" and its word')
    ax.set_ylabel("accuracy, fresh phrases")
    ax.set_ylim(0.4, 1.06)
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.42), ncols=1)
    return style.describe(
        fig,
        "Accuracy against the number of words between not and its word, from none to three. The "
        "recurrent network and the network with weights per place stay near one. The convolution "
        "three words wide is at one for none and one word in between and falls for two and three. "
        "The bag of words lies on the dashed line of chance throughout.",
    )
