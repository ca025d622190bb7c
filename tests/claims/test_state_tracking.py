"""Claims of the chapter on the states that a linear recurrence tracks."""

import numpy as np
import pytest

from rnnbook.experiments import state_tracking

CONDITIONS = (
    f"One layer of {state_tracking.SIZE} units, a loss at every step of {state_tracking.TRAINED}, at "
    f"most {state_tracking.UPDATES} batches of {state_tracking.BATCH}, learning rate "
    f"{state_tracking.RATE}; a readout of ReLUs for recurrences that are linear in their state. Only "
    f"last answers count, on {state_tracking.JUDGED} sequences, or {state_tracking.JUDGED_FAR} of "
    f"{state_tracking.FAR:,} steps."
)


@pytest.mark.learned
def test_signed_factors_learn_parity(result, show, setting):
    """Signed factors learn parity. At 20 bits, a trained minGRU with factors between -1 and 1 gets more
    than 95 % of strings right; with factors between 0 and 1, fewer than 65 %.
    """
    setting(state_tracking.TRAINED, 20)
    signed = result.right["parity", "minGRU, signed", 20]
    show("right at 20 bits, factors of both signs", signed, above=0.95, limit=1)
    show(
        "right at 20 bits, positive factors",
        result.right["parity", "minGRU", 20],
        below=0.65,
        untrained_too="failing to learn is the point; with factors of both signs it learns",
    )


@pytest.mark.learned
def test_rounded_gates_do_not_fade(result, show, setting):
    """Rounded gates can keep the flips. At 100 bits, the signed minGRU gets fewer than 65 % of
    strings right; at 2,000 bits, with its gates rounded, the median run gets more than 95 %.
    """
    setting(state_tracking.FAR, 2000)
    show(
        "right at 100 bits, as trained",
        result.right["parity", "minGRU, signed", 100],
        below=0.65,
        untrained_too="that it fades; rounded, the same layer does not",
    )
    far = result.rounded[state_tracking.FAR]
    show("right at 2,000 bits, gates rounded", far, above=0.95, limit=1, over="median")


@pytest.mark.learned
def test_an_lstm_goes_on(result, show, setting):
    """An LSTM can go on. Trained on 20 steps, the median LSTM gets more than 80 % of sequences of 500
    right, on parity and on swapped cups.
    """
    setting(state_tracking.TRAINED, 20)
    for kind in ("parity", "cups"):
        right = result.right[kind, "LSTM", 500]
        show(f"right at 500 steps, {kind}", right, above=0.8, limit=1, over="median")


@pytest.mark.learned
def test_a_delta_rule_needs_reflections(result, show, setting):
    """The delta rule can learn swaps. At 20 moves, the median run gets over 95 % of sequences right
    with beta up to 2; with beta up to 1, every run gets under 30 %.
    """
    setting(state_tracking.TRAINED, 20)
    signed = result.right["cups", "delta rule, signed", 20]
    show("right at 20 moves, beta up to 2", signed, above=0.95, limit=1, over="median")
    show(
        "right at 20 moves, beta up to 1",
        result.right["cups", "delta rule", 20],
        below=0.3,
        untrained_too="failing to learn is the point; with beta up to 2 it learns",
    )


@pytest.mark.here
@pytest.mark.learned
def test_two_lines_stay_at_the_top(page, show):
    """The plain network and the LSTM get every string right at every length, in all three runs."""
    for name in ("RNN", "LSTM"):
        right = [page.right["parity", name, length] for length in state_tracking.LENGTHS]
        show(f"right at every length, {name}", np.stack(right, axis=1), equal=1)


@pytest.mark.here
@pytest.mark.learned
def test_signed_falls_to_guessing(page, show):
    """The signed minGRU gets every string of 20 bits right, and at 50 it is back at guessing."""
    show("right at 20 bits", page.right["parity", "minGRU, signed", 20], equal=1)
    show(
        "right at 50 bits",
        page.right["parity", "minGRU, signed", 50],
        within=(0.4, 0.6),
        untrained_too="that it falls back; at 20 bits it has learned",
    )


@pytest.mark.here
def test_positive_factors_guess(page, show):
    """The minGRU guesses, even at 20 bits."""
    for length in state_tracking.LENGTHS:
        right = page.right["parity", "minGRU", length]
        show(f"right at {length} bits", right, within=(0.4, 0.6))


@pytest.mark.here
@pytest.mark.learned
def test_one_state_slides_and_one_flips(page, show):
    """On the left, with positive factors, the state slides to one value. In the middle it flips as the
    parity does, and the flips shrink.
    """
    moves = {name: np.diff(states[0]) for name, states in page.ones.items()}
    same = moves["minGRU"] * moves["minGRU"][0] >= 0
    show(
        "moves that go the same way, positive factors",
        same.mean(),
        equal=1,
        over="all runs",
        untrained_too="that a state settles; what training adds is the flips",
    )
    flips = moves["minGRU, signed"]
    turned = flips[1:] * flips[:-1] < 0
    show("moves that reverse, both signs", turned.mean(), equal=1, over="all runs")
    for name in ("minGRU", "minGRU, signed"):
        last = abs(moves[name][-1] / moves[name][0])
        show(
            f"last move over the first, {name}",
            last,
            below=0.1,
            over="all runs",
            untrained_too="that a state settles; what training adds is the flips",
        )


@pytest.mark.here
def test_a_count_is_right_at_20_bits(page, show):
    """In every run it is right on all 2,000 fresh strings of 20 bits, and beyond the last ReLU it
    always says odd.
    """
    show("right at 20 bits, count", page.hand["sum", state_tracking.TRAINED], equal=1)
    far = page.hand["sum", 5 * state_tracking.TRAINED]
    show("right at five times as many bits", far, below=0.6)


@pytest.mark.here
@pytest.mark.learned
def test_rounded_is_right_on_every_string(page, show):
    """Rounded, all three layers get every string right, at 2,000 bits too."""
    show("right, gates rounded", np.stack(list(page.rounded.values()), axis=1), equal=1)


@pytest.mark.here
@pytest.mark.learned
def test_signed_learns_the_cups(page, show):
    """The signed minGRU gets more than 95 % of sequences of 20 moves right."""
    right = page.right["cups", "minGRU, signed", 20]
    show("right at 20 moves", right, above=0.95, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_cups_at_twice_the_length(page, show):
    """At 50 moves the signed delta rule is ahead of the signed minGRU in every run, and at 500 both
    guess.
    """
    ahead = page.right["cups", "delta rule, signed", 50].min()
    gap = ahead - page.right["cups", "minGRU, signed", 50].max()
    show("lead of the delta rule at 50 moves", gap, above=0.2, over="all runs")
    for name in ("minGRU, signed", "delta rule, signed"):
        show(
            f"right at 500 moves, {name}",
            page.right["cups", name, 500],
            below=0.25,
            untrained_too="that it falls back; at 50 moves it has learned",
        )


@pytest.mark.here
@pytest.mark.learned
def test_lstm_keeps_the_cups(page, show):
    """The LSTM is right on more than 90 % of sequences at every length."""
    right = [page.right["cups", "LSTM", length] for length in state_tracking.LENGTHS]
    show("right at every length", np.stack(right, axis=1), above=0.9, limit=1)
