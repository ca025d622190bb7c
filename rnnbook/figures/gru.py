"""Pictures for the chapter on the GRU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.gru import Race

COLORS = {"RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def forms(wrong: Mapping[str, NDArray[np.float64]]) -> Figure:
    """Draw how far each printed form of the GRU is from PyTorch's, with the same weights."""
    fig, ax = style.figure("wide")
    for k, values in enumerate(wrong.values()):
        ax.barh(k, np.median(values), height=0.56, color=style.GRU, alpha=0.55)
        ax.scatter(
            values,
            [k] * len(values),
            s=26,
            color=style.GRU,
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
    unrelated = float(np.sqrt(2))
    style.baseline(ax, unrelated, "two unrelated networks", vertical=True)
    ax.set_yticks(range(len(wrong)), [name.replace(", ", ",\n") for name in wrong])
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlim(-0.03, 1.6)
    ax.set_xlabel("error of the states, share of their size")
    ax.legend(loc="upper right", bbox_to_anchor=(0.9, 1.0))
    said = "; ".join(f"{name}: {style.span(values)}" for name, values in wrong.items())
    return style.describe(
        fig,
        "How far the states are from those of PyTorch's GRU, with the same weights, as a share of "
        "their size: a bar for the median of each form, a dot for each seed, and a dashed line for "
        f"unrelated networks, at {unrelated:.2f}. {said}.",
    )


@style.styled
def race(result: Race, titles: Mapping[str, str], guessing: Mapping[str, float]) -> Figure:
    """Draw the learning curves of all networks, a panel for each task, a line for each seed.

    Parameters
    ----------
    result : Race
        What was measured.
    titles : mapping of str to str
        The title of each task.
    guessing : mapping of str to float
        The loss of guessing evenly among all answers, by task.
    """
    fig, axes = style.figure("square", len(titles), 1, sharex=True)
    for ax, task in zip(axes, titles, strict=True):
        for (at, kind, start), runs in result.curves.items():
            if at != task:
                continue
            for i, losses in enumerate(runs):
                ax.plot(
                    np.arange(1, len(losses) + 1),
                    losses,
                    color=COLORS[kind],
                    linestyle=":" if start == "default" else "-",
                    linewidth=1.2,
                    label=f"{kind}, {start}" if i == 0 else None,
                )
        style.baseline(ax, guessing[task], "")
        ax.set_title(titles[task])
        ax.set_yscale("log")
        ax.set_ylim(0.08, 1.35 * guessing[task])
        ticks = (0.1, 0.3, 1)
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_yticks([], minor=True)
        ax.set_xlim(0, runs.shape[1] + 1)
    axes[-1].set_xlabel("update")
    axes[1].set_ylabel("loss")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=3, fontsize=9.5, handlelength=1.8)
    ends = "; ".join(
        f"{titles[task]}, {kind} {start}: {end_of(runs)}"
        for (task, kind, start), runs in result.curves.items()
    )
    return style.describe(
        fig,
        "Loss by update on a logarithmic scale, a panel for each task, a line for each run, dotted "
        "with PyTorch's initialisation, beside a dashed line for guessing. The last loss of the "
        f"runs and the update it was reached at: {ends}.",
    )


def end_of(runs: NDArray[np.float64]) -> str:
    """Say what loss some curves end with, and at which updates."""
    taken = np.count_nonzero(~np.isnan(runs), axis=1)
    last = [run[end - 1] for run, end in zip(runs, taken, strict=True)]
    return f"{style.span(last)} at {style.span(taken, 'd')}"


@style.styled
def few(scores: Mapping[str, NDArray[np.float64]], strings: int) -> Figure:
    """Draw how well GRU and LSTM do on fresh strings, for every drawing of a few strings.

    Parameters
    ----------
    scores : mapping of str to ndarray
        The share of fresh strings right, by kind.
    strings : int
        How many strings were drawn.
    """
    lstm, gru = scores["LSTM"].ravel(), scores["GRU"].ravel()
    fig, ax = style.figure("tall")
    ax.plot([0.4, 1.02], [0.4, 1.02], color=style.BASELINE, linewidth=1.2)
    ax.scatter(lstm, gru, s=42, color=style.GRU, edgecolor=style.INK, linewidth=0.8, zorder=3)
    style.baseline(ax, 0.5, "")
    style.baseline(ax, 0.5, "", vertical=True)
    ax.text(0.66, 0.96, "GRU better", color=style.GRU, ha="center")
    ax.text(0.93, 0.56, "LSTM better", color=style.LSTM, ha="center")
    ticks = (0.5, 0.75, 1.0)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ticks, [f"{tick:.0%}" for tick in ticks])
    ax.set_xlim(0.44, 1.03)
    ax.set_ylim(0.44, 1.03)
    ax.set_aspect("equal")
    ax.set_xlabel("fresh strings right, LSTM")
    ax.set_ylabel("fresh strings right, GRU")
    ax.text(1.02, 0.465, "guessing", color=style.MUTED, ha="right")
    pairs = ", ".join(f"{a:.0%} and {b:.0%}" for a, b in zip(lstm, gru, strict=True))
    return style.describe(
        fig,
        f"The share of fresh strings right after training on {strings} strings of parity, a point "
        "for each drawing of them: the LSTM's share to the right, the GRU's upwards, beside the "
        f"diagonal and dashed lines for guessing. LSTM and GRU: {pairs}.",
    )
