"""The claim of the question how to use dropout in a recurrent network."""

import pytest

from rnnbook.experiments import dropout_in_time

CONDITIONS = (
    f"{dropout_in_time.CELLS} cells of an LSTM, in {dropout_in_time.BATCH} sequences each, whose "
    "gates are set to store values of size one; a mask acts on the cell state after every step."
)


@pytest.fixture(scope="module")
def result(seeds):
    return dropout_in_time.run(seeds).left


def predicted(result):
    """If a new mask at each step were only noise, as much would be left as after one mask."""
    return result | {
        "cell state, new mask each step": result["cell state, one mask"],
    }


def test_a_mask_per_step_erases(result, show, setting):
    """Cell masks per step erase what is stored. At dropout 0.2 on the cell state, a new mask at
    each step leaves less than 0.03 of the stored values after 20 steps; one mask leaves over 0.7.
    """
    setting(dropout_in_time.DROPPED, 0.2)
    setting(dropout_in_time.STEPS, 20)
    show("left after a new mask at each step", result["cell state, new mask each step"], below=0.03)
    show("left after one mask", result["cell state, one mask"], above=0.7, limit=1)
