"""The claim of the question whether spectral radius or singular value decides."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from rnnbook import jacobians
from rnnbook.experiments import radius

CONDITIONS = (
    f"Jacobians of {radius.STEPS} steps with tanh: their largest singular value. Inputs hold the two "
    "units at an unstable point; the single unit starts at 1 and reads noise of standard deviation "
    f"{radius.INPUTS['weak inputs']:g}."
)


class Product(NamedTuple):
    """The spectral radius of two units, what their product grows to, and what one unit leaves."""

    radius: float
    grown: float
    left: np.ndarray


def settled(seed):
    """Return the derivative through a unit of weight 2 that reads noise."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(radius.STEPS, 1, generator=generator, dtype=torch.float64)
    weight = torch.tensor([[2.0]], dtype=torch.float64)
    hs = radius.states(radius.INPUTS["weak inputs"] * noise, weight, torch.ones_like(weight[0]))
    return float(jacobians.norms(jacobians.chain(jacobians.step_jacobians(hs, weight))[-1]))


@pytest.fixture(scope="module")
def result(seeds):
    return Product(*radius.radius_zero(), np.array([settled(seed) for seed in seeds]))


def predicted(result):
    """If the radius decided, zero would leave nothing of the gradient, and two would double it at
    each step.
    """
    return Product(result.radius, 0.0, np.full_like(result.left, 2.0**radius.STEPS))


def test_neither_number_decides(result, show, setting):
    """Neither number alone decides about explosion. Two tanh units whose spectral radius is 0 let a
    gradient grow more than a billionfold in 50 steps; one unit of weight 2 leaves less than a
    billionth.
    """
    setting(radius.STEPS, 50)
    show("spectral radius of the two units", result.radius, below=1e-6, over="all runs")
    show("growth through the two units", result.grown, above=1e9, ratio=True, over="all runs")
    show("left by one unit of weight 2", result.left, below=1e-9, ratio=True)
