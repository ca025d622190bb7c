"""Minimal GRU and LSTM on the adding problem, over a thousand steps and over ten thousand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import MinGRU, MinLSTM
from rnnbook.models import SequenceRegressor
from rnnbook.tasks.adding import Adding
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Numbers in a state.
SIZE = 16
#: The length, the sequences of a batch, and the most updates.
LENGTH, BATCH, UPDATES = 1000, 8, 400
RATE = 5e-2
#: The learning rates that were tried, for each network.
RATES = (5e-3, 2e-2, 5e-2)
#: The longest memory that a long bias begins with.
LONGEST = 10_000
#: Training stops once the mean loss of twenty batches is below this.
UNTIL = 0.005
#: Fresh sequences that a trained network is judged on.
JUDGED = 256
#: The long run: a first stage on short sequences, then one on long ones, which ends at a lower
#: learning rate. A part has a length, the sequences of a batch, the most updates, and its rate.
FAR = 10_000
STAGES = ((500, 16, 500, RATE), (FAR, 4, 450, RATE), (FAR, 4, 150, RATE / 5))
#: What was tried for it.
TRIED = (
    ((500, 8, 500, 2e-2), (FAR, 4, 450, 2e-2), (FAR, 4, 150, 4e-3)),
    ((500, 8, 500, RATE), (FAR, 4, 300, RATE), (FAR, 4, 100, RATE / 5)),
    STAGES,
)
#: Steps and numbers of what the forms of a layer are compared on, in float64.
COMPARED = 200

LAYERS: dict[str, Callable[..., nn.Module]] = {
    "minGRU": partial(MinGRU, longest=LONGEST),
    "minLSTM": partial(MinLSTM, longest=LONGEST),
    "minGRU, default": MinGRU,
}


class Result(NamedTuple):
    """What became of every network; the first axis is the seed.

    ``error`` and ``updates`` are by name: the squared error on fresh sequences, and the updates
    taken. ``memory`` is, by name and by ``before`` or ``after`` training, how many steps each unit
    keeps its state for at a step without a mark, (seed, unit), the shortest first. ``apart`` is by
    layer how far the loop of steps is from the scan, in float64, and ``sum`` how far the last state
    is from a weighted sum of candidates.
    """

    error: dict[str, Measured]
    updates: dict[str, Measured]
    memory: dict[tuple[str, str], Measured]
    apart: dict[str, Measured]
    sum: Measured


class Far(NamedTuple):
    """What became of the long run.

    ``error`` is by the length of fresh sequences, ``updates`` those of each part, (seed, part), and
    ``seconds`` the processor time of all training.
    """

    error: dict[int, Measured]
    updates: Measured
    seconds: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network over a thousand steps."""
    return over_seeds(one, seeds)


def far(seeds: Sequence[int] = SEEDS, *, long_biases: bool = True) -> Far:
    """Train the minimal GRU over ten thousand steps, with long biases or with default ones."""
    return over_seeds(one_far if long_biases else one_far_default, seeds)


def one(seed: int) -> Result:
    """Train every network over a thousand steps, on one seed."""
    error, updates, memory = {}, {}, {}
    for name in LAYERS:
        memory[name, "before"] = memories(network(name, seed))
        model, updates[name] = trained(name, seed, RATE)
        error[name] = judged(model, LENGTH, seed)
        memory[name, "after"] = memories(model)
    return Result(error, updates, memory, apart(seed), as_a_sum(seed))


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, float], list[float]]:
    """Return the errors at every rate, by network: how ``RATE`` was chosen. No build calls it."""
    return {
        (name, rate): [judged(trained(name, s, rate)[0], LENGTH, s) for s in seeds]
        for name in LAYERS
        for rate in RATES
    }


