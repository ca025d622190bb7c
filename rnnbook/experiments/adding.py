"""What solves the adding problem: every remedy on the same task, most at one length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import chrono_, identity_, orthogonal_
from rnnbook.layers import MinGRU, SkipRNN
from rnnbook.models import AttentiveRegressor, SequenceRegressor
from rnnbook.tasks.adding import Adding
from rnnbook.training import History, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
SIZE = 24
BATCH = 32
#: The lengths, and the most updates that each gets.
STEPS = {10: 250, 20: 250, 60: 400, 100: 400, 200: 400}
#: Held-out error below which a run counts as solved; answering one makes 1/6.
SOLVED = 0.02
#: Training stops once the mean loss of twenty batches is below this, a little better than solved.
UNTIL = 0.015
#: Fresh sequences that a trained network is judged on.
JUDGED = 256
#: Tried for each kind of network on other seeds; the one with the least mean error was taken.
LEARNING_RATES = (6e-3, 1e-2, 2e-2, 3e-2)
#: How far back a skip connection reaches.
SKIP = 10
#: The length that attention is tried at.
ATTENDED = 100
#: The length at which the answers of untrained networks are differentiated.
SLOPE_LENGTH = 20

Array = NDArray[np.float64]


class Case(NamedTuple):
    """A network, a length it is tried at, and how it is built (given that length) and trained."""

    name: str
    length: int
    build: Callable[[int], nn.Module]
    learning_rate: float
    clip: float | None = 1.0


def last(layer: Callable[..., nn.Module] = nn.RNN) -> SequenceRegressor:
    """Return a network that answers from the last state of ``layer``."""
    return SequenceRegressor(2, SIZE, layer=layer)


def plain(length: int) -> nn.Module:
    """Return the plain network with PyTorch's default initialisation."""
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


def gated(length: int) -> nn.Module:
    """Return a GRU with PyTorch's default initialisation."""
    return last(nn.GRU)


def scanned(length: int) -> nn.Module:
    """Return a linear recurrence, computed by a scan, that keeps for up to ``length`` steps."""
    return last(partial(MinGRU, longest=length))


CASES = (
    Case("plain", 10, plain, 2e-2),
    Case("plain", 20, plain, 2e-2),
    Case("plain, unclipped", 10, plain, 2e-2, None),
    Case("plain, orthogonal", 20, orthogonal, 6e-3),
    Case("plain, skip 10", 20, lambda length: last(partial(SkipRNN, skip=SKIP)), 6e-3),
    Case("ReLU, identity", 20, identity, 6e-3),
    Case("LSTM", 20, lambda length: last(nn.LSTM), 3e-2),
    Case("LSTM, chrono", 60, open_lstm, 3e-2),
    Case("GRU", 20, gated, 3e-2),
    Case("linear, scan", 200, scanned, 3e-2),
    Case("plain, attention", ATTENDED, lambda length: AttentiveRegressor(2, SIZE), 2e-2),
)


#: The networks whose gradients are compared before training.
STARTS = {"plain": plain, "plain, orthogonal": orthogonal, "GRU": gated}


class Result(NamedTuple):
    """What became of every run, a value for each seed, the seed first.

    ``error`` and ``steps`` are by name and length: the squared error on fresh sequences, and the
    updates taken. ``slope`` is by name: how much the answer over 20 steps changes with the first of
    them, before training. ``weights`` is (seed, step): how much the trained attention looks at each
    step of one fresh sequence, whose two marked steps, counted from 0, are ``marked``, (seed, 2).
    """

    error: dict[tuple[str, int], Measured]
    steps: dict[tuple[str, int], Measured]
    slope: dict[str, Measured]
    weights: Measured
    marked: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network at its lengths."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every network at its lengths, on one seed."""
    runs = {(case.name, case.length): trained(case, seed) for case in CASES}
    attentive, _ = runs["plain, attention", ATTENDED]
    weights, marked = looked_at(cast(AttentiveRegressor, attentive), seed)
    return Result(
        error={key: judged(model, key[1], seed) for key, (model, _) in runs.items()},
        steps={key: len(history.losses) for key, (_, history) in runs.items()},
        slope={name: first_slope(build, seed) for name, build in STARTS.items()},
        weights=weights,
        marked=marked,
    )


def rates(
    seeds: Sequence[int] = (200, 201, 202, 203, 204),
) -> dict[str, dict[float, float]]:
    """Return the mean error of each kind of network, over its lengths, by learning rate.

    No build calls it. The plain network without clipping has the rate of the one with it, so that
    the two differ in nothing else.
    """

    def error(case: Case, rate: float, seed: int) -> float:
        return judged(trained(case._replace(learning_rate=rate), seed)[0], case.length, seed)

    kinds: dict[str, list[Case]] = {}
    for case in CASES:
        if case.clip is not None:
            kinds.setdefault(case.name, []).append(case)
    return {
        name: {
            rate: float(np.mean([error(case, rate, seed) for case in cases for seed in seeds]))
            for rate in LEARNING_RATES
        }
        for name, cases in kinds.items()
    }


def trained(case: Case, seed: int) -> tuple[nn.Module, History]:
    """Return the network of ``case``, trained, and how that went."""
    torch.manual_seed(seed)
    model = case.build(case.length)
    history = fit(
        model,
        Adding(case.length),
        steps=STEPS[case.length],
        seed=seed,
        batch_size=BATCH,
        learning_rate=case.learning_rate,
        clip=case.clip,
        until=UNTIL,
    )
    return model, history


def judged(model: nn.Module, length: int, seed: int) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, Adding(length), seed=seed + 10_000, size=JUDGED)


def first_slope(build: Callable[[int], nn.Module], seed: int) -> float:
    """Return the mean size of the derivative of the untrained answer by the first input."""
    torch.manual_seed(seed)
    model = build(SLOPE_LENGTH)
    (xs,) = Adding(SLOPE_LENGTH).batch(64, torch.Generator().manual_seed(seed + 10_000)).inputs
    xs.requires_grad_()
    (slope,) = torch.autograd.grad(model(xs).sum(), xs)
    return float(slope[:, 0].abs().mean())


def looked_at(model: AttentiveRegressor, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Return the weights of one fresh sequence, and the two steps that are marked in it."""
    (xs,) = Adding(ATTENDED).batch(1, torch.Generator().manual_seed(seed + 20_000)).inputs
    with torch.no_grad():
        weights: Array = model.weights(xs)[0].double().numpy()
    return weights, xs[0, :, 1].nonzero()[:, 0].numpy()
