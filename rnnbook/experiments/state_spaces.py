"""State space layers: their forms, reach and gain, an echo a hundred steps old, and digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import LRU, S4D
from rnnbook.tasks.delay import Delay
from rnnbook.tasks.digits import CLASSES, Digits
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Features of a state space layer, numbers of state a feature in S4D, and in all of an LRU.
SIZE, STATE, RING = 16, 32, 128
#: Units of the LSTM and the GRU.
UNITS = 32
#: How old the echo is, and the steps of a sequence.
LAG, LENGTH = 100, 120
BATCH, UPDATES = 32, 80
#: The learning rates that were tried, for each network, and the best one of each; where all are
#: alike, the largest.
RATES = (5e-3, 1e-2, 2e-2)
RATE = {
    "S4D-Lin": 1e-2,
    "S4D, no turning": 5e-3,
    "LRU": 5e-3,
    "LSTM": 2e-2,
    "GRU": 2e-2,
}
#: The steps that the features of S4D begin with, and the ring of the LRU.
DT, R_MIN, R_MAX = (0.02, 0.1), 0.99, 0.9999
#: The same task, and one that the gated networks learn.
OLD, NEAR = Delay(LAG, LENGTH), Delay(3, 16)
#: Fresh sequences that a trained network is judged on.
JUDGED = 64
#: Steps over which the reach of a kernel is measured.
FAR = 2000
#: Steps that the forms of a layer are compared on.
COMPARED = 128
#: Frequencies at which the gain is measured, in waves a step.
FREQUENCIES = tuple(i / 100 for i in range(51))
#: On the digits: features of S4D and units of the LSTM and the GRU, numbers of state a feature in
#: S4D, and in all of an LRU; and the steps that S4D begins with.
WIDTH, FEW, SMALL_RING, DIGITS_DT = 32, 8, 64, (0.01, 0.3)
#: The training, what the settings are chosen by, and what is held out.
DIGITS, CHOOSING, HELD_OUT = Digits(), Digits("choosing"), Digits("held out")
DIGITS_BATCH, DIGITS_UPDATES = 48, 100
#: The learning rates that were tried on the digits, for each network, and the best one of each.
DIGITS_RATES = (5e-3, 1e-2, 2e-2, 4e-2, 8e-2)
DIGITS_RATE = {"S4D-Lin": 2e-2, "LRU": 1e-2, "LSTM": 4e-2, "GRU": 4e-2}
#: The inverse penalties that were tried for the logistic regression, and the best.
PENALTIES, PENALTY = (0.01, 0.1, 1.0, 10.0, 100.0), 10.0

Layer = S4D | LRU | nn.LSTM | nn.GRU


def no_turning(state_size: int) -> Tensor:
    """Return the decays of S4D-Lin without its frequencies."""
    return torch.full((state_size,), -0.5)


S4 = partial(S4D, state_size=STATE, dt=DT)
SPACES: dict[str, Callable[..., S4D | LRU]] = {
    "S4D-Lin": S4,
    "S4D, no turning": partial(S4, initial=no_turning),
    "LRU": partial(LRU, state_size=RING, r_min=R_MIN, r_max=R_MAX),
}
GATED: dict[str, type[nn.LSTM | nn.GRU]] = {"LSTM": nn.LSTM, "GRU": nn.GRU}
READERS: dict[str, Callable[..., Layer]] = {
    "S4D-Lin": partial(S4D, state_size=FEW, dt=DIGITS_DT),
    "LRU": partial(SPACES["LRU"], state_size=SMALL_RING),
    **GATED,
}


class Result(NamedTuple):
    """What became of every network; the first axis is the seed.

    ``error`` is by network the squared error on fresh sequences. By state space layer and by
    ``before`` or ``after`` training, ``response`` is what one impulse does to the answers, (seed,
    step). ``near`` is the error of the gated networks on an echo of ``NEAR`` steps. ``beyond`` is
    by layer the share of its untrained kernel at ``LAG`` steps after the impulse and later.
    ``apart`` is by layer, form and precision how far the form is from the loop of steps. ``gain``
    is, as ``response``, by layer and by ``before`` or ``after``, (seed, frequency), and ``waved``
    by layer how far it is from what waves come out with. ``digits`` is by network and method the
    share of held-out digits that is right.
    """

    error: dict[str, Measured]
    response: dict[tuple[str, str], Measured]
    near: dict[str, Measured]
    beyond: dict[str, Measured]
    apart: dict[tuple[str, str, str], Measured]
    gain: dict[tuple[str, str], Measured]
    waved: dict[str, Measured]
    digits: dict[str, Measured]


class Network(nn.Module):
    """A layer, and at every step one number read off its output.

    A state space layer is trained as a convolution.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        self.fc = nn.Linear(layer.hidden_size, 1)

    def forward(self, xs: Tensor) -> Tensor:
        """Return the answers, (batch, time, 1), to ``xs``, (batch, time, 1)."""
        answer: Tensor = self.fc(outputs(self.layer, xs))
        return answer


