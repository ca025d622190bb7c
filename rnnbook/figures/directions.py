"""Pictures for the chapter on reading from both ends."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.directions import Result

MARKERS = {"forward": ">", "backward": "<", "both": "D"}
LABELS = {"forward": "forward only", "backward": "backward only", "both": "both directions"}


@style.styled
def two_readers(words: tuple[str, ...] = ("the", "bank", "of the", "river")) -> Figure:
    """Draw a layer that reads forward and one that reads backward, joined at every step."""
    fig, ax = diagrams.canvas(3.2)
    places = [1.68 + 0.97 * t for t in range(len(words))]
    size = (0.48, 0.46)
    # The two rows are shifted against each other, so that each word and answer reaches both.
    ahead = [diagrams.box(ax, (x - 0.2, 1.2), "$h$", size=size) for x in places]
    back = [diagrams.box(ax, (x + 0.2, 2.1), "$h$", size=size) for x in places]
    carry = partial(diagrams.arrow, ax, color=style.RNN, memory=True)
    for here, there in pairwise(ahead):
        carry(here.right, there.left)
    for here, there in pairwise(back):
        carry(there.left, here.right)
    for name, side, step in (("forward", ahead[0].left, -1), ("backward", back[-1].right, 1)):
        outside = (side[0] + step * 0.34, side[1])
        carry(outside, side)
        diagrams.label(ax, (outside[0] + step * 0.12, side[1]), "0")
        diagrams.label(ax, (0.04, side[1]), name, color=style.MUTED, align="left")
    for x, low, high, word in zip(places, ahead, back, words, strict=True):
        diagrams.label(ax, (x, 0.28), word)
        diagrams.label(ax, (x, 2.97), "answer")
        diagrams.arrow(ax, (low.x, 0.45), low.bottom)
        diagrams.arrow(ax, (high.x, 0.45), high.bottom)
        diagrams.arrow(ax, low.top, (low.x, 2.82))
        diagrams.arrow(ax, high.top, (high.x, 2.82))
    return style.describe(
        fig,
        f"A row of boxes above another, over the words: {' '.join(words)}. In the lower row arrows "
        "run from left to right, in the upper row from right to left, each starting from a state "
        "of zeros at its own end. Each word goes up to both rows, and both go up to its answer.",
    )


@style.styled
def sides(result: Result, coin: float) -> Figure:
    """Draw the accuracy of each network by where the deciding word stands, a dot for each seed."""
    fig, ax = style.figure("wide")
    names = tuple(dict.fromkeys(name for name, _ in result.accuracy))
    places = tuple(dict.fromkeys(side for _, side in result.accuracy))
    for (name, side), values in result.accuracy.items():
        x = places.index(side) + 0.2 * (names.index(name) - 1)
        ax.plot(
            x + np.linspace(-0.03, 0.03, len(values)),
            values,
            MARKERS[name],
            color=style.RNN,
            markersize=8,
            markeredgewidth=1.4,
            markerfacecolor=style.RNN if name == "both" else "none",
            clip_on=False,
            label=LABELS[name],
        )
    style.baseline(ax, coin, "a coin")
    ax.set_xlim(-0.5, 1.5)
    ax.set_ylim(0.4, 1.02)
    ax.set_xticks(range(len(places)), [f"to the {side}" for side in places])
    ax.set_xlabel("where the deciding word stands")
    ax.set_ylabel("accuracy, fresh sentences")
    entries = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    fig.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=2)
    said = (
        f"{LABELS[name]}, decided to the {side}: {style.span(values, '.3f')}"
        for (name, side), values in result.accuracy.items()
    )
    return style.describe(
        fig,
        "Accuracy on ambiguous words by the side on which the deciding word stands, a "
        f"marker for each seed, beside a dashed line for a coin, at {coin:g}. {'; '.join(said)}.",
    )


@style.styled
def cheating(result: Result, floor: float) -> Figure:
    """Draw the losses of language models on noise, in training and without the future."""
    fig, (ax, ends) = style.figure("wide", 1, 2, sharey=True, width_ratios=(2.2, 1))
    lines = {"forward": "-.", "both": "-"}
    for name, runs in result.losses.items():
        face = style.RNN if name == "both" else "none"
        for run in runs:
            updates = np.arange(1, len(run) + 1)
            ax.plot(updates, run, lines[name], color=style.RNN, linewidth=1.4)
        for x, values in enumerate((result.shown[name], result.asked[name])):
            ends.plot(
                x + np.linspace(-0.08, 0.08, len(values)),
                values,
                MARKERS[name],
                color=style.RNN,
                markersize=7,
                markeredgewidth=1.4,
                markerfacecolor=face,
            )
        ax.plot(
            [],
            [],
            lines[name],
            marker=MARKERS[name],
            color=style.RNN,
            markerfacecolor=face,
            label=LABELS[name],
        )
    style.baseline(ax, floor, "floor: all tokens equally likely")
    style.baseline(ends, floor, "")
    ax.set_ylim(-0.12, 3.6)
    ax.set_xlabel("update")
    ax.set_ylabel("cross-entropy, nats")
    ends.set_xlim(-0.5, 1.5)
    ends.set_xticks((0, 1), ("in the\ninput", "not yet\nthere"))
    ends.set_xlabel("the next token is")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    said = (
        f"{LABELS[name]}: in training starting at {style.span(runs[:, 0], '.2f')} and ending at "
        f"{style.span(runs[:, -1], '.2f')}; on fresh sequences "
        f"{style.span(result.shown[name], '.2f')} with the next token in the input and "
        f"{style.span(result.asked[name], '.2f')} where the sequence ends before it"
        for name, runs in result.losses.items()
    )
    return style.describe(
        fig,
        "On the left the losses of language models over training on random tokens, a line for each "
        "seed; on the right their losses on fresh sequences, a marker for each seed; beside a "
        f"dashed line for the logarithm of the number of tokens, at {floor:.2f}. "
        f"{'; '.join(said)}.",
    )
