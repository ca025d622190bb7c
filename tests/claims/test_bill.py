"""Claims of the chapter on what one more token costs."""

import numpy as np
import pytest

from rnnbook.experiments import bill

CONDITIONS = (
    f"Untrained networks of {bill.LAYERS} layers; the last layer of the hybrid is attention, the "
    f"others are an LSTM. Bytes of float32 after {', '.join(map(str, bill.READ))} tokens and "
    f"multiplications of one layer in matrix products, at widths {', '.join(map(str, bill.WIDTHS))}, without the "
    f"small network of a transformer's block. Processor time at width {bill.SIZE}, one sequence at "
    "a time, medians of calls that take turns."
)


def test_a_cached_token_costs_a_state(result, show, setting):
    """One cached token costs an LSTM's state. At each width, a token adds exactly as many bytes to
    a cache as an equally deep LSTM keeps in all. With one attention layer in four, it adds a
    quarter as many.
    """
    setting(bill.LAYERS, 4)
    first, *later = bill.READ
    states = {(size, n): result.bytes["LSTM", size, n] for size in bill.WIDTHS for n in bill.READ}
    grown = [states[size, n] - states[size, first] for size in bill.WIDTHS for n in later]
    show("bytes that a token adds to an LSTM's state", np.stack(grown, axis=1), equal=0)
    for name, share in (("transformer", 1), ("hybrid", 0.25)):
        added = [
            (result.bytes[name, size, n] - result.bytes[name, size, first])
            / (n - first)
            / states[size, n]
            for size in bill.WIDTHS
            for n in later
        ]
        label = f"bytes that a token adds, {name}, over those of an LSTM's state"
        show(label, np.stack(added, axis=1), equal=share)


def test_a_cache_slows_down(result, show, setting):
    """A step with a cache slows down. In the median run, a transformer's step takes more than twice
    as long after 8,192 tokens as after 64. The step of a GRU or an LSTM takes less than 1.5 times
    as long.
    """
    setting(bill.TIMED[0], 64)
    setting(bill.TIMED[-1], 8192)
    first, last = bill.TIMED[0], bill.TIMED[-1]
    for name in ("transformer", "GRU", "LSTM"):
        ratio = result.seconds[name, last] / result.seconds[name, first]
        bound = {"above": 2} if name == "transformer" else {"below": 1.5}
        label = f"time of a step, late over early, {name}"
        show(label, ratio, **bound, ratio=True, over="median", clocked=True)


def test_attention_multiplies_less_up_to_its_width(result, show):
    """Early on, attention multiplies less than a GRU. Before token d, an attention layer of width d
    multiplies less often than a GRU layer. For token d, it multiplies as often as a GRU layer, and
    for token 2d as often as an LSTM layer.
    """
    work = result.work
    for name, meeting in (("GRU", 1), ("LSTM", 2)):
        shares = {
            reach: [work["attention", d, reach] / work[name, d, reach] for d in bill.WIDTHS]
            for reach in bill.REACH
        }
        before = np.concatenate([shares[r] for r in bill.REACH if r < meeting]).T
        show(f"multiplications over those of a {name}, before", before, below=1)
        show(f"over those of a {name}, at the meeting", np.stack(shares[meeting], 1), equal=1)


@pytest.mark.here
def test_nothing_is_lost(page, show):
    """In 64 bits, each of the four networks gives the same outputs to within 1e-10, whether it
    reads one token at a time or the whole sequence at once.
    """
    apart = np.stack([page.apart[name] for name in bill.NETWORKS], axis=1)
    show("streamed outputs, from those of one pass", apart, below=1e-10)


@pytest.mark.here
def test_all_again_takes_longer(page, show):
    """After 256 tokens, computing all of them again takes more than five times as long as a step
    with a cache.
    """
    ratio = page.seconds["no cache", 256] / page.seconds["transformer", 256]
    show("time without a cache over that with one", ratio, above=5, ratio=True, over="median")


@pytest.mark.here
def test_a_step_of_a_gru_is_shorter_at_every_length(page, show):
    """At every length in the figure, a step of the GRU takes less than two thirds of the time of a
    step with a cache.
    """
    ratio = [page.seconds["GRU", n] / page.seconds["transformer", n] for n in bill.TIMED]
    show("time of a GRU's step over a transformer's", np.stack(ratio, 1), below=2 / 3, ratio=True)
