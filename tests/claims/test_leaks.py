"""Claims of the chapter on forecasts that are too good."""

import numpy as np
import pytest

from rnnbook.experiments import leaks

CONDITIONS = (
    f"An LSTM of {leaks.HIDDEN} units, {leaks.UPDATES} updates at a learning rate of "
    f"{leaks.LEARNING_RATE:g}, predicts {leaks.AHEAD} steps ahead from {leaks.LENGTH} values. Three "
    f"quarters of {leaks.KNOWN} known values are for training; the future is {leaks.FUTURE} more. "
    "Errors are relative to that of repeating the last value."
)
OTHERS = ("scaler on all", "windows first")


@pytest.mark.learned
def test_a_random_split_hides_a_useless_forecast(result, show):
    """A random split can hide a useless forecast. With a trend and a random split, the median run
    reports a smaller error than that of repeating the last value. On the future, every run has over
    twice the error of repeating the last value.
    """
    which = ("trend and season", "random split")
    show("reported error", result.reported[which], below=1, over="median")
    show(
        "error on the future",
        result.true[which],
        above=2,
        untrained_too="an untrained network is useless as well",
    )


def test_neighbours_predict_what_nobody_can(result, show, setting):
    """Nearest neighbours can seem to see the future. On shuffled differences, the median run of two
    nearest neighbours reports an error below 1 with a random split. With a split in time, every run
    reports an error above 1.
    """
    setting(leaks.NEIGHBOURS, 2)
    show("reported with a random split", result.audited["random split"], below=1, over="median")
    show("reported with a split in time", result.audited["in time"], above=1)


@pytest.mark.learned
def test_a_season_survives_every_split(result, show):
    """A season can be forecast with every split. On a season with noise, the reported error and the
    true error are both below 0.4 with each of the four splits.
    """
    for way in leaks.SPLITS:
        show(f"reported error: {way}", result.reported["season", way], below=0.4)
        show(f"true error: {way}", result.true["season", way], below=0.4)


def test_not_every_suspect_is_guilty(result, show):
    """Two suspects did not hide a useless forecast. With a trend, the reported error is above 1
    with a scaler fitted on all values and with windows cut first. Compared with the split in time,
    each changes the true error by less than a quarter.
    """
    honest = result.true["trend and season", "in time"]
    for way in OTHERS:
        show(f"reported error: {way}", result.reported["trend and season", way], above=1)
        change = np.abs(result.true["trend and season", way] / honest - 1)
        show(f"change of the true error: {way}", change, below=0.25)


@pytest.mark.here
def test_random_walk_here(page, show):
    """On the random walk, the median run has a larger error on the future than its random split
    reports.
    """
    which = ("random walk", "random split")
    show("true over reported", page.true[which] / page.reported[which], above=1, over="median")


@pytest.mark.here
def test_other_suspects_here(page, show):
    """With a trend, the reported errors are above 1 for the split in time and the other two
    suspects.
    """
    for way in ("in time", *OTHERS):
        show(f"reported: {way}", page.reported["trend and season", way], above=1)
