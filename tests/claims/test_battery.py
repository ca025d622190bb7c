"""Claims of the chapter on one harness for all cells."""

import numpy as np
import pytest

from rnnbook.experiments import battery

CONDITIONS = (
    f"Six cells on five tasks, networks of at most {battery.PARAMETERS:,d} parameters, at most "
    f"{battery.UPDATES} batches of {battery.BATCH}, for each cell on each task the largest of "
    f"{len(battery.RATES)} learning rates that was about as good as the best. A score is the share "
    "of answers that are right."
)
OTHERS = [cell for cell in battery.CELLS if cell != "delta rule"]


@pytest.mark.learned
def test_no_cell_leads_everywhere(result, show):
    """No cell leads everywhere. In the median run, the delta rule scores over 0.3 more than every
    other cell on the task of overwritten keys. On the echo, it scores over 0.3 less than the plain
    RNN.
    """
    right = result.updates
    for cell in OTHERS:
        ahead = right["overwrite", "delta rule"] - right["overwrite", cell]
        show(f"delta rule less {cell}, overwrite", ahead, above=0.3, over="median")
    behind = right["echo", "RNN"] - right["echo", "delta rule"]
    show("RNN less delta rule, echo", behind, above=0.3, over="median")


def test_equal_parameters_are_not_equal_width_or_work(show, setting):
    """Equal parameters are not equal width or work. With at most 2,000 parameters, a minGRU is over
    1.5 times as wide as an LSTM. The delta rule takes over 1.5 times as many multiplications as the
    plain RNN.
    """
    setting(battery.PARAMETERS, 2000)
    wider = [battery.width(n, "minGRU") / battery.width(n, "LSTM") for n in battery.PROBLEMS]
    show("width of the minGRU over that of the LSTM", min(wider), above=1.5, over="all runs")
    more = [
        battery.multiplications(n, "delta rule") / battery.multiplications(n, "RNN")
        for n in battery.PROBLEMS
    ]
    show("multiplications, delta rule over RNN", min(more), above=1.5, over="all runs")


@pytest.mark.learned
def test_a_lead_can_survive_equal_work(result, show):
    """A lead over S4D can survive equal work. On keep, at equal work, the delta rule is allowed
    fewer than half of the updates and is right at over 95 % of the steps. S4D is right at fewer
    than 75 %.
    """
    few = battery.updates_at_equal_work("keep", "delta rule")
    show(
        "updates of the delta rule at equal work, over all",
        few / battery.UPDATES,
        below=0.5,
        over="all runs",
        untrained_too="that is counted before training",
    )
    show("right, delta rule, keep", result.work["keep", "delta rule"], above=0.95, limit=1)
    show(
        "right, S4D, keep",
        result.work["keep", "S4D"],
        below=0.75,
        untrained_too="that it fails; on the same task the delta rule learns",
    )


@pytest.mark.here
@pytest.mark.learned
def test_only_the_delta_rule_overwrites(page, show):
    """On overwrite, every run of the delta rule gets more than 90 % of the questions right, and no
    run of another cell gets half of them right.
    """
    right = page.updates
    show("right, delta rule, overwrite", right["overwrite", "delta rule"], above=0.9, limit=1)
    for cell in OTHERS:
        show(
            f"right, {cell}, overwrite",
            right["overwrite", cell],
            below=0.5,
            untrained_too="that it fails; on the same task the delta rule learns",
        )


@pytest.mark.here
@pytest.mark.learned
def test_the_echo_goes_to_others(page, show):
    """On the echo, every run of the plain RNN and of S4D gets more than 80 % right, and the delta
    rule gets fewer than half right.
    """
    right = page.updates
    for cell in ("RNN", "S4D"):
        show(f"right, {cell}, echo", right["echo", cell], above=0.8, limit=1)
    show(
        "right, delta rule, echo",
        right["echo", "delta rule"],
        below=0.5,
        untrained_too="that it fails; on the same task other cells learn",
    )


@pytest.mark.here
@pytest.mark.learned
def test_two_cells_learn_parity(page, show):
    """On parity, the LSTM and the GRU are right on over 95 % of strings in every run, and the other
    four cells are right on fewer than 65 %.
    """
    for cell in battery.CELLS:
        right = page.updates["parity", cell]
        if cell in ("LSTM", "GRU"):
            show(f"right, {cell}, parity", right, above=0.95, limit=1)
        else:
            show(
                f"right, {cell}, parity",
                right,
                below=0.65,
                untrained_too="that it fails; on the same task two cells learn",
            )


@pytest.mark.here
@pytest.mark.learned
def test_some_runs_keep_and_some_do_not(page, show):
    """On keep, some runs of the plain RNN and of the LSTM learn the task, and some do not."""
    for cell in ("RNN", "LSTM"):
        right = page.updates["keep", cell]
        show(f"best run, {cell}, keep", right.max(), above=0.95, limit=1, over="all runs")
        show(
            f"worst run, {cell}, keep",
            right.min(),
            below=0.6,
            over="all runs",
            untrained_too="that a run fails; another run of the same network learns",
        )


@pytest.mark.here
def test_equal_work_loses_little(page, show):
    """No median is 0.1 or more below the median after all updates."""
    for (name, cell), right in page.updates.items():
        lost = np.median(right) - np.median(page.work[name, cell])
        show(f"lost at equal work, {cell}, {name}", lost, below=0.1, over="all runs")


@pytest.mark.here
def test_the_delta_rule_gets_half_of_its_updates(show):
    """The delta rule is allowed about half of the updates."""
    few = [battery.updates_at_equal_work(name, "delta rule") for name in battery.PROBLEMS]
    shares = np.array(few) / battery.UPDATES
    show("updates of the delta rule at equal work, least", shares.min(), above=0.4, over="all runs")
    show("updates of the delta rule at equal work, most", shares.max(), below=0.6, over="all runs")
