"""What a start is worth: how far the untrained gradient reaches, and what is learned from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments.copy_first import SOLVED, running_mean
from rnnbook.initialisation import chrono_, forget_bias_, identity_, orthogonal_
from rnnbook.models import CopyFirstTask
from rnnbook.tasks.copy_first import CopyFirst
from rnnbook.training import History, evaluate, fit

SIZE = 32
#: The lengths to copy over, and the most steps of training that each gets.
STEPS = {10: 100, 30: 150, 60: 250}
LENGTHS = tuple(STEPS)
#: The length whose learning curves are kept, and the one over which gradients are measured.
SHOWN, FAR = 30, 60

Array = NDArray[np.float64]


class Start(NamedTuple):
    """A layer, what is done to it before training, given the length, and its learning rate."""

    kind: str
    name: str
    layer: Callable[..., nn.Module]
    change: Callable[[nn.Module, int], nn.Module]
    learning_rate: float


def as_it_is(layer: nn.Module, length: int) -> nn.Module:
    """Leave PyTorch's own start."""
    return layer


RELU = partial(nn.RNN, nonlinearity="relu")
STARTS = (
    Start("RNN", "default", nn.RNN, as_it_is, 2e-3),
    Start("RNN", "orthogonal", nn.RNN, lambda layer, length: orthogonal_(layer), 2e-3),
    Start("ReLU RNN", "default", RELU, as_it_is, 2e-3),
    Start("ReLU RNN", "identity", RELU, lambda layer, length: identity_(layer), 2e-3),
    Start("LSTM", "default", nn.LSTM, as_it_is, 1e-2),
    Start("LSTM", "forget bias 1", nn.LSTM, lambda layer, length: forget_bias_(layer, 1.0), 1e-2),
    Start("LSTM", "forget bias 3", nn.LSTM, lambda layer, length: forget_bias_(layer, 3.0), 1e-2),
    Start("LSTM", "chrono", nn.LSTM, chrono_, 1e-2),
    Start("GRU", "default", nn.GRU, as_it_is, 1e-2),
    Start("GRU", "chrono", nn.GRU, chrono_, 1e-2),
)


class Result(NamedTuple):
    """Gradients and errors of every start; the first axis of each array is the seed.

    ``gradient`` is (seed, start, step): the mean size of the derivative of the untrained answer by
    the input so many steps back. ``error`` is (seed, start, length), on fresh sequences; NaN where
    a shorter length had not been learned. ``reached`` is (seed, start): the longest length learned,
    0 if none was. ``curves`` is (seed, start, step): the mean loss of the last twenty
    batches at length 30, NaN after the end.
    ``steps`` is (seed, start, length): how many were taken.
    """

    starts: tuple[tuple[str, str], ...]
    lengths: tuple[int, ...]
    shown: int
    gradient: Array
    error: Array
    reached: NDArray[np.int64]
    curves: Array
    steps: NDArray[np.int64]
    solved: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train from every start at growing lengths, until one is too long for it.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    shape = (len(seeds), len(STARTS))
    gradient, curves = np.zeros((*shape, FAR)), np.full((*shape, STEPS[SHOWN]), np.nan)
    error = np.full((*shape, len(LENGTHS)), np.nan)
    reached = np.zeros(shape, dtype=np.int64)
    steps = np.zeros((*shape, len(LENGTHS)), dtype=np.int64)
    for i, seed in enumerate(seeds):
        for k, start in enumerate(STARTS):
            gradient[i, k] = by_distance(built(start, FAR, seed), seed)
            for j, length in enumerate(LENGTHS):
                # the length whose curves are shown is tried by everybody
                if j > 0 and reached[i, k] < LENGTHS[j - 1] and length != SHOWN:
                    break
                model, history = trained(start, length, seed)
                error[i, k, j] = evaluate(model, CopyFirst(length), seed=seed + 10_000)
                steps[i, k, j] = len(history.losses)
                if history.solved_at is not None:
                    reached[i, k] = length
                if length == SHOWN:
                    curves[i, k, : len(history.losses)] = running_mean(history.losses)
    starts = tuple((start.kind, start.name) for start in STARTS)
    return Result(starts, LENGTHS, SHOWN, gradient, error, reached, curves, steps, SOLVED)


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


def by_distance(model: CopyFirstTask, seed: int) -> Array:
    """Return how much the answer changes with the input 0, 1, … ``FAR - 1`` steps back."""
    (xs,) = CopyFirst(FAR).batch(64, torch.Generator().manual_seed(seed + 10_000)).inputs
    xs.requires_grad_()
    (slope,) = torch.autograd.grad(model(xs).sum(), xs)
    size: Array = slope.abs().mean(dim=(0, 2)).flip(0).double().numpy()
    return size
