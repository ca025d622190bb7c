"""Bytes of a cache of keys and values, and of a matrix that sums them: when is which larger?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.streaming import nbytes

#: A seed draws queries, keys and values.
SEEDS = (0, 1, 2)
#: Numbers in a key and in a value, of one head.
WIDTHS = (16, 64, 128)
#: Tokens read when bytes are noted, as multiples of the width.
REACH = (0.25, 0.5, 1.0, 4.0)


class Result(NamedTuple):
    """Bytes of one head in float32, by its width; the first axis is the seed.

    ``cache`` is by width and tokens read, in multiples of the width; ``state`` is the matrix's,
    whatever has been read. ``meets`` is the number of tokens at which the cache has become as large
    as the matrix. ``apart`` is how far linear attention by a state is from the same attention by a
    cache, relative to the latter, in float64.
    """

    cache: dict[tuple[int, float], Measured]
    state: dict[int, Measured]
    meets: dict[int, Measured]
    apart: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Read tokens both ways, and count the bytes that are kept."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    cache: dict[tuple[int, float], int] = {}
    state, meets, apart = dict[int, int](), dict[int, int](), dict[int, float]()
    for size in WIDTHS:
        generator = torch.Generator().manual_seed(seed)
        qs, ks, vs = torch.randn(3, round(max(REACH) * size), size, generator=generator)
        _, S = by_state(qs, ks, vs)
        kept = [nbytes((ks[:n], vs[:n])) for n in range(len(ks) + 1)]
        state[size] = nbytes(S)
        meets[size] = next(n for n, count in enumerate(kept) if count >= state[size])
        cache |= {(size, reach): kept[round(reach * size)] for reach in REACH}
        double = [part.double() for part in (qs, ks, vs)]
        whole = by_cache(*double)
        apart[size] = float((by_state(*double)[0] - whole).norm() / whole.norm())
    return Result(cache, state, meets, apart)


def by_state(qs: Tensor, ks: Tensor, vs: Tensor) -> tuple[Tensor, Tensor]:
    """Return linear attention, (time, size), and the matrix that it keeps, (size, size).

    Katharopoulos et al. (2020), section 3.4, without feature map and normaliser.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.cache_or_state import by_cache, by_state
    >>> qs, ks, vs = torch.randn(3, 5, 4, dtype=torch.float64)
    >>> ys, S = by_state(qs, ks, vs)
    >>> S.shape, torch.allclose(ys, by_cache(qs, ks, vs))
    (torch.Size([4, 4]), True)
    """
    S, ys = ks.new_zeros(vs.shape[1], ks.shape[1]), []
    for q, k, v in zip(qs, ks, vs, strict=True):
        # S = S + v k^T,  y = S q
        S = S + torch.outer(v, k)
        ys.append(S @ q)
    return torch.stack(ys), S


def by_cache(qs: Tensor, ks: Tensor, vs: Tensor) -> Tensor:
    """Return linear attention from all keys and values: a softmax's scores without the softmax."""
    # y_i = sum_{j <= i} (q_i . k_j) v_j
    return (qs @ ks.T).tril() @ vs
