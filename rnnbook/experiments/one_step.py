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
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import count_parameters, evaluate, fit

#: A seed draws the weights, the sequences that a network learns from, and the noise.
SEEDS = (0, 1, 2)
HIDDEN = 32
LENGTHS = (5, 500)
#: Inputs in a sequence of training; the first one is to be recalled.
RECALLED = 10
MOST_STEPS = 500
LEARNING_RATE = 5e-3
#: A run stops once the mean loss of twenty batches is below this.
LEARNED = 0.02
#: Steps that the first input is followed for.
LONGEST = 40
#: What the default recurrent weights are multiplied by.
FACTORS = (1.0, 3.0)
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "none": lambda z: z}
#: Steps of noise that make a state grow, or not.
NOISE = 100


class Result(NamedTuple):
    """What was left of a first input, and how large a state grew; the first axis is the seed.

    ``untrained`` and ``trained`` are (seed, step): how far another first input moves the state, as
    a share of what another sequence does. ``accuracy`` is the score of the trained network.
    ``largest`` is (seed, step), by what the recurrent weights are multiplied by and what the sum
    goes through: the largest number in a state.
    """

    untrained: Measured
    trained: Measured
    accuracy: Measured
    largest: dict[tuple[float, str], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure what is left of a first input, and the size of a state with tanh and without."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Follow a first input, before training to recall it and after, and let states grow."""
    task = RecallFirst(RECALLED)
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 1)
    untrained = influence(model.rnn, LONGEST, seed=seed)
    fit(model, task, steps=MOST_STEPS, seed=seed, learning_rate=LEARNING_RATE, until=LEARNED)
    return Result(
        untrained=untrained,
        trained=influence(model.rnn, LONGEST, seed=seed),
        accuracy=evaluate(model, task, seed=seed + 1000),
        largest={
            (factor, name): largest_number(seed, factor, activation)
            for factor in FACTORS
            for name, activation in ACTIVATIONS.items()
        },
    )


def weights_for_every_step(length: int) -> int:
    """Return how many numbers a layer learns that has weights of its own for every step."""
    return count_parameters(nn.Linear(10 * length, 20))


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
    seed: int, factor: float, activation: Callable[[Tensor], Tensor], steps: int = NOISE
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
