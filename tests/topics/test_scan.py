"""The experiment on the scan: what it counts, what it draws, and the shortcuts it compares."""

import pytest
import torch

from rnnbook.experiments import scan as experiment
from rnnbook.scan import step_by_step


@pytest.mark.parametrize("time", [4, 9, 16, 25, 64])
def test_counts_are_those_of_the_orders(time):
    root, passes = round(time**0.5), (time - 1).bit_length()
    assert experiment.counted("loop", time) == (time, 1)
    # inside the chunks, at the borders, and once more inside
    rounds, _ = experiment.counted("chunks", time)
    assert rounds == (root - 1) + (root - 1) + root
    assert experiment.counted("doubling", time) == (passes, 2 * passes)


@pytest.mark.parametrize("time", [4, 9, 16])
def test_in_the_end_each_state_has_its_whole_past(time):
    for seen in (experiment.seen_by_doubling(time), experiment.seen_by_chunks(time)):
        assert seen[0].tolist() == [1] * time
        assert seen[-1].tolist() == list(range(1, time + 1))
        assert (seen[1:] >= seen[:-1]).all()


def test_after_each_pass_as_many_steps_are_joined_as_are_drawn():
    """Stop doubling early, by a sequence whose earlier steps keep nothing of what came before."""
    for row, span in zip(experiment.seen_by_doubling(8)[1:], (1, 2, 4), strict=True):
        b = torch.ones(8)
        for joined in (1, 2, 4):
            if joined <= span:
                b = b + torch.cat([torch.zeros(joined), b[:-joined]])
        assert b.int().tolist() == row.tolist()


@pytest.mark.parametrize("call", [experiment.logarithms, experiment.products, experiment.indexed])
def test_each_way_gives_the_states(call):
    a, b = experiment.steps(0, 2, 30, 3, dtype=torch.float64)
    assert (a >= experiment.LEAST).all()
    assert (b > 0).all()
    torch.testing.assert_close(call(a, b), step_by_step(a, b), rtol=1e-10, atol=1e-10)


def test_what_is_timed_is_also_what_is_returned():
    a, b = (x.requires_grad_() for x in experiment.steps(0, 2, 30, 3, dtype=torch.float64))
    right = experiment.timed(step_by_step, a, b)()
    for order in (*map(experiment.scanned, experiment.ORDERS.values()), experiment.indexed):
        torch.testing.assert_close(experiment.timed(order, a, b)(), right)
