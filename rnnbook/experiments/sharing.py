"""The same weights at every step, against weights of its own for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnnbook.cells import SimpleRNNCell
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SimpleRNN
from rnnbook.tasks.echo import Echo
from rnnbook.training import count_parameters, evaluate, fit, predict

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: What is trained on: name the symbol of ``lag`` steps ago, in sequences of so many steps.
TASK = Echo(symbols=8, lag=2, length=8)
#: Steps in the longer sequences that are read after training.
LONGER = 100
HIDDEN = 16
UPDATES = 60
#: Learning rates that both networks were tried with, and the seeds of these trials.
RATES = (1e-2, 2e-2, 3e-2, 5e-2, 1e-1)
TRIED_ON = (200, 201, 202, 203, 204)


class SeparateSteps(nn.Module):
    """A recurrent network whose weights differ from step to step.

    Parameters
    ----------
    length : int
        Steps that it has weights for.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.sharing import SeparateSteps
    >>> SeparateSteps(length=5)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList(SimpleRNNCell(TASK.symbols, HIDDEN) for _ in range(length))
        self.answers = nn.ModuleList(nn.Linear(HIDDEN, TASK.symbols) for _ in range(length))

    def forward(self, xs: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, symbols), for one-hot inputs of the same shape."""
        h, logits = xs.new_zeros(len(xs), HIDDEN), []
        for x, cell, answer in zip(xs.unbind(1), self.cells, self.answers, strict=True):
            h = cell(x, h)
            logits.append(answer(h))
        return torch.stack(logits, dim=1)


def shared() -> SimpleRNN:
    """Return a network with one set of weights for all steps."""
    return SimpleRNN(TASK.symbols, HIDDEN, TASK.symbols)


def separate() -> SeparateSteps:
    """Return a network with weights of its own for each step."""
    return SeparateSteps(TASK.length)


#: By name: what builds the network, and the rate that :func:`rates` returns for it.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], float]] = {
    "shared": (shared, 5e-2),
    "separate": (separate, 3e-2),
}


class Result(NamedTuple):
    """Shares of right answers; the first axis is the seed.

    ``seen`` is by network: on fresh sequences as long as those of training. ``later`` is that of
    the network with shared weights at the steps after them, up to ``LONGER``.
    """

    seen: dict[str, Measured]
    later: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train both networks on the same sequences."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train both networks on one seed."""
    models = {name: trained(name, rate, seed) for name, (_, rate) in NETWORKS.items()}
    return Result(
        seen={name: evaluate(m, TASK, seed=seed + 10_000) for name, m in models.items()},
        later=after_training(models["shared"], seed),
    )


def trained(name: str, rate: float, seed: int) -> nn.Module:
    """Return a network of ``NETWORKS``, trained at a learning rate."""
    torch.manual_seed(seed)
    model = NETWORKS[name][0]()
    fit(model, TASK, steps=UPDATES, seed=seed, batch_size=16, learning_rate=rate)
    return model


def after_training(model: nn.Module, seed: int) -> float:
    """Return the share of right answers at the steps that no sequence of training had."""
    task = Echo(TASK.symbols, TASK.lag, LONGER)
    batch = task.batch(256, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        right = predict(model, batch).argmax(-1) == batch.target
    return float(right[:, TASK.length :].float().mean())


def parameters() -> dict[str, int]:
    """Return how many numbers each network learns.

    Examples
    --------
    >>> from rnnbook.experiments.sharing import parameters
    >>> parameters()
    {'shared': 552, 'separate': 4416}
    """
    return {name: count_parameters(build()) for name, (build, _) in NETWORKS.items()}


def rates(seeds: Iterable[int] = TRIED_ON) -> dict[str, float]:
    """Return for each network the rate of ``RATES`` with the best worst run; no build calls it."""
    worst = {
        (name, rate): min(
            evaluate(trained(name, rate, seed), TASK, seed=seed + 10_000) for seed in seeds
        )
        for name in NETWORKS
        for rate in RATES
    }
    return {name: max(RATES, key=lambda rate: worst[name, rate]) for name in NETWORKS}
