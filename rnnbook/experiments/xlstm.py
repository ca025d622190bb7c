"""Exponential gates: when they overflow, what they choose, and what a network learns with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import forget_bias_
from rnnbook.layers import MLSTM, SLSTM
from rnnbook.models import SimpleRNN
from rnnbook.tasks.best_so_far import BestSoFar
from rnnbook.training import evaluate, fit

#: A seed draws initial weights and sequences.
SEEDS = (0, 1, 2)
#: Standard deviations of what the gates add up, and the steps and sequences that are read.
SCALES, STEPS, SEQUENCES = (1, 5, 20, 50), 100, 200
#: How steeply the logarithm of an input gate that is set by hand rises with the score.
STEEPNESS = (1, 3, 10, 30, 100, 300, 1000)
#: The length of the sequences that it reads, and their number.
LONG, READ = 100, 500
#: What a value is multiplied by before tanh, so that tanh leaves it almost as it is.
SMALL = 0.05
#: Units and sequences of the matrix memory, and what its weights are multiplied by.
WIDTH, BATCH_OF_MATRICES, SHARPER = 16, 4, 10.0
#: Its forms without a loop over the steps, by how many steps they compute at once.
FORMS = {"all at once": STEPS, "chunks": 16}
#: The trained networks: units, the length, the sequences of a batch, and the updates.
SIZE, LENGTH, BATCH, UPDATES = 8, 10, 32, 300
#: The learning rates that were tried, for each network and task.
RATES = (5e-2, 1e-1, 2e-1)
#: The best of them.
RATE = {
    ("LSTM", "score"): 1e-1,
    ("GRU", "score"): 1e-1,
    ("sLSTM", "score"): 2e-1,
    ("LSTM", "distance"): 1e-1,
    ("GRU", "distance"): 1e-1,
    ("sLSTM", "distance"): 1e-1,
}
#: What the bias of a forget gate begins with.
FORGET_BIAS = 3.0
#: Fresh sequences that a trained network is judged on.
JUDGED = 1000

TASKS = {"score": BestSoFar(LENGTH), "distance": BestSoFar(LENGTH, distance=True)}


def lstm(*sizes: int, **options: Any) -> nn.Module:
    """Return PyTorch's LSTM, its forget gates open as those of the sLSTM are."""
    return forget_bias_(nn.LSTM(*sizes, **options), FORGET_BIAS)


LAYERS: dict[str, Callable[..., nn.Module]] = {
    "LSTM": lstm,
    "GRU": nn.GRU,
    "sLSTM": partial(SLSTM, forget_bias=FORGET_BIAS),
}


class Result(NamedTuple):
    """What was measured; the first axis is the seed.

    ``broken`` is by form (``plain`` or ``stabilised``), forget gate and scale the share of
    sequences with an output that is not finite, in 32 bits. ``same`` is how far the two forms are
    apart in 64 bits, at scale 1, relative to the largest output. ``by_hand`` is by steepness the
    error of one unit that is set by hand, over the baseline, and ``lost`` the share of its answers
    that are not finite if nothing is subtracted. ``apart`` is by precision and form how far the
    mLSTM is from its loop of steps, relative to the largest output. ``norm`` and ``off`` are, for
    each output in 32 bits, what it was divided by and how far it is from that in 64 bits, relative
    to its own norm. ``error`` is by network and task that of the last answer, over the baseline,
    and ``steep`` how steeply the steepest input gate of the trained sLSTM rises with the score.
    """

    broken: dict[tuple[str, str, int], Measured]
    same: dict[str, Measured]
    by_hand: dict[int, Measured]
    lost: dict[int, Measured]
    apart: dict[tuple[str, str], Measured]
    norm: Measured
    off: Measured
    error: dict[tuple[str, str], Measured]
    steep: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure all of it on every seed."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    broken, same = overflows(seed)
    error, steep = {}, np.nan
    for name, task in RATE:
        model = trained(name, task, seed, RATE[name, task])
        error[name, task] = judged(model, task, seed)
        if (name, task) == ("sLSTM", "score"):
            steep = steepest(model)
    chosen, lost = by_hand(seed)
    apart, norm, off = forms(seed)
    return Result(broken, same, chosen, lost, apart, norm, off, error, steep)


@torch.no_grad()
def unstabilised(layer: SLSTM, xs: Tensor) -> Tensor:
    """Return what ``layer`` gives for ``xs``, (batch, time, input_size), if nothing is subtracted.

    It is here to be compared with, not to be used.
    """
    h = c = n = xs.new_zeros(len(xs), layer.hidden_size)
    outputs = []
    for x in xs.unbind(1):
        i, f, z, o = (layer.from_input(x) + layer.from_state(h)).chunk(4, dim=-1)
        i, f = torch.exp(i), torch.exp(f) if layer.forget == "exp" else torch.sigmoid(f)
        c = f * c + i * torch.tanh(z)
        n = f * n + i
        h = torch.sigmoid(o) * c / n
        outputs.append(h)
    return torch.stack(outputs, dim=1)


