"""Claims of the chapter on the minimal GRU and LSTM."""

import numpy as np
import pytest

from rnnbook.experiments import minimal
from rnnbook.tasks.adding import Adding

SHORT, LONG, LAST = minimal.STAGES
CONDITIONS = (
    f"One layer of {minimal.SIZE} units on the adding problem over {minimal.LENGTH:,d} steps, at "
    f"most {minimal.UPDATES} batches of {minimal.BATCH}, learning rate {minimal.RATE}; long biases "
    f"are for memories of up to {minimal.LONGEST:,d} steps. The two stages have at most {SHORT[2]} "
    f"batches of {SHORT[1]} on {SHORT[0]} steps, then at most {LONG[2] + LAST[2]} of {LONG[1]} on "
    f"{LONG[0]:,d}, the last {LAST[2]} at {LAST[3]:g}. "
    f"Forms over {minimal.COMPARED} steps of random numbers, with default biases."
)
BASELINE = Adding(minimal.LENGTH).baseline
#: The seed of the long run on the page.
PAGE = minimal.SEEDS[:1]


@pytest.fixture(scope="module")
def far(seeds):
    return minimal.far(seeds)


@pytest.mark.learned
def test_long_biases_let_a_minimal_layer_add(result, show, setting):
    """Long biases let a minimal layer add. Over 1,000 steps, the median minGRU and the median
    minLSTM with long biases end below a tenth of the baseline. With default biases, the median
    minGRU stays above a tenth.
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
    """By default, half of the units forget early. After training from default biases, a minGRU's
    median unit keeps its state for fewer than 100 steps. From long biases, the median unit keeps it
    for more than 1,000 steps.
    """
    middle = {name: np.median(result.memory[name, "after"], axis=1) for name in minimal.LAYERS}
    show("steps that the median unit keeps, default biases", middle["minGRU, default"], below=100)
    for name in ("minGRU", "minLSTM"):
        show(f"steps that the median unit of the {name} keeps", middle[name], above=1000)


def test_a_minimal_layer_has_three_forms(result, show):
    """A minimal layer has three forms. In float64, a scan and a loop of steps give the same states
    to within 1e-10. For the minGRU, a weighted sum of candidates gives the last state, also to
    within 1e-10.
    """
    for name, apart in result.apart.items():
        show(f"loop of steps from the scan, {name}", apart, below=1e-10)
    show("weighted sum from the scan, minGRU", result.sum, below=1e-10)


@pytest.mark.learned
def test_a_mingru_can_add_over_ten_thousand_steps(far, show, setting):
    """A minGRU can add over 10,000 steps. After two stages of training, every run with long biases
    has a squared error below 0.05. An answer that is always one has a squared error of 0.167.
    """
    setting(minimal.FAR, 10_000)
    setting(round(BASELINE, 3), 0.167)
    show("squared error over 10,000 steps", far.error[minimal.FAR], below=0.05)


@pytest.mark.learned
def test_long_training_can_be_worse_for_short_sequences(far, show, setting):
    """A minGRU can err more on shorter sequences. After the two stages with long biases, the
    squared error over 1,000 steps is more than three times that over the trained 10,000 in the
    median run.
    """
    setting(minimal.FAR, 10_000)
    setting(minimal.LENGTH, 1000)
    ratio = far.error[minimal.LENGTH] / far.error[minimal.FAR]
    label = "error over 1,000 steps, over that over 10,000"
    show(label, ratio, above=3, ratio=True, over="median")


@pytest.mark.here
@pytest.mark.learned
def test_long_biases_are_better_in_every_run(page, show):
    """Every run with long biases has a smaller error than every run with default biases."""
    longest = np.maximum(page.error["minGRU"], page.error["minLSTM"]).max()
    ratio = longest / page.error["minGRU, default"].min()
    show(
        "largest error with long biases over the smallest without", ratio, below=1, over="all runs"
    )


@pytest.mark.here
def test_long_memory_is_there_before_training(page, show):
    """In the panels with long biases, at least half of the units keep their state for more than
    1,000 steps before any training.
    """
    for name in ("minGRU", "minLSTM"):
        middle = np.median(page.memory[name, "before"], axis=1)
        show(f"steps that the median unit of the {name} keeps, untrained", middle, above=1000)


@pytest.mark.here
@pytest.mark.learned
def test_one_run_finds_one_long_unit(page, show):
    """One run with default biases has a unit that keeps its state for more than 1,000 steps, and
    this run has the smallest error of the three.
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
    """The other units of this run still forget within 100 steps."""
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
def test_default_biases_take_all_updates(show):
    """The run with default biases takes all updates of both stages, and over 10,000 steps both runs
    end with an error below 0.05.
    """
    default, most = minimal.far(PAGE, long_biases=False), sum(part[2] for part in minimal.STAGES)
    show("updates with default biases", default.updates.sum(), equal=most, over="all runs")
    for name, run in (("default", default), ("long", minimal.far(PAGE))):
        error = run.error[minimal.FAR]
        show(f"error over 10,000 steps, {name} biases", error, below=0.05, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_both_are_wrong_over_a_thousand_steps(show):
    """Over 1,000 steps, both networks err more than an answer that is always one."""
    for name, run in (
        ("default", minimal.far(PAGE, long_biases=False)),
        ("long", minimal.far(PAGE)),
    ):
        share = {length: error / BASELINE for length, error in run.error.items()}
        show(
            f"error over 1,000 steps, {name} biases, over the baseline",
            share[minimal.LENGTH],
            above=1,
            over="all runs",
            untrained_too="that it is wrong; over 10,000 steps the same network is right",
        )
        show(
            f"error over 10,000 steps, {name} biases, over the baseline",
            share[minimal.FAR],
            below=0.3,
            over="all runs",
        )
