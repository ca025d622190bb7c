"""What layers on top of each other add at an equal number of parameters, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.batch import Task
from rnnbook.cells import SimpleRNNCell
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.jacobians import over_layers_and_time
from rnnbook.models import DeepRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
from rnnbook.training import count_parameters, evaluate, fit, largest_size

#: A seed draws weights, sequences, and the tables of the first task.
SEEDS = (0, 1, 2)
DEPTHS = (1, 2, 3)
#: What goes in and comes out of a network at each step, and how many parameters none goes past.
TASKS = {"pairs of pairs": (8, 8, 4000), "moving sums": (1, 1, 1100)}
PAIRS, SUMS = TASKS
#: Updates on pairs of pairs, how many times as many the longer run of a single layer takes, and
#: updates on sums.
STEPS, LONGER, STEPS_OF_SUMS = 180, 3, 80
LEARNING_RATE, LEARNING_RATE_OF_SUMS = 1.5e-2, 1e-2
SUMS_BASELINE = MovingSum().baseline
#: The stack whose gradients are followed, and how many steps it reads.
STACK, HIDDEN, TIME = 4, 32, 30
STARTS = ("default weights", "orthogonal weights")
#: How far back in time the gradient of the last answer is told.
BACK = 20


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``equal`` is, by depth and by what is compared, how far single layers in a row and PyTorch's
    stack differ, as a share of it. ``gradients`` is, by start, (seed, layer, step): how much
    gradient of the last answer reaches a state, as a share of what reaches the last state of the
    top layer; ``far`` is (seed, layer), the same ``BACK`` steps before the last. ``passed`` is the
    share that one step leaves with default weights: one step down, the mean of all steps down at
    the last step, and one step back, the mean of twenty at the top. ``composed`` is, by depth, the
    accuracy on pairs of pairs after equally many updates, ``longer`` that of a single layer after
    ``LONGER`` times as many. ``read`` is, by depth (0: three layers before training), layer and
    what is asked, how often a linear probe reads the name of the current pair, or the answer, from
    a layer's states. ``summed`` is, by depth, the error on moving sums. ``baseline`` differs by
    seed, since each has tables of its own.
    """

    equal: dict[tuple[int, str], Measured]
    gradients: dict[str, Measured]
    far: dict[str, Measured]
    passed: dict[str, Measured]
    composed: dict[int, Measured]
    longer: Measured
    read: dict[tuple[int, int, str], Measured]
    summed: dict[int, Measured]
    baseline: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare stacks with PyTorch's, follow their gradients, and train them on two tasks."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do all of it on one seed."""
    task = PairsOfPairs(tables=seed)
    models = {depth: stack(PAIRS, depth, seed) for depth in DEPTHS}
    read = probed(models[DEPTHS[-1]], task, seed, 0)
    for depth, model in models.items():
        learn(model, task, STEPS, seed)
        read |= probed(model, task, seed, depth)
    composed = {d: evaluate(model, task, seed=seed + 10_000) for d, model in models.items()}
    learn(models[1], task, (LONGER - 1) * STEPS, seed + 500)
    gradients = {start: flow(start, seed) for start in STARTS}
    default = gradients["default weights"]
    return Result(
        equal={
            (depth, what): difference
            for depth in DEPTHS
            for what, difference in differences(depth, seed).items()
        },
        gradients=gradients,
        far={start: norms[:, -1 - BACK] for start, norms in gradients.items()},
        passed={
            "down": default[0, -1] ** (1 / (STACK - 1)),
            "back": default[-1, -1 - BACK] ** (1 / BACK),
        },
        composed=composed,
        longer=evaluate(models[1], task, seed=seed + 10_000),
        read=read,
        summed={depth: error_of_sums(depth, seed) for depth in DEPTHS},
        baseline=task.baseline,
    )


def parameters(task: str) -> dict[int, int]:
    """Return how many parameters the networks of each depth have on a task."""
    return {depth: count_parameters(stack(task, depth, 0)) for depth in DEPTHS}


def stack(task: str, depth: int, seed: int) -> DeepRNN:
    """Return the widest network of that depth that keeps to the budget of the task."""
    inputs, outputs, budget = TASKS[task]

    def build(size: int) -> DeepRNN:
        # Every batch is new, so there is nothing to learn by heart and no use for dropout.
        return DeepRNN(inputs, size, depth, outputs, dropout=0.0)

    size = largest_size(build, budget)
    torch.manual_seed(seed)
    return build(size)


def learn(model: nn.Module, task: PairsOfPairs, steps: int, seed: int) -> None:
    """Train on pairs of pairs, with the settings that all depths share."""
    fit(
        model,
        task,
        steps=steps,
        seed=seed,
        batch_size=64,
        learning_rate=LEARNING_RATE,
    )


