"""State space layers: their three forms, how far they reach, and an echo a hundred steps old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import LRU, S4D, s4d_real
from rnnbook.tasks.delay import Delay
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Features of a state space layer, numbers of state a feature in S4D, and in all of an LRU.
SIZE, STATE, RING = 16, 32, 128
#: Units of the LSTM and the GRU.
UNITS = 32
#: How old the echo is, and the steps of a sequence.
LAG, LENGTH = 100, 160
BATCH, UPDATES = 16, 150
#: The learning rates that were tried, for each network, and the best one of each.
RATES = (5e-3, 1e-2, 2e-2)
RATE = {
    "S4D-Lin": 1e-2,
    "S4D, no turning": 1e-2,
    "S4D-Real": 1e-2,
    "LRU": 5e-3,
    "LSTM": 1e-2,
    "GRU": 1e-2,
}
#: The steps that the features of S4D begin with, and the ring of the LRU.
DT, R_MIN, R_MAX = (0.01, 0.3), 0.99, 0.9999
#: The same task, and one that the gated networks learn.
OLD, NEAR = Delay(LAG, LENGTH), Delay(3, 30)
#: Fresh sequences that a trained network is judged on.
JUDGED = 64
#: Steps over which the reach of a kernel is measured.
FAR = 2000
#: Steps that the forms of a layer are compared on.
COMPARED = 256


def no_turning(state_size: int) -> Tensor:
    """Return the decays of S4D-Lin without its frequencies."""
    return torch.full((state_size,), -0.5)


S4 = partial(S4D, state_size=STATE, dt=DT)
SPACES: dict[str, Callable[..., S4D | LRU]] = {
    "S4D-Lin": S4,
    "S4D, no turning": partial(S4, initial=no_turning),
    "S4D-Real": partial(S4, initial=s4d_real),
    "LRU": partial(LRU, state_size=RING, r_min=R_MIN, r_max=R_MAX),
}
GATED: dict[str, type[nn.LSTM | nn.GRU]] = {"LSTM": nn.LSTM, "GRU": nn.GRU}


class Result(NamedTuple):
    """What became of every network; the first axis is the seed.

    ``error`` is by network the squared error on fresh sequences. By state space layer and by
    ``before`` or ``after`` training, ``response`` is what one impulse does to the answers, (seed,
    step). ``near`` is the error of the gated networks on an echo of ``NEAR`` steps. ``beyond`` is
    by layer the share of its untrained kernel at ``LAG`` steps after the impulse and later.
    ``apart`` is by layer, form and precision how far the form is from the loop of steps.
    """

    error: dict[str, Measured]
    response: dict[tuple[str, str], Measured]
    near: dict[str, Measured]
    beyond: dict[str, Measured]
    apart: dict[tuple[str, str, str], Measured]


class Network(nn.Module):
    """A layer, and at every step one number read off its output.

    A state space layer is trained as a convolution.
    """

    def __init__(self, layer: S4D | LRU | nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.layer = layer
        self.fc = nn.Linear(layer.hidden_size, 1)

    def forward(self, xs: Tensor) -> Tensor:
        """Return the answers, (batch, time, 1), to ``xs``, (batch, time, 1)."""
        layer = self.layer
        output = layer.convolve(xs) if isinstance(layer, S4D | LRU) else layer(xs)[0]
        answer: Tensor = self.fc(output)
        return answer


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network, and compare the forms of every layer."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    error: dict[str, float] = {}
    response: dict[tuple[str, str], NDArray[np.float64]] = {}
    beyond: dict[str, float] = {}
    apart: dict[tuple[str, str, str], float] = {}
    for name in SPACES:
        model = network(name, seed)
        response[name, "before"], beyond[name] = heard(model), reach(name, seed)
        apart |= {(name, *how): far for how, far in forms(name, seed).items()}
        model = trained(name, seed, RATE[name])
        error[name], response[name, "after"] = judged(model, seed), heard(model)
    near = {}
    for name in GATED:
        error[name] = judged(trained(name, seed, RATE[name]), seed)
        near[name] = judged(trained(name, seed, RATE[name], NEAR), seed, NEAR)
    return Result(error, response, near, beyond, apart)


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, float], list[float]]:
    """Return the errors at every rate, by network: how ``RATE`` was chosen. No build calls it."""
    return {
        (name, rate): [judged(trained(name, seed, rate), seed) for seed in seeds]
        for name in RATE
        for rate in RATES
    }


def network(name: str, seed: int) -> Network:
    """Return an untrained network."""
    torch.manual_seed(seed)
    if name in SPACES:
        return Network(SPACES[name](1, SIZE, batch_first=True))
    return Network(GATED[name](1, UNITS, batch_first=True))


def trained(name: str, seed: int, rate: float, task: Delay = OLD) -> Network:
    """Return a network that was trained to echo."""
    model = network(name, seed)
    fit(model, task, steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate, clip=1.0)
    return model


def judged(model: nn.Module, seed: int, task: Delay = OLD) -> float:
    """Return the error of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, task, seed=seed + 10_000, size=JUDGED)


@torch.no_grad()
def heard(model: Network) -> NDArray[np.float64]:
    """Return what an impulse at the first step does to the answers of ``model``."""
    impulse = torch.zeros(1, LENGTH, 1)
    silence = model(impulse)
    impulse[0, 0] = 1.0
    response: NDArray[np.float64] = (model(impulse) - silence).flatten().double().numpy()
    return response


@torch.no_grad()
def reach(name: str, seed: int) -> float:
    """Return the share of an untrained layer's kernel at ``LAG`` and later, a mean over features.

    It is the share of the sum of absolute numbers over ``FAR`` steps.
    """
    torch.manual_seed(seed)
    kernel = SPACES[name](1, SIZE).kernel(FAR).abs()
    return float((kernel[LAG:].sum(0) / kernel.sum(0)).mean())


@torch.no_grad()
def forms(name: str, seed: int) -> dict[tuple[str, str], float]:
    """Return how far scan and convolution are from the loop of steps, relative to its largest."""
    found = {}
    for dtype in (torch.float64, torch.float32):
        torch.manual_seed(seed)
        layer = SPACES[name](1, SIZE, batch_first=True).to(dtype)
        xs = torch.randn(2, COMPARED, 1).to(dtype)
        h, outputs = None, []
        for x in xs.unbind(1):
            y, h = layer.step(x, h)
            outputs.append(y)
        right = torch.stack(outputs, 1)
        for form, output in (("scan", layer(xs)[0]), ("convolution", layer.convolve(xs))):
            bits = str(dtype).removeprefix("torch.")
            found[form, bits] = float((output - right).abs().max() / right.abs().max())
    return found
