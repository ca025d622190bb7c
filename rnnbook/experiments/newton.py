"""A recurrence that is not linear, solved for all steps at once: Newton's method, round by round.

Lim et al. (2024) and Danieli et al. (2025).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import jacrev, vmap
from torch.nn import functional as F

from rnnbook.cells import GRUCell, SimpleRNNCell
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import orthogonal_
from rnnbook.layers import GRU, RNN

#: A seed draws weights and inputs.
SEEDS = (0, 1, 2)
#: Numbers in an input and in a state.
SIZE = 16
#: Steps of a sequence.
LENGTHS = (100, 1000, 4000)
#: Networks, by name: a GRU with PyTorch's default weights, and plain networks whose recurrent
#: weights are orthogonal, times this gain.
NETWORKS = {"GRU": None, "tanh, gain 1": 1.0, "tanh, gain 3": 3.0}
#: What Newton's method does not solve is tried over this many steps only.
CHAOTIC, SHORT = "tanh, gain 3", 100
#: How close all states have to come, and the most rounds.
CLOSE, MOST = 1e-10, 60

#: A step of one network: the next state, from what the step reads and the state before it.
Step = Callable[[Tensor, Tensor], Tensor]


class Result(NamedTuple):
    """How many rounds Newton's method takes, in float64; the first axis is the seed.

    ``rounds`` is, by network and steps, after how many rounds all states are within :data:`CLOSE`
    of those of the loop; one more than :data:`MOST` if no round came so close.
    """

    rounds: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count the rounds of every network and length."""
    return over_seeds(one, seeds)


@torch.no_grad()
def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(
        {
            (name, time): counted(name, time, seed)
            for name in NETWORKS
            for time in ((SHORT,) if name == CHAOTIC else LENGTHS)
        }
    )


def counted(name: str, time: int, seed: int) -> int:
    """Return the rounds that one network needs over one sequence."""
    step, zs, right = network(name, time, seed)
    rounds = islice(newton(step, zs, torch.zeros_like(right)), MOST)
    close = (number for number, h in enumerate(rounds, 1) if (h - right).abs().max() <= CLOSE)
    return next(close, MOST + 1)


def network(name: str, time: int, seed: int) -> tuple[Step, Tensor, Tensor]:
    """Return a step, what every step reads, (time, …), and the states of the loop, (time, SIZE)."""
    torch.manual_seed(seed)
    gain = NETWORKS[name]
    layer: GRU | RNN = (RNN if gain else GRU)(SIZE, SIZE, dtype=torch.float64)
    if gain:
        orthogonal_(layer, gain)
    cell = SimpleRNNCell if gain else GRUCell
    W_xh, W_hh, b_xh, b_hh = (weight.detach() for weight in layer.all_weights[0])
    xs = torch.randn(time, SIZE, dtype=torch.float64)
    zs = F.linear(xs, W_xh, b_xh)
    return lambda z, h: cell.step(z, h, W_hh, b_hh), zs, layer(xs)[0]


def newton(step: Step, zs: Tensor, h: Tensor) -> Iterator[Tensor]:
    """Yield all states of a recurrence after each round of Newton's method, without end.

    Parameters
    ----------
    step : callable
        ``step(z, h)`` is the state after ``h``, of one sequence: a vector of one.
    zs : Tensor
        What each step reads, (time, …).
    h : Tensor
        A first guess at all states, (time, size). The state before the first step is zero.

    Yields
    ------
    Tensor
        All states, (time, size).

    Notes
    -----
    Lim et al. (2024), Danieli et al. (2025). The states solve ``h_t = f(h_{t-1})``, one equation a
    step. Around the last round's states each step is almost linear,
    ``f(h_{t-1}) + J_t (h'_{t-1} - h_{t-1})``, with the Jacobian ``J_t`` of the step. The states
    ``h'`` of this linear recurrence are the next round's.

    Examples
    --------
    The states of a recurrence that is linear already are there after one round.

    >>> import torch
    >>> from rnnbook.experiments.newton import newton
    >>> half = lambda z, h: 0.5 * h + z
    >>> next(newton(half, torch.ones(4, 1), torch.zeros(4, 1))).flatten()
    tensor([1.0000, 1.5000, 1.7500, 1.8750])
    """
    f, jacobian = vmap(step), vmap(jacrev(step, argnums=1))
    while True:
        before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])
        # J_t = df/dh at h_{t-1}, for all t at once
        J = jacobian(zs, before)
        # h'_t = J_t h'_{t-1} + b_t with b_t = f(h_{t-1}) - J_t h_{t-1}
        h = doubling(J, f(zs, before) - times(J, before))
        yield h


def doubling(J: Tensor, b: Tensor) -> Tensor:
    """Return ``h_t = J_t h_{t-1} + b_t`` for all steps, as :func:`rnnbook.scan.doubling` does.

    Parameters
    ----------
    J : Tensor
        A matrix for each step, (time, size, size).
    b : Tensor
        What each step adds, (time, size).

    Returns
    -------
    Tensor
        Every state, from zero, (time, size).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.newton import doubling
    >>> doubling(torch.ones(5, 1, 1), torch.ones(5, 1)).flatten()
    tensor([1., 2., 3., 4., 5.])
    """
    span = 1
    while span < len(b):
        # (J_1, b_1) then (J_2, b_2) = (J_2 J_1, J_2 b_1 + b_2)
        b = torch.cat([b[:span], times(J[span:], b[:-span]) + b[span:]])
        J = torch.cat([J[:span], J[span:] @ J[:-span]])
        span *= 2
    return b


def times(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Return the product of each matrix and its vector."""
    return (matrices @ vectors.unsqueeze(-1)).squeeze(-1)
