"""Claims of the chapter on what fits in a state."""

import numpy as np
import pytest

from rnnbook.experiments import memory

SMALLEST, LARGEST = min(memory.SIZES), max(memory.SIZES)

CONDITIONS = (
    f"Plain networks of {SMALLEST} to {LARGEST} units learned to name the symbol of {memory.LAG} "
    f"steps ago, one of {memory.TASK.symbols}, in at most {memory.STEPS} updates at learning rate "
    f"{memory.LEARNING_RATE:g}. Linear probes were fitted to {memory.HALF:,} states and judged on "
    "other states."
)


def table(values):
    """Values of several conditions as an array, the seed first."""
    return np.stack([*values], axis=-1)


@pytest.mark.learned
def test_trained_state_holds_what_the_task_asks_for(result, show, setting):
    """The state holds what the task asks for. At every size of the network, a probe reads each of
    the last four symbols from the trained state in more than 0.9 of cases; chance is 0.125.
    """
    setting(memory.LAG, 3)
    last = [result.accuracy["trained", size, d] for size in memory.SIZES for d in range(4)]
    show("last four symbols read from the trained state", table(last), above=0.9, limit=1)


@pytest.mark.learned
def test_state_is_no_fixed_store(result, show):
    """A state is not a fixed store. On average, one step moves the state by more than the norm of
    the state. Before this step, fit a probe to the newest symbol. After it, the probe names the
    newer symbol in more than 0.9 of cases.
    """
    moved = [result.moved["trained", size] for size in memory.SIZES]
    show("move in one step, as a share of the norm", table(moved), above=1)
    newer = [result.newer["trained", size] for size in memory.SIZES]
    show(
        "newer symbol named by the same probe",
        table(newer),
        above=0.9,
        limit=1,
        untrained_too="every step writes with the same weights, whether these were trained or not",
    )


@pytest.mark.learned
def test_readable_is_not_used(result, show):
    """A readable symbol may be unused. With 64 units, a probe reads the symbol of four steps ago in
    more than 0.6 of cases. After this symbol is erased, more than 0.95 of the network's answers are
    still right.
    """
    show(
        "symbol of four steps ago read from the state",
        result.accuracy["trained", 64, 4],
        above=0.6,
        limit=1,
        untrained_too="that it can be read is half of the sentence; using it would be learned",
    )
    show("answers right once it is erased", result.erased[4], above=0.95, limit=1)
    lost = result.answers[64] - result.erased[memory.LAG]
    show("check of the erasure: answers lost with the symbol asked for", lost, above=0.7, limit=1)


@pytest.mark.learned
def test_a_probe_loses_what_training_does_not_need(result, show):
    """Training can hide old symbols from a probe. The task no longer asks for the symbol of five
    steps ago. With 64 units, the share of cases in which a probe reads this symbol is more than 0.3
    lower after training than before.
    """
    lost = result.accuracy["untrained", 64, 5] - result.accuracy["trained", 64, 5]
    show("share lost at five steps", lost, above=0.3)


def test_untrained_states_fade(result, show):
    """Untrained states hide old symbols from a probe. A probe's accuracy is more than 0.4 lower for
    the symbol of eight steps ago than for the symbol just read. At four steps, doubling 16 or 32
    units raises the accuracy by more than 0.1.
    """
    accuracy = result.accuracy
    faded = [accuracy["untrained", s, 0] - accuracy["untrained", s, 8] for s in memory.SIZES]
    show("share lost from the symbol just read to eight steps", table(faded), above=0.4)
    gained = [
        accuracy["untrained", 2 * size, 4] - accuracy["untrained", size, 4]
        for size in memory.SIZES[:-1]
    ]
    show("share gained at four steps with twice the units", table(gained), above=0.1)


@pytest.mark.here
@pytest.mark.learned
def test_training_helps_few_units_alone(page, show):
    """With 16 units, more symbols can be read back after training than before it; with 32 and 64
    units, fewer symbols can be read back after training than before it.
    """
    times = {
        size: read(page, "trained", size) / read(page, "untrained", size) for size in (16, 32, 64)
    }
    show("symbols after training over those before, 16 units", times[16], above=1)
    for size in (32, 64):
        show(f"symbols after training over those before, {size} units", times[size], below=1)


def read(page, name, size):
    """How many symbols can be read back, as the page counts them."""
    chance = memory.TASK.baseline
    accuracy = (page.accuracy[name, size, d] for d in memory.DISTANCES)
    return sum((share - chance) / (1 - chance) for share in accuracy)
