"""What solves the adding problem, and over how many steps: every remedy on the same task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.initialisation import chrono_, identity_, orthogonal_
from rnnbook.layers import unroll
from rnnbook.linear import MinGRU
from rnnbook.models import AttentiveRegressor, SequenceRegressor
from rnnbook.scan import scan
from rnnbook.tasks.adding import Adding
from rnnbook.training import History, evaluate, fit

SIZE = 24
#: The lengths, and the most steps of training that each gets.
STEPS = {10: 250, 20: 400, 30: 400, 100: 600, 200: 600}
#: Held-out error below which a run counts as solved; answering one makes 1/6.
SOLVED = 0.02
#: Training stops once the mean loss of twenty batches is below this, a little better than solved.
UNTIL = 0.015
#: How far back a skip connection reaches.
SKIP = 10

Array = NDArray[np.float64]


class SkipRNN(nn.Module):
    """A plain recurrence whose state also sees the state ``skip`` steps back.

    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + W_far h_{t-skip} + b_h)``. It reads batches without
    padding, (batch, time, input_size), and starts as PyTorch's layers do.
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, skip: int = SKIP, batch_first: bool = True
    ) -> None:
        super().__init__()
        if not batch_first:
            raise ValueError("SkipRNN: expected batch_first=True; it is written for this book only")
        self.hidden_size, self.skip = hidden_size, skip
        bound = hidden_size**-0.5

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))

        self.W_xh = drawn(hidden_size, input_size)
        self.W_hh = drawn(hidden_size, hidden_size)
        self.W_far = drawn(hidden_size, hidden_size)
        self.b_h = drawn(hidden_size)

    def forward(self, xs: Tensor, h_0: None = None) -> tuple[Tensor, Tensor]:
        """Return every state, (batch, time, hidden_size), and the last, (1, batch, hidden_size)."""
        weights = torch.cat([self.W_hh, self.W_far], dim=1).T

        def step(from_input: Tensor, past: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            # h_t = tanh(W_xh x_t + W_hh h_{t-1} + W_far h_{t-skip} + b_h)
            seen = torch.cat([past[0], past[-1]], dim=1)
            h = torch.tanh(torch.addmm(from_input, seen, weights))
            return (h, *past[:-1])

        from_input = F.linear(xs, self.W_xh, self.b_h).unbind(dim=1)
        nothing = (xs.new_zeros(len(xs), self.hidden_size),) * self.skip
        states, past = unroll(step, from_input, nothing)
        return states.unflatten(0, (xs.shape[1], len(xs))).transpose(0, 1), past[0].unsqueeze(0)


class Case(NamedTuple):
    """A network, a length it is tried at, and how it is built (given that length) and trained."""

    kind: str
    name: str
    length: int
    build: Callable[[int], nn.Module]
    learning_rate: float
    clip: float | None = 1.0


def last(layer: Callable[..., nn.Module] = nn.RNN) -> SequenceRegressor:
    """Return a network that answers from the last state of ``layer``."""
    return SequenceRegressor(2, SIZE, layer=layer)


def plain(length: int) -> nn.Module:
    """Return the plain network as PyTorch starts it."""
    return last()


def orthogonal(length: int) -> nn.Module:
    """Return a plain network whose recurrent matrix is orthogonal."""
    model = last()
    orthogonal_(model.rnn)
    return model


def identity(length: int) -> nn.Module:
    """Return a ReLU network that starts with the identity."""
    model = last(partial(nn.RNN, nonlinearity="relu"))
    identity_(model.rnn)
    return model


def open_lstm(length: int) -> nn.Module:
    """Return an LSTM whose forget gates are open for up to ``length`` steps."""
    model = last(nn.LSTM)
    chrono_(model.rnn, length)
    return model


def scanned(length: int) -> nn.Module:
    """Return a linear recurrence, computed by a scan, that keeps for up to ``length`` steps."""
    return last(partial(MinGRU, longest=length))


CASES = (
    Case("RNN", "plain", 10, plain, 1e-2),
    Case("RNN", "plain", 20, plain, 1e-2),
    Case("RNN", "plain, unclipped", 10, plain, 1e-2, None),
    Case("RNN", "plain, orthogonal", 10, orthogonal, 1e-2),
    Case("RNN", "plain, orthogonal", 20, orthogonal, 1e-2),
    Case("RNN", "plain, skip 10", 20, lambda length: last(SkipRNN), 1e-2),
    Case("RNN", "ReLU, identity", 10, identity, 6e-3),
    Case("RNN", "ReLU, identity", 20, identity, 6e-3),
    Case("LSTM", "LSTM", 20, lambda length: last(nn.LSTM), 2e-2),
    Case("LSTM", "LSTM", 30, lambda length: last(nn.LSTM), 2e-2),
    Case("LSTM", "LSTM, chrono", 20, open_lstm, 2e-2),
    Case("LSTM", "LSTM, chrono", 100, open_lstm, 2e-2),
    Case("GRU", "GRU", 20, lambda length: last(nn.GRU), 2e-2),
    Case("GRU", "GRU", 30, lambda length: last(nn.GRU), 2e-2),
    Case("linear", "linear, scan", 30, scanned, 3e-2),
    Case("linear", "linear, scan", 200, scanned, 3e-2),
    Case("attention", "plain, attention", 100, lambda length: AttentiveRegressor(2, SIZE), 2e-2),
)


#: The two starts whose gradients are compared.
STARTS = (plain, orthogonal)


class Result(NamedTuple):
    """What became of every run; the first axis of each array is the seed.

    ``error`` and ``steps`` are (seed, case): the squared error on fresh sequences, and the steps
    of training taken. ``slope`` is (seed, start): how much the answer over 20 steps changes with
    the first of them, before training, from the default start and from an orthogonal one.
    ``scan_error`` is (seed): the largest difference between the scan and the loop, gradients
    included. ``weights`` is (seed, step): how much the trained attention looks at each step of one
    fresh sequence, whose two marked steps, counted from 0, are ``marked``, (seed, 2).
    """

    cases: tuple[tuple[str, str, int], ...]
    error: Array
    steps: NDArray[np.int64]
    slope: Array
    scan_error: Array
    weights: Array
    marked: NDArray[np.int64]
    solved: float
    baseline: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train every network at its lengths.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    shape = (len(seeds), len(CASES))
    error, steps = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    longest = max(STEPS)
    attended = max(case.length for case in CASES if case.kind == "attention")
    weights = np.zeros((len(seeds), attended))
    marked = np.zeros((len(seeds), 2), dtype=np.int64)
    for i, seed in enumerate(seeds):
        for k, case in enumerate(CASES):
            model, history = trained(case, seed)
            error[i, k] = evaluate(model, Adding(case.length), seed=seed + 10_000, size=256)
            steps[i, k] = len(history.losses)
            if isinstance(model, AttentiveRegressor):
                weights[i], marked[i] = looked_at(model, case.length, seed)
    slope = np.array([[first_slope(build, 20, seed) for build in STARTS] for seed in seeds])
    difference = np.array([scan_against_loop(longest, seed) for seed in seeds])
    cases = tuple((case.kind, case.name, case.length) for case in CASES)
    return Result(
        cases, error, steps, slope, difference, weights, marked, SOLVED, Adding(longest).baseline
    )


def trained(case: Case, seed: int) -> tuple[nn.Module, History]:
    """Return the network of ``case``, trained, and how that went."""
    torch.manual_seed(seed)
    model = case.build(case.length)
    history = fit(
        model,
        Adding(case.length),
        steps=STEPS[case.length],
        seed=seed,
        batch_size=32,
        learning_rate=case.learning_rate,
        clip=case.clip,
        until=UNTIL,
    )
    return model, history


def first_slope(build: Callable[[int], nn.Module], length: int, seed: int) -> float:
    """Return the mean size of the derivative of the untrained answer by the first input."""
    torch.manual_seed(seed)
    model = build(length)
    (xs,) = Adding(length).batch(64, torch.Generator().manual_seed(seed + 10_000)).inputs
    xs.requires_grad_()
    (slope,) = torch.autograd.grad(model(xs).sum(), xs)
    return float(slope[:, 0].abs().mean())


def looked_at(model: AttentiveRegressor, length: int, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Return the weights of one fresh sequence, and the two steps that are marked in it."""
    (xs,) = Adding(length).batch(1, torch.Generator().manual_seed(seed + 20_000)).inputs
    with torch.no_grad():
        weights: Array = model.weights(xs)[0].double().numpy()
    return weights, xs[0, :, 1].nonzero()[:, 0].numpy()


def one_by_one(a: Tensor, b: Tensor) -> Tensor:
    """Return what :func:`rnnbook.scan.scan` returns, by a loop over time."""
    h = torch.zeros_like(b[:, 0])
    states = []
    for t in range(a.shape[1]):
        # h_t = a_t * h_{t-1} + b_t
        h = a[:, t] * h + b[:, t]
        states.append(h)
    return torch.stack(states, dim=1)


def scan_against_loop(length: int, seed: int) -> float:
    """Return the largest difference between scan and loop, in states and gradients, in float64."""
    generator = torch.Generator().manual_seed(seed)
    shape = (2, length, SIZE)
    a = torch.rand(shape, generator=generator, dtype=torch.float64).requires_grad_()
    b = torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
    upstream = torch.randn(shape, generator=generator, dtype=torch.float64)
    found = []
    for compute in (scan, one_by_one):
        h = compute(a, b)
        found.append([h, *torch.autograd.grad((h * upstream).sum(), (a, b))])
    return max(float((x - y).detach().abs().max()) for x, y in zip(*found, strict=True))
