"""Pictures for the chapter on named entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rnnbook.figures import style

if TYPE_CHECKING:
    from rnnbook.experiments.entities import Result

#: What each tagger is called in a picture, the simplest first.
LABELS = {
    "lexicon": "lexicon",
    "neighbours": "two neighbours",
    "forward": "LSTM, forward",
    "forward, mask": "… with mask",
    "table, mask": "… table and mask",
    "both ways": "LSTM, both ways",
}
MARKERS = {"neighbours": "s", "forward": ">", "forward, mask": "o", "both ways": "D"}
NETWORKS = ("forward", "forward, mask", "table, mask", "both ways")


def _color(name: str) -> str:
    return style.LSTM if name in NETWORKS else style.BASELINE


def _label(name: str) -> str:
    return LABELS[name].replace("…", "...")


@style.styled
def scores(result: Result) -> Figure:
    """Draw the F1 of each tagger on known names and on new ones, a dot for each seed."""
    fig, ax = style.figure("wide")
    for y, name in enumerate(reversed(LABELS)):
        for kind, height, face in (("known", 0.16, _color(name)), ("new", -0.16, "none")):
            values = result.f1[name, kind]
            ax.plot(
                values,
                y + height + np.zeros(len(values)),
                "o",
                color=_color(name),
                markerfacecolor=face,
                markeredgewidth=1.4,
                clip_on=False,
            )
    ax.set_yticks(range(len(LABELS)), [_label(name) for name in reversed(LABELS)])
    ax.set_xlim(-0.02, 1.02)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("F1 of whole names, held-out sentences")
    entries = [
        Line2D([], [], marker="o", linestyle="", color=style.INK, markerfacecolor=face, label=told)
        for told, face in (("names known from training", style.INK), ("new names", "none"))
    ]
    fig.legend(handles=entries, loc="outside lower center", ncols=2)
    said = (
        f"{_label(name)}: known {style.span(result.f1[name, 'known'], '.2f')}, "
        f"new {style.span(result.f1[name, 'new'], '.2f')}"
        for name in LABELS
    )
    return style.describe(
        fig,
        "Dots of how well whole names are found, a row for each tagger, filled for names known "
        f"from training and hollow for new ones, a dot for each seed. {'; '.join(said)}.",
    )


@style.styled
def places(result: Result, guess: float) -> Figure:
    """Draw the share of right names by where the deciding word stands.

    Parameters
    ----------
    result : Result
        Its field ``right`` is drawn.
    guess : float
        The share that guessing the type would get right.
    """
    fig, ax = style.figure("wide")
    told = tuple(dict.fromkeys(place for _, place in result.right))
    for shift, (name, marker) in enumerate(MARKERS.items()):
        for x, place in enumerate(told):
            values = result.right[name, place]
            ax.plot(
                x + 0.17 * (shift - 1.5) + np.linspace(-0.03, 0.03, len(values)),
                values,
                marker,
                color=_color(name),
                markerfacecolor=_color(name) if name == "both ways" else "none",
                markeredgewidth=1.4,
                clip_on=False,
                label=_label(name) if x == 0 else None,
            )
    style.baseline(ax, guess, "guessing one of three types")
    ax.set_xticks(range(len(told)), told)
    ax.set_xlim(-0.5, len(told) - 0.5)
    ax.set_ylim(-0.02, 1.03)
    ax.set_xlabel("where the word stands that decides the type")
    ax.set_ylabel("share of right names")
    fig.legend(loc="outside lower center", ncols=2)
    said = (
        f"{_label(name)}: "
        + ", ".join(f"{place} {style.span(result.right[name, place], '.2f')}" for place in told)
        for name in MARKERS
    )
    return style.describe(
        fig,
        "The share of right names by where the deciding word stands, a marker for each seed, "
        f"beside a dashed line for guessing, at {guess:.2f}. {'; '.join(said)}.",
    )


@style.styled
def table(
    values: NDArray[np.float64], tags: Sequence[str], follows: Sequence[Sequence[bool]]
) -> Figure:
    """Draw what a chain learned of neighbouring tags, with a cross where the rules forbid a pair.

    Parameters
    ----------
    values : array
        (tags, tags): the row comes before the column.
    tags : sequence of str
        Their names.
    follows : sequence of sequence of bool
        Where the tag of the column may follow that of the row.
    """
    fig, ax = style.figure("tall")
    image = ax.imshow(values, cmap="viridis", interpolation="nearest")
    forbidden = np.argwhere(~np.asarray(follows, dtype=bool))
    ax.plot(forbidden[:, 1], forbidden[:, 0], "x", color="white", markeredgewidth=1.6, linestyle="")
    ax.grid(visible=False)
    ax.set_xticks(range(len(tags)), tags, rotation=45)
    ax.set_yticks(range(len(tags)), tags)
    ax.set_xlabel("tag of a word")
    ax.set_ylabel("tag of the word before it")
    bar = fig.colorbar(image, ax=ax)
    bar.set_label("learned score of the pair")
    bar.outline.set_visible(False)
    low = np.asarray(values)[~np.asarray(follows, dtype=bool)]
    high = np.asarray(values)[np.asarray(follows, dtype=bool)]
    return style.describe(
        fig,
        f"A heat map of {len(tags)} by {len(tags)} learned scores, a row for the tag before and a "
        f"column for the tag after. White crosses mark the {len(low)} pairs that the rules forbid, "
        f"whose scores are {style.span(low, '.1f')}; those of the others are "
        f"{style.span(high, '.1f')}.",
    )
