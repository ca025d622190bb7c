"""How long a recurrent layer takes: as a loop, with a gradient by hand, as a scan, as PyTorch's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.experiments._clock import medians
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers.fast import FastRNN
from rnnbook.layers.linear import MinGRU
from rnnbook.scan import scan

#: A seed draws weights and inputs.
SEEDS = (0, 1, 2)
#: Sequences and units of the loops, and their steps.
BATCH, SIZE = 16, 32
STEPS = (100, 1000)
#: Sequences and units at which a hand-written gradient is compared with ``nn.RNN``, and steps.
BATCHES, WIDTHS, WIDTH_STEPS = (16, 128), (16, 32, 64, 128, 256), 50
#: Units at which an LSTM written as a loop is compared with ``nn.LSTM``, over ``STEPS[0]`` steps.
LSTM_WIDTHS = (32, 64)
#: Sequences, units and steps of the long ones.
LONG_BATCH, LENGTHS = 8, (1024, 4096, 16384)
#: How often the calls take turns: short ones and long ones.
TURNS, LONG_TURNS = 3, 1

#: A layer as a function, of inputs (time, batch, size), to its states.
Layer = Callable[[Tensor], Tensor]


class Result(NamedTuple):
    """What was compared and timed; the first axis is the seed.

    ``apart`` says how far states and gradients of the layer with the hand-written gradient are from
    those of ``nn.RNN`` in float64, relative to the largest; ``checked`` whether its gradient is
    that of finite differences. All others are processor seconds, of this machine and this moment,
    of states and gradients unless it says otherwise: ``loops`` by how the layer is written and
    steps; ``widths`` by layer, sequences and units; ``lstm`` by layer, units and whether it is of
    states alone; ``lengths`` by layer and steps.
    """

    apart: dict[str, Measured]
    checked: Measured
    loops: dict[tuple[str, int], Measured]
    widths: dict[tuple[str, int, int], Measured]
    lstm: dict[tuple[str, int, str], Measured]
    lengths: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare and time every way."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    torch.manual_seed(seed)
    return Result(apart(), checked(), loops(), widths(), lstm(), lengths())


# ------------------------------------------------------------------ is it the same layer?


def apart() -> dict[str, float]:
    """Return how far the hand-written layer is from PyTorch's, relative to the largest number."""
    theirs = nn.RNN(SIZE, SIZE).double()
    ours = FastRNN(SIZE, SIZE).double()
    ours.load_state_dict(theirs.state_dict())
    xs = torch.randn(STEPS[0], BATCH, SIZE, dtype=torch.float64)

    def both(layer: nn.Module) -> tuple[Tensor, Tensor]:
        hs, _ = layer(xs)
        found = torch.autograd.grad(hs.square().sum(), list(layer.parameters()))
        return hs.detach(), torch.cat([gradient.flatten() for gradient in found])

    pairs = zip(("states", "gradients"), both(ours), both(theirs), strict=True)
    return {name: float((o - t).abs().max() / t.abs().max()) for name, o, t in pairs}


def checked() -> bool:
    """Say whether the hand-written gradient is that of finite differences, in float64."""
    layer = FastRNN(2, 3).double()
    xs, h_0 = torch.randn(3, 1, 2).double(), torch.randn(1, 1, 3).double()
    inputs = (xs.requires_grad_(), h_0.requires_grad_())
    return bool(torch.autograd.gradcheck(lambda xs, h_0: layer(xs, h_0)[0], inputs))


# ------------------------------------------------------------------ how a loop is written


def cells(cell: nn.RNNCell, xs: Tensor) -> Tensor:
    """Call the cell at every step."""
    h, hs = xs.new_zeros(xs.shape[1], cell.hidden_size), []
    for x in xs.unbind(0):
        h = cell(x, h)
        hs.append(h)
    return torch.stack(hs)


def index(cell: nn.RNNCell, xs: Tensor) -> Tensor:
    """Multiply all inputs first, then index each step."""
    zs = F.linear(xs, cell.weight_ih, cell.bias_ih + cell.bias_hh)
    h, hs = xs.new_zeros(xs.shape[1], cell.hidden_size), []
    for t in range(len(zs)):
        h = torch.tanh(torch.addmm(zs[t], h, cell.weight_hh.T))
        hs.append(h)
    return torch.stack(hs)


