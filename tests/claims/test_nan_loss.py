"""Claims of the chapter on broken losses."""

import numpy as np
import pytest

from rnnbook.experiments import nan_loss

STEP_SIZE = nan_loss.CHECKS.index("step size")


@pytest.fixture(scope="module")
def result(seeds):
    return nan_loss.run(seeds)


def test_each_bug_is_found_by_its_check(result):
    """Each of the fifteen bugs planted in this chapter is found, before any training, by the check that is made for it."""
    assert len(result.bugs) == 15
    for bug, check in enumerate(result.expected):
        assert result.found[:, bug, result.checks.index(check)].all()


def test_models_without_a_bug_pass(result):
    """Models without a bug pass every check before training; after it, the one that may raise a false alarm is the step size, which asks for the step of a new model."""
    assert not result.alarms.any()
    assert not np.delete(result.later, STEP_SIZE, axis=2).any()


def test_most_bugs_give_no_nan(result):
    """Trained for twenty steps without clipping, five of the fifteen bugs end in numbers that are not finite, two in an error of autograd, and eight train on with a finite loss."""
    assert nan_loss.STEPS == 20
    counts = {name: (result.endings == name).sum(axis=1) for name in set(result.endings.flat)}
    assert (counts["not finite"] == 5).all()
    assert (counts["error"] == 2).all()
    assert (counts["finite loss"] == 8).all()


@pytest.mark.learned
def test_a_loss_can_be_too_good(result):
    """On random letters, whose next one nobody can know, a network trained on targets that were not shifted comes below a tenth of the best possible loss; with shifted targets it stays near that best."""
    assert result.unshifted.max() < 0.1 * result.best
    assert np.abs(result.shifted - result.best).max() < 0.1
