"""The LSTM opened: its gates at work, its gradients, and how far it learns to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.gates import Gates, cell_gradient, gates
from rnnbook.initialisation import forget_bias_
from rnnbook.models import SimpleLSTM
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.tasks.last_marked import LastMarked
from rnnbook.training import History, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: The task whose gates are looked at, the cells of the network, and how many of them are drawn.
TASK = LastMarked()
CELLS, DRAWN = 4, 2
#: How far gradients are followed, and the units of the untrained layer.
FAR, WIDE = 100, 32
#: What the forget gates start with, by name; None leaves PyTorch's own start.
STARTS = {"default": None, "forget bias 1": 1.0, "forget bias 3": 3.0, "forget bias 5": 5.0}
#: Steps between a bit and the question about it, the units of the network, its learning rate.
LAGS = (10, 20, 40)
UNITS, LEARNING_RATE = 16, 0.01
#: The most updates; the default start gets more at one lag, where it is left behind.
UPDATES, LONG, LONG_LAG = 150, 400, 20
SOLVED = 0.1

Array = NDArray[np.float64]


class Read(NamedTuple):
    """One sequence, (seed, time), and what the most needed cells do with it, (seed, cell, time)."""

    bits: Measured
    marked: Measured
    i: Measured
    f: Measured
    o: Measured
    c: Measured


class Result(NamedTuple):
    """What the chapter shows; the first axis of each array is the seed.

    ``equal`` is the largest difference between our layer and PyTorch's, in 64 bits, by what is
    compared. ``accuracy`` is that of the network that reports the last marked bit, ``without`` that
    of the same network with one cell held at its mean, (seed, cell). ``opened``, (seed, cell), is
    the mean of a gate, by its name and whether there was a mark; ``renewed``, (seed, cell), the
    share of unmarked steps at which what is added has the sign of what is held. ``shown`` is what
    the most needed cells do with one sequence.

    ``full`` and ``direct``, (seed, distance) by start, say how the last cell state of an untrained
    layer moves with an earlier one, on average over cells, and along the direct path alone;
    ``apart`` how far the direct one is from the product of the forget gates, at most, as a share of
    it. ``updates`` is how many a network needed, by start and lag, infinite if it was not done;
    ``answers`` its accuracy after them.
    """

    equal: dict[str, Measured]
    accuracy: Measured
    without: Measured
    opened: dict[tuple[str, str], Measured]
    renewed: Measured
    shown: Read
    full: dict[str, Measured]
    direct: dict[str, Measured]
    apart: dict[str, Measured]
    updates: dict[tuple[str, int], Measured]
    answers: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Look at gates, follow gradients and train over growing lags."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do all of it on one seed."""
    model, _ = reporter(seed)
    batch = TASK.batch(256, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        inside = gates(model.lstm, batch.inputs[0])
        without = np.array([accuracy_without(model, batch, inside, k) for k in range(CELLS)])
    paths = {start: by_distance(bias, seed) for start, bias in STARTS.items()}
    races = {
        (start, lag): trained(bias, lag, most_updates(start, lag), seed)
        for start, bias in STARTS.items()
        for lag in LAGS
    }
    return Result(
        equal=differences(seed),
        accuracy=evaluate(model, TASK, seed=seed + 10_000),
        without=without,
        opened=opened(inside, batch),
        renewed=renewed(inside, batch),
        shown=one_sequence(inside, batch, np.argsort(without)[:DRAWN]),
        full={start: full for start, (full, _, _) in paths.items()},
        direct={start: direct for start, (_, direct, _) in paths.items()},
        apart={start: apart for start, (_, _, apart) in paths.items()},
        updates={key: taken(history) for key, (_, history) in races.items()},
        answers={
            (start, lag): evaluate(model, AskedLater(lag), seed=seed + 10_000)
            for (start, lag), (model, _) in races.items()
        },
    )


def differences(seed: int) -> dict[str, float]:
    """Return how far our LSTM is from PyTorch's in outputs, last states and gradients."""
    torch.manual_seed(seed)
    theirs, ours = nn.LSTM(3, 8, batch_first=True), layers.LSTM(3, 8, batch_first=True)
    ours.load_state_dict(theirs.state_dict())
    xs = torch.randn(4, 50, 3, dtype=torch.float64)
    found: dict[str, list[list[Tensor]]] = {"outputs": [], "h_n and c_n": [], "gradients": []}
    for layer in (theirs.double(), ours.double()):
        output, state = layer(xs)
        output.square().sum().backward()
        found["outputs"].append([output])
        found["h_n and c_n"].append(list(state))
        found["gradients"].append([p.grad for p in layer.parameters() if p.grad is not None])
    return {name: largest(*pair) for name, pair in found.items()}


def largest(one: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    """Return the largest difference of two lists of tensors."""
    return max((a - b).abs().max().item() for a, b in zip(one, other, strict=True))


def reporter(seed: int) -> tuple[SimpleLSTM, History]:
    """Return a network that was trained to report the last marked bit, and how that went."""
    torch.manual_seed(seed)
    model = SimpleLSTM(2, CELLS, 2)
    history = fit(model, TASK, steps=300, seed=seed, batch_size=16, learning_rate=0.03, until=0.02)
    return model, history


def accuracy_without(model: SimpleLSTM, batch: Batch, inside: Gates, cell: int) -> float:
    """Return the accuracy of a network whose cell is held at its mean at every step."""
    (xs,) = batch.inputs
    h, c = xs.new_zeros(2, 1, len(xs), CELLS)
    hs = []
    for x in xs.unbind(1):
        step = gates(model.lstm, x.unsqueeze(1), (h, c))
        h, c = (part.transpose(0, 1).clone() for part in (step.h, step.c))
        h[..., cell], c[..., cell] = inside.h[..., cell].mean(), inside.c[..., cell].mean()
        hs.append(h[0])
    return TASK.score(model.fc(torch.stack(hs, dim=1)), batch)


def marks(batch: Batch) -> dict[str, Tensor]:
    """Return which steps are marked, and which are not, (batch, time) each."""
    marked = batch.inputs[0][..., 1] > 0
    return {"mark": marked, "no mark": ~marked}


def opened(inside: Gates, batch: Batch) -> dict[tuple[str, str], Array]:
    """Return how far each gate of each cell is open on average, with and without a mark."""
    named = {"forget": inside.f, "input": inside.i, "output": inside.o}
    return {
        (name, where): gate[steps].double().mean(dim=0).numpy()
        for name, gate in named.items()
        for where, steps in marks(batch).items()
    }


def renewed(inside: Gates, batch: Batch) -> Array:
    """Return how often, at steps without a mark, a cell is given more of what it holds."""
    held, added = inside.c[:, :-1], (inside.i * inside.g)[:, 1:]
    same = (held.sign() == added.sign())[marks(batch)["no mark"][:, 1:]]
    share: Array = same.double().mean(dim=0).numpy()
    return share


def one_sequence(inside: Gates, batch: Batch, cells: NDArray[np.intp]) -> Read:
    """Return what some cells do with one sequence that holds four marks or more."""
    (xs,) = batch.inputs
    chosen = int((xs[..., 1].sum(dim=1) >= 4).int().argmax())
    bits, marked = xs[chosen].double().unbind(1)
    i, f, _, o, c, _ = (part[chosen].T.double().numpy()[cells] for part in inside)
    return Read(bits=bits.numpy(), marked=(marked > 0).numpy(), i=i, f=f, o=o, c=c)


def by_distance(bias: float | None, seed: int) -> tuple[Array, Array, float]:
    """Return the mean size of the full and the direct gradient 0, 1, … ``FAR`` steps back.

    Third comes how far the direct one is from the product of all forget gates on the way, at most,
    as a share of it.
    """
    lstm = started(bias, seed).double()
    generator = torch.Generator().manual_seed(seed)
    xs = torch.randn(16, FAR + 1, 1, generator=generator, dtype=torch.float64)
    full, direct = (cell_gradient(lstm, xs, hold=hold) for hold in (False, True))
    with torch.no_grad():
        product = gates(lstm, xs).f[:, 1:].prod(dim=1)
    apart = (direct[:, 0] / product - 1).abs().max().item()
    size, alone = (slope.abs().mean(dim=(0, 2)).flip(0).numpy() for slope in (full, direct))
    return size, alone, apart


def started(bias: float | None, seed: int) -> nn.LSTM:
    """Return an untrained layer with the given forget bias."""
    torch.manual_seed(seed)
    lstm = nn.LSTM(1, WIDE, batch_first=True)
    return lstm if bias is None else forget_bias_(lstm, bias)


def most_updates(start: str, lag: int) -> int:
    """Return how many updates a network gets at most."""
    return LONG if (start, lag) == ("default", LONG_LAG) else UPDATES


def trained(bias: float | None, lag: int, updates: int, seed: int) -> tuple[SimpleLSTM, History]:
    """Return a network trained to answer ``lag`` steps after the bit, and how that went."""
    torch.manual_seed(seed)
    model = SimpleLSTM(1, UNITS, 2)
    if bias is not None:
        forget_bias_(model.lstm, bias)
    history = fit(
        model,
        AskedLater(lag),
        steps=updates,
        seed=seed,
        batch_size=16,
        learning_rate=LEARNING_RATE,
        until=SOLVED,
    )
    return model, history


def taken(history: History) -> float:
    """Return how many updates a run took, infinite if it did not get there."""
    return float("inf") if history.solved_at is None else float(len(history.losses))
