"""Claims of the chapter on copying the first number."""

import numpy as np
import pytest

from rnnbook.experiments import copy_first

ZERO = 1.0  # the error of predicting zero

CONDITIONS = (
    f"Copying the first number of a sequence, networks of {copy_first.SIZE} units, learning rate "
    f"{copy_first.LEARNING_RATE:g}, at most {copy_first.STEPS} updates "
    f"({copy_first.CASES[1].steps} for the default LSTM over 100 steps); predicting zero scores 1."
)


@pytest.mark.learned
def test_longer_is_harder_on_average(result, show):
    """On average, 100 steps are harder than 10. Over 10 steps every run of the plain network ends
    below an error of 0.33. The mean error over 100 steps is more than twice the mean error over 10
    steps.
    """
    short, long = result.plain.error[10], result.plain.error[100]
    show("error at length 10", short, below=0.33)
    ratio = long.mean() / short.mean()
    show("mean error at 100 over that at 10", ratio, above=2, ratio=True, over="all runs")


@pytest.mark.learned
def test_one_seed_lies(result, show):
    """One seed lies. Two runs that differ in nothing but the seed end with errors more than 0.25
    apart. This holds for at least one of the lengths 30, 50 and 100.
    """
    apart = max(np.ptp(result.plain.error[length]) for length in (30, 50, 100))
    show("largest distance between two runs", apart, above=0.25, over="all runs")


@pytest.mark.learned
def test_default_gates_fail_where_the_plain_network_does_not(result, show):
    """Gates alone need not help. Compare networks over 30 steps at a learning rate of 0.007. The
    median plain network brings the mean loss of 20 batches below 0.5. In every LSTM with default
    initialisation, this loss always stays above 0.5.
    """
    show(
        "lowest mean loss of the LSTM at length 30",
        result.gated.lowest["LSTM", 30],
        above=0.5,
        untrained_too="failing to learn is the point; the plain network learns beside it",
    )
    show("lowest mean loss of the plain network", result.plain.lowest[30], below=0.5, over="median")


@pytest.mark.learned
def test_chrono_initialisation_solves_a_hundred_steps(result, show):
    """Chrono initialisation can reach 100 steps. With it the median LSTM ends with an error below
    0.2. With default initialisation every LSTM ends with an error above 0.5.
    """
    chrono = result.gated.error["LSTM, chrono", 100]
    show("error with chrono, length 100", chrono, below=0.2, over="median")
    show(
        "error with default initialisation, length 100",
        result.gated.error["LSTM", 100],
        above=0.5,
        untrained_too="failing to learn is the point; with chrono initialisation it learns",
    )


@pytest.mark.here
@pytest.mark.learned
def test_four_of_five_fail_over_a_hundred_steps(page, show):
    """All five runs over 10 steps end with an error below 0.2, and four of the five runs over 100
    steps end above 0.9.
    """
    show("error over 10 steps", page.plain.error[10], below=0.2)
    failed = (page.plain.error[100] > 0.9).sum()
    show("runs over 100 steps that end above 0.9", failed, equal=4, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_chrono_alone_succeeds_on_this_page(page, show):
    """Over 100 steps all three runs with chrono initialisation end with an error below 0.1. At both
    lengths every gated run with default initialisation ends above 0.9.
    """
    error = page.gated.error
    show("error with chrono initialisation", error["LSTM, chrono", 100], below=0.1)
    default = [runs for (name, _), runs in error.items() if "chrono" not in name]
    show(
        "error with default initialisation",
        np.stack(default, axis=1),
        above=0.9,
        untrained_too="failing to learn is the point; with chrono initialisation it learns",
    )
