"""Filters and networks on one task: who follows a turning point through noise, and how closely."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.filters import HiddenMarkov, Kalman, LinearFilter
from rnnbook.models import SimpleLSTM, SimpleRNN
from rnnbook.tasks.tracking import Tracking
from rnnbook.training import fit

#: A seed draws the initial weights, the sequences, and the hidden Markov model.
SEEDS = (0, 1, 2)
#: The worlds: in the second, one observation in ten is far off.
WORLDS = {"even noise": Tracking(), "outliers": Tracking(outliers=0.1)}
#: Units of the two networks with a nonlinearity; the linear one has as many as the state.
HIDDEN = 8
UPDATES, BATCH = 300, 64
#: Tried for each network, on other seeds, and what was best over both worlds.
LEARNING_RATES = (1e-2, 2e-2, 4e-2)
LEARNING_RATE = {"linear": 1e-2, "RNN": 2e-2, "LSTM": 1e-2}
#: How much smoothing may keep of its last value, and the most that an observation may surprise a
#: clipped filter; both are chosen on sequences like those of training.
KEPT = tuple(k / 20 for k in range(20))
CLIPS = (0.5, 1.0, 1.5, 2.0, 3.0)
#: Sequences that these two are chosen on, and that all are judged on.
CHOSEN_ON, JUDGED = 500, 1000
#: The hidden Markov model: its states, its symbols, and the steps that all paths are listed for.
STATES, SYMBOLS, LISTED = 3, 4, 8
#: Rolls of a die after which the forward variables are asked for.
ROLLS = 1000

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "linear": partial(LinearFilter, 1, 2, 1),
    "RNN": partial(SimpleRNN, 1, HIDDEN, 1),
    "LSTM": partial(SimpleLSTM, 1, HIDDEN, 1),
}


class Result(NamedTuple):
    """What was measured, the seed first.

    ``error`` is by world and by who estimates: the mean squared error. ``apart`` is how far the
    beliefs of a random hidden Markov model are from sums over all paths, at most, and ``log_apart``
    the same of the logarithm of the probability of what was seen. ``left`` is the sum of the
    forward variables of a casino after ``ROLLS`` rolls, if nothing divides them.
    """

    error: dict[tuple[str, str], Measured]
    apart: Measured
    log_apart: Measured
    left: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Filter and train in both worlds."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    error = {}
    for world, task in WORLDS.items():
        draw = torch.Generator().manual_seed(seed + 1)
        chosen_on, judged = task.batch(CHOSEN_ON, draw), task.batch(JUDGED, draw)
        for name, read in filters_for(task, chosen_on).items():
            error[world, name] = task.score(read(judged.inputs[0]), judged)
        for name in NETWORKS:
            model = trained(name, task, seed)
            error[world, name] = score(model, task, judged)
    apart, log_apart = distance_from_paths(seed)
    return Result(error, apart, log_apart, left=forward_left(seed))


def kalman(task: Tracking) -> Kalman:
    """Return the filter that knows all about the world of ``task``."""
    eye, see = torch.eye(2), torch.tensor([[1.0, 0.0]])
    return Kalman(
        task.turn(), see, task.PUSH**2 * eye, task.noise * torch.eye(1), task.variance * eye
    )


def filters_for(task: Tracking, chosen_on: Batch) -> dict[str, Callable[[Tensor], Tensor]]:
    """Return what estimates without training, two of them chosen on ``chosen_on``."""
    exact = kalman(task)
    # Most observations are not far off, so a filter that clips may trust them more.
    trusting = kalman(Tracking(task.length, task.settle))
    ys = chosen_on.inputs[0]

    def clipped(clip: float, ys: Tensor) -> Tensor:
        return trusting.filtered(ys, clip=clip)[..., :1]

    kept = min(KEPT, key=lambda k: task.score(smoothed(k, ys, chosen_on, task)(ys), chosen_on))
    clip = min(CLIPS, key=lambda c: task.score(clipped(c, ys), chosen_on))
    return {
        "observation": lambda ys: ys,
        "smoothing": smoothed(kept, ys, chosen_on, task),
        "Kalman": lambda ys: exact.filtered(ys)[..., :1],
        "Kalman, clipped": partial(clipped, clip),
    }


def smoothed(kept: float, ys: Tensor, batch: Batch, task: Tracking) -> Callable[[Tensor], Tensor]:
    """Return exponential smoothing, scaled so that it fits ``batch`` best."""

    def smooth(ys: Tensor) -> Tensor:
        mean, means = torch.zeros_like(ys[:, 0]), []
        for y in ys.unbind(1):
            mean = kept * mean + (1 - kept) * y
            means.append(mean)
        return torch.stack(means, dim=1)

    told, right = smooth(ys)[:, task.settle :], batch.target[:, task.settle :]
    scale = (told * right).sum() / told.square().sum()
    return lambda ys: scale * smooth(ys)


def trained(name: str, task: Tracking, seed: int, rate: float | None = None) -> nn.Module:
    """Return a trained network."""
    torch.manual_seed(seed)
    model = NETWORKS[name]()
    rate = LEARNING_RATE[name] if rate is None else rate
    fit(model, task, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    return model


@torch.no_grad()
def score(model: nn.Module, task: Tracking, batch: Batch) -> float:
    """Return the error of a network on a batch."""
    return task.score(model(*batch.inputs), batch)


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, str, float], float]:
    """Try learning rates on seeds that nothing is judged on; return the mean error of each."""
    found = {}
    for (world, task), name, rate in itertools.product(WORLDS.items(), NETWORKS, LEARNING_RATES):
        errors = []
        for seed in seeds:
            batch = task.batch(JUDGED, torch.Generator().manual_seed(seed + 1))
            errors.append(score(trained(name, task, seed, rate), task, batch))
        found[world, name, rate] = float(np.mean(errors))
    return found


def dice() -> HiddenMarkov:
    """Return the casino of Durbin et al. (1998): a fair die, and one that likes the six."""
    fair, loaded = torch.full((6,), 1 / 6), torch.tensor([0.1] * 5 + [0.5])
    swaps = torch.tensor([[0.95, 0.05], [0.1, 0.9]])
    return HiddenMarkov(torch.tensor([0.5, 0.5]), swaps, torch.stack([fair, loaded]))


def rolled(length: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return which die was rolled, (length,), and what it showed, counted from zero."""
    generator, model = torch.Generator().manual_seed(seed), dice()
    states, chances = [], model.start
    for _ in range(length):
        states.append(int(torch.multinomial(chances, 1, generator=generator)))
        chances = model.transition[states[-1]]
    shown = model.emission[states]
    return torch.tensor(states), torch.multinomial(shown, 1, generator=generator).squeeze(1)


