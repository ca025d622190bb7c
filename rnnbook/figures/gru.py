"""Pictures for the chapter on the GRU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.gru import Result

COLORS = {"RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}
#: What the loss starts from: guessing evenly among two answers, or eight.
GUESSING = (np.log(2), np.log(2), np.log(8))


@style.styled
def forms(result: Result) -> Figure:
    """Draw how far each printed form of the GRU is from PyTorch's, with the same weights."""
    fig, ax = style.figure("wide")
    for k in range(len(result.forms)):
        values = result.wrong[:, k]
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
    style.baseline(ax, float(np.sqrt(2)), "two unrelated networks", vertical=True)
    names = [name.replace(", ", ",\n") for name in result.forms]
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlim(-0.03, 1.6)
    ax.set_xlabel("error of the states, share of their size")
    ax.legend(loc="upper right", bbox_to_anchor=(0.9, 1.0))
    return style.describe(
        fig,
        "Bars of how far the states are from those of PyTorch's GRU, with the same weights, a dot "
        "a seed. As in PyTorch: nothing. Cho and others as published: about a quarter of their "
        "size. Chung and others: more than a third. Chung and others with the update gate negated: "
        "the same as Cho and others.",
    )


@style.styled
def race(result: Result) -> Figure:
    """Draw the learning curves of all networks, a panel a task, a line a seed."""
    fig, axes = style.figure("square", len(result.tasks), 1, sharex=True)
    steps = np.arange(1, result.curves.shape[-1] + 1)
    for j, (ax, task, guessing) in enumerate(zip(axes, result.tasks, GUESSING, strict=True)):
        for k, (kind, start) in enumerate(result.entries):
            default = start == "default"
            for i, losses in enumerate(result.curves[:, j, k]):
                ax.plot(
                    steps,
                    losses,
                    color=COLORS[kind],
                    linestyle=":" if default else "-",
                    linewidth=1.2,
                    label=f"{kind}, {start}" if i == 0 else None,
                )
        style.baseline(ax, float(guessing), "")
        ax.set_title(task)
        ax.set_yscale("log")
        ax.set_ylim(0.08, 1.35 * guessing)
        ticks = (0.1, 0.3, 1)
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_yticks([], minor=True)
        ax.set_xlim(0, steps[-1] + 1)
    axes[-1].set_xlabel("step of training")
    axes[1].set_ylabel("loss")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=3, fontsize=9.5, handlelength=1.8)
    return style.describe(
        fig,
        "Loss by step of training on a logarithmic scale, in three panels, a line a seed. A bit 20 "
        "steps later: the plain network with an orthogonal start is first, both gated ones with a "
        "chrono start follow, the default LSTM stays at guessing. Parity: the default GRU is "
        "first, then the LSTM; the plain network stays at guessing. Echo: the plain network is "
        "far ahead of both gated ones.",
    )


@style.styled
def few(result: Result) -> Figure:
    """Draw, for every drawing of a few strings, what the GRU makes of them against the LSTM."""
    fig, ax = style.figure("tall")
    ax.plot([0.4, 1.02], [0.4, 1.02], color=style.BASELINE, linewidth=1.2)
    ax.scatter(
        result.few[..., 0].ravel(),
        result.few[..., 1].ravel(),
        s=42,
        color=style.GRU,
        edgecolor=style.INK,
        linewidth=0.8,
        zorder=3,
    )
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
    return style.describe(
        fig,
        "A point for each drawing of eight training strings: the share of fresh strings right, of "
        "the LSTM to the right and of the GRU upwards. The points lie on both sides of the "
        "diagonal, nearly all of them well above guessing for both.",
    )
