"""Pictures for the chapter on networks that are machines."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from rnnbook.figures import diagrams, style

if TYPE_CHECKING:
    from rnnbook.automata import Machine
    from rnnbook.experiments.automata import Result

_RADIUS = 0.15


@style.styled
def parity_states(points: NDArray[np.float64], odd: NDArray[np.bool_]) -> Figure:
    """Draw states of the parity network in the plane of their two widest directions.

    Parameters
    ----------
    points : numpy array
        (states, 2).
    odd : numpy array
        Whether the number of ones read was odd, (states,).
    """
    fig, ax = style.figure("wide")
    for which, marker, color, name in (
        (~odd, "o", style.BASELINE, "even number of ones read"),
        (odd, "^", style.RNN, "odd number of ones read"),
    ):
        ax.scatter(*points[which].T, s=26, marker=marker, color=color, alpha=0.5, label=name)
    ax.set_xlabel("first direction of the state")
    ax.set_ylabel("second direction")
    ax.margins(y=0.12)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return style.describe(
        fig,
        f"{len(points)} states of the parity network as points in the plane of their widest "
        f"directions: {int((~odd).sum())} after an even number of ones, as circles, and "
        f"{int(odd.sum())} after an odd number, as triangles.",
    )


@style.styled
def by_length(result: Result) -> Figure:
    """Draw the share of strings with every step right, by their length, a dot for each seed."""
    fig, ax = style.figure("wide")
    chain = [name for name, _ in result.right if name.startswith("order")][-1]
    lengths = [ends for name, ends in result.right if name == "network"]
    places = np.arange(len(lengths))
    looks = {
        "network": (style.RNN, "-", "o", "network"),
        "machine": (style.INK, ":", "s", "machine read out of it"),
        chain: (style.BASELINE, "-", "^", f"Markov chain, {chain}"),
    }
    said = []
    for reader, (color, line, marker, name) in looks.items():
        scores = np.stack([result.right[reader, ends] for ends in lengths], axis=1)
        said.append(f"{name}: {style.span(scores[:, 0])} on the shortest strings, ")
        said[-1] += f"{style.span(scores[:, -1])} on the longest"
        open_face = "none" if marker == "s" else color
        ax.plot(
            places,
            np.median(scores, axis=0),
            color=color,
            linestyle=line,
            marker=marker,
            markersize=10 if marker == "s" else 6,
            markerfacecolor=open_face,
            label=name,
        )
        if reader == "network":
            for row in scores:
                ax.plot(places, row, "o", color=color, alpha=0.5, markersize=4)
    style.baseline(ax, 0.0, "one set for all steps")
    ax.set_xticks(places, [f"{a} to {b}" for a, b in lengths])
    ax.get_xticklabels()[0].set_fontweight("bold")
    ax.set_xlabel("symbols in the string (trained on the first)")
    ax.set_ylabel("strings with every step right")
    ax.set_ylim(-0.06, 1.08)
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.38))
    return style.describe(
        fig,
        f"Share of strings with every step right, by length from {lengths[0][0]} to "
        f"{lengths[-1][1]} symbols, a line through the medians, with a dot for each network. "
        f"{'; '.join(said)}. A dashed line at zero marks one set of letters for all steps.",
    )


@style.styled
def machine(found: Machine, alt: str) -> Figure:
    """Draw a machine as a diagram of its states, one row for each step away from the start.

    Parameters
    ----------
    found : Machine
        Any machine; it reads best if few arrows lead back.
    alt : str
        What the diagram shows.
    """
    depth = _depths(found)
    rows: dict[int, list[int]] = defaultdict(list)
    for state in sorted(depth):
        rows[depth[state]].append(state)
    pitch = 0.62
    fig, ax = diagrams.canvas(pitch * len(rows) + 0.15)
    middle, top = style.WIDTH / 2, pitch * len(rows) - 0.33
    at = {
        state: (style.WIDTH * (k + 0.5) / len(row), top - pitch * d)
        for d, row in rows.items()
        for k, state in enumerate(row)
    }
    diagrams.arrow(ax, (middle, top + 0.42), (middle, top + _RADIUS))
    for state, (x, y) in at.items():
        ax.add_patch(_circle((x, y), _RADIUS))
        if found.answers[state] == ".":
            ax.add_patch(_circle((x, y), _RADIUS - 0.045))
        arrows: dict[int, list[str]] = defaultdict(list)
        for symbol, to in zip(found.symbols, found.table[state], strict=True):
            arrows[to].append(symbol)
        for to, symbols in arrows.items():
            text = ", ".join(symbols)
            if to == state:
                crowd = sum(at[other][0] - x for other in _neighbours(found, state) if other in at)
                _loop(ax, at[state], text, -1.0 if crowd > 0 else 1.0)
            elif to in at:
                back = state in found.table[to]
                _join(ax, at[state], at[to], text, bent=back, middle=middle)
    return style.describe(fig, alt)


def _depths(found: Machine) -> dict[int, int]:
    """Return how many symbols lead to each state that can be reached."""
    depth = {0: 0}
    for state in (order := [0]):
        for to in found.table[state]:
            if to >= 0 and to not in depth:
                depth[to] = depth[state] + 1
                order.append(to)
    return depth


def _neighbours(found: Machine, state: int) -> set[int]:
    """Return the states with an arrow to or from ``state``."""
    return {other for other, row in enumerate(found.table) if state in row} | {*found.table[state]}


def _circle(at: diagrams.Point, radius: float) -> Circle:
    return Circle(at, radius, facecolor="none", edgecolor=style.RNN, linewidth=2.0, zorder=3)


def _join(
    ax: Axes, start: diagrams.Point, end: diagrams.Point, text: str, *, bent: bool, middle: float
) -> None:
    """Draw an arrow from state to state with its symbol beside it."""
    way = np.subtract(end, start)
    length = float(np.hypot(*way))
    step = way / length
    bend = 0.18 if bent else 0.0
    tail, tip = np.add(start, step * _RADIUS), np.subtract(end, step * _RADIUS)
    _head(ax, posA=tuple(tail), posB=tuple(tip), connectionstyle=f"arc3,rad={bend}")
    side = np.array([way[1], -way[0]]) / length
    if not bent:
        if abs(way[1]) < 1e-9:
            side = np.array([0.0, -1.0])  # a level arrow has its symbol below,
        elif way[1] > 0:
            side = side * np.sign(side[1] or 1.0)  # one that leads back above,
        elif side[0] * (start[0] + end[0] - 2 * middle) < 0:
            side = -side  # any other on the outside of the drawing
    where = (tail + tip) / 2 + side * (0.14 + length * bend / 2)
    diagrams.label(ax, (float(where[0]), float(where[1])), text)


def _loop(ax: Axes, at: diagrams.Point, text: str, side: float) -> None:
    """Draw an arrow that leaves a state on one side and comes back to it."""
    x, y = at
    near, far = x + side * _RADIUS * 0.9, x + side * (_RADIUS + 0.26)
    points = [
        (near, y + _RADIUS * 0.45),
        (far, y + _RADIUS * 1.5),
        (far, y - _RADIUS * 1.5),
        (near, y - _RADIUS * 0.45),
    ]
    _head(ax, path=Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]))
    diagrams.label(ax, (far + side * 0.07, y), text)


def _head(ax: Axes, **where: Any) -> None:
    ax.add_patch(
        FancyArrowPatch(
            **where,
            arrowstyle="-|>,head_length=5.5,head_width=2.6",
            mutation_scale=1,
            shrinkA=0,
            shrinkB=0,
            linewidth=diagrams.THIN,
            edgecolor=style.INK,
            facecolor=style.INK,
            zorder=2,
        )
    )