def error_of_sums(depth: int, seed: int) -> float:
    """Train on moving sums, which need no second stage, and return the error on fresh ones."""
    task: Task = MovingSum()
    model = stack(SUMS, depth, seed)
    fit(model, task, steps=STEPS_OF_SUMS, seed=seed, learning_rate=LEARNING_RATE_OF_SUMS)
    return evaluate(model, task, seed=seed + 10_000)


def one_by_one(rnn: nn.Module, kind: Callable[..., nn.Module] = layers.RNN) -> list[nn.Module]:
    """Return the layers of a stack as layers of their own, the lowest first."""
    weights, found = rnn.state_dict(), []
    for k in range(sum(name.startswith("weight_hh") for name in weights)):
        mine = {n.replace(f"_l{k}", "_l0"): w for n, w in weights.items() if n.endswith(f"_l{k}")}
        hidden_size, input_size = mine["weight_ih_l0"].shape
        layer = kind(input_size, hidden_size, batch_first=True)
        layer.load_state_dict(mine)
        found.append(layer)
    return found


def states(rnn: nn.Module, xs: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return every layer's states, each (batch, time, hidden), and the last of all, as ``h_n``."""
    return through(one_by_one(rnn, nn.RNN), xs)


def through(chain: Sequence[nn.Module], xs: Tensor) -> tuple[list[Tensor], Tensor]:
    """Hand ``xs`` to the first layer, its states to the second, and so on."""
    outputs, ends = [], []
    for layer in chain:
        xs, end = layer(xs)
        outputs.append(xs)
        ends.append(end)
    return outputs, torch.cat(ends)


def differences(depth: int, seed: int) -> dict[str, float]:
    """Return how far single layers in a row differ from PyTorch's stack."""
    torch.manual_seed(seed)
    theirs = nn.RNN(10, 32, num_layers=depth, batch_first=True)
    ours, xs = one_by_one(theirs), torch.randn(4, 20, 10)
    outputs, ends = through(ours, xs)
    found = []
    for output, h_n, modules in ((outputs[-1], ends, ours), (*theirs(xs), [theirs])):
        (output.square().sum() + h_n.square().sum()).backward()
        gradients = [
            p.grad.flatten() for m in modules for p in m.parameters() if p.grad is not None
        ]
        found.append((output.detach(), h_n.detach(), torch.cat(gradients)))
    compared = ("outputs", "final states", "gradients")
    return {
        what: float((a - b).norm() / b.norm()) for what, a, b in zip(compared, *found, strict=True)
    }


def flow(start: str, seed: int) -> NDArray[np.float64]:
    """Return how much gradient of the last answer reaches each layer and step of a stack."""
    torch.manual_seed(seed)
    cells = [SimpleRNNCell(HIDDEN if k else 10, HIDDEN) for k in range(STACK)]
    if start == "orthogonal weights":
        for cell in cells:
            nn.init.orthogonal_(cell.weight_hh)
    xs, answer = torch.randn(16, TIME, 10), torch.randn(HIDDEN)
    norms = over_layers_and_time(cells, xs, lambda top: (top[:, -1] @ answer).sum())
    return (norms / norms[-1, -1]).double().numpy()


def probed(
    model: DeepRNN, task: PairsOfPairs, seed: int, key: int
) -> dict[tuple[int, int, str], float]:
    """Return how often the name of the current pair, and the answer, are read from each layer."""
    fitted, fresh = (
        task.batch(250, torch.Generator().manual_seed(seed + s)) for s in (20_000, 30_000)
    )
    with torch.no_grad():
        known, asked = (states(model.rnn, batch.inputs[0])[0] for batch in (fitted, fresh))
    told = {
        "name": [task.names(batch.inputs[0].argmax(-1)) for batch in (fitted, fresh)],
        "answer": [fitted.target, fresh.target],
    }
    found = {}
    for layer, (before, after) in enumerate(zip(known, asked, strict=True), start=1):
        h_known, h_asked = (h[:, 3:].flatten(0, 1) for h in (before, after))
        for what, both in told.items():
            first, second = (labels[:, 3:].flatten() for labels in both)
            found[key, layer, what] = probe(h_known, h_asked, first, second, task.symbols)
    return found


def probe(known: Tensor, asked: Tensor, told: Tensor, right: Tensor, classes: int) -> float:
    """Fit a linear map from states to classes by least squares and return its accuracy."""
    known, asked = (F.pad(h, (0, 1), value=1.0) for h in (known, asked))  # a bias
    weights = torch.linalg.lstsq(known, F.one_hot(told, classes).float()).solution
    return float(((asked @ weights).argmax(-1) == right).float().mean())
