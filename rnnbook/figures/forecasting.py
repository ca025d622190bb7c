"""Pictures for the chapter on forecasts of sunspots and CO2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

NETWORK = "LSTM"
#: How the methods without a network are told apart: line and marker.
DASHES: tuple[Any, ...] = ((0, (4, 3)), (0, (1, 1.5)), "solid", (0, (6, 1.5, 1, 1.5)), "solid")
MARKERS = ("", "", "s", "", "^")


@style.styled
def by_horizon(errors: Mapping[str, Any], unit: str, step: str, *, log: bool = False) -> Figure:
    """Draw the error of each method by how far ahead it forecasts.

    Parameters
    ----------
    errors : mapping of str to array
        By name the errors, (seeds, horizon); a name that begins with "LSTM" gets the colour of one,
        and its seeds a band.
    unit, step : str
        What an error counts, and what a step is called.
    log : bool
        Whether the errors are drawn on a logarithmic scale.
    """
    fig, ax = style.figure("tall")
    plain, seen = 0, 0
    for name, values in errors.items():
        ahead = np.arange(1, values.shape[1] + 1)
        middle = np.median(values, axis=0)
        if name.startswith(NETWORK):
            line = ("solid", (0, (5, 2)))[seen]
            ax.plot(ahead, middle, color=style.LSTM, linestyle=line, marker="o", label=name)
            low, high = values.min(axis=0), values.max(axis=0)
            ax.fill_between(ahead, low, high, color=style.LSTM, alpha=0.15)
            seen += 1
        else:
            dash, marker = DASHES[plain], MARKERS[plain]
            ax.plot(ahead, middle, color=style.BASELINE, linestyle=dash, marker=marker, label=name)
            plain += 1
    if log:
        ax.set_yscale("log")
        ax.set_yticks([0.3, 1, 3, 10], ["0.3", "1", "3", "10"])
        ax.minorticks_off()
    else:
        ax.set_ylim(0, None)
    ax.set_xticks(ahead)
    ax.set_xlabel(f"{step}s ahead")
    ax.set_ylabel(f"error in {unit} (less is better)")
    fig.legend(loc="outside lower center", ncols=2)
    rows = "; ".join(
        f"{name} from {np.median(v[:, 0]):.2f} at 1 to {np.median(v[:, -1]):.2f} at {v.shape[1]}"
        for name, v in errors.items()
    )
    return style.describe(
        fig,
        f"Line chart of the root mean squared error in {unit} over {step}s ahead, the median over "
        f"{len(next(iter(errors.values())))} seeds: {rows}.",
    )


@style.styled
def counting(known: Sequence[float], beyond: Mapping[str, Any]) -> Figure:
    """Draw what networks answer after five numbers, one line per seed.

    Parameters
    ----------
    known : sequence of float
        The numbers that were read.
    beyond : mapping of str to array
        What networks that read ``"levels"`` and ``"differences"`` answer next, (seeds, steps).
    """
    fig, ax = style.figure("wide")
    steps = beyond["levels"].shape[1]
    after = np.arange(len(known) + 1, len(known) + steps + 1)
    right = known[-1] + (known[-1] - known[-2]) * np.arange(steps + 1)
    ax.plot(
        [len(known), *after],
        right,
        color=style.BASELINE,
        linestyle=(0, (4, 3)),
        label="counting on",
    )
    ax.plot(np.arange(1, len(known) + 1), known, "s", color=style.INK, label="training numbers")
    for name, marker in (("differences", "^"), ("levels", "o")):
        for row in beyond[name]:
            ax.plot(after, row, marker, color=style.LSTM, linewidth=1, alpha=0.8, label=None)
        ax.plot([], [], marker, color=style.LSTM, label=f"LSTM, {name}")
    ax.set_xlabel("place in the list")
    ax.set_ylabel("number")
    ax.legend(loc="upper left")
    last = {name: style.span(rows[:, -1], ".3g") for name, rows in beyond.items()}
    return style.describe(
        fig,
        f"Numbers over their place in a list. Squares mark the training numbers, {known[0]:g} to "
        f"{known[-1]:g}; a dashed line counts on to {right[-1]:g}. After {steps} more steps the "
        f"networks that read levels answer {last['levels']}, those that read differences "
        f"{last['differences']}.",
    )
