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
    """A random split hides a useless forecast. With a trend it reports an error below 0.95 of that
    of repeating the last value; on the future the error is more than twice as large as that.
    """
    which = ("trend and season", "random split")
    show("reported error", result.reported[which], below=0.95)
    show(
        "error on the future",
        result.true[which],
        above=2,
        untrained_too="an untrained network is useless as well",
    )


def test_neighbours_predict_what_nobody_can(result, show, setting):
    """Neighbours predict what nobody can. With a random split, two nearest neighbours report below
    0.95 on shuffled steps in the median run; with a split in time, above 1 in every run.
    """
    setting(leaks.NEIGHBOURS, 2)
    show("reported with a random split", result.audited["random split"], below=0.95, over="median")
    show("reported with a split in time", result.audited["in time"], above=1)


@pytest.mark.learned
def test_where_seasons_repeat_no_split_lies(result, show):
    """Where seasons repeat, no split lies. On a season with noise, each split reports an error
    within 0.05 of the true one, and the true one is below 0.4.
    """
    for way in leaks.SPLITS:
        reported, true = result.reported["season", way], result.true["season", way]
        show(
            f"reported less true error: {way}",
            np.abs(reported - true),
            below=0.05,
            untrained_too="an untrained network is equally wrong about both",
        )
        show(f"true error: {way}", true, below=0.4)


def test_not_every_suspect_is_guilty(result, show):
    """Not every suspect is guilty. With a trend, a scaler fitted on all values and windows cut
    first still report errors above 1, and change the true error by less than a quarter.
    """
    honest = result.true["trend and season", "in time"]
    for way in OTHERS:
        show(f"reported error: {way}", result.reported["trend and season", way], above=1)
        change = np.abs(result.true["trend and season", way] / honest - 1)
        show(f"change of the true error: {way}", change, below=0.25)


@pytest.mark.here
def test_random_walk_here(page, show):
    """On the random walk, the median network does worse on the future than its random split says."""
    which = ("random walk", "random split")
    show("true over reported", page.true[which] / page.reported[which], above=1, over="median")


@pytest.mark.here
def test_other_suspects_here(page, show):
    """With a trend, the split in time and the other two suspects report errors above 1."""
    for way in ("in time", *OTHERS):
        show(f"reported: {way}", page.reported["trend and season", way], above=1)
