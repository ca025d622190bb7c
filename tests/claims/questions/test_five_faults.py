"""The claim of the question on five faults in a training loop."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import nan_loss

FAULTY = nan_loss.Case(
    "as above", "", nan_loss.SoftmaxInside, nan_loss.not_shifted, nan_loss.padding_counts
)
PLANTED = {"logits", "targets", "padding"}

CONDITIONS = (
    f"A recurrent network of {nan_loss.HIDDEN} units that names the next of {nan_loss.LETTERS} "
    "random letters, untrained, and one padded batch of 16."
)


@pytest.fixture(scope="module")
def result(seeds):
    """How many planted faults are named, other checks fail, and fail after the repair, by seed."""
    return np.array([counts(seed) for seed in seeds])


@cache
def counts(seed):
    """The same on one seed."""
    found = set(nan_loss.examined(FAULTY, seed))
    repaired = nan_loss.examined(nan_loss.LETTER, seed)
    return len(found & PLANTED), len(found - PLANTED), len(repaired)


def predicted(result):
    """If a loss that falls showed that the loop is right, no check would fail."""
    return np.zeros_like(result)


def test_checks_name_three_faults(result, show, setting):
    """Checks name the three faults of the loss. Before any training, three checks fail, those of
    logits, targets and padding, and no other; with these faults repaired, none of nine fails.
    """
    setting(len(nan_loss.CHECKS), 9)
    show("checks that fail, of these three", result[:, 0], equal=3)
    show("other checks that fail", result[:, 1], equal=0)
    show("checks that fail after the repair", result[:, 2], equal=0)