def unbind(cell: nn.RNNCell, xs: Tensor) -> Tensor:
    """Multiply all inputs first, then cut the steps apart once."""
    zs = F.linear(xs, cell.weight_ih, cell.bias_ih + cell.bias_hh)
    h, hs = xs.new_zeros(xs.shape[1], cell.hidden_size), []
    for z in zs.unbind(0):
        # h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)
        h = torch.tanh(torch.addmm(z, h, cell.weight_hh.T))
        hs.append(h)
    return torch.stack(hs)


def loops() -> dict[tuple[str, int], float]:
    """Time each way to write the loop, one layer with a gradient by hand, and PyTorch's."""
    cell, fast, theirs = nn.RNNCell(SIZE, SIZE), FastRNN(SIZE, SIZE), nn.RNN(SIZE, SIZE)
    found: dict[tuple[str, int], float] = {}
    for steps in STEPS:
        xs = torch.randn(steps, BATCH, SIZE)
        calls = {
            way.__name__: timed(cell, xs, partial(way, cell)) for way in (cells, index, unbind)
        }
        calls |= {"FastRNN": timed(fast, xs), "nn.RNN": timed(theirs, xs)}
        turns = TURNS if steps < max(STEPS) else LONG_TURNS
        taken = medians(calls, turns, rounds=1)
        found |= {(name, steps): seconds for name, seconds in taken.items()}
    return found


def timed(layer: nn.Module, xs: Tensor, states: Layer | None = None) -> Callable[[], object]:
    """Return a call that computes a layer's states and the gradients of its weights."""
    weights = list(layer.parameters())
    read: Layer = states or (lambda xs: layer(xs)[0])
    return lambda: torch.autograd.grad(read(xs).sum(), weights)


# ------------------------------------------------------------------ against PyTorch's layers


def widths() -> dict[tuple[str, int, int], float]:
    """Time the hand-written gradient and ``nn.RNN``, by sequences and units."""
    found: dict[tuple[str, int, int], float] = {}
    for batch in BATCHES:
        for size in WIDTHS:
            xs = torch.randn(WIDTH_STEPS, batch, size)
            pair = {"FastRNN": FastRNN(size, size), "nn.RNN": nn.RNN(size, size)}
            calls = {name: timed(layer, xs) for name, layer in pair.items()}
            turns = TURNS if batch < max(BATCHES) else LONG_TURNS
            taken = medians(calls, turns, rounds=1)
            found |= {(name, batch, size): seconds for name, seconds in taken.items()}
    return found


def lstm() -> dict[tuple[str, int, str], float]:
    """Time an LSTM written as a loop, and ``nn.LSTM``, with gradients and without any."""
    found: dict[tuple[str, int, str], float] = {}
    for size in LSTM_WIDTHS:
        xs = torch.randn(STEPS[0], BATCH, size)
        pair = {"LSTM": layers.LSTM(size, size), "nn.LSTM": nn.LSTM(size, size)}
        calls: dict[tuple[str, str], Callable[[], object]] = {}
        for name, layer in pair.items():
            calls[name, "states and gradients"] = timed(layer, xs)
            calls[name, "states alone"] = torch.no_grad()(partial(layer, xs))
        taken = medians(calls, TURNS, rounds=1)
        found |= {(name, size, what): seconds for (name, what), seconds in taken.items()}
    return found


def lengths() -> dict[tuple[str, int], float]:
    """Time layers that wait for each step, and two that do not, by steps.

    ``nn.GRU`` takes seconds over the longest sequences, so it takes no turns, and there every layer
    is called once.
    """
    found: dict[tuple[str, int], float] = {}
    for steps in LENGTHS:
        xs = torch.randn(LONG_BATCH, steps, SIZE)
        a, b = (x.requires_grad_() for x in torch.rand(2, *xs.shape))
        gru, *others = (kind(SIZE, SIZE, batch_first=True) for kind in (nn.GRU, nn.LSTM, MinGRU))
        calls = {name: timed(x, xs) for name, x in zip(("nn.LSTM", "MinGRU"), others, strict=True)}
        calls["scan"] = partial(scanned, a, b)
        if steps < max(LENGTHS):
            taken = medians(calls, LONG_TURNS, rounds=1)
        else:
            taken = {name: once(call) for name, call in calls.items()}
        taken["nn.GRU"] = once(timed(gru, xs))
        found |= {(name, steps): seconds for name, seconds in taken.items()}
    return found


def scanned(a: Tensor, b: Tensor) -> object:
    """Compute states and gradients of a linear recurrence, by the scan in chunks."""
    return torch.autograd.grad(scan(a, b).sum(), (a, b))


def once(call: Callable[[], object]) -> float:
    """Return the processor seconds of a single call."""
    start = time.process_time()
    call()
    return time.process_time() - start
