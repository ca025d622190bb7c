"""Pictures for the chapter on state spaces: errors on the echo, responses, gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments._seeds import Measured
    from rnnbook.experiments.state_spaces import Result

#: The gain of a perfect echo.
PERFECT = 1.0
COLORS = {"LSTM": style.LSTM, "GRU": style.GRU}


@style.styled
def errors(result: Result, baseline: float) -> Figure:
    """Draw the error of every network on fresh sequences, one dot per seed."""
    fig, ax = style.figure("strip")
    style.baseline(ax, baseline, "always zero", vertical=True)
    said = []
    for row, (name, values) in enumerate(result.error.items()):
        ax.scatter(
            values,
            [-row] * len(values),
            s=30,
            color=COLORS.get(name, style.LINEAR),
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=3,
        )
        said.append(f"{name} {style.span(values)}")
    ax.set_xscale("log")
    ax.set_yticks([-row for row in range(len(result.error))], list(result.error))
    ax.set_ylim(0.5 - len(result.error), 0.5)
    ax.set_xlabel("squared error on fresh sequences")
    ax.grid(axis="x")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left")
    return style.describe(
        fig,
        "The squared error on fresh sequences, on a logarithmic scale, a row for each network and "
        f"a dot for each seed: {'; '.join(said)}. A dashed line at {baseline:.2g} is the error of "
        "always answering zero.",
    )


@style.styled
def responses(result: Result, lag: int) -> Figure:
    """Draw what one impulse does to the answers of each layer, before and after training."""
    steps = np.arange(next(iter(result.response.values())).shape[1])
    fig, axes = _before_and_after(result.response, steps)
    axes[1].set_xlabel("steps after the impulse")
    axes[0].set_ylabel("change in answer")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    said = [
        f"{name}, after training, at {lag} steps: {style.span(rows[:, lag])}"
        for (name, when), rows in result.response.items()
        if when == "after"
    ]
    return style.describe(
        fig,
        "What one impulse does to the answers, over the steps after it, a panel for each layer and "
        f"a line for each seed, dotted before training and solid after it. {'; '.join(said)}.",
    )


@style.styled
def gains(result: Result, frequencies: Sequence[float]) -> Figure:
    """Draw how large a wave of each frequency comes out of each layer, before and after."""
    fig, axes = _before_and_after(result.gain, np.array(frequencies))
    for ax in axes:
        style.baseline(ax, PERFECT, "perfect echo")
    axes[1].set_xlabel("frequency, waves a step")
    axes[0].set_ylabel("gain")
    axes[0].set_ylim(bottom=0)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    slow, fast = slice(0, len(frequencies) // 10), slice(len(frequencies) // 10, None)
    said = [
        f"{name}, after training, {style.span(rows[:, slow])} below {frequencies[fast][0]:.2g} "
        f"waves a step and {style.span(rows[:, fast])} from there on"
        for (name, when), rows in result.gain.items()
        if when == "after"
    ]
    return style.describe(
        fig,
        "The gain, how large a wave comes out, over its frequency, a panel for each layer and a "
        "line for each seed, dotted before training and solid after it. A dashed line at "
        f"{PERFECT:g} is a perfect echo. {'; '.join(said)}.",
    )


def _before_and_after(
    lines: dict[tuple[str, str], Measured], xs: NDArray[np.float64]
) -> tuple[Figure, NDArray[np.object_]]:
    """Draw a panel for each layer, with a line for each seed before and after training."""
    names = [name for name, when in lines if when == "after"]
    fig, axes = style.figure("wide", columns=len(names), sharex=True, sharey=True)
    for ax, name in zip(axes, names, strict=True):
        for when, color, line in (("before", style.MUTED, ":"), ("after", style.LINEAR, "-")):
            for seed, row in enumerate(lines[name, when]):
                label = f"{when} training" if seed == 0 else None
                ax.plot(xs, row, line, color=color, linewidth=1.2, label=label)
        ax.set_title(name, fontsize=10.5)
    return fig, axes
