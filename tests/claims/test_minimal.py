"""Claims of the chapter on the minimal GRU and LSTM."""

import numpy as np
import pytest

from rnnbook.experiments import minimal
from rnnbook.tasks.adding import Adding

CONDITIONS = (
    f"One layer of {minimal.SIZE} units on the adding problem over {minimal.LENGTH:,d} steps, at "
    f"most {minimal.UPDATES} batches of {minimal.BATCH}, learning rate {minimal.RATE}; long biases "
    f"are for memories of up to {minimal.LONGEST:,d} steps."
)
BASELINE = Adding(minimal.LENGTH).baseline


@pytest.mark.learned
def test_long_biases_let_a_minimal_layer_add(result, show, setting):
    """Long biases let a minimal layer add. Over 1,000 steps the median minGRU and minLSTM with them
    end below a tenth of the baseline; with default biases, the median minGRU stays above it.
    """
    setting(minimal.LENGTH, 1000)
    for name in ("minGRU", "minLSTM"):
        share = result.error[name] / BASELINE
        show(f"error of {name}, over the baseline", share, below=0.1, over="median")
    show(
        "error with default biases, over the baseline",
        result.error["minGRU, default"] / BASELINE,
        above=0.1,
        over="median",
        untrained_too="that it learns less; with long biases the same network learns",
    )


def test_half_of_the_units_learn_no_long_memory(result, show):
    """Half of the units learn no long memory. From default biases, the median unit keeps its state
    for fewer than 100 steps after training; from long ones, for more than 1,000.
    """
    middle = {name: np.median(result.memory[name, "after"], axis=1) for name in minimal.LAYERS}
    show("steps that the median unit keeps, default biases", middle["minGRU, default"], below=100)
    for name in ("minGRU", "minLSTM"):
        show(f"steps that the median unit of the {name} keeps", middle[name], above=1000)


def test_a_minimal_layer_has_three_forms(result, show):
    """A minimal layer has three forms. In float64, the states by a scan and by a loop of steps, and
    the last one as a weighted sum of candidates, agree to within 1e-10.
    """
    for name, apart in result.apart.items():
        show(f"loop of steps from the scan, {name}", apart, below=1e-10)
    show("weighted sum from the scan, minGRU", result.sum, below=1e-10)


@pytest.mark.here
@pytest.mark.learned
def test_long_biases_are_better_in_every_run(page, show):
    """Every run with long biases is left of every run with default biases."""
    longest = np.maximum(page.error["minGRU"], page.error["minLSTM"]).max()
    ratio = longest / page.error["minGRU, default"].min()
    show(
        "largest error with long biases over the smallest without", ratio, below=1, over="all runs"
    )


@pytest.mark.here
def test_long_memory_is_there_before_training(page, show):
    """In the panels of long biases, half of the units kept their state for more than 1,000 steps
    before any training.
    """
    for name in ("minGRU", "minLSTM"):
        middle = np.median(page.memory[name, "before"], axis=1)
        show(f"steps that the median unit of the {name} keeps, untrained", middle, above=1000)


@pytest.mark.here
@pytest.mark.learned
def test_one_run_finds_one_long_unit(page, show):
    """One run from default biases has a unit that keeps its state for more than 1,000 steps, and of
    the three it has the smallest error.
    """
    kept, error = page.memory["minGRU, default", "after"], page.error["minGRU, default"]
    runs = (kept.max(axis=1) > 1000).sum()
    show("runs with a unit that keeps for more than 1,000 steps", runs, equal=1, over="all runs")
    smallest = kept[error.argmin()].max()
    show(
        "steps of the longest unit, in the run that errs least",
        smallest,
        above=1000,
        over="all runs",
    )


@pytest.mark.here
@pytest.mark.learned
def test_its_other_units_forget(page, show):
    """Its other units still forget within 100 steps."""
    kept, error = page.memory["minGRU, default", "after"], page.error["minGRU, default"]
    longest, others = kept[error.argmin()][-1], kept[error.argmin()][-2]
    show("steps of the longest unit", longest, above=1000, over="all runs")
    show(
        "steps of the longest of its other units",
        others,
        below=100,
        over="all runs",
        untrained_too="that they forget; one unit of the same run does not",
    )


@pytest.mark.here
@pytest.mark.learned
def test_ten_thousand_steps(show):
    """In this run it ends below a third of the baseline."""
    error = minimal.far().error
    show(
        "error over 10,000 steps, over the baseline", error / BASELINE, below=1 / 3, over="all runs"
    )
