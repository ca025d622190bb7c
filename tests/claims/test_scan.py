"""Claims of the chapter on a recurrence without a loop."""

import numpy as np
import pytest

from rnnbook.experiments import scan

CONDITIONS = (
    f"A linear recurrence that keeps between {scan.LEAST} and 1. Processor time of states and "
    f"gradients on one core with {scan.WIDE[0] * scan.WIDE[1]:,d} numbers a step, or "
    f"{scan.NARROW[0] * scan.NARROW[1]} where it says 16 times fewer, medians of calls that take turns. Errors "
    "of the states, with 128 numbers a step."
)


def test_fewer_rounds_are_not_always_faster(result, show, setting):
    """Fewer rounds are not always faster. On one core, over 2,048 steps, doubling takes more than
    twice the loop's time in the median run. With 16 times fewer numbers in a step, it takes less
    than half the loop's time.
    """
    setting(scan.TIMED[-1], 2048)
    setting(np.prod(scan.WIDE) // np.prod(scan.NARROW), 16)
    for shape, bound in ((scan.WIDE, {"above": 2}), (scan.NARROW, {"below": 0.5})):
        numbers = shape[0] * shape[1]
        ratio = result.seconds["doubling", numbers, 2048] / result.seconds["loop", numbers, 2048]
        label = f"time of doubling over that of the loop, {numbers} numbers a step"
        show(label, ratio, **bound, ratio=True, over="median", clocked=True)


def test_a_scan_rounds_like_a_loop(result, show, setting):
    """A scan loses few digits. In float32, chunks and doubling have less than 4 times the error of
    the loop. Over 4,096 steps, logarithms have more than 100 times the error of the loop.
    """
    setting(scan.LENGTHS[-1], 4096)
    for name in ("chunks", "doubling"):
        ratios = [result.error[name, n] / result.error["loop", n] for n in scan.LENGTHS]
        show(f"error of {name} over the loop's", np.stack(ratios, axis=1), below=4, ratio=True)
    ratio = result.error["logarithms", 4096] / result.error["loop", 4096]
    show("error by logarithms over the loop's", ratio, above=100, ratio=True)


def test_indexing_inside_a_loop_is_expensive(result, show, setting):
    """Indexing inside a loop is expensive. In the median run, over 256 steps of 1,024 numbers,
    states and gradients take more than 2.5 times as long with a[:, t] as with unbind.
    """
    setting(scan.LOOPED, 256)
    setting(scan.WIDE[0] * scan.WIDE[1], 1024)
    ratio = result.seconds["index", 1024, 256] / result.seconds["unbind", 1024, 256]
    show(
        "time by index over that by unbind",
        ratio,
        above=2.5,
        ratio=True,
        over="median",
        clocked=True,
    )


@pytest.mark.here
def test_both_scans_are_faster_on_short_states(page, show):
    """In the left panel a step has 64 numbers (four sequences of 16 units), and over 256 steps or
    more both scans are faster than the loop.
    """
    for name in ("chunks", "doubling"):
        ratio = [page.seconds[name, 64, n] / page.seconds["loop", 64, n] for n in (256, 2048)]
        show(
            f"time of {name} over the loop's",
            np.stack(ratio, 1),
            below=1,
            over="median",
        )


@pytest.mark.here
def test_doubling_is_slower_on_long_states(page, show):
    """In the right panel a step has 1,024 numbers, and doubling is slower than the loop at every
    length.
    """
    ratio = [page.seconds["doubling", 1024, n] / page.seconds["loop", 1024, n] for n in scan.TIMED]
    show("time of doubling over the loop's", np.stack(ratio, 1), above=1, over="median")


@pytest.mark.here
def test_chunks_take_less_time_than_doubling(page, show):
    """At 2,048 steps, chunks take less time than doubling in both panels."""
    for numbers in (64, 1024):
        ratio = page.seconds["chunks", numbers, 2048] / page.seconds["doubling", numbers, 2048]
        show(
            f"time of chunks over that of doubling, {numbers} numbers a step",
            ratio,
            below=1,
            over="median",
        )


@pytest.mark.here
def test_scans_are_exact(page, show):
    """Chunks and doubling stay close to the loop, and in 64 bits both give the loop's states and
    gradients to within 1e-10.
    """
    for name in ("chunks", "doubling"):
        show(f"states and gradients of {name}, from the loop's", page.apart[name], below=1e-10)


@pytest.mark.here
def test_products_break_down(page, show):
    """Dividing by the product still works over 64 steps. Over 1,024 steps it gives NaN, because
    the product becomes zero in 32 bits.
    """
    show("error by products over 64 steps", page.error["products", 64], below=1e-5)
    lost = np.isnan(page.error["products", 1024])
    show("runs with NaN over 1,024 steps", lost, equal=1)


@pytest.mark.here
def test_zeros_have_no_gradient(page, show):
    """The states are right, but the gradient of each such zero is NaN:"""
    show("error of the states", page.zero["states"], below=1e-5)
    show("share of zeros without a gradient", page.zero["no gradient"], equal=1)
