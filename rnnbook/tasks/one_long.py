"""Short phrases that share their batch with a long one, so that nearly all of them are padded."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from rnnbook.batch import Batch
from rnnbook.tasks.order import FILLERS, NegationOrder
from rnnbook.text import pad


@dataclass(frozen=True)
class OneLongPhrase:
    """Is the phrase praise? One phrase of each batch talks on, and the others are filled up to it.

    It is what happens to every batch of real texts: the longest decides the width.

    Parameters
    ----------
    task : NegationOrder
        Draws the phrases.
    extra : int
        Neutral words added to the end of the first phrase; they do not change its meaning.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.one_long import OneLongPhrase
    >>> batch = OneLongPhrase(extra=20).batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.lengths
    (torch.Size([3, 29]), tensor([29,  9,  9]))
    """

    task: NegationOrder = field(default_factory=lambda: NegationOrder(gap=0, filler=2))
    extra: int = 24

    def __post_init__(self) -> None:
        if self.extra < 0:
            raise ValueError(f"OneLongPhrase: extra must be 0 or more, got {self.extra}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return self.task.unit

    @property
    def baseline(self) -> float:
        """Half of the phrases with any bag of words are praise."""
        return self.task.baseline

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` phrases: inputs (size, longest) of word ids, target (size,)."""
        batch = self.task.batch(size, generator)
        assert batch.lengths is not None  # the task pads
        phrases = [ids[:n] for ids, n in zip(batch.inputs[0], batch.lengths, strict=True)]
        chosen = torch.randint(
            len(FILLERS), (self.extra,), generator=generator, device=generator.device
        ).tolist()
        with generator.device:
            more = self.task.vocabulary.encode(FILLERS[i] for i in chosen)
        xs, lengths = pad([torch.cat([phrases[0], more]), *phrases[1:]])
        return Batch((xs,), batch.target, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits (batch, 2)."""
        return self.task.loss(output, batch)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of phrases whose larger logit is the right one."""
        return self.task.score(output, batch)
