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
def flow(result: Result) -> Figure:
    """Draw products of many steps for three spectral radii, without tanh and with it."""
    fig, ax = style.figure("tall")
    steps = np.arange(result.linear.shape[-1])
    for k, scale in enumerate(result.scales):
        for rows, color, line in (
            (result.linear, style.LINEAR, "--"),
            (result.with_tanh, style.RNN, "-"),
        ):
            for row in rows[:, k]:
                ax.plot(steps, row, color=color, linestyle=line, linewidth=1.3)
            name = f"{scale:g}, {'tanh' if rows is result.with_tanh else 'no tanh'}"
            level = np.median(rows[:, k, -1])
            ax.text(
                steps[-1] + 1.5,
                level * 1e4 if abs(np.log10(level)) < 2 else level,  # clear of the baseline
                name,
                color=style.INK,
                fontsize=10,
                va="center",
            )
    style.baseline(ax, 1.0, "where it starts")
    ax.set_yscale("log")
    ax.set_xlim(0, 133)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_ylim(1e-54, 1e24)
    ax.set_yticks([1e-40, 1e-20, 1, 1e20])
    ax.set_xlabel("steps back")
    ax.set_ylabel("gradient, as a share of the start")
    return style.describe(
        fig,
        "Norms of a gradient over a hundred steps back, on a logarithmic scale, for spectral radii "
        "of one half, one and one and a half. Without tanh they fall to ten to minus thirty, stay "
        "near one, and grow to ten to the seventeen. With tanh and inputs of size one all three "
        "fall, the largest to below a millionth.",
    )


@style.styled
def spectra(result: Result) -> Figure:
    """Draw, for four matrices, what two numbers predict and what products of Jacobians do."""
    fig, axes = style.figure("square", rows=2, columns=2, sharex=True, sharey=True)
    titles = {
        "default": "default weights",
        "large": "large random weights",
        "orthogonal": "orthogonal weights",
        "chain": "a chain of eight units",
    }
    steps = np.arange(1, result.products.shape[-1] + 1)
    seed = 0
    for k, (ax, name) in enumerate(zip(axes.flat, result.matrices, strict=True)):
        radius, stretch = result.radius[seed, k], result.stretch[seed, k]
        rule = {"color": style.BASELINE, "linewidth": 1.5}
        ax.plot(steps, stretch**steps, linestyle=":", label="largest singular value", **rule)
        ax.plot(steps, radius**steps, linestyle="--", label="spectral radius", **rule)
        for kind, (label, color, line) in enumerate(
            (
                ("no tanh", style.LINEAR, "-"),
                ("tanh, weak inputs", style.RNN, "-"),
                ("tanh, strong inputs", style.RNN, "-."),
            )
        ):
            ax.plot(
                steps,
                result.products[seed, k, kind],
                color=color,
                linestyle=line,
                linewidth=1.7,
                label=label,
            )
        ax.set_yscale("log")
        ax.set_ylim(1e-16, 1e16)
        ax.set_yticks([1e-15, 1e-10, 1e-5, 1, 1e5, 1e10, 1e15])
        ax.set_title(titles[name], fontsize=10.5)
    for ax in axes[1]:
        ax.set_xlabel("steps")
    for ax in axes[:, 0]:
        ax.set_ylabel("Jacobian, largest stretch")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=2, fontsize=9.5)
    return style.describe(
        fig,
        "Four panels over fifty steps on a logarithmic scale, each with what the largest singular "
        "value and the spectral radius predict, in grey, and what the product of Jacobians does "
        "without tanh, with weak and with strong inputs. Default weights: the singular value "
        "predicts growth, all products fall. Large weights: without tanh the product explodes, "
        "under weak inputs it grows far less, under strong ones it falls. Orthogonal weights: "
        "constant without tanh, falling with it, steeply under strong inputs. A chain of units: "
        "the spectral radius predicts a fall, and the product without tanh first rises more than "
        "tenfold.",
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
