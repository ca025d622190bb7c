"""Induction: what followed a mark, by S6, S4D and attention in Mamba's block, and by a GRU."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.battery import Convolved
from rnnbook.experiments.matrix import SoftmaxAttention
from rnnbook.experiments.selective import Answers, Block, States
from rnnbook.layers import S6
from rnnbook.tasks.induction import Induction
from rnnbook.tasks.selective_copying import SelectiveCopying
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Symbols beside the mark, places in training, and the multiples of them that are judged.
SYMBOLS, LENGTH, TIMES = 8, 12, (1, 4)
#: Features of the one block, and numbers in the state of the GRU.
SIZE = 32
#: Numbers of state a feature of S6 and the steps that it begins with; complex numbers of state a
#: feature of S4D; numbers in a key of attention.
STATE, DELTA, RING, KEYS = 4, (1e-2, 0.5), 8, 16
#: The sequences of a batch, the most updates, and the mean loss of twenty batches to stop at.
BATCH, UPDATES, UNTIL = 32, 150, 0.03
#: The largest of ``RATES``, for all: no network was better with another.
RATE = 2e-2
#: The learning rates that were tried, for each network.
RATES = (5e-3, 1e-2, 2e-2)
#: Fresh sequences that a trained network is judged on.
JUDGED = 128


def attention(size: int, hidden_size: int, *, batch_first: bool) -> SoftmaxAttention:
    """Return causal attention with a softmax, as a block builds its layer."""
    if not batch_first:
        raise ValueError("attention: expected batch_first=True, as a block asks for")
    return SoftmaxAttention(size, hidden_size, key_size=KEYS)


#: What stands in a block of Mamba's, by name. The GRU stands alone.
CORES: dict[str, Callable[..., nn.Module]] = {
    "S6": partial(S6, state_size=STATE, dt=DELTA),
    "S4D": partial(Convolved, state_size=RING),
    "attention": attention,
}
NETWORKS = ("GRU", *CORES)


class Result(NamedTuple):
    """What became of every network; the first axis is the seed.

    ``right`` is, by network and length, the share of fresh sequences that are answered right,
    ``updates`` by network the updates taken, and ``seconds`` what they took of one processor.
    """

    right: dict[tuple[str, int], Measured]
    updates: dict[str, Measured]
    seconds: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network on short sequences, and judge it on long ones."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    right, updates, seconds = {}, {}, {}
    for name in NETWORKS:
        start = time.process_time()
        model, updates[name] = trained(name, seed, RATE)
        seconds[name] = time.process_time() - start
        for times in TIMES:
            right[name, times * LENGTH] = judged(model, times * LENGTH, seed)
    return Result(right, updates, seconds)


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, float], list[float]]:
    """Return what is right at every rate, at the length of training: how ``RATE`` was chosen.

    No build calls it.
    """
    return {
        (name, rate): [judged(trained(name, seed, rate)[0], LENGTH, seed) for seed in seeds]
        for name in NETWORKS
        for rate in RATES
    }


def trained(name: str, seed: int, rate: float) -> tuple[Answers, int]:
    """Return a network that was trained on short sequences, and the updates it took."""
    model = network(name, seed)
    history = fit(
        model,
        Induction(SYMBOLS, LENGTH),
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def network(name: str, seed: int) -> Answers:
    """Return an untrained network: one of Mamba's blocks around a layer, or one GRU.

    The ids are those of selective copying: the symbols, and one more, here the mark.
    """
    torch.manual_seed(seed)
    body: nn.Module
    if name == "GRU":
        body = States(nn.GRU(SIZE, SIZE, batch_first=True))
    else:
        body = nn.Sequential(Block(SIZE, CORES[name]), nn.LayerNorm(SIZE))
    return Answers(SelectiveCopying(SYMBOLS), SIZE, body)


def judged(model: nn.Module, length: int, seed: int) -> float:
    """Return the share of fresh sequences of that length that ``model`` answers right."""
    return evaluate(model, Induction(SYMBOLS, length), seed=seed + 10_000, size=JUDGED)
