"""The claim of the question why a long forecast is bad."""

import numpy as np
import pytest

from rnnbook.experiments import far_ahead

CONDITIONS = (
    f"GRUs of {far_ahead.HIDDEN} units, {far_ahead.UPDATES} updates at a learning rate of "
    f"{far_ahead.LEARNING_RATE:g}, read {far_ahead.WINDOW} steps of a sine of "
    f"{far_ahead.PERIOD} steps with noise of {far_ahead.NOISE:g}. The best forecast of a random walk "
    f"repeats the last value; its error is compared {far_ahead.HORIZON} steps ahead and one. Root mean "
    "squared errors."
)


def predicted(result):
    """If that were the only cause, the best forecast of a random walk would not worsen with
    distance.
    """
    return result._replace(walk=np.repeat(result.walk[:, :1], far_ahead.HORIZON, axis=1))


@pytest.mark.learned
def test_two_causes(result, show, setting):
    """Two causes: its own errors, and the future. Three periods ahead on a noisy wave, a fed-back
    GRU's mean error is over 1.5 times a direct one's; on a random walk, the best error grows over 5
    times.
    """
    setting(far_ahead.PERIODS, 3)
    fed_back, direct = (result.wave[way][:, -1] for way in far_ahead.WAYS)
    show(
        "wave: error far ahead, fed back over the direct ones' mean",
        fed_back / direct.mean(),
        above=1.5,
        over="mean",
        ratio=True,
    )
    show(
        "random walk: error far ahead over that at one step",
        result.walk[:, -1] / result.walk[:, 0],
        above=5,
        ratio=True,
        untrained_too="no network forecasts the walk",
    )
