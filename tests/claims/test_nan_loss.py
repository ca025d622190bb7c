"""Claims of the chapter on broken losses."""

import numpy as np
import pytest

from rnnbook.experiments import nan_loss

CONDITIONS = (
    f"Recurrent networks of {nan_loss.HIDDEN} units, {len(nan_loss.BUGS)} bugs planted one at a "
    f"time; training takes {nan_loss.STEPS} updates without clipping, {nan_loss.LONGER} where a "
    "loss is compared with the best possible; the learning rate is "
    f"{nan_loss.LEARNING_RATE:g} unless it is the bug."
)


def counted(found, pairs):
    """Return how many of some pairs of case and check fail, for each seed."""
    return np.sum([found[pair] for pair in pairs], axis=0)


def test_each_bug_is_found_by_its_check(result, show):
    """Every planted bug is found. Before any training, each of the 15 faulty models in this chapter
    fails the check designed for its bug.
    """
    made_for = [(case.name, case.check) for case in nan_loss.BUGS]
    show("bugs found by the check made for them", counted(result.found, made_for), equal=15)
    missed = len(made_for) - counted(result.found, made_for)
    show("bugs that this check misses", missed, equal=0)


def test_most_bugs_give_no_nan(result, show):
    """Most planted bugs give no NaN. Training ends in numbers that are not finite with only 5 of
    the bugs. With 8 bugs training ends with a finite loss, and with the others it stops with an
    error.
    """
    endings = np.array(list(result.endings.values()))
    for ending, count in (("not finite", 5), ("finite loss", 8), ("error", 2)):
        show(f"bugs whose training ends so: {ending}", (endings == ending).sum(0), equal=count)


def test_models_without_a_bug_pass(result, show):
    """Before training, six models without a bug pass. They fail none of the nine checks. After
    training, they fail no check except the check of the step size.
    """
    names = [case.name for case in nan_loss.HEALTHY]
    pairs = [(name, check) for name in names for check in nan_loss.CHECKS]
    others = [(name, check) for name, check in pairs if check != "step size"]
    show("models without a bug", np.full(len(result.shifted), len(names)), equal=6)
    show("false alarms before training", counted(result.alarms, pairs), equal=0)
    show("false alarms after training, step size aside", counted(result.later, others), equal=0)


def test_a_failing_check_may_be_a_false_alarm(result, show):
    """A failing check may be a false alarm. Three models fail a check without having a bug. One
    starts with a readout of zeros, one has targets equal to the inputs, and one has a loss that
    takes probabilities.
    """
    for case in nan_loss.SUSPECTED:
        fails = result.mistaken[case.name, case.check]
        show(f"whether the check of {case.check} fails: {case.name}", fails, equal=1)


@pytest.mark.learned
def test_a_loss_can_be_too_good(result, show):
    """A loss can be too good. On random letters, the loss with targets that are not shifted falls
    below a tenth of the best possible loss. With shifted targets, the loss ends within 0.1 of the
    best possible loss.
    """
    show(
        "loss with targets not shifted, over the best", result.unshifted / nan_loss.BEST, below=0.1
    )
    show(
        "distance of the loss with shifted targets", abs(result.shifted - nan_loss.BEST), below=0.1
    )
