"""What a keyword spotter costs: parameters, bytes and multiplications, counted on a real layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rnnbook import layers
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.training import count_parameters

#: A seed draws weights; nothing that is counted depends on it.
SEEDS = (0, 1, 2)
#: Numbers in a frame of sound, units of the GRU, and words to tell apart.
FEATURES, HIDDEN, WORDS = 40, 64, 12
#: Frames a second, and frames in the second of sound that a window holds.
FRAMES, WINDOW = 50, 50
#: What the microcontroller is given: bytes for weights, and multiplications a second.
BYTES, MULTIPLICATIONS = 32 * 1024, 10_000_000


class Spotter(nn.Module):
    """A GRU that reads frame after frame, and a score for each word after every frame.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.spotter import Spotter
    >>> scores, state = Spotter()(torch.zeros(1, 5, 40))
    >>> scores.shape, state.shape
    (torch.Size([1, 5, 12]), torch.Size([1, 1, 64]))
    """

    def __init__(self) -> None:
        super().__init__()
        self.gru = layers.GRU(FEATURES, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, WORDS)

    def forward(self, frames: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the scores, (batch, time, words), and the state to read on from."""
        output, state = self.gru(frames, state)
        return self.fc(output), state


class Result(NamedTuple):
    """What was counted; the first axis is the seed.

    ``bytes`` are those of all parameters at one byte each. ``carried`` and ``window`` are the
    multiplications a second in products of matrices: with the state carried on from frame to frame,
    and with the last second read again at every frame.
    """

    parameters: Measured
    bytes: Measured
    carried: Measured
    window: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count all of it."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Count all of it, with weights drawn by one seed."""
    torch.manual_seed(seed)
    model = Spotter()
    parameters = count_parameters(model)
    return Result(
        parameters=parameters,
        bytes=parameters * torch.int8.itemsize,
        carried=FRAMES * multiplications(model, 1),
        window=FRAMES * multiplications(model, WINDOW),
    )


@torch.no_grad()
def multiplications(model: nn.Module, frames: int) -> int:
    """Return how many multiplications of a weight it takes to read so many frames."""
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, frames, FEATURES))
    return int(counter.get_total_flops()) // 2  # PyTorch counts an addition with each
