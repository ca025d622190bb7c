"""Pictures for the chapter on agreement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.agreement import Result

TITLES = {"by coin": "nouns between: by coin", "all distract": "nouns between: all distract"}
LOOKS = {"RNN": (style.RNN, "o"), "LSTM": (style.LSTM, "s")}
LINES = {"nearest noun": ":", "count nouns": (0, (4, 3)), "last 8 words": "-."}


@style.styled
def accuracy(result: Result, distances: Mapping[int, int], trained: int) -> Figure:
    """Draw the accuracy by distance, a dot for each run.

    Parameters
    ----------
    result : rnnbook.experiments.agreement.Result
        What :func:`rnnbook.experiments.agreement.run` returned.
    distances : mapping of int to int
        The steps from the subject to its verb, by the nouns of the clause.
    trained : int
        The longest distance trained on, where the shaded region ends.
    """
    fig, axes = style.figure("square", rows=len(TITLES), sharex=True)
    steps = list(distances.values())
    said = []
    for ax, clause in zip(axes, TITLES, strict=True):
        ax.axvspan(0, trained, color=style.PAPER, zorder=0)
        for name, line in LINES.items():
            scores = [np.median(result.rules[name, clause, nouns]) for nouns in distances]
            ax.plot(steps, scores, color=style.BASELINE, linestyle=line, linewidth=1.6, label=name)
        for name, (color, marker) in LOOKS.items():
            hollow = marker == "s"  # the squares lie on the dots where both are right
            runs = np.stack([result.accuracy[name, clause, nouns] for nouns in distances], axis=1)
            for i, row in enumerate(runs):
                ax.plot(
                    steps,
                    row,
                    color=color,
                    marker=marker,
                    markersize=9 if hollow else 4.5,
                    markerfacecolor="none" if hollow else color,
                    linewidth=1.0,
                    label=f"{name}, one line per run" if i == 0 else None,
                )
        said.append(f"The {TITLES[clause]}, {ranges(result, clause, distances, trained)}.")
        ax.set_title(TITLES[clause])
        ax.set_ylim(-0.06, 1.09)
        ax.set_ylabel("accuracy")
    axes[0].text(trained / 2, 0.1, "trained on", ha="center", color=style.MUTED, fontsize=10)
    axes[-1].set_xlabel("steps from the subject to its verb")
    axes[-1].set_xlim(0, None)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "Accuracy against the steps from the subject to its verb, a panel for each kind of clause, "
        "a line for each run of the plain RNN and of the LSTM, beside grey lines for the shortcuts "
        f"(medians). Distances of up to {trained} steps were trained on and are shaded. "
        f"{' '.join(said)}",
    )


def ranges(result: Result, clause: str, distances: Mapping[int, int], trained: int) -> str:
    """Say between what the scores lie, within the distances trained on and beyond them."""
    near_by = [nouns for nouns, steps in distances.items() if 1 < steps <= trained]
    far_off = [nouns for nouns, steps in distances.items() if steps > trained]
    lines = []
    for scores, names in ((result.accuracy, LOOKS), (result.rules, LINES)):
        for name in names:
            near, far = (
                style.span([scores[name, clause, nouns] for nouns in chosen])
                for chosen in (near_by, far_off)
            )
            lines.append(f"{name} {near} across clauses trained on and {far} beyond")
    return "; ".join(lines)
