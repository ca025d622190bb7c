"""The one look of every figure: palette, sizes, light and dark.

Colours follow Okabe and Ito (2008), shifted in lightness so that each keeps a contrast of at
least three to one on a white page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import artist, collections, lines, patches, text
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

#: One colour for each kind of network, the same on every page.
RNN = "#2f7ebd"
LSTM = "#d1602a"
GRU = "#1d9a6c"
LINEAR = "#9a62c4"
ATTENTION = "#b0800e"
#: Baselines and whatever stands beside the networks of the book.
BASELINE = "#7d8590"

INK = "#1c2430"
MUTED = "#5b6673"
GRID = "#d9dee4"
PAPER = "#f3f5f8"

#: The counterpart on a dark page of every colour that is not the same on both.
ON_DARK = {INK: "#e9e7e2", MUTED: "#aab3be", GRID: "#39424d", PAPER: "#232a33"}

#: Width of every figure in inches: on a phone its text is still ten pixels high.
WIDTH = 5.6
HEIGHTS = {"strip": 1.9, "wide": 3.1, "tall": 4.4, "square": 5.2}

#: The settings of matplotlib behind every figure.
RC: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 96,
    "figure.facecolor": "white",  # for windows and notebooks; the pages of the book ask for none
    "axes.facecolor": "none",
    "font.size": 11,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "patch.linewidth": 0.0,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 10,
}

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make ``draw`` draw in the style of the book, wherever it is called.

    It is laid over matplotlib's defaults, not over the settings of the user.
    """

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with plt.style.context(RC, after_reset=True):
            return draw(*args, **kwargs)

    return in_style


def figure(height: str = "wide", rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Any, Any]:
    """Return a figure of the book's width and its axes, as :func:`matplotlib.pyplot.subplots` does.

    Parameters
    ----------
    height : {"strip", "wide", "tall", "square"}
        A row of the size grid.
    rows, columns : int
        The panels.
    **kwargs
        Handed to :func:`matplotlib.pyplot.subplots`.
    """
    if height not in HEIGHTS:
        raise ValueError(f"figure: height must be one of {sorted(HEIGHTS)}, got {height!r}")
    return plt.subplots(rows, columns, figsize=(WIDTH, HEIGHTS[height]), **kwargs)


def describe(fig: Figure, alt: str) -> Figure:
    """Give ``fig`` the sentence that stands for it where it cannot be seen, and return it.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from rnnbook.figures.style import describe
    >>> fig = describe(plt.figure(), "A line that falls from one to zero in ten steps.")
    >>> fig.get_label()
    'A line that falls from one to zero in ten steps.'
    >>> plt.close(fig)
    """
    if len(alt) < 20:
        raise ValueError(f"describe: say what the figure shows in a sentence, got {alt!r}")
    fig.set_label(" ".join(alt.split()))
    return fig


def span(values: Any, form: str = ".2g") -> str:
    """Return the least and the largest of some values as words, for a description.

    Examples
    --------
    >>> from rnnbook.figures.style import span
    >>> span([0.25, 0.5, 0.75]), span([1, 1])
    ('0.25 to 0.75', '1')
    """
    low, high = (f"{edge:{form}}" for edge in (np.nanmin(values), np.nanmax(values)))
    return low if low == high else f"{low} to {high}"


def baseline(ax: Axes, value: float, label: str, *, vertical: bool = False) -> None:
    """Draw what the best trivial answer scores: a grey dashed line with its name."""
    draw = ax.axvline if vertical else ax.axhline
    draw(value, color=BASELINE, linestyle=(0, (4, 3)), linewidth=1.6, label=label, zorder=1.5)


def spread(ax: Axes, x: float, values: Sequence[float], color: str) -> None:
    """Draw one dot a seed at ``x``, so that no mean hides them."""
    ax.scatter([x] * len(values), values, s=26, color=color, edgecolor=INK, linewidth=0.8, zorder=3)


