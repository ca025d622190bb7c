"""A recurrent network written out against the one that PyTorch ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.models import VanillaRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import evaluate, fit

LAYERS = (1, 2)
COMPARED = ("outputs", "final state", "gradients")


def everything(name: str) -> bool:
    """Copy every parameter."""
    return True


def no_hidden_bias(name: str) -> bool:
    """Copy all but the bias that comes with the recurrent weights."""
    return not name.startswith("bias_hh")


def no_input_weights(name: str) -> bool:
    """Copy all but the weights of the inputs."""
    return not name.startswith("weight_ih_l0")


def nothing(name: str) -> bool:
    """Copy no parameter."""
    return False


class Result(NamedTuple):
    """Differences and learning curves; the first axis is the seed.

    ``equal`` is (seed, layers, compared): what differs after a full copy, as a share of what is
    compared. ``biases`` is (seed, layers): the largest difference between the gradients of the two
    biases. ``wrong`` is (seed, mistake): how far the outputs are off after a faulty copy.
    ``losses`` is (seed, ours or PyTorch's, step), ``scores`` (seed, ours or PyTorch's).
    """

    layers: tuple[int, ...]
    compared: tuple[str, ...]
    equal: NDArray[np.float64]
    biases: NDArray[np.float64]
    mistakes: tuple[str, ...]
    wrong: NDArray[np.float64]
    losses: NDArray[np.float64]
    scores: NDArray[np.float64]
    baseline: float


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = 200) -> Result:
    """Compare ours with PyTorch's: copied, copied badly, and trained side by side.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of the weights, the inputs and the training batches.
    steps : int
        Training steps.
    """
    task = MovingSum()
    pairs = [[pair(seed, count) for count in LAYERS] for seed in seeds]
    equal = [
        [differences(*both, seed) for both in row] for seed, row in zip(seeds, pairs, strict=True)
    ]
    biases = [[bias_gap(ours) for ours, _ in row] for row in pairs]
    wrong = [[error_of(mistake, seed) for mistake in MISTAKES.values()] for seed in seeds]
    losses, scores = [], []
    for seed in seeds:
        both = pair(seed, 1, sizes=(1, 16, 1))
        histories = [fit(m, task, steps=steps, seed=seed, learning_rate=5e-3) for m in both]
        losses.append([history.losses for history in histories])
        scores.append([evaluate(model, task, seed=seed + 1000) for model in both])
    return Result(
        LAYERS,
        COMPARED,
        np.array(equal),
        np.array(biases),
        tuple(MISTAKES),
        np.array(wrong),
        np.array(losses),
        np.array(scores),
        task.baseline,
    )


def pair(
    seed: int, num_layers: int, sizes: tuple[int, int, int] = (10, 32, 5)
) -> tuple[VanillaRNN, VanillaRNN]:
    """Return a network on our layer and one on PyTorch's, with the same numbers in both."""
    torch.manual_seed(seed)
    theirs = VanillaRNN(*sizes, num_layers, layer=nn.RNN)
    ours = VanillaRNN(*sizes, num_layers, layer=layers.RNN)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Return the length of the difference, as a share of the length of ``theirs``."""
    return float((ours - theirs).norm() / theirs.norm())


def differences(ours: VanillaRNN, theirs: VanillaRNN, seed: int) -> list[float]:
    """Return how far two networks differ in outputs, final state and gradients."""
    x = torch.randn(4, 20, 10, generator=torch.Generator().manual_seed(seed))
    results = []
    for model in (ours, theirs):
        model.zero_grad()
        outputs, h_n = model(x)
        (outputs.square().mean() + h_n.square().mean()).backward()
        gradients = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
        results.append((outputs.detach(), h_n.detach(), gradients))
    return [relative(a, b) for a, b in zip(*results, strict=True)]


def bias_gap(model: VanillaRNN) -> float:
    """Return the largest difference between the gradients of the two biases of a layer."""
    gradients = {name: p.grad for name, p in model.rnn.named_parameters() if p.grad is not None}
    gaps = [
        gradients[f"bias_ih_l{k}"] - gradients[f"bias_hh_l{k}"] for k in range(len(gradients) // 4)
    ]
    return float(torch.stack(gaps).abs().max())


def copied(
    source: nn.RNN, seed: int, copy: Callable[[str], bool], *, rest: float | None
) -> layers.RNN:
    """Return our layer with those parameters of ``source`` for which ``copy(name)`` is true.

    Parameters
    ----------
    source : nn.RNN
        Where the parameters come from.
    seed : int
        Seeds what is not copied.
    copy : callable
        Says by name whether a parameter is copied.
    rest : float, optional
        The bound within which all others are drawn; None leaves PyTorch's default.
    """
    torch.manual_seed(seed + 500)
    ours = layers.RNN(
        source.input_size, source.hidden_size, source.num_layers, batch_first=source.batch_first
    )
    with torch.no_grad():
        for name, parameter in ours.named_parameters():
            if copy(name):
                parameter.copy_(source.get_parameter(name))
            elif rest is not None:
                parameter.uniform_(-rest, rest)
    return ours


#: A faulty copy by name: what is copied, and how the rest is drawn.
MISTAKES: dict[str, tuple[Callable[[str], bool], float | None]] = {
    "all copied": (everything, None),
    "one bias forgotten": (no_hidden_bias, 0.0),
    "one bias not copied": (no_hidden_bias, None),
    "input weights not copied": (no_input_weights, 10**-0.5),
    "nothing copied": (nothing, None),
}


def error_of(mistake: tuple[Callable[[str], bool], float | None], seed: int) -> float:
    """Return how far the outputs of two layers are off after one faulty copy."""
    copy, rest = mistake
    torch.manual_seed(seed)
    theirs = nn.RNN(10, 32, num_layers=2, batch_first=True)
    x = torch.randn(4, 20, 10)
    with torch.no_grad():
        return relative(copied(theirs, seed, copy, rest=rest)(x)[0], theirs(x)[0])
