"""Newton's method over time: its linear recurrence is the loop's, and its rounds settle states."""

from itertools import islice

import pytest
import torch

from rnnbook.experiments import newton


@pytest.mark.parametrize("time", [1, 2, 5, 8, 13])
def test_doubling_takes_matrices(time):
    torch.manual_seed(time)
    J, b = torch.randn(time, 3, 3).double(), torch.randn(time, 3).double()
    h, right = torch.zeros(3).double(), []
    for J_t, b_t in zip(J, b, strict=True):
        h = J_t @ h + b_t
        right.append(h)
    torch.testing.assert_close(newton.doubling(J, b), torch.stack(right))


@pytest.mark.parametrize("name", newton.NETWORKS)
def test_the_step_is_that_of_the_loop(name):
    step, zs, hs = newton.network(name, 5, 0)
    before = torch.cat([torch.zeros_like(hs[:1]), hs[:-1]])
    for z, h, after in zip(zs, before, hs, strict=True):
        torch.testing.assert_close(step(z, h), after)


@pytest.mark.parametrize("name", newton.NETWORKS)
def test_each_round_settles_at_least_one_more_step(name):
    step, zs, right = newton.network(name, 6, 0)
    rounds = newton.newton(step, zs, torch.zeros_like(right))
    for settled, h in enumerate(islice(rounds, 6), start=1):
        torch.testing.assert_close(h[:settled], right[:settled], rtol=1e-9, atol=1e-9)
    assert newton.counted(name, 6, 0) <= 6


def test_what_is_not_solved_counts_one_more_than_the_most(monkeypatch):
    monkeypatch.setattr(newton, "MOST", 1)
    assert newton.counted("GRU", 30, 0) == 2
