"""Remember the value that came with the best score so far."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class BestSoFar:
    """At every step, name the value that came with the largest score so far.

    Each step brings a score between 0 and 1 and a value between -1 and 1. A better score replaces
    what is stored, a worse one changes nothing. With ``distance`` each step brings a place between
    -1 and 1 in place of the score, and the best is the one nearest to zero: the search for the
    nearest neighbour of Beck et al. (2024), in one dimension and with a reference that is known.

    Parameters
    ----------
    length : int
        Steps in a sequence.
    distance : bool
        Whether the first number is a place, whose distance to zero has to be small.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.best_so_far import BestSoFar
    >>> batch = BestSoFar(length=4).batch(1, torch.Generator().manual_seed(0))
    >>> batch.inputs[0][0]
    tensor([[ 0.4963, -0.3852],
            [ 0.7682,  0.2682],
            [ 0.0885, -0.0198],
            [ 0.1320,  0.7929]])
    >>> batch.target.flatten()
    tensor([-0.3852,  0.2682,  0.2682,  0.2682])
    """

    length: int = 10
    distance: bool = False

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"BestSoFar: length must be at least 1, got {self.length}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error of the last answer"

    @property
    def baseline(self) -> float:
        """Without memory: the last value, times the chance that its score is the best of all.

        A value's variance is 1/3. With a last score s, that chance is s^(length - 1).
        """
        return (1 - 1 / (2 * self.length - 1)) / 3

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs ``(size, length, 2)``, target ``(size, length, 1)``."""
        if size < 1:
            raise ValueError(f"BestSoFar.batch: size must be at least 1, got {size}")
        numbers = torch.rand(2, size, self.length, generator=generator, device=generator.device)
        first, values = numbers[0], 2 * numbers[1] - 1
        if self.distance:
            first = 2 * first - 1
        best = self.scores(first).cummax(dim=1).indices
        xs = torch.stack([first, values], dim=-1)
        return Batch((xs,), values.gather(1, best).unsqueeze(-1))

    def scores(self, first: Tensor) -> Tensor:
        """Return the scores, between 0 and 1, that the first number of each step stands for."""
        return 1 - first.abs() if self.distance else first

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, ``(batch, time, 1)``, over all steps."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error of the last answer; lower is better."""
        return F.mse_loss(output[:, -1], batch.target[:, -1]).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer each value, times the chance that its score is the best so far."""
        (xs,) = batch.inputs
        before = torch.arange(xs.shape[1], device=xs.device)
        return (self.scores(xs[..., 0]) ** before * xs[..., 1]).unsqueeze(-1)
