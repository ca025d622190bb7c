"""Pictures for the chapter on cutting the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.truncation import Result

KIB = 1024


@style.styled
def memory(kept: dict[int, list[int]], lengths: Sequence[int]) -> Figure:
    """Draw the bytes that wait for a backward pass by the length of the document."""
    fig, ax = style.figure("wide")
    rows = {k: [n / KIB for n in sizes] for k, sizes in kept.items()}
    *cut, whole = rows
    ax.plot(lengths, rows[whole], color=style.BASELINE, linestyle=(0, (4, 3)), label="uncut")
    for chunk, marker in zip(cut[::-1], "os^D", strict=True):
        ax.plot(lengths, rows[chunk], marker=marker, color=style.RNN, label=f"k = {chunk}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(lengths, [str(n) for n in lengths])
    ax.set_xticks([], minor=True)
    ax.set_yticks([32, 128, 512, 2048], ["32", "128", "512", "2048"])
    ax.set_yticks([], minor=True)
    ax.set_xlabel("steps in the document")
    ax.set_ylabel("kept for backward, KiB")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
    levels = "; ".join(f"k = {chunk}: {style.span(rows[chunk], '.0f')} KiB" for chunk in cut)
    return style.describe(
        fig,
        "Memory kept for the backward pass against the length of a document, both on logarithmic "
        f"scales, a line for each k, for documents of {style.span(lengths, 'd')} steps. {levels}. "
        f"Uncut, a dashed line: {rows[whole][0]:.0f} KiB for the shortest document, "
        f"{rows[whole][-1]:.0f} KiB for the longest.",
    )


@style.styled
def reach(result: Result, chance: float) -> Figure:
    """Draw the accuracy of each network, cut before the question and not, a mark for each seed."""
    fig, ax = style.figure("wide")
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    colors = {"GRU": style.GRU, "LSTM": style.LSTM, "tanh": style.RNN}
    names = list(dict.fromkeys(name for name, _ in result.accuracy))
    cut, whole = sorted({chunk for _, chunk in result.accuracy})
    ring: dict[str, Any] = {"linestyle": "none", "markersize": 8, "markeredgewidth": 1.6}
    for (name, chunk), values in result.accuracy.items():
        color = colors[name.split(",")[0].split(" ")[0]]
        y = -names.index(name) + (0.16 if chunk == whole else -0.16)
        marker, fill = ("s", color) if chunk == whole else ("o", "none")
        ax.plot(
            values,
            [y] * len(values),
            marker=marker,
            color=color,
            markerfacecolor=fill,
            clip_on=False,
            **ring,
        )
    said = {
        f"k = {cut}: cut between bit and question": ("o", "none"),
        f"k = {whole}: bit and question in one chunk": ("s", style.MUTED),
    }
    for label, (marker, fill) in said.items():
        ax.plot([], [], marker=marker, color=style.MUTED, markerfacecolor=fill, label=label, **ring)
    style.baseline(ax, chance, "chance", vertical=True)
    ax.set_yticks([-row for row in range(len(names))], names)
    ax.set_ylim(-len(names) + 0.5, 0.5)
    ax.set_xlim(0.4, 1.02)
    ax.set_xlabel("accuracy, fresh documents")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=1)
    rows = "; ".join(
        f"{name} at k = {chunk}: {style.span(values)}"
        for (name, chunk), values in result.accuracy.items()
    )
    return style.describe(
        fig,
        f"Accuracy of each network, a mark for each seed: a square at k = {whole}, where one chunk "
        f"holds bit and question, and a ring at k = {cut}, where the cut lies between them. "
        f"{rows}. A dashed line marks chance, at {chance:g}.",
    )