@torch.no_grad()
def overflows(seed: int) -> tuple[dict[tuple[str, str, int], float], dict[str, float]]:
    """Return how many sequences break, by form, gate and scale, and how far the forms are apart."""
    broken, same = {}, {}
    for forget in ("exp", "sigmoid"):
        for scale in SCALES:
            torch.manual_seed(seed)
            layer = SLSTM(4, 1, forget=forget, batch_first=True)
            # each of the four inputs is what one gate adds up
            layer.from_input.weight.copy_(scale * torch.eye(4))
            layer.from_input.bias.zero_()
            layer.from_state.weight.zero_()
            xs = torch.randn(SEQUENCES, STEPS, 4)
            for form, read in (("plain", unstabilised), ("stabilised", stabilised)):
                whole = read(layer, xs).isfinite().flatten(1).all(1)
                broken[form, forget, scale] = 1 - float(whole.double().mean())
            if scale == 1:
                right, xs = unstabilised(layer.double(), xs.double()), xs.double()
                same[forget] = distance(stabilised(layer, xs), right)
    return broken, same


def stabilised(layer: SLSTM, xs: Tensor) -> Tensor:
    """Return what ``layer`` gives for ``xs``, (batch, time, input_size)."""
    output: Tensor = layer(xs)[0]
    return output


def distance(ours: Tensor, right: Tensor) -> float:
    """Return the largest difference, relative to the largest number of ``right``."""
    return float((ours - right).abs().max() / right.abs().max())


@torch.no_grad()
def by_hand(seed: int) -> tuple[dict[int, float], dict[int, float]]:
    """Return ``by_hand`` and ``lost``."""
    task = BestSoFar(LONG)
    batch = task.batch(READ, torch.Generator().manual_seed(seed))
    (xs,) = batch.inputs
    error, lost = {}, {}
    for steepness in STEEPNESS:
        layer = chooser(steepness)
        error[steepness] = task.score(stabilised(layer, xs) / SMALL, batch) / task.baseline
        finite = unstabilised(layer, xs)[:, -1].isfinite()
        lost[steepness] = 1 - float(finite.double().mean())
    return error, lost


@torch.no_grad()
def chooser(steepness: float) -> SLSTM:
    """Return a unit that weighs each value by ``exp(steepness * score)`` and forgets nothing."""
    layer = SLSTM(2, 1, forget="exp", batch_first=True)
    for parameter in layer.parameters():
        parameter.zero_()
    # the input gate sees the score, the candidate the value; the output gate is open
    layer.from_input.weight[0, 0] = steepness
    layer.from_input.weight[2, 1] = SMALL
    layer.from_input.bias[3] = 20.0
    return layer


@torch.no_grad()
def forms(
    seed: int,
) -> tuple[dict[tuple[str, str], float], NDArray[np.float64], NDArray[np.float64]]:
    """Return ``apart``, ``norm`` and ``off``."""
    torch.manual_seed(seed)
    layer = MLSTM(WIDTH, WIDTH, forget_bias=FORGET_BIAS, batch_first=True)
    layer.gates.weight *= SHARPER
    xs = torch.randn(BATCH_OF_MATRICES, STEPS, WIDTH)
    right, _ = loop(layer.double(), xs.double())
    output, norm = loop(layer.float(), xs)
    apart = {}
    for form, chunk in FORMS.items():
        layer.chunk = chunk
        apart["float64", form] = distance(layer.double()(xs.double())[0], right)
        apart["float32", form] = distance(layer.float()(xs)[0], output)
    off = (output - right).norm(dim=-1) / right.norm(dim=-1)
    return apart, norm.flatten().double().numpy(), off.flatten().double().numpy()


def loop(layer: MLSTM, xs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs of a loop of steps, and what each was divided by."""
    state, outputs, norms = None, [], []
    for x in xs.unbind(1):
        h, state = layer.step(x, state)
        _, n, m = state
        q = layer.vectors(x)[:, : layer.hidden_size]
        outputs.append(h)
        norms.append(torch.maximum((n * q).sum(-1).abs(), torch.exp(-m[:, 0])))
    return torch.stack(outputs, dim=1), torch.stack(norms, dim=1)


def rates(
    seeds: Sequence[int] = (200, 201, 202, 203, 204),
) -> dict[tuple[str, str, float], list[float]]:
    """Return the errors at every rate: how ``RATE`` was chosen. No build calls it."""
    return {
        (name, task, rate): [judged(trained(name, task, s, rate), task, s) for s in seeds]
        for name, task in RATE
        for rate in RATES
    }


def trained(name: str, task: str, seed: int, rate: float) -> SimpleRNN:
    """Return a trained network that answers at every step."""
    torch.manual_seed(seed)
    model = SimpleRNN(2, SIZE, 1, layer=LAYERS[name])
    fit(model, TASKS[task], steps=UPDATES, seed=seed, batch_size=BATCH, learning_rate=rate)
    return model


def judged(model: nn.Module, task: str, seed: int) -> float:
    """Return the error of the last answer, over the baseline, on sequences not trained on."""
    error = evaluate(model, TASKS[task], seed=seed + 10_000, size=JUDGED)
    return error / TASKS[task].baseline


def steepest(model: SimpleRNN) -> float:
    """Return how steeply the steepest input gate of an sLSTM rises with the score."""
    (layer,) = (part for part in model.modules() if isinstance(part, SLSTM))
    return float(layer.from_input.weight.detach()[: layer.hidden_size, 0].max())
