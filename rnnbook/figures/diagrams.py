"""Boxes, arrows and unrolled networks: the drawings of the book, in the style of its figures.

Lengths are inches on the page, so that text and boxes keep their proportion. Every block returns
a :class:`Node` that knows where its sides are; arrows run from side to side. What carries memory
is drawn thick and in the colour of its network, everything else thin and in ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from rnnbook.figures import style

Point = tuple[float, float]

TEXT = 10.5
SYMBOL = 14.0
THIN, THICK = 1.3, 2.6
CORNER = 0.09
_TINT = 0.16


class Node(NamedTuple):
    """A drawn block: its centre and its size, and so its sides."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        """The middle of the left side."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        """The middle of the right side."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        """The middle of the upper side."""
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> Point:
        """The middle of the lower side."""
        return self.x, self.y - self.height / 2


def canvas(height: float, width: float = style.WIDTH) -> tuple[Figure, Axes]:
    """Return an empty page, ``width`` by ``height`` inches, whose data units are inches.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from rnnbook.figures import diagrams
    >>> fig, ax = diagrams.canvas(2.0)
    >>> cell = diagrams.box(ax, (2.0, 1.0), "cell")
    >>> word = diagrams.label(ax, (2.0, 0.2), "dog")
    >>> diagrams.arrow(ax, word.top, cell.bottom)
    >>> plt.close(fig)
    """
    if not (height > 0 and width > 0):
        raise ValueError(f"canvas: width and height must be positive, got {width} by {height}")
    fig = plt.figure(figsize=(width, height), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return fig, ax


def box(
    ax: Axes,
    at: Point,
    text: str = "",
    *,
    size: Point = (0.62, 0.46),
    color: str = style.RNN,
    fontsize: float = TEXT,
) -> Node:
    """Draw a block that computes or holds something, tinted in its colour."""
    node = Node(*at, *size)
    _rounded(ax, node, face=to_rgba(color, _TINT), edge=color, linewidth=1.6, zorder=3)
    _text(ax, at, text, fontsize)
    return node


def panel(ax: Axes, low: Point, high: Point, *, color: str = style.GRID) -> Node:
    """Draw the ground that blocks lie on when they belong together, behind everything else."""
    (left, bottom), (right, top) = low, high
    node = Node((left + right) / 2, (bottom + top) / 2, right - left, top - bottom)
    _rounded(ax, node, face=style.PAPER, edge=color, linewidth=1.4, zorder=0, corner=0.16)
    return node


def operation(ax: Axes, at: Point, text: str, *, radius: float = 0.17) -> Node:
    """Draw a circle that joins what runs into it: a sum, a product, a squashing function."""
    ax.add_patch(
        Circle(at, radius, facecolor="none", edgecolor=style.INK, linewidth=THIN, zorder=3)
    )
    _text(ax, at, text, TEXT)
    return Node(*at, 2 * radius, 2 * radius)


def label(
    ax: Axes,
    at: Point,
    text: str,
    shape: str = "",
    *,
    fontsize: float = TEXT,
    color: str = style.INK,
    align: str = "center",
) -> Node:
    """Write a name, and below it in a quieter colour its shape; the node has room for both."""
    x, y = at
    tall = fontsize / 72 * 1.3
    width = 0.2
    lines = [(text, y, fontsize, color)]
    if shape:
        lines = [(text, y + 0.1, fontsize, color), (shape, y - 0.13, TEXT - 0.5, style.MUTED)]
        tall = 0.46
    for words, height, size, ink in lines:
        _text(ax, (x, height), words, size, color=ink, align=align)
    return Node(x, y, width, tall)


def arrow(
    ax: Axes,
    *points: Point,
    color: str = style.INK,
    memory: bool = False,
    head: bool = True,
    dashed: bool = False,
) -> None:
    """Draw a line through ``points`` with rounded corners and a head at its end.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    *points : tuple of float
        Two or more points; a third makes a corner.
    color : str
        The colour of the line.
    memory : bool
        Whether the line carries the state: it is thick then.
    head : bool
        Whether the line ends in a head.
    dashed : bool
        Whether the line only shows that two things belong together; it has no head then.
    """
    if len(points) < 2:
        raise ValueError(f"arrow: expected two points or more, got {len(points)}")
    head = head and not dashed
    long, broad = (6.5, 3.6) if memory else (5.5, 2.6)
    ax.add_patch(
        FancyArrowPatch(
            path=_round_path(points),
            arrowstyle=f"-|>,head_length={long},head_width={broad}" if head else "-",
            mutation_scale=1,
            shrinkA=0,
            shrinkB=0,
            linewidth=THICK if memory else THIN,
            linestyle=(0, (3, 2.5)) if dashed else "solid",
            edgecolor=color,
            facecolor=color if head else "none",
            joinstyle="miter",
            capstyle="butt",
            zorder=2,
        )
    )


def branch(ax: Axes, at: Point, *, color: str = style.RNN) -> None:
    """Draw the dot at which a line splits in two."""
    ax.add_patch(Circle(at, 0.045, facecolor=color, edgecolor=color, linewidth=0, zorder=4))


def unrolled(
    ax: Axes,
    at: Point,
    inputs: Sequence[str | None],
    outputs: Sequence[str | None] | None = None,
    *,
    layers: int = 1,
    pitch: Point = (0.88, 0.86),
    size: Point = (0.5, 0.46),
    name: str = "cell",
    color: str = style.RNN,
    carries: bool = True,
    first: bool = True,
    last: str | None = None,
) -> list[list[Node]]:
    """Draw a network once per step: inputs below, the state running to the right, outputs above.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    at : tuple of float
        The centre of the first cell of the lowest layer.
    inputs : sequence of str or None
        What each step reads; None for a step without an input.
    outputs : sequence of str or None, optional
        What each step answers; None for a step without an answer.
    layers : int
        Rows of cells, each reading the one below.
    pitch, size : tuple of float
        Inches from cell to cell, and of one cell.
    name : str
        What stands in a cell; ``{layer}`` becomes its number.
    color : str
        The colour of the network.
    carries : bool
        Whether each state is named on its arrow.
    first : bool
        Whether an initial state enters from the left.
    last : str, optional
        The name under which the final state leaves to the right, such as ``"T"``; it does not
        leave if this is None.

    Returns
    -------
    list of list of Node
        The cells, by layer and step.
    """
    outputs = [None] * len(inputs) if outputs is None else outputs
    if not inputs or len(inputs) != len(outputs):
        raise ValueError(
            f"unrolled: expected one output, or None, for each of one or more inputs, got "
            f"{len(outputs)} for {len(inputs)}"
        )
    cells = [
        [
            box(
                ax,
                (at[0] + pitch[0] * t, at[1] + pitch[1] * k),
                name.format(layer=k + 1),
                size=size,
                color=color,
            )
            for t in range(len(inputs))
        ]
        for k in range(layers)
    ]
    gap = pitch[0] - size[0]
    for k, row in enumerate(cells):
        mark = f"^{{({k + 1})}}" if layers > 1 else ""
        if first:
            start = (row[0].left[0] - gap, row[0].y)
            arrow(ax, start, row[0].left, color=color, memory=True)
            _state(ax, start, row[0].left, f"$h_0{mark}$", carries)
        for t, (here, there) in enumerate(pairwise(row)):
            arrow(ax, here.right, there.left, color=color, memory=True)
            _state(ax, here.right, there.left, f"$h_{{{t + 1}}}{mark}$", carries)
        if last is not None:
            end = (row[-1].right[0] + gap, row[-1].y)
            arrow(ax, row[-1].right, end, color=color, memory=True)
            _state(ax, row[-1].right, end, f"$h_{{{last}}}{mark}$", carries)
        for above, below in zip(cells[k + 1] if k + 1 < layers else [], row, strict=False):
            arrow(ax, below.top, above.bottom, color=color)
    for t, (word, answer) in enumerate(zip(inputs, outputs, strict=True)):
        low, high = cells[0][t], cells[-1][t]
        if word is not None:
            node = label(ax, (low.x, low.bottom[1] - 0.48), word, fontsize=_fit(word))
            arrow(ax, node.top, low.bottom)
        if answer is not None:
            node = label(ax, (high.x, high.top[1] + 0.46), answer, fontsize=_fit(answer))
            arrow(ax, high.top, node.bottom)
    return cells


def _state(ax: Axes, start: Point, end: Point, text: str, shown: bool) -> None:
    if shown:
        _text(ax, ((start[0] + end[0]) / 2, start[1] + 0.21), text, TEXT + 1)


def _fit(text: str) -> float:
    return SYMBOL if text.startswith("$") else TEXT


def _text(
    ax: Axes,
    at: Point,
    text: str,
    fontsize: float,
    *,
    color: str = style.INK,
    align: str = "center",
) -> None:
    ax.text(
        *at,
        text,
        fontsize=fontsize,
        color=color,
        ha=align,
        va="center_baseline",
        math_fontfamily="stix",
        linespacing=1.15,
        zorder=5,
    )


def _rounded(
    ax: Axes,
    node: Node,
    *,
    face: str | tuple[float, float, float, float],
    edge: str,
    linewidth: float,
    zorder: float,
    corner: float = CORNER,
) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (node.x - node.width / 2, node.y - node.height / 2),
            node.width,
            node.height,
            boxstyle=f"round,pad=0,rounding_size={corner}",
            facecolor=face,
            edgecolor=edge,
            linewidth=linewidth,
            zorder=zorder,
        )
    )


def _round_path(points: Sequence[Point], radius: float = 0.12) -> Path:
    """Join ``points`` by straight lines whose corners are rounded."""
    corners = np.asarray(points, dtype=float)
    vertices, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        for end, code in ((before, Path.LINETO), (after, Path.CURVE3)):
            way = end - corner
            length = np.hypot(*way)
            point = corner + way * min(radius, length / 2) / length
            if code == Path.CURVE3:
                vertices.append(corner)
                codes.append(Path.CURVE3)
            vertices.append(point)
            codes.append(code)
    return Path([*vertices, corners[-1]], [*codes, Path.LINETO])
