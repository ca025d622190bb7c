"""A recurrent network written out against the one that PyTorch ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import evaluate, fit

#: A seed draws the weights, the inputs and the batches of training.
SEEDS = (0, 1, 2)
#: Inputs, units and outputs of the networks that are compared untrained.
SIZES = (10, 32, 5)
LAYERS = (1, 2)
COMPARED = ("outputs", "final state", "gradients")
NETWORKS: dict[str, Callable[..., nn.Module]] = {"written out": layers.RNN, "nn.RNN": nn.RNN}
TASK = MovingSum()
#: Inputs, units and outputs of those that are trained side by side.
TRAINED_SIZES = (1, 16, 1)
STEPS = 200
LEARNING_RATE = 5e-3


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
    """Differences and learning curves, a value for each seed.

    ``equal`` is by the number of layers and what is compared: what differs after a full copy, as a
    share of what is compared. ``biases`` is by network and number of layers: how far the gradients
    of the two biases differ, as a share of their size, in the layer where they differ most.
    ``wrong`` is by mistake: how far the outputs are off after a faulty copy. ``losses`` and
    ``scores`` are by network; a loss is (seed, update).
    """

    equal: dict[tuple[int, str], Measured]
    biases: dict[tuple[str, int], Measured]
    wrong: dict[str, Measured]
    losses: dict[str, Measured]
    scores: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare ours with PyTorch's: copied, copied badly, and trained side by side."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Compare and train the two networks on one seed."""
    equal, biases = {}, {}
    for count in LAYERS:
        networks = pair(seed, count)
        for name, gap in differences(networks, seed).items():
            equal[count, name] = gap
        for name, network in networks.items():
            biases[name, count] = bias_gap(network)
    networks = pair(seed, 1, TRAINED_SIZES)
    histories = {
        name: fit(network, TASK, steps=STEPS, seed=seed, learning_rate=LEARNING_RATE)
        for name, network in networks.items()
    }
    return Result(
        equal=equal,
        biases=biases,
        wrong={name: error_of(mistake, seed) for name, mistake in MISTAKES.items()},
        losses={name: np.array(history.losses) for name, history in histories.items()},
        scores={name: evaluate(m, TASK, seed=seed + 1000) for name, m in networks.items()},
    )


def pair(seed: int, num_layers: int, sizes: tuple[int, int, int] = SIZES) -> dict[str, VanillaRNN]:
    """Return a network on our layer and one on PyTorch's, by name, the same numbers in both."""
    torch.manual_seed(seed)
    theirs = VanillaRNN(*sizes, num_layers, layer=NETWORKS["nn.RNN"])
    ours = VanillaRNN(*sizes, num_layers, layer=NETWORKS["written out"])
    ours.load_state_dict(theirs.state_dict())
    return {"written out": ours, "nn.RNN": theirs}


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Return the norm of the difference, as a share of the norm of ``theirs``."""
    return float((ours - theirs).norm() / theirs.norm())


def differences(networks: dict[str, VanillaRNN], seed: int) -> dict[str, float]:
    """Return how far two networks differ in outputs, final state and gradients, which stay."""
    x = torch.randn(4, 20, 10, generator=torch.Generator().manual_seed(seed))
    results = []
    for model in networks.values():
        model.zero_grad()
        outputs, h_n = model(x)
        (outputs.square().mean() + h_n.square().mean()).backward()
        gradients = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
        results.append((outputs.detach(), h_n.detach(), gradients))
    ours, theirs = results
    return {n: relative(a, b) for n, a, b in zip(COMPARED, ours, theirs, strict=True)}


def bias_gap(model: VanillaRNN) -> float:
    """Return how far the gradients of the two biases differ, as a share, in the worst layer."""
    gradients = {name: p.grad for name, p in model.rnn.named_parameters() if p.grad is not None}
    return max(
        relative(gradients[f"bias_ih_l{k}"], gradients[f"bias_hh_l{k}"])
        for k in range(len(gradients) // 4)
    )


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
