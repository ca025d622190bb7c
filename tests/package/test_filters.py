"""Filters: the recurrences against enumeration, closed forms and SciPy."""

import math

import pytest
import torch
from scipy.linalg import solve_discrete_are

from rnnbook.experiments.filters import dice, kalman
from rnnbook.filters import HiddenMarkov, Kalman, LinearFilter
from rnnbook.tasks.tracking import Tracking


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def precise(task=None):
    """Kalman's filter of the tracking task, in 64 bits."""
    exact = kalman(task or Tracking())
    return Kalman(*(getattr(exact, name).double() for name in ("F", "H", "Q", "R", "P_1")))


# ------------------------------------------------------------------- hidden Markov models


def test_forward_variables_divided_by_their_sum_are_the_beliefs():
    symbols = torch.randint(6, (4, 30), generator=seeded())
    beliefs, log_likelihood = dice().filtered(symbols)
    alphas = dice().forward(symbols)
    torch.testing.assert_close(beliefs, alphas / alphas.sum(-1, keepdim=True))
    torch.testing.assert_close(log_likelihood, alphas[:, -1].sum(-1).log())


def test_probabilities_of_all_sequences_add_up_to_one():
    every = torch.cartesian_prod(*[torch.arange(6)] * 4)
    _, log_likelihood = dice().filtered(every)
    assert log_likelihood.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_a_sequence_is_filtered_the_same_alone_and_in_a_batch():
    symbols = torch.randint(6, (3, 12), generator=seeded())
    alone = torch.cat([dice().filtered(row[None])[0] for row in symbols])
    torch.testing.assert_close(dice().filtered(symbols)[0], alone)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"transition": torch.ones(2, 2)}, "add up"),
        ({"transition": torch.eye(3)}, "expected start"),
        ({"emission": torch.ones(3, 6) / 6}, "expected start"),
        ({"start": torch.tensor([1.5, -0.5])}, "add up"),
    ],
)
def test_tables_that_hold_no_probabilities_are_refused(change, says):
    tables = {"start": dice().start, "transition": dice().transition, "emission": dice().emission}
    with pytest.raises(ValueError, match=says):
        HiddenMarkov(**(tables | change))


def test_symbols_that_are_unknown_are_refused():
    with pytest.raises(ValueError, match="6"):
        dice().filtered(torch.tensor([[6]]))
    with pytest.raises(TypeError, match="integer"):
        dice().filtered(torch.rand(1, 3))
    with pytest.raises(ValueError, match="empty"):
        dice().filtered(torch.zeros(1, 0, dtype=torch.int64))


# --------------------------------------------------------------------------- Kalman's filter


def test_gain_settles_at_the_solution_of_the_riccati_equation():
    exact = precise()
    P = torch.from_numpy(
        solve_discrete_are(exact.F.T.numpy(), exact.H.T.numpy(), exact.Q.numpy(), exact.R.numpy())
    )
    K = P @ exact.H.T / (exact.H @ P @ exact.H.T + exact.R)
    torch.testing.assert_close(exact.gains(400)[-1], K, atol=1e-10, rtol=0)


def test_estimate_is_the_mean_of_the_normal_distribution_given_what_was_seen():
    """All states and observations are normal together, so the mean is a regression."""
    exact, time = precise(), 6
    powers = [torch.linalg.matrix_power(exact.F, k) for k in range(time)]
    cov = torch.zeros(time, 2, time, 2, dtype=torch.float64)
    P = exact.P_1
    for t in range(time):
        if t:
            P = exact.F @ P @ exact.F.T + exact.Q
        for later in range(t, time):
            cov[later, :, t] = powers[later - t] @ P
            cov[t, :, later] = cov[later, :, t].T
    seen = cov[:, 0, :, 0] + exact.R * torch.eye(time, dtype=torch.float64)
    ys = torch.randn(1, time, 1, generator=seeded(), dtype=torch.float64)
    right = cov[-1, :, :, 0] @ torch.linalg.solve(seen, ys[0, :, 0])
    torch.testing.assert_close(exact.filtered(ys)[0, -1], right, atol=1e-12, rtol=0)


def test_settled_filter_is_a_linear_network():
    exact = precise()
    ys = torch.randn(3, 300, 1, generator=seeded(), dtype=torch.float64)
    network = exact.settled()
    assert isinstance(network, LinearFilter)
    with torch.no_grad():
        told = network(ys)
    torch.testing.assert_close(told[:, 200:], exact.filtered(ys)[:, 200:, :1], atol=1e-8, rtol=0)


def test_a_surprise_is_clipped():
    exact = precise()
    ys = torch.zeros(1, 5, 1, dtype=torch.float64)
    ys[0, 2] = 1000.0
    assert exact.filtered(ys).abs().max() > 10
    limited = exact.filtered(ys, clip=1.0)
    assert limited.abs().max() <= exact.gains(5)[2].abs().max()
    torch.testing.assert_close(exact.filtered(ys, clip=math.inf), exact.filtered(ys))
    with pytest.raises(ValueError, match="above 0"):
        exact.filtered(ys, clip=0.0)


def test_matrices_that_do_not_fit_are_refused():
    exact = precise()
    with pytest.raises(ValueError, match="expected Q of shape"):
        Kalman(exact.F, exact.H, torch.eye(3).double(), exact.R, exact.P_1)
    with pytest.raises(ValueError, match="seen"):
        exact.filtered(torch.zeros(1, 4, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match="batch, time, seen"):
        exact.filtered(torch.zeros(4, 1, dtype=torch.float64))


# ----------------------------------------------------------------------------- the network


def test_linear_filter_is_linear_and_reads_forward():
    torch.manual_seed(0)
    model = LinearFilter(2, 3, 1).double()
    one, other = (torch.randn(1, 9, 2, generator=seeded(s), dtype=torch.float64) for s in (1, 2))
    torch.testing.assert_close(model(2 * one - other), 2 * model(one) - model(other))
    later = one.clone()
    later[:, 5:] = 0
    torch.testing.assert_close(model(one)[:, :5], model(later)[:, :5])
    with pytest.raises(ValueError, match="input_size"):
        model(one[..., :1])
    with pytest.raises(ValueError, match="at least 1"):
        LinearFilter(2, 0, 1)


# ------------------------------------------------------- what would go wrong without a word


def test_a_table_that_is_no_table_is_refused():
    nothing, tables = torch.full((2,), torch.nan), (dice().transition, dice().emission)
    with pytest.raises(ValueError, match="add up"):
        HiddenMarkov(nothing, *tables)
    with pytest.raises(ValueError, match="expected start"):
        HiddenMarkov(torch.tensor(1.0), *tables)
    with pytest.raises(
        TypeError, match=r"one type, got start torch\.float64, transition torch\.float32"
    ):
        HiddenMarkov(dice().start.double(), *tables)
    with pytest.raises(TypeError, match=r"one type, got F torch\.float64, H torch\.float32"):
        Kalman(precise().F, precise().H.float(), precise().Q, precise().R, precise().P_1)


def test_symbols_that_cannot_follow_each_other_are_refused_by_name():
    stays = HiddenMarkov(torch.tensor([1.0, 0.0]), torch.eye(2), torch.eye(2))
    symbols = torch.tensor([[0, 0, 0], [0, 1, 0]])
    assert stays.forward(symbols)[1, 1:].eq(0).all()
    with pytest.raises(ValueError, match="step 1 of sequence 1 that has the probability zero"):
        stays.filtered(symbols)


def test_a_linear_filter_says_its_sizes():
    assert repr(LinearFilter(2, 3, 1)) == "LinearFilter(2, 3, 1)"
