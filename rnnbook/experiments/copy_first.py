"""How far back a number may lie until a network no longer learns to copy it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import chrono_
from rnnbook.models import CopyFirstTask
from rnnbook.tasks.copy_first import CopyFirst
from rnnbook.training import History, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2, 3, 4)
#: Gated networks cost more to train and agree more: three seeds show what they do.
GATED_SEEDS = 3
LENGTHS = (10, 30, 50, 100)
SIZE = 32
STEPS = 350
LEARNING_RATE = 7e-3
#: A run stops once the mean loss of twenty batches is below this: a tenth of the baseline.
SOLVED = 0.1
#: The lowest error of an answer that knows the sign of the first number and nothing of its size.
SIGN_ONLY = 1 - 2 / np.pi
#: The first numbers that every trained network is asked about.
FIRSTS = np.linspace(-2.5, 2.5, 51)
WINDOW = 20

Array = NDArray[np.float64]


class Case(NamedTuple):
    """A gated network, the length it has to copy over, and the most steps it gets."""

    name: str
    length: int
    layer: Callable[..., nn.Module]
    steps: int = STEPS


def chrono_lstm(longest: int, input_size: int, hidden_size: int, **options: bool) -> nn.LSTM:
    """Return an LSTM whose cells start with memories of all lengths up to ``longest``."""
    return chrono_(nn.LSTM(input_size, hidden_size, **options), longest)


CASES = (
    Case("LSTM", 30, nn.LSTM),
    Case("LSTM", 100, nn.LSTM, steps=200),
    Case("GRU", 30, nn.GRU),  # a step of it takes longest, so it is not tried at 100
    Case("LSTM, chrono", 100, partial(chrono_lstm, 100)),
)


class Plain(NamedTuple):
    """What became of the plain network, by length; the first axis is the seed.

    ``error`` is judged on fresh sequences, ``steps`` are the updates taken. ``lowest`` is the
    lowest mean of twenty batches that a run saw on its way. ``curves`` is (seed, update): the mean
    loss of the last twenty batches, NaN once a run has stopped. ``answers`` is (seed, first
    number): what the network says to each of ``FIRSTS``.
    """

    error: dict[int, Measured]
    steps: dict[int, Measured]
    lowest: dict[int, Measured]
    curves: dict[int, Measured]
    answers: dict[int, Measured]


class Gated(NamedTuple):
    """What became of the gated networks, by name and length, as in :class:`Plain`."""

    error: dict[tuple[str, int], Measured]
    steps: dict[tuple[str, int], Measured]
    lowest: dict[tuple[str, int], Measured]


class Result(NamedTuple):
    """All runs: of the plain network on every seed, of the gated ones on the first three."""

    seeds: tuple[int, ...]
    plain: Plain
    gated: Gated


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train the plain network at every length, and gated ones at two of them."""
    return Result(tuple(seeds), over_seeds(one, seeds), over_seeds(gated, seeds[:GATED_SEEDS]))


def one(seed: int) -> Plain:
    """Train the plain network at every length, on one seed."""
    runs = {length: trained(nn.RNN, length, seed) for length in LENGTHS}
    return Plain(
        error={n: judged(model, n, seed) for n, (model, _) in runs.items()},
        steps={n: len(history.losses) for n, (_, history) in runs.items()},
        lowest={n: lowest_mean(history.losses) for n, (_, history) in runs.items()},
        curves={n: padded(running_mean(history.losses)) for n, (_, history) in runs.items()},
        answers={n: answer(model, n, seed) for n, (model, _) in runs.items()},
    )


def gated(seed: int) -> Gated:
    """Train the gated networks, on one seed."""
    runs = {(c.name, c.length): trained(c.layer, c.length, seed, c.steps) for c in CASES}
    return Gated(
        error={key: judged(model, key[1], seed) for key, (model, _) in runs.items()},
        steps={key: len(history.losses) for key, (_, history) in runs.items()},
        lowest={key: lowest_mean(history.losses) for key, (_, history) in runs.items()},
    )


def trained(
    layer: Callable[..., nn.Module], length: int, seed: int, steps: int = STEPS
) -> tuple[CopyFirstTask, History]:
    """Return a network that has been trained at ``length``, and how that went."""
    torch.manual_seed(seed)
    model = CopyFirstTask(SIZE, layer=layer)
    history = fit(
        model,
        CopyFirst(length),
        steps=steps,
        seed=seed,
        batch_size=16,
        learning_rate=LEARNING_RATE,
        until=SOLVED,
    )
    return model, history


def judged(model: CopyFirstTask, length: int, seed: int) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, CopyFirst(length), seed=seed + 10_000)


def padded(curve: Array) -> Array:
    """Return a curve as long as the longest run, NaN after its end."""
    whole = np.full(STEPS, np.nan)
    whole[: len(curve)] = curve
    return whole


def running_mean(losses: Sequence[float]) -> Array:
    """Return the mean of each loss and those before it, twenty in all or as many as there are.

    Examples
    --------
    >>> from rnnbook.experiments.copy_first import running_mean
    >>> running_mean([4.0, 2.0, 0.0]).tolist()
    [4.0, 3.0, 2.0]
    """
    total = np.concatenate([[0.0], np.cumsum(losses)])
    ends = np.arange(1, len(total))
    starts = np.maximum(ends - WINDOW, 0)
    mean: Array = (total[ends] - total[starts]) / (ends - starts)
    return mean


def lowest_mean(losses: Sequence[float]) -> float:
    """Return the lowest mean of twenty losses in a row; infinite if there are fewer.

    Examples
    --------
    >>> from rnnbook.experiments.copy_first import lowest_mean
    >>> lowest_mean([9.0] * 20 + [1.0] * 20 + [5.0] * 20), lowest_mean([1.0])
    (1.0, inf)
    """
    return min(running_mean(losses)[WINDOW - 1 :].tolist(), default=float("inf"))


def answer(model: CopyFirstTask, length: int, seed: int) -> Array:
    """Return what ``model`` says to sequences that begin with each of ``FIRSTS``."""
    generator = torch.Generator().manual_seed(seed + 20_000)
    (xs,) = CopyFirst(length).batch(len(FIRSTS), generator).inputs
    xs[:, 0, 0] = torch.from_numpy(FIRSTS)
    with torch.no_grad():
        said: Array = model(xs)[:, 0].double().numpy()
    return said
