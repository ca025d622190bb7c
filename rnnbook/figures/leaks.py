"""Pictures for the chapter on forecasts that are too good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from rnnbook.experiments.leaks import Result


@style.styled
def series(made: Mapping[str, NDArray[np.float64]], cut: int, known: int) -> Figure:
    """Draw the three series, the cut between training and test, and the future."""
    fig, axes = style.figure("tall", len(made), 1, sharex=True)
    for ax, (name, values) in zip(axes, made.items(), strict=True):
        ax.plot(values, color=style.INK, linewidth=0.9)
        ax.axvspan(known, len(values), color=style.PAPER, zorder=0)
        ax.axvline(cut, color=style.BASELINE, linewidth=1.2)
        ax.set_title(name, fontsize=10.5)
        ax.margins(x=0)
    axes[0].text(known, 1.0, " the future", transform=axes[0].get_xaxis_transform(), va="top")
    axes[-1].set_xlabel("time step")
    spans = "; ".join(
        f"{name}, from {values.min():.1f} to {values.max():.1f}" for name, values in made.items()
    )
    return style.describe(
        fig,
        f"The series, a panel for each, against the time step: {spans}. A grey line at step "
        f"{cut} divides training from test; the part from step {known} on is shaded and is the "
        "future.",
    )


@style.styled
def by_split(result: Result) -> Figure:
    """Draw the reported and the true error of every split, a panel for each series."""
    names = list(result.best)
    ways = list(dict.fromkeys(way for _, way in result.true))
    fig, axes = style.figure("tall", len(names), 1, sharex=True)
    said = []
    for ax, name in zip(axes, names, strict=True):
        style.baseline(ax, 1.0, "repeating the last value", vertical=True)
        for row, way in enumerate(ways):
            reported, true = result.reported[name, way], result.true[name, way]
            at = len(ways) - 1 - row
            for dots, color, shift, label in (
                (reported, style.PAPER, 0.16, "reported"),
                (true, style.LSTM, -0.16, "true"),
            ):
                ax.scatter(
                    dots,
                    [at + shift] * len(dots),
                    s=30,
                    color=color,
                    edgecolor=style.INK if color == style.PAPER else style.LSTM,
                    linewidth=1.0,
                    zorder=3,
                    label=None if row else label,
                )
            said.append(f"{name}, {way}: reported {style.span(reported)}, true {style.span(true)}")
        ax.set_yticks(range(len(ways)), ways[::-1])
        ax.set_ylim(-0.6, len(ways) - 0.4)
        ax.set_xscale("log")
        ax.grid(visible=False)
        ax.set_title(name, fontsize=10.5)
    axes[-1].set_xlabel("error, relative to repeating the last value")
    axes[-1].set_xticks((0.25, 0.5, 1, 2, 4), ("0.25", "0.5", "1", "2", "4"))
    axes[-1].minorticks_off()
    axes[-1].legend(loc="center right", ncols=1)
    return style.describe(
        fig,
        "Errors relative to repeating the last value, on a logarithmic scale, a panel for each "
        "series and a row for each split; a dot for each seed. " + "; ".join(said) + ".",
    )
