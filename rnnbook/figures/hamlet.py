"""Pictures for the chapter on a character model of Hamlet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from rnnbook.figures import style

NETWORK = "LSTM"


@style.styled
def costs(bits: Mapping[str, float], guessing: float) -> Figure:
    """Draw what a held-out character costs each model, a bar each, the highest cost on top.

    Parameters
    ----------
    bits : mapping of str to float
        Bits per character by name; a name that begins with "LSTM" gets the colour of one.
    guessing : float
        Bits per character where all characters are taken for equally likely.
    """
    fig, ax = style.figure("wide")
    ranked = sorted(bits.items(), key=lambda item: item[1])
    for y, (name, value) in enumerate(ranked):
        color = style.LSTM if name.startswith(NETWORK) else style.BASELINE
        ax.barh(y, value, height=0.66, color=color, alpha=0.75)
        ax.text(value + 0.06, y, f"{value:.2f}", va="center", fontsize=10)
    style.baseline(ax, guessing, "guessing", vertical=True)
    ax.set_yticks(range(len(ranked)), [name for name, _ in ranked])
    ax.set_xlim(0, guessing * 1.08)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("bits per held-out character (less is better)")
    ax.legend(loc="lower right", bbox_to_anchor=(0.91, 0.0))
    return style.describe(
        fig,
        "Horizontal bars of bits per held-out character, the highest on top, beside a dashed line "
        f"for guessing at {guessing:.2f}: "
        f"{', '.join(f'{name} {value:.2f}' for name, value in reversed(ranked))}.",
    )


@style.styled
def temperatures(
    values: Sequence[float],
    repeats: Sequence[float],
    known: Sequence[float],
    play: tuple[float, float],
) -> Figure:
    """Draw how much samples repeat themselves, and how many of their words are words.

    Parameters
    ----------
    values : sequence of float
        The temperatures.
    repeats, known : sequence of float
        Shares by temperature: stretches of eight that were there before, words of the play.
    play : tuple of float
        Both shares of the held-out text itself.
    """
    fig, axes = style.figure("wide", 1, 2, sharex=True, sharey=True)
    titles = ("repeats itself", "knows the word")
    for ax, title, shares, real in zip(axes, titles, (repeats, known), play, strict=True):
        ax.plot(values, shares, "o-", color=style.LSTM, label="LSTM")
        style.baseline(ax, real, "held-out text")
        ax.set_title(title)
        ax.set_xlabel("temperature")
        ax.set_xticks(values, [f"{value:g}" for value in values])
        ax.set_ylim(-0.03, 1.05)
    axes[0].set_ylabel("share of the sample")
    axes[0].legend(loc="upper right")
    rows = "; ".join(
        f"at {value:g} it repeats {again:.3f} and {word:.2f} of its words are known"
        for value, again, word in zip(values, repeats, known, strict=True)
    )
    return style.describe(
        fig,
        "Line charts over the temperature. Left, the share of stretches that a sample repeats from "
        "itself; right, the share of its words that the training part knows; dashed lines mark the "
        f"held-out text, at {play[0]:.3f} and {play[1]:.2f}. Of the sample, {rows}.",
    )
