"""What a stream costs: recurrent layers, and a causal transformer with a cache, token by token."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from rnnbook import _check, layers
from rnnbook.attention import attend
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.sequences import State

#: A seed draws weights and tokens.
SEEDS = (0, 1, 2)
#: Numbers in a token and in what a layer gives, layers, and heads of the transformer.
SIZE, LAYERS, HEADS = 64, 2, 4
NETWORKS = ("GRU", "LSTM", "transformer")
#: How many tokens have been read when the bytes are counted.
READ = (1, 64, 512)
#: Tokens of the sequence that is read as a whole, and once more token by token.
WHOLE = 64
#: Tokens that are timed, after those that have been read.
TIMED = 20


class CausalTransformer(nn.Module):
    """A stack of blocks with self-attention, called as a recurrent layer is: its state is a cache.

    Parameters
    ----------
    size : int
        Numbers in a token; even, and divisible by ``heads``.
    num_layers : int
        Blocks on top of each other.
    heads : int
        Attentions side by side in a block.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or ``size`` is odd or not divisible by ``heads``.

    Notes
    -----
    Vaswani et al. (2017), with the normalisation put first, as in Xiong et al. (2020). A token
    looks at itself and at those before it, so what it has been given stays right when more tokens
    come: their keys and values are kept, and no token is computed again.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.streaming import CausalTransformer
    >>> model, xs = CausalTransformer(size=8, num_layers=2, heads=2), torch.randn(1, 5, 8)
    >>> output, cache = model(xs[:, :3])
    >>> output, (keys, values) = model(xs[:, 3:], cache)
    >>> output.shape, keys.shape
    (torch.Size([1, 2, 8]), torch.Size([2, 1, 5, 8]))
    """

    def __init__(self, size: int, num_layers: int, heads: int) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, size=size, num_layers=num_layers, heads=heads)
        if size % 2 or size % heads:
            raise ValueError(
                f"CausalTransformer: expected an even size that {heads} heads divide, got {size}"
            )
        self.size, self.heads = size, heads
        self.blocks = nn.ModuleList(Block(size) for _ in range(num_layers))

    def forward(self, xs: Tensor, cache: State | None = None) -> tuple[Tensor, State]:
        """Read on: return the output at every token of ``xs``, and the longer cache.

        Parameters
        ----------
        xs : Tensor
            (batch, time, size).
        cache : tuple of Tensor, optional
            Keys and values of the tokens before, as they were returned; None at the start.

        Returns
        -------
        output : Tensor
            (batch, time, size).
        cache : tuple of Tensor
            Keys and values, each (layers, batch, tokens read so far, size).
        """
        _check.rank("CausalTransformer", "xs", xs, "(batch, time, size)")
        _check.numbers("CausalTransformer", "xs", xs, next(self.parameters()), "size")
        if cache is None:
            nothing = xs.new_zeros(len(self.blocks), len(xs), 0, self.size)
            cache = nothing, nothing
        first = cache[0].shape[2]
        xs = xs + positions(first, xs)
        kept = []
        for block, keys, values in zip(self.blocks, *cache, strict=True):
            q, k, v = block.project(block.before(xs)).chunk(3, dim=-1)
            keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
            xs = xs + block.join(self.look(q, keys, values))
            xs = xs + block.think(xs)
            kept.append((keys, values))
        k_n, v_n = (torch.stack(part) for part in zip(*kept, strict=True))
        return xs, (k_n, v_n)

    def room(self, tokens: int, batch: int = 1) -> Room:
        """Set aside room for the keys and values of so many tokens, to be filled by :meth:`step`.

        Parameters
        ----------
        tokens : int
            How many tokens have room.
        batch : int
            How many sequences are read side by side.

        Returns
        -------
        Room
            Empty, with the vectors of all places.
        """
        _check.sizes("CausalTransformer.room", tokens=tokens, batch=batch)
        like = next(self.parameters())
        shape = len(self.blocks), batch, self.heads, tokens, self.size // self.heads
        places = positions(0, like.new_zeros(1, tokens, self.size))
        return Room((like.new_zeros(shape), like.new_zeros(shape)), places)

    @torch.no_grad()
    def step(self, x: Tensor, room: Room, read: int) -> Tensor:
        """Read one more token, and write its key and value into the room set aside for it.

        Parameters
        ----------
        x : Tensor
            (batch, size).
        room : Room
            From :meth:`room`, filled by the steps before.
        read : int
            How many tokens have been read.

        Returns
        -------
        Tensor
            The output, (batch, size); no gradient goes back through it.

        Raises
        ------
        TypeError, ValueError
            If ``x`` has not the shape (batch, size), or the room is full.
        """
        _check.numbers("CausalTransformer.step", "x", x, room.places, "size")
        if x.dim() != 2 or not 0 <= read < len(room.places):
            raise ValueError(
                f"CausalTransformer.step: expected x of shape (batch, size) and room for token "
                f"{read}, got x {tuple(x.shape)} and room for {len(room.places)} tokens"
            )
        x = x + room.places[read]
        for block, keys, values in zip(self.blocks, *room.cache, strict=True):
            three = block.project(block.before(x)).view(len(x), 3, self.heads, -1)
            # the key and the value of this token are kept, those before stay as they are
            q, keys[:, :, read], values[:, :, read] = three.unbind(1)
            seen = keys[:, :, : read + 1], values[:, :, : read + 1]
            found = scaled_dot_product_attention(q.unsqueeze(2), *seen)
            x = x + block.join(found.flatten(1))
            x = x + block.think(x)
        return x

    def look(self, q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Return what each query finds, (batch, queries, size); none looks at a later token."""
        queries, time = q.shape[1], keys.shape[1]
        q, keys, values = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2).flatten(0, 1)
            for part in (q, keys, values)  # (batch * heads, time, size / heads)
        )
        # e_ij = q_i . k_j / sqrt(d)
        e = q @ keys.transpose(1, 2) / q.shape[-1] ** 0.5
        later = torch.ones(queries, time, dtype=torch.bool, device=q.device).triu(
            time - queries + 1
        )
        found, _ = attend(e.masked_fill(later, float("-inf")), values)
        joined: Tensor = found.unflatten(0, (-1, self.heads)).transpose(1, 2).flatten(2)
        return joined


