"""The claim of the question whether a linear recurrence can compute parity."""

import numpy as np

from rnnbook.experiments import state_tracking as experiment

CONDITIONS = (
    "Two minGRUs whose weights are set by hand: one unit with factors of both signs and a linear "
    f"readout; one counting unit with positive factors and {experiment.TRAINED + 1} ReLUs that read "
    "the count. Fresh random strings, last answers."
)


def predicted(result):
    """If parity needed a nonlinearity over time, the sign flip would do no better than guessing."""
    guessed = {key: np.full_like(right, 0.5) for key, right in result.hand.items()}
    return result._replace(hand=guessed)


def test_a_sign_that_flips_is_a_parity(result, show, setting):
    """One unit is enough. Multiplied by -1 at each 1, it gets every string of 2,000 bits right; a
    count with positive factors does so at 20, but gets under 60 % at 100.
    """
    setting(experiment.FAR, 2000)
    setting(experiment.TRAINED, 20)
    show("right at 2,000 bits, sign flip", result.hand["sign flip", experiment.FAR], equal=1)
    show("right at 20 bits, count", result.hand["sum", experiment.TRAINED], equal=1)
    show("right at 100 bits, count", result.hand["sum", 5 * experiment.TRAINED], below=0.6)
