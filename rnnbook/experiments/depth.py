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
from rnnbook.gradients import over_layers_and_time
from rnnbook.models import DeepRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
from rnnbook.training import count_parameters, evaluate, fit, largest_size

DEPTHS = (1, 2, 3)
COMPARED = ("outputs", "final states", "gradients")
#: Parameters that no network has more of, by task.
BUDGET, SMALL_BUDGET = 4000, 1100
STEPS, LONGER = 220, 3
#: The stack whose gradients are followed, and how many steps it reads.
STACK, HIDDEN, TIME = 4, 32, 30
STARTS = ("default weights", "orthogonal weights")


class Result(NamedTuple):
    """What was measured; the first axis of each array but those of sizes is the seed.

    ``equal`` is (seed, depth, compared): how far single layers in a row and PyTorch's stack differ,
    as a share of what is compared. ``gradients`` is (seed, start, layer, step): how much gradient
    of the last answer reaches a state, as a share of what reaches the last state of the top layer.
    ``passed``, (seed, way), is the share that one step leaves with default weights: one step down,
    the mean of all steps down at the last step, and one step back, the mean of twenty at the top.
    ``sizes`` and ``parameters`` are (task, depth). ``composed`` is (seed, depth): the accuracy on
    pairs of pairs after equally many updates, ``longer`` (seed,) that of a single layer after
    ``LONGER`` times as many. ``read`` is (seed, depth of the network, layer, what): how often a
    linear probe reads the name of the present pair, and the answer, from a layer's states (NaN
    where there is no such layer). ``summed`` is (seed, depth): the error on moving sums.
    ``baselines`` is (seed,), since each seed has tables of its own.
    """

    depths: tuple[int, ...]
    compared: tuple[str, ...]
    starts: tuple[str, ...]
    equal: NDArray[np.float64]
    gradients: NDArray[np.float64]
    passed: NDArray[np.float64]
    sizes: NDArray[np.int64]
    parameters: NDArray[np.int64]
    composed: NDArray[np.float64]
    longer: NDArray[np.float64]
    read: NDArray[np.float64]
    summed: NDArray[np.float64]
    baselines: NDArray[np.float64]
    summed_baseline: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Compare stacks with PyTorch's, follow their gradients, and train them on two tasks.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws weights, sequences, and the tables of the first task.
    """
    tasks = [PairsOfPairs(tables=seed) for seed in seeds]
    composed, longer, read, summed = [], [], [], []
    for seed, task in zip(seeds, tasks, strict=True):
        models = [stack(task.symbols, task.symbols, depth, BUDGET, seed) for depth in DEPTHS]
        for model in models:
            learn(model, task, STEPS, seed)
        composed.append([evaluate(model, task, seed=seed + 10_000) for model in models])
        read.append([probed(model, task, seed) for model in models])
        summed.append([error_of_sums(depth, seed) for depth in DEPTHS])
        learn(models[0], task, (LONGER - 1) * STEPS, seed + 500)
        longer.append(evaluate(models[0], task, seed=seed + 10_000))
    built = [
        [stack(*ends, depth, budget, 0) for depth in DEPTHS]
        for ends, budget in (((8, 8), BUDGET), ((1, 1), SMALL_BUDGET))
    ]
    gradients = np.array([[flow(start, seed) for start in STARTS] for seed in seeds])
    default = gradients[:, 0]
    down, back = default[:, 0, -1] ** (1 / (STACK - 1)), default[:, -1, -21] ** (1 / 20)
    return Result(
        DEPTHS,
        COMPARED,
        STARTS,
        np.array([[differences(depth, seed) for depth in DEPTHS] for seed in seeds]),
        gradients,
        np.stack([down, back], axis=1),
        np.array([[model.fc.in_features for model in row] for row in built]),
        np.array([[count_parameters(model) for model in row] for row in built]),
        np.array(composed),
        np.array(longer),
        np.array(read),
        np.array(summed),
        np.array([task.baseline for task in tasks]),
        MovingSum().baseline,
    )


def stack(inputs: int, outputs: int, depth: int, budget: int, seed: int) -> DeepRNN:
    """Return the widest network of that depth that has no more than ``budget`` parameters."""

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
        learning_rate=1.5e-2,
    )


def error_of_sums(depth: int, seed: int) -> float:
    """Train on moving sums, which need no second stage, and return the error on fresh ones."""
    task: Task = MovingSum()
    model = stack(1, 1, depth, SMALL_BUDGET, seed)
    fit(model, task, steps=120, seed=seed)
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


def differences(depth: int, seed: int) -> list[float]:
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
    return [float((a - b).norm() / b.norm()) for a, b in zip(*found, strict=True)]


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


def probed(model: DeepRNN, task: PairsOfPairs, seed: int) -> NDArray[np.float64]:
    """Return how often the name of the present pair, and the answer, are read from each layer."""
    found = np.full((len(DEPTHS), 2), np.nan)
    batches = [task.batch(250, torch.Generator().manual_seed(seed + s)) for s in (20_000, 30_000)]
    with torch.no_grad():
        fitted, fresh = (states(model.rnn, batch.inputs[0])[0] for batch in batches)
    for layer, pair in enumerate(zip(fitted, fresh, strict=True)):
        known, asked = (h[:, 3:].flatten(0, 1) for h in pair)
        for what in range(2):
            told, right = (
                (task.names(b.inputs[0].argmax(-1)), b.target)[what][:, 3:].flatten()
                for b in batches
            )
            found[layer, what] = probe(known, told, asked, right, task.symbols)
    return found


def probe(known: Tensor, told: Tensor, asked: Tensor, right: Tensor, classes: int) -> float:
    """Fit a linear map from states to classes by least squares and return its accuracy."""
    known, asked = (F.pad(h, (0, 1), value=1.0) for h in (known, asked))  # a bias
    weights = torch.linalg.lstsq(known, F.one_hot(told, classes).float()).solution
    return float(((asked @ weights).argmax(-1) == right).float().mean())
