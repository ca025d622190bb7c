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
STEPS = {10: 100, 30: 150, 60: 220}
LENGTHS = tuple(STEPS)
#: The length whose learning curves are kept, and the one over which gradients are measured.
SHOWN, FAR = 30, 60

Array = NDArray[np.float64]


class Start(NamedTuple):
    """A layer, what is done to it before training, given the length, and its learning rate.

    ``longest`` is the longest length it is tried at.
    """

    kind: str
    name: str
    layer: Callable[..., nn.Module]
    change: Callable[[nn.Module, int], nn.Module]
    learning_rate: float
    longest: int = FAR


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
    Start(
        "LSTM",
        "forget bias 3",
        nn.LSTM,
        lambda layer, length: forget_bias_(layer, 3.0),
        1e-2,
        SHOWN,
    ),
    Start("LSTM", "chrono", nn.LSTM, chrono_, 1e-2),
    Start("GRU", "default", nn.GRU, as_it_is, 1e-2),
    # one step of it takes as long as three of an LSTM
    Start("GRU", "chrono", nn.GRU, chrono_, 1e-2, SHOWN),
)


class Result(NamedTuple):
    """Gradients and errors of every start; the first axis of each array is the seed.

    ``gradient`` is (seed, start, step): the mean size of the derivative of the untrained answer by
    the input so many steps back. ``error`` is (seed, start), on fresh sequences of length 30, and
    ``curves`` is (seed, start, step): the mean loss of the last twenty batches at that length, NaN
    after the end. ``reached`` is (seed, start): the longest length learned, 0 if none was;
    ``tried`` is (start,): the longest that it would have been tried at.
    """

    starts: tuple[tuple[str, str], ...]
    lengths: tuple[int, ...]
    shown: int
    gradient: Array
    error: Array
    reached: NDArray[np.int64]
    tried: NDArray[np.int64]
    curves: Array
    solved: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train from every start at the middle length, then at the longest if that was solved.

    Who did not solve the middle length is asked about the shortest.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    shape = (len(seeds), len(STARTS))
    gradient, curves = np.zeros((*shape, FAR)), np.full((*shape, STEPS[SHOWN]), np.nan)
    error, reached = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for i, seed in enumerate(seeds):
        for k, start in enumerate(STARTS):
            gradient[i, k] = by_distance(built(start, FAR, seed), seed)
            model, history = trained(start, SHOWN, seed)
            error[i, k] = evaluate(model, CopyFirst(SHOWN), seed=seed + 10_000)
            curves[i, k, : len(history.losses)] = running_mean(history.losses)
            solved = history.solved_at is not None
            reached[i, k] = SHOWN if solved else 0
            other = start.longest if solved else min(LENGTHS)
            if other != SHOWN and trained(start, other, seed)[1].solved_at is not None:
                reached[i, k] = other
    starts = tuple((start.kind, start.name) for start in STARTS)
    tried = np.array([start.longest for start in STARTS])
    return Result(starts, LENGTHS, SHOWN, gradient, error, reached, tried, curves, SOLVED)


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
