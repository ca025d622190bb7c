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
from rnnbook.experiments.bptt import one_loss
from rnnbook.experiments.one_step import influence
from rnnbook.models import RNNWithGradientTracking, VanillaRNN
from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import evaluate, fit

STEPS = 50
HIDDEN = 32
SIZE = 64  # of a drawn matrix
NEAR, FAR = 20, 50
MAGNIFIED = 1e6


class Result(NamedTuple):
    """Norms of gradients and Jacobians; the first axis is the seed.

    ``tracked`` is (seed, distance), and ``tracked_slope``, (seed,), the mean derivative of tanh in
    the same networks. ``equal`` is (seed,): the difference of a product of Jacobians from the one
    that autograd finds. ``slopes`` is (seed, before and after training, unit and step): derivatives
    of tanh, and ``stretched`` (seed, before and after): the share of steps whose own Jacobian
    stretches something; ``kept`` likewise what the product over all steps is. ``latch`` is (seed,
    latched sign and gradient). ``old`` is (seed,): the share of the gradient that is twenty or more
    steps old. ``magnified`` is (seed, plain or magnified, step): losses. ``accuracy`` is (seed,
    run), see ``runs``. ``moved`` is (seed, step): how far another first input moves the state.
    """

    tracked: NDArray[np.float64]
    tracked_slope: NDArray[np.float64]
    equal: NDArray[np.float64]
    slopes: NDArray[np.float64]
    stretched: NDArray[np.float64]
    kept: NDArray[np.float64]
    latch: NDArray[np.float64]
    old: NDArray[np.float64]
    magnified: NDArray[np.float64]
    runs: tuple[str, ...]
    accuracy: NDArray[np.float64]
    moved: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = 400) -> Result:
    """Measure where gradients go, in drawn networks and in trained ones.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of weights, inputs and training batches.
    steps : int
        The most training steps across the near distance; a run stops when it has learned.
    """
    trained = [recall(seed, steps) for seed in seeds]
    return Result(
        np.array([tracked(seed) for seed in seeds]),
        np.array([tracked_slope(seed) for seed in seeds]),
        np.array([product_gap(seed) for seed in seeds]),
        np.array([one.slopes for one in trained]),
        np.array([one.stretched for one in trained]),
        np.array([one.kept for one in trained]),
        np.array([latch(seed) for seed in seeds]),
        np.array([one_loss(seed, steps=STEPS).oldest[-21] for seed in seeds]),
        np.array([[curve(seed, factor) for factor in (1.0, MAGNIFIED)] for seed in seeds]),
        RUNS,
        np.array(
            [
                [one.accuracy, far(seed, 0), far(seed, 1)]
                for one, seed in zip(trained, seeds, strict=True)
            ]
        ),
        np.array([influence(default(seed), 20, seed=seed) for seed in seeds]),
    )


def default(seed: int) -> nn.Module:
    """Return a layer with PyTorch's default weights, for one input."""
    torch.manual_seed(seed)
    return layers.RNN(1, HIDDEN, batch_first=True)


def ten_inputs(seed: int) -> tuple[RNNWithGradientTracking, Tensor]:
    """Return a network of ten inputs with default weights, and a sequence for it."""
    torch.manual_seed(seed)
    model = RNNWithGradientTracking(10, HIDDEN).double()
    return model, torch.randn(1, STEPS, 10, dtype=torch.float64)


def tracked(seed: int) -> NDArray[np.float64]:
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


def latch(seed: int, steps: int = 1000, units: int = 256) -> tuple[float, float]:
    """Let ``h_t = tanh(2 h_{t-1} + noise)`` hold a sign: the share that does, and the gradient.

    The second number is the largest derivative, over the units, of the state after a hundred steps
    with respect to the first.
    """
    generator = torch.Generator().manual_seed(seed)
    signs = 2.0 * torch.randint(2, (units,), generator=generator).double() - 1
    h, slope = signs.clone(), torch.ones(units, dtype=torch.float64)
    for t in range(steps):
        h = torch.tanh(2 * h + 0.1 * torch.randn(units, generator=generator, dtype=torch.float64))
        if t < 100:
            slope = slope * 2 * (1 - h**2)
    return float((h.sign() == signs).double().mean()), float(slope.max())


class Recall(NamedTuple):
    """A network before and after it learned to recall its first input."""

    slopes: NDArray[np.float64]
    stretched: list[float]
    kept: list[float]
    accuracy: float


def recall(seed: int, steps: int) -> Recall:
    """Train a network across the near distance and compare its Jacobians before and after."""
    torch.manual_seed(seed)
    task, model = RecallFirst(NEAR + 1), VanillaRNN(1, HIDDEN, 1)
    x = RecallFirst(STEPS).batch(1, torch.Generator().manual_seed(seed)).inputs[0]
    slopes, stretched, kept = [], [], []
    for training in (False, True):
        if training:
            fit(model, task, steps=steps, seed=seed, until=0.05)
        hs, W_hh = model.rnn(x)[0][0].detach().double(), weights(model).double()
        factors = gradients.step_jacobians(hs, W_hh)
        slopes.append((1 - hs**2).flatten().numpy())
        stretched.append(float((gradients.norms(factors) > 1).double().mean()))
        kept.append(float(gradients.norms(gradients.chain(factors[1:])[-1])))
    return Recall(np.array(slopes), stretched, kept, evaluate(model, task, seed=seed + 1000))


def weights(model: VanillaRNN) -> Tensor:
    """Return the recurrent weights of the lowest layer."""
    return model.rnn.get_parameter("weight_hh_l0").detach()


#: Trained runs: across twenty steps from default weights, and across fifty from two starts.
RUNS = ("default, 20 steps", "default, 50 steps", "orthogonal, 50 steps")


def far(seed: int, start: int, steps: int = 120) -> float:
    """Train across the far distance, from default weights (0) or orthogonal ones (1): accuracy."""
    torch.manual_seed(seed)
    task, model = RecallFirst(FAR + 1), VanillaRNN(1, HIDDEN, 1, layer=nn.RNN)
    if start:
        for name, parameter in model.rnn.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(parameter)
            else:
                nn.init.zeros_(parameter) if "bias" in name else parameter.data.mul_(0.1)
    fit(model, task, steps=steps, seed=seed, learning_rate=2e-3, until=0.1)
    return evaluate(model, task, seed=seed + 1000)


@dataclass(frozen=True)
class Magnified(RecallFirst):
    """The same task with a loss, and so a gradient, that is multiplied by ``factor``."""

    factor: float = 1.0

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the loss times ``factor``."""
        return self.factor * super().loss(output, batch)


def curve(seed: int, factor: float, steps: int = 30) -> NDArray[np.float64]:
    """Return the losses of a short training with a gradient magnified by ``factor``, undone."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 1, layer=nn.RNN)
    history = fit(
        model, Magnified(NEAR + 1, factor), steps=steps, seed=seed, learning_rate=2e-3, clip=None
    )
    return np.array(history.losses) / factor
