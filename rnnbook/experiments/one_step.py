"""What one step of memory keeps: the first input after many steps, and the size of the state."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.cells import SimpleRNNCell
from rnnbook.models import VanillaRNN
from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import count_parameters, evaluate, fit

HIDDEN = 32
LENGTHS = (5, 500)
FACTORS = (1.0, 3.0)
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "none": lambda z: z}


class Result(NamedTuple):
    """Influences, accuracies and sizes; the first axis is the seed, unless said otherwise.

    ``untrained`` and ``trained`` are (seed, step): how far another first input moves the state, as
    a share of what another sequence does. ``accuracy`` is the score of the trained network.
    ``largest`` is (seed, factor, activation, step): the largest number in a state, with and without
    tanh, when the recurrent weights are multiplied by each of ``factors``. ``shared`` and
    ``separate`` count the parameters of a cell and of a layer with weights for every step, one
    entry per length of ``lengths``.
    """

    steps: NDArray[np.int64]
    untrained: NDArray[np.float64]
    trained: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    factors: tuple[float, ...]
    activations: tuple[str, ...]
    largest: NDArray[np.float64]
    lengths: tuple[int, ...]
    shared: NDArray[np.int64]
    separate: NDArray[np.int64]


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = 500, longest: int = 40) -> Result:
    """Measure what is left of a first input, before and after training a network to recall it.

    Parameters
    ----------
    seeds : sequence of int
        One network a seed.
    steps : int
        The most training steps; a run stops when it has learned.
    longest : int
        Steps to follow the first input for.
    """
    untrained, trained, accuracy = [], [], []
    task = RecallFirst(length=10)
    for seed in seeds:
        torch.manual_seed(seed)
        model = VanillaRNN(1, HIDDEN, 1)
        untrained.append(influence(model.rnn, longest, seed=seed))
        fit(model, task, steps=steps, seed=seed, learning_rate=5e-3, until=0.02)
        trained.append(influence(model.rnn, longest, seed=seed))
        accuracy.append(evaluate(model, task, seed=seed + 1000))
    largest = [
        [[largest_number(seed, factor, f) for f in ACTIVATIONS.values()] for factor in FACTORS]
        for seed in seeds
    ]
    return Result(
        np.arange(1, longest + 1),
        np.array(untrained),
        np.array(trained),
        np.array(accuracy),
        FACTORS,
        tuple(ACTIVATIONS),
        np.array(largest),
        LENGTHS,
        np.array([parameters_to_read(length) for length in LENGTHS]),
        np.array([count_parameters(nn.Linear(10 * length, 20)) for length in LENGTHS]),
    )


def parameters_to_read(length: int) -> int:
    """Return how many numbers of a cell have a part in the state after ``length`` steps."""
    torch.manual_seed(0)
    cell, h = SimpleRNNCell(10, 20), torch.zeros(1, 20)
    for x in torch.randn(length, 1, 10):
        h = cell(x, h)
    gradients = torch.autograd.grad(h.sum(), list(cell.parameters()), allow_unused=True)
    return sum(gradient.numel() for gradient in gradients if gradient is not None)


def influence(layer: nn.Module, longest: int, *, seed: int, size: int = 256) -> NDArray[np.float64]:
    """Return how far another first input moves the state, as a share of what another sequence does.

    Parameters
    ----------
    layer : nn.Module
        A recurrent layer with one input, called as ``layer(xs)``, ``batch_first``.
    longest : int
        Steps to follow the first input for.
    seed : int
        Seeds the sequences.
    size : int
        Sequences to average over.

    Returns
    -------
    ndarray
        ``(longest,)``, one share a step; 1 at the first step, where both are the same.
    """
    layer = copy.deepcopy(layer).double()
    task, generator = RecallFirst(longest), torch.Generator().manual_seed(seed)
    xs = task.batch(size, generator).inputs[0].double()
    first, other = xs.clone(), task.batch(size, generator).inputs[0].double()
    first[:, 0] = other[:, 0] = -xs[:, 0]
    with torch.no_grad():
        states, with_first, with_other = (layer(inputs)[0] for inputs in (xs, first, other))

    def distance(moved: Tensor) -> Tensor:
        squared: Tensor = (moved - states).square().sum(-1)
        return squared.mean(0).sqrt()

    share: NDArray[np.float64] = (distance(with_first) / distance(with_other)).numpy()
    return share


def largest_number(
    seed: int, factor: float, activation: Callable[[Tensor], Tensor], steps: int = 100
) -> NDArray[np.float64]:
    """Return the largest number in the state after each of ``steps`` steps of noise.

    Parameters
    ----------
    seed : int
        Seeds the weights and the noise.
    factor : float
        What the default recurrent weights are multiplied by.
    activation : callable
        What the sum goes through.
    steps : int
        Steps to take.
    """
    torch.manual_seed(seed)
    cell = SimpleRNNCell(1, HIDDEN).double()
    h = torch.zeros(16, HIDDEN, dtype=torch.float64)
    sizes = np.empty(steps)
    with torch.no_grad():
        for t, x in enumerate(torch.randn(steps, 16, 1, dtype=torch.float64)):
            from_input = x @ cell.W_xh.T + cell.b_h
            h = cell.step(from_input, h, factor * cell.W_hh, None, activation)
            sizes[t] = h.abs().max()
    return sizes
