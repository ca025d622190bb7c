"""Pictures for the chapter on cutting the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.truncation import Result


@style.styled
def memory(result: Result) -> Figure:
    """Draw the bytes that wait for a backward pass by the length of the document."""
    fig, ax = style.figure("wide")
    looks = (("o", "-"), ("s", "-"), ("^", "-"), ("D", "-"))
    rows = list(zip(result.memory_chunks, result.bytes / 1024, strict=True))
    *cut, (_, whole) = rows
    ax.plot(result.lengths, whole, color=style.BASELINE, linestyle=(0, (4, 3)), label="uncut")
    for (chunk, kept), (marker, line) in zip(cut[::-1], looks, strict=True):
        ax.plot(result.lengths, kept, line, marker=marker, color=style.RNN, label=f"k = {chunk}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(result.lengths, [str(n) for n in result.lengths])
    ax.set_xticks([], minor=True)
    ax.set_yticks([32, 128, 512, 2048], ["32", "128", "512", "2048"])
    ax.set_yticks([], minor=True)
    ax.set_xlabel("steps in the document")
    ax.set_ylabel("kept for backward, KiB")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
    return style.describe(
        fig,
        "Memory kept for the backward pass against the length of a document, both on logarithmic "
        "scales. Cut every 10, 20, 40 or 80 steps, the lines are level, one above the other, twice "
        "as high for twice the k. Uncut, the dashed line rises in proportion to the length and "
        "lies above all others.",
    )


@style.styled
def reach(result: Result) -> Figure:
    """Draw the accuracy of each network, cut before the question and not cut, a dot a seed."""
    fig, ax = style.figure("wide")
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    colors = {"GRU": style.GRU, "LSTM": style.LSTM, "tanh": style.RNN}
    inside = "the chunk holds bit and question"
    for row, name in enumerate(result.networks):
        color = colors[name.split(",")[0].split(" ")[0]]
        for j, fill in ((0, "none"), (1, color)):
            values, y = result.accuracy[:, row, j], -row + (0.16 if j else -0.16)
            ax.plot(
                values,
                [y] * len(values),
                linestyle="none",
                marker="s" if j else "o",
                markersize=8,
                color=color,
                markerfacecolor=fill,
                markeredgewidth=1.6,
                clip_on=False,
            )
    for j, label in ((0, f"k = {result.chunks[0]}: cut in between"), (1, inside)):
        ax.plot(
            [],
            [],
            linestyle="none",
            marker="s" if j else "o",
            markersize=8,
            color=style.MUTED,
            markerfacecolor=style.MUTED if j else "none",
            markeredgewidth=1.6,
            label=label if j == 0 else f"k = {result.chunks[1]}: {inside}",
        )
    style.baseline(ax, result.baseline, "chance", vertical=True)
    ax.set_yticks([-row for row in range(len(result.networks))], result.networks)
    ax.set_ylim(-len(result.networks) + 0.5, 0.5)
    ax.set_xlim(0.4, 1.02)
    ax.set_xlabel("accuracy, fresh documents")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return style.describe(
        fig,
        "Accuracy of four networks, a dot a seed. Where the chunk holds bit and question, the GRU, "
        "the LSTM with open forget gates and the tanh RNN are at one and the default LSTM is at "
        "the dashed line of chance. Cut in between, both LSTMs and the GRU are at chance, and the "
        "tanh RNN is at one all the same on some seeds or all.",
    )
