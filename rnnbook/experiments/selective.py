"""Copying from fixed and from drawn places by S6, LRU and a GRU, and what of S6 sees the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import LRU, S6
from rnnbook.scan import scan
from rnnbook.sequences import read
from rnnbook.tasks.selective_copying import SelectiveCopying
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Features of a block and blocks of a network; numbers of state a feature of S6, and complex ones
#: of an LRU.
SIZE, BLOCKS, STATE, RING = 32, 2, 8, 32
#: Steps that a block's convolution sees, the range of steps that S6 begins with, and the range of
#: the shares that an LRU begins by keeping.
SEES, DELTA, KEPT = 4, (1e-2, 0.5), (0.9, 0.999)
#: Numbers in the state of the GRU.
WIDTH = 64
#: Symbols that a sequence has.
ASKED = 2
#: Places before the first question, the fewest in training on drawn places, and the multiples of
#: the length at which a trained network is judged.
LENGTH, SHORTEST, TIMES = 16, 4, (1, 2, 4)
#: The sequences of a batch, the most updates, and the mean loss of twenty batches to stop at.
BATCH, UPDATES, UNTIL = 32, 200, 0.03
#: The learning rates that were tried, for each network and each kind of places.
RATES = (5e-3, 1e-2, 2e-2)
#: Fresh sequences that a trained network is judged on.
JUDGED = 128
#: The learning rate of each network, by its name and the kind of places: the best of ``RATES``,
#: and among equals one that takes few updates.
RATE = {
    ("LRU", "fixed"): 1e-2,
    ("LRU", "drawn"): 1e-2,
    ("S6", "drawn"): 1e-2,
    ("GRU", "drawn"): 1e-2,
}
LAYERS: dict[str, Callable[..., nn.Module]] = {
    "S6": partial(S6, state_size=STATE, dt=DELTA),
    "LRU": partial(LRU, state_size=RING, r_min=KEPT[0], r_max=KEPT[1]),
}
#: Where an impulse is added to a sequence, and for how many steps its response is followed.
PLACES, FOLLOWED = (10, 40), 25
#: The rules: the paper's zero-order hold, and Euler's of the authors' code.
RULES: tuple[Literal["zoh", "euler"], ...] = ("zoh", "euler")


class Result(NamedTuple):
    """What became of every network, and what S6 does; the first axis is the seed.

    ``score`` is by network, kind of places and length the share of symbols copied, ``updates`` the
    updates taken. ``response`` is by layer what an impulse at each of ``PLACES`` adds to the
    outputs of the steps after it, (seed, place, step, output), and ``unlike`` how far the second
    response is from the first, relative to the first. ``moved`` is by quantity of S6 how far it
    moves when the input does, relative to its size. ``gate`` is by rule how far a layer with one
    number of state is from the gate of Theorem 1.
    """

    score: dict[tuple[str, str, int], Measured]
    updates: dict[tuple[str, str], Measured]
    response: dict[str, Measured]
    unlike: dict[str, Measured]
    moved: dict[str, Measured]
    gate: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network to copy, and look at an untrained S6."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every network to copy, and look at an untrained S6, on one seed."""
    score, updates = {}, {}
    for name, kind in RATE:
        model, updates[name, kind] = trained(name, kind, seed, RATE[name, kind])
        for times in TIMES:
            score[name, kind, times * LENGTH] = judged(model, kind, times * LENGTH, seed)
    response = {name: responses(name, seed) for name in LAYERS}
    unlike = {
        name: float(np.linalg.norm(second - first) / np.linalg.norm(first))
        for name, (first, second) in response.items()
    }
    return Result(score, updates, response, unlike, moved(seed), gates(seed))


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, str, float], list[float]]:
    """Return the scores at every rate: how ``RATE`` was chosen. No build calls it."""
    return {
        (name, kind, rate): [
            judged(trained(name, kind, s, rate)[0], kind, LENGTH, s) for s in seeds
        ]
        for name, kind in RATE
        for rate in RATES
    }


