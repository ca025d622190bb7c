"""The claim of the question what the temperature does."""

from rnnbook.experiments import temperature

CONDITIONS = f"{temperature.DRAWS} draws at each temperature; the odds are ratios of two counts."


def predicted(result):
    """If half the temperature doubled the odds, they would be 6 to 1."""
    return result._replace(odds={**result.odds, 0.5: 2 * result.odds[1.0]})


def test_half_the_temperature_squares_the_odds(result, show, setting):
    """Half the temperature squares the odds. Two symbols that are drawn 3 to 1 at temperature 1 are
    drawn between 8 and 10 to 1 at 0.5.
    """
    setting(temperature.ODDS, 3)
    show("odds at temperature 1", result.odds[1.0], within=(2.8, 3.2))
    show("odds at temperature 0.5", result.odds[0.5], within=(8, 10))
