"""What tasks share whose answer is written symbol by symbol, and ends with ``END``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.text import PAD, UNK


def share_right(output: Tensor, target: Tensor) -> float:
    """Return the share of rows in which the right symbol has the largest logit at every step.

    Steps of padding do not count, and ``UNK``, which stands for a word of which nothing is known,
    is never right.

    Parameters
    ----------
    output : Tensor
        Logits, (batch, time, vocab_size).
    target : Tensor
        Ids, (batch, time), filled with ``PAD``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks._written import always, share_right
    >>> target = torch.tensor([[4, 2, 0], [4, 5, 2]])
    >>> share_right(always(torch.tensor([4, 2]), target, vocab_size=6), target)
    0.5
    """
    right = (output.argmax(-1) == target) & (target != UNK)
    return (right | (target == PAD)).all(1).float().mean().item()


def always(answer: Tensor, target: Tensor, vocab_size: int) -> Tensor:
    """Return the logits of one answer for all: (batch, time, vocab_size).

    Parameters
    ----------
    answer : Tensor
        Ids with ``END``, (length,); what is longer than the rows of ``target`` is cut off.
    target : Tensor
        Ids, (batch, time).
    vocab_size : int
        How many ids there are.
    """
    said = torch.full_like(target, PAD)
    steps = min(len(answer), said.shape[1])
    said[:, :steps] = answer[:steps].to(said.device)
    return F.one_hot(said, vocab_size).to(torch.get_default_dtype())
