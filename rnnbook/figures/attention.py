"""Pictures for the chapter on attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.attention import Result

_LOOKS = (
    (style.ATTENTION, "-", "o"),
    (style.LSTM, "-", "s"),
    (style.LSTM, ":", "^"),
)


@style.styled
def by_length(result: Result, longest_trained: int) -> Figure:
    """Draw the share of words written without a mistake by their length, a dot a seed."""
    fig, ax = style.figure("wide")
    ax.axvspan(longest_trained + 0.5, result.lengths[-1] + 0.4, color=style.PAPER, zorder=0)
    ax.text(
        (longest_trained + result.lengths[-1] + 0.9) / 2, 1.08, "longer than trained", ha="center"
    )
    for k, (name, (color, line, marker)) in enumerate(zip(result.networks, _LOOKS, strict=True)):
        scores = result.by_length[:, k]
        ax.plot(
            result.lengths,
            np.median(scores, axis=0),
            color=color,
            linestyle=line,
            marker=marker,
            label=name,
        )
        for row in scores:
            ax.plot(result.lengths, row, marker, color=color, alpha=0.45, markersize=4)
    ax.plot(
        result.lengths, result.guess, color=style.BASELINE, linestyle=(0, (4, 3)), label="one guess"
    )
    ax.set_xticks(result.lengths)
    ax.set_xlabel("letters in the word")
    ax.set_ylabel("words without a mistake")
    ax.set_ylim(-0.04, 1.2)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    ax.set_xlim(0.6, result.lengths[-1] + 0.4)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return style.describe(
        fig,
        "Share of words written backwards without a mistake against their length. All three "
        "networks are close to one for one letter and two. The one that hands on h without c falls "
        "first, then the one that hands on both, and the one with attention stays above them up "
        "to the longest trained words. At half as many letters again all three are near nought.",
    )


@style.styled
def by_step(result: Result, guess: float) -> Figure:
    """Draw the running share of words without a mistake by training step, a line a seed."""
    fig, ax = style.figure("wide")
    drawn = (result.attentive, result.plain, result.halved)
    for curves, name, (color, line, _) in zip(drawn, result.networks, _LOOKS, strict=True):
        for i, curve in enumerate(curves):
            steps = np.flatnonzero(~np.isnan(curve)) + 1
            label = name if i == 0 else None
            ax.plot(steps, curve[steps - 1], color=color, linestyle=line, lw=1.6, label=label)
    style.baseline(ax, guess, "one guess")
    ax.set_xlabel("training step")
    ax.set_ylabel("words without a mistake")
    ax.set_ylim(-0.02, 1.04)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.08))
    return style.describe(
        fig,
        "Share of words without a mistake against the training step. The lines of the network "
        "with attention are the first at nine words in ten; those of the network with one state "
        "get there later, but get there. Those of the one that hands on h without c, dotted, end "
        "far below.",
    )


@style.styled
def alignment(word: str, written: Sequence[str], weights: NDArray[np.float64]) -> Figure:
    """Draw what is looked at while each letter is written: dark where a weight is large."""
    fig, ax = style.figure("tall")
    shade = np.empty((*weights.shape, 4))
    shade[..., :3] = to_rgb(style.ATTENTION)
    shade[..., 3] = weights
    ax.imshow(shade, aspect="equal")
    for i, row in enumerate(weights):
        for j, weight in enumerate(row):
            if weight >= 0.05:
                ax.text(
                    j, i, f"{weight:.1f}".removeprefix("0"), ha="center", va="center", fontsize=9.5
                )
    columns = [*word, *["<pad>"] * (weights.shape[1] - len(word))]
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(written)), written)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(written) + 1) - 0.5, minor=True)
    ax.grid(visible=False, which="major")
    ax.grid(visible=True, which="minor", axis="both")
    ax.tick_params(which="both", length=0)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("letters read")
    ax.set_ylabel("letters written")
    return style.describe(
        fig,
        "A table of weights, a row for each letter written and a column for each letter read. The "
        "large weights lie near the diagonal that runs from the last letter read, in the first "
        "row, back to the first one. The columns of padding are empty.",
    )
