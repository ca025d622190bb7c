"""Claims of the chapter on the adding problem."""

import numpy as np
import pytest

from rnnbook.experiments import adding
from rnnbook.tasks.adding import Adding

ONE = Adding().baseline  # the error of answering one, the mean of all sums
SHORT, LONG = adding.STEPS[20], adding.STEPS[200]
RATES = [case.learning_rate for case in adding.CASES]
TANH = ("plain", "plain, orthogonal", "plain, skip 10")

CONDITIONS = (
    f"The adding problem, networks of {adding.SIZE} units, batches of {adding.BATCH}, for each "
    f"kind the best of {len(adding.LEARNING_RATES)} learning rates ({min(RATES):g} to "
    f"{max(RATES):g}), at most {SHORT} updates over 20 steps and {LONG} over 60, 100 and 200; the "
    f"baseline, always answering one, scores {ONE:.3f}."
)


@pytest.mark.learned
def test_more_gradient_is_not_enough(result, show, setting):
    """More gradient is not enough. Before training, the first of 20 inputs moves an orthogonal
    network's answer over 10 times as much as a GRU's. After training, every GRU's error is below
    half the baseline, and the median orthogonal network's error is above it.
    """
    setting(adding.SLOPE_LENGTH, 20)
    show(
        "how much the orthogonal network's answer moves, times the GRU's",
        result.slope["plain, orthogonal"] / result.slope["GRU"],
        above=10,
        ratio=True,
        untrained_too="measured before training: what the rest is surprising against",
    )
    show(
        "error of the orthogonal network at 20 steps",
        result.error["plain, orthogonal", 20],
        above=ONE / 2,
        over="median",
        untrained_too="failing to learn is the point; the GRU learns beside it",
    )
    show("error of the GRU at 20 steps", result.error["GRU", 20], below=ONE / 2)


@pytest.mark.learned
def test_two_hundred_steps_need_no_attention(result, show):
    """Adding over 200 steps needs no attention. Take a linear recurrence with chrono biases and
    with gates that see only the input. Over 200 steps, every run ends below a fifth of the
    baseline.
    """
    linear = result.error["linear, scan", 200]
    show("error of the linear recurrence at 200 steps", linear, below=ONE / 5)


@pytest.mark.learned
def test_orthogonal_weights_and_skips_are_not_enough(result, show):
    """Orthogonal weights or skips may not be enough. Over 20 steps the median plain network stays
    above half the baseline, with orthogonal weights, with skips or with neither. Every GRU ends
    below a fifth of the baseline.
    """
    show(
        "errors of plain networks at 20 steps",
        np.stack([result.error[name, 20] for name in TANH], axis=-1),
        above=ONE / 2,
        over="median",
        untrained_too="failing to learn is the point; the GRU learns beside them",
    )
    show("error of the GRU at 20 steps", result.error["GRU", 20], below=ONE / 5)


@pytest.mark.learned
def test_attention_adds_where_the_last_state_does_not(result, show):
    """Attention can help a plain network. Over 20 steps, no plain network that answers from its
    last state ends below half the baseline. With attention to all states, the median plain network
    ends below half the baseline even over 100 steps.
    """
    show(
        "error of the plain network at 20 steps",
        result.error["plain", 20],
        above=ONE / 2,
        untrained_too="failing to learn is the point; with attention it learns",
    )
    attention = result.error["plain, attention", adding.ATTENDED]
    show("error with attention at 100 steps", attention, below=ONE / 2, over="median")


@pytest.mark.here
@pytest.mark.learned
def test_gates_solve_what_tanh_networks_do_not(page, show, setting):
    """All three GRUs solve the task at 20 steps, and none of the nine tanh networks does."""
    setting(adding.SEEDS, (0, 1, 2))
    show("errors of the GRUs at 20 steps", page.error["GRU", 20], below=adding.SOLVED)
    show(
        "errors of the tanh networks at 20 steps",
        np.stack([page.error[name, 20] for name in TANH], axis=-1),
        above=adding.SOLVED,
        untrained_too="failing to learn is the point; the GRUs learn beside them",
    )


@pytest.mark.here
@pytest.mark.learned
def test_identity_helps(page, show):
    """At 20 steps every ReLU network with the identity ends below a fifth of the baseline."""
    relu = page.error["ReLU, identity", 20]
    show("error of ReLU from the identity at 20 steps", relu, below=ONE / 5)


@pytest.mark.here
@pytest.mark.learned
def test_some_lstms_do_not_learn(page, show):
    """Two default LSTMs stay above half of the baseline at 20 steps, and one LSTM with chrono
    initialisation does so at 60 steps.
    """
    for name, length, count in (("LSTM", 20, 2), ("LSTM, chrono", 60, 1)):
        above = (page.error[name, length] > ONE / 2).sum()
        show(f"{name}: above half of the baseline", above, equal=count, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_the_largest_weights_stand_on_the_marked_steps(page, show):
    """In each panel the two largest weights stand on the two marked steps."""
    runs = zip(page.weights, page.marked, strict=True)
    ahead = [alpha[marked].min() - np.delete(alpha, marked).max() for alpha, marked in runs]
    show("least weight of a marked step, less the largest elsewhere", ahead, above=0, limit=1)
