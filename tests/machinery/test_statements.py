"""What ``show`` makes of values: verdict, margin, and what counts without training."""

import math

import numpy as np
import pytest
from statements import Show, Statement, number, statement

SEEDS = (0, 1, 2)


def one(values, **options):
    """Show once, and return the statement."""
    show = Show(SEEDS)
    show("label", values, **options)
    (found,) = show.statements
    return found


@pytest.mark.parametrize(
    ("values", "options", "holds", "margin"),
    [
        ([0.1, 0.2, 0.3], {"below": 0.4}, True, 0.25),
        ([0.1, 0.2, 0.4], {"below": 0.4}, False, 0.0),
        ([0.1, 0.2, 0.5], {"below": 0.4, "over": "median"}, True, 0.5),
        ([0.1, 0.2, 0.9], {"below": 0.5, "over": "mean"}, True, 0.2),
        ([0.1, 0.9, 0.9], {"below": 0.4, "over": "some"}, True, 0.75),
        ([0.9, 0.9, 0.9], {"below": 0.4, "over": "some"}, False, -1.25),
        ([2.0, 3.0, 4.0], {"above": 1.0}, True, 1.0),
        ([0.95, 0.96, 0.99], {"above": 0.9, "limit": 1}, True, 0.5),
        ([0.1, 0.1, 0.2], {"above": 0, "limit": 1}, True, 0.1),
        ([0.4, 0.5, 0.6], {"within": (0.3, 0.7)}, True, 0.5),
        ([0.4, 0.5, 0.8], {"within": (0.3, 0.7)}, False, -0.5),
        ([100.0, 1e3, 1e4], {"above": 10, "ratio": True}, True, 1.0),
        ([0.01, 0.001, 0.05], {"below": 0.1, "ratio": True}, True, math.log(2) / math.log(10)),
        (5.0, {"above": 4, "over": "all runs"}, True, 0.25),
        ([[0.1, 0.3], [0.1, 0.2], [0.1, 0.1]], {"below": 0.4}, True, 0.25),
        ([[0.1, 0.5], [0.1, 0.2], [0.1, 0.1]], {"below": 0.4}, False, -0.25),
    ],
)
def test_verdict_and_margin(values, options, holds, margin):
    found = one(values, **options)
    assert found.holds is holds
    assert found.margin == pytest.approx(margin)


def test_exact_statements_have_no_margin():
    found = one([0, 0, 0], equal=0)
    assert (found.holds, found.margin, found.margin_text) == (True, None, "exact")
    assert not one([0, 0, 1e-12], equal=0).holds
    assert one(np.array([True, True, True]), equal=True).holds


def test_nan_is_named_and_never_holds():
    for options in ({"below": 1}, {"above": 1}, {"equal": 1}, {"below": 1, "over": "some"}):
        found = one([0.5, math.nan, 0.5], **options)
        assert (found.holds, found.nan, found.margin) == (False, True, None)
        assert "NOT A NUMBER" in str(found)


def test_condition_nearest_to_the_bound_is_kept():
    found = one([[0.1, 0.3], [0.1, 0.2], [0.1, 0.1]], below=0.4)
    assert found.values == (0.3, 0.2, 0.1)
    assert found.conditions == 2
    assert "each of 2 conditions" in found.asked


def test_costly_part_may_run_on_three_of_five_seeds():
    show = Show((0, 1, 2, 3, 4))
    show("all", np.ones(5), equal=1)
    show("three", np.ones(3), equal=1)
    assert [len(s.seeds) for s in show.statements] == [5, 3]
    with pytest.raises(ValueError, match="seed on axis 0"):
        show("four", np.ones(4), equal=1)


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        ([1, 2, 3], {}, "expected one of"),
        ([1, 2, 3], {"below": 1, "above": 0}, "expected one of"),
        ([1, 2, 3], {"below": 1, "over": "most"}, "expected over"),
        ([1, 2], {"below": 1}, "seed on axis 0"),
        (1.0, {"below": 1}, "seed on axis 0"),
        ([], {"below": 1, "over": "all runs"}, "no values"),
        ([1, 2, 3], {"above": 0}, "no scale"),
        ([1, 2, 3], {"above": 1, "ratio": True}, "other than 1"),
    ],
)
def test_strange_statements_are_refused(values, options, words):
    with pytest.raises(ValueError, match=words):
        one(values, **options)


def test_one_label_is_used_once():
    show = Show(SEEDS)
    show("error", [1, 1, 1], equal=1)
    with pytest.raises(ValueError, match="shown twice"):
        show("error", [1, 1, 1], equal=1)


def test_all_broken_statements_are_told():
    show = Show(SEEDS)
    show("first", [1, 2, 3], below=2)
    show("second", [1, 2, 3], below=9)
    show("third", [1, 2, 3], above=2)
    show.setting(300, 350)
    assert [line.split(":")[0] for line in show.broken()] == [
        "a setting is 300, the sentence says 350",
        "BROKEN",
        "BROKEN",
    ]


def test_claim_that_shows_nothing_fails():
    assert "shows nothing" in Show(SEEDS).broken()[0]
    assert "shows nothing" in Show(SEEDS).broken_untrained(learned=True)[0]


def test_each_statement_has_to_fail_without_training():
    show = Show(SEEDS)
    show("fails", [3, 3, 3], below=1)
    show("rides along", [3, 3, 3], below=9)
    show("has a reason", [3, 3, 3], below=9, untrained_too="it is a property of the data")
    (problem,) = show.broken_untrained(learned=True)
    assert "rides along" in problem
    assert [line.split(":")[1] for line in show.broken_untrained(learned=False)] == [" fails"]


def test_nan_is_no_failure_that_counts_without_training():
    show = Show(SEEDS)
    show("error", [math.nan] * 3, below=1)
    assert show.broken_untrained(learned=True) == ["error: not a number"]


def test_statement_survives_json():
    found = one([[0.1, 0.3], [0.1, 0.2], [0.1, 0.1]], below=0.4)
    assert statement(found.to_json()) == found
    assert isinstance(found, Statement)


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (350, "350"), (1.5e-11, "1.5e-11"), (-2.0, "-2")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_a_statement_says_that_its_values_come_from_a_clock():
    assert one([2.0, 3.0, 4.0], above=1, clocked=True).clocked
    assert not one([2.0, 3.0, 4.0], above=1).clocked


def test_a_claim_says_that_only_times_broke_it():
    show = Show((0, 1, 2))
    assert not show.broken_by_the_clock()
    show("time", [1.0, 1.0, 1.0], above=2, clocked=True)
    assert show.broken_by_the_clock()
    show("error", [1.0, 1.0, 1.0], above=0.5)
    assert show.broken_by_the_clock()
    show("another error", [1.0, 1.0, 1.0], above=2)
    assert not show.broken_by_the_clock()