class DigitReader(nn.Module):
    """A layer, and logits of ten digits read off its last output, by way of a layer of ReLUs.

    Without the ReLUs, a state space layer would add up the points, each with a fixed weight: all
    that a logistic regression does.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        H = layer.hidden_size
        self.fc = nn.Sequential(nn.Linear(H, 2 * H), nn.ReLU(), nn.Linear(2 * H, CLASSES))

    def forward(self, xs: Tensor, *, lengths: None = None) -> Tensor:
        """Return logits, (batch, 10), for pictures, (batch, 64, 1)."""
        logits: Tensor = self.fc(outputs(self.layer, xs)[:, -1])
        return logits


def outputs(layer: Layer, xs: Tensor) -> Tensor:
    """Return the output of a layer at every step; a state space layer reads by a convolution."""
    output: Tensor = layer.convolve(xs) if isinstance(layer, S4D | LRU) else layer(xs)[0]
    return output


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network, and compare the forms of every layer."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    error: dict[str, float] = {}
    response: dict[tuple[str, str], NDArray[np.float64]] = {}
    gain_of: dict[tuple[str, str], NDArray[np.float64]] = {}
    beyond: dict[str, float] = {}
    apart: dict[tuple[str, str, str], float] = {}
    for name in SPACES:
        apart |= {(name, *how): far for how, far in forms(name, seed).items()}
        beyond[name] = reach(name, seed)
        model = network(name, seed)
        response[name, "before"], gain_of[name, "before"] = heard(model), gain(model)
        model = trained(name, seed, RATE[name])
        response[name, "after"], gain_of[name, "after"] = heard(model), gain(model)
        error[name] = judged(model, seed)
    near = {}
    for name in GATED:
        error[name] = judged(trained(name, seed, RATE[name]), seed)
        near[name] = judged(trained(name, seed, RATE[name], NEAR), seed, NEAR)
    waved = {name: wave_apart(name, seed) for name in SPACES}
    digits = {
        name: read_right(reader(name, seed, rate), HELD_OUT) for name, rate in DIGITS_RATE.items()
    }
    return Result(error, response, near, beyond, apart, gain_of, waved, digits | simple())


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], list[float]]:
    """Return the errors at every rate, by network: how ``RATE`` was chosen. No build calls it."""
    return {
        (name, rate): [judged(trained(name, seed, rate), seed) for seed in seeds]
        for name in RATE
        for rate in RATES
    }


def digits_rates(
    seeds: Sequence[int] = (200, 201, 202, 203, 204),
) -> dict[tuple[str, float], list[float]]:
    """Return the share of digits to choose by that is right: by network and rate, and by penalty.

    ``DIGITS_RATE`` and ``PENALTY`` were chosen so; held-out digits chose nothing. No build calls
    it.
    """
    found = {
        (name, rate): [read_right(reader(name, seed, rate), CHOOSING) for seed in seeds]
        for name in DIGITS_RATE
        for rate in DIGITS_RATES
    }
    return found | {
        ("logistic regression", penalty): [regression(penalty, CHOOSING)] for penalty in PENALTIES
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


@torch.no_grad()
def gain(model: Network) -> NDArray[np.float64]:
    """Return by frequency how large a wave of height 1 is in the answer, after ``LENGTH`` steps."""
    layer = model.layer
    assert isinstance(layer, S4D | LRU)
    inward = layer.inward.weight[:, 0] if isinstance(layer, S4D) else torch.ones(SIZE)
    through = passed(layer, torch.tensor(FREQUENCIES), LENGTH) * inward
    size: NDArray[np.float64] = (through @ model.fc.weight[0].to(through.dtype)).abs().numpy()
    return size.astype(np.float64)


def passed(layer: S4D | LRU, frequencies: Tensor, time: int) -> Tensor:
    """Return what each feature makes of waves of length ``time``, (frequency, feature), complex.

    Its size is the gain, its angle the delay. An LRU has one input here.
    """
    # z = exp(-2 pi i f)
    z = torch.exp(-2j * math.pi * frequencies).view(-1, 1, 1)
    a, b = layer.discrete()
    if isinstance(layer, LRU):
        b, D, share = torch.view_as_complex(layer.C) * b[:, 0], layer.D[:, 0], 0.5
    else:
        C = layer.C if layer.frequency is None else torch.view_as_complex(layer.C)
        b, D, share = C * b, layer.D, 1.0

    def series(a: Tensor, b: Tensor) -> Tensor:
        # S(a, b) = sum_n b_n (1 - (a_n z)^T) / (1 - a_n z)
        return (b * (1 - (a * z) ** time) / (1 - a * z)).sum(-1)

    # G = S(a, b) + S(a*, b*) + D: a complex number stands for its conjugate as well
    found = series(a, b)
    return share * (found + series(a.conj(), b.conj()) if a.is_complex() else found) + D


@torch.no_grad()
def wave_apart(name: str, seed: int) -> float:
    """Return how far :func:`passed` is from waves that an untrained layer reads, in float64.

    At the last step, a cosine and a sine from the first step on come out as the two parts of one
    complex number. The distance is relative to the largest of all.
    """
    torch.manual_seed(seed)
    layer = SPACES[name](1, SIZE, batch_first=True).double()
    f = torch.tensor(FREQUENCIES, dtype=torch.float64)
    angle = 2 * math.pi * f[:, None] * torch.arange(LENGTH, dtype=torch.float64)
    if isinstance(layer, S4D):  # each feature reads the wave itself
        layer.inward.weight.fill_(1.0)
        layer.inward.bias.zero_()
    cosine, sine = (
        layer.convolve(wave.unsqueeze(-1))[:, -1] for wave in (angle.cos(), angle.sin())
    )
    found = torch.complex(cosine, sine)
    right = torch.exp(1j * angle[:, -1:]) * passed(layer, f, LENGTH)
    return float((found - right).abs().max() / found.abs().max())


def reader(name: str, seed: int, rate: float) -> DigitReader:
    """Return a network that was trained to read digits."""
    torch.manual_seed(seed)
    model = DigitReader(READERS[name](1, WIDTH, batch_first=True))
    fit(
        model,
        DIGITS,
        steps=DIGITS_UPDATES,
        seed=seed,
        batch_size=DIGITS_BATCH,
        learning_rate=rate,
        clip=1.0,
    )
    return model


@torch.no_grad()
def read_right(model: DigitReader, task: Digits) -> float:
    """Return the share of all digits of a part that ``model`` names."""
    batch = task.whole()
    return task.score(model(*batch.inputs), batch)


def simple() -> dict[str, float]:
    """Return what methods without a seed get right on held-out digits."""
    return {
        "logistic regression": regression(PENALTY, HELD_OUT),
        "commonest digit": HELD_OUT.baseline,
    }


@cache
def regression(penalty: float, task: Digits) -> float:
    """Return the share that a logistic regression on all points of a digit gets right."""
    from sklearn.linear_model import LogisticRegression

    known, asked = DIGITS.whole(), task.whole()
    model = LogisticRegression(C=penalty, max_iter=1000)
    model.fit(known.inputs[0].flatten(1).double().numpy(), known.target.numpy())
    rows = asked.inputs[0].flatten(1).double().numpy()
    return float(model.score(rows, asked.target.numpy()))
