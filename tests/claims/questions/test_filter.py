"""The claim of the question what sets an RNN, an HMM and a Kalman filter apart."""

import pytest

from rnnbook.experiments import filters

CONDITIONS = (
    f"A turning point, seen through noise for {filters.WORLDS['outliers'].length} steps. Networks: "
    f"{filters.UPDATES} updates of {filters.BATCH} sequences, the best of three learning rates "
    f"({filters.LEARNING_RATE['linear']:g} for both); the linear one has two units, the LSTM "
    f"{filters.HIDDEN}. Outliers: {100 * filters.WORLDS['outliers'].outliers:g} % of the "
    f"observations, with noise {filters.WORLDS['outliers'].WILD:g} times as large."
)


def predicted(result):
    """If it were optimal always, the LSTM would gain nothing from outliers."""
    nothing = {("outliers", "LSTM"): result.error["outliers", "Kalman"]}
    return result._replace(error=result.error | nothing)


@pytest.mark.learned
def test_optimal_only_for_its_model(result, show):
    """Optimal only for its model. A trained linear network comes within 5 % of the Kalman filter's
    squared error where that is optimal; where outliers are added, an LSTM's is at least 20 %
    lower.
    """
    close = result.error["even noise", "linear"] / result.error["even noise", "Kalman"]
    show("linear network over Kalman filter, even noise", close, below=1.05, ratio=True)
    lower = result.error["outliers", "LSTM"] / result.error["outliers", "Kalman"]
    show("LSTM over Kalman filter, with outliers", lower, below=0.8, ratio=True)