def trained(name: str, kind: str, seed: int, rate: float) -> tuple[nn.Module, int]:
    """Return a network that was trained to copy, and the updates it took."""
    model = network(name, seed)
    shortest = SHORTEST if kind == "drawn" else None
    history = fit(
        model,
        SelectiveCopying(asked=ASKED, length=LENGTH, drawn=kind == "drawn", shortest=shortest),
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def network(name: str, seed: int) -> nn.Module:
    """Return an untrained network: two of Mamba's blocks around S6 or an LRU, or one GRU."""
    torch.manual_seed(seed)
    if name == "GRU":
        return Answers(SelectiveCopying(), WIDTH, States(nn.GRU(WIDTH, WIDTH, batch_first=True)))
    blocks = (Block(SIZE, LAYERS[name]) for _ in range(BLOCKS))
    return Answers(SelectiveCopying(), SIZE, nn.Sequential(*blocks, nn.LayerNorm(SIZE)))


def judged(model: nn.Module, kind: str, length: int, seed: int) -> float:
    """Return the share of symbols that ``model`` copies of sequences no training run has drawn."""
    task = SelectiveCopying(asked=ASKED, length=length, drawn=kind == "drawn")
    return evaluate(model, task, seed=seed + 10_000, size=JUDGED)


class Block(nn.Module):
    """Mamba's block around any layer: what it writes, times a gate, is added to what came in.

    Parameters
    ----------
    size : int
        Features.
    core : callable
        Builds the layer: S6 in Mamba.

    Notes
    -----
    Gu and Dao (2023), figure 3: norm, a linear map to two halves, on the first a short convolution
    of each feature, SiLU and the layer, times SiLU of the second, a linear map, and the sum. Theirs
    doubles the features inside the block, and this one keeps them.
    """

    def __init__(self, size: int, core: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.inward = nn.Linear(size, 2 * size)
        self.convolution = nn.Conv1d(size, size, SEES, groups=size)
        self.core = core(size, size, batch_first=True)
        self.outward = nn.Linear(size, size)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, time, size) for ``x``, (batch, time, size)."""
        u, gate = self.inward(self.norm(x)).chunk(2, dim=-1)
        # each feature sees its last four steps, and nothing that comes later
        u = self.convolution(F.pad(u.transpose(1, 2), (SEES - 1, 0))).transpose(1, 2)
        y, _ = self.core(F.silu(u))
        added: Tensor = self.outward(y * F.silu(gate))
        return x + added


class Answers(nn.Module):
    """Read ids and give logits of symbols at every step.

    Parameters
    ----------
    task : SelectiveCopying
        Says how many ids and how many answers there are.
    size : int
        Numbers in the vector of an id, and in what ``body`` gives.
    body : torch.nn.Module
        Reads and returns (batch, time, size).
    """

    def __init__(self, task: SelectiveCopying, size: int, body: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(task.symbols + 2, size)
        self.body = body
        self.fc = nn.Linear(size, task.symbols)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (batch, time, symbols), for ids ``x``, (batch, time)."""
        logits: Tensor = self.fc(self.body(self.embedding(x)))
        return logits


class States(nn.Module):
    """One recurrent layer, of which only the outputs are passed on."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, xs: Tensor) -> Tensor:
        """Return the states, (batch, time, size), of ``xs``, (batch, time, size)."""
        return read(self.layer, xs)[0]


@torch.no_grad()
def responses(name: str, seed: int) -> NDArray[np.float64]:
    """Return what an impulse at each of ``PLACES`` adds to the outputs of the steps after it.

    The impulse is ones in place of zeros, in one sequence of noise; the layer is untrained. The
    numbers are (place, step, output), in float64.
    """
    torch.manual_seed(seed)
    layer = LAYERS[name](SIZE, SIZE, batch_first=True).double()
    xs = torch.randn(1, max(PLACES) + FOLLOWED + 1, SIZE, dtype=torch.float64)
    added = []
    for place in PLACES:
        struck = xs.clone()
        struck[:, place] = 1.0
        quiet = xs.clone()
        quiet[:, place] = 0.0
        difference = layer(struck)[0] - layer(quiet)[0]
        added.append(difference[0, place + 1 : place + 1 + FOLLOWED])
    return torch.stack(added).numpy()


@torch.no_grad()
def moved(seed: int) -> dict[str, float]:
    """Return by quantity how far it moves from one input to another, relative to its size."""
    torch.manual_seed(seed)
    layer = S6(SIZE, SIZE, state_size=STATE, dt=DELTA).double()

    def quantities(x: Tensor) -> dict[str, Tensor]:
        kept, _ = layer.discrete(x)
        delta = F.softplus(layer.delta(x))
        return {
            "delta": delta,
            "B": layer.B(x),
            "C": layer.C(x),
            "A": -layer.log_A.exp(),
            "exp(delta A)": kept,
        }

    one, other = map(quantities, torch.randn(2, SIZE, dtype=torch.float64))
    return {n: float((other[n] - one[n]).abs().max() / one[n].abs().max()) for n in one}


@torch.no_grad()
def gates(seed: int) -> dict[str, float]:
    """Return by rule how far S6 is from the gate of Theorem 1, over all its states.

    With one number of state, A = -1, B = C = 1 and a step of softplus(s), where s is the input, the
    theorem says that the layer is h_t = (1 - g_t) h_{t-1} + g_t s_t with g_t = sigmoid(s_t).
    """
    generator = torch.Generator().manual_seed(seed)
    s = 2 * torch.randn(JUDGED, LENGTH, dtype=torch.float64, generator=generator)
    g = torch.sigmoid(s)
    right = scan(1 - g, g * s)
    found: dict[str, float] = {}
    for rule in RULES:
        layer = simplest(rule)
        # of the first feature, Δ = softplus(s)
        layer.delta.weight[0, 0], layer.delta.bias[0] = 1.0, 0.0
        y, _ = layer(torch.stack([s, torch.ones_like(s)], dim=-1))
        found[rule] = float((y[..., 0] - right).abs().max())
    return found


def simplest(rule: Literal["euler", "zoh"], step: float = 1.0) -> S6:
    """Return S6 with one number of state, A = -1 and D = 0, whose every step is ``step`` long.

    The second of its two inputs is B and C, so that they are one where it is one.
    """
    layer = S6(2, 2, state_size=1, discretisation=rule, dt=(step, step), batch_first=True).double()
    for weight in (layer.delta.weight, layer.D):
        nn.init.zeros_(weight)
    for linear in (layer.B, layer.C):
        linear.weight.data.copy_(torch.tensor([[0.0, 1.0]]))
    return layer
