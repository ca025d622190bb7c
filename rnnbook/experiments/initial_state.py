"""Where a chunk of a longer sequence starts from: zeros, a learned state, or the state carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.sequences import State
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import fit

#: A seed draws the weights, the training batches and the sequences that are judged.
SEEDS = (0, 1, 2)
#: The sums of three inputs; a sequence has two chunks, and the second one is judged.
CHUNK = 10
WHOLE = MovingSum(length=2 * CHUNK, window=3)
HIDDEN, UPDATES, LEARNING_RATE = 16, 100, 1e-2
#: Sequences that every error is a mean over.
JUDGED = 2000
STARTS = ("zeros", "learned", "carried")


class Result(NamedTuple):
    """Squared errors in the second chunk, by its start, (seed, step)."""

    error: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network for each start, and judge it on chunks that continue a sequence."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    return Result(error={start: errors(start, seed) for start in STARTS})


@dataclass(frozen=True)
class SecondChunk(MovingSum):
    """The second half of a sequence of sums: what its first sums need came before it."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences and cut off the first half."""
        whole = super().batch(size, generator)
        return Batch((whole.inputs[0][:, CHUNK:],), whole.target[:, CHUNK:])


class LearnedStart(VanillaRNN):
    """A plain network whose initial state is a parameter.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.initial_state import LearnedStart
    >>> outputs, h_n = LearnedStart(1, 4, 1)(torch.zeros(2, 5, 1))
    >>> outputs.shape, h_n.shape
    (torch.Size([2, 5, 1]), torch.Size([1, 2, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__(input_size, hidden_size, output_size)
        self.h_0 = nn.Parameter(torch.zeros(1, 1, hidden_size))

    def forward(
        self, x: Tensor, h_0: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Start from the learned state where none is passed in."""
        start = self.h_0.repeat(1, len(x), 1) if h_0 is None else h_0
        return super().forward(x, start, lengths=lengths)


def errors(start: str, seed: int, learning_rate: float = LEARNING_RATE) -> NDArray[np.float64]:
    """Return the squared error at each step of the second chunk, for one way to start it.

    With ``"carried"`` the network reads the first chunk, too, in training and here.
    """
    torch.manual_seed(seed)
    model = (LearnedStart if start == "learned" else VanillaRNN)(1, HIDDEN, 1)
    task = WHOLE if start == "carried" else SecondChunk(WHOLE.length, WHOLE.window)
    fit(model, task, steps=UPDATES, seed=seed, learning_rate=learning_rate)
    batch = task.batch(JUDGED, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        outputs = model(batch.inputs[0])[0]
    wrong = (outputs - batch.target)[:, -CHUNK:, 0].double()
    squared: NDArray[np.float64] = wrong.square().mean(0).numpy()
    return squared
