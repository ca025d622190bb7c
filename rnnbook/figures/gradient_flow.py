"""Pictures for the chapter on where the gradient goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.gradient_flow import Result

SIGMOID = 0.25  # the largest derivative of a sigmoid
FLAT, STEEP = 0.1, 0.9  # below the one tanh is called flat, above the other steep
START = 1.0  # no step in between
Y_TICKS = (1e-15, 1e-10, 1e-5, 1.0)


@style.styled
def tracked(result: Result) -> Figure:
    """Draw the gradient at the first input by the distance of the output, one line per seed."""
    fig, ax = style.figure("wide")
    shares = result.flow.tracked / result.flow.tracked[:, :1]
    for k, share in enumerate(shares):
        ax.plot(
            np.arange(len(share)),
            share,
            color=style.RNN,
            linewidth=1.6,
            alpha=0.8,
            label=None if k else "one line per network",
        )
    style.baseline(ax, START, "no step in between")
    ax.set_yscale("log")
    ax.set_ylim(1e-17, 1e2)
    ax.set_yticks(Y_TICKS)
    ax.set_xlabel("steps between input and output")
    ax.set_ylabel("gradient, as a share of the first")
    ax.legend(loc="lower left")
    last = shares.shape[1] - 1
    return style.describe(
        fig,
        "The gradient at the first input against the steps between it and the output, up to "
        f"{last}, as a share of that with no step in between, on a logarithmic scale, one line "
        f"per seed. After {last // 2} steps the shares are "
        f"{style.span(shares[:, last // 2], '.0e')}, "
        f"after {last} steps {style.span(shares[:, last], '.0e')}; a dashed line marks {START:g}.",
    )


@style.styled
def slopes(result: Result) -> Figure:
    """Draw how steep tanh is where the units are, before training and after it."""
    fig, ax = style.figure("wide")
    bins = np.linspace(0, 1, 21)
    colors = dict(zip(result.flow.recall.slopes, (style.BASELINE, style.RNN), strict=True))
    said = []
    for when, found in result.flow.recall.slopes.items():
        values = found.ravel()
        ax.hist(
            values,
            bins,
            weights=np.full(len(values), 100 / len(values)),
            color=colors[when],
            alpha=0.55,
            label=when,
        )
        flat, steep = 100 * np.mean(values < FLAT), 100 * np.mean(values > STEEP)
        said.append(f"{when} {flat:.0f} % lie below {FLAT} and {steep:.0f} % above {STEEP}")
    style.baseline(ax, SIGMOID, f"{SIGMOID}, the most of a sigmoid", vertical=True)
    ax.set_xlim(0, 1)
    ax.set_xlabel("derivative of tanh, a count for each unit and step")
    ax.set_ylabel("percent")
    ax.legend(loc="upper center")
    return style.describe(
        fig,
        "Histogram of the derivative of tanh over units and steps, all seeds together, in percent: "
        f"{'; '.join(said)}. A dashed line marks {SIGMOID}, the largest derivative of a sigmoid.",
    )
