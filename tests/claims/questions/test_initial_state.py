"""The claim of the question which initial state to take."""

import pytest

from rnnbook.experiments import initial_state as experiment

CONDITIONS = (
    f"Sums of three inputs, chunks of {experiment.CHUNK} steps that continue a sequence; a plain "
    f"network of {experiment.HIDDEN} units for each start, {experiment.UPDATES} updates of Adam at "
    f"learning rate {experiment.LEARNING_RATE:g}; mean squared errors."
)


def predicted(result):
    """If a learned start could replace what was read, its error would be as low as with the carried
    state.
    """
    return result._replace(error={**result.error, "learned": result.error["carried"]})


@pytest.mark.learned
def test_learned_start_does_not_replace_the_past(result, show):
    """A learned start does not replace the past. At a chunk's first step its error is within 10 %
    of that with zeros; with the carried state, the error is below a tenth of that with zeros.
    """
    first = {start: error[:, 0] for start, error in result.error.items()}
    show(
        "error with a learned start, over that with zeros",
        first["learned"] / first["zeros"],
        within=(0.9, 1.1),
        untrained_too="no gain is the point; with the carried state the same network gains",
    )
    show("error with the carried state, over that", first["carried"] / first["zeros"], below=0.1)
