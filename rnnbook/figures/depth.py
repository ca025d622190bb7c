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
    """Draw how much gradient of the last answer reaches each layer and step, for two weights."""
    fig, axes = style.figure("tall", len(result.gradients), 1, sharex=True)
    typical = {k: np.exp(np.log(norms).mean(axis=0)) for k, norms in result.gradients.items()}
    layers, time = next(iter(typical.values())).shape
    for ax, (start, norms) in zip(axes, typical.items(), strict=True):
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
        f"A heat map of {layers} layers by {time} steps for each initialisation, on a logarithmic "
        "scale of colour: gradient of the last answer, as a share of the last state's, geometric "
        "mean of the seeds. It reaches the first step of the layers with "
        + "; ".join(f"{start}, {style.span(n[:, 0], '.0e')}" for start, n in typical.items())
        + ".",
    )


@style.styled
def scores(result: Result, sums_baseline: float) -> Figure:
    """Draw what one, two and three layers reach on two tasks at an equal size, by seed."""
    fig, (left, right) = style.figure("wide", 1, 2)
    for ax, values in ((left, result.composed), (right, result.summed)):
        places = np.arange(len(values))
        for runs in zip(*values.values(), strict=True):
            ax.plot(places, runs, color=style.RNN, linewidth=0.9, alpha=0.6)
        for x, column in zip(places, values.values(), strict=True):
            style.spread(ax, float(x), column.tolist(), style.RNN)
        ax.set_xticks(places, [str(depth) for depth in values])
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
    style.baseline(left, float(result.baseline.mean()), "best answer without training")
    style.baseline(right, sums_baseline, "")
    left.set_ylim(0, 1)
    left.set_ylabel("accuracy")
    left.set_title("pairs of pairs", fontsize=10.5)
    right.set_yscale("log")
    right.set_ylim(0.005, 3)
    right.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    right.set_ylabel("squared error")
    right.set_title("moving sums", fontsize=10.5)
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    spans = {
        title: "; ".join(f"{depth}: {style.span(runs)}" for depth, runs in values.items())
        for title, values in (("accuracy", result.composed), ("error", result.summed))
    }
    return style.describe(
        fig,
        "A panel for each task, by the number of layers at an equal number of parameters, a dot "
        "for each seed and thin lines joining the runs of a seed. Pairs of pairs, accuracy by "
        f"layers: {spans['accuracy']}; a single layer with more updates, hollow diamonds: "
        f"{style.span(result.longer)}; dashed baseline {result.baseline.mean():.2f}. Moving sums, "
        f"squared error by layers: {spans['error']}; dashed baseline {sums_baseline:.2g}.",
    )
