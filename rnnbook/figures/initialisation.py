"""Pictures for the chapter on where training starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.initialisation import Result

COLORS = {"RNN": style.RNN, "ReLU RNN": style.RNN, "LSTM": style.LSTM, "GRU": style.GRU}
#: Default starts are dotted, the others told apart by their lines.
LINES = {
    "default": ":",
    "orthogonal": "-",
    "identity": "-",
    "forget bias 1": "-.",
    "forget bias 3": (0, (5, 2)),
    "chrono": "-",
}


@style.styled
def gradients(result: Result) -> Figure:
    """Draw how far the gradient of every untrained network reaches, a panel a kind."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for ax, kind in zip(axes.flat, COLORS, strict=True):
        for k, (of, name) in enumerate(result.starts):
            if of != kind:
                continue
            sizes = result.gradient[:, k]
            back = np.arange(sizes.shape[1])
            ax.plot(back, np.median(sizes, axis=0), color=COLORS[kind], ls=LINES[name], label=name)
            ax.fill_between(
                back, sizes.min(axis=0), sizes.max(axis=0), color=COLORS[kind], alpha=0.2
            )
        ax.set_title(kind)
        ax.legend(loc="lower left", fontsize=9, handlelength=2.8)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(1e-22, 10)
    axes[0, 0].set_yticks([1e-20, 1e-15, 1e-10, 1e-5, 1])
    fig.supxlabel("steps back", fontsize=11)
    fig.supylabel("change of the answer by an input", fontsize=11)
    return style.describe(
        fig,
        "Size of the gradient by the distance of the input, before training, on a logarithmic "
        "scale, in four panels: RNN, ReLU RNN, LSTM and GRU. The dotted lines of the default "
        "starts fall steadily by many powers of ten. The lines of the orthogonal, the identity and "
        "the chrono starts stay near the top; forget biases of one and three lie between.",
    )


@style.styled
def curves(result: Result) -> Figure:
    """Draw the learning curves at the length that all have tried, a panel a kind."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for ax, kind in zip(axes.flat, COLORS, strict=True):
        for k, (of, name) in enumerate(result.starts):
            if of != kind:
                continue
            for i, losses in enumerate(result.curves[:, k]):
                ax.plot(
                    np.arange(1, len(losses) + 1),
                    losses,
                    color=COLORS[kind],
                    ls=LINES[name],
                    linewidth=1.3,
                    label=name if i == 0 else None,
                )
        style.baseline(ax, 1.0, "")
        ax.set_title(kind)
        # a run ends when its error is a tenth: what is below is free for the names
        ax.legend(loc="lower right", fontsize=9, handlelength=2.8)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(0.004, 2)
    ticks = (0.1, 0.3, 1)
    axes[0, 0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes[0, 0].set_yticks([], minor=True)
    fig.supxlabel("step of training", fontsize=11)
    fig.supylabel("squared error", fontsize=11)
    return style.describe(
        fig,
        "Learning curves at length 30, a line a seed, in four panels: RNN, ReLU RNN, LSTM and GRU. "
        "The dotted lines of the default starts, and the LSTM's with forget bias one, stay around "
        "the dashed line of predicting zero. The lines of the orthogonal, identity and chrono "
        "starts fall below it and end early, when a run is solved.",
    )


@style.styled
def reached(result: Result) -> Figure:
    """Draw the longest length that was learned from every start, a dot a seed."""
    fig, ax = style.figure("tall")
    places = {0: 0, **{length: j + 1 for j, length in enumerate(result.lengths)}}
    rows = len(result.starts)
    for k, (kind, _) in enumerate(result.starts):
        for i, length in enumerate(result.reached[:, k]):
            shift = 0.13 * (i - (len(result.reached) - 1) / 2)
            cut_short = length == result.tried[k] < max(result.lengths)
            marker = ">" if cut_short else "o"
            ax.plot(places[int(length)] + shift, rows - 1 - k, marker, color=COLORS[kind])
    ax.grid(visible=True, axis="x")
    ax.set_xlim(-0.5, len(places) - 0.5)
    ax.set_xticks(list(places.values()), ["none", *map(str, result.lengths)])
    ax.set_yticks(range(rows), [f"{kind}, {name}" for kind, name in reversed(result.starts)])
    ax.set_xlabel("longest length learned")
    return style.describe(
        fig,
        "The longest length that was learned from each start, a dot a seed. The default starts end "
        "at length 10, the ReLU network's at none or at 10. Forget bias one ends at 10 as well. "
        "Identity and the LSTM's chrono start end at 60, the orthogonal start at 30 or 60. Forget "
        "bias three and the GRU's chrono start solve 30 and were not tried at 60.",
    )
