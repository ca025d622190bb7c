"""Splits and series of the chapter on leaks: what each split promises, and what it breaks."""

import numpy as np
import pytest

from rnnbook.experiments import leaks
from rnnbook.tasks.windows_ahead import WindowsAhead

VALUES = np.arange(100.0)


def steps_of(task, split):
    """The steps that a task's windows and targets touch; the value of a step is its number."""
    batch = task.whole()
    every = np.concatenate([batch.inputs[0].numpy().ravel(), batch.target.numpy().ravel()])
    return set(np.round(every * split.spread + split.mean).astype(int))


def targets_of(task, split):
    return set(
        np.round(task.whole().target.numpy().ravel() * split.spread + split.mean).astype(int)
    )


@pytest.mark.parametrize("way", ["in time", "scaler on all"])
def test_a_split_in_time_shares_no_step(way):
    split = leaks.SPLITS[way](VALUES, 0)
    train, test = steps_of(split.train, split), steps_of(split.test, split)
    assert (min(train), max(train), min(test), max(test)) == (0, 74, 75, 99)


def test_a_random_split_trains_on_what_comes_later_and_keeps_its_targets_apart():
    split = leaks.at_random(VALUES, 0)
    train, test = targets_of(split.train, split), targets_of(split.test, split)
    assert not train & test
    assert max(train) > min(test)


def test_windows_cut_first_lie_across_the_cut_but_share_no_target():
    split = leaks.windows_first(VALUES, 0)
    assert steps_of(split.train, split) & steps_of(split.test, split)
    assert max(targets_of(split.train, split)) < min(targets_of(split.test, split))


@pytest.mark.parametrize(("way", "share"), [("in time", 0.75), ("scaler on all", 1)])
def test_a_scaler_sees_what_it_should(way, share):
    seen = VALUES[: int(share * 100)]
    split = leaks.SPLITS[way](VALUES, 0)
    assert (split.mean, split.spread) == pytest.approx((seen.mean(), seen.std()))


def test_shuffled_steps_are_the_same_steps():
    values = leaks.walk(3)[0]
    found = leaks.shuffled(values, 0)
    assert sorted(np.diff(found)) == pytest.approx(sorted(np.diff(values)))
    assert (found[0], found[-1]) == pytest.approx((values[0], values[-1]))
    assert not np.allclose(found, values)


@pytest.mark.parametrize("make", leaks.MADE.values(), ids=list(leaks.MADE))
def test_a_forecaster_who_knows_is_not_beaten_by_noise(make):
    values, expected = make(0)
    error = expected[: len(values) - leaks.AHEAD] - values[leaks.AHEAD :]
    assert len(expected) == len(values)
    assert abs(error.mean()) < 0.2 * error.std() + 0.01


def test_a_short_series_cannot_be_audited():
    with pytest.raises(ValueError, match="audit: expected at least 88 values, got 87"):
        leaks.audit(VALUES[:87], leaks.in_time, 0)
    assert leaks.audit(VALUES[:88], leaks.in_time, 0) > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "length and ahead must be at least 1, got 0 and 1"),
        ({"ahead": 0}, "length and ahead must be at least 1, got 16 and 0"),
        ({"values": range(16)}, "expected at least 17 values, a window and its target, got 16"),
        ({"values": [*range(20), float("nan")]}, "expected finite values"),
        ({"starts": [24]}, "expected starts from 0 to 23"),
        ({"starts": []}, "expected starts from 0 to 23"),
    ],
    ids=str,
)
def test_a_task_of_windows_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        WindowsAhead(**options)


def test_repeating_the_last_value_of_a_level_series():
    task = WindowsAhead([2.0] * 20)
    batch = task.whole()
    assert task.score(task.trivial(batch), batch) == 1
    assert task.score(task.trivial(batch) + 1, batch) == float("inf")
