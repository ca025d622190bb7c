"""Choosing symbols: hand examples first, then frequencies, then what must be refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from rnnbook import decoding
from rnnbook.decoding import beam, generate, greedy, sample, without, write
from rnnbook.text import END, PAD, START

LOGITS = torch.tensor([1.0, 3.0, 2.0, -1.0])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def frequencies(draws: int = 20_000, **options: object) -> Tensor:
    ids = sample(LOGITS.expand(draws, 4), generator=seeded(), **options)
    return torch.bincount(ids, minlength=4) / draws


def test_greedy_takes_the_largest_and_of_equals_the_first():
    assert greedy(LOGITS).item() == 1
    assert greedy(torch.tensor([[0.0, 5.0, 5.0], [2.0, 1.0, 0.0]])).tolist() == [1, 0]
    assert greedy(torch.zeros(2, 3, 4)).shape == (2, 3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_drawn_frequencies_are_the_softmax_at_that_temperature(temperature):
    expected = torch.softmax(LOGITS / temperature, dim=-1)
    torch.testing.assert_close(frequencies(temperature=temperature), expected, atol=0.015, rtol=0)


def test_top_k_draws_in_proportion_from_k_symbols_only():
    expected = torch.tensor([0.0, 1.0, torch.tensor(-1.0).exp(), 0.0])
    torch.testing.assert_close(frequencies(top_k=2), expected / expected.sum(), atol=0.015, rtol=0)


def test_top_k_keeps_exactly_k_of_equal_logits():
    drawn = sample(torch.zeros(500, 5), top_k=2, generator=seeded())
    assert len(drawn.unique()) == 2


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-300])
def test_a_tiny_temperature_is_greedy_and_does_not_overflow(temperature):
    logits = torch.randn(50, 7, generator=seeded())
    drawn = sample(logits, temperature=temperature, generator=seeded())
    assert torch.equal(drawn, greedy(logits))


def test_one_seed_gives_the_same_draw_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    drawn = [sample(LOGITS.expand(20, 4), generator=seeded(3)) for _ in range(2)]
    assert torch.equal(*drawn)
    assert torch.equal(before, torch.get_rng_state())


@settings(max_examples=20, deadline=None)
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_one_id_for_every_row_of_logits(shape):
    logits = torch.zeros(shape)
    assert sample(logits).shape == greedy(logits).shape == tuple(shape[:-1])
    assert sample(logits, top_k=shape[-1]).shape == tuple(shape[:-1])


@pytest.mark.parametrize("temperature", [0, 0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_that_is_not_positive_and_finite_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be positive"):
        sample(LOGITS, temperature=temperature)


@settings(max_examples=20, deadline=None)
@given(temperature=st.floats(max_value=0.0))
def test_no_temperature_below_zero_passes_silently(temperature):
    with pytest.raises(ValueError, match="temperature must be positive"):
        sample(LOGITS, temperature=temperature)


@pytest.mark.parametrize(
    ("top_k", "error", "message"),
    [
        (0, ValueError, "top_k must be at least 1"),
        (-2, ValueError, "top_k must be at least 1"),
        (5, ValueError, "top_k must be at most 4, the number of symbols, got 5"),
        (2.0, TypeError, "top_k must be a whole number"),
    ],
)
def test_a_top_k_out_of_range_is_refused(top_k, error, message):
    with pytest.raises(error, match=f"^sample: {message}"):
        sample(LOGITS, top_k=top_k)


@pytest.mark.parametrize(
    ("logits", "error", "message"),
    [
        (torch.tensor([0.0, float("nan")]), ValueError, "NaN"),
        (torch.tensor([0.0, float("inf")]), ValueError, "inf"),
        (torch.tensor([float("-inf")] * 2), ValueError, "-inf"),
        (torch.tensor([1, 2]), TypeError, "logits of floating-point"),
        (torch.tensor(1.0), ValueError, "single number"),
        (torch.zeros(2, 0), ValueError, "logits is empty"),
        ([1.0, 2.0], TypeError, "logits must be a tensor"),
    ],
)
@pytest.mark.parametrize("choose", [greedy, sample])
def test_bad_logits_are_refused(choose, logits, error, message):
    with pytest.raises(error, match=f"^{choose.__name__}: .*{message}"):
        choose(logits)


def test_a_symbol_ruled_out_is_never_drawn():
    logits = torch.tensor([0.0, float("-inf"), 0.0]).expand(200, 3)
    assert sample(logits, generator=seeded()).unique().tolist() == [0, 2]


# ------------------------------------------------------------------ feeding choices back


def count_up(ids: Tensor, steps: int) -> tuple[Tensor, int]:
    return F.one_hot(ids + 1, 12).float(), steps + 1


def test_each_choice_is_the_next_input():
    assert generate(count_up, torch.tensor([3, 5]), 0, length=4).tolist() == [
        [4, 5, 6, 7],
        [6, 7, 8, 9],
    ]


def test_what_follows_the_end_is_padding_and_nothing_is_made_in_vain():
    calls = []

    def count_down(ids: Tensor, state: None) -> tuple[Tensor, None]:
        calls.append(ids.tolist())
        return F.one_hot(ids - 1, 12).float(), state

    made = generate(count_down, torch.tensor([5, 4]), None, length=20, end=END)
    assert made.tolist() == [[4, 3, END], [3, END, PAD]]
    assert len(calls) == 3


def test_the_state_is_handed_along_whole():
    seen = []

    def step(ids: Tensor, state: tuple[int, int]) -> tuple[Tensor, tuple[int, int]]:
        seen.append(state)
        return torch.eye(3)[ids], (state[0] + 1, state[1] * 2)

    generate(step, torch.tensor([1]), (0, 1), length=3)
    assert seen == [(0, 1), (1, 2), (2, 4)]


def test_draws_can_replace_the_greedy_choice():
    choose = partial(sample, top_k=1)
    assert generate(count_up, torch.tensor([0]), 0, length=2, choose=choose).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("first", "length", "error", "message"),
    [
        (torch.tensor([1]), 0, ValueError, "length must be at least 1"),
        (torch.tensor([1]), -3, ValueError, "length must be at least 1"),
        (torch.tensor([1]), 2.5, TypeError, "length must be a whole number"),
        (torch.tensor([[1]]), 2, ValueError, r"first of shape \(batch,\)"),
        (torch.tensor([1.0]), 2, TypeError, "first of integer ids"),
        (torch.tensor([-1]), 2, ValueError, "ids in first between 0 and .* got -1"),
        ([1], 2, TypeError, "first must be a tensor, got list"),
        (torch.tensor([], dtype=torch.int64), 2, ValueError, "first is empty"),
    ],
)
def test_a_bad_start_is_refused(first, length, error, message):
    with pytest.raises(error, match=f"^generate: .*{message}"):
        generate(count_up, first, 0, length=length)


def test_logits_with_a_time_dimension_are_refused():
    for shape in ((1, 1, 4), (2, 4), (4,)):
        with pytest.raises(
            ValueError, match=r"^generate: .*logits of shape \(1, vocab_size\), got"
        ):
            generate(lambda ids, s, n=shape: (torch.zeros(n), s), torch.tensor([0]), None, length=2)


# ----------------------------------------------------------------------------------- the beam


def table_step(seed: int, vocab: int) -> Callable[[Tensor, tuple[int, ...]], object]:
    """A language in which every beginning has its own logits: the state is what came before."""

    def step(ids: Tensor, before: tuple[int, ...]) -> tuple[Tensor, tuple[int, ...]]:
        before = (*before, int(ids))
        code = hash((seed, before)) % 2**31
        return 3 * torch.randn(1, vocab, generator=seeded(code)), before

    return step


def all_sequences(
    step: Callable, vocab: int, length: int, end: int | None, alpha: float
) -> list[tuple[float, list[int]]]:
    """Every sequence that has ended, or is as long as may be, with its score; best first."""
    found = []
    for size in range(1, length + 1):
        for ids in itertools.product(range(vocab), repeat=size):
            whole = size == length or ids[-1] == end
            if whole and end not in ids[:-1]:
                state, last, total = (), torch.tensor([0]), 0.0
                for symbol in ids:
                    logits, state = step(last, state)
                    total += torch.log_softmax(logits[0].double(), -1)[symbol].item()
                    last = torch.tensor([symbol])
                found.append((total / ((5 + size) / 6) ** alpha, list(ids)))
    return sorted(found, reverse=True)


def unpadded(row: Tensor, end: int) -> list[int]:
    ids = row.tolist()
    return ids[: ids.index(end) + 1] if end in ids else ids


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    vocab=st.integers(2, 4),
    length=st.integers(1, 4),
    alpha=st.sampled_from([0.0, 0.6, 1.0]),
)
def test_a_beam_as_wide_as_all_sequences_finds_what_listing_them_finds(seed, vocab, length, alpha):
    step, end = table_step(seed, vocab), vocab - 1
    right = all_sequences(step, vocab, length, end, alpha)
    ids, scores = beam(
        step,
        torch.tensor([0]),
        (),
        length=length,
        width=vocab**length,
        end=end,
        length_penalty=alpha,
    )
    assert len(ids) == len(right)
    torch.testing.assert_close(scores, torch.tensor([score for score, _ in right]).double())
    assert [unpadded(row, end) for row in ids] == [found for _, found in right]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), width=st.integers(1, 5), alpha=st.sampled_from([0.0, 0.7]))
def test_a_narrow_beam_tells_the_true_scores_of_what_it_finds_best_first(seed, width, alpha):
    step, vocab, length = table_step(seed, 4), 4, 4
    truth = {tuple(ids): s for s, ids in all_sequences(step, vocab, length, 3, alpha)}
    ids, scores = beam(
        step, torch.tensor([0]), (), length=length, width=width, end=3, length_penalty=alpha
    )
    assert len(ids) <= width
    found = [tuple(unpadded(row, 3)) for row in ids]
    assert len(set(found)) == len(found)
    assert scores.tolist() == pytest.approx([truth[one] for one in found])
    assert (scores.diff() <= 0).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_beam_of_one_is_greedy(seed):
    step = table_step(seed, 5)
    (ids,), _ = beam(step, torch.tensor([0]), (), length=6, width=1, end=4)
    assert ids.tolist() == generate(step, torch.tensor([0]), (), length=6, end=4)[0].tolist()


def words_step(table: dict[int, list[float]]) -> Callable[[Tensor, None], tuple[Tensor, None]]:
    return lambda ids, state: (torch.tensor([table[int(ids)]]).log(), state)


def test_without_a_penalty_short_sequences_win_and_with_one_long_ones():
    # 0 starts; 1 goes on for certain; 2 ends
    step = words_step({0: [0, 0.6, 0.4], 1: [0, 0.9, 0.1]})
    best = {}
    for alpha in (0.0, 1.0):
        ids, _ = beam(
            step, torch.tensor([0]), None, length=4, width=16, end=2, length_penalty=alpha
        )
        best[alpha] = unpadded(ids[0], 2)
    assert best == {0.0: [1, 1, 1, 1], 1.0: [1, 1, 1, 1]}
    step = words_step({0: [0, 0.6, 0.4], 1: [0, 0.8, 0.2]})
    for alpha, expected in ((0.0, [2]), (1.0, [1, 1, 1, 1])):
        ids, _ = beam(
            step, torch.tensor([0]), None, length=4, width=16, end=2, length_penalty=alpha
        )
        assert unpadded(ids[0], 2) == expected


def test_what_is_ruled_out_is_never_found():
    step = words_step({0: [0, 0.5, 0.5], 1: [0, 0, 1.0]})
    ids, scores = beam(step, torch.tensor([0]), None, length=3, width=9, end=2)
    assert [unpadded(row, 2) for row in ids] == [[2], [1, 2]]
    assert ids[0].tolist() == [2, PAD]
    assert torch.isfinite(scores).all()


def test_a_beam_goes_no_further_than_it_can_still_win():
    calls = []

    def step(ids: Tensor, state: None) -> tuple[Tensor, None]:
        calls.append(int(ids))
        return torch.tensor([[0.0, 0.0, 20.0]]), state

    beam(step, torch.tensor([0]), None, length=50, width=1, end=2)
    assert len(calls) == 1
    beam(step, torch.tensor([0]), None, length=50, width=2, end=2)
    assert len(calls) < 8


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"length": 0}, ValueError, "length must be at least 1"),
        ({"width": 0}, ValueError, "width must be at least 1"),
        ({"width": 1.5}, TypeError, "width must be a whole number"),
        ({"length_penalty": -0.1}, ValueError, "length_penalty must be at least 0"),
        ({"length_penalty": float("nan")}, ValueError, "length_penalty must be at least 0"),
        ({"length_penalty": True}, TypeError, "length_penalty must be a number"),
        ({"first": torch.tensor([0, 0])}, ValueError, "expected one sequence"),
        ({"first": torch.tensor([0.0])}, TypeError, "first of integer ids"),
        ({"first": torch.tensor([[0]])}, ValueError, r"first of shape \(batch,\), got \(1, 1\)"),
        ({"first": torch.tensor([-1])}, ValueError, "ids in first between 0 and .* got -1"),
        ({"length": 1.5}, TypeError, "length must be a whole number"),
        ({"first": 0}, TypeError, "first must be a tensor, got int"),
        ({"step": lambda ids, s: (torch.zeros(1, 1, 4), s)}, ValueError, r"\(1, vocab_size\)"),
        (
            {"step": lambda ids, s: (torch.zeros(2, 4), s)},
            ValueError,
            r"\(1, vocab_size\), got \(2",
        ),
        ({"step": lambda ids, s: (torch.full((1, 4), torch.nan), s)}, ValueError, "NaN"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(change, error, message):
    options = {"step": table_step(0, 4), "first": torch.tensor([0]), "state": (), "length": 2}
    with pytest.raises(error, match=f"^beam: .*{message}"):
        beam(**(options | {"width": 2, "end": 3} | change))


def test_ruling_out_leaves_all_other_logits():
    assert without(LOGITS, 1, 3).tolist() == [1.0, float("-inf"), 2.0, float("-inf")]
    assert torch.equal(without(LOGITS), LOGITS)
    assert LOGITS.tolist() == [1.0, 3.0, 2.0, -1.0]
    for beyond in (4, -1):
        with pytest.raises(ValueError, match=r"^without: .*in symbols between 0 and 3"):
            without(LOGITS, beyond)
    with pytest.raises(TypeError, match=r"^without: .*symbols of integer ids"):
        without(LOGITS, 1.5)
    with pytest.raises(TypeError, match=r"^without: expected logits of floating-point"):
        without(torch.tensor([1, 2]), 1)
    rows = without(torch.zeros(2, 3, 4), 0, 3)
    assert rows.isneginf().sum((0, 1)).tolist() == [6, 0, 0, 6]


def test_a_temperature_that_is_no_number_is_refused():
    for wrong in ("1", None, True, torch.ones(2)):
        with pytest.raises(TypeError, match=r"^sample: temperature must be a number, got "):
            sample(LOGITS, temperature=wrong)


def test_all_symbols_may_be_the_top_ones_and_one_is_greedy():
    draws = [sample(LOGITS.expand(50, 4), top_k=k, generator=seeded()) for k in (None, 4)]
    assert torch.equal(*draws)
    logits = torch.randn(50, 7, generator=seeded())
    assert torch.equal(sample(logits, top_k=1), greedy(logits))


def test_the_usual_temperature_changes_nothing():
    draws = [
        sample(LOGITS.expand(99, 4), generator=seeded(), **o) for o in ({}, {"temperature": 1})
    ]
    assert torch.equal(*draws)


def by_the_book(
    step: Callable, vocab: int, length: int, width: int, end: int, alpha: float
) -> list[tuple[float, list[int]]]:
    """The search without its shortcuts: every continuation is looked at, to the last step."""
    going: list[tuple[float, list[int]]] = [(0.0, [])]
    complete = []
    for size in range(1, length + 1):
        grown = []
        for total, ids in going:
            state: tuple[int, ...] = ()
            for last in (0, *ids):
                logits, state = step(torch.tensor([last]), state)
            gains = torch.log_softmax(logits[0].double(), -1).tolist()
            grown += [(total + gain, [*ids, symbol]) for symbol, gain in enumerate(gains)]
        kept = sorted(grown, reverse=True)[:width]
        done = [one for one in kept if one[1][-1] == end or size == length]
        complete += [(total / ((5 + size) / 6) ** alpha, ids) for total, ids in done]
        going = [one for one in kept if one not in done]
    return sorted(complete, reverse=True)[:width]


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    width=st.integers(1, 5),
    length=st.integers(1, 5),
    alpha=st.sampled_from([0.0, 0.7, 1.0, 3.0]),
)
def test_a_narrow_beam_finds_what_the_search_without_shortcuts_finds(seed, width, length, alpha):
    step = table_step(seed, 4)
    right = by_the_book(step, 4, length, width, 3, alpha)
    ids, scores = beam(
        step, torch.tensor([0]), (), length=length, width=width, end=3, length_penalty=alpha
    )
    assert [unpadded(row, 3) for row in ids] == [found for _, found in right]
    assert scores.tolist() == pytest.approx([score for score, _ in right])
    assert (ids.dtype, scores.dtype) == (torch.int64, torch.float64)


def test_without_a_penalty_a_score_is_a_log_probability_and_without_an_end_all_are_whole():
    step = words_step({0: [0.2, 0.8], 1: [0.5, 0.5]})
    ids, scores = beam(step, torch.tensor([0]), None, length=2, width=2)
    assert {tuple(row) for row in ids.tolist()} == {(1, 0), (1, 1)}
    assert scores.exp().tolist() == pytest.approx([0.4, 0.4])


def test_of_equally_likely_sequences_a_beam_prefers_the_first_symbols_as_greedy_does():
    def uniform(ids: Tensor, state: None) -> tuple[Tensor, None]:
        return torch.zeros(1, 2), state

    ids, _ = beam(uniform, torch.tensor([0]), None, length=3, width=2)
    assert ids[0].tolist() == generate(uniform, torch.tensor([0]), None, length=3)[0].tolist()
    ids, _ = beam(uniform, torch.tensor([0]), None, length=2, width=4)
    assert ids.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_a_search_stops_only_when_no_beginning_can_win():
    calls = []
    step = words_step({0: [0, 0.6, 0.4], 1: [0, 0.8, 0.2]})

    def counted(ids: Tensor, state: None) -> tuple[Tensor, None]:
        calls.append(int(ids))
        return step(ids, state)

    ids, _ = beam(counted, torch.tensor([0]), None, length=20, width=1, end=2)
    assert len(calls) == 20  # greedy goes on for ever
    calls.clear()
    ids, _ = beam(counted, torch.tensor([0]), None, length=20, width=2, end=2)
    assert [unpadded(row, 2) for row in ids] == [[2], [1, 2]]
    assert len(calls) == 9  # 0.6 * 0.8 ** 8 is the first below 0.6 * 0.2


def test_a_search_leaves_a_beginning_that_could_only_draw_level():
    calls = []

    def step(ids: Tensor, state: None) -> tuple[Tensor, None]:
        calls.append(int(ids))
        return torch.tensor([[float("-inf"), 0.0, 0.0]]), state  # 1 and 2 are equally likely

    # 2, then 1 2 are complete; 1 1 is as likely as 1 2, and whatever follows it costs more
    ids, _ = beam(step, torch.tensor([0]), None, length=9, width=2, end=2)
    assert [unpadded(row, 2) for row in ids] == [[2], [1, 2]]
    assert calls == [0, 1]


# ------------------------------------------------------------------ one sequence for each read


def encode(src: Tensor, *, lengths: Tensor | None = None) -> list[tuple[int, ...]]:
    """What a writer begins from: all that was read, without the padding."""
    ends = [src.shape[1]] * len(src) if lengths is None else lengths.tolist()
    return [tuple(row[:n].tolist()) for row, n in zip(src, ends, strict=True)]


def spoken(ids: Tensor, before: list[tuple[int, ...]]) -> tuple[Tensor, list[tuple[int, ...]]]:
    """A language in which all that was read and written decides what is likely next."""
    before = [(*past, int(i)) for past, i in zip(before, ids, strict=True)]
    rows = [3 * torch.randn(7, generator=seeded(hash(past) % 2**31)) for past in before]
    return without(torch.stack(rows), PAD, START), before


SRC = torch.tensor([[4, 5, 6, 7], [5, 5, 0, 0], [6, 4, 5, 0], [7, 7, 7, 7]])


@pytest.mark.parametrize("lengths", [None, torch.tensor([4, 2, 3, 4])])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("penalty", [0.0, 2.0])
@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [3, 1], [2]])
def test_each_sequence_is_written_as_it_would_be_alone(lengths, width, penalty, rows):
    src, own = SRC[rows], None if lengths is None else lengths[rows]
    options = {"width": width, "length_penalty": penalty}
    written = write(encode, spoken, src, length=6, lengths=own, **options)
    expected = []
    for i in range(len(src)):
        state = encode(src[[i]], lengths=None if own is None else own[[i]])
        first = torch.tensor([START])
        if width == 1:
            ids = generate(spoken, first, state, length=6, end=END)
        else:
            more = {"end": END, "length_penalty": penalty}
            ids, _ = beam(spoken, first, state, length=6, width=width, **more)
        expected.append(unpadded(ids[0], END))
    assert written.shape == (len(rows), max(map(len, expected)))
    assert [unpadded(row, END) for row in written] == expected
    for row, ids in zip(written.tolist(), expected, strict=True):
        assert row[len(ids) :] == [PAD] * (len(row) - len(ids))


def test_a_wider_search_avoids_a_first_symbol_that_leads_nowhere_good():
    follows = {START: [0, 0, 0, 0, 0.6, 0.4], 4: [0, 0, 0.3, 0.3, 0.2, 0.2], 5: [0, 0, 1, 0, 0, 0]}

    def step(ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return torch.tensor([follows[i] for i in ids.tolist()]).log(), state

    written = [write(lambda src, lengths: src, step, SRC, length=2, width=n) for n in (1, 2, 3)]
    assert [ids.tolist() for ids in written] == [[[4, END]] * 4, [[5, END]] * 4, [[5, END]] * 4]


def test_a_penalty_makes_what_is_written_longer():
    follows = {START: [0, 0, 0.4, 0, 0.6], 4: [0, 0, 0.2, 0, 0.8]}

    def step(ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return torch.tensor([follows[i] for i in ids.tolist()]).log(), state

    for penalty, right in ((0.0, [END]), (1.0, [4, 4, 4, 4])):
        options = {"length": 4, "width": 16, "length_penalty": penalty}
        assert write(lambda src, lengths: src, step, SRC[:1], **options).tolist() == [right]


def test_writing_is_greedy_and_favours_no_length_unless_asked():
    usual = write(encode, spoken, SRC, length=6)
    assert torch.equal(usual, write(encode, spoken, SRC, length=6, width=1))
    usual = write(encode, spoken, SRC, length=6, width=3)
    assert torch.equal(usual, write(encode, spoken, SRC, length=6, width=3, length_penalty=0.0))
    assert write(encode, spoken, SRC, length=1).shape == (4, 1)


def test_padding_behind_what_is_written_is_what_pad_says(monkeypatch):
    monkeypatch.setattr(decoding, "PAD", 6)
    step = words_step({0: [0, 0.5, 0.5], 1: [0, 0, 1.0]})
    ids, _ = beam(step, torch.tensor([0]), None, length=3, width=9, end=2)
    assert ids.tolist() == [[2, 6], [1, 2]]
    made = generate(
        lambda ids, s: (F.one_hot(ids - 1, 7).float(), s), torch.tensor([4, 3]), 0, length=5, end=2
    )
    assert made.tolist() == [[3, 2], [2, 6]]


def test_symbols_are_chosen_where_the_logits_lie_whatever_the_default_device(elsewhere):
    cpu = torch.device("cpu")
    logits = LOGITS.expand(2, 4)
    assert without(LOGITS, 1).tolist() == [1.0, float("-inf"), 2.0, -1.0]
    with pytest.raises(ValueError, match="in symbols between 0 and 3, got 4"):
        without(LOGITS, 4)
    assert sample(logits, top_k=1, generator=seeded()).tolist() == [1, 1]
    assert generate(count_up, torch.tensor([3], device=cpu), 0, length=2).tolist() == [[4, 5]]

    def step(ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return F.one_hot(state[:, 0], 9).float().log(), state[:, 1:]

    src = torch.tensor([[5, 6, END], [7, END, PAD]], device=cpu)
    for width in (1, 2):
        written = write(lambda src, lengths: src, step, src, length=3, width=width)
        assert written.tolist() == [[5, 6, END], [7, END, PAD]]
