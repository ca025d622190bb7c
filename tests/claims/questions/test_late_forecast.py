"""The claim of the question why a forecast looks like the series, one step late."""

import numpy as np
import pytest

from rnnbook.experiments import late

CONDITIONS = (
    f"LSTMs of {late.HIDDEN} units, {late.UPDATES} updates at a learning rate of "
    f"{late.LEARNING_RATE:g}, read {late.WINDOW} values and forecast the next: of a sine with noise "
    f"of {late.NOISE:g}, or of values that keep {late.KEPT:g} of the one before. A forecast is late "
    "by the shift at which it is closest to the series."
)


def predicted(result):
    """If an index were off by one, the wave would be forecast late, too."""
    shift = result.shift | {"wave": np.ones_like(result.shift["wave"])}
    return result._replace(shift=shift)


@pytest.mark.learned
def test_the_same_code_is_late_or_on_time(result, show, setting):
    """The same code is late or on time. An LSTM forecasts a noisy wave on time, with under half the
    error of repeating the last value; a wandering series one step late, with over 0.9 of that
    error.
    """
    setting(late.KEPT, 0.9)
    show("wave: steps late", result.shift["wave"], equal=0)
    show("wave: error over repeating", result.error["wave"], below=0.5, ratio=True)
    show("wandering: steps late", result.shift["wandering"], equal=1)
    show(
        "wandering: error over repeating",
        result.error["wandering"],
        above=0.9,
        ratio=True,
        untrained_too="an untrained network knows nothing of either series",
    )
