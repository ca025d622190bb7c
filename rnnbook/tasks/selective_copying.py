"""Copy the symbols of a sequence that is mostly blank, at places that are fixed or drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class SelectiveCopying:
    """Repeat a few symbols in their order, once the last of ``length`` places has been read.

    All other places are blank, 0. The symbols are 1, 2, … and stand at the first places, so that
    the same delay lies between each and its answer, or at places that are drawn for each sequence,
    so that a network has to tell them from the blanks. As many steps follow that ask, ``symbols +
    1``, and each is answered by one symbol: the selective copying of Gu and Dao (2023), after
    Jing et al. (2019).

    Parameters
    ----------
    symbols : int
        How many symbols there are, all equally frequent.
    asked : int
        How many of them a sequence has.
    length : int
        Places before the first step that asks.
    drawn : bool
        Whether the places of the symbols are drawn, or are the first.
    shortest : int, optional
        If given, each batch draws a length from this one to ``length``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.selective_copying import SelectiveCopying
    >>> batch = SelectiveCopying(length=8).batch(1, torch.Generator().manual_seed(1))
    >>> batch.inputs[0]
    tensor([[0, 2, 0, 4, 0, 0, 1, 0, 5, 5, 5]])
    >>> batch.target
    tensor([[1, 3, 0]])
    """

    symbols: int = 4
    asked: int = 3
    length: int = 32
    drawn: bool = True
    shortest: int | None = None

    def __post_init__(self) -> None:
        if self.symbols < 2 or self.asked < 1:
            raise ValueError(
                f"SelectiveCopying: expected at least 2 symbols, of which 1 is asked for, got "
                f"{self.symbols} and {self.asked}"
            )
        if not self.asked <= self.least <= self.length:
            raise ValueError(
                f"SelectiveCopying: expected asked <= shortest <= length, got {self.asked}, "
                f"{self.least} and {self.length}; each symbol needs a place"
            )

    @property
    def least(self) -> int:
        """Places of the shortest sequence."""
        return self.length if self.shortest is None else self.shortest

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "symbols copied"

    @property
    def baseline(self) -> float:
        """Guessing."""
        return 1 / self.symbols

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: ids (size, length + asked), target (size, asked) from 0."""
        if size < 1:
            raise ValueError(f"SelectiveCopying.batch: size must be at least 1, got {size}")
        device = generator.device
        length = self.length
        if self.shortest is not None:
            (length,) = torch.randint(
                self.shortest, length + 1, (1,), generator=generator, device=device
            ).tolist()
        target = torch.randint(self.symbols, (size, self.asked), generator=generator, device=device)
        if self.drawn:
            # the places of the smallest of random numbers are a random choice of places
            ranks = torch.rand(size, length, generator=generator, device=device)
            places = ranks.argsort(1)[:, : self.asked].sort(1).values
        else:
            places = torch.arange(self.asked, device=device).expand(size, -1)
        blank = torch.zeros(size, length, dtype=torch.long, device=device)
        xs = F.pad(blank.scatter(1, places, target + 1), (0, self.asked), value=self.symbols + 1)
        return Batch((xs,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of the last logits of ``output``, (batch, time, symbols)."""
        said = output[:, -self.asked :]
        return F.cross_entropy(said.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of the symbols asked for whose logit is the largest."""
        return (output[:, -self.asked :].argmax(-1) == batch.target).float().mean().item()
