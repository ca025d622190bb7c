"""Pictures for the chapter on word vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.embeddings import Result


@style.styled
def analogies(result: Result, strays: Sequence[float]) -> Figure:
    """Draw the analogies completed by how often words bring a stray companion, with all runs."""
    fig, axes = style.figure("wide", 1, 2, sharey=True, sharex=True)
    random = np.median([result.left_out[stray, "random"] for stray in strays])
    said = []
    for ax, name in zip(axes, ("skip-gram", "counted"), strict=True):
        for shares, line, marker, label in (
            (result.left_out, "-", "o", "its words left out"),
            (result.allowed, ":", "s", "allowed"),
        ):
            scores = [shares[stray, name] for stray in strays]
            medians = np.median(scores, axis=1)
            ax.plot(strays, medians, line, marker=marker, color=style.INK, label=label)
            for row in zip(*scores, strict=True):
                ax.plot(strays, row, marker, color=style.INK, alpha=0.35, markersize=4)
            shown = ", ".join(f"{m:.2f} at {s:g}" for m, s in zip(medians, strays, strict=True))
            said.append(f"{name}, {label}: {shown}")
        style.baseline(ax, float(random), "random")
        ax.set_title(name)
        ax.set_xticks(strays)
        ax.set_xlabel("share with stray company")
    axes[0].set_ylim(-0.03, 1.05)
    axes[0].set_ylabel("analogies completed")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.describe(
        fig,
        "Share of analogies completed, by how often words bring a stray companion along, a panel "
        "each for skip-gram and counted vectors, a dot for each seed, solid where the words of the "
        "question are left out and dotted where they are allowed, beside a dashed line for random "
        f"vectors, at {random:.2g}. Medians: {'; '.join(said)}.",
    )


@style.styled
def arrows(result: Result, pairs: Mapping[str, Sequence[tuple[str, str]]]) -> Figure:
    """Draw words of the first seed in a plane, with an arrow from each word to its partner."""
    fig, axes = style.figure("square", 2, 1, height_ratios=(1.4, 1))
    said = []
    for ax, (name, title) in zip(
        axes,
        (("people", "man to woman"), ("countries", "country to capital")),
        strict=True,
    ):
        ways = []
        for pair in pairs[name]:
            start, end = (result.points[word][0] for word in pair)
            ways.append(end - start)
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
        ax.set_title(title)
        ax.grid(False)
        ax.margins(0.16, 0.08)
        ax.set_xlabel("first direction")
        ax.set_ylabel("second direction")
        norms = np.linalg.norm(ways, axis=1)
        mean = np.mean(ways, axis=0)
        cosines = ways @ mean / norms / np.linalg.norm(mean)
        said.append(
            f"{title}: {len(ways)} arrows, lengths {style.span(norms)}, cosines with their mean "
            f"{style.span(cosines)}"
        )
    return style.describe(
        fig,
        "Words of a relation in the plane in which they differ most, a panel for each relation, "
        "with an arrow from each word to its partner. Compare the lengths and directions of the "
        f"arrows, {'; '.join(said)}.",
    )
