"""All paths of CTC written down: which read as a double, and whether their sum is the loss."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import torch
from torch.nn import functional as F

from rnnbook.ctc import BLANK, collapse, enumerated_loss
from rnnbook.experiments._seeds import Measured, over_seeds

#: A seed draws the scores; the paths have none.
SEEDS = (0, 1, 2)
#: How many frames there are.
FRAMES = (3, 4, 5, 6)
#: The strings that are asked for; a is symbol 1 and b is symbol 2.
STRINGS = {"aa": (1, 1), "ab": (1, 2)}
#: The blank, a and b.
SYMBOLS = 3


class Result(NamedTuple):
    """What all paths say; the first axis is the seed.

    ``all`` is how many paths read as a string, by the number of frames and the string, and
    ``without`` how many of them have no blank. ``off`` is, by the number of frames, how far minus
    the logarithm of their summed probability is from PyTorch's loss, the larger of both strings.
    """

    all: dict[tuple[int, str], Measured]
    without: dict[tuple[int, str], Measured]
    off: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Write down all paths, and add up their probabilities under the scores of each seed."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Write down all paths, and add up their probabilities, on one seed."""
    generator = torch.Generator().manual_seed(seed)
    every, without, off = {}, {}, {}
    for frames in FRAMES:
        scores = torch.randn(frames, SYMBOLS, generator=generator, dtype=torch.float64)
        log_probs, apart = scores.log_softmax(-1), []
        for name, target in STRINGS.items():
            paths = [p for p in product(range(SYMBOLS), repeat=frames) if collapse(p) == target]
            every[frames, name] = len(paths)
            without[frames, name] = sum(BLANK not in path for path in paths)
            # p(string) = sum of p(path) over the paths that read as it
            apart.append(abs(enumerated_loss(log_probs, target) - quick_loss(log_probs, target)))
        off[frames] = max(apart)
    return Result(every, without, off)


def quick_loss(log_probs: torch.Tensor, target: Sequence[int]) -> float:
    """Return PyTorch's loss of a target, (frames, symbols), which lists no path.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.path_sums import quick_loss
    >>> quick_loss(torch.zeros(2, 3).log_softmax(-1), (1, 1))  # aa needs three frames
    inf
    """
    with torch.device("cpu"):
        symbols, frames = torch.tensor([list(target)]), torch.tensor([len(log_probs)])
        counts = torch.tensor([len(target)])
    loss = F.ctc_loss(log_probs[:, None], symbols, frames, counts, BLANK, reduction="sum")
    return loss.item()
