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
def test_one_year_ahead_it_beats_repeating(result, show):
    """A network beats the last year's sunspots. One year ahead, an LSTM trained for one year has
    less than 0.75 of the error of repeating the last year.
    """
    one = {name: errors[:, 0] for name, errors in result.sunspots.items()}
    over = one["LSTM, fed back"] / one["persistence"]
    show("error of the LSTM one year ahead, over persistence", over, below=0.75, ratio=True)


def test_classical_methods_win_a_season(result, show):
    """Over a season, classical methods win. An autoregression forecasts a solar cycle, and SARIMA a
    year of CO2, with a smaller mean error than either network here.
    """
    overall = result.overall
    for series, best, names in (
        ("sunspots", "AR", ("direct", "fed back")),
        ("CO2", "SARIMA", ("levels", "differences")),
    ):
        for name in names:
            over = overall[series, f"LSTM, {name}"] / overall[series, best]
            show(f"{series}: error of the LSTM, {name}, over {best}", over, above=1, ratio=False)


@pytest.mark.learned
def test_differences_make_the_network_useful(result, show):
    """Let it read differences, not levels. On CO2 a network that reads levels has a larger error
    than repeating the last month; with differences, a smaller one than last year plus drift.
    """
    overall = {name: value for (series, name), value in result.overall.items() if series == "CO2"}
    drift = overall["LSTM, differences"] / overall["last season and drift"]
    show("error with differences, over last year plus drift", drift, below=1)
    levels = overall["LSTM, levels"] / overall["persistence"]
    show(
        "error with levels, over persistence",
        levels,
        above=1,
        untrained_too="without training the network is even further from the levels",
    )


@pytest.mark.learned
def test_a_network_stops_where_its_numbers_stopped(result, show):
    """A network does not count on. Trained on 10 to 50, it answers within 3 between these numbers,
    but ten steps after 50 it has not passed 70; the right answer is 150.
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
    """One year ahead, the fed-back network has the smaller error in all three runs."""
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
    """At every horizon from one month to twelve, SARIMA has the smallest error."""
    for name, errors in page.co2.items():
        if name != "SARIMA":
            show(f"{name} over SARIMA", errors / page.co2["SARIMA"], above=1)
