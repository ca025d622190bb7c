"""Checkpoints in time: the gradient of a long sequence with few states in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook import bptt
from rnnbook.experiments._seeds import Measured, over_seeds

#: Seeds of weights and inputs.
SEEDS = (0, 1, 2)
#: The steps of the sequence, and how many lie between two checkpoints: the root of their number.
LENGTH = 1024
STRETCH = math.isqrt(LENGTH)
HIDDEN, INPUTS, BATCH = 16, 4, 4


class Backward(NamedTuple):
    """The gradient of the recurrent weights, and what it took.

    ``held`` is the most states that were in memory at once, ``computed`` how many were computed in
    all, with the forward pass.
    """

    W_hh: Tensor
    held: int
    computed: int


class Result(NamedTuple):
    """A backward pass that holds every state, and one with checkpoints; the first axis is the seed.

    ``difference`` is the largest difference between their gradients, ``error`` how far the
    gradient with checkpoints is from autograd's, as a share of it. ``held`` and ``computed``
    are by the steps between two checkpoints: the most states in memory at once, and how many
    were computed in all.
    """

    difference: Measured
    error: Measured
    held: dict[int, Measured]
    computed: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Work out the gradient of a long sequence with checkpoints and without."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator, dtype=torch.float64)

    xs, h_0, b_h = normal(BATCH, LENGTH, INPUTS), normal(BATCH, HIDDEN), normal(HIDDEN)
    W_xh, W_hh = normal(HIDDEN, INPUTS) / INPUTS**0.5, normal(HIDDEN, HIDDEN) / HIDDEN**0.5
    W_hh.requires_grad_()
    # L = sum of h^2 / 2 over all steps, so dL/dh = h
    loss = bptt.run(xs, h_0, W_xh, W_hh, b_h).square().sum() / 2
    (autograd,) = torch.autograd.grad(loss, W_hh)
    found = {
        every: backward(xs, h_0, W_xh, W_hh.detach(), b_h, every) for every in (LENGTH, STRETCH)
    }
    whole, few = found[LENGTH].W_hh, found[STRETCH].W_hh
    return Result(
        difference=float((few - whole).abs().max()),
        error=float((few - autograd).norm() / autograd.norm()),
        held={every: made.held for every, made in found.items()},
        computed={every: made.computed for every, made in found.items()},
    )


def backward(
    xs: Tensor, h_0: Tensor, W_xh: Tensor, W_hh: Tensor, b_h: Tensor, every: int
) -> Backward:
    """Return the gradient of half the summed squares of all states, with few states in memory.

    The forward pass holds one state in ``every``. The backward pass takes one stretch after the
    other, from the last, and computes its states again from the one before it.

    Parameters
    ----------
    xs, h_0, W_xh, W_hh, b_h : Tensor
        As :func:`rnnbook.bptt.run` takes them.
    every : int
        Steps between two states that the forward pass holds; with all steps in one stretch, the
        backward pass holds every state.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.checkpoints import backward
    >>> xs, h_0, W, b_h = torch.ones(1, 9, 1), torch.zeros(1, 1), torch.eye(1), torch.zeros(1)
    >>> backward(xs, h_0, W, W, b_h, every=9)
    Backward(W_hh=tensor([[0.6148]]), held=10, computed=9)
    >>> backward(xs, h_0, W, W, b_h, every=3)
    Backward(W_hh=tensor([[0.6148]]), held=6, computed=15)
    """
    pieces = xs.split(every, dim=1)
    checkpoints, computed = [h_0], 0
    for piece in pieces[:-1]:
        checkpoints.append(bptt.run(piece, checkpoints[-1], W_xh, W_hh, b_h)[:, -1].clone())
        computed += piece.shape[1]
    d_W_hh, d_h, held = torch.zeros_like(W_hh), torch.zeros_like(h_0), 0
    for piece in reversed(pieces):
        h = checkpoints[-1]
        states = bptt.run(piece, h, W_xh, W_hh, b_h).unbind(1)
        held, computed = max(held, len(checkpoints) + len(states)), computed + len(states)
        for h_t, before in zip(reversed(states), reversed([h, *states[:-1]]), strict=True):
            # dL/dz_t = (1 - h_t^2) * (dL/dh_t of this step, and what comes back from the next)
            d_z = (1 - h_t**2) * (h_t + d_h)
            d_W_hh += d_z.T @ before
            d_h = d_z @ W_hh
        checkpoints.pop()
    return Backward(d_W_hh, held, computed)
