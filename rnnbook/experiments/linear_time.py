"""Time to read a whole sequence: a recurrence, step by step, against attention, all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from rnnbook.experiments._clock import medians
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws weights and tokens.
SEEDS = (0, 1, 2)
#: Numbers in a token and in what a layer gives, and heads of the attention.
SIZE, HEADS = 32, 4
#: Tokens of a sequence.
LENGTHS = (64, 512, 4096)
NETWORKS = ("GRU", "LSTM", "attention")
#: How often the calls take turns.
TURNS = 3


class Result(NamedTuple):
    """Processor seconds of a layer for one whole sequence, by network and length.

    They are of this machine, and of this moment. The first axis is the seed.
    """

    seconds: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Time every layer at every length."""
    return over_seeds(one, seeds)


@torch.no_grad()
def one(seed: int) -> Result:
    """Do so on one seed."""
    torch.manual_seed(seed)
    layers = {
        "GRU": nn.GRU(SIZE, SIZE, batch_first=True),
        "LSTM": nn.LSTM(SIZE, SIZE, batch_first=True),
        "attention": Attention(SIZE, HEADS),
    }
    calls: dict[tuple[str, int], Callable[[], object]] = {}
    for length in LENGTHS:
        xs = torch.randn(1, length, SIZE)
        calls |= {(name, length): partial(layer, xs) for name, layer in layers.items()}
    return Result(medians(calls, TURNS, rounds=1))


class Attention(nn.Module):
    """A layer of causal self-attention that reads a whole sequence, with PyTorch's fast kernel.

    Parameters
    ----------
    size : int
        Numbers in a token; divisible by ``heads``.
    heads : int
        Attentions side by side.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.linear_time import Attention
    >>> Attention(size=8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(size, 3 * size)
        self.join = nn.Linear(size, size)

    def forward(self, xs: Tensor) -> Tensor:
        """Return the output at every token, (batch, time, size)."""
        parts = self.project(xs).unflatten(-1, (3, self.heads, -1))
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (batch, heads, time, size / heads)
        found = scaled_dot_product_attention(q, k, v, is_causal=True)
        joined: Tensor = self.join(found.transpose(1, 2).flatten(2))
        return joined
