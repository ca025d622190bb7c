"""Pictures for the chapter on where the gradient goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.gradient_flow import Result


@style.styled
def tracked(result: Result) -> Figure:
    """Draw the gradient at the first input by the distance of the output, a line a seed."""
    fig, ax = style.figure("wide")
    for k, norms in enumerate(result.tracked):
        ax.plot(
            np.arange(len(norms)),
            norms / norms[0],
            color=style.RNN,
            linewidth=1.6,
            alpha=0.8,
            label=None if k else "a network a line",
        )
    style.baseline(ax, 1.0, "no step in between")
    ax.set_yscale("log")
    ax.set_ylim(1e-16, 1e2)
    ax.set_yticks([1e-15, 1e-10, 1e-5, 1])
    ax.set_xlabel("steps between input and output")
    ax.set_ylabel("gradient at the first input")
    ax.legend(loc="lower left")
    return style.describe(
        fig,
        "The gradient at the first input against the distance of the output, from none to 49 "
        "steps, on a logarithmic scale, a line a seed. All lines fall straight from one, a dashed "
        "line, to about ten to the power of minus thirteen.",
    )


@style.styled
def slopes(result: Result) -> Figure:
    """Draw how steep tanh is where the units are, before training and after it."""
    fig, ax = style.figure("wide")
    bins = np.linspace(0, 1, 21)
    for k, (label, color, alpha) in enumerate(
        (("before training", style.BASELINE, 0.55), ("after training", style.RNN, 0.55))
    ):
        values = result.slopes[:, k].ravel()
        ax.hist(
            values,
            bins,
            weights=np.full(len(values), 100 / len(values)),
            color=color,
            alpha=alpha,
            label=label,
        )
    style.baseline(ax, 0.25, "0.25, the most of a sigmoid", vertical=True)
    ax.set_xlim(0, 1)
    ax.set_xlabel("derivative of tanh, a count for each unit and step")
    ax.set_ylabel("percent")
    ax.legend(loc="upper center")
    return style.describe(
        fig,
        "Histogram of the derivative of tanh over units and steps, all seeds together. Before "
        "training nearly all lie close to one. After training most lie close to nought, the rest "
        "spread up to one. A dashed line marks a quarter, the most a sigmoid has.",
    )
