"""Orders in which a linear recurrence can be computed: their work, their errors and their time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rnnbook.experiments._clock import medians
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.scan import Order, chunks, doubling, scan, step_by_step

#: A seed draws what each step keeps and adds.
SEEDS = (0, 1, 2)
#: The orders, by name; the loop is what the others are compared with.
ORDERS: dict[str, Order] = {"loop": step_by_step, "chunks": chunks, "doubling": doubling}
#: Steps that are short enough to draw, and as many as are counted beside them.
DRAWN, COUNTED = 16, 4096
#: What each step keeps lies between this and one.
LEAST = 0.5
#: Steps, and numbers in a state, that are compared in float64.
EXACT, STATE = 1000, 16
#: Steps at which the errors in float32 are measured.
LENGTHS = (64, 256, 1024, 4096)
#: Sequences and numbers in a state of what is timed, and over how many steps.
NARROW, WIDE = (4, 16), (16, 64)
TIMED = (64, 256, 2048)
#: The most steps of the loops whose gradient is PyTorch's own.
LOOPED = 256
#: How often the calls take turns.
TURNS = 3


class Result(NamedTuple):
    """What was counted, compared and timed; the first axis is the seed.

    ``rounds`` and ``work`` are, by order and number of steps, the operations that wait for each
    other and the multiplications for each number of the states. ``seen`` is, by order, how many
    steps each state has in it after each round, (seed, round, step), for a few steps. ``apart`` is
    by order how far states and gradients are from those of the loop in float64, relative to the
    largest. ``error`` is, by how it was computed and steps, the error of the states in float32,
    relative to the largest state; NaN if there are none. ``zero`` says what logarithms make of
    steps that add zero: the error of the states, and the share of those steps without a gradient.
    ``seconds`` is, by order, numbers a step and steps, the processor time of states and gradients,
    of this machine and this moment.
    """

    rounds: dict[tuple[str, int], Measured]
    work: dict[tuple[str, int], Measured]
    seen: dict[str, Measured]
    apart: dict[str, Measured]
    error: dict[tuple[str, int], Measured]
    zero: dict[str, Measured]
    seconds: dict[tuple[str, int, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count, compare and time every order."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    counts = {(name, time): counted(name, time) for name in ORDERS for time in (DRAWN, COUNTED)}
    return Result(
        rounds={key: rounds for key, (rounds, _) in counts.items()},
        work={key: work for key, (_, work) in counts.items()},
        seen={"chunks": seen_by_chunks(DRAWN), "doubling": seen_by_doubling(DRAWN)},
        apart={name: apart(name, seed) for name in ("chunks", "doubling")},
        error={
            (name, time): error(call, time, seed)
            for name, call in {**ORDERS, "logarithms": logarithms, "products": products}.items()
            for time in LENGTHS
        },
        zero=zero(seed),
        seconds=seconds(seed),
    )


def steps(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Return what each step keeps and adds, (batch, time, size), all of it positive."""
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.rand(2, *shape, generator=generator, dtype=torch.float64)
    return (LEAST + (1 - LEAST) * a).to(dtype), (1 - b).to(dtype)


def logarithms(a: Tensor, b: Tensor) -> Tensor:
    """Return the states of positive ``a`` and ``b``, by logarithms: Heinsen (2023)."""
    # log h_t = A_t + log sum_s exp(log b_s - A_s), where A_t = log a_1 + ... + log a_t
    total = a.log().cumsum(1)
    return (total + torch.logcumsumexp(b.log() - total, 1)).exp()


def products(a: Tensor, b: Tensor) -> Tensor:
    """Return the states as the formula is written: products of all ``a``, and a running sum."""
    # h_t = P_t sum_s b_s / P_s, where P_t = a_1 ... a_t
    product = a.cumprod(1)
    return product * (b / product).cumsum(1)


