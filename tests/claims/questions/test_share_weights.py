"""The claim of the question why a recurrent network shares its weights over time."""

import pytest

from rnnbook.experiments import sharing

CONDITIONS = (
    f"Plain networks of {sharing.HIDDEN} units that name the symbol of {sharing.TASK.lag} steps ago, "
    f"one of {sharing.TASK.symbols}; each at the best of {len(sharing.RATES)} learning rates; "
    "chance is 0.125."
)


def predicted(result):
    """If sharing only saved memory, both networks would be right equally often after the same
    updates.
    """
    return result._replace(seen=dict.fromkeys(result.seen, result.seen["shared"]))


@pytest.mark.learned
def test_later_steps_use_what_one_step_learns(result, show, setting):
    """What one step learns, later steps use. After 60 updates on sequences of 8 steps, the accuracy
    of shared weights is more than 0.1 above that of separate ones, and above 0.8 at steps 9 to 100.
    """
    setting(sharing.UPDATES, 60)
    setting(sharing.TASK.length, 8)
    setting(sharing.LONGER, 100)
    ahead = result.seen["shared"] - result.seen["separate"]
    show("how far shared weights are ahead", ahead, above=0.1)
    show("accuracy of shared weights at later steps", result.later, above=0.8, limit=1)
