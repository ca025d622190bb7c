"""What a task yields and the training loop consumes: a batch, and the form every task has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from rnnbook import _check

#: The target, among class numbers, of a step at which no answer is asked for.
UNASKED = -1


@dataclass(frozen=True, eq=False)
class Batch:
    """A few examples, ready to be handed to a model.

    Parameters
    ----------
    inputs : tuple of Tensor
        What the model is called with, each with the batch in its first dimension.
    target : Tensor
        What the model should answer, in the form the task's loss expects.
    lengths : Tensor, optional
        The true length of each sequence, ``(batch,)``, int64 on the CPU; None when nothing is
        padded.

    Raises
    ------
    TypeError, ValueError
        If ``inputs`` is not a tuple of tensors of one batch size, it is empty, or ``lengths`` does
        not fit the first of them.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.batch import Batch
    >>> batch = Batch((torch.zeros(2, 5, 3),), torch.tensor([0, 1]), torch.tensor([5, 2]))
    >>> len(batch)
    2
    """

    inputs: tuple[Tensor, ...]
    target: Tensor
    lengths: Tensor | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, tuple) or not self.inputs:
            raise TypeError(
                f"Batch: inputs must be a tuple with at least one tensor, got "
                f"{type(self.inputs).__name__}; a single tensor is written (xs,) with a comma"
            )
        for i, value in enumerate(self.inputs):
            _check.tensor("Batch", f"inputs[{i}]", value)
            if value.ndim == 0 or value.shape[0] != self.inputs[0].shape[0]:
                raise ValueError(
                    f"Batch: expected every input with the batch in its first dimension, got "
                    f"inputs[{i}] of shape {tuple(value.shape)} beside inputs[0] of "
                    f"{tuple(self.inputs[0].shape)}; the usual cause is time before batch"
                )
        if len(self) == 0:
            raise ValueError(
                "Batch: expected at least one example, got none, inputs[0] of shape "
                f"{tuple(self.inputs[0].shape)}; the usual cause is a filter that kept nothing"
            )
        _check.tensor("Batch", "target", self.target)
        if self.lengths is not None:
            longest = self.inputs[0].shape[1] if self.inputs[0].ndim > 1 else 0
            _check.lengths("Batch", self.lengths, len(self), longest)

    def __len__(self) -> int:
        return len(self.inputs[0])

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch with its tensors on ``device``; lengths stay on the CPU."""
        return Batch(tuple(x.to(device) for x in self.inputs), self.target.to(device), self.lengths)


class Task(Protocol):
    """The form of every data set and synthetic problem of the book.

    A task is a frozen dataclass whose fields are the knobs of the problem (a length, a number of
    symbols). ``baseline`` is the score of the best answer that needs no learning, so that every
    result can be read against it.

    Two more methods are needed only where the targets do not already answer for them:
    ``trivial(batch)`` returns the output that scores ``baseline``, unless that is the commonest
    target or the mean; ``perfect(batch)`` returns the output of a model that has understood the
    task, unless that is the target itself.
    """

    @property
    def unit(self) -> str:
        """What ``score`` counts, in words: ``"accuracy"``, ``"mean squared error"`` …."""
        ...

    @property
    def baseline(self) -> float:
        """What the best trivial answer scores."""
        ...

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` examples; the same generator state gives the same batch."""
        ...

    def loss(self, output: Any, batch: Batch) -> Tensor:
        """Return the scalar to minimise."""
        ...

    def score(self, output: Any, batch: Batch) -> float:
        """Return how good ``output`` is, in ``unit``."""
        ...
