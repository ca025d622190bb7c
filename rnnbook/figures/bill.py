"""Pictures for the chapter on what one more token costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.bill import Result

#: The colour, the line and the mark of everything that is timed.
LOOKS = {
    "no cache": (style.ATTENTION, ":", "s"),
    "transformer": (style.ATTENTION, "-", "o"),
    "LSTM": (style.LSTM, "-", "o"),
    "LSTM, cells": (style.LSTM, "--", "D"),
    "GRU": (style.GRU, "-", "o"),
}
LABELS = {"no cache": "transformer, no cache", "transformer": "transformer, cache"}


@style.styled
def time(result: Result) -> Figure:
    """Draw the time of one more token by tokens read, in steps of a GRU."""
    fig, ax = style.figure("tall")
    said = []
    lengths = sorted({read for _, read in result.seconds})
    unit = np.median([result.seconds["GRU", n] for n in lengths], axis=0)
    for name, look in LOOKS.items():
        read = [n for n in lengths if (name, n) in result.seconds]
        rows = np.stack([result.seconds[name, n] / unit for n in read], axis=1)
        label = LABELS.get(name, name)
        middle = style.medians(ax, read, rows, look, label)
        said.append(
            f"{label}: {middle[0]:.2g} steps after {read[0]} tokens, {middle[-1]:.2g} after "
            f"{read[-1]}"
        )
    style.logarithmic(ax, lengths, (1, 3, 10, 30))
    ax.set_xlabel("tokens read before")
    ax.set_ylabel("time of one token, in steps of a GRU")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return style.describe(
        fig,
        "The processor time of one more token against the number of tokens read before, both on "
        "logarithmic scales, a line through the medians for each network and a mark for each seed. "
        f"The unit is one step of a GRU of the same width and depth. {'; '.join(said)}.",
    )


@style.styled
def work(result: Result) -> Figure:
    """Draw the multiplications of a layer for one more token by tokens read."""
    fig, ax = style.figure("wide")
    size = max(size for _, size, _ in result.work)
    said = []
    for name, color in (
        ("attention", style.ATTENTION),
        ("LSTM", style.LSTM),
        ("GRU", style.GRU),
    ):
        reach = sorted(r for kind, width, r in result.work if (kind, width) == (name, size))
        counts = [result.work[name, size, r][0] / size**2 for r in reach]
        ax.plot(reach, counts, color=color, marker="o")
        ax.text(reach[-1] + 0.08, counts[-1], name, color=style.INK, va="center")
        said.append(f"{name} {style.span(counts, 'g')}")
    ax.set_xlim(0, reach[-1] + 0.9)
    ax.set_ylim(0, None)
    ax.set_xticks(reach[1:], [f"{r:g} d" for r in reach[1:]])
    ax.set_xlabel("tokens read, the current one included")
    ax.set_ylabel("multiplications, in d²")
    return style.describe(
        fig,
        f"The multiplications of one layer of width d = {size} for one more token, in units of d "
        f"squared, against the tokens read, {reach[0]:g} d to {reach[-1]:g} d: {'; '.join(said)}. "
        "The lines of the LSTM and the GRU are flat. That of attention rises straight, and meets "
        f"the GRU's at {meeting(result, 'GRU', size):g} d and the LSTM's at "
        f"{meeting(result, 'LSTM', size):g} d.",
    )


def meeting(result: Result, name: str, size: int) -> float:
    """Return the first reach at which attention multiplies at least as often as another layer."""
    reach = sorted(r for kind, width, r in result.work if (kind, width) == (name, size))
    return next(
        r for r in reach if result.work["attention", size, r][0] >= result.work[name, size, r][0]
    )
