"""Claims of the chapter on one harness for all cells."""

import pytest

from rnnbook.experiments import battery

CONDITIONS = (
    f"Six cells on five tasks, networks of at most {battery.PARAMETERS:,d} parameters, at most "
    f"{battery.UPDATES} batches of {battery.BATCH}, the best of {len(battery.RATES)} learning rates "
    "for each cell on each task. A score is the share of answers that are right."
)
OTHERS = [cell for cell in battery.CELLS if cell != "delta rule"]


@pytest.mark.learned
def test_no_cell_leads_everywhere(result, show):
    """No cell leads everywhere. In the median run, the delta rule is over 0.3 ahead of every other
    cell on overwritten keys, and over 0.3 behind the plain RNN on the echo.
    """
    right = result.updates
    for cell in OTHERS:
        ahead = right["overwrite", "delta rule"] - right["overwrite", cell]
        show(f"delta rule less {cell}, overwrite", ahead, above=0.3, over="median")
    behind = right["echo", "RNN"] - right["echo", "delta rule"]
    show("RNN less delta rule, echo", behind, above=0.3, over="median")


def test_equal_parameters_are_not_equal_width_or_work(show, setting):
    """Equal parameters are not equal width or work. With 2,000 at most, a minGRU is over 1.5 times as
    wide as an LSTM, and the delta rule multiplies over 1.5 times as often as the RNN.
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
    """A lead can survive equal work. With less than two thirds of its updates, the median delta rule is
    still over 0.3 ahead of every other cell on overwritten keys.
    """
    few = battery.updates_at_equal_work("overwrite", "delta rule")
    show(
        "updates of the delta rule at equal work, over all",
        few / battery.UPDATES,
        below=2 / 3,
        over="all runs",
        untrained_too="that is counted before training",
    )
    for cell in OTHERS:
        ahead = result.work["overwrite", "delta rule"] - result.work["overwrite", cell]
        show(f"delta rule less {cell} at equal work", ahead, above=0.3, over="median")
