"""Pictures for the chapter on layers on top of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.depth import Result


@style.styled
def heat(result: Result) -> Figure:
    """Draw how much gradient of the last answer reaches each layer and step, for two starts."""
    fig, axes = style.figure("tall", len(result.starts), 1, sharex=True)
    typical = np.exp(np.log(result.gradients).mean(axis=0))  # over the seeds
    layers, time = typical.shape[1:]
    for ax, start, norms in zip(axes, result.starts, typical, strict=True):
        image = ax.imshow(
            norms,
            origin="lower",
            aspect="auto",
            cmap="viridis",
            norm=LogNorm(1e-7, 1),
            extent=(0.5, time + 0.5, 0.5, layers + 0.5),
            interpolation="nearest",
        )
        ax.grid(visible=False)
        ax.set_title(start)
        ax.set_yticks(range(1, layers + 1))
        ax.set_ylabel("layer")
    axes[-1].set_xticks([1, 10, 20, time])
    axes[-1].set_xlabel(f"step, the answer is given at step {time}")
    bar = fig.colorbar(image, ax=axes, ticks=[1e-6, 1e-4, 1e-2, 1])
    bar.set_label("gradient, share of the last state's")
    bar.outline.set_visible(False)
    return style.describe(
        fig,
        "Two heat maps of four layers by thirty steps on a logarithmic scale of colour. With "
        "default weights only the last steps are bright, in all four layers, and the rest darkens "
        "towards the first step. With orthogonal recurrent weights every layer stays brighter on "
        "the way there.",
    )


@style.styled
def scores(result: Result) -> Figure:
    """Draw what one, two and three layers reach on two tasks at an equal size, a dot a seed."""
    fig, (left, right) = style.figure("wide", 1, 2)
    places = np.arange(len(result.depths))
    for row in result.composed:
        left.plot(places, row, color=style.RNN, linewidth=0.9, alpha=0.6)
    for row in result.summed:
        right.plot(places, row, color=style.RNN, linewidth=0.9, alpha=0.6)
    for ax, values in ((left, result.composed), (right, result.summed)):
        for x, column in zip(places, values.T, strict=True):
            style.spread(ax, float(x), column.tolist(), style.RNN)
        ax.set_xticks(places, [str(depth) for depth in result.depths])
        ax.set_xlim(-0.6, len(places) - 0.6)
        ax.set_xlabel("layers")
    left.plot(
        np.zeros(len(result.longer)) - 0.25,
        result.longer,
        "D",
        color=style.RNN,
        markerfacecolor="none",
        markersize=7,
        label="three times the updates",
    )
    style.baseline(left, float(result.baselines.mean()), "best answer without training")
    style.baseline(right, result.summed_baseline, "")
    left.set_ylim(0, 1)
    left.set_ylabel("accuracy")
    left.set_title("pairs of pairs", fontsize=10.5)
    right.set_yscale("log")
    right.set_ylim(0.005, 3)
    right.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    right.set_ylabel("squared error")
    right.set_title("moving sums", fontsize=10.5)
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.describe(
        fig,
        "Two panels by the number of layers, one to three, at an equal number of parameters, a dot "
        "a seed. On pairs of pairs two and three layers lie above one, and all dots above the "
        "dashed baseline; hollow diamonds, a single layer after three times the updates, lie above "
        "the three layers of the same seed. On moving sums the median error is larger with three "
        "layers than with one; all dots lie far below the dashed baseline.",
    )
