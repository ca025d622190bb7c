"""Pictures for the chapter on the LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.experiments.lstm import Result


@style.styled
def cell() -> Figure:
    """Draw one step: the cell state running through on top, the gates below it."""
    fig, ax = diagrams.canvas(3.3)
    belt, meet, gate, source = 2.85, 1.75, 1.05, 0.35
    diagrams.panel(ax, (0.95, 0.62), (4.75, 3.15), color=style.LSTM)
    line = diagrams.SYMBOL
    before = diagrams.label(ax, (0.5, belt), "$c_{t-1}$", fontsize=line)
    after = diagrams.label(ax, (5.2, belt), "$c_t$", fontsize=line)
    out = diagrams.label(ax, (5.2, meet), "$h_t$", fontsize=line)
    sources = diagrams.label(ax, (0.5, source), "$x_t,\\ h_{t-1}$", fontsize=line)

    places = {"f": 1.5, "i": 2.3, "g": 3.1, "o": 4.15}
    boxes = {}
    for name, x in places.items():
        color = style.BASELINE if name == "g" else style.LSTM
        boxes[name] = diagrams.box(ax, (x, gate), f"${name}_t$", color=color, fontsize=line)
        diagrams.arrow(ax, (sources.x + 0.5, source), (x, source), boxes[name].bottom)
    forget = diagrams.operation(ax, (1.5, belt), "$\\times$")
    plus = diagrams.operation(ax, (2.7, belt), "$+$")
    write = diagrams.operation(ax, (2.7, meet), "$\\times$")
    squash = diagrams.operation(ax, (4.15, 2.32), "tanh", radius=0.24)
    show = diagrams.operation(ax, (4.15, meet), "$\\times$")

    for start, end in (
        ((before.x + 0.28, belt), forget.left),
        (forget.right, plus.left),
        (plus.right, (after.x - 0.2, belt)),
    ):
        diagrams.arrow(ax, start, end, color=style.LSTM, memory=True)
    diagrams.branch(ax, (4.15, belt), color=style.LSTM)
    diagrams.arrow(ax, (4.15, belt), squash.top)
    diagrams.arrow(ax, squash.bottom, show.top)
    diagrams.arrow(ax, show.right, (out.x - 0.2, meet))
    diagrams.arrow(ax, boxes["f"].top, forget.bottom)
    diagrams.arrow(ax, boxes["i"].top, (2.3, meet), write.left)
    diagrams.arrow(ax, boxes["g"].top, (3.1, meet), write.right)
    diagrams.arrow(ax, write.top, plus.bottom)
    diagrams.arrow(ax, boxes["o"].top, show.bottom)
    return style.describe(
        fig,
        "A step of an LSTM. A thick line runs straight through on top, from the old cell state "
        "to the new one: it is multiplied by the forget gate, then the product of input gate and "
        "candidate is added. Below it, the output gate multiplies the tanh of the new cell state, "
        "which gives the hidden state. Gates and candidate read the input and the old hidden "
        "state.",
    )


@style.styled
def gates(result: Result) -> Figure:
    """Draw what the most needed cells of the first trained network do with one sequence."""
    bits, marked, i, f, o, c = (values[0] for values in result.shown)
    names = ("bit", "forget $f$", "input $i$", "output $o$", "cell $c$")
    fig, axes = style.figure("square", len(names), len(c), sharex=True, sharey="row")
    time = np.arange(1, len(bits) + 1)
    for column, opened, held in zip(axes.T, zip(f, i, o, strict=True), c, strict=True):
        for ax in column:
            for step in time[marked]:
                ax.axvspan(step - 0.5, step + 0.5, color=style.BASELINE, alpha=0.35, linewidth=0)
        for chosen, face in ((marked, style.LSTM), (~marked, "none")):
            column[0].scatter(
                time[chosen], bits[chosen], s=16, color=face, edgecolor=style.LSTM, linewidth=1.2
            )
        for ax, values in zip(column[1:4], opened, strict=True):
            ax.bar(time, values, width=0.8, color=style.LSTM)
            ax.set_ylim(0, 1.05)
            ax.set_yticks([0, 1])
        column[4].step(time, held, where="mid", color=style.LSTM)
        column[4].axhline(0, color=style.BASELINE, linewidth=1)
        column[0].set_ylim(-1.7, 1.7)
        column[0].set_yticks([-1, 1])
        column[0].margins(x=0.01)
    for k, ax in enumerate(axes[0]):
        ax.set_title("needed most" if k == 0 else "needed next")
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    fig.align_ylabels(axes[:, 0])
    fig.supxlabel("step", fontsize=11)
    said = "; ".join(
        f"{'the cell needed most' if k == 0 else 'the next'}: "
        + ", ".join(
            f"{name} gate {gate[k][marked].mean():.2f} and {gate[k][~marked].mean():.2f}"
            for name, gate in (("forget", f), ("input", i), ("output", o))
        )
        + f", cell state {style.span(c[k], '.1f')}"
        for k in range(len(c))
    )
    return style.describe(
        fig,
        f"What {len(c)} cells of a trained network, a column each, do with a sequence of "
        f"{len(bits)} bits; the rows are the bits, the forget, the input and the output "
        "gate, and the cell state. Shaded steps are marked. The mean of each gate at marked "
        f"steps and at all others, and the range of the cell state: {said}.",
    )


@style.styled
def paths(result: Result) -> Figure:
    """Draw the gradient along the cell state and over all paths, a panel for each forget bias."""
    fig, axes = style.figure("tall", 2, 2, sharex=True, sharey=True)
    for ax, start in zip(axes.flat, result.full, strict=True):
        for sizes, line, name in (
            (result.full[start], "-", "all paths"),
            (result.direct[start], (0, (3, 1.5)), "cell state alone"),
        ):
            back = np.arange(sizes.shape[1])
            ax.plot(back, np.median(sizes, axis=0), color=style.LSTM, ls=line, label=name)
            ax.fill_between(back, sizes.min(axis=0), sizes.max(axis=0), color=style.LSTM, alpha=0.2)
        ax.set_title(start)
    axes[0, 0].legend(loc="lower left", fontsize=9.5)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(1e-28, 1e4)
    axes[0, 0].set_yticks([1e-24, 1e-16, 1e-8, 1])
    fig.supxlabel("steps back", fontsize=11)
    fig.supylabel("change of the last cell state", fontsize=11)
    ends = "; ".join(
        f"{start}: {style.span(result.full[start][:, -1], '.0e')} over all paths, "
        f"{style.span(result.direct[start][:, -1], '.0e')} along the cell state"
        for start in result.full
    )
    return style.describe(
        fig,
        "How much the last cell state of an untrained LSTM changes with an earlier one, by the "
        "distance, on a logarithmic scale, a panel for each forget bias: a solid line for all "
        "paths, a dashed one for the path along the cell state alone, the median of the layers, "
        f"with a band that holds all of them. At "
        f"{result.full['default'].shape[1] - 1} steps back: {ends}.",
    )


@style.styled
def reach(result: Result, most: int) -> Figure:
    """Draw how many updates each forget bias took, a panel for each lag, a dot for each seed.

    Parameters
    ----------
    result : rnnbook.experiments.lstm.Result
        What was measured.
    most : int
        The updates that a run gets, but for one that gets more; a dashed line marks them.
    """
    starts, lags = (list(dict.fromkeys(names)) for names in zip(*result.updates, strict=True))
    fig, axes = style.figure("wide", 1, len(lags), sharey=True, sharex=True)
    for ax, lag in zip(axes, lags, strict=True):
        for x, start in enumerate(starts):
            runs = result.updates[start, lag]
            for at, updates in zip(x + 0.2 * spread(len(runs)), runs, strict=True):
                if np.isfinite(updates):
                    ax.plot(at, updates, "o", color=style.LSTM)
                else:
                    ax.plot(at, most + 12, "x", color=style.LSTM, markeredgewidth=1.8)
        style.baseline(ax, most, "")
        ax.set_title(f"{lag} steps later")
        ax.set_xticks(
            range(len(starts)),
            [s.replace("forget bias ", "").replace("default", "≈0") for s in starts],
        )
        ax.set_xlim(-0.5, len(starts) - 0.5)
    axes[0].set_ylim(0, most + 30)
    axes[0].set_ylabel("updates")
    fig.supxlabel("forget bias before training (≈0: default)", fontsize=11)
    said = "; ".join(
        f"{lag} steps later, {start}: {in_words(runs)}"
        for (start, lag), runs in sorted(result.updates.items(), key=lambda item: item[0][1])
    )
    return style.describe(
        fig,
        "Updates until the bit is remembered, by the forget bias before training, a panel for each "
        f"distance between the bit and the question. A dot is a run that learned it within {most} "
        f"updates, a cross above the dashed line a run that did not learn it. {said}.",
    )


def spread(count: int) -> NDArray[np.float64]:
    """Return places around zero, one apart."""
    return np.linspace(-(count - 1) / 2, (count - 1) / 2, count)


def in_words(updates: NDArray[np.float64]) -> str:
    """Say how many updates some runs took, and how many runs were not done."""
    done = updates[np.isfinite(updates)]
    crosses = f"{len(updates) - len(done)} of {len(updates)} runs not"
    if not len(done):
        return crosses
    took = f"{style.span(done, '.0f')} updates"
    return took if len(done) == len(updates) else f"{took}, {crosses}"
