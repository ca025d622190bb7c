"""Pictures for the chapter on spelling a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.hello import Result

COLORS = {"no memory": style.BASELINE, "RNN": style.RNN, "LSTM": style.LSTM}
HALF = 0.5  # the best for either letter, to a network that cannot tell them apart


@style.styled
def after_l(result: Result, word: str, symbols: Sequence[str]) -> Figure:
    """Draw what each model expects after the first l of hello and after the second."""
    letters = sorted(set(word))
    columns = [symbols.index(letter) for letter in letters]
    fig, axes = style.figure("wide", 1, 2, sharey=True)
    places = [i for i, letter in enumerate(word) if letter == "l"]
    said = []
    for ax, place, which in zip(axes, places, ("first", "second"), strict=True):
        for k, (name, answers) in enumerate(result.probabilities.items()):
            values = answers[:, place][:, columns]
            at = np.arange(len(letters)) + 0.27 * (k - 1)
            ax.bar(at, np.median(values, 0), 0.25, color=COLORS[name], alpha=0.55, label=name)
            for x, dots in zip(at, values.T, strict=True):
                style.spread(ax, x, dots.tolist(), COLORS[name])
            each = (f"{c} {style.span(v, '.2f')}" for c, v in zip(letters, values.T, strict=True))
            said.append(f"{name} after the {which} l: {', '.join(each)}")
        style.baseline(ax, HALF, "one half")
        ax.set_title(f"after the {which} “l”")
        ax.set_xticks(range(len(letters)), letters)
        ax.set_xlabel("next letter")
        ax.set_ylim(0, 1.05)
    axes[0].set_ylabel("probability")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.describe(
        fig,
        "Bar charts of the probability of each next letter, a panel for each l of the word, bars "
        "for the medians of each network and a dot for each run, beside a dashed line at "
        f"{HALF:g}. {'; '.join(said)}.",
    )


@style.styled
def curves(result: Result, floors: dict[str, float]) -> Figure:
    """Draw the loss of every run by update, a panel for each word, with its floor."""
    fig, axes = style.figure("wide", 1, len(floors), sharey=True, sharex=True)
    panels = dict(zip(floors, axes, strict=True))
    said = []
    for (word, name), runs in result.losses.items():
        for i, losses in enumerate(runs):
            label = None if i else name
            panels[word].plot(losses, color=COLORS[name], linewidth=1.4, label=label)
        said.append(f"{word}, {name}: {style.span(runs[:, -1])}")
    for word, ax in panels.items():
        if floors[word] > 0:
            style.baseline(ax, floors[word], "")
            ax.annotate(
                "best without memory",
                (runs.shape[1] - 1, floors[word]),
                (0, 5),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=9,
            )
        ax.set_title(word)
        ax.set_xlabel("update")
        ax.set_yscale("log")
    axes[0].set_ylabel("loss, nats per letter")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    least = ", ".join(f"{floor:.3f} for {word}" for word, floor in floors.items() if floor)
    return style.describe(
        fig,
        "Loss by update on a logarithmic scale, a panel for each word and a line for each run, "
        f"beside a dashed line for the best loss without memory: {least}. Loss of the last update: "
        f"{'; '.join(said)}.",
    )
