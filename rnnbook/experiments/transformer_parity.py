"""Parity by a small causal transformer, trained as the layers of ``state_tracking`` are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnnbook.experiments import state_tracking
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.streaming import CausalTransformer
from rnnbook.tasks.parity import Parity
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights, the strings of training and those judged.
SEEDS = (0, 1, 2)
#: Numbers in a token, as many as the other layers have units; blocks, and heads of each.
SIZE, BLOCKS, HEADS = state_tracking.SIZE, 2, 2
#: Bits in a string of training, and the lengths that are judged by the last answer.
TRAINED = state_tracking.TRAINED
LENGTHS = (TRAINED // 4, TRAINED, 2 * TRAINED)
#: As for the other layers: strings of a batch, the most updates, and the loss to stop at.
BATCH, UPDATES, UNTIL = state_tracking.BATCH, state_tracking.UPDATES, state_tracking.UNTIL
#: With none of ``RATES`` the network is right at the length of training; with the largest it is not
#: right on short strings, either.
RATE = 1e-2
#: The learning rates that were tried: those of the other layers.
RATES = state_tracking.RATES
#: Fresh strings that a trained network is judged on.
JUDGED = state_tracking.JUDGED


class Transformer(nn.Module):
    """Answer at every step with a causal transformer, between two linear maps.

    Parameters
    ----------
    input_size, output_size : int
        Numbers in one input and in one answer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.transformer_parity import Transformer
    >>> Transformer(6, 2)(torch.randn(3, 5, 6)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__()
        self.inward = nn.Linear(input_size, SIZE)
        self.blocks = CausalTransformer(SIZE, BLOCKS, HEADS)
        self.fc = nn.Linear(SIZE, output_size)

    def forward(self, xs: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, output_size), for (batch, time, input_size)."""
        output, _ = self.blocks(self.inward(xs))
        logits: Tensor = self.fc(output)
        return logits


class Result(NamedTuple):
    """The share of fresh strings whose last answer is right, by length; the first axis is the seed.

    ``updates`` is the updates taken.
    """

    right: dict[int, Measured]
    updates: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train on strings of one length, and judge on shorter and longer ones, too."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    model, updates = trained(seed, RATE)
    return Result({length: judged(model, length, seed) for length in LENGTHS}, updates)


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[float, int], list[float]]:
    """Return what is right at every rate and length: how ``RATE`` was chosen. No build calls it."""
    models = {(rate, seed): trained(seed, rate)[0] for rate in RATES for seed in seeds}
    return {
        (rate, length): [judged(models[rate, seed], length, seed) for seed in seeds]
        for rate in RATES
        for length in LENGTHS
    }


def trained(seed: int, rate: float) -> tuple[Transformer, int]:
    """Return a network that was trained on strings of ``TRAINED`` bits, and the updates it took."""
    model = network(seed)
    history = fit(
        model,
        Parity(TRAINED),
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def network(seed: int) -> Transformer:
    """Return an untrained network."""
    torch.manual_seed(seed)
    return Transformer(len(Parity().vocabulary), 2)


def judged(model: nn.Module, length: int, seed: int) -> float:
    """Return the share of fresh strings whose last answer is right."""
    return evaluate(model, Parity(length), seed=seed + 10_000, size=JUDGED)
