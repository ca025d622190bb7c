"""What one more token costs: bytes that are kept, multiplications, and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rnnbook import layers
from rnnbook.experiments._clock import medians
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.streaming import Block, CausalTransformer, nbytes
from rnnbook.sequences import State

#: A seed draws weights and tokens.
SEEDS = (0, 1, 2)
#: Numbers in a token and in what a layer gives, layers, and heads of the transformer.
SIZE, LAYERS, HEADS = 128, 4, 4
#: Widths at which bytes and multiplications are counted.
WIDTHS = (32, 64, 128)
NETWORKS = ("GRU", "LSTM", "hybrid", "transformer")
#: How many tokens have been read when the bytes are counted.
READ = (1, 64, 1024)
#: Tokens that have been read when the multiplications are counted, as multiples of the width.
REACH = (0.25, 0.5, 1.0, 2.0, 4.0)
#: Tokens of the sequence that is read as a whole, and once more token by token.
WHOLE = 64
#: Tokens that have been read when the next one is timed; without a cache only the first few.
TIMED = (64, 256, 2048, 8192)
AGAIN = (64, 256)
#: What is timed. ``LSTM, cells`` is an LSTM that is called as :class:`torch.nn.LSTMCell`.
CLOCKED = ("GRU", "LSTM", "LSTM, cells", "transformer", "no cache")
#: How often the calls take turns, and the calls of a turn.
TURNS, CALLS = 5, 4


class Result(NamedTuple):
    """What was counted and timed; the first axis is the seed.

    ``bytes`` is, by network, width and number of tokens read, what has to be kept to read on, in
    float32. ``apart`` is, by network, how far the outputs of tokens that come one at a time are
    from those of the whole sequence, relative to the latter, in float64. ``work`` is, by kind of
    layer, width and tokens read in multiples of it, the multiplications of a layer for one more
    token: those of matrix products. ``seconds`` is, by what was timed and tokens read, the
    processor time of one more token, of this machine and this moment.
    """

    bytes: dict[tuple[str, int, int], Measured]
    apart: dict[str, Measured]
    work: dict[tuple[str, int, float], Measured]
    seconds: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count bytes and multiplications of one more token, and time it."""
    return over_seeds(one, seeds)


@torch.no_grad()
def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(
        bytes={
            (name, size, read): nbytes(network(name, seed, size)(tokens(read, seed, size))[1])
            for name in NETWORKS
            for size in WIDTHS
            for read in READ
        },
        apart={name: apart(name, seed) for name in NETWORKS},
        work={
            (kind, size, reach): work(kind, size, round(reach * size), seed)
            for kind in ("GRU", "LSTM", "attention")
            for size in WIDTHS
            for reach in REACH
        },
        seconds=seconds(seed),
    )


