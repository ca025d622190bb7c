"""Pictures for the chapter on radius, singular value and saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.radius import Result


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
