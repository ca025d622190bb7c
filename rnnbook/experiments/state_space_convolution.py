"""A recurrence with fixed decays as a convolution, and one whose decays the input sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.scan import scan

#: A seed draws decays, weights and inputs.
SEEDS = (0, 1, 2)
#: Steps of a sequence, and numbers of state.
LENGTH, STATE = 256, 16
#: Steps at which the same impulse is written, and for how many its response is followed.
PLACES, FOLLOWED = (20, 50, 80, 110, 140), 100


class Result(NamedTuple):
    """How far things are apart, relative to the norm of one; the first axis is the seed.

    ``padded`` and ``circular`` are the convolution by FFT, with and without zeros after the
    sequence, from the recurrence with fixed decays. ``moved`` is, by ``fixed`` and ``selective``,
    the response to an impulse at any other place from that at the first, at most.
    """

    padded: Measured
    circular: Measured
    moved: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare both systems."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    u, C = drawn(LENGTH), drawn(STATE)
    # fixed decays with memories of 1 to 100 steps
    rates = 10 ** (-2 * torch.rand(STATE, generator=generator).double())
    a = torch.exp(-rates)
    y = read(a.expand(LENGTH, STATE), u, C)
    # K_t = C a^t
    K = (C * a ** torch.arange(LENGTH).unsqueeze(1)).sum(1)
    # the input sets how long a step lasts: a_t = exp(-delta_t rates), delta_t = softplus(3 u_t)
    selective = torch.exp(-softplus(3 * u).unsqueeze(1) * rates)
    moved = {}
    for name, decays in (("fixed", a.expand(LENGTH, STATE)), ("selective", selective)):
        first, *others = (response(decays, C, place) for place in PLACES)
        moved[name] = max(apart(other, first) for other in others)
    return Result(apart(by_fft(K, u, 2 * LENGTH), y), apart(by_fft(K, u, LENGTH), y), moved)


def read(a: Tensor, u: Tensor, C: Tensor) -> Tensor:
    """Return ``y_t = C h_t`` of ``h_t = a_t h_{t-1} + u_t``, (time,); ``a`` is (time, state)."""
    h = scan(a.unsqueeze(0), u.unsqueeze(1).expand_as(a).unsqueeze(0))
    y: Tensor = h[0] @ C
    return y


def response(a: Tensor, C: Tensor, place: int) -> Tensor:
    """Return what a one written at step ``place`` does to the outputs from then on."""
    impulse = torch.zeros(len(a), dtype=a.dtype)
    impulse[place] = 1.0
    return read(a, impulse, C)[place : place + FOLLOWED]


def by_fft(K: Tensor, u: Tensor, size: int) -> Tensor:
    """Return the convolution of ``K`` and ``u`` by a Fourier transform of ``size`` points."""
    product = torch.fft.rfft(K, size) * torch.fft.rfft(u, size)
    y: Tensor = torch.fft.irfft(product, size)
    return y[: len(u)]


def apart(one: Tensor, other: Tensor) -> float:
    """Return the norm of the difference, relative to that of ``other``."""
    return float((one - other).norm() / other.norm())