def medians(
    ax: Axes,
    xs: Sequence[float],
    rows: NDArray[np.float64],
    look: tuple[str, Any, str],
    label: str,
) -> NDArray[np.float64]:
    """Draw a line through the medians and a mark for each seed; return the medians.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    xs : sequence of float
        What the values stand over.
    rows : array
        (seeds, values).
    look : tuple
        Its colour, its line and its mark.
    label : str
        Its name in the legend.
    """
    color, line, mark = look
    middle = np.median(rows, axis=0)
    ax.plot(xs, middle, color=color, linestyle=line, label=label)
    for row in rows:
        ax.plot(xs, row, color=color, linestyle="none", marker=mark, markersize=4)
    return middle


def logarithmic(ax: Axes, xs: Sequence[int], ys: Sequence[float] = ()) -> None:
    """Put both axes on logarithmic scales, with ticks at counts ``xs`` and, if given, at ``ys``."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(xs, [f"{x:,d}" for x in xs])
    ax.set_xticks([], minor=True)
    if ys:
        ax.set_yticks(ys, [f"{y:g}" for y in ys])
        ax.set_yticks([], minor=True)


def weights_table(
    ax: Axes,
    name: str,
    read: Sequence[str],
    written: Sequence[str],
    weights: NDArray[np.float64],
    *,
    least: float = np.inf,
    **kwargs: Any,
) -> None:
    """Draw the weights of attention: a row for each symbol written, dark where a weight is large.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    name : str
        What the symbols are, for both axes: ``"words"``, say.
    read, written : sequence of str
        The symbols that were read, and those that were written.
    weights : array
        (written, read).
    least : float
        A weight is also written as a number if it is no less than this; no weight is by default.
    **kwargs
        Handed to the labels of the symbols that were read.
    """
    shade = np.empty((*weights.shape, 4))
    shade[..., :3] = to_rgb(ATTENTION)
    shade[..., 3] = weights
    ax.imshow(shade, aspect="auto")
    for i, j in np.argwhere(weights >= least):
        number = f"{weights[i, j]:.1f}".removeprefix("0")
        ax.text(j, i, number, ha="center", va="center", fontsize=9.5)
    ax.set_xticks(range(len(read)), read, **kwargs)
    ax.set_yticks(range(len(written)), written)
    ax.set_xticks(np.arange(len(read) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(written) + 1) - 0.5, minor=True)
    ax.grid(visible=False, which="major")
    ax.grid(visible=True, which="minor", axis="both")
    ax.tick_params(which="both", length=0)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(f"{name} read")
    ax.set_ylabel(f"{name} written")


def largest_weights(
    name: str, read: Sequence[str], written: Sequence[str], weights: NDArray[np.float64]
) -> str:
    """Return the largest weight of each row as words, for a description.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.figures.style import largest_weights
    >>> largest_weights("word", ["a", "cat"], ["un", "chat"], np.array([[0.9, 0.1], [0.2, 0.8]]))
    'un at word 1, a, with 0.90, chat at word 2, cat, with 0.80'
    """
    return ", ".join(
        f"{symbol} at {name} {row.argmax() + 1}, {read[row.argmax()]}, with {row.max():.2f}"
        for symbol, row in zip(written, weights, strict=True)
    )


def to_dark(fig: Figure) -> None:
    """Recolour ``fig`` for a dark page: ink becomes light, the colours of networks stay."""
    fig.draw_without_rendering()
    for item in fig.findobj():
        _recolour(item)


def _recolour(item: artist.Artist) -> None:
    if isinstance(item, text.Text):
        item.set_color(on_dark(item.get_color()))
    elif isinstance(item, lines.Line2D):
        item.set_color(on_dark(item.get_color()))
        item.set_markerfacecolor(on_dark(item.get_markerfacecolor()))
        item.set_markeredgecolor(on_dark(item.get_markeredgecolor()))
    elif isinstance(item, patches.Patch):
        item.set_facecolor(on_dark(item.get_facecolor()))
        item.set_edgecolor(on_dark(item.get_edgecolor()))
    elif isinstance(item, collections.Collection) and item.get_array() is None:
        item.set_facecolor([on_dark(c) for c in item.get_facecolor()])
        item.set_edgecolor([on_dark(c) for c in item.get_edgecolor()])


def on_dark(color: Any) -> Any:
    """Return the counterpart of ``color`` on a dark page: another one for ink, or itself."""
    if isinstance(color, str) and color in ("none", "auto"):
        return color
    other = ON_DARK.get(to_hex(color))
    return color if other is None else to_rgba(other, to_rgba(color)[3])
