"""The bill: the hybrid streams as it reads, counts are those of the formulas, calls take turns."""

import pytest
import torch

from rnnbook.experiments import bill
from rnnbook.experiments._clock import medians


def test_a_hybrid_read_in_parts_gives_what_the_whole_gives():
    torch.manual_seed(0)
    model, xs = bill.Hybrid(size=8, num_layers=3, heads=2).double(), torch.randn(2, 6, 8).double()
    whole, kept = model(xs)
    output, state = model(xs[:, :4])
    rest, state = model(xs[:, 4:], state)
    torch.testing.assert_close(torch.cat([output, rest], 1), whole, rtol=0, atol=1e-12)
    torch.testing.assert_close(state, kept, rtol=0, atol=1e-12)


@pytest.mark.parametrize("read", [1, 5, 40])
def test_counts_are_those_of_the_formulas(read):
    d = 16
    assert bill.work("GRU", d, read) == 6 * d**2
    assert bill.work("LSTM", d, read) == 8 * d**2
    assert bill.work("attention", d, read) == 4 * d**2 + 2 * read * d


def test_states_are_those_after_so_many_tokens(monkeypatch):
    monkeypatch.setattr(bill, "TIMED", (2, 5))
    model = bill.network("GRU", 0)
    with torch.no_grad():
        found = bill.states(model, 0)
        for read in (2, 5):
            expected = model(bill.tokens(5, 0)[:, :read])[1]
            torch.testing.assert_close(found[read], expected)


def test_calls_take_turns_and_each_is_called_once_before_its_turn():
    called = []
    calls = {name: lambda name=name: called.append(name) for name in "ab"}
    assert medians(calls, turns=3, repeats=2, rounds=2).keys() == calls.keys()
    groups = {tuple(called[i : i + 3]) for i in range(0, len(called), 3)}
    assert groups == {tuple("aaa"), tuple("bbb")}
    assert len(called) == 2 * 3 * 2 * 3
