"""The claim of the question why a selective state space layer is not a convolution."""

from rnnbook.experiments import state_space_convolution as experiment

CONDITIONS = (
    f"{experiment.STATE} numbers of state, {experiment.LENGTH} steps of white noise, float64; "
    "distances are relative to the norm."
)


def predicted(result):
    """If linearity in the state were enough, both systems would answer alike at every step."""
    return result._replace(moved=result.moved | {"selective": result.moved["fixed"]})


def test_selection_unmakes_the_convolution(result, show):
    """Selection unmakes the convolution. With fixed decays, a padded FFT gives the recurrence to
    1e-12, and an impulse has one response. With decays from the input, two of its responses differ
    by over 0.05.
    """
    show("padded FFT from the recurrence, fixed decays", result.padded, below=1e-12)
    show("response at other steps from the first, fixed", result.moved["fixed"], below=1e-12)
    show(
        "response at another step from the first, selective", result.moved["selective"], above=0.05
    )
