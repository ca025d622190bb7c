"""Backpropagation through time by hand: against autograd, term by term, in bytes, in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import gradients, layers
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import evaluate, fit

#: Seeds of weights, inputs and training batches.
SEEDS = (0, 1, 2)
DTYPES = {"32-bit": torch.float32, "64-bit": torch.float64}
#: The lengths at which the memory of a layer is measured.
LENGTHS = (10, 50, 100, 200, 400, 1000)
#: The steps of the sequence whose gradient is taken apart; its loss is at the last.
STEPS = 20
#: The network that trains on sums: its units, updates and learning rate.
SIZE, UPDATES, LEARNING_RATE = 16, 150, 5e-3
#: The best answer that has no memory, in mean squared error.
BASELINE = MovingSum().baseline
#: How much larger than PyTorch's the input and the recurrent weights are, and how large the inputs,
#: where Jacobians are multiplied: where tanh bends, the mistakes differ from each other.
INPUT_GAIN, RECURRENT_GAIN, INPUT_SIZE = 3, 2, 1.5


class Result(NamedTuple):
    """Differences, terms, bytes and learning curves; the first axis is the seed.

    ``differences`` is, by type of number, (seed, parameter): how far a gradient by hand is from
    autograd's, as a share of it. ``terms`` is (seed, step): the norm of what each step adds to the
    gradient of the recurrent weights, as a share of the whole, for a loss at the last step;
    ``oldest`` is (seed, step): the norm of the sum of all terms up to a step, likewise. ``untied``
    is (seed,): the largest difference between a term and the gradient of a copy of the weights that
    only one step used; ``total`` is how far the sum of all terms is off. ``products`` is, by way of
    writing it, how far the Jacobian is off, as a share of it. ``bytes`` is, by layer, (seed,
    length). ``losses``, (seed, update), and ``scores``, (seed,), are by who works out the gradient.
    """

    differences: dict[str, Measured]
    terms: Measured
    oldest: Measured
    untied: Measured
    total: Measured
    products: dict[str, Measured]
    bytes: dict[str, Measured]
    losses: dict[str, Measured]
    scores: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Work out gradients by hand and hold them against autograd's, every way there is."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do all of it on one seed."""
    sums = one_loss(seed)
    layer = {"by hand": ByHand, "autograd": layers.RNN}
    runs = {name: trained(kind, seed) for name, kind in layer.items()}
    return Result(
        differences={name: differences(seed, dtype) for name, dtype in DTYPES.items()},
        terms=sums.terms,
        oldest=sums.oldest,
        untied=sums.untied,
        total=sums.total,
        products=products(seed),
        bytes={
            name: np.array([kept(reader, length, seed) for length in LENGTHS])
            for name, reader in READERS.items()
        },
        losses={name: np.array(losses) for name, (losses, _) in runs.items()},
        scores={name: score for name, (_, score) in runs.items()},
    )


def trained(layer: type[nn.Module], seed: int) -> tuple[list[float], float]:
    """Return the losses of a network that learns to add up, and its error on fresh sequences."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, SIZE, 1, layer=layer)
    history = fit(model, MovingSum(), steps=UPDATES, seed=seed, learning_rate=LEARNING_RATE)
    return history.losses, evaluate(model, MovingSum(), seed=seed + 1000)


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Return the norm of the difference, as a share of the norm of ``theirs``."""
    return float((ours - theirs).norm() / theirs.norm())


def differences(seed: int, dtype: torch.dtype, num_layers: int = 2) -> NDArray[np.float64]:
    """Return for each parameter how far a gradient by hand is from autograd's, as a share of it."""
    torch.manual_seed(seed)
    model = VanillaRNN(10, 32, 5, num_layers).to(dtype)
    x = torch.randn(4, 20, 10, dtype=dtype)
    outputs, _ = model(x)
    # L = sum of y^2 / 2 over all outputs, so dL/dy = y
    (outputs.square().sum() / 2).backward()
    by_hand = gradients.bptt(dict(model.named_parameters()), x, outputs.detach())
    return np.array(
        [
            relative(by_hand[name], parameter.grad)
            for name, parameter in model.named_parameters()
            if parameter.grad is not None
        ]
    )


class Terms(NamedTuple):
    """The gradient of the recurrent weights, taken apart: norms by step, and checks."""

    terms: NDArray[np.float64]
    oldest: NDArray[np.float64]
    untied: float
    total: float


def one_loss(seed: int, steps: int = STEPS, hidden_size: int = 32) -> Terms:
    """Take the gradient of a loss at the last step apart into what each step adds to it."""
    torch.manual_seed(seed)
    rnn = layers.RNN(1, hidden_size, batch_first=True, dtype=torch.float64)
    xs = torch.randn(1, steps, 1, dtype=torch.float64)
    hs, h_0 = rnn(xs)[0], torch.zeros(1, hidden_size, dtype=torch.float64)
    (whole,) = torch.autograd.grad(hs[:, -1].sum(), rnn.get_parameter("weight_hh_l0"))

    hs = hs.detach()
    d_hs = torch.zeros_like(hs)
    d_hs[:, -1] = 1
    by_hand = gradients.through_time(d_hs, xs, hs, h_0, rnn.W_xh().detach(), rnn.W_hh().detach())
    terms = gradients.terms(by_hand.zs, hs, h_0)
    sums = terms.cumsum(0)
    apart = untied(rnn, xs)
    return Terms(
        (terms.flatten(1).norm(dim=1) / whole.norm()).numpy(),
        (sums.flatten(1).norm(dim=1) / whole.norm()).numpy(),
        max(
            float((term - copy).norm() / whole.norm())
            for term, copy in zip(terms, apart, strict=True)
        ),
        relative(terms.sum(0), whole),
    )


