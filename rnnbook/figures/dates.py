"""Pictures for the chapter on dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

#: Who reads, where it stands within its group, its colour and its mark.
_LOOKS = {
    "dateutil": (-0.2, style.BASELINE, "D"),
    "one state": (0.0, style.LSTM, "s"),
    "attention": (0.2, style.ATTENTION, "o"),
}


@style.styled
def shares(right: Mapping[tuple[str, str], Any], groups: Mapping[str, str]) -> Figure:
    """Draw the share of dates without a mistake, a dot for each seed, beside the table of formats.

    Parameters
    ----------
    right : mapping
        Shares by reader and group, a value a seed.
    groups : mapping of str to str
        The groups, and what each is called in the figure.
    """
    fig, ax = style.figure("wide")
    for name, (away, color, marker) in _LOOKS.items():
        for x, group in enumerate(groups):
            values = np.atleast_1d(right[name, group])
            label = name if x == 0 else None
            places = [x + away] * len(values)
            ax.plot(places, values, marker, color=color, alpha=0.75, label=label, linestyle="")
    for x, group in enumerate(groups):
        table = float(np.min(right["table", group]))
        label = "table of formats" if x == 0 else None
        look = {"color": style.BASELINE, "linestyle": (0, (4, 3)), "linewidth": 1.6}
        ax.plot([x - 0.38, x + 0.38], [table] * 2, label=label, **look)
    ax.set_xticks(range(len(groups)), list(groups.values()))
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_ylim(-0.05, 1.05)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    ax.set_ylabel("dates without a mistake")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=4, columnspacing=1.0)
    said = [
        f"{called}: "
        + ", ".join(f"{name} {style.span(right[name, group])}" for name in ("table", *_LOOKS))
        for group, called in groups.items()
    ]
    return style.describe(
        fig,
        "Share of dates without a mistake, a dot for each seed of each network and a single one "
        "for dateutil, beside a dashed line for the table of formats. "
        f"{'; '.join(said)}.",
    )


@style.styled
def alignment(text: str, said: str, weights: NDArray[np.float64]) -> Figure:
    """Draw what is looked at while each character is written: dark where a weight is large.

    Parameters
    ----------
    text, said : str
        What was read and what was written.
    weights : array
        (written, read).
    """
    fig, ax = style.figure("tall")
    read = ["\N{OPEN BOX}" if sign == " " else sign for sign in text]
    style.weights_table(ax, "characters", read, said, weights)
    return style.describe(
        fig,
        f"A table of weights, a row for each character written of {said} and a column for each "
        f"character read of {text!r}, dark where a weight is large. The largest in each row: "
        f"{style.largest_weights('character', [repr(sign) for sign in text], said, weights)}.",
    )
