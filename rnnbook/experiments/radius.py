"""What decides whether a gradient vanishes: spectral radius, singular value, saturation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbook import gradients
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.gradient_flow import HIDDEN, SIZE, STEPS, large_weights, states

#: Seeds of weights and inputs.
SEEDS = (0, 1, 2, 3, 4)
#: Spectral radii that a random matrix is scaled to, the steps a gradient is carried back, and the
#: units.
SCALES = (0.5, 1.0, 1.5)
FLOW_STEPS, FLOW_SIZE = 100, 100
#: What goes into a run over ``STEPS`` steps, and the standard deviation of its noise.
INPUTS = {"weak inputs": 0.1, "strong inputs": 1.0}
#: Factors of an orthogonal matrix under strong inputs.
GAINS = (1.0, 2.0)
#: Units in the chain.
CHAIN = 8
#: The run of an identity matrix with ReLU: its steps, and the standard deviation of its noise.
RELU_STEPS, FAINT = 1000, 0.01

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Norms of products of Jacobians; the first axis is the seed.

    ``linear`` and ``with_tanh`` are (seed, step) by scale: norms of products, see
    :func:`rnnbook.jacobians.analyze_gradient_flow`. ``radius`` and ``stretch`` are (seed,) by
    matrix: spectral radius and largest singular value. ``products`` is (seed, step) by matrix and
    by what stands in the product: the matrix alone (``"no tanh"``), or the Jacobians of a run under
    one of ``INPUTS``. ``braked`` is (seed,) by gain: the norm that orthogonal weights end at.
    ``alive`` is (seed,): the share of units through which an identity with ReLU carries a gradient.
    """

    linear: dict[float, Measured]
    with_tanh: dict[float, Measured]
    radius: dict[str, Measured]
    stretch: dict[str, Measured]
    products: dict[tuple[str, str], Measured]
    braked: dict[float, Measured]
    alive: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure products of Jacobians, of drawn matrices and of built ones."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Measure them on one seed."""
    flow = gradients.analyze_gradient_flow(
        SCALES, seed=seed, hidden_size=FLOW_SIZE, steps=FLOW_STEPS
    )
    spectra = {name: spectrum(build, seed) for name, build in MATRICES.items()}
    return Result(
        linear=dict(zip(SCALES, flow.linear.numpy(), strict=True)),
        with_tanh=dict(zip(SCALES, flow.with_tanh.numpy(), strict=True)),
        radius={name: found.radius for name, found in spectra.items()},
        stretch={name: found.stretch for name, found in spectra.items()},
        products={
            (name, kind): norms
            for name, found in spectra.items()
            for kind, norms in found.products.items()
        },
        braked={gain: orthogonal_gain(gain, seed) for gain in GAINS},
        alive=relu_identity(seed),
    )


def default_weights(generator: torch.Generator) -> Tensor:
    """Draw as PyTorch does: uniform within one over the root of the size."""
    uniform = torch.rand(SIZE, SIZE, generator=generator, dtype=torch.float64)
    return (2 * uniform - 1) / math.sqrt(SIZE)


def orthogonal_weights(generator: torch.Generator) -> Tensor:
    """Draw a matrix that turns without stretching."""
    normal = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
    turned: Tensor = torch.linalg.qr(normal).Q
    return turned


def chain_of_units(generator: torch.Generator) -> Tensor:
    """Return units in a row, each keeping half of itself and taking in all of the next."""
    return 0.5 * torch.eye(CHAIN, dtype=torch.float64) + torch.diag(
        torch.ones(CHAIN - 1, dtype=torch.float64), 1
    )


#: Recurrent weights by name.
MATRICES: dict[str, Callable[[torch.Generator], Tensor]] = {
    "default": default_weights,
    "large": large_weights,
    "orthogonal": orthogonal_weights,
    "chain": chain_of_units,
}


class Spectrum(NamedTuple):
    """What can be said of a matrix, and what happens: norms of products, step by step."""

    radius: float
    stretch: float
    products: dict[str, Array]


def spectrum(build: Callable[[torch.Generator], Tensor], seed: int) -> Spectrum:
    """Return spectral radius, largest singular value, and norms of products step by step."""
    generator = torch.Generator().manual_seed(seed)
    W_hh = build(generator)
    size = len(W_hh)
    noise = torch.randn(STEPS, size, generator=generator, dtype=torch.float64)
    factors = {"no tanh": W_hh.expand(STEPS, -1, -1)}
    for kind, amount in INPUTS.items():
        factors[kind] = gradients.step_jacobians(states(amount * noise, W_hh), W_hh)
    return Spectrum(
        gradients.spectral_radius(W_hh),
        float(gradients.norms(W_hh)),
        {kind: gradients.norms(gradients.chain(each)).numpy() for kind, each in factors.items()},
    )


def radius_zero(steps: int = STEPS) -> tuple[float, float]:
    """Return the spectral radius of two units that differ, and the norm of a run's Jacobian.

    The inputs hold the first unit where tanh is steep and the second where it is flat.
    """
    W_hh = torch.tensor([[2.0, -2.0], [2.0, -2.0]], dtype=torch.float64)
    rest = torch.tensor([0.0, math.tanh(3.0)], dtype=torch.float64)
    held = torch.tensor([0.0, 3.0], dtype=torch.float64) - W_hh @ rest
    # each step restarts from rest, since the smallest rounding error would be magnified as well
    hs = torch.stack([states(held[None], W_hh, rest)[0] for _ in range(steps)])
    product = gradients.chain(gradients.step_jacobians(hs, W_hh))[-1]
    return gradients.spectral_radius(W_hh), float(gradients.norms(product))


def orthogonal_gain(gain: float, seed: int) -> float:
    """Return the norm of a run's Jacobian, ``gain`` times orthogonal weights and strong inputs."""
    found = spectrum(lambda generator: gain * orthogonal_weights(generator), seed)
    return float(found.products["strong inputs"][-1])


def relu_identity(seed: int) -> float:
    """Return the share of units that stay above zero where an identity with ReLU reads faint noise.

    The Jacobian of the run is diagonal: one for a unit that has stayed above zero, zero for one
    that has not.
    """
    generator = torch.Generator().manual_seed(seed)
    h, alive = torch.ones(HIDDEN, dtype=torch.float64), torch.ones(HIDDEN, dtype=torch.float64)
    for _ in range(RELU_STEPS):
        h = torch.relu(h + FAINT * torch.randn(HIDDEN, generator=generator, dtype=torch.float64))
        alive = alive * (h > 0)
    return float(alive.mean())
