"""Say what stood after a mark the first time, when the mark comes again at the end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch


@dataclass(frozen=True)
class Induction:
    """Read a mark somewhere among symbols, and at the last step once more: what followed it?

    The symbols are 1, 2, … and are drawn at random; the mark is ``symbols + 1``. Only the last step
    asks, and the answer is the symbol that stood after the first mark: the task of induction heads
    (Olsson et al., 2022) with one mark, as in Gu and Dao (2023).

    Parameters
    ----------
    symbols : int
        How many symbols there are, all equally frequent.
    length : int
        Places before the step that asks, that of the first mark included.

    Raises
    ------
    ValueError
        If there are fewer than 2 symbols or 2 places.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.induction import Induction
    >>> batch = Induction(length=8).batch(1, torch.Generator().manual_seed(1))
    >>> batch.inputs[0]
    tensor([[9, 4, 5, 1, 8, 2, 4, 6, 9]])
    >>> batch.target
    tensor([3])
    """

    symbols: int = 8
    length: int = 16

    def __post_init__(self) -> None:
        if self.symbols < 2 or self.length < 2:
            raise ValueError(
                "Induction: expected at least 2 symbols and 2 places, one for the mark and one for "
                f"what follows it, got {self.symbols} and {self.length}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Guessing."""
        return 1 / self.symbols

    @property
    def mark(self) -> int:
        """The id of the mark: one more than the last symbol's."""
        return self.symbols + 1

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences: ids (size, length + 1), target (size,) from 0."""
        if size < 1:
            raise ValueError(f"Induction.batch: size must be at least 1, got {size}")
        device = generator.device
        xs = torch.randint(1, self.mark, (size, self.length), generator=generator, device=device)
        # the first mark has a symbol after it
        place = torch.randint(self.length - 1, (size, 1), generator=generator, device=device)
        target = xs.gather(1, place + 1).squeeze(1) - 1
        xs = F.pad(xs.scatter(1, place, self.mark), (0, 1), value=self.mark)
        return Batch((xs,), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of the last logits of ``output``, (batch, time, symbols)."""
        return F.cross_entropy(output[:, -1], batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of sequences whose largest last logit is that of the right symbol."""
        return (output[:, -1].argmax(-1) == batch.target).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Say the same of all symbols, whatever came: logits of zero, (batch, time, symbols)."""
        (xs,) = batch.inputs
        return torch.zeros(*xs.shape, self.symbols, device=xs.device)

    def perfect(self, batch: Batch) -> Tensor:
        """Be sure of the right symbol at every step."""
        (xs,) = batch.inputs
        right = 30.0 * F.one_hot(batch.target, self.symbols)
        return right.to(torch.get_default_dtype()).unsqueeze(1).expand(-1, xs.shape[1], -1)
