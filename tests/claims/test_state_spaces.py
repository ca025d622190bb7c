"""Claims of the chapter on state spaces."""

import numpy as np
import pytest

from rnnbook.experiments import state_spaces
from rnnbook.tasks.delay import Delay

CONDITIONS = (
    f"White noise echoed after {state_spaces.LAG} steps, {state_spaces.LENGTH} steps a sequence, "
    f"{state_spaces.UPDATES} batches of {state_spaces.BATCH}, each network at its best of "
    f"{len(state_spaces.RATES)} learning rates. The state spaces keep more numbers than the LSTM and "
    f"the GRU of {state_spaces.UNITS} units, which begin with default initialisation. Digits of 64 points, read point by point, {state_spaces.WIDTH} "
    f"features or units, {state_spaces.DIGITS_UPDATES} batches of {state_spaces.DIGITS_BATCH}, each "
    f"network at its best of {len(state_spaces.DIGITS_RATES)} learning rates, held-out accuracy. "
    f"Forms over {state_spaces.COMPARED} steps of white noise, relative to the largest output."
)
BASELINE = Delay(state_spaces.LAG, state_spaces.LENGTH).baseline
#: Where waves of 20 steps or shorter are, among the frequencies.
FAST = np.array(state_spaces.FREQUENCIES) >= 1 / 20


@pytest.mark.learned
def test_a_delay_suits_turning_states(result, show, setting):
    """A delay suits states that turn. The median S4D-Lin and LRU end below a quarter of the
    baseline, every LSTM and GRU above four fifths of it.
    """
    setting(state_spaces.LAG, 100)
    for name in ("S4D-Lin", "LRU"):
        share = result.error[name] / BASELINE
        show(f"error of {name}, over the baseline", share, below=0.25, over="median")
    for name in state_spaces.GATED:
        near = result.near[name] / BASELINE
        show(f"error of the {name} on an echo of {state_spaces.NEAR.lag} steps", near, below=0.25)
        show(
            f"error of the {name}, over the baseline",
            result.error[name] / BASELINE,
            above=0.8,
            untrained_too="that it learns nothing; on a short echo the same network learns",
        )


@pytest.mark.learned
def test_reach_is_not_enough(result, show):
    """Reach is not enough. Without turning, S4D has over 0.8 of S4D-Lin's share of the kernel
    beyond 100 steps, but ends above four fifths of the baseline; the median S4D-Lin ends below a
    quarter.
    """
    show(
        "share of the kernel beyond 100 steps, without turning over with it",
        result.beyond["S4D, no turning"] / result.beyond["S4D-Lin"],
        above=0.8,
        ratio=True,
        untrained_too="what the layer begins with",
    )
    turning = result.error["S4D-Lin"] / BASELINE
    show("error with turning, over the baseline", turning, below=0.25, over="median")
    show(
        "error without turning, over the baseline",
        result.error["S4D, no turning"] / BASELINE,
        above=0.8,
        untrained_too="that it learns nothing; with turning the same layer learns",
    )


@pytest.mark.learned
def test_logistic_regression_errs_less_on_digits(result, show, setting):
    """State spaces can beat gated layers on digits. After 100 updates, in the median run, S4D-Lin
    and LRU lead LSTM and GRU by over 0.1 in accuracy. On average, they err over 1.1 times as often
    as logistic regression.
    """
    setting(state_spaces.DIGITS_UPDATES, 100)
    right = result.digits
    for name in ("S4D-Lin", "LRU"):
        for other in state_spaces.GATED:
            lead = right[name] - right[other]
            show(f"lead of {name} over the {other}", lead, above=0.1, over="median")
    errs = 1 - (right["S4D-Lin"] + right["LRU"]) / 2
    show(
        "errors of S4D-Lin and the LRU, over those of logistic regression",
        errs / (1 - right["logistic regression"]),
        above=1.1,
        over="mean",
        ratio=True,
        untrained_too="untrained networks err more still; that these have learned is shown above",
    )


def test_one_layer_has_three_forms(result, show):
    """Recurrence, scan and convolution agree. In float64, the outputs of S4D and the LRU by a scan
    and by a padded FFT are within 1e-10 of those by single steps.
    """
    for (name, form, bits), apart in result.apart.items():
        if bits == "float64":
            show(f"{form} from the steps, {name}", apart, below=1e-10)


@pytest.mark.here
@pytest.mark.learned
def test_the_spike_stands_where_the_echo_is(page, show):
    """In every run of the two layers that turn, the tallest point after training is at 100 steps."""
    for name in ("S4D-Lin", "LRU"):
        top = np.abs(page.response[name, "after"]).argmax(axis=1)
        show(f"step of the tallest point, {name}", top, equal=100)


@pytest.mark.here
@pytest.mark.learned
def test_without_turning_there_is_no_spike(page, show):
    """The layer without turning stays below a tenth there."""
    show(
        "answer 100 steps after the impulse, without turning",
        np.abs(page.response["S4D, no turning", "after"][:, 100]),
        below=0.1,
        untrained_too="that it does not answer; with turning the same layer does",
    )
    show("the same with turning", page.response["S4D-Lin", "after"][:, 100], above=0.5)


@pytest.mark.here
@pytest.mark.learned
def test_fast_waves_are_lost_without_turning(page, show):
    """After training without turning, all waves of 20 steps or shorter keep less than a tenth of
    their height.
    """
    gain = page.gain["S4D, no turning", "after"][:, FAST].max(axis=1)
    show("largest gain without turning, waves of 20 steps or less", gain, below=0.1)


@pytest.mark.here
@pytest.mark.learned
def test_the_order_on_digits(page, show):
    """Both state spaces are ahead of the gated layers in every run, and the logistic regression,
    which sees all points at once, is ahead of every network.
    """
    right = page.digits
    for name in ("S4D-Lin", "LRU"):
        for other in state_spaces.GATED:
            show(f"lead of {name} over the {other}", right[name] - right[other], above=0.0, limit=1)
    for name in state_spaces.DIGITS_RATE:
        show(
            f"lead of logistic regression over {name}",
            right["logistic regression"] - right[name],
            above=0.0,
            limit=1,
            untrained_too="it is ahead of an untrained network, too",
        )


@pytest.mark.here
@pytest.mark.learned
def test_only_two_rows_leave_the_baseline(page, show):
    """Only S4D-Lin and the LRU are to the left of a fifth; all other dots are at the baseline."""
    for name, errors in page.error.items():
        if name in ("S4D-Lin", "LRU"):
            show(f"error of {name}", errors, below=0.2)
        else:
            show(
                f"error of {name}, from the baseline",
                np.abs(errors - BASELINE),
                below=0.1,
                untrained_too="that they learn nothing; the others learn",
            )
