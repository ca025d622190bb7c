"""Claims of the chapter on filters."""

import numpy as np
import pytest

from rnnbook.experiments import filters

CONDITIONS = (
    f"Networks: {filters.UPDATES} updates of {filters.BATCH} sequences of "
    f"{filters.WORLDS['outliers'].length} steps, of which the first "
    f"{filters.WORLDS['outliers'].settle} do not count. Adam; learning rate "
    + ", ".join(f"{rate:g} ({name})" for name, rate in filters.LEARNING_RATE.items())
    + f", the best of three. LSTM of {filters.HIDDEN} units. Outliers: "
    f"{100 * filters.WORLDS['outliers'].outliers:g} % of the observations, with noise "
    f"{filters.WORLDS['outliers'].WILD:g} times as large. The squared error is that of the seen "
    "coordinate, without its noise."
)


def test_a_belief_is_the_state_of_a_recurrence(result, show, setting):
    """A belief is the state of a recurrence. In random hidden Markov models with 3 states, the
    belief after 8 symbols equals a sum over all paths to within 1e-12.
    """
    setting(filters.STATES, 3)
    setting(filters.LISTED, 8)
    show("distance of the beliefs from sums over all paths", result.apart, below=1e-12)
    show("distance of the log-likelihoods", result.log_apart, below=1e-12)


@pytest.mark.learned
def test_training_finds_the_kalman_filter(result, show):
    """Training comes close to the Kalman filter. With even noise, a trained linear network of two
    units has a squared error at most 5 % above that of the Kalman filter.
    """
    ratio = result.error["even noise", "linear"] / result.error["even noise", "Kalman"]
    show("error of the linear network over the Kalman filter's", ratio, below=1.05, ratio=True)


@pytest.mark.learned
def test_with_outliers_a_gated_network_beats_it(result, show):
    """With outliers, an LSTM beats the Kalman filter. In that world, the LSTM's squared error is at
    least 20 % below that of the Kalman filter.
    """
    ratio = result.error["outliers", "LSTM"] / result.error["outliers", "Kalman"]
    show("error of the LSTM over the Kalman filter's", ratio, below=0.8, ratio=True)


@pytest.mark.learned
def test_clipping_the_surprise_does_as_well(result, show):
    """A clipped filter keeps up with the LSTM. With outliers, a Kalman filter that clips its
    surprises and keeps the gain for even noise has at most 1.02 times the LSTM's squared error.
    """
    ratio = result.error["outliers", "Kalman, clipped"] / result.error["outliers", "LSTM"]
    show(
        "error of the clipped filter over the LSTM's",
        ratio,
        below=1.02,
        ratio=True,
        untrained_too="an untrained LSTM makes larger errors still",
    )
    gap = result.error["outliers", "LSTM"] / result.error["outliers", "Kalman"]
    show("error of the LSTM over the Kalman filter's", gap, below=0.8, ratio=True)


def test_undivided_forward_variables_vanish(result, show, setting):
    """Without division, the state vanishes. In 64 bits, after 1,000 rolls of a die, all entries of
    the undivided state are exactly zero.
    """
    setting(filters.ROLLS, 1000)
    show("sum of the forward variables", np.asarray(result.left), equal=0)