class Room(NamedTuple):
    """A cache of fixed size that is filled token by token, so that nothing is copied.

    ``cache`` holds keys and values, each (layers, batch, heads, tokens, size / heads), ``places``
    the vectors of all places, (tokens, size).
    """

    cache: State
    places: Tensor


class Block(nn.Module):
    """The weights of one block.

    Parameters
    ----------
    size : int
        Numbers in a token.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.streaming import Block
    >>> Block(8).project(torch.zeros(1, 5, 8)).shape  # a query, a key and a value for each token
    torch.Size([1, 5, 24])
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(size)
        self.project = nn.Linear(size, 3 * size)
        self.join = nn.Linear(size, size)
        self.think = nn.Sequential(
            nn.LayerNorm(size), nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size)
        )


def positions(first: int, xs: Tensor) -> Tensor:
    """Return a vector for each place, (time, size), for tokens of which the first is at ``first``.

    Vaswani et al. (2017), section 3.5: sines and cosines of the place, slower and slower.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.streaming import positions
    >>> tokens = torch.zeros(1, 5, 8)
    >>> torch.equal(positions(2, tokens[:, 2:]), positions(0, tokens)[2:])
    True
    """
    time, size = xs.shape[1:]
    place = torch.arange(first, first + time, dtype=xs.dtype, device=xs.device).unsqueeze(1)
    speed = 10_000 ** -(torch.arange(0, size, 2, dtype=xs.dtype, device=xs.device) / size)
    return torch.cat([torch.sin(place * speed), torch.cos(place * speed)], dim=1)


class Result(NamedTuple):
    """What was measured, by network; the first axis is the seed.

    ``apart`` is how far the outputs of tokens that come one at a time are from those of the whole
    sequence, relative to the latter, in float64. ``bytes`` is, by network and number of tokens
    read, what has to be kept to read on, in float32.
    """

    apart: dict[str, Measured]
    bytes: dict[tuple[str, int], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Stream through every network, compare with the whole sequence, and count bytes."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(
        apart={name: apart(name, seed) for name in NETWORKS},
        bytes={(name, read): kept(name, read, seed) for name in NETWORKS for read in READ},
    )


def network(name: str, seed: int) -> nn.Module:
    """Return an untrained network of that name, all of one width and depth."""
    torch.manual_seed(seed)
    if name == "transformer":
        return CausalTransformer(SIZE, LAYERS, HEADS)
    layer = layers.GRU if name == "GRU" else layers.LSTM
    return layer(SIZE, SIZE, num_layers=LAYERS, batch_first=True)


def tokens(count: int, seed: int) -> Tensor:
    """Return random tokens, (1, count, SIZE)."""
    return torch.randn(1, count, SIZE, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def apart(name: str, seed: int) -> float:
    """Return how far streamed outputs are from those of the whole sequence."""
    model, xs = network(name, seed).double(), tokens(WHOLE, seed).double()
    whole, _ = model(xs)
    streamed, state = [], None
    for x in xs.split(1, dim=1):
        output, state = model(x, state)
        streamed.append(output)
    return float((torch.cat(streamed, dim=1) - whole).norm() / whole.norm())


@torch.no_grad()
def kept(name: str, read: int, seed: int) -> int:
    """Return the bytes of what a network keeps after that many tokens."""
    _, state = network(name, seed)(tokens(read, seed))
    return nbytes(state)


def nbytes(state: State) -> int:
    """Return how many bytes the numbers of a state take.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.streaming import nbytes
    >>> nbytes(torch.zeros(2, 3)), nbytes((torch.zeros(2, 3), torch.zeros(2, 3)))
    (24, 48)
    """
    parts = state if isinstance(state, tuple) else (state,)
    return sum(part.numel() * part.element_size() for part in parts)


@torch.no_grad()
def seconds(name: str, read: int, seed: int) -> float:
    """Return processor seconds for a token after ``read`` others: of this machine, and this moment.

    The cache is copied at each token, which a system that serves people avoids by keeping room.
    """
    model = network(name, seed)
    xs, state = tokens(read + TIMED, seed), None
    for part in xs[:, :read].split(512, dim=1):  # so that no square of scores is large
        _, state = model(part, state)
    start = time.process_time()
    for x in xs[:, read:].split(1, dim=1):
        _, state = model(x, state)
    return (time.process_time() - start) / TIMED
