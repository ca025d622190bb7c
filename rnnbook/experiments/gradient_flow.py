"""Where the gradient goes: by distance, by the product of steps, and what it means to learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import gradients, layers
from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.bptt import one_loss
from rnnbook.experiments.one_step import influence
from rnnbook.models import RNNWithGradientTracking, VanillaRNN
from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import History, evaluate, fit

#: Seeds of weights, inputs and training batches.
SEEDS = (0, 1, 2, 3, 4)
#: Networks that learn across the far distance cost more and agree more: three seeds show it.
FAR_SEEDS = 3
STEPS = 50
HIDDEN = 32
SIZE = 64  # of a drawn matrix
#: Steps between the first input and the answer that needs it.
NEAR, FAR = 20, 50
#: Steps back from which a term of the gradient counts as old.
OLD = 20
#: The most updates of a run by its distance; it stops earlier once the mean loss of twenty batches
#: is below ``LEARNED``.
UPDATES = {NEAR: 400, FAR: 200}
LEARNED = 0.05
#: Learning rates that were tried by :func:`rates`. For default weights the highest is best across
#: either distance; orthogonal ones learn in every run at the lowest.
RATES = (2e-3, 5e-3, 1e-2)
LOW, HIGH = 2e-3, 1e-2
#: The starts and learning rates of the runs across the far distance.
FAR_RUNS = (("default", HIGH), ("default", LOW), ("orthogonal", LOW))
#: Factors of a gradient: as it is, far larger, and below the number that Adam adds to its size.
FACTORS = (1.0, 1e6, 1e-8)
#: The updates of the runs with such gradients, and their learning rate.
SHORT, SHORT_RATE = 30, LOW
#: Steps that a unit holds its sign for, how many of them its gradient is followed for, and trials.
HELD, FOLLOWED, TRIALS = 1000, 100, 256

Array = NDArray[np.float64]


class Latch(NamedTuple):
    """The share of trials in which a unit held its sign, and the largest gradient of them all."""

    held: Measured
    gradient: Measured


class Recall(NamedTuple):
    """A network before and after it was trained to recall its first input, by when.

    ``slopes`` are the derivatives of tanh, of each unit at each step. ``stretched`` is the share of
    steps whose own Jacobian stretches something, ``kept`` what the product over all steps is.
    ``accuracy`` is that of the trained network, on fresh sequences.
    """

    slopes: dict[str, Measured]
    stretched: dict[str, Measured]
    kept: dict[str, Measured]
    accuracy: Measured


class Far(NamedTuple):
    """Networks that learned across the far distance, or did not, by start and learning rate.

    ``accuracy`` is judged on fresh sequences.
    """

    accuracy: dict[tuple[str, float], Measured]


class Flow(NamedTuple):
    """Norms of gradients and Jacobians; the first axis is the seed.

    ``tracked`` is (seed, distance), and ``tracked_slope``, (seed,), the mean derivative of tanh in
    the same networks. ``moved`` is (seed, step): how far another first input moves the state.
    ``equal`` is (seed,): the difference of a product of Jacobians from the one that autograd finds.
    ``old`` is (seed,): the share of the gradient that is twenty or more steps old. ``losses`` is,
    by the factor of the gradient, (seed, update).
    """

    tracked: Measured
    tracked_slope: Measured
    moved: Measured
    equal: Measured
    recall: Recall
    latch: Latch
    old: Measured
    losses: dict[float, Measured]


class Result(NamedTuple):
    """All that was measured: the far distance on the first three seeds, the rest on all of them."""

    flow: Flow
    far: Far


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure where gradients go, in drawn networks and in trained ones."""
    return Result(flow=over_seeds(one, seeds), far=over_seeds(far, seeds[:FAR_SEEDS]))


def one(seed: int) -> Flow:
    """Measure gradients, and train a network across the near distance, on one seed."""
    return Flow(
        tracked=tracked(seed),
        tracked_slope=tracked_slope(seed),
        moved=influence(default(seed), NEAR, seed=seed),
        equal=product_gap(seed),
        recall=recall(seed),
        latch=latch(seed),
        old=one_loss(seed, steps=STEPS).oldest[-1 - OLD],
        losses={factor: curve(seed, factor) for factor in FACTORS},
    )


def far(seed: int) -> Far:
    """Train networks across the far distance, on one seed."""
    return Far(
        accuracy={
            (start, rate): judged(learned(start, FAR, rate, seed)[0], FAR, seed)
            for start, rate in FAR_RUNS
        }
    )


def rates(seeds: Sequence[int] = range(200, 205)) -> dict[tuple[str, int, float], list[int]]:
    """Return the updates that runs take, by start, distance and learning rate.

    No page of the book calls this.
    """
    return {
        (start, distance, rate): [
            len(learned(start, distance, rate, seed)[1].losses) for seed in seeds
        ]
        for start in ("default", "orthogonal")
        for distance in (NEAR, FAR)
        for rate in RATES
    }


def default(seed: int) -> nn.Module:
    """Return a layer with PyTorch's default weights, for one input."""
    torch.manual_seed(seed)
    return layers.RNN(1, HIDDEN, batch_first=True)


def ten_inputs(seed: int) -> tuple[RNNWithGradientTracking, Tensor]:
    """Return a network of ten inputs with default weights, and a sequence for it."""
    torch.manual_seed(seed)
    model = RNNWithGradientTracking(10, HIDDEN).double()
    return model, torch.randn(1, STEPS, 10, dtype=torch.float64)


