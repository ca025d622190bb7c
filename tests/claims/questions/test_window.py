"""The claim of the question why not a window or a convolution."""

import numpy as np
import pytest

from rnnbook.experiments import windows

CONDITIONS = (
    f"Networks of {windows.HIDDEN} units, the recurrent one plain, from orthogonal weights; faint "
    f"noise after the bit; at most {windows.UPDATES} updates, learning rate "
    f"{windows.LEARNING_RATE:g}; the numbers are accuracies, and chance is 0.5."
)
LIMITED = ("window", "dilated convolution")


def predicted(result):
    """If a convolution saw only its neighbours, it would guess at 6 steps already."""
    half = np.full_like(result.accuracy["dilated convolution", 6], 0.5)
    return result._replace(accuracy=result.accuracy | {("dilated convolution", 6): half})


@pytest.mark.learned
def test_a_window_is_right_up_to_its_reach(result, show, setting):
    """A window is right only within its reach. Seeing 8 inputs, a window and a dilated convolution
    recall a bit from 6 steps ago with accuracy above 0.9; from 12 steps ago, only a recurrent
    network does.
    """
    setting(windows.LAGS, (6, 12))
    for name in LIMITED:
        setting(windows.reach(name), 8)
        show(f"{name}: 6 steps ago", result.accuracy[name, 6], above=0.9, limit=1)
        show(
            f"{name}: 12 steps ago",
            result.accuracy[name, 12],
            within=(0.4, 0.6),
            untrained_too="the answer lies beyond its reach; within its reach it learns",
        )
    far = result.accuracy["recurrent network", 12]
    show("recurrent network: 12 steps ago", far, above=0.9, limit=1)
