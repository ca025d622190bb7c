"""The LSTM opened: its gates at work, its gradients, and how far it learns to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.gates import Gates, cell_gradient, gates
from rnnbook.initialisation import forget_bias_
from rnnbook.models import SimpleLSTM
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.tasks.last_marked import LastMarked
from rnnbook.training import History, evaluate, fit

#: The task whose gates are looked at, and the units of the network.
TASK = LastMarked()
UNITS = 4
#: How far gradients are followed, and the units of the untrained layer.
FAR, WIDE = 100, 32
#: What the forget gates start with; None leaves PyTorch's own start.
BIASES = (None, 1.0, 3.0, 5.0)
#: Steps between a bit and the question about it.
LAGS = (10, 20, 40)
#: The most steps of training; the default start gets more at one lag, where it is left behind.
STEPS, LONG, LONG_LAG = 150, 400, 20
SOLVED = 0.1

Array = NDArray[np.float64]


class Read(NamedTuple):
    """One sequence and what the most used cell of a network does with it, (time,) each."""

    bits: Array
    marked: NDArray[np.bool_]
    i: Array
    f: Array
    o: Array
    c: Array
    h: Array


class Result(NamedTuple):
    """What the chapter shows; the first axis of each array is the seed.

    ``equal`` is (seed, output / state / gradients): the largest difference between our layer and
    PyTorch's, in 64 bits. ``accuracy`` is that of the network that reports the last marked bit,
    ``baseline`` that of repeating the present bit. ``means`` is (seed, gate, marked / not): the
    mean of the input, the forget and the output gate of the most used cell. ``renewed`` is the
    share of unmarked steps at which what is added has the sign of what is held. ``shown`` holds a
    sequence a seed. ``full`` and ``direct`` are (seed, bias, distance): how the last cell state of
    an untrained layer moves with an earlier one, on average over cells, and along the direct path
    alone. ``belt`` is (seed, bias): how far the direct gradient is from the product of the forget
    gates, at most, as a share of it. ``solved`` is (seed, lag, bias): the steps of training it
    took, 0 if they were not enough; ``answers`` the accuracy after them. ``given`` is (lag, bias),
    the most steps.
    """

    equal: Array
    accuracy: Array
    baseline: float
    means: Array
    renewed: Array
    shown: tuple[Read, ...]
    biases: tuple[float | None, ...]
    full: Array
    direct: Array
    belt: Array
    lags: tuple[int, ...]
    solved: NDArray[np.int64]
    answers: Array
    given: NDArray[np.int64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Look at gates, follow gradients and train over growing lags.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    count = len(seeds)
    equal, accuracy = np.zeros((count, 3)), np.zeros(count)
    means, renewed = np.zeros((count, 3, 2)), np.zeros(count)
    full, direct = np.zeros((2, count, len(BIASES), FAR + 1))
    belt = np.zeros((count, len(BIASES)))
    shape = (count, len(LAGS), len(BIASES))
    solved, answers = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    given = np.full(shape[1:], STEPS)
    given[LAGS.index(LONG_LAG), BIASES.index(None)] = LONG
    shown = []
    for s, seed in enumerate(seeds):
        equal[s] = differences(seed)
        model, _ = reporter(seed)
        accuracy[s] = evaluate(model, TASK, seed=seed + 10_000)
        means[s], renewed[s] = behaviour(model, seed)
        shown.append(one_sequence(model, seed))
        for b, bias in enumerate(BIASES):
            full[s, b], direct[s, b], belt[s, b] = by_distance(bias, seed)
            for k, lag in enumerate(LAGS):
                rememberer, history = trained(bias, lag, int(given[k, b]), seed)
                solved[s, k, b] = 0 if history.solved_at is None else len(history.losses)
                answers[s, k, b] = evaluate(rememberer, AskedLater(lag), seed=seed + 10_000)
    return Result(
        equal,
        accuracy,
        TASK.baseline,
        means,
        renewed,
        tuple(shown),
        BIASES,
        full,
        direct,
        belt,
        LAGS,
        solved,
        answers,
        given,
    )


def differences(seed: int) -> tuple[float, float, float]:
    """Return how far our LSTM is from PyTorch's in outputs, last states and gradients."""
    torch.manual_seed(seed)
    theirs, ours = nn.LSTM(3, 8, batch_first=True), layers.LSTM(3, 8, batch_first=True)
    ours.load_state_dict(theirs.state_dict())
    xs = torch.randn(4, 50, 3, dtype=torch.float64)
    outputs, states, slopes = [], [], []
    for layer in (theirs.double(), ours.double()):
        output, state = layer(xs)
        output.square().sum().backward()
        outputs.append([output])
        states.append(list(state))
        slopes.append([p.grad for p in layer.parameters() if p.grad is not None])
    return largest(*outputs), largest(*states), largest(*slopes)


def largest(one: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    """Return the largest difference of two lists of tensors."""
    return max((a - b).abs().max().item() for a, b in zip(one, other, strict=True))


def reporter(seed: int) -> tuple[SimpleLSTM, History]:
    """Return a network that was trained to report the last marked bit, and how that went."""
    torch.manual_seed(seed)
    model = SimpleLSTM(2, UNITS, 2)
    history = fit(model, TASK, steps=300, seed=seed, batch_size=16, learning_rate=0.03, until=0.02)
    return model, history


def most_used(model: SimpleLSTM, inside: Gates) -> int:
    """Return the cell that moves the answer most: the spread of its output, by its weight."""
    pull = (model.fc.weight[1] - model.fc.weight[0]).abs()
    return int((pull * inside.h.std(dim=(0, 1))).argmax())


@torch.no_grad()
def behaviour(model: SimpleLSTM, seed: int) -> tuple[Array, float]:
    """Return the means of the gates with and without a mark, and how often a cell is renewed."""
    (xs,) = TASK.batch(256, torch.Generator().manual_seed(seed + 10_000)).inputs
    inside = gates(model.lstm, xs)
    cell = most_used(model, inside)
    i, f, g, o, c, _ = (part[..., cell] for part in inside)
    marked = xs[..., 1] > 0
    rows = [[gate[marked].mean().item(), gate[~marked].mean().item()] for gate in (i, f, o)]
    held, added = c[:, :-1], (i * g)[:, 1:]
    same = (held.sign() == added.sign())[~marked[:, 1:]]
    return np.array(rows), same.double().mean().item()


@torch.no_grad()
def one_sequence(model: SimpleLSTM, seed: int) -> Read:
    """Return what the most used cell does with one sequence that holds four marks or more."""
    (xs,) = TASK.batch(256, torch.Generator().manual_seed(seed + 10_000)).inputs
    inside = gates(model.lstm, xs)
    cell = most_used(model, inside)
    chosen = int((xs[..., 1].sum(dim=1) >= 4).int().argmax())
    i, f, _, o, c, h = (part[chosen, :, cell].double().numpy() for part in inside)
    bits, marks = xs[chosen].double().unbind(1)
    return Read(bits.numpy(), (marks > 0).numpy(), i, f, o, c, h)


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


def trained(bias: float | None, lag: int, steps: int, seed: int) -> tuple[SimpleLSTM, History]:
    """Return a network trained to answer ``lag`` steps after the bit, and how that went."""
    torch.manual_seed(seed)
    model = SimpleLSTM(1, 16, 2)
    if bias is not None:
        forget_bias_(model.lstm, bias)
    history = fit(model, AskedLater(lag), steps=steps, seed=seed, batch_size=16, until=SOLVED)
    return model, history