def trained(name: str, seed: int, rate: float) -> tuple[SequenceRegressor, int]:
    """Return a network that was trained over a thousand steps, and the updates it took."""
    model = network(name, seed)
    history = fit(
        model,
        Adding(LENGTH),
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def one_far(seed: int) -> Far:
    """Train the minimal GRU with long biases over ten thousand steps, on one seed."""
    return in_stages("minGRU", seed, STAGES)


def one_far_default(seed: int) -> Far:
    """Train the minimal GRU with default biases in the same stages, on one seed."""
    return in_stages("minGRU, default", seed, STAGES)


def stages(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[str, list[list[float]]]:
    """Return the errors of all that was tried for the long run: how ``STAGES`` were chosen.

    By network, a row for each seed. No build calls it.
    """
    return {
        name: [[in_stages(name, seed, tried).error[FAR] for tried in TRIED] for seed in seeds]
        for name in ("minGRU", "minGRU, default")
    }


def in_stages(name: str, seed: int, parts: Sequence[tuple[int, int, int, float]]) -> Far:
    """Train a network in stages, and judge it over the long sequences and over shorter ones."""
    model, updates, start = network(name, seed), [], time.process_time()
    for part, (length, batch, most, rate) in enumerate(parts):
        history = fit(
            model,
            Adding(length),
            steps=most,
            seed=seed + 1000 * part,
            batch_size=batch,
            learning_rate=rate,
            clip=1.0,
            until=UNTIL,
        )
        updates.append(len(history.losses))
    seconds = time.process_time() - start
    error = {length: judged(model, length, seed) for length in (FAR, LENGTH)}
    return Far(error, np.array(updates), seconds)


def network(name: str, seed: int) -> SequenceRegressor:
    """Return an untrained network that answers from the last state of a layer."""
    torch.manual_seed(seed)
    return SequenceRegressor(2, SIZE, layer=LAYERS[name])


def judged(model: nn.Module, length: int, seed: int) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, Adding(length), seed=seed + 10_000, size=JUDGED)


@torch.no_grad()
def memories(model: SequenceRegressor) -> NDArray[np.float64]:
    """Return how many steps each unit keeps its state for at a step without a mark, sorted."""
    layer = cast(MinGRU | MinLSTM, model.rnn)
    h = torch.ones(1, SIZE, dtype=torch.float64)
    double = type(layer)(2, SIZE).double()
    double.load_state_dict(layer.state_dict())
    x = torch.tensor([[0.5, 0.0]], dtype=torch.float64)
    # what is left of a state of one is what a step keeps: 1 - 1/steps
    kept = double.step(x, h) - double.step(x)
    return np.sort((1 / (1 - kept[0])).numpy())


@torch.no_grad()
def apart(seed: int) -> dict[str, float]:
    """Return by layer how far the loop of steps is from the scan, relative to the largest state."""
    found = {}
    for name, kind in (("minGRU", MinGRU), ("minLSTM", MinLSTM)):
        layer, xs = drawn(kind, seed)
        output, _ = layer(xs)
        h, states = None, []
        for x in xs.unbind(1):
            h = layer.step(x, h)
            states.append(h)
        found[name] = float((output - torch.stack(states, 1)).abs().max() / output.abs().max())
    return found


@torch.no_grad()
def as_a_sum(seed: int) -> float:
    """Return how far the last state is from :func:`weighted`, relative to its largest number."""
    layer, xs = drawn(MinGRU, seed)
    _, h_n = layer(xs)
    return float((weighted(layer, xs) - h_n[0]).abs().max() / h_n.abs().max())


def weighted(layer: MinGRU, xs: Tensor) -> Tensor:
    """Return the last state of ``xs``, (batch, time, input_size), as a weighted sum of candidates.

    Nothing in it waits for an earlier step, and nothing is scanned.
    """
    z, n = torch.sigmoid(layer.gate(xs)), layer.candidate(xs)
    # what the steps after t keep: z_{t+1} ... z_T, by logarithms
    later = z.log().flip(1).cumsum(1).flip(1) - z.log()
    # h_T = sum_t (z_{t+1} ... z_T) (1 - z_t) n_t
    h: Tensor = (later.exp() * (1 - z) * n).sum(1)
    return h


def drawn(kind: Callable[..., MinGRU | MinLSTM], seed: int) -> tuple[MinGRU, Tensor]:
    """Return a layer and sequences in float64."""
    torch.manual_seed(seed)
    layer = kind(2, SIZE, batch_first=True).double()
    return cast(MinGRU, layer), torch.randn(2, COMPARED, 2, dtype=torch.float64)
