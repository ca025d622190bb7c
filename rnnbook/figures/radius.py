"""Pictures for the chapter on radius, singular value and saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.radius import Result

START = 1.0  # every gradient begins there


@style.styled
def flow(result: Result) -> Figure:
    """Draw products of many steps by spectral radius, without tanh and with it."""
    fig, ax = style.figure("tall")
    said = []
    for by_scale, color, line, kind in (
        (result.linear, style.LINEAR, "--", "no tanh"),
        (result.with_tanh, style.RNN, "-", "tanh"),
    ):
        for scale, rows in by_scale.items():
            steps = np.arange(rows.shape[-1])
            for row in rows:  # every fourth step looks the same, and the picture is lighter
                ax.plot(steps[::4], row[::4], color=color, linestyle=line, linewidth=1.3)
            level = np.median(rows[:, -1])
            ax.text(
                steps[-1] + 1.5,
                level * 1e4 if abs(np.log10(level)) < 2 else level,  # clear of the baseline
                f"{scale:g}, {kind}",
                color=style.INK,
                fontsize=10,
                va="center",
            )
            said.append(f"{scale:g}, {kind}: {style.span(rows[:, -1], '.1g')}")
    style.baseline(ax, START, "where it starts")
    ax.set_yscale("log")
    ax.set_xlim(0, 133)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_ylim(1e-54, 1e24)
    ax.set_yticks([1e-40, 1e-20, 1, 1e20])
    ax.set_xlabel("steps back")
    ax.set_ylabel("gradient, as a share of the start")
    return style.describe(
        fig,
        f"Norms of a gradient over up to {steps[-1]} steps back, on a logarithmic scale, a line "
        "for each seed and spectral radius, dashed without tanh and solid with it; a dashed grey "
        f"line marks the start, {START:g}. Norms after {steps[-1]} steps at {'; '.join(said)}.",
    )


TITLES = {
    "default": "default weights",
    "large": "large random weights",
    "orthogonal": "orthogonal weights",
    "chain": "a chain of units",
}
#: The colour and the line of each kind of product, and its name in the legend.
KINDS = {
    "no tanh": (style.LINEAR, "-", "no tanh"),
    "weak inputs": (style.RNN, "-", "tanh, weak inputs"),
    "strong inputs": (style.RNN, "-.", "tanh, strong inputs"),
}


@style.styled
def spectra(result: Result) -> Figure:
    """Draw, by matrix and for all seeds, what two numbers predict and what products do."""
    fig, axes = style.figure("square", rows=2, columns=2, sharex=True, sharey=True)
    said = []
    for ax, (name, title) in zip(axes.flat, TITLES.items(), strict=True):
        ends = []
        for numbers, line, label in (
            (result.stretch[name], ":", "largest singular value"),
            (result.radius[name], "--", "spectral radius"),
        ):
            steps = np.arange(1, result.products[name, "no tanh"].shape[-1] + 1)
            powers = numbers[:, None] ** steps
            ax.plot(steps, powers.T, linestyle=line, color=style.BASELINE, linewidth=1.3)
            ax.lines[-1].set_label(label)
            ends.append(f"{label} {style.span(powers[:, -1], '.1g')}")
        for kind, (color, line, label) in KINDS.items():
            norms = result.products[name, kind]
            ax.plot(steps, norms.T, color=color, linestyle=line, linewidth=1.3)
            ax.lines[-1].set_label(label)
            ends.append(f"{label} {style.span(norms[:, -1], '.1g')}")
        most = result.products[name, "no tanh"].max(axis=-1)
        said.append(
            f"{title}: {', '.join(ends)}; the highest point without tanh {style.span(most)}"
        )
        ax.set_yscale("log")
        ax.set_ylim(1e-16, 1e16)
        ax.set_yticks([1e-15, 1e-10, 1e-5, 1, 1e5, 1e10, 1e15])
        ax.set_title(title, fontsize=10.5)
    for ax in axes[1]:
        ax.set_xlabel("steps")
    for ax in axes[:, 0]:
        ax.set_ylabel("Jacobian, largest stretch")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=2, fontsize=9.5)
    return style.describe(
        fig,
        f"A panel for each matrix, over {steps[-1]} steps on a logarithmic scale, a line for each "
        "seed: in grey the powers of the largest singular value and of the spectral radius, beside "
        "them the largest stretch of the product of Jacobians, without tanh and with it, under "
        f"weak and under strong inputs. Where they end, with {'. With '.join(said)}.",
    )
