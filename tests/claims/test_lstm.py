"""Claims of the chapter on the LSTM."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import lstm

CONDITIONS = (
    f"Memory: LSTMs of {lstm.UNITS} units at learning rate {lstm.LEARNING_RATE:g}, asked for a bit "
    f"some steps later. Gates: {lstm.CELLS} cells that report the last marked bit, at learning "
    f"rate 0.03 in at most 300 updates. Gradients: those of an untrained layer of {lstm.WIDE} units."
)


@pytest.mark.learned
def test_memory_depends_on_the_forget_bias(result, show, setting):
    """A default LSTM can fail at 20 steps. At this distance, the median run has an accuracy below
    0.65 after 400 updates. With forget bias 3, every run has an accuracy above 0.95 within 100
    updates.
    """
    setting(lstm.LONG, 400)
    show(
        "accuracy with default initialisation",
        result.answers["default", 20],
        below=0.65,
        over="median",
        untrained_too="failing to learn is the point; with forget bias 3 the network learns",
    )
    show("updates with forget bias 3", result.updates["forget bias 3", 20], below=100)
    show("accuracy with forget bias 3", result.answers["forget bias 3", 20], above=0.95, limit=1)


def test_untrained_gradient_depends_on_the_forget_bias(result, show):
    """Half-open forget gates can lose the gradient. Over 100 steps, an untrained LSTM with default
    initialisation keeps less than 1e-15 of its gradient. With forget bias 5, the gradient over all
    paths grows.
    """
    kept = {start: full[:, 100] / full[:, 0] for start, full in result.full.items()}
    show("share kept with default initialisation", kept["default"], below=1e-15)
    show("share kept with forget bias 5, all paths", kept["forget bias 5"], above=1)


@pytest.mark.learned
def test_forget_gate_closes_at_marks(result, show):
    """On average, forget gates open less at marks. Every trained network reports the last marked
    bit with an accuracy above 0.95. Between marks, its forget gates are on average more than 1.5
    times as open as at marks.
    """
    show("accuracy", result.accuracy, above=0.95, limit=1)
    elsewhere, marked = (
        result.opened["forget", where].mean(axis=1) for where in ("no mark", "mark")
    )
    show("forget gates elsewhere over those at marks", elsewhere / marked, above=1.5, ratio=True)


def test_two_paths_of_the_gradient(result, show):
    """The gradient has a second path. With gates and candidates held constant, the gradient is the
    product of the forget gates. Over 100 steps, the full gradient is more than twice this product,
    at every forget bias tried.
    """
    starts = list(lstm.STARTS)
    apart = np.stack([result.apart[start] for start in starts], axis=1)
    show("distance from the product of the gates, as a share", apart, below=1e-9)
    full, held = (
        np.stack([sizes[start][:, 100] for start in starts], axis=1)
        for sizes in (result.full, result.direct)
    )
    show("full gradient over that with gates held", full / held, above=2, ratio=True)


def test_written_out_it_equals_the_library(result, show):
    """Written out, the LSTM equals nn.LSTM. Over 50 steps in 64 bits, the outputs, states and
    gradients of the two differ by less than 1e-9. Each layer loads the weights of the other.
    """
    for name, apart in result.equal.items():
        show(f"largest difference, {name}", apart, below=1e-9)
    ours, theirs = layers.LSTM(2, 4), nn.LSTM(2, 4)
    for one, other, name in ((ours, theirs, "nn.LSTM"), (theirs, ours, "our layer")):
        fresh = type(other)(2, 4)
        fresh.load_state_dict(one.state_dict())
        pairs = zip(fresh.parameters(), one.parameters(), strict=True)
        lost = sum(not torch.equal(loaded, given) for loaded, given in pairs)
        show(f"parameters that {name} does not load", lost, equal=0, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_cells_of_one_network_differ(page, show):
    """Cell 0 opens its input gate more between marks than at marks, and cell 3 opens its input gate
    more at marks.
    """
    between, marked = (page.opened["input", where][0] for where in ("no mark", "mark"))
    show("input gate of cell 0, between marks", between[0] - marked[0], above=0.1, over="all runs")
    show("input gate of cell 3, at marks", marked[3] - between[3], above=0.1, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_default_learns_ten_steps_and_not_twenty(page, show):
    """At 10 steps the default LSTM learns the task in every run; at 20 steps no run learns it."""
    solved = {key: np.isfinite(updates) for key, updates in page.updates.items()}
    show("whether ten steps are learned", solved["default", 10], equal=1)
    show(
        "whether twenty steps are learned",
        solved["default", 20],
        equal=0,
        untrained_too="failing to learn is the point; ten steps are learned",
    )
