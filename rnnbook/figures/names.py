"""Pictures for the chapter on the names of thirteen lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from rnnbook.figures import style

COLORS = {"RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def scores(accuracy: Mapping[str, Sequence[float]], baseline: str) -> Figure:
    """Draw the share of right labels of each contender, one dot per seed, the highest on top.

    Parameters
    ----------
    accuracy : mapping of str to sequence of float
        The share by contender and seed.
    baseline : str
        The contender that is drawn as a dashed line.
    """
    fig, ax = style.figure("wide")
    means = {name: float(np.mean(values)) for name, values in accuracy.items()}
    ranked = sorted((name for name in means if name != baseline), key=lambda name: means[name])
    for y, name in enumerate(ranked):
        color = COLORS.get(name, style.BASELINE)
        values = np.unique(accuracy[name])
        ax.barh(y, means[name], height=0.62, color=color, alpha=0.55)
        ax.scatter(values, [y] * len(values), s=26, color=color, edgecolor=style.INK, linewidth=0.8)
        ax.text(max(values) + 0.02, y, f"{means[name]:.2f}", va="center", fontsize=10)
    style.baseline(ax, means[baseline], baseline, vertical=True)
    ax.set_yticks(range(len(ranked)), ranked)
    ax.set_xlim(0, 1)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("share of held-out names with the right label")
    ax.legend(loc="lower right")
    rows = ", ".join(f"{name} {style.span(accuracy[name])}" for name in reversed(ranked))
    return style.describe(
        fig,
        "Horizontal bars of the share of held-out names that get the right label, with a dot for "
        f"each seed, the highest on top, beside a dashed line for {baseline} at "
        f"{means[baseline]:.2f}: {rows}.",
    )


@style.styled
def confusion(labels: Sequence[str], table: ArrayLike, name: str) -> Figure:
    """Draw which labels the names of each label were given, as shares of a row.

    Parameters
    ----------
    labels : sequence of str
        The labels; where there are many, those with the most names are drawn.
    table : array
        Names by true label and by label given, (labels, labels).
    name : str
        Who gave the labels.
    """
    counts = np.asarray(table, dtype=float)
    drawn = sorted(np.argsort(-counts.sum(1), kind="stable")[:16])
    counts, shown = counts[np.ix_(drawn, drawn)], [labels[i] for i in drawn]
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    fig, ax = style.figure("square")
    image = ax.imshow(shares, vmin=0, vmax=1, cmap="cividis")
    ax.grid(visible=False)
    ax.set_xticks(range(len(shown)), shown, rotation=60, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(shown)), shown)
    ax.set_xlabel(f"label that the {name} gives")
    ax.set_ylabel("true label")
    fig.colorbar(image, ax=ax, shrink=0.8, label="share of the row")
    wrong = shares - np.diag(np.diag(shares))
    worst = np.argsort(-wrong, axis=None, kind="stable")[:3]
    pairs = [np.unravel_index(place, wrong.shape) for place in worst]
    often = "; ".join(f"{shown[i]} taken for {shown[j]}, {wrong[i, j]:.2f}" for i, j in pairs)
    return style.describe(
        fig,
        f"A square of {len(shown)} by {len(shown)} cells: rows are true labels, columns those that "
        f"the {name} gives, bright cells large shares of a row. Its diagonal, the right answers, "
        f"holds from {style.span(np.diag(shares))}. The largest shares beside it: {often}.",
    )


@style.styled
def intervals(
    labels: Sequence[str],
    counts: Sequence[int],
    shares: Mapping[str, Sequence[float]],
    edges: Mapping[str, Sequence[tuple[float, float]]],
) -> Figure:
    """Draw the share of right answers of each label with its interval, the rarest label on top.

    Parameters
    ----------
    labels, counts : sequence
        The labels, and how many held-out names each has.
    shares : mapping of str to sequence of float
        The share of each label, by contender.
    edges : mapping of str to sequence of pairs of float
        The interval around each share.
    """
    fig, ax = style.figure("square")
    order = np.argsort(-np.asarray(counts), kind="stable")[-16:]
    for shift, (name, values) in zip((0.17, -0.17), shares.items(), strict=True):
        color = COLORS.get(name, style.BASELINE)
        places = np.arange(len(order)) + shift
        for y, i in zip(places, order, strict=True):
            ax.plot(edges[name][i], [y, y], color=color, linewidth=2)
        ax.plot([values[i] for i in order], places, "o", color=color, label=name)
    ax.set_yticks(range(len(order)), [f"{labels[i]} ({counts[i]})" for i in order])
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("share right, with its 95 % interval")
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    rows = "; ".join(
        f"{labels[i]}, {counts[i]} names: "
        + ", ".join(
            f"{name} {values[i]:.2f}, from {edges[name][i][0]:.2f} to {edges[name][i][1]:.2f}"
            for name, values in shares.items()
        )
        for i in order[::-1]
    )
    return style.describe(
        fig,
        "For each label, one dot with a horizontal interval for each classifier: the share of its "
        f"held-out names that are right. The label with the fewest names is on top. {rows}.",
    )
