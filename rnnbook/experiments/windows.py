"""A window, a dilated convolution and a recurrent network: which of them sees how far back?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import orthogonal_
from rnnbook.models import SimpleRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import History, count_parameters, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Inputs that an answer of the window and of the dilated convolution can depend on.
REACH = 8
#: Steps between the bit and the question: within that reach, and beyond it.
LAGS = (6, 12)
#: The units of each network's state or layers.
HIDDEN = 16
#: The most updates, the mean loss at which a run stops, and the learning rate.
UPDATES, SOLVED, LEARNING_RATE = 60, 0.1, 3e-2
#: Learning rates that every network was tried with, and the seeds of these trials.
RATES = (3e-3, 1e-2, 3e-2)
TRIED_ON = (200, 201, 202, 203, 204)


class Convolutions(nn.Module):
    """Convolutions in a row that read backwards only, and a linear layer that answers.

    Parameters
    ----------
    width : int
        Inputs that one convolution sees.
    dilations : sequence of int
        For each convolution, how many steps lie between these inputs.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.windows import Convolutions
    >>> Convolutions(width=2, dilations=(1, 2, 4))(torch.zeros(3, 10, 1)).shape
    torch.Size([3, 10, 2])
    """

    def __init__(self, width: int, dilations: Sequence[int]) -> None:
        super().__init__()
        sizes = (1, *[HIDDEN] * (len(dilations) - 1))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(size, HIDDEN, width, dilation=dilation)
            for size, dilation in zip(sizes, dilations, strict=True)
        )
        self.pads = [(width - 1) * dilation for dilation in dilations]
        self.fc = nn.Linear(HIDDEN, 2)

    def forward(self, xs: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, 2), for inputs (batch, time, 1)."""
        features = xs.transpose(1, 2)
        for pad, convolution in zip(self.pads, self.convolutions, strict=True):
            features = torch.relu(convolution(F.pad(features, (pad, 0))))
        logits: Tensor = self.fc(features.transpose(1, 2))
        return logits


def window() -> Convolutions:
    """Return a network that answers from the last ``REACH`` inputs, all side by side."""
    return Convolutions(REACH, (1,))


def dilated() -> Convolutions:
    """Return three convolutions of two inputs each; every layer doubles the reach."""
    return Convolutions(2, (1, 2, 4))


def recurrent() -> SimpleRNN:
    """Return a plain network with orthogonal recurrent weights."""
    model = SimpleRNN(1, HIDDEN, 2)
    orthogonal_(model.rnn)
    return model


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "window": window,
    "dilated convolution": dilated,
    "recurrent network": recurrent,
}


class Result(NamedTuple):
    """Accuracy on fresh sequences by network and lag; the first axis is the seed."""

    accuracy: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network at every lag."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every network at every lag, on one seed."""
    return Result(
        accuracy={
            (name, lag): judged(name, lag, LEARNING_RATE, seed) for name in NETWORKS for lag in LAGS
        }
    )


def judged(name: str, lag: int, rate: float, seed: int) -> float:
    """Train one network at one lag, and return its accuracy on fresh sequences."""
    model, _ = trained(name, lag, rate, seed)
    return evaluate(model, AskedLater(lag), seed=seed + 10_000)


def trained(name: str, lag: int, rate: float, seed: int) -> tuple[nn.Module, History]:
    """Return a network of ``NETWORKS`` that is trained at one lag, and how that went."""
    torch.manual_seed(seed)
    model = NETWORKS[name]()
    history = fit(
        model,
        AskedLater(lag),
        steps=UPDATES,
        seed=seed,
        batch_size=16,
        learning_rate=rate,
        until=SOLVED,
    )
    return model, history


def reach(name: str, length: int = 40) -> int:
    """Return how many inputs, the current one included, can change an untrained answer.

    Examples
    --------
    >>> from rnnbook.experiments.windows import NETWORKS, reach
    >>> {name: reach(name) for name in NETWORKS}
    {'window': 8, 'dilated convolution': 8, 'recurrent network': 40}
    """
    torch.manual_seed(0)
    model = NETWORKS[name]().double()
    xs = torch.randn(64, length, 1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(model(xs)[:, -1].sum(), xs)
    moved = slope.abs().sum(dim=(0, 2)) > 0
    return length - int(moved.double().argmax())


def parameters() -> dict[str, int]:
    """Return how many numbers each network learns."""
    return {name: count_parameters(build()) for name, build in NETWORKS.items()}


def rates(seeds: Iterable[int] = TRIED_ON) -> float:
    """Return the rate of ``RATES`` at which the slowest network is done first; no build calls it.

    Only what lies within a network's reach counts.
    """
    within = [(name, lag) for name in NETWORKS for lag in LAGS if lag < reach(name)]
    worst = {
        rate: max(
            len(trained(name, lag, rate, seed)[1].losses) for name, lag in within for seed in seeds
        )
        for rate in RATES
    }
    return min(worst, key=worst.__getitem__)
