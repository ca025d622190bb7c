"""Does a language model's guess depend on the token that it is asked for?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from torch import nn

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import BidirectionalRNN, SimpleRNN
from rnnbook.tasks.random_tokens import RandomTokens
from rnnbook.training import fit, predict

#: A seed draws the initial weights and the tokens.
SEEDS = (0, 1, 2)
#: Every token is random, so no honest model can know the next one.
TASK = RandomTokens(symbols=8, length=10)
HIDDEN = 16
UPDATES = 40
MODELS: dict[str, Callable[[], nn.Module]] = {
    "forward": lambda: SimpleRNN(TASK.symbols, HIDDEN, TASK.symbols),
    "both": lambda: BidirectionalRNN(TASK.symbols, HIDDEN, TASK.symbols, layer=nn.RNN),
}
#: The rate that :func:`rates` returns, those that were tried, and the seeds of these trials.
LEARNING_RATE = 3e-2
RATES = (5e-3, 1e-2, 3e-2)
TRIED_ON = (200, 201, 202, 203, 204)


class Result(NamedTuple):
    """Shares of the places asked, by model; the first axis is the seed.

    ``right`` is how often the guess is the next token, ``follows`` how often it is the new one when
    another token takes the place of the next, and ``moves`` how often the swap changes it at all.
    """

    right: dict[str, Measured]
    follows: dict[str, Measured]
    moves: dict[str, Measured]


class Shares(NamedTuple):
    """The same of one model."""

    right: float
    follows: float
    moves: float


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a model that reads forward and one that reads both ways, and swap tokens."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train both and swap tokens, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.swapped import one
    >>> result = one(200)
    >>> result.moves["forward"], result.follows["both"] > 0.5
    (0.0, True)
    """
    shares = {name: swapped(trained(name, LEARNING_RATE, seed), seed) for name in MODELS}
    return Result(
        right={name: found.right for name, found in shares.items()},
        follows={name: found.follows for name, found in shares.items()},
        moves={name: found.moves for name, found in shares.items()},
    )


def trained(name: str, rate: float, seed: int) -> nn.Module:
    """Return a model trained to name the next token."""
    torch.manual_seed(seed)
    model = MODELS[name]()
    fit(model, TASK, steps=UPDATES, seed=seed, batch_size=16, learning_rate=rate)
    return model


@torch.no_grad()
def swapped(model: nn.Module, seed: int, size: int = 50) -> Shares:
    """Return how often guesses on fresh tokens are right, follow a swap, and change with it.

    For each place in turn, the next token of every sequence is exchanged for the one that comes
    after it in the list of tokens. All other inputs stay.
    """
    batch = TASK.batch(size, torch.Generator().manual_seed(seed + 10_000))
    (xs,), target = batch.inputs, batch.target
    before = predict(model, batch).argmax(-1)
    after = before.clone()
    for t in range(TASK.length - 1):
        other = xs.clone()
        other[:, t + 1] = xs[:, t + 1].roll(1, dims=-1)
        after[:, t] = predict(model, Batch((other,), target)).argmax(-1)[:, t]
    asked = slice(TASK.length - 1)  # the last token has no next
    before, after, target = before[:, asked], after[:, asked], target[:, asked]
    found = (before == target, after == (target + 1) % TASK.symbols, after != before)
    return Shares(*(share.double().mean().item() for share in found))


def rates(seeds: Iterable[int] = TRIED_ON) -> float:
    """Return the rate of ``RATES`` whose worst bidirectional run is right most; not in a build."""
    worst = {
        rate: min(swapped(trained("both", rate, seed), seed).right for seed in seeds)
        for rate in RATES
    }
    return max(worst, key=worst.__getitem__)
