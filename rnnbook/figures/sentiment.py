"""Pictures for the chapter on sentiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rnnbook.experiments.sentiment import States

COLORS = {"RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def scores(
    accuracy: Mapping[tuple[str, str], Sequence[float]],
    parts: Mapping[str, str],
    guessing: float,
) -> Figure:
    """Draw the share of right answers of every contender, a panel a part, with all runs.

    Parameters
    ----------
    accuracy : mapping
        Shares over the seeds, by contender and part; where all are one, there is no spread.
    parts : mapping of str to str
        The parts to show, and what their panels are called.
    guessing : float
        The share of the best answer that never reads.
    """
    fig, axes = style.figure("wide", 1, len(parts), sharey=True, sharex=True, squeeze=False)
    names = list(dict.fromkeys(name for name, _ in accuracy))
    said = []
    for ax, (part, title) in zip(axes[0], parts.items(), strict=True):
        shown = []
        for y, name in enumerate(reversed(names)):
            shares = np.atleast_1d(accuracy[name, part])
            color = COLORS.get(name.split(",")[0], style.BASELINE)
            ax.barh(y, np.median(shares), height=0.66, color=color, alpha=0.55)
            if len(set(shares)) > 1:
                ax.scatter(
                    shares, [y] * len(shares), s=18, color=color, edgecolor=style.INK, linewidth=0.8
                )
            shown.append(f"{name} {style.span(shares)}")
        style.baseline(ax, guessing, "guessing", vertical=True)
        ax.set_title(title)
        ax.set_yticks(range(len(names)), names[::-1])
        ax.set_xlim(0, 1.04)
        ax.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
        ax.grid(axis="x")
        ax.grid(axis="y", visible=False)
        said.append(f"{title}: {', '.join(reversed(shown))}")
    fig.supxlabel("share right", fontsize=11, color=style.INK)
    return style.describe(
        fig,
        "Horizontal bars of the share of right answers, the median of the seeds, with a dot for "
        f"each seed, beside a dashed line for guessing at {guessing:.2g}. {'; '.join(said)}.",
    )


@style.styled
def states(found: States, maps: Mapping[str, NDArray[Any]], labels: tuple[str, str]) -> Figure:
    """Draw states as points, a row a map, coloured by the label and by the words read.

    Parameters
    ----------
    found : States
        The states, one a row, with label and position.
    maps : mapping of str to array
        Where each state lies, (states, 2), by the name of the map.
    labels : tuple of str
        The names of the two classes.
    """
    fig, axes = style.figure("square", len(maps), 2)
    said = []
    for row, (name, points) in zip(axes, maps.items(), strict=True):
        for label, color in ((0, style.RNN), (1, style.LSTM)):
            of = found.label == label
            row[0].scatter(*points[of].T, s=5, color=color, alpha=0.35)
            end = of & found.last
            row[0].scatter(
                *points[end].T,
                s=22,
                color=color,
                edgecolor=style.INK,
                linewidth=0.9,
                label=labels[label],
            )
        colored = row[1].scatter(*points.T, s=6, c=found.position, cmap="viridis")
        row[0].set_ylabel(name)
        ends = [points[(found.label == label) & found.last].mean(0) for label in (0, 1)]
        said.append(
            f"{name}, mean of the last states: "
            + "; ".join(
                f"{labels[i]} at ({end[0]:.1f}, {end[1]:.1f})" for i, end in enumerate(ends)
            )
        )
        for ax in row:
            ax.set_xticks(())
            ax.set_yticks(())
            ax.grid(False)
    axes[0][0].set_title("by sentiment")
    axes[0][1].set_title("by position")
    axes[0][0].legend(loc="best", markerscale=1, handletextpad=0.1)
    bar = fig.colorbar(colored, ax=list(axes[:, 1]), shrink=0.8)
    bar.set_label("words read")
    return style.describe(
        fig,
        f"Scatter plots of {len(found.label)} states, a row for each of {' and '.join(maps)}, left "
        f"coloured by {labels[0]} and {labels[1]}, with a ring around last states, right by the "
        f"words read, {found.position.min()} to {found.position.max()}. {'. '.join(said)}.",
    )
