"""Claims of the chapter on fast layers."""

import numpy as np
import pytest

from rnnbook.experiments import fast

CONDITIONS = (
    f"States and gradients on one core: {fast.BATCHES[0]} or {fast.BATCHES[-1]} sequences of "
    f"{fast.WIDTH_STEPS} steps for the plain layers, {fast.BATCH} of {fast.STEPS[0]} for the "
    f"LSTMs, {fast.LONG_BATCH} sequences and {fast.SIZE} units over thousands of steps. Processor "
    f"time: with {fast.BATCH} sequences the median of {fast.TURNS} calls that take turns, else one "
    "call."
)


def plain(result, batch, sizes):
    """Return the time of the hand-written gradient over that of ``nn.RNN``, by seed and size."""
    times = [[result.widths[n, batch, s] for n in ("FastRNN", "nn.RNN")] for s in sizes]
    return np.stack([ours / theirs for ours, theirs in times], axis=1)


def test_a_gradient_by_hand_helps_small_layers(result, show, setting):
    """A gradient by hand helps small layers. In the median run, with 16 sequences and up to 64
    units, FastRNN takes less than 0.8 of nn.RNN's time. With 128 sequences and 256 units, it takes
    more than 0.8.
    """
    setting(fast.BATCHES, (16, 128))
    setting(fast.WIDTHS[-1], 256)
    small = [size for size in fast.WIDTHS if size <= 64]
    for batch, sizes, bound in ((16, small, {"below": 0.8}), (128, [256], {"above": 0.8})):
        label = f"time of FastRNN over that of nn.RNN, {batch} sequences"
        ratio = plain(result, batch, sizes)
        show(label, ratio, **bound, ratio=True, over="median", clocked=True)


def test_a_loop_does_not_beat_the_fused_lstm(result, show, setting):
    """Our loop does not beat nn.LSTM. In the median run, at 32 and at 64 units, our LSTM takes more
    than 1.7 times as long as nn.LSTM, with gradients and without.
    """
    setting(fast.LSTM_WIDTHS, (32, 64))
    for what in ("states and gradients", "states alone"):
        pairs = [(result.lstm["LSTM", s, what], result.lstm["nn.LSTM", s, what]) for s in (32, 64)]
        ratio = np.stack([ours / theirs for ours, theirs in pairs], axis=1)
        label = f"time of the loop over that of nn.LSTM, {what}"
        show(label, ratio, above=1.7, ratio=True, over="median", clocked=True)


def test_not_waiting_wins_on_long_sequences(result, show, setting):
    """At 4,096 steps, a minGRU is faster. In the median run, at 4,096 and at 16,384 steps, a minGRU
    takes less than an eighth of nn.GRU's time. At 4,096, it takes less than 0.8 of nn.LSTM's.
    """
    setting(fast.LENGTHS[1:], (4096, 16384))
    long = fast.LENGTHS[1:]
    for name, bound, steps in (("nn.GRU", 1 / 8, long), ("nn.LSTM", 0.8, long[:1])):
        ratio = [result.lengths["MinGRU", n] / result.lengths[name, n] for n in steps]
        label = f"time of the minGRU over that of {name}"
        ratios = np.stack(ratio, axis=1)
        show(label, ratios, below=bound, ratio=True, over="median", clocked=True)


@pytest.mark.here
def test_indexing_is_slower_than_not_hoisting(page, show):
    """In the median run at 1,000 steps, the loop that indexes is slower than the loop over cells,
    which hoists nothing.
    """
    ratio = page.loops["index", 1000] / page.loops["cells", 1000]
    show("time by index over that of cells", ratio, above=1, over="median", clocked=True)


@pytest.mark.here
def test_unbind_makes_hoisting_pay(page, show):
    """In the median run, with unbind, the same loop takes less time than the loop over cells in
    both panels.
    """
    ratio = [page.loops["unbind", n] / page.loops["cells", n] for n in fast.STEPS]
    show("time by unbind over cells", np.stack(ratio, 1), below=1, over="median", clocked=True)


@pytest.mark.here
def test_the_layer_is_the_same(page, show):
    """In 64 bits, the states and the gradients of the weights equal those of nn.RNN to within
    1e-10. The gradients of the inputs and of the initial state pass PyTorch's own check, which
    compares a gradient with finite differences.
    """
    for name in ("states", "gradients"):
        show(f"{name} of FastRNN, from those of nn.RNN", page.apart[name], below=1e-10)
    show("gradients that finite differences confirm", page.checked, equal=1)


@pytest.mark.here
def test_the_scan_is_faster_still(page, show):
    """In the median run, the scan alone takes less than a twentieth of nn.GRU's time from 4,096
    steps on.
    """
    ratio = [page.lengths["scan", n] / page.lengths["nn.GRU", n] for n in fast.LENGTHS[1:]]
    ratios = np.stack(ratio, axis=1)
    show("time of the scan over nn.GRU's", ratios, below=1 / 20, over="median", clocked=True)
