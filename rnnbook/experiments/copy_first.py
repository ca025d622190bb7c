"""How far back a number may lie until a network no longer learns to copy it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.initialisation import chrono_
from rnnbook.models import CopyFirstTask
from rnnbook.tasks.copy_first import CopyFirst
from rnnbook.training import History, evaluate, fit

LENGTHS = (10, 30, 50, 100)
SIZE = 32
STEPS = 350
#: A run stops once the mean loss of twenty batches is below this: a tenth of the baseline.
SOLVED = 0.1
#: The best answer of somebody who knows the sign of the first number and nothing of its size.
SIGN_ONLY = 1 - 2 / np.pi
#: Gated networks cost more to train and agree more: three seeds show what they do.
GATED_SEEDS = 3
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


class Result(NamedTuple):
    """What became of every run; the first axis of each array is the seed.

    ``error`` and ``steps`` are (seed, length), for the plain network, on fresh sequences.
    ``curves`` is (seed, length, step): the mean loss of the last twenty batches, NaN once a run
    has stopped. ``answers`` is (seed, length, first number): what the network says to each of
    ``firsts``. ``gated_error`` and ``gated_steps`` are (seed, case), for the first three seeds.
    ``lowest``, (seed, length), and ``gated_lowest``, (seed, case), are the lowest mean of twenty
    batches that a run saw on its way.
    """

    seeds: tuple[int, ...]
    lengths: tuple[int, ...]
    error: Array
    steps: NDArray[np.int64]
    lowest: Array
    curves: Array
    firsts: Array
    answers: Array
    cases: tuple[tuple[str, int], ...]
    gated_error: Array
    gated_steps: NDArray[np.int64]
    gated_lowest: Array
    solved: float
    sign_only: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train the plain network at every length, and gated ones at two of them.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    shape = (len(seeds), len(LENGTHS))
    firsts = np.linspace(-2.5, 2.5, 51)
    error, lowest, steps = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    curves, answers = np.full((*shape, STEPS), np.nan), np.zeros((*shape, len(firsts)))
    for i, seed in enumerate(seeds):
        for k, length in enumerate(LENGTHS):
            model, history = trained(nn.RNN, length, seed)
            error[i, k] = judged(model, length, seed)
            steps[i, k] = len(history.losses)
            lowest[i, k] = lowest_mean(history.losses)
            curves[i, k, : steps[i, k]] = running_mean(history.losses)
            answers[i, k] = answer(model, firsts, length, seed)
    few = seeds[:GATED_SEEDS]
    gated_error, gated_lowest = np.zeros((2, len(few), len(CASES)))
    gated_steps = np.zeros((len(few), len(CASES)), dtype=np.int64)
    for i, seed in enumerate(few):
        for k, case in enumerate(CASES):
            model, history = trained(case.layer, case.length, seed, case.steps)
            gated_error[i, k] = judged(model, case.length, seed)
            gated_steps[i, k] = len(history.losses)
            gated_lowest[i, k] = lowest_mean(history.losses)
    return Result(
        tuple(seeds),
        LENGTHS,
        error,
        steps,
        lowest,
        curves,
        firsts,
        answers,
        tuple((case.name, case.length) for case in CASES),
        gated_error,
        gated_steps,
        gated_lowest,
        SOLVED,
        SIGN_ONLY,
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
        learning_rate=7e-3,
        until=SOLVED,
    )
    return model, history


def judged(model: CopyFirstTask, length: int, seed: int) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, CopyFirst(length), seed=seed + 10_000)


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


def answer(model: CopyFirstTask, firsts: Array, length: int, seed: int) -> Array:
    """Return what ``model`` says to sequences that begin with each of ``firsts``."""
    generator = torch.Generator().manual_seed(seed + 20_000)
    (xs,) = CopyFirst(length).batch(len(firsts), generator).inputs
    xs[:, 0, 0] = torch.from_numpy(firsts)
    with torch.no_grad():
        said: Array = model(xs)[:, 0].double().numpy()
    return said
