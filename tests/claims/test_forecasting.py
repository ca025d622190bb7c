"""Claims of the chapter on forecasts of sunspots and CO2."""

import numpy as np
import pytest

from rnnbook.experiments import forecasting

CONDITIONS = (
    f"LSTMs of {forecasting.HIDDEN} units, {forecasting.UPDATES} updates, each at the better of two "
    "learning rates, on yearly sunspots (the last 80 years held out) and monthly CO2 (the last 120 "
    "months); root mean squared errors, over a season the mean of its steps. Five numbers are read "
    f"by LSTMs of {forecasting.FEW_HIDDEN} units, {forecasting.FEW} updates at 0.01."
)


@pytest.mark.learned
def test_one_year_ahead_a_network_ties(result, show):
    """One year ahead, a network keeps up. There the error of a fed-back LSTM on the sunspots is
    between 0.8 and 1.2 times the error of the autoregression.
    """
    one = {name: errors[:, 0] for name, errors in result.sunspots.items()}
    over = one["LSTM, fed back"] / one["AR"]
    show("error one year ahead, over that of AR", over, within=(0.8, 1.2))


def test_classical_methods_win_a_season(result, show):
    """Over a season, classical methods mostly win. Over a solar cycle, the mean error of the median
    direct LSTM is larger than that of the autoregression. Over a year of CO2, the mean error of the
    median LSTM that reads differences is larger than that of SARIMA.
    """
    overall = result.overall
    spots = overall["sunspots", "LSTM, direct"] / overall["sunspots", "AR"]
    show("sunspots: mean error, direct, over that of AR", spots, above=1, over="median")
    air = overall["CO2", "LSTM, differences"] / overall["CO2", "SARIMA"]
    show("CO2: mean error, differences, over that of SARIMA", air, above=1, over="median")


@pytest.mark.learned
def test_differences_make_the_network_useful(result, show):
    """On CO2, read differences, not levels. One month ahead, the median LSTM that reads levels has
    over twice the error of repeating the last month. Every LSTM that reads differences has less
    than half of that error.
    """
    one = {name: errors[:, 0] for name, errors in result.co2.items()}
    differences = one["LSTM, differences"] / one["persistence"]
    show("error with differences, over persistence", differences, below=0.5, ratio=True)
    show(
        "error with levels, over persistence",
        one["LSTM, levels"] / one["persistence"],
        above=2,
        ratio=True,
        over="median",
        untrained_too="without training the network is even further from the levels",
    )


@pytest.mark.learned
def test_a_network_stops_where_its_numbers_stopped(result, show):
    """A network that reads levels falls far short. Trained on 10 to 50, this network is less than 3
    off after numbers in between. At 10 steps after 50, its answer is below 70, but the right answer
    is 150.
    """
    right = np.array([25, 35, 45])
    show("distance from the right answer to 15, 25, 35", abs(result.between - right), below=3)
    show(
        "answer ten steps after 50",
        result.beyond["levels"][:, -1],
        below=70,
        untrained_too="an untrained network answers about the mean of its numbers",
    )


@pytest.mark.here
@pytest.mark.learned
def test_fed_back_is_better_one_year_ahead(page, show):
    """One year ahead, the fed-back network has a smaller error than the direct one in all three
    runs.
    """
    first = {name: errors[:, 0] for name, errors in page.sunspots.items()}
    show("direct over fed back", first["LSTM, direct"] / first["LSTM, fed back"], above=1)


@pytest.mark.here
def test_autoregression_is_best_in_the_middle(page, show):
    """From two to nine years ahead, the autoregression has the smallest error of all."""
    best = page.sunspots["AR"][:, 1:9]
    for name, errors in page.sunspots.items():
        if name != "AR":
            show(f"{name} over AR, two to nine years", errors[:, 1:9] / best, above=1)


@pytest.mark.here
def test_sarima_is_best_at_every_horizon(page, show):
    """At every horizon from 1 to 12 months, SARIMA has the smallest error."""
    for name, errors in page.co2.items():
        if name != "SARIMA":
            show(f"{name} over SARIMA", errors / page.co2["SARIMA"], above=1)
