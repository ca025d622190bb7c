"""How much of the first answer's gradient reaches each letter, with attention and without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook.experiments import attention
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.text import UNK

#: A seed draws weights, words, and what is asked of the logits.
SEEDS = (0, 1, 2)
#: The translators of the chapter on attention, untrained, and how many letters they read.
NETWORKS = ("attention", "one state")
LETTERS = 50


class Result(NamedTuple):
    """What was measured, by network; the first axis is the seed.

    ``share`` is (seed, distance): the gradient of the first written letter with respect to a letter
    that was read, as a share of that with respect to the last one, which is at distance 0.
    """

    share: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Follow the gradient of the first answer back to every letter."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(share={name: share(name, seed) for name in NETWORKS})


def share(name: str, seed: int) -> Measured:
    """Return the gradient at each letter as a share of that at the last, (distance,).

    Examples
    --------
    >>> from rnnbook.experiments import look_back
    >>> shares = look_back.share("attention", seed=0)
    >>> len(shares), float(shares[0])
    (50, 1.0)
    """
    model = attention.network(name, seed)
    generator = torch.Generator().manual_seed(seed)
    symbols = len(attention.TASK.vocabulary)
    src = torch.randint(UNK + 1, symbols, (32, LETTERS), generator=generator)
    vectors: list[Tensor] = []
    model.src_embedding.register_forward_hook(lambda _, __, found: vectors.append(found))
    logits = model(src, src[:, :1])
    asked = (logits[:, 0] @ torch.randn(symbols, generator=generator)).sum()
    (gradient,) = torch.autograd.grad(asked, vectors)
    norms = gradient.norm(dim=(0, 2)).flip(0).double()
    return (norms / norms[0]).numpy()
