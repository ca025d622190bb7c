"""Pictures for the chapter on attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
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
    columns = [*word, *["<pad>"] * (weights.shape[1] - len(word))]
    style.weights_table(ax, "letters", columns, written, weights, least=0.05)
    ax.set_aspect("equal")
    return style.describe(
        fig,
        "A table of weights, a row for each letter written and a column for each letter read, dark "
        "where a weight is large. The largest in each row: "
        f"{style.largest_weights('letter', columns, written, weights)}. The largest on padding: "
        f"{weights[:, len(word) :].max():.2g}.",
    )
