"""Pictures for the chapter on what linear recurrences track: shares right by length, and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.state_tracking import Result

#: Colour, marker and line of each network.
LOOKS = {
    "RNN": (style.RNN, "o", "-"),
    "LSTM": (style.LSTM, "s", "-"),
    "minGRU": (style.LINEAR, "v", ":"),
    "minGRU, signed": (style.LINEAR, "D", "-"),
    "delta rule": (style.ATTENTION, "v", ":"),
    "delta rule, signed": (style.ATTENTION, "D", "-"),
}
PANELS = {
    "minGRU": "minGRU",
    "minGRU, signed": "minGRU, signed",
    "rounded": "minGRU, signed,\ngates rounded",
}


@style.styled
def lengths(result: Result, kind: str, baseline: float, guess: str) -> Figure:
    """Draw the share of right last answers by length, a dot for each seed, a line by the median."""
    fig, ax = style.figure("wide")
    style.baseline(ax, baseline, guess)
    said = [_by_length(ax, result, kind, name) for task, name in result.updates if task == kind]
    ax.set_xscale("log")
    ticks = sorted({length for _, _, length in result.right})
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_ylim(-0.03, 1.05)
    ax.set_xlabel("length of the sequences judged (logarithmic)")
    ax.set_ylabel("last answers right")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.describe(
        fig,
        "The share of fresh sequences whose last answer is right, by length, a line for the median "
        f"of each network and a dot for each seed. {'; '.join(said)}. A dashed line at "
        f"{baseline:.2f} is guessing.",
    )


def _by_length(ax: Axes, result: Result, kind: str, name: str) -> str:
    """Draw one network, and return what was drawn in words."""
    color, marker, line = LOOKS[name]
    at = sorted(length for task, other, length in result.right if (task, other) == (kind, name))
    shares = np.stack([result.right[kind, name, length] for length in at])
    ax.plot(
        at,
        np.median(shares, axis=1),
        color=color,
        linestyle=line,
        marker=marker,
        markeredgecolor=style.INK,
        markeredgewidth=0.8,
        label=name,
    )
    for length, row in zip(at, shares, strict=True):
        style.spread(ax, length, row, color)
    each = (f"{style.span(row)} at {length}" for length, row in zip(at, shares, strict=True))
    return f"{name}: {', '.join(each)}"


@style.styled
def ones(result: Result) -> Figure:
    """Draw the state of one unit on a string of ones, in the first run, by network."""
    fig, axes = style.figure("wide", columns=len(PANELS))
    said = []
    for ax, (name, title) in zip(axes, PANELS.items(), strict=True):
        states = np.asarray(result.ones[name])[0]
        steps = np.arange(len(states))
        ax.plot(steps, states, color=style.LINEAR, linewidth=1.0, zorder=2)
        for first, marker, face in ((0, "o", style.LINEAR), (1, "o", "none")):
            label = ("even", "odd")[first]
            ax.plot(
                steps[first::2],
                states[first::2],
                marker,
                color=style.LINEAR,
                markerfacecolor=face,
                markersize=4.5,
                label=label,
                zorder=3,
            )
        ax.set_title(title, fontsize=10.5)
        ax.set_xlabel("ones read")
        swing = np.abs(np.diff(states))
        said.append(
            f"{title.replace(chr(10), ' ')}: it moves by {swing[0]:.2g} at the first one and by "
            f"{swing[-1]:.2g} at the last"
        )
    axes[0].set_ylabel("state of one unit")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return style.describe(
        fig,
        f"The state of one unit while it reads {len(states) - 1} ones, in the first run, a panel "
        "for each network, filled dots after an even number of ones and open dots after an odd "
        "number. "
        f"{'; '.join(said)}.",
    )
