"""Follow something that turns in circles, seen through noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class Tracking:
    """Say where a thing is, of which each step shows one coordinate, with noise.

    The hidden state is a point in the plane. Each step turns it around the origin, draws it a
    little closer and pushes it at random. What is seen, and asked for without noise, is its first
    coordinate. The noise has the variance one. With ``outliers``, some observations are far off:
    their noise is ``WILD`` times as large.

    Parameters
    ----------
    length : int
        Steps in a sequence.
    settle : int
        How many steps at the beginning are not asked, since no filter knows where the thing is.
    outliers : float
        The probability that an observation is far off.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.tracking import Tracking
    >>> batch = Tracking(length=30).batch(4, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([4, 30, 1]), torch.Size([4, 30, 1]))
    """

    length: int = 40
    settle: int = 10
    outliers: float = 0.0

    #: Steps of one turn, the share of the radius that a step keeps, and what a step pushes by.
    TURN = 20
    KEEP = 0.98
    PUSH = 0.2
    #: How many times as large the noise of an outlier is.
    WILD = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.settle < self.length:
            raise ValueError(
                f"Tracking: expected settle between 0 and length - 1 = {self.length - 1}, got "
                f"{self.settle}; nothing would be asked"
            )
        if not 0 <= self.outliers <= 1:
            raise ValueError(f"Tracking: outliers must be a probability, got {self.outliers}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "mean squared error"

    @property
    def variance(self) -> float:
        """Of one coordinate, once the thing has forgotten where it began."""
        return self.PUSH**2 / (1 - self.KEEP**2)

    @property
    def noise(self) -> float:
        """The variance of what is added to each observation, outliers included."""
        return 1 + self.outliers * (self.WILD**2 - 1)

    @property
    def baseline(self) -> float:
        """Answer zero, the mean of where the thing is."""
        return self.variance

    def turn(self, device: torch.device | str = "cpu") -> Tensor:
        """Return the matrix that moves the point by one step, (2, 2)."""
        angle = 2 * math.pi / self.TURN
        cos, sin = math.cos(angle), math.sin(angle)
        return self.KEEP * torch.tensor([[cos, -sin], [sin, cos]], device=device)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: inputs and target (size, length, 1), numbers.

        The first ``settle`` steps of the target are what the point was, but are not scored.
        """
        if size < 1:
            raise ValueError(f"Tracking.batch: size must be at least 1, got {size}")
        device = generator.device

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, device=device)

        move = self.turn(device)
        point = math.sqrt(self.variance) * normal(size, 2)
        points = [point]
        for push in (self.PUSH * normal(self.length - 1, size, 2)).unbind(0):
            point = point @ move.T + push
            points.append(point)
        target = torch.stack(points, dim=1)[..., :1]
        noise = normal(size, self.length, 1)
        far_off = torch.rand(size, self.length, 1, generator=generator, device=device)
        noise = torch.where(far_off < self.outliers, self.WILD * noise, noise)
        return Batch((target + noise,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error of ``output``, (batch, time, 1), after ``settle`` steps."""
        return F.mse_loss(output[:, self.settle :], batch.target[:, self.settle :])

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the mean squared error as a number."""
        return self.loss(output, batch).item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer zero, whatever came."""
        return torch.zeros_like(batch.target)
