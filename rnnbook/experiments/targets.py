"""Targets of next-token training, with the shift and without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch

from rnnbook.batch import Task
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SimpleRNN
from rnnbook.tasks.echo import Echo
from rnnbook.tasks.random_tokens import RandomTokens
from rnnbook.training import fit, predict

#: A seed draws the initial weights and the tokens.
SEEDS = (0, 1, 2)
#: The target of a step is the next token; every token is random, so that none can be known.
SHIFTED = RandomTokens(symbols=20, length=20)
#: The target of a step is the token that is read at that step.
UNSHIFTED = Echo(symbols=SHIFTED.symbols, lag=0, length=SHIFTED.length)
TASKS: dict[str, Task] = {"shifted": SHIFTED, "unshifted": UNSHIFTED}
HIDDEN = 32
UPDATES = 50
#: The rate that :func:`rates` returns, those that were tried, and the seeds of these trials.
LEARNING_RATE = 3e-2
RATES = (5e-3, 1e-2, 3e-2)
TRIED_ON = (200, 201, 202, 203, 204)


class Result(NamedTuple):
    """Losses on fresh random tokens, by how the network was trained; the first axis is the seed.

    ``trained`` is the loss on targets like those of training, ``next_token`` that on the next
    token.
    """

    trained: dict[str, Measured]
    next_token: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train with the shift and without it."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train with the shift and without it, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.targets import SHIFTED, one
    >>> result = one(200)
    >>> result.trained["unshifted"] < SHIFTED.baseline / 2 < result.next_token["unshifted"]
    True
    """
    models = {name: trained(task, LEARNING_RATE, seed) for name, task in TASKS.items()}
    return Result(
        trained={name: judged(model, TASKS[name], seed) for name, model in models.items()},
        next_token={name: judged(model, SHIFTED, seed) for name, model in models.items()},
    )


def trained(task: Task, rate: float, seed: int) -> SimpleRNN:
    """Return a plain network trained on one kind of target."""
    torch.manual_seed(seed)
    model = SimpleRNN(SHIFTED.symbols, HIDDEN, SHIFTED.symbols)
    fit(model, task, steps=UPDATES, seed=seed, batch_size=16, learning_rate=rate)
    return model


def judged(model: SimpleRNN, task: Task, seed: int) -> float:
    """Return the loss on fresh tokens."""
    batch = task.batch(256, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        return task.loss(predict(model, batch), batch).item()


def rates(seeds: Iterable[int] = TRIED_ON) -> float:
    """Return the rate of ``RATES`` whose worst run copies its input best; no build calls it."""
    worst = {
        rate: max(judged(trained(UNSHIFTED, rate, seed), UNSHIFTED, seed) for seed in seeds)
        for rate in RATES
    }
    return min(worst, key=worst.__getitem__)
