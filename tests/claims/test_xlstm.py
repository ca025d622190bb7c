"""Claims of the chapter on exponential gates."""

import numpy as np
import pytest

from rnnbook.experiments import xlstm

CONDITIONS = (
    f"The scale is the standard deviation of the normal sum in each gate, over {xlstm.STEPS} steps. "
    f"Trained networks have {xlstm.SIZE} units and {xlstm.UPDATES} batches of {xlstm.BATCH} "
    f"sequences of {xlstm.LENGTH} steps, each at the best of {len(xlstm.RATES)} learning rates. The mLSTM: {xlstm.WIDTH} units, input and forget gates with "
    f"{xlstm.SHARPER:g} times PyTorch's weights, chunks of {xlstm.FORMS['chunks']} steps."
)


def test_the_stabiliser_changes_no_answer(result, show, setting):
    """The stabiliser changes no finite answer. In 64 bits, at scale 1, the sLSTM's outputs with and
    without the stabiliser agree to within 1e-10. In 32 bits, at scale 50, over 90 % of sequences
    break without the stabiliser, and none with it.
    """
    setting(xlstm.SCALES[0], 1)
    setting(xlstm.SCALES[-1], 50)
    for forget, same in result.same.items():
        show(f"forms apart, {forget} forget gate", same, below=1e-10)
        for scale in xlstm.SCALES:
            broken = result.broken["stabilised", forget, scale]
            show(f"broken with the stabiliser, {forget}, scale {scale}", broken, equal=0)
        plain = result.broken["plain", forget, 50]
        show(f"broken without the stabiliser, {forget}, scale 50", plain, above=0.9, limit=1)


@pytest.mark.learned
def test_a_given_score_suits_an_exponential_gate(result, show):
    """A given score suits an exponential gate. On the value of the best score so far, after equally
    many updates, the median sLSTM has less than 0.7 times the error of the median LSTM and GRU.
    """
    for name in ("LSTM", "GRU"):
        ratio = np.median(result.error["sLSTM", "score"]) / np.median(result.error[name, "score"])
        show(f"error of the sLSTM over that of the {name}", ratio, below=0.7, over="all runs")


def test_the_mlstms_three_forms_agree_in_float64(result, show):
    """The mLSTM's three forms agree in float64. All steps at once, and chunks of steps, differ from
    a loop by less than 1e-10 of the largest output. In float32, all steps at once differ by more
    than 1e-6.
    """
    for form in xlstm.FORMS:
        show(f"{form}, apart from the loop, float64", result.apart["float64", form], below=1e-10)
    apart = result.apart["float32", "all at once"]
    show("all at once, apart from the loop, float32", apart, above=1e-6)


@pytest.mark.here
def test_an_exponential_forget_gate_fails_first(page, show):
    """Without the stabiliser, an exponential forget gate fails first, because the gates of many
    steps multiply, and their product can overflow.
    """
    for scale in (5, 20):
        broken = page.broken["plain", "exp", scale]
        show(f"broken, exp, scale {scale}", broken, above=0.05, limit=1)
        show(f"broken, sigmoid, scale {scale}", page.broken["plain", "sigmoid", scale], equal=0)


@pytest.mark.here
def test_the_unit_needs_a_steep_gate(page, show):
    """Only the largest steepness tried brings the error below a tenth of the baseline."""
    for steepness in xlstm.STEEPNESS:
        bound = {"below": 0.1} if steepness >= 1000 else {"above": 0.1}
        show(f"error over the baseline, steepness {steepness}", page.by_hand[steepness], **bound)


@pytest.mark.here
def test_from_a_steepness_of_100_on_answers_are_lost(page, show):
    """Below, there is no stabiliser: from a steepness of 100 on, almost every answer is lost."""
    for steepness in xlstm.STEEPNESS:
        bound = {"above": 0.98} if steepness >= 100 else {"equal": 0}
        show(f"answers lost, steepness {steepness}", page.lost[steepness], **bound)


@pytest.mark.here
@pytest.mark.learned
def test_every_slstm_is_below(page, show):
    """On the left, all three sLSTM runs are below all other runs."""
    others = min(page.error[name, "score"].min() for name in ("LSTM", "GRU"))
    show(
        "largest error of an sLSTM over the smallest of the others",
        page.error["sLSTM", "score"].max() / others,
        below=1,
        over="all runs",
    )


@pytest.mark.here
def test_gates_stay_gentle(page, show):
    """The steepness of their input gates stays below 50, so they still mix values whose scores are
    close.
    """
    show("steepest input gate", page.steep, below=50)


@pytest.mark.here
@pytest.mark.learned
def test_the_advantage_is_gone(page, show):
    """On the right the advantage is gone: the error of every run stays above 0.5, and the lowest is
    a GRU's.
    """
    for name in xlstm.LAYERS:
        show(
            f"error of the {name}, distance",
            page.error[name, "distance"],
            above=0.5,
            untrained_too="that it errs; on the given score the same networks learn",
        )
        show(f"error of the {name}, score", page.error[name, "score"], below=0.6)
    others = min(page.error[name, "distance"].min() for name in ("LSTM", "sLSTM"))
    show(
        "lowest error of a GRU over the lowest of the others",
        page.error["GRU", "distance"].min() / others,
        below=1,
        over="all runs",
    )


@pytest.mark.here
def test_single_precision_is_off(page, show):
    """In 32 bits, all steps at once differ from the loop by more than 1e-6 in every run."""
    apart = page.apart["float32", "all at once"]
    show("all at once, apart from the loop, float32", apart, above=1e-6)


@pytest.mark.here
def test_the_largest_errors_are_on_the_left(page, show):
    """The largest errors are on the left."""
    norm, off = page.norm.flatten(), page.off.flatten()
    ratio = off[norm > 1].max() / off[norm < 0.1].max()
    show("largest error at large over that at small normalisers", ratio, below=1, over="all runs")
