"""Claims of the table that grows through the part on recurrence today."""

import pytest

from rnnbook.experiments import three_tasks

CONDITIONS = (
    f"The table of three tasks: nine layers, networks of at most {three_tasks.PARAMETERS:,d} "
    f"parameters, at most {three_tasks.UPDATES} batches of {three_tasks.BATCH}, for each layer "
    f"on each task the largest of {len(three_tasks.RATES)} learning rates that was about as good as the best; a bit is kept for "
    f"{three_tasks.KEPT} steps."
)


@pytest.mark.learned
def test_the_median_slstm_learns_all_three_tasks(result, show):
    """The median sLSTM learns the table's three tasks. On each task, over 0.8 of its answers are
    right. On parity, fewer than 0.65 are right for the median transformer, minGRU, S4D, S6 and
    delta rule.
    """
    for task in three_tasks.PROBLEMS:
        show(
            f"right, sLSTM, {task}", result.right["sLSTM", task], above=0.8, over="median", limit=1
        )
    for name in ("transformer", "minGRU", "S4D", "S6", "delta rule"):
        show(
            f"right, {name}, parity",
            result.right[name, "parity"],
            below=0.65,
            over="median",
            untrained_too="that it fails; on the same task the sLSTM learns",
        )
