"""Pictures for the chapter on melodies of chorales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rnnbook.figures import style

#: The pitches of an octave that are white keys of a piano, counted from C.
WHITE = {0, 2, 4, 5, 7, 9, 11}


@style.styled
def orders(bits: Mapping[str, Sequence[float]], looks: Sequence[int]) -> Figure:
    """Draw what a held-out note costs each chain by how far it looks back, and the network.

    Parameters
    ----------
    bits : mapping of str to sequence of float
        The cost by contender and seed.
    looks : sequence of int
        The notes that the chains look back.
    """
    fig, ax = style.figure("wide")
    chains = [float(np.mean(bits[f"order {order}"])) for order in looks]
    ax.plot(looks, chains, "s-", color=style.BASELINE, label="Markov chain")
    middle = float(np.mean(bits["LSTM"]))
    ax.axhline(middle, color=style.LSTM, linewidth=1.6, label="LSTM, from the first note on")
    style.spread(ax, max(looks) + 0.5, bits["LSTM"], style.LSTM)
    guess = float(np.mean(bits["frequencies"]))
    style.baseline(ax, guess, "frequencies of notes")
    ax.set_xticks(list(looks))
    ax.set_xlim(min(looks) - 0.3, max(looks) + 0.7)
    ax.set_ylim(middle - 0.35, guess + 0.35)
    ax.set_xlabel("notes that the chain looks back")
    ax.set_ylabel("bits per held-out note")
    ax.legend(loc="center", bbox_to_anchor=(0.45, 0.72))
    rows = ", ".join(f"{cost:.2f} at {order}" for order, cost in zip(looks, chains, strict=True))
    return style.describe(
        fig,
        "Bits per held-out note against the notes that a Markov chain looks back, squares on a "
        f"grey line: {rows}. A level line with a dot for each seed is the LSTM, "
        f"{style.span(bits['LSTM'], '.2f')}; a dashed line is what frequencies cost, {guess:.2f}.",
    )


@style.styled
def rolls(tunes: Mapping[float, Sequence[tuple[int, float]]]) -> Figure:
    """Draw one melody a panel as a piano roll, the temperature above it.

    Parameters
    ----------
    tunes : mapping of float to sequence of pairs
        Pitch and length of each note, by temperature.
    """
    fig, axes = style.figure("square", rows=len(tunes), sharex=True, sharey=True)
    pitches = [pitch for tune in tunes.values() for pitch, _ in tune]
    low, high = min(pitches) - 1, max(pitches) + 1
    ends = []
    for ax, (temperature, tune) in zip(axes, tunes.items(), strict=True):
        lengths = np.array([length for _, length in tune])
        starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        ends.append(float(lengths.sum()))
        for pitch in range(low, high + 1):
            if pitch % 12 not in WHITE:
                ax.axhspan(pitch - 0.5, pitch + 0.5, color=style.GRID, alpha=0.5, linewidth=0)
        heights = [pitch - 0.4 for pitch, _ in tune]
        ax.bar(starts, 0.8, lengths * 0.92, heights, align="edge", color=style.LSTM)
        ax.set_title(f"temperature {temperature:g}")
        ax.grid(visible=False)
        marks = [pitch for pitch in range(low, high + 1) if pitch % 12 in (0, 7)]
        names = {0: "C", 7: "G"}
        ax.set_yticks(marks, [f"{names[pitch % 12]}{pitch // 12 - 1}" for pitch in marks])
        ax.set_ylim(low - 0.5, high + 0.5)
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1].set_xlim(0, min(max(ends), 60))
    axes[-1].set_xlabel("time, in quarter notes")
    fig.supylabel("pitch", fontsize=11)
    said = "; ".join(
        f"temperature {temperature:g}: {len(tune)} notes, the lowest and the highest "
        f"{max(pitch for pitch, _ in tune) - min(pitch for pitch, _ in tune)} semitones apart, "
        f"{end:g} quarters long"
        for (temperature, tune), end in zip(tunes.items(), ends, strict=True)
    )
    return style.describe(
        fig,
        "Piano rolls, one below the other, time to the right and pitch upwards, a bar for each "
        f"note, the rows of black keys shaded. {said}.",
    )


@style.styled
def by_place(costs: Mapping[tuple[str, str], Sequence[float]], chain: str) -> Figure:
    """Draw what a note costs by where it stands in its melody, for the network and one chain.

    Parameters
    ----------
    costs : mapping of pairs of str to sequence of float
        The cost by contender and place, and seed.
    chain : str
        The chain that is drawn beside the LSTM.
    """
    fig, ax = style.figure("wide")
    where = list(dict.fromkeys(place for _, place in costs))
    for shift, name, color in ((-0.18, chain, style.BASELINE), (0.18, "LSTM", style.LSTM)):
        for x, place in enumerate(where):
            values = sorted(set(costs[name, place]))
            label = {"label": name} if x == 0 else {}
            ax.bar(x + shift, np.mean(costs[name, place]), 0.34, color=color, alpha=0.55, **label)
            style.spread(ax, x + shift, values, color)
    ax.set_xticks(range(len(where)), [place.replace(" a ", "\na ", 1) for place in where])
    ax.set_ylabel("bits per held-out note")
    ax.set_xlabel("where the note stands")
    ax.legend(loc="upper right", ncols=2, bbox_to_anchor=(1.0, 1.16))
    rows = "; ".join(
        f"{place}: "
        + ", ".join(f"{name} {style.span(costs[name, place])}" for name in (chain, "LSTM"))
        for place in where
    )
    return style.describe(
        fig,
        "Pairs of bars of the bits that a held-out note costs, by where it stands in its melody, a "
        f"dot for each seed. {rows}.",
    )
