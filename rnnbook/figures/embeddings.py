"""Pictures for the chapter on word vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.embeddings import Result


@style.styled
def analogies(result: Result) -> Figure:
    """Draw the analogies completed by how often words keep company of their own, a dot a seed."""
    fig, axes = style.figure("wide", 1, 2, sharey=True, sharex=True)
    for ax, name in zip(axes, ("skip-gram", "counted"), strict=True):
        k = result.vectors.index(name)
        for scores, line, marker, label in (
            (result.left_out[:, :, k], "-", "o", "its words left out"),
            (result.allowed[:, :, k], ":", "s", "allowed"),
        ):
            ax.plot(
                result.own,
                np.median(scores, axis=0),
                line,
                marker=marker,
                color=style.INK,
                label=label,
            )
            for row in scores:
                ax.plot(result.own, row, marker, color=style.INK, alpha=0.35, markersize=4)
        style.baseline(ax, float(np.median(result.left_out[:, :, 0])), "random")
        ax.set_title(name)
        ax.set_xticks(result.own)
        ax.set_xlabel("share with own company")
    axes[0].set_ylim(-0.03, 1.05)
    axes[0].set_ylabel("analogies completed")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.describe(
        fig,
        "Share of analogies completed, by how often words keep company of their own, for skip-gram "
        "and counted vectors. In the regular text, on the left of each panel, both complete all of "
        "them, with and without leaving out the words of the question. To the right skip-gram "
        "falls, the counted vectors hardly do; in both panels the dotted line, with the words of "
        "the question allowed, lies clearly below the other. Random vectors complete nearly none.",
    )


@style.styled
def arrows(result: Result) -> Figure:
    """Draw words of two relations in a plane, with an arrow from each word to its partner."""
    fig, axes = style.figure("square", 2, 1, height_ratios=(1.4, 1))
    for ax, name in zip(axes, ("people", "countries"), strict=True):
        for pair in result.pairs[name]:
            start, end = (np.array(result.points[word]) for word in pair)
            ax.annotate(
                "",
                end,
                start,
                arrowprops={"arrowstyle": "->", "color": style.BASELINE, "linewidth": 1.2},
            )
            rightward = end[0] > start[0]
            for word, place, color, right, down in (
                (pair[0], start, style.INK, not rightward, 5),
                (pair[1], end, style.MUTED, rightward, 0),
            ):
                ax.plot(*place, "o", color=color, markersize=4)
                ax.annotate(
                    word,
                    place,
                    (5 if right else -5, -down),
                    textcoords="offset points",
                    ha="left" if right else "right",
                    va="center",
                    fontsize=9,
                    color=color,
                )
        ax.set_title({"people": "man to woman", "countries": "country to capital"}[name])
        ax.grid(False)
        ax.margins(0.16, 0.08)
        ax.set_xlabel("first direction")
        ax.set_ylabel("second direction")
    return style.describe(
        fig,
        "Two planes of words. Above, arrows from man to woman, king to queen, prince to princess "
        "and three more pairs; below, arrows from six countries to their capitals. In each plane "
        "the arrows have similar lengths and point in nearly the same direction.",
    )
