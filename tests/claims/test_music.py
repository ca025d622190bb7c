"""Claims of the chapter on melodies of chorales."""

import pytest

from rnnbook.experiments import music

CONDITIONS = (
    "Sopranos of the chorales BWV 250 to 438, one for each tune, in one key, a fifth of them held "
    f"out. Chains with the smoothing of the chapter on Hamlet. An LSTM of {music.HIDDEN} units, "
    f"{music.UPDATES} updates of {music.BATCH} windows and "
    f"{music.SETTLING} at a fifth of the learning rate, {music.RATE:g}, the best of three, with a "
    f"weight decay of {music.DECAY:g}; {music.SUNG} melodies at each temperature."
)


def test_longer_tables_starve(result, show):
    """Four notes back can be worse than one. Compare a chain that looks four notes back with a
    chain that looks one note back. The longer chain pays over 0.2 bits per note more.
    """
    more = result.bits["order 4"] - result.bits["order 1"]
    show("bits per note, order 4 less order 1", more, above=0.2)


@pytest.mark.learned
def test_network_beats_every_chain(result, show):
    """A small LSTM beats all four chains. Each chain of order 1 to 4 pays over 0.1 bits per note
    more than the LSTM.
    """
    for order in music.ORDERS:
        less = result.bits[f"order {order}"] - result.bits["LSTM"]
        show(f"bits per note, order {order} less LSTM", less, above=0.1)


@pytest.mark.learned
def test_hot_leaps(result, setting, show):
    """Melodies leap more often at higher temperature. At temperature 0.5, less than 0.01 of the
    moves are leaps larger than the interval of a fifth. At temperature 1.5, the share of leaps is
    over 0.04 higher.
    """
    setting(music.COLD, 0.5)
    setting(music.HOT, 1.5)
    show("leaps, cold", result.leaps[music.COLD], below=0.01)
    show("leaps, hot less cold", result.leaps[music.HOT] - result.leaps[music.COLD], above=0.04)


@pytest.mark.here
@pytest.mark.learned
def test_network_pays_less(page, show):
    """The LSTM pays less than each chain of order 1 to 4."""
    for order in music.ORDERS:
        share = page.bits["LSTM"] / page.bits[f"order {order}"]
        show(f"bits per note, LSTM as a share of order {order}", share, below=1)


@pytest.mark.here
@pytest.mark.learned
def test_mixture_pays_less(page, show):
    """The mixture pays less than either model, so each model must be better at some of the
    notes.
    """
    both = page.bits["LSTM and order 2"]
    show(
        "bits, mixture / LSTM",
        both / page.bits["LSTM"],
        below=1,
        untrained_too="a chain helps an untrained network most of all",
    )
    show("bits, mixture / order 2", both / page.bits["order 2"], below=1)


@pytest.mark.here
@pytest.mark.learned
def test_lines_begin_anywhere(page, show):
    """After a long note, where a new line often begins, both models pay most."""
    for place in set(music.PLACES) - {"after a long note"}:
        network, chain = (
            page.places[name, place] / page.places[name, "after a long note"]
            for name in ("LSTM", "order 1")
        )
        label = f"bits, {place} / after a long note"
        show(f"{label}, LSTM", network, below=1)
        show(f"{label}, order 1", chain, below=1, untrained_too="the chain is counted, not trained")


@pytest.mark.here
def test_first_note_needs_no_memory(page, show):
    """At the first notes, which are few, the chain pays less than the LSTM. Both models have read
    only the start there, so a longer memory cannot help.
    """
    share = page.places["order 1", "first note"] / page.places["LSTM", "first note"]
    show("bits of a first note, order 1 as a share of the LSTM", share, below=1)
