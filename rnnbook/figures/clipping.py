"""Pictures for the chapter on clipping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.clipping import Result


@style.styled
def norms(result: Result) -> Figure:
    """Draw the norm of the demonstration's gradient by length, three ways, a dot a seed."""
    fig, ax = style.figure("wide")
    for values, name, line, marker in (
        (result.exploding, "mean, weights times six", "-", "o"),
        (result.summed, "sum", "--", "s"),
        (result.mean, "mean", ":", "^"),
    ):
        label = {"label": name}
        ax.plot(result.lengths, np.median(values, axis=0), line, color=style.RNN, **label)
        for row in values:
            ax.plot(result.lengths, row, marker, color=style.RNN, alpha=0.6, markersize=4)
    style.baseline(ax, 5.0, "the usual limit, 5")
    ax.set_yscale("log")
    ax.set_xticks(result.lengths)
    ax.set_xlabel("steps in the sequence")
    ax.set_ylabel("norm of the gradient")
    ax.legend(loc="upper left")
    return style.describe(
        fig,
        "The norm of the gradient against the length of the sequence, on a logarithmic scale. For "
        "the sum of the outputs it rises from a hundred to a thousand between ten and a hundred "
        "steps. For their mean it stays below one. With recurrent weights six times as large it "
        "starts at a few and shoots up by many powers of ten.",
    )


@style.styled
def training(result: Result) -> Figure:
    """Draw the loss under plain gradient descent, with and without a limit, a line a seed."""
    fig, ax = style.figure("wide")
    free, clipped = result.rules.index("SGD"), result.rules.index("SGD, clipped")
    top = 1e3
    for seed, losses in enumerate(result.losses[:, clipped]):
        label = "clipped at 1.0" if seed == 0 else None
        ax.plot(np.arange(1, len(losses) + 1), losses, color=style.RNN, lw=1.4, label=label)
    for seed, losses in enumerate(result.losses[:, free]):
        label = "not clipped, until it breaks" if seed == 0 else None
        kept = losses[np.isfinite(losses)]
        shown = np.minimum(kept, top)
        ax.plot(np.arange(1, len(kept) + 1), shown, color=style.INK, lw=1.4, label=label)
        ax.plot(len(kept), shown[-1], "x", color=style.INK, markersize=9, mew=2)
    style.baseline(ax, result.baseline, "best answer without memory")
    ax.set_yscale("log")
    ax.set_xscale("log")
    ticks = [n for n in (1, 3, 10, 30, 100) if n <= result.losses.shape[-1]]
    ax.set_xticks(ticks, [str(n) for n in ticks])
    ax.minorticks_off()
    ax.set_ylim(0.2, 1.6 * top)
    ax.set_xlabel("step of training")
    ax.set_ylabel("mean squared error")
    ax.legend(loc="upper right")
    return style.describe(
        fig,
        "Mean squared error against the step of training, both on logarithmic scales. Without "
        "clipping every run shoots up within a few steps and ends at a cross. With the norm "
        "clipped at one all runs fall below the dashed line of the best answer without memory.",
    )
