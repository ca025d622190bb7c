"""The picture for the chapter on two processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.two_processes import Result

#: The ways to split a batch from top to bottom, and what they are called in the figure.
LABELS = {
    "rows": "rows, equal shards",
    "DDP": "rows, PyTorch's DDP",
    "unequal, weighted": "5 + 3 rows, weighted mean",
    "unequal, plain mean": "5 + 3 rows, plain mean",
    "state left behind": "rows move, states stay",
    "time": "halves of each chunk's steps",
}


@style.styled
def apart(result: Result) -> Figure:
    """Draw how far the gradient of two processes is from that of one, by way to split."""
    fig, ax = style.figure("wide")
    said = []
    for row, (way, label) in enumerate(LABELS.items()):
        values = result.apart[way]
        ax.scatter(values, [row] * len(values), s=30, color=style.LSTM, edgecolor=style.INK)
        said.append(f"{label}: {style.span(values, '.0e')}")
    style.baseline(ax, 1e-6, "bound", vertical=True)
    ax.set_xscale("log")
    ax.set_xlim(1e-8, 1)
    ax.set_yticks(range(len(LABELS)), list(LABELS.values()))
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.set_xlabel("distance from the gradient of one process")
    return style.describe(
        fig,
        "A row for each way to split a batch between processes, and a dot for each seed at the "
        "relative distance of its gradient from that of one process, on a logarithmic scale; a "
        f"dashed line marks the bound for equal gradients. {'; '.join(said)}.",
    )
