"""Claims of the chapter on padding."""

import numpy as np
import pytest

from rnnbook.experiments import padding

CONDITIONS = (
    f"Layers of {padding.HIDDEN} units in PyTorch's default initialisation, padded with zeros. The "
    f"classifiers are then trained at learning rate {padding.SLOW:g} for at most {padding.UPDATES} "
    f"updates and get up to {padding.EXTRA[-1]} more columns of padding; the network whose loss "
    f"counts padding learns at {padding.FAST:g}. Work is counted for {padding.SEQUENCES} sequences "
    f"in batches of {padding.BATCH}, about half of them of at most 12 steps, a few of up to 100."
)


def test_padding_spoils_what_comes_after_it(result, show, setting):
    """Padding spoils the final state. Add 15 steps of zeros after 5 real steps. The forward state
    moves by more than half its size. Backward outputs move by more than 0.05 of their size, but
    forward outputs do not move.
    """
    setting(padding.REAL, 5)
    setting(padding.BEHIND, 15)
    show("how far the final state moves", result.moved["forward state"], above=0.5)
    show("how far the backward outputs move", result.moved["backward outputs"], above=0.05)
    show("how far the forward outputs move", result.moved["forward outputs"], below=1e-6)


@pytest.mark.learned
def test_answers_after_padding_depend_on_the_batch(result, show):
    """Answers after padding can depend on the batch. On average, a plain RNN that answers after
    padding loses more than 0.25 in accuracy at the worst number of added columns. If it answers at
    true lengths, the accuracy of every run stays above 0.9.
    """
    trained = result.behind["RNN"]
    lost = trained[:, 0] - trained.min(axis=1)
    show("accuracy lost with the worst number of columns", lost, above=0.25, over="mean", limit=1)
    show("accuracy at the true lengths, any number of columns", result.safe, above=0.9, limit=1)


def test_cures_equal_reading_one_by_one(result, show):
    """Three ways agree with reading one by one. True lengths, packing and masks differ from it by
    less than 1e-9 in double precision. For two directions, packing and reversing within lengths
    come as close, but flipping is off by more than 0.05.
    """
    for way in ("true length", "packed", "masked", "packed, both ways", "turned within lengths"):
        show(f"distance from sequences read one by one: {way}", result.off[way], below=1e-9)
    show("distance of a flipped batch", result.off["flipped"], above=0.05)


@pytest.mark.learned
def test_counted_padding_flatters(result, show, setting):
    """A score that counts padding looks too good. Most steps are padding, and the loss counts them.
    After 10 updates, accuracy over real steps is below 0.5. Accuracy over all steps is more than
    0.4 higher than accuracy over real steps.
    """
    setting(padding.LOOKS[0], 10)
    show(
        "share of real steps",
        result.cells["packed"] / result.cells["padded"],
        below=0.5,
        untrained_too="a fact about the batches",
    )
    gap = result.everything[10] - result.real[10]
    show("accuracy over all steps, less that over real ones", gap, above=0.4, limit=1)
    show(
        "accuracy over real steps",
        result.real[10],
        below=0.5,
        untrained_too="having learned little is the point; with more updates the network learns",
    )
    show("accuracy over real steps later", result.real[30], above=0.5, over="median", limit=1)


def test_packing_saves_cells_and_buckets_save_steps(result, show):
    """Packing saves cells, not steps. Packed batches need less than half of the cells of padded
    batches, but as many steps in a row. Batches of sequences with similar lengths need less than
    half of these steps.
    """
    cells, steps = result.cells, result.steps
    show("cells, packed over padded", cells["packed"] / cells["padded"], below=0.5, ratio=True)
    show("steps that packing saves", steps["padded"] - steps["packed"], equal=0)
    show("steps, buckets over padded", steps["buckets"] / steps["padded"], below=0.5, ratio=True)


@pytest.mark.here
def test_zeros_wipe_a_state(page, show):
    """After 20 steps of padding, less than a thousandth of the distance is left in each of the
    three layers.
    """
    twenty = np.flatnonzero(np.equal(padding.PADS, 20))
    for name, share in page.spread.items():
        show(f"distance left of the {name}", share[:, twenty], below=1e-3)


@pytest.mark.here
def test_packing_takes_longest(page, show):
    """On a CPU and with a small LSTM, packing is the slowest of the three ways."""
    others = np.maximum(page.seconds["padded"], page.seconds["buckets"])
    show("time to pack, over the slower of the others", page.seconds["packed"] / others, above=1)