def tracked(seed: int) -> Array:
    """Return the gradient at the first input by the distance of the output."""
    model, xs = ten_inputs(seed)
    return model.track_gradients(xs)


@torch.no_grad()
def tracked_slope(seed: int) -> float:
    """Return the mean derivative of tanh in the network of :func:`tracked`."""
    model, xs = ten_inputs(seed)
    return float((1 - model.rnn(xs)[0] ** 2).mean())


def large_weights(generator: torch.Generator) -> Tensor:
    """Draw from a normal distribution, half as large again as keeps a vector's length."""
    normal = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
    return 1.5 * normal / math.sqrt(SIZE)


def states(inputs: Tensor, W_hh: Tensor, h_0: Tensor | None = None) -> Tensor:
    """Return the states ``tanh(W_hh h_{t-1} + inputs_t)``, (time, hidden_size)."""
    start = torch.zeros_like(W_hh[:1]) if h_0 is None else h_0.unsqueeze(0)
    eye = torch.eye(len(W_hh), dtype=W_hh.dtype)
    return gradients.run(inputs.unsqueeze(0), start, eye, W_hh, torch.zeros_like(W_hh[0]))[0]


def product_gap(seed: int, steps: int = STEPS) -> float:
    """Return how far the product of Jacobians is from autograd's, as a share of it."""
    generator = torch.Generator().manual_seed(seed)
    W_hh = large_weights(generator)
    noise = 0.3 * torch.randn(steps, len(W_hh), generator=generator, dtype=torch.float64)
    start = torch.zeros(len(W_hh), dtype=torch.float64)
    truth = torch.autograd.functional.jacobian(lambda h: states(noise, W_hh, h)[-1], start)
    product = gradients.chain(gradients.step_jacobians(states(noise, W_hh), W_hh))[-1]
    return float((product - truth).norm() / truth.norm())


def latch(seed: int, steps: int = HELD, units: int = TRIALS) -> Latch:
    """Let ``h_t = tanh(2 h_{t-1} + noise)`` hold a sign, in as many trials as there are units.

    The gradient is the derivative of the state after a hundred steps with respect to the first.
    """
    generator = torch.Generator().manual_seed(seed)
    signs = 2.0 * torch.randint(2, (units,), generator=generator).double() - 1
    h, slope = signs.clone(), torch.ones(units, dtype=torch.float64)
    for t in range(steps):
        h = torch.tanh(2 * h + 0.1 * torch.randn(units, generator=generator, dtype=torch.float64))
        if t < FOLLOWED:
            slope = slope * 2 * (1 - h**2)
    return Latch(held=float((h.sign() == signs).double().mean()), gradient=float(slope.max()))


def recall(seed: int) -> Recall:
    """Train a network across the near distance and compare its Jacobians before and after."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 1)
    x = RecallFirst(STEPS).batch(1, torch.Generator().manual_seed(seed)).inputs[0]
    slopes, stretched, kept = {}, {}, {}
    for when in ("before training", "after training"):
        if when == "after training":
            trained(model, NEAR, HIGH, seed)
        hs, W_hh = model.rnn(x)[0][0].detach().double(), weights(model).double()
        factors = gradients.step_jacobians(hs, W_hh)
        slopes[when] = (1 - hs**2).flatten().numpy()
        stretched[when] = float((gradients.norms(factors) > 1).double().mean())
        kept[when] = float(gradients.norms(gradients.chain(factors[1:])[-1]))
    return Recall(slopes, stretched, kept, accuracy=judged(model, NEAR, seed))


def weights(model: VanillaRNN) -> Tensor:
    """Return the recurrent weights of the lowest layer."""
    return model.rnn.get_parameter("weight_hh_l0").detach()


def learned(start: str, distance: int, rate: float, seed: int) -> tuple[VanillaRNN, History]:
    """Return a network that was trained across a distance from a start, and how that went."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 1, layer=nn.RNN)
    if start == "orthogonal":
        for name, parameter in model.rnn.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(parameter)
            else:
                nn.init.zeros_(parameter) if "bias" in name else parameter.data.mul_(0.1)
    return model, trained(model, distance, rate, seed)


def trained(model: nn.Module, distance: int, rate: float, seed: int) -> History:
    """Train ``model`` to recall its first input across a distance."""
    return fit(
        model,
        RecallFirst(distance + 1),
        steps=UPDATES[distance],
        seed=seed,
        learning_rate=rate,
        until=LEARNED,
    )


def judged(model: nn.Module, distance: int, seed: int) -> float:
    """Return the accuracy of ``model`` on sequences that no training run has drawn."""
    return evaluate(model, RecallFirst(distance + 1), seed=seed + 1000)


@dataclass(frozen=True)
class Magnified(RecallFirst):
    """The same task with a loss, and so a gradient, that is multiplied by ``factor``."""

    factor: float = 1.0

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the loss times ``factor``."""
        return self.factor * super().loss(output, batch)


def curve(seed: int, factor: float) -> Array:
    """Return the losses of a short training with a gradient magnified by ``factor``, undone."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 1, layer=nn.RNN)
    history = fit(
        model,
        Magnified(NEAR + 1, factor),
        steps=SHORT,
        seed=seed,
        learning_rate=SHORT_RATE,
        clip=None,
    )
    return np.array(history.losses) / factor
