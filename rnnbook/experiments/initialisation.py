"""Initialisation: how far the untrained gradient reaches, and what is learned from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.copy_first import SOLVED, running_mean
from rnnbook.initialisation import chrono_, forget_bias_, identity_, orthogonal_
from rnnbook.models import CopyFirstTask
from rnnbook.tasks.copy_first import CopyFirst
from rnnbook.training import History, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
SIZE = 32
#: The length that every start is trained at, and the one at which some are asked once more; over
#: the second the gradients are measured.
LENGTH, FAR = 30, 60
#: The most updates at each length.
STEPS = {LENGTH: 150, FAR: 220}
#: Learning rates that every start was tried with, and the seeds of these trials.
RATES = (2e-3, 5e-3, 1e-2, 2e-2, 3e-2)
TRIED_ON = (200, 201, 202, 203, 204)

Array = NDArray[np.float64]


class Start(NamedTuple):
    """A layer, what is done to it before training, given the length, and its learning rate."""

    layer: Callable[..., nn.Module]
    change: Callable[[nn.Module, int], nn.Module]
    learning_rate: float


def as_it_is(layer: nn.Module, length: int) -> nn.Module:
    """Leave the default initialisation."""
    return layer


def orthogonal(layer: nn.Module, length: int) -> nn.Module:
    """Make the recurrent weights orthogonal, whatever the length."""
    return orthogonal_(layer)


def identity(layer: nn.Module, length: int) -> nn.Module:
    """Make the recurrent weights the identity, whatever the length."""
    return identity_(layer)


def biased(value: float) -> Callable[[nn.Module, int], nn.Module]:
    """Return what sets the forget bias to ``value``, whatever the length."""
    return lambda layer, length: forget_bias_(layer, value)


RELU = partial(nn.RNN, nonlinearity="relu")
#: By the kind of network and the name of the start; its rate is what :func:`rates` returns.
PLAIN = {
    ("RNN", "default"): Start(nn.RNN, as_it_is, 1e-2),
    ("RNN", "orthogonal"): Start(nn.RNN, orthogonal, 2e-3),
    ("ReLU RNN", "default"): Start(RELU, as_it_is, 5e-3),
    ("ReLU RNN", "identity"): Start(RELU, identity, 2e-3),
}
GATED = {
    ("LSTM", "default"): Start(nn.LSTM, as_it_is, 5e-3),
    ("LSTM", "forget bias 1"): Start(nn.LSTM, biased(1.0), 3e-2),
    ("LSTM", "forget bias 3"): Start(nn.LSTM, biased(3.0), 1e-2),
    ("LSTM", "chrono"): Start(nn.LSTM, chrono_, 3e-2),
    ("GRU", "default"): Start(nn.GRU, as_it_is, 3e-2),
    ("GRU", "chrono"): Start(nn.GRU, chrono_, 2e-2),
}
#: The plain network from its default start, at the rate that is best for the orthogonal one.
SLOW = PLAIN["RNN", "default"]._replace(learning_rate=PLAIN["RNN", "orthogonal"].learning_rate)
#: The rates by the same names, and that of ``SLOW``.
LEARNING_RATES = {key: start.learning_rate for key, start in (PLAIN | GATED).items()}
SLOW_RATE = SLOW.learning_rate
#: What is asked at the greater length as well.
ASKED_FURTHER = (("ReLU RNN", "identity"), ("LSTM", "chrono"))


class Result(NamedTuple):
    """Gradients, errors and updates by kind of network and start; the first axis is the seed.

    ``gradient`` is (seed, step): the mean size of the derivative of the untrained answer by the
    input so many steps back. ``error`` is on fresh sequences of length ``LENGTH``, and ``curves``
    is (seed, update): the mean loss of the last twenty batches at that length, NaN after the end.
    ``further`` are the updates that it takes until length ``FAR`` is solved, infinite if it is not.
    ``slow`` is the error of ``SLOW``.
    """

    gradient: dict[tuple[str, str], Measured]
    error: dict[tuple[str, str], Measured]
    curves: dict[tuple[str, str], Measured]
    further: dict[tuple[str, str], Measured]
    slow: dict[tuple[str, str], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train from every start, each at its own learning rate."""
    parts = over_seeds(plain, seeds), over_seeds(gated, seeds)
    return Result(*({**one, **other} for one, other in zip(*parts, strict=True)))


def plain(seed: int) -> Result:
    """Measure and train networks without gates, on one seed."""
    slow = judged(trained(SLOW, LENGTH, seed)[0], seed)
    return measured(PLAIN, seed)._replace(slow={("RNN", "default"): slow})


def gated(seed: int) -> Result:
    """Measure and train networks with gates, on one seed."""
    return measured(GATED, seed)


def measured(starts: dict[tuple[str, str], Start], seed: int) -> Result:
    """Measure the gradients of some starts and train from them, on one seed."""
    runs = {key: trained(start, LENGTH, seed) for key, start in starts.items()}
    return Result(
        gradient={key: by_distance(built(s, FAR, seed), seed) for key, s in starts.items()},
        error={key: judged(model, seed) for key, (model, _) in runs.items()},
        curves={key: padded(running_mean(history.losses)) for key, (_, history) in runs.items()},
        further={
            key: trained(starts[key], FAR, seed)[1].solved_at or np.inf
            for key in ASKED_FURTHER
            if key in starts
        },
        slow={},
    )


def rates(seeds: Iterable[int] = TRIED_ON) -> dict[tuple[str, str], float]:
    """Return for each start the rate of ``RATES`` whose worst run ends best; no build calls it."""
    worst = {
        key: {
            rate: max(
                judged(trained(start._replace(learning_rate=rate), LENGTH, seed)[0], seed)
                for seed in seeds
            )
            for rate in RATES
        }
        for key, start in (PLAIN | GATED).items()
    }
    return {key: min(by_rate, key=by_rate.__getitem__) for key, by_rate in worst.items()}


def built(start: Start, length: int, seed: int) -> CopyFirstTask:
    """Return the untrained network, its layer changed as ``start`` says."""
    torch.manual_seed(seed)
    model = CopyFirstTask(SIZE, layer=start.layer)
    start.change(model.rnn, length)
    return model


def trained(start: Start, length: int, seed: int) -> tuple[CopyFirstTask, History]:
    """Return a network trained from ``start``, and how that went."""
    model = built(start, length, seed)
    history = fit(
        model,
        CopyFirst(length),
        steps=STEPS[length],
        seed=seed,
        batch_size=16,
        learning_rate=start.learning_rate,
        until=SOLVED,
    )
    return model, history


def judged(model: CopyFirstTask, seed: int) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, CopyFirst(LENGTH), seed=seed + 10_000)


def padded(curve: Array) -> Array:
    """Return a curve as long as the longest run, NaN after its end."""
    whole = np.full(STEPS[LENGTH], np.nan)
    whole[: len(curve)] = curve
    return whole


def by_distance(model: CopyFirstTask, seed: int) -> Array:
    """Return how much the answer changes with the input 0, 1, … ``FAR - 1`` steps back."""
    (xs,) = CopyFirst(FAR).batch(64, torch.Generator().manual_seed(seed + 10_000)).inputs
    xs.requires_grad_()
    (slope,) = torch.autograd.grad(model(xs).sum(), xs)
    size: Array = slope.abs().mean(dim=(0, 2)).flip(0).double().numpy()
    return size