def untied(rnn: layers.RNN, xs: Tensor) -> list[Tensor]:
    """Return autograd's gradient of one copy of the recurrent weights for each step.

    The loss is the sum of the last state; every copy holds the same numbers.
    """
    W_xh, b_h = rnn.W_xh().detach(), rnn.b_h().detach()
    copies = [rnn.W_hh().detach().clone().requires_grad_() for _ in range(xs.shape[1])]
    h = xs.new_zeros(len(xs), rnn.hidden_size)
    for x, W_hh in zip(xs.unbind(1), copies, strict=True):
        h = torch.tanh(x @ W_xh.T + h @ W_hh.T + b_h)
    # the copy of the first step meets the state h_0 = 0, so its gradient is zero
    return list(torch.autograd.grad(h.sum(), copies))


def products(seed: int, steps: int = 6, hidden_size: int = 8) -> dict[str, float]:
    """Return how far each way to write ``dh_T / dh_1`` is from autograd's, as a share of it."""
    torch.manual_seed(seed)
    rnn = layers.RNN(1, hidden_size, dtype=torch.float64)
    xs = INPUT_SIZE * torch.randn(1, steps, 1, dtype=torch.float64)
    W_xh, W_hh = INPUT_GAIN * rnn.W_xh().detach(), RECURRENT_GAIN * rnn.W_hh().detach()
    b_h = rnn.b_h().detach()
    h_0 = torch.zeros(1, hidden_size, dtype=torch.float64)
    h_1 = gradients.run(xs[:, :1], h_0, W_xh, W_hh, b_h)[:, 0]

    def rest(h: Tensor) -> Tensor:
        return gradients.run(xs[:, 1:], h.unsqueeze(0), W_xh, W_hh, b_h)[0, -1]

    truth: Any = torch.autograd.functional.jacobian(rest, h_1[0])
    hs = gradients.run(xs, h_0, W_xh, W_hh, b_h)[0]
    factors = gradients.step_jacobians(hs, W_hh)
    written = {
        "newest factor leftmost": gradients.chain(factors[1:])[-1],
        "transposed": gradients.chain(factors[1:])[-1].mT,
        "transposed, slope early": gradients.chain(
            W_hh.T @ torch.diag_embed(1 - hs[:-1].tanh() ** 2)
        )[-1],
        "one step early": gradients.chain(factors[:-1])[-1],
        "T factors": gradients.chain(factors)[-1],
        "oldest leftmost": gradients.chain(factors[1:].flip(0))[-1],
    }
    return {name: relative(product, truth) for name, product in written.items()}


class _Backward(torch.autograd.Function):
    """A run of one layer whose gradient is worked out by :func:`rnnbook.bptt.through_time`."""

    @staticmethod
    def forward(ctx: Any, xs: Tensor, h_0: Tensor, *weights: Tensor) -> Tensor:
        W_xh, W_hh, b_xh, b_hh = weights
        hs = gradients.run(xs, h_0, W_xh, W_hh, b_xh + b_hh)
        ctx.save_for_backward(xs, hs, h_0, W_xh, W_hh)
        return hs

    @staticmethod
    def backward(ctx: Any, *d_hs: Tensor) -> tuple[Tensor, ...]:
        found = gradients.through_time(*d_hs, *ctx.saved_tensors)
        return found.xs, found.h_0, found.W_xh, found.W_hh, found.b_h, found.b_h


class ByHand(layers.RNN):
    """A recurrent layer that autograd does not look into: its backward pass is ours.

    One layer, one direction, ``batch_first``; for the rest it is :class:`rnnbook.layers.RNN`.
    """

    def forward(self, xs: Any, h_0: Tensor | None = None) -> tuple[Any, Tensor]:
        """Return the states, (batch, time, hidden_size), and the last one."""
        if h_0 is None:
            h_0 = xs.new_zeros(1, len(xs), self.hidden_size)
        hs: Any = _Backward.apply(xs, h_0[0], *self.parameters())  # type: ignore[no-untyped-call]  # PyTorch's
        return hs, hs[:, -1].unsqueeze(0)


#: Layers whose memory is measured.
READERS: dict[str, type[nn.Module]] = {
    "autograd, our loop": layers.RNN,
    "autograd, nn.RNN": nn.RNN,
    "by hand": ByHand,
}


def kept(reader: type[nn.Module], length: int, seed: int, batch: int = 4) -> int:
    """Return the bytes that wait for the backward pass after reading ``length`` steps."""
    torch.manual_seed(seed)
    layer = reader(4, SIZE, batch_first=True)
    xs = torch.randn(batch, length, 4)
    return gradients.saved_bytes(lambda: layer(xs), besides=[xs, *layer.parameters()])