def distance_from_paths(seed: int) -> tuple[float, float]:
    """Return how far beliefs and likelihood are from those by listing all paths, in 64 bits."""
    generator = torch.Generator().manual_seed(seed)

    def rows(*shape: int) -> Tensor:
        drawn = torch.rand(*shape, generator=generator, dtype=torch.float64)
        return drawn / drawn.sum(-1, keepdim=True)

    model = HiddenMarkov(rows(STATES), rows(STATES, STATES), rows(STATES, SYMBOLS))
    symbols = torch.randint(SYMBOLS, (1, LISTED), generator=generator)
    beliefs, log_likelihood = model.filtered(symbols)
    ends = torch.zeros(STATES, dtype=torch.float64)
    for path in itertools.product(range(STATES), repeat=LISTED):
        weight = model.start[path[0]]
        for before, after in itertools.pairwise(path):
            weight = weight * model.transition[before, after]
        for state, symbol in zip(path, symbols[0], strict=True):
            weight = weight * model.emission[state, symbol]
        ends[path[-1]] += weight
    apart = (beliefs[0, -1] - ends / ends.sum()).abs().max()
    return float(apart), float((log_likelihood - ends.sum().log()).abs().max())


def forward_left(seed: int) -> float:
    """Return the sum of the forward variables after many rolls, in 64 bits, undivided."""
    model = dice()
    precise = HiddenMarkov(
        *(part.double() for part in (model.start, model.transition, model.emission))
    )
    _, shown = rolled(ROLLS, seed)
    return float(precise.forward(shown[None])[0, -1].sum())
