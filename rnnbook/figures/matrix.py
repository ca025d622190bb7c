"""Pictures for the chapter on matrix states: recall by size, and keys that come again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.matrix import Overwritten, Result

#: The colour, the line and the mark of each network.
LOOKS = {
    "sum": (style.LINEAR, (0, (6, 2)), "^"),
    "delta": (style.LINEAR, "-", "o"),
    "softmax": (style.ATTENTION, "-", "s"),
    "LSTM": (style.LSTM, "-", "D"),
}


@style.styled
def recall(result: Result, numbers: dict[tuple[str, int], int], baseline: float) -> Figure:
    """Draw the share of right answers over the numbers in the state.

    Parameters
    ----------
    result : Result
        What the networks scored.
    numbers : dict
        Numbers in the state, by network and numbers in a key.
    baseline : float
        The share of right answers of a guess.
    """
    fig, ax = style.figure("wide")
    style.baseline(ax, baseline, "guess")
    said = []
    for name in ("sum", "delta", "LSTM"):
        known = [key for key in result.right if key[0] == name]
        xs = [numbers[key] for key in known]
        rows = np.stack([result.right[key] for key in known], axis=1)
        middle = style.medians(ax, xs, rows, LOOKS[name], name)
        scores = ", ".join(f"{y:.2f} at {x}" for x, y in zip(xs, middle, strict=True))
        said.append(f"{name}: {scores}")
    ax.set_xscale("log", base=2)
    ticks = sorted(set(numbers.values()))
    ax.set_xticks(ticks, [f"{x:d}" for x in ticks])
    ax.set_xticks([], minor=True)
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("numbers in the state")
    ax.set_ylabel("share of right answers")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return style.describe(
        fig,
        "The share of right answers where all keys differ, over the numbers in the "
        "state, on a logarithmic scale: a line through the medians of each network and a mark for "
        f"each seed. {'; '.join(said)}. A dashed line at {baseline:.3g} is the score of a guess.",
    )


@style.styled
def overwritten(result: Overwritten, baseline: float) -> Figure:
    """Draw the share of right answers over the pairs of a sequence, where keys come again."""
    fig, ax = style.figure("wide")
    style.baseline(ax, baseline, "guess")
    said = []
    pairs = sorted({count for _, count in result.right})
    for name in dict.fromkeys(name for name, _ in result.right):
        rows = np.stack([result.right[name, count] for count in pairs], axis=1)
        middle = style.medians(ax, pairs, rows, LOOKS[name], name)
        said.append(
            f"{name} from {middle[0]:.2f} at {pairs[0]} pairs to {middle[-1]:.2f} at {pairs[-1]}"
        )
    ax.set_xscale("log", base=2)
    ax.set_xticks(pairs, [f"{x:d}" for x in pairs])
    ax.set_xticks([], minor=True)
    ax.set_ylim(0, 1.05)
    ax.set_xlabel(f"pairs in a sequence; trained at {pairs[0]}")
    ax.set_ylabel("share of right answers")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=5)
    return style.describe(
        fig,
        "The share of right answers where keys come again, over the pairs in a sequence, on a "
        "logarithmic scale: a line through the medians of each network and a mark for each seed. "
        f"{'; '.join(said)}. A dashed line at {baseline:.3g} is the score of a guess.",
    )
