"""Pictures for the chapter on selection: one impulse at two places, and symbols copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.selective import Result

#: Of each network and kind of places its name, and its colour, line and mark.
LOOKS = {
    ("GRU", "drawn"): ("GRU, drawn places", (style.GRU, "-", "^")),
    ("S6", "drawn"): ("S6, drawn places", (style.LINEAR, "-", "o")),
    ("LRU", "drawn"): ("LRU, drawn places", (style.LINEAR, ":", "s")),
    ("LRU", "fixed"): ("LRU, first places", (style.MUTED, ":", "x")),
}


@style.styled
def responses(result: Result, places: tuple[int, ...]) -> Figure:
    """Draw what an impulse at two places adds to the steps after it, of the first seed."""
    fig, axes = style.figure("wide", columns=len(result.response), sharex=True)
    said = []
    for ax, (name, found) in zip(axes, result.response.items(), strict=True):
        steps = np.arange(1, found.shape[2] + 1)
        for place, response, line in zip(places, found[0, ..., 0], ("-", ":"), strict=True):
            width = 1.4 if line == "-" else 3.0
            color = style.LINEAR if line == "-" else style.INK
            label = f"at step {place}"
            ax.plot(steps, response, color=color, linestyle=line, linewidth=width, label=label)
        said.append(
            f"{name}: over all outputs, the two responses differ by "
            f"{result.unlike[name][0]:.2g} times the norm of the first"
        )
        ax.set_title(name)
        ax.set_xlabel("steps after the impulse")
    axes[0].set_ylabel("what it adds to an output")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return style.describe(
        fig,
        "What one impulse adds to an output at each step after it, a panel for each untrained "
        f"layer and a line for each place of the impulse, {' and '.join(map(str, places))}, in one "
        f"sequence. {'; '.join(said)}.",
    )


@style.styled
def scores(result: Result, baseline: float) -> Figure:
    """Draw the share of symbols copied over the length, a line for each network."""
    fig, ax = style.figure("wide")
    said = []
    for (name, kind), (label, look) in LOOKS.items():
        lengths = sorted(n for who, places, n in result.score if (who, places) == (name, kind))
        rows = np.stack([result.score[name, kind, n] for n in lengths], axis=1)
        style.medians(ax, lengths, rows, look, label)
        spans = (f"{style.span(result.score[name, kind, n])} at {n}" for n in lengths)
        said.append(f"{label}: {', '.join(spans)}")
    style.baseline(ax, baseline, "guessing")
    ax.set_xscale("log")
    ax.set_xticks(lengths, [str(n) for n in lengths])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("places")
    ax.set_ylim(0, 1.05)
    ax.set_ylabel("symbols copied")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.describe(
        fig,
        "The share of symbols copied, over the number of places, a line through the medians of "
        f"each network and a mark for each seed: {'; '.join(said)}. A dashed line at "
        f"{baseline:.2g} is guessing.",
    )
