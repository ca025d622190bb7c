"""The building blocks of the book's drawings."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from rnnbook.figures import diagrams, style


@pytest.fixture
def ax():
    fig, ax = diagrams.canvas(3.0)
    yield ax
    plt.close(fig)


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def words(ax):
    return [text.get_text() for text in ax.findobj(Text) if text.get_text()]


def test_sides_of_a_node_are_where_it_was_drawn(ax):
    node = diagrams.box(ax, (2.0, 1.0), "cell", size=(0.6, 0.4))
    assert node.left == pytest.approx((1.7, 1.0))
    assert node.right == pytest.approx((2.3, 1.0))
    assert node.top == pytest.approx((2.0, 1.2))
    assert node.bottom == pytest.approx((2.0, 0.8))


def test_canvas_measures_in_inches(ax):
    assert ax.get_xlim() == (0, style.WIDTH)
    assert ax.get_window_extent().width == pytest.approx(style.WIDTH * ax.figure.dpi)


def test_unrolled_draws_one_cell_a_step_and_layer(ax):
    cells = diagrams.unrolled(ax, (1.0, 1.0), ["a", "b", "c"], layers=2)
    assert [len(row) for row in cells] == [3, 3]
    assert len({round(b.x - a.x, 6) for row in cells for a, b in pairwise(row)}) == 1


def test_unrolled_joins_every_step_once(ax):
    diagrams.unrolled(ax, (1.0, 1.0), ["a", None, "c"], [None, None, "y"], first=False)
    # two states handed on, two inputs, one answer
    assert len(arrows(ax)) == 5


def test_unrolled_counts_states_from_one(ax):
    diagrams.unrolled(ax, (1.0, 1.0), ["a", "b"], last="2")
    assert [word for word in words(ax) if "h_" in word] == ["$h_0$", "$h_{1}$", "$h_{2}$"]


def test_unrolled_wants_an_answer_or_none_for_each_step(ax):
    with pytest.raises(ValueError, match="one output, or None, for each"):
        diagrams.unrolled(ax, (1.0, 1.0), ["a", "b"], ["y"])
    with pytest.raises(ValueError, match="got 0 for 0"):
        diagrams.unrolled(ax, (1.0, 1.0), [])


def test_arrow_needs_two_ends(ax):
    with pytest.raises(ValueError, match="two points"):
        diagrams.arrow(ax, (0.0, 0.0))


def test_canvas_needs_room():
    with pytest.raises(ValueError, match="must be positive"):
        diagrams.canvas(0)


def test_every_ink_of_a_diagram_turns_on_a_dark_page(ax):
    diagrams.panel(ax, (0.1, 0.1), (2.0, 2.0))
    diagrams.operation(ax, (1.0, 1.0), "$+$")
    diagrams.label(ax, (0.5, 0.5), "$x_t$", "(3, 10)")
    diagrams.arrow(ax, (0.5, 1.0), (0.8, 1.0))
    style.to_dark(ax.figure)
    dark = {to_hex(text.get_color()) for text in ax.texts}
    dark |= {to_hex(patch.get_edgecolor()) for patch in ax.patches}
    assert dark <= set(style.ON_DARK.values())
