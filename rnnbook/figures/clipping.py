"""Pictures for the chapter on clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.clipping import Result


@style.styled
def norms(result: Result, lengths: Sequence[int]) -> Figure:
    """Draw the norm of the demonstration's gradient by length, three ways, a dot for each seed."""
    fig, ax = style.figure("wide")
    for name, line, marker in (
        ("mean, larger weights", "-", "o"),
        ("sum", "--", "s"),
        ("mean", ":", "^"),
    ):
        values = result.norms[name]
        ax.plot(lengths, np.median(values, axis=0), line, color=style.RNN, label=name)
        for row in values:
            ax.plot(lengths, row, marker, color=style.RNN, alpha=0.6, markersize=4)
    style.baseline(ax, 5.0, "a common limit, 5")
    ax.set_yscale("log")
    ax.set_xticks(lengths)
    ax.set_xlabel("steps in the sequence")
    ax.set_ylabel("norm of the gradient")
    ax.legend(loc="upper left")
    ends = "; ".join(
        f"{name}: {style.span(values[:, 0])} at the shortest, {style.span(values[:, -1])} at the "
        "longest"
        for name, values in result.norms.items()
    )
    return style.describe(
        fig,
        f"Norm of the gradient for sequences of {lengths[0]} to {lengths[-1]} steps, on a "
        "logarithmic scale, a line through the medians for each loss and a dot for each seed. "
        f"{ends}. A dashed line marks a common limit.",
    )


@style.styled
def training(result: Result, baseline: float) -> Figure:
    """Draw the loss under plain gradient descent, with and without a limit."""
    fig, ax = style.figure("wide")
    top = 1e3
    for seed, losses in enumerate(result.losses["SGD, clipped"]):
        label = "clipped at 1.0" if seed == 0 else None
        ax.plot(np.arange(1, len(losses) + 1), losses, color=style.RNN, lw=1.4, label=label)
    for seed, losses in enumerate(result.losses["SGD"]):
        label = "not clipped, until it breaks" if seed == 0 else None
        kept = losses[np.isfinite(losses)]
        shown = np.minimum(kept, top)
        ax.plot(np.arange(1, len(kept) + 1), shown, color=style.INK, lw=1.4, label=label)
        ax.plot(len(kept), shown[-1], "x", color=style.INK, markersize=9, mew=2)
    style.baseline(ax, baseline, "best answer without memory")
    ax.set_yscale("log")
    ax.set_xscale("log")
    ticks = [n for n in (1, 3, 10, 30, 100) if n <= len(losses)]
    ax.set_xticks(ticks, [str(n) for n in ticks])
    ax.minorticks_off()
    ax.set_ylim(0.2, 1.6 * top)
    ax.set_xlabel("update")
    ax.set_ylabel("mean squared error")
    ax.legend(loc="upper right")
    return style.describe(
        fig,
        "Mean squared error by update, both on logarithmic scales, a line for each seed. "
        "Without clipping the runs stop at update "
        f"{style.span(result.updates['SGD'], 'd')}; a cross marks the last finite loss. "
        "With the norm clipped the mean of the last losses is "
        f"{style.span(result.final['SGD, clipped'])}. A dashed line at {baseline:.2g} marks the "
        "best answer without memory.",
    )