class _Count(TorchDispatchMode):
    """Counts operations that add, each of which waits for the last, and multiplied numbers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch gives it no types
        self.rounds = self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        aten = torch.ops.aten
        if func in (aten.addcmul.default, aten.add.Tensor):
            self.rounds += 1
        if func in (aten.addcmul.default, aten.mul.Tensor):
            self.numbers += found.numel()
        return found


def counted(name: str, time: int) -> tuple[int, float]:
    """Return rounds and multiplications a step of one order, for states of one number.

    Examples
    --------
    >>> from rnnbook.experiments.scan import counted
    >>> counted("loop", 10)
    (10, 1.0)
    """
    with _Count() as counter:
        ORDERS[name](torch.ones(1, time), torch.ones(1, time))
    return counter.rounds, counter.numbers / time


def seen_by_doubling(time: int) -> NDArray[np.int64]:
    """Return how many steps each state has in it, before the first pass and after each.

    Examples
    --------
    >>> from rnnbook.experiments.scan import seen_by_doubling
    >>> seen_by_doubling(4)
    array([[1, 1, 1, 1],
           [1, 2, 2, 2],
           [1, 2, 3, 4]])
    """
    passes = range((time - 1).bit_length() + 1)
    return np.array([[min(t + 1, 2**p) for t in range(time)] for p in passes])


def seen_by_chunks(time: int) -> NDArray[np.int64]:
    """Return how many steps each state has in it: at first, in its chunk, at borders, at the end.

    Examples
    --------
    >>> from rnnbook.experiments.scan import seen_by_chunks
    >>> seen_by_chunks(4)
    array([[1, 1, 1, 1],
           [1, 2, 1, 2],
           [1, 2, 1, 4],
           [1, 2, 3, 4]])
    """
    size = round(time**0.5)
    inside = [t % size + 1 for t in range(time)]
    borders = [t + 1 if (t + 1) % size == 0 else inside[t] for t in range(time)]
    return np.array([[1] * time, inside, borders, [t + 1 for t in range(time)]])


def apart(name: str, seed: int) -> float:
    """Return how far states and gradients of an order are from PyTorch's own of the loop."""
    a, b = steps(seed, 2, EXACT, STATE, dtype=torch.float64)
    a, b = a.requires_grad_(), b.requires_grad_()

    def both(h: Tensor) -> tuple[Tensor, ...]:
        return (h, *torch.autograd.grad(h.square().sum(), (a, b)))

    ours, right = both(scan(a, b, by=ORDERS[name])), both(step_by_step(a, b))
    pairs = [(mine.detach(), its.detach()) for mine, its in zip(ours, right, strict=True)]
    return max(float((mine - its).abs().max() / its.abs().max()) for mine, its in pairs)


@torch.no_grad()
def error(call: Order, time: int, seed: int) -> float:
    """Return the largest error of the states in float32, relative to the largest state."""
    a, b = steps(seed, 8, time, STATE)
    exact = step_by_step(a.double(), b.double())
    return float((call(a, b) - exact).abs().max() / exact.abs().max())


def zero(seed: int) -> dict[str, float]:
    """Return what logarithms make of steps that add zero, every fourth of them."""
    a, b = steps(seed, 2, 64, STATE)
    b[:, ::4] = 0.0
    b.requires_grad_()
    h = logarithms(a, b)
    (gradient,) = torch.autograd.grad(h.sum(), b)
    right = step_by_step(a, b)
    return {
        "states": float(((h - right).abs().max() / right.abs().max()).detach()),
        "no gradient": float(gradient[:, ::4].isnan().double().mean()),
    }


def indexed(a: Tensor, b: Tensor) -> Tensor:
    """Return the states by a loop over ``a[:, t]``, as it is often written."""
    h, states = torch.zeros_like(b[:, 0]), []
    for t in range(a.shape[1]):
        # h_t = a_t h_{t-1} + b_t
        h = torch.addcmul(b[:, t], a[:, t], h)
        states.append(h)
    return torch.stack(states, dim=1)


def seconds(seed: int) -> dict[tuple[str, int, int], float]:
    """Return the processor time of states and gradients, by order, numbers a step and steps."""
    found: dict[tuple[str, int, int], float] = {}
    for batch, size in (NARROW, WIDE):
        for time in TIMED:
            a, b = (x.requires_grad_() for x in steps(seed, batch, time, size))
            calls = {name: timed(scanned(order), a, b) for name, order in ORDERS.items()}
            if time <= LOOPED:
                calls["unbind"] = timed(step_by_step, a, b)
                calls["index"] = timed(indexed, a, b)
            taken = medians(calls, TURNS)
            found |= {(name, batch * size, time): value for name, value in taken.items()}
    return found


def scanned(order: Order) -> Order:
    """Return a scan in this order: one whose gradient is a scan as well."""
    return lambda a, b: scan(a, b, by=order)


def timed(order: Order, a: Tensor, b: Tensor) -> Callable[[], object]:
    """Return a call that computes the states and their gradients."""
    return lambda: torch.autograd.grad(order(a, b).sum(), (a, b))
