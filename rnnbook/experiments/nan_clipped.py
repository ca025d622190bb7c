"""Does clipping repair a loss or a gradient that is not finite?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.nan_loss import BUGS, Case
from rnnbook.training import predict

#: A seed draws the initial weights and the batch.
SEEDS = (0, 1, 2)
#: The planted bugs that end in NaN or infinity.
BROKEN = tuple(case for case in BUGS if case.check == "finite")
LIMIT = 1.0


class Result(NamedTuple):
    """What the first batch gives, by the name of a bug; the first axis is the seed.

    ``loss`` is its loss, and ``before`` and ``after`` are the shares of the gradient's entries that
    are not finite, before and after clipping.
    """

    loss: dict[str, Measured]
    before: dict[str, Measured]
    after: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Go forward, backward and clip, for each of these bugs."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Go forward, backward and clip, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.nan_clipped import one
    >>> result = one(200)
    >>> result.loss["log of zero"], result.after["root of zero"]
    (inf, 1.0)
    """
    found = {case.name: first_batch(case, seed) for case in BROKEN}
    return Result(
        loss={name: loss for name, (loss, _, _) in found.items()},
        before={name: before for name, (_, before, _) in found.items()},
        after={name: after for name, (_, _, after) in found.items()},
    )


def first_batch(case: Case, seed: int) -> tuple[float, float, float]:
    """Return the loss, and the shares of the gradient that are not finite before and after."""
    torch.manual_seed(seed)
    model = case.build()
    batch = case.batch(16, torch.Generator().manual_seed(seed))
    loss = case.loss(predict(model, batch), batch)
    loss.backward()
    before = broken(gradient(model))
    clip_grad_norm_(model.parameters(), LIMIT)
    return loss.item(), before, broken(gradient(model))


def gradient(model: nn.Module) -> Tensor:
    """Return the whole gradient as one vector."""
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def broken(values: Tensor) -> float:
    """Return the share that is not finite."""
    return float((~values.isfinite()).double().mean())


def bugs(result: Result, gradients: dict[str, Measured]) -> Measured:
    """Count, for each seed, the bugs whose loss or gradient is not finite."""
    return sum(~np.isfinite(loss) | (gradients[name] > 0) for name, loss in result.loss.items())
