"""Pictures for the chapter on spelling a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.hello import Result

COLORS = {"no memory": style.BASELINE, "RNN": style.RNN, "LSTM": style.LSTM}


@style.styled
def after_l(result: Result) -> Figure:
    """Draw what each model expects after the first l of hello and after the second."""
    word = result.words[0]
    letters = sorted(set(word))
    columns = [result.symbols.index(letter) for letter in letters]
    fig, axes = style.figure("wide", 1, 2, sharey=True)
    places = [i for i, letter in enumerate(word) if letter == "l"]
    for ax, place, which in zip(axes, places, ("first", "second"), strict=True):
        for k, name in enumerate(result.models):
            values = result.probabilities[:, k, place][:, columns]
            at = np.arange(len(letters)) + 0.27 * (k - 1)
            ax.bar(at, np.median(values, 0), 0.25, color=COLORS[name], alpha=0.55, label=name)
            for x, dots in zip(at, values.T, strict=True):
                style.spread(ax, x, dots.tolist(), COLORS[name])
        style.baseline(ax, 0.5, "one half")
        ax.set_title(f"after the {which} “l”")
        ax.set_xticks(range(len(letters)), letters)
        ax.set_xlabel("next letter")
        ax.set_ylim(0, 1.05)
    axes[0].set_ylabel("probability")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "Two bar charts of the probability of each next letter, e, h, l and o. The RNN and the "
        "LSTM put nearly everything on l after the first l and on o after the second. The network "
        "without memory gives l and o one half each, both times.",
    )


@style.styled
def curves(result: Result) -> Figure:
    """Draw the loss of every run by training step, a panel a word, with the memoryless floor."""
    fig, axes = style.figure("wide", 1, len(result.words), sharey=True, sharex=True)
    steps = np.arange(result.losses.shape[-1])
    for j, (ax, word) in enumerate(zip(axes, result.words, strict=True)):
        for k, name in enumerate(result.models):
            for i, losses in enumerate(result.losses[:, j, k]):
                label = name if i == 0 else None
                ax.plot(steps, losses, color=COLORS[name], linewidth=1.4, label=label)
        if result.floors[j] > 0:
            style.baseline(ax, result.floors[j], "")
            ax.annotate(
                "best without memory",
                (steps[-1], result.floors[j]),
                (0, 5),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=9,
            )
        ax.set_title(word)
        ax.set_xlabel("training step")
        ax.set_yscale("log")
    axes[0].set_ylabel("loss, nats a letter")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.describe(
        fig,
        "Loss by training step on a logarithmic scale, a line a seed. Left, hello: the network "
        "without memory flattens out on the dashed line of the best loss possible without memory; "
        "the RNN and, some steps later, the LSTM fall through it towards zero. Right, world: all "
        "three fall towards zero.",
    )
