"""Choosing symbols: hand examples first, then frequencies, then what must be refused."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from rnnbook.decoding import generate, greedy, sample
from rnnbook.text import END, PAD

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
        (5, ValueError, "top_k must be at most 4"),
        (2.0, TypeError, "top_k must be a whole number"),
    ],
)
def test_a_top_k_out_of_range_is_refused(top_k, error, message):
    with pytest.raises(error, match=message):
        sample(LOGITS, top_k=top_k)


@pytest.mark.parametrize(
    ("logits", "error", "message"),
    [
        (torch.tensor([0.0, float("nan")]), ValueError, "NaN"),
        (torch.tensor([0.0, float("inf")]), ValueError, "inf"),
        (torch.tensor([float("-inf")] * 2), ValueError, "-inf"),
        (torch.tensor([1, 2]), TypeError, "floating-point"),
        (torch.tensor(1.0), ValueError, "single number"),
        (torch.zeros(2, 0), ValueError, "empty"),
        ([1.0, 2.0], TypeError, "must be a tensor"),
    ],
)
@pytest.mark.parametrize("choose", [greedy, sample])
def test_bad_logits_are_refused(choose, logits, error, message):
    with pytest.raises(error, match=message):
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
        (torch.tensor([1.0]), 2, TypeError, "integer ids"),
        (torch.tensor([], dtype=torch.int64), 2, ValueError, "empty"),
    ],
)
def test_a_bad_start_is_refused(first, length, error, message):
    with pytest.raises(error, match=message):
        generate(count_up, first, 0, length=length)


def test_logits_with_a_time_dimension_are_refused():
    with pytest.raises(ValueError, match=r"step to return logits of shape \(1, vocab_size\)"):
        generate(lambda ids, s: (torch.zeros(1, 1, 4), s), torch.tensor([0]), None, length=2)
