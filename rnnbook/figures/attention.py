"""Pictures for the chapter on attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.attention import Result

_LOOKS = {
    "attention": (style.ATTENTION, "-", "o"),
    "one state": (style.LSTM, "-", "s"),
    "h without c": (style.LSTM, ":", "^"),
}


@style.styled
def by_length(result: Result, guess: Mapping[int, float], longest_trained: int) -> Figure:
    """Draw the share of words written without a mistake by their length, a dot for each seed."""
    fig, ax = style.figure("wide")
    lengths = list(guess)
    ax.axvspan(longest_trained + 0.5, lengths[-1] + 0.4, color=style.PAPER, zorder=0)
    ax.text((longest_trained + lengths[-1] + 0.9) / 2, 1.08, "longer than trained", ha="center")
    said = []
    for name, (color, line, marker) in _LOOKS.items():
        scores = np.stack([result.by_length[name, letters] for letters in lengths], axis=1)
        middle = np.median(scores, axis=0)
        ax.plot(lengths, middle, color=color, linestyle=line, marker=marker, label=name)
        for row in scores:
            ax.plot(lengths, row, marker, color=color, alpha=0.45, markersize=4)
        at = (1, longest_trained // 2, longest_trained, lengths[-1])
        said.append(
            f"{name}: " + ", ".join(f"{style.span(result.by_length[name, n])} at {n}" for n in at)
        )
    ax.plot(
        lengths,
        list(guess.values()),
        color=style.BASELINE,
        linestyle=(0, (4, 3)),
        label="one guess",
    )
    ax.set_xticks(lengths)
    ax.set_xlabel("letters in the word")
    ax.set_ylabel("words without a mistake")
    ax.set_ylim(-0.04, 1.2)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    ax.set_xlim(0.6, lengths[-1] + 0.4)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return style.describe(
        fig,
        "Share of words written backwards without a mistake by number of letters, a line for the "
        "median of each network and a dot for each seed, beside a dashed line for a single guess; "
        f"words of more than {longest_trained} letters, longer than trained, are shaded. "
        f"{'; '.join(said)}.",
    )


@style.styled
def by_update(result: Result, guess: float) -> Figure:
    """Draw the running share of words without a mistake by update, a line for each run."""
    fig, ax = style.figure("wide")
    said = []
    for name, (color, line, _) in _LOOKS.items():
        ends = []
        for i, curve in enumerate(result.curves[name]):
            updates = np.flatnonzero(~np.isnan(curve)) + 1
            label = name if i == 0 else None
            ax.plot(updates, curve[updates - 1], color=color, linestyle=line, lw=1.6, label=label)
            ends.append((len(updates), curve[len(updates) - 1]))
        counts, scores = zip(*ends, strict=True)
        said.append(f"{name}: {style.span(scores)} at the end, {style.span(counts, 'd')} updates")
    style.baseline(ax, guess, "one guess")
    ax.set_xlabel("update")
    ax.set_ylabel("words without a mistake")
    ax.set_ylim(-0.02, 1.04)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.08))
    return style.describe(
        fig,
        "Running share of words without a mistake against the update, a line for each run, beside "
        f"a dashed line for a single guess, at {guess:.2f}. {'; '.join(said)}.",
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
    said = [
        f"{sign} at letter {row.argmax() + 1}, {columns[row.argmax()]}, with {row.max():.2f}"
        for sign, row in zip(written, weights, strict=True)
    ]
    return style.describe(
        fig,
        "A table of weights, a row for each letter written and a column for each letter read, dark "
        f"where a weight is large. The largest in each row: {', '.join(said)}. The largest on "
        f"padding: {weights[:, len(word) :].max():.2g}.",
    )
