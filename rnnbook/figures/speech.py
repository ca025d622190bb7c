"""Pictures for the chapter on keypad tones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from rnnbook.figures import style

#: Who reads, how far from the middle it stands, its colour and its mark.
_LOOKS = {
    "network": (-0.13, style.GRU, "o"),
    "search": (0.13, style.GRU, "D"),
}
_CALLED = {"network": "network, best path", "search": "network, prefix search"}


def _keys(ax: Axes, digits: Sequence[int], pressed: ArrayLike) -> None:
    """Draw a bar over the time in which each key is held, with its digit."""
    for digit, (begin, end) in zip(digits, np.asarray(pressed), strict=True):
        edge = ax.get_xaxis_transform()
        ax.plot([begin, end], [1.03, 1.03], color=style.INK, transform=edge, clip_on=False)
        middle = (begin + end) / 2
        ax.text(middle, 1.06, str(digit), transform=edge, ha="center", va="bottom", fontsize=10)


@style.styled
def spectrograms(
    levels: Mapping[str, Any], hertz: Sequence[float], digits: Sequence[int], pressed: ArrayLike
) -> Figure:
    """Draw how loud each frequency is in each frame of some recordings of the same keys.

    Parameters
    ----------
    levels : mapping of str to array
        Loudness by the name of the recording, (frames, frequencies).
    hertz : sequence of float
        The frequencies.
    digits, pressed : sequence
        The keys, and the seconds between which each is held, (digits, 2).
    """
    fig, axes = style.figure("tall", rows=len(levels), sharex=True)
    for ax, (name, values) in zip(np.atleast_1d(axes), levels.items(), strict=True):
        shown, seconds = np.asarray(values["loud"]), np.asarray(values["seconds"])
        ax.grid(visible=False)
        ax.pcolormesh(seconds, hertz, shown.T, cmap="cividis", shading="nearest")
        ax.set_ylabel(f"Hz, at {name}".replace("-", "\N{MINUS SIGN}"))
        _keys(ax, digits, pressed)
    np.atleast_1d(axes)[-1].set_xlabel("time (s)")
    held = np.diff(np.asarray(pressed), axis=1)
    return style.describe(
        fig,
        f"Spectrograms of the same keys, {' '.join(map(str, digits))}, below each other: "
        f"{' and '.join(levels)}. Time runs to the right, frequency from {min(hertz)} to "
        f"{max(hertz)} Hz upwards, and loud is bright. A bar over each picture marks where a key "
        f"is held, for {style.span(held)} s.",
    )


@style.styled
def errors(error: Mapping[tuple[str, int], Any], ratios: Sequence[int]) -> Figure:
    """Draw the digit error rate by signal-to-noise ratio, one dot per seed, beside the filter's.

    Parameters
    ----------
    error : mapping
        The rate by reader and decibels, a value a seed.
    ratios : sequence of int
        The decibels.
    """
    fig, ax = style.figure("wide")
    for name, (away, color, marker) in _LOOKS.items():
        for x, ratio in enumerate(ratios):
            values = np.atleast_1d(error[name, ratio])
            label = _CALLED[name] if x == 0 else None
            places = [x + away] * len(values)
            ax.plot(places, values, marker, color=color, alpha=0.75, label=label, linestyle="")
    for x, ratio in enumerate(ratios):
        value = float(np.min(error["Goertzel", ratio]))
        look = {"color": style.BASELINE, "linestyle": (0, (4, 3)), "linewidth": 1.6}
        label = "Goertzel's filter" if x == 0 else None
        ax.plot([x - 0.35, x + 0.35], [value] * 2, label=label, **look)
    ax.set_xticks(
        range(len(ratios)), [f"{ratio} dB".replace("-", "\N{MINUS SIGN}") for ratio in ratios]
    )
    ax.set_xlabel("signal-to-noise ratio")
    ax.set_ylabel("digit error rate")
    ax.set_ylim(bottom=-0.01)
    ax.legend(loc="upper right")
    said = "; ".join(
        f"at {ratio} dB, "
        + ", ".join(f"{_CALLED[name]} {style.span(error[name, ratio])}" for name in _LOOKS)
        + f", filter {style.span(error['Goertzel', ratio])}"
        for ratio in ratios
    )
    return style.describe(
        fig,
        "Digit error rate by signal-to-noise ratio, less noise to the right: a dot for each seed "
        "of the network by its best path and by a search, beside a dashed line for the filter: "
        f"{said}.",
    )


@style.styled
def when(
    probability: ArrayLike, seconds: ArrayLike, digits: Sequence[int], pressed: ArrayLike
) -> Figure:
    """Draw what the network gives each digit in each frame, and where the keys are held.

    Parameters
    ----------
    probability : array
        (frames, symbols), the blank first.
    seconds : array
        The middle of each frame.
    digits, pressed : sequence
        The keys, and the seconds between which each is held, (digits, 2).
    """
    fig, ax = style.figure("wide")
    shown, middle = np.asarray(probability), np.asarray(seconds)
    for begin, end in np.asarray(pressed):
        ax.axvspan(begin, end, color=style.BASELINE, alpha=0.2)
    ax.plot(middle, shown[:, 0], color=style.BASELINE, linestyle=(0, (4, 3)), label="blank")
    for symbol in range(1, shown.shape[1]):
        peak = int(shown[:, symbol].argmax())
        if shown[peak, symbol] == shown[peak].max():
            ax.plot(middle, shown[:, symbol], color=style.GRU)
    ax.plot([], [], color=style.GRU, label="a digit")
    _keys(ax, digits, pressed)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel("time (s)")
    ax.set_ylabel("probability")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.12), ncols=2)
    likely = [
        f"{digit}: {shown[(middle >= begin) & (middle <= end), digit + 1].max(initial=0):.2f}"
        for digit, (begin, end) in zip(digits, np.asarray(pressed), strict=True)
    ]
    return style.describe(
        fig,
        "Probabilities that the network gives in each frame, over time, with a grey band where a "
        "key is held: a dashed line for the blank, a solid one for each digit that ever becomes "
        "the most likely. The most that each key's digit gets while it is held: "
        f"{', '.join(likely)}.",
    )
