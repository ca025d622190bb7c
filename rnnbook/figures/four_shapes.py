"""Pictures for the chapter on four shapes of problem."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure

from rnnbook.figures import diagrams, style

_SIZE = (0.54, 0.46)


@style.styled
def many_to_one() -> Figure:
    """Draw a network that reads every word and answers once."""
    fig, ax = diagrams.canvas(2.1)
    words: list[str | None] = ["not", "very", "good", "then", "bad"]
    diagrams.unrolled(
        ax,
        (0.75, 1.0),
        words,
        [None, None, None, None, "blame"],
        pitch=(1.02, 0.86),
        size=_SIZE,
        carries=False,
        first=False,
    )
    return style.describe(
        fig,
        "A row of cells, joined by thick arrows of the state. A word enters each from below, and "
        "a single answer, blame, leaves the last one.",
    )


@style.styled
def one_to_many() -> Figure:
    """Draw a network that starts from a vector and feeds its own words back in."""
    fig, ax = diagrams.canvas(2.35)
    said = ["two", "red", "circles", "<end>"]
    pitch, left = 1.12, 1.65
    features = diagrams.box(ax, (0.5, 1.1), "features", size=(0.8, 0.46), color=style.BASELINE)
    cells = diagrams.unrolled(
        ax,
        (left, 1.1),
        ["<start>", None, None, None],
        list(said),
        pitch=(pitch, 0.86),
        size=_SIZE,
        carries=False,
        first=False,
    )[0]
    diagrams.arrow(ax, features.right, cells[0].left, color=style.RNN, memory=True)
    for here, there in pairwise(cells):
        # the word that was written is read at the next step
        x = (here.x + there.x) / 2
        diagrams.arrow(
            ax,
            (here.x + 0.33, here.top[1] + 0.42),
            (x + 0.06, here.top[1] + 0.42),
            (x + 0.06, here.bottom[1] - 0.32),
            (there.x, here.bottom[1] - 0.32),
            there.bottom,
        )
    return style.describe(
        fig,
        "A box of features hands its state to the first cell of a row. This cell reads a start "
        "sign; each of the others reads the word that the cell before has written. The words "
        f"written are {', '.join(said)}.",
    )


@style.styled
def aligned() -> Figure:
    """Draw a network that answers at every step."""
    fig, ax = diagrams.canvas(2.35)
    diagrams.unrolled(
        ax,
        (0.85, 1.1),
        ["they", "watch", "the", "play"],
        ["pronoun", "verb", "determiner", "noun"],
        pitch=(1.3, 0.86),
        size=_SIZE,
        carries=False,
        first=False,
    )
    return style.describe(
        fig,
        "A row of cells, joined by thick arrows of the state. A word enters each from below, and "
        "its part of speech leaves each at the top: they, pronoun; watch, verb; and so on.",
    )


@style.styled
def encoder_decoder() -> Figure:
    """Draw a network that reads a whole sequence and then writes another."""
    fig, ax = diagrams.canvas(2.6)
    pitch = 0.9
    diagrams.panel(ax, (0.12, 0.22), (1.86, 2.3))
    diagrams.panel(ax, (2.06, 0.22), (5.48, 2.3))
    read = ["1", "4"]
    written = ["X", "I", "V", "<end>"]
    encoder = diagrams.unrolled(
        ax,
        (0.52, 1.12),
        list(read),
        pitch=(pitch, 0.86),
        size=_SIZE,
        carries=False,
        first=False,
    )[0]
    decoder = diagrams.unrolled(
        ax,
        (2.48, 1.12),
        ["<start>", *written[:-1]],
        list(written),
        pitch=(pitch - 0.02, 0.86),
        size=_SIZE,
        carries=False,
        first=False,
    )[0]
    diagrams.arrow(ax, encoder[-1].right, decoder[0].left, color=style.RNN, memory=True)
    for x, name in ((0.99, "encoder"), (3.77, "decoder")):
        diagrams.label(ax, (x, 2.44), name, color=style.MUTED)
    return style.describe(
        fig,
        f"A group of cells beside another. The encoder reads the digits {', '.join(read)} and "
        "answers nothing; the state after the last digit runs on into the decoder, which writes "
        f"{', '.join(written)} and reads a start sign, then each time the sign it wrote before.",
    )


@style.styled
def losses(shifted: Sequence[float], unshifted: Sequence[float], guess: float) -> Figure:
    """Draw the loss by update of a translator that is taught well and of one that peeks."""
    fig, ax = style.figure("wide")
    for values, line, name in (
        (shifted, "-", "targets one step late"),
        (unshifted, "-.", "targets not shifted"),
    ):
        ax.plot(range(1, len(values) + 1), values, line, color=style.LSTM, label=name)
    style.baseline(ax, guess, "every sign equally likely")
    ax.set_yscale("log")
    ax.set_xlabel("update")
    ax.set_ylabel("loss, nats per sign")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return style.describe(
        fig,
        "Loss on a logarithmic axis against the update, beside a dashed line for calling every "
        f"sign equally likely, at {guess:.2f}. With targets a step late it starts at "
        f"{shifted[0]:.2f} and ends at {shifted[-1]:.2g} after {len(shifted)} updates; with "
        f"targets not shifted it starts at {unshifted[0]:.2f} and ends at {unshifted[-1]:.2g} "
        f"after {len(unshifted)}.",
    )
