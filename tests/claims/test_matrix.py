"""Claims of the chapter on matrix states."""

import numpy as np
import pytest

from rnnbook.experiments import matrix

CONDITIONS = (
    f"Forms over {matrix.COMPARED} steps of random inputs, in chunks of {matrix.CHUNK}, relative to "
    f"the largest output; recall by one layer after at most {matrix.UPDATES} batches of "
    f"{matrix.BATCH}, with overwritten keys {matrix.UPDATES_AGAIN}, learning rate {matrix.RATE}; "
    f"values of {matrix.SIZE} numbers, overwritten keys of {matrix.WIDE}."
)


def test_one_layer_has_three_forms(result, show):
    """One layer has three forms. For linear attention, RetNet, Mamba-2, DeltaNet and gated
    DeltaNet, the masked product and the chunks agree with the loop to within 1e-10 in float64. In
    float32, they agree to within 1e-5.
    """
    for name in matrix.CORNERS:
        for form in ("masked", "chunks"):
            show(f"{form} from the loop, {name}", result.apart[name, form], below=1e-10)
            show(f"{form} in float32, {name}", result.lost[name, form], below=1e-5)


@pytest.mark.learned
def test_larger_keys_recall_more(result, show, setting):
    """Larger keys recall more. A sum with keys of 4 numbers answers fewer than 65 % of the
    questions about 16 pairs. A sum with keys of 32 numbers answers more than 80 %.
    """
    setting(matrix.DISTINCT.pairs, 16)
    show(
        "right answers, keys of 4 numbers",
        result.right["sum", 4],
        below=0.65,
        untrained_too="that little is recalled; with larger keys the same network learns",
    )
    show("right answers, keys of 32 numbers", result.right["sum", 32], above=0.8, limit=1)


@pytest.mark.learned
def test_delta_writes_can_learn_to_replace(seeds, show, setting):
    """Delta writes can learn to replace. Where keys come again, the median network with delta
    writes answers over 85 % of the questions at eight times the trained length. The sum and the
    softmax without positions answer under 70 % even at the trained length.
    """
    setting(matrix.PAIRS[-1] // matrix.AGAIN.pairs, 8)
    right = matrix.overwritten(seeds).right
    longest = right["delta", matrix.PAIRS[-1]]
    show(
        "right answers at eight times the length, delta",
        longest,
        above=0.85,
        limit=1,
        over="median",
    )
    for name in ("sum", "softmax"):
        show(
            f"right answers at the length of training, {name}",
            right[name, matrix.AGAIN.pairs],
            below=0.7,
            untrained_too="that it answers fewer; with delta writes the same network learns",
        )


@pytest.mark.here
def test_float32_is_off_by_a_millionth_at_most(page, show, setting):
    """In float32, over 128 steps, no form is off by more than one millionth."""
    setting(matrix.COMPARED, 128)
    lost = np.stack(list(page.lost.values()), axis=1)
    show("float32 from the loop in float64", lost, below=1e-6)


@pytest.mark.here
@pytest.mark.learned
def test_more_numbers_are_better_in_every_run(page, show):
    """Where the sum has more numbers in its state, every run answers more questions than every run
    with fewer.
    """
    for small, large in zip(matrix.KEY_SIZES, matrix.KEY_SIZES[1:], strict=False):
        ahead = page.right["sum", large].min() - page.right["sum", small].max()
        label = f"worst with keys of {large}, less the best with keys of {small}"
        show(label, ahead, above=0, limit=1, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_an_lstm_of_as_many_numbers_answers_less_than_half(page, show, setting):
    """With 128 numbers in the state and the same budget of updates, an LSTM answers fewer than half
    as many questions as a matrix.
    """
    setting(2 * matrix.UNITS // matrix.SIZE, 8)
    share = page.right["LSTM", 8].max() / np.minimum(page.right["sum", 8], page.right["delta", 8])
    show("right answers of an LSTM over those of a matrix", share, below=0.5)


@pytest.mark.here
def test_the_two_ways_to_write_are_close(page, show):
    """The medians of the sum and of the delta rule are less than 0.1 apart."""
    for size in matrix.KEY_SIZES:
        middle = [np.median(page.right[name, size]) for name in ("sum", "delta")]
        show(f"apart, keys of {size}", np.ptp(middle), below=0.1, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_the_delta_line_stays_up(page, show):
    """The delta line stays above 0.95 at every length."""
    right = matrix.overwritten().right
    rows = np.stack([right["delta", pairs] for pairs in matrix.PAIRS], axis=1)
    show("median of right answers, delta", np.median(rows, axis=0), above=0.95, over="all runs")


@pytest.mark.here
def test_the_sum_and_the_softmax_fall(show, setting):
    """The sum and the softmax answer fewer than two thirds of the questions at 16 pairs, and fewer
    than a third at 128 pairs.
    """
    setting(matrix.PAIRS[0], 16)
    setting(matrix.PAIRS[-1], 128)
    right = matrix.overwritten().right
    for name in ("sum", "softmax"):
        show(f"right answers at 16 pairs, {name}", right[name, 16], below=2 / 3, over="all runs")
        show(f"right answers at 128 pairs, {name}", right[name, 128], below=1 / 3, over="all runs")


@pytest.mark.here
def test_only_a_delta_write_replaces_one_key(page, show):
    """The delta write removes the old value of its key and nothing else."""
    for which in ("again", "others"):
        show(f"off after a delta write, {which}", page.off["delta", which], below=1e-10)
    show("off after a sum, the key written again", page.off["sum", "again"], above=0.1)
    for which in ("again", "others"):
        show(f"off after a decay, {which}", page.off["decay", which], above=0.1)


@pytest.mark.here
@pytest.mark.learned
def test_a_second_sum_layer_is_not_enough(show):
    """In every run, a sum and a softmax layer together answer more questions than two sum layers,
    by more than 5 points.
    """
    right = matrix.hybrids().right
    behind = right["sum, softmax"] - right["sum, sum"]
    show("sum and softmax, less two sums", behind, above=0.05, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_a_softmax_layer_restores_recall(show):
    """With the softmax layer, every run answers more than 95 % of the questions."""
    right = matrix.hybrids().right["sum, softmax"]
    show("right answers, a sum and a softmax layer", right, above=0.95, limit=1)
