"""Claims of the chapter on S6, Mamba's selective state space."""

import pytest

from rnnbook.experiments import selective

NEAR, TWICE, FAR = (times * selective.LENGTH for times in selective.TIMES)
CONDITIONS = (
    f"{selective.ASKED} symbols, of four kinds, among {NEAR} places, at most {selective.UPDATES} batches of "
    f"{selective.BATCH}, the best of {len(selective.RATES)} learning rates for each network; with "
    f"drawn places, training has {selective.SHORTEST} to {NEAR}. S6 and LRU in {selective.BLOCKS} "
    f"blocks of {selective.SIZE} features. In 64 bits, the gate reads normal numbers of standard "
    "deviation 2, and the impulse stands in normal noise."
)


@pytest.mark.learned
def test_s6_leads_at_four_times_the_length(result, show, setting):
    """S6 beats the LRU in the median run. At four times the length, from drawn places, it copies
    over 0.2 more of the symbols than an LRU in the same blocks, which loses over 0.2 on the way.
    """
    setting(selective.TIMES[-1], 4)
    s6, lru = (result.score[name, "drawn", FAR] for name in ("S6", "LRU"))
    show("symbols copied by S6, more than by LRU", s6 - lru, above=0.2, over="median")
    show("symbols that LRU loses", result.score["LRU", "drawn", NEAR] - lru, above=0.2)


@pytest.mark.learned
def test_one_gru_layer_does_it_too(result, show, setting):
    """One GRU layer does it too. At four times the length, a GRU of 64 units copies over 0.9 of the
    symbols from drawn places.
    """
    setting(selective.TIMES[-1], 4)
    setting(selective.WIDTH, 64)
    show("symbols copied by the GRU", result.score["GRU", "drawn", FAR], above=0.9, limit=1)


def test_s6_can_be_exactly_a_gate(result, show):
    """S6 can be exactly a gate. With one number of state and the zero-order hold, its states are
    those of a gate to within 1e-13; with Euler's rule, they are off by more than 10.
    """
    show("states from those of a gate, zero-order hold", result.gate["zoh"], below=1e-13)
    show("states from those of a gate, Euler's rule", result.gate["euler"], above=10)


def test_s6_is_no_convolution(result, show, setting):
    """S6 is not a convolution. When an impulse moves by 30 steps, the response of an untrained S6
    changes by more than 0.3 of its norm, that of an LRU by less than 1e-10.
    """
    setting(selective.PLACES[1] - selective.PLACES[0], 30)
    show("change of the response, S6", result.unlike["S6"], above=0.3)
    show("change of the response, LRU", result.unlike["LRU"], below=1e-10)


@pytest.mark.here
def test_two_lines_of_the_lru(page, show):
    """The two lines of the LRU lie on each other, and those of S6 do not."""
    show("change of the response, LRU", page.unlike["LRU"][:1], below=1e-10, over="all runs")
    show("change of the response, S6", page.unlike["S6"][:1], above=0.3, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_the_lru_copies_from_the_first_places(page, show):
    """With 16 places, the LRU copies more than 95 % of the symbols from the first places, so its
    state has room for two symbols.
    """
    show("symbols copied by LRU", page.score["LRU", "fixed", NEAR], above=0.95, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_the_lru_has_learned_one_delay(page, show):
    """It has learned one delay: with twice as many places, it copies less than half of them."""
    near, twice = (page.score["LRU", "fixed", length] for length in (NEAR, TWICE))
    show("symbols copied by LRU", near, above=0.95, limit=1)
    show(
        "symbols copied by LRU at twice the length",
        twice,
        below=0.5,
        untrained_too="that it copies little; at the length of training, the same network copies",
    )


@pytest.mark.here
@pytest.mark.learned
def test_the_order_at_64_places(page, show):
    """From drawn places, every LRU is below every S6 at 64 places, and the GRU copies more than
    99 % of the symbols at every length.
    """
    gap = page.score["S6", "drawn", FAR].min() - page.score["LRU", "drawn", FAR].max()
    show("smallest share of S6 less the largest of LRU", gap, above=0.1, over="all runs")
    for length in (NEAR, TWICE, FAR):
        show(f"symbols copied by the GRU, {length}", page.score["GRU", "drawn", length], above=0.99)


@pytest.mark.here
@pytest.mark.learned
def test_the_lru_is_above_guessing(page, show):
    """The gates of the block see the input too, and with 16 places the LRU is far above
    guessing.
    """
    above = page.score["LRU", "drawn", NEAR] - 1 / 4
    show("symbols copied by LRU, above guessing", above, above=0.3)