class Hybrid(nn.Module):
    """An LSTM with one layer of attention on top; its state is that of both.

    Parameters
    ----------
    size : int
        Numbers in a token.
    num_layers : int
        All layers; the last one is a block of a transformer.
    heads : int
        Attentions side by side in that block.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.bill import Hybrid
    >>> output, state = Hybrid(size=8, num_layers=4, heads=2)(torch.randn(1, 5, 8))
    >>> [tuple(part.shape) for part in state]  # h and c of three layers, keys and values of one
    [(3, 1, 8), (3, 1, 8), (1, 1, 5, 8), (1, 1, 5, 8)]
    """

    def __init__(self, size: int, num_layers: int, heads: int) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(size, size, num_layers - 1, batch_first=True)
        self.attention = CausalTransformer(size, 1, heads)

    def forward(self, xs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read on: return the output at every token of ``xs``, and the state after the last."""
        kept, cache = (None, None) if state is None else (state[:2], state[2:])
        hs, (h, c) = self.recurrent(xs, kept)
        output, (keys, values) = self.attention(hs, cache)
        return output, (h, c, keys, values)


def network(name: str, seed: int, size: int = SIZE) -> nn.Module:
    """Return an untrained network of that name, all of one width and depth."""
    torch.manual_seed(seed)
    if name == "transformer":
        return CausalTransformer(size, LAYERS, HEADS)
    if name == "hybrid":
        return Hybrid(size, LAYERS, HEADS)
    layer = nn.GRU if name == "GRU" else nn.LSTM
    return layer(size, size, LAYERS, batch_first=True)


def tokens(count: int, seed: int, size: int = SIZE) -> Tensor:
    """Return random tokens, (1, count, size)."""
    return torch.randn(1, count, size, generator=torch.Generator().manual_seed(seed))


def apart(name: str, seed: int) -> float:
    """Return how far streamed outputs are from those of the whole sequence.

    The transformer reads through :meth:`~rnnbook.experiments.streaming.CausalTransformer.step`.
    """
    model, xs = network(name, seed).double(), tokens(WHOLE, seed).double()
    whole, _ = model(xs)
    streamed, state = [], None
    if isinstance(model, CausalTransformer):
        room = model.room(WHOLE)
        streamed = [model.step(x, room, read) for read, x in enumerate(xs.unbind(1))]
    else:
        for x in xs.split(1, dim=1):
            output, state = model(x, state)
            streamed.append(output[:, 0])
    return float((torch.stack(streamed, dim=1) - whole).norm() / whole.norm())


def work(kind: str, size: int, read: int, seed: int = 0) -> int:
    """Return how many multiplications a layer needs for one token, once so many have been read.

    The token itself is one of them. Only matrix products are counted. ``attention`` is a block of
    a transformer without its small network, which looks at no other token.
    """
    xs = tokens(read, seed, size)
    if kind == "attention":
        block = Block(size)
        model: nn.Module = CausalTransformer(size, 1, HEADS)
        think = multiplied(lambda: block.think(xs[:, -1:]))
    else:
        layer = layers.GRU if kind == "GRU" else layers.LSTM
        model, think = layer(size, size, batch_first=True), 0
    state = model(xs[:, :-1])[1] if read > 1 else None
    return multiplied(lambda: model(xs[:, -1:], state)) - think


def multiplied(call: Callable[[], object]) -> int:
    """Return the multiplications of the matrix products in a call.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.bill import multiplied
    >>> multiplied(lambda: torch.ones(2, 3) @ torch.ones(3, 5))
    30
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops()) // 2  # it counts an addition with each of them


def seconds(seed: int) -> dict[tuple[str, int], float]:
    """Return the processor time of one more token, by what reads it and tokens read so far."""
    calls: dict[tuple[str, int], Callable[[], object]] = {}
    for name in ("GRU", "LSTM"):
        model = network(name, seed)
        for read, state in states(model, seed).items():
            calls[name, read] = recurrent(model, state, seed)
            if name == "LSTM":
                calls["LSTM, cells", read] = by_cells(state, seed)
    model = CausalTransformer(SIZE, LAYERS, HEADS)
    for read in TIMED:
        calls["transformer", read] = cached(model, read, seed)
    again = {("no cache", read): all_again(model, read, seed) for read in AGAIN}
    # apart, because reading all again pushes everything else out of the machine's caches
    return {**medians(calls, TURNS, CALLS), **medians(again, TURNS)}


def states(model: nn.Module, seed: int) -> dict[int, State]:
    """Return the state of a recurrent network by tokens read."""
    found, state, before = {}, None, 0
    xs = tokens(max(TIMED), seed)
    for read in TIMED:
        _, state = model(xs[:, before:read], state)
        found[read], before = state, read
    return found


def recurrent(model: nn.Module, state: State, seed: int) -> Callable[[], object]:
    """Return a call in which a recurrent network reads one more token."""
    x = tokens(1, seed)
    return lambda: model(x, state)


def by_cells(state: State, seed: int) -> Callable[[], object]:
    """Return a call in which the cells of an LSTM read one more token, layer by layer."""
    torch.manual_seed(seed)
    cells = [nn.LSTMCell(SIZE, SIZE) for _ in range(LAYERS)]
    x, pairs = tokens(1, seed)[:, 0], list(zip(*state, strict=True))

    def call() -> None:
        h = x
        for cell, pair in zip(cells, pairs, strict=True):
            h, _ = cell(h, pair)

    return call


def cached(model: CausalTransformer, read: int, seed: int) -> Callable[[], object]:
    """Return a call in which a transformer reads one more token, with the others in its cache.

    The cache holds random numbers, which take as long as those of real tokens.
    """
    x, room = tokens(1, seed)[:, 0], model.room(read + 1)
    for part in room.cache:
        part.normal_(generator=torch.Generator().manual_seed(seed))
    return lambda: model.step(x, room, read)


def all_again(model: CausalTransformer, read: int, seed: int) -> Callable[[], object]:
    """Return a call in which a transformer without a cache reads a token, and all before it."""
    xs = tokens(read + 1, seed)
    return lambda: model(xs)
