"""Pictures for the chapter on translation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import style

#: Who translates, and its colour; what has no weights stands beside the networks in grey.
_COLORS = {
    "dictionary": style.BASELINE,
    "phrase table": style.BASELINE,
    "attention": style.ATTENTION,
}
#: A measure, its line and its mark; the colours of networks stay theirs.
_LINES = {"exact": ("-", "o"), "BLEU": ("--", "s"), "chrF": (":", "^")}


@style.styled
def cost(found: Mapping[tuple[str, str], NDArray[np.float64]], shares: Sequence[float]) -> Figure:
    """Draw what one wrong word costs by each measure, for a wrong ending and for another word.

    Parameters
    ----------
    found : mapping
        Scores of 100 by kind of mistake and measure, a value for each share.
    shares : sequence of float
        The shares of sentences that have the mistake.
    """
    fig, axes = style.figure("wide", 1, 2, sharex=True, sharey=True)
    titles = {"ending": "a wrong ending", "word": "another word"}
    said = []
    for ax, (kind, title) in zip(axes, titles.items(), strict=True):
        for name, (line, marker) in _LINES.items():
            values, x = found[kind, name], [100 * share for share in shares]
            ax.plot(x, values, line, marker=marker, color=style.INK, label=name)
            said.append(f"{name} with {title} falls from {values[0]:.0f} to {values[-1]:.0f}")
        ax.set_title(title)
        ax.set_xlabel("sentences with it, of 100")
        ax.set_ylim(-4, 106)
    axes[0].set_ylabel("score, of 100")
    axes[0].legend(loc="lower left")
    return style.describe(
        fig,
        "Scores against the share of sentences with one mistake, left where it is a wrong "
        f"ending, right where it is another word. {'; '.join(said)}.",
    )


@style.styled
def scores(right: Mapping[str, Any], bleu: Mapping[str, Any]) -> Figure:
    """Draw sentences without a mistake and BLEU for each that translates, a dot for each seed.

    Parameters
    ----------
    right : mapping
        Shares of sentences by name, a value a seed.
    bleu : mapping
        BLEU by name, a value a seed.
    """
    fig, axes = style.figure("wide", 1, 2, sharey=True)
    names = [name for name in _COLORS if name in right]
    said = []
    titles = {"sentences right, of 100": (right, 100), "BLEU": (bleu, 1)}
    for ax, (title, (values, scale)) in zip(axes, titles.items(), strict=True):
        for y, name in enumerate(names):
            dots = scale * np.atleast_1d(values[name])
            ax.barh(y, np.median(dots), height=0.6, color=_COLORS[name], alpha=0.45)
            ax.plot(dots, [y] * len(dots), "o", color=_COLORS[name], markersize=5)
            said.append(f"{title}, {name}: {style.span(dots, '.0f')}")
        ax.set_title(title)
        ax.set_xlim(0, 104)
        ax.grid(axis="x")
        ax.grid(axis="y", visible=False)
    axes[0].set_yticks(range(len(names)), names)
    return style.describe(
        fig,
        "Horizontal bars for the median and a dot for each seed, the simplest method at the "
        f"bottom: left the sentences without a mistake, right BLEU. {'; '.join(said)}.",
    )


@style.styled
def alignment(english: Sequence[str], said: Sequence[str], weights: NDArray[np.float64]) -> Figure:
    """Draw what is looked at while each word is written: dark where a weight is large.

    Parameters
    ----------
    english, said : sequence of str
        The words that were read, and those that were written.
    weights : array
        (written, read).
    """
    fig, ax = style.figure("tall")
    style.weights_table(ax, "words", english, said, weights, least=0.1, rotation=35, ha="left")
    return style.describe(
        fig,
        "A table of weights, a row for each word written and a column for each word read, dark "
        "where a weight is large. The largest in each row: "
        f"{style.largest_weights('word', english, said, weights)}.",
    )
