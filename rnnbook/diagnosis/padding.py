"""Whether padding changes what it should not."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from rnnbook._modes import switched
from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import Loss, answer_of, check_batch, error_of, padded_steps
from rnnbook.training import predict


class Leak(NamedTuple):
    """What padding changes, relative to the size of what it should not change.

    ``output`` is for the answers at the true steps, when other values stand in the padding;
    ``loss`` is for the loss, when other answers are given at padded steps, and zero where the
    answers have no steps.
    """

    output: float
    loss: float


def padding_leak(model: nn.Module, batch: Batch, loss: Loss) -> Leak:
    """Change what stands in the padding and return how far answers and loss move: zero is right.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`. ``inputs[0]`` is padded behind ``lengths``.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, has no lengths or no padding, or the model answers differently
        when it is called twice.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import padding_leak
    >>> from rnnbook.models import SentimentClassifier
    >>> from rnnbook.tasks.order import NegationOrder
    >>> task = NegationOrder()
    >>> model = SentimentClassifier(len(task.vocabulary), 8, 16, 2)
    >>> padding_leak(model, task.batch(8, torch.Generator().manual_seed(0)), task.loss)
    Leak(output=0.0, loss=0.0)
    """
    check_batch("padding_leak", batch)
    padded = padded_steps(batch)
    if padded is None:
        raise ValueError(
            "padding_leak: expected a batch with lengths, some shorter than the longest, got one "
            "without padding; draw more examples, or set Batch.lengths"
        )
    xs = batch.inputs[0]
    # the values of the batch itself, in another order: real ids, numbers of a usual size
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(int((~padded).sum()), generator=generator, device="cpu")
    other = xs.clone()
    other[padded] = xs[~padded][order.repeat(1 + int(padded.sum()) // len(order))][: padded.sum()]
    changed = Batch((other, *batch.inputs[1:]), batch.target, batch.lengths)
    with torch.no_grad(), switched(model, training=False):
        before, again = (answer_of(predict(model, batch)) for _ in "12")
        after = answer_of(predict(model, changed))
        if not torch.equal(before, again):
            raise ValueError(
                "padding_leak: the model gave two answers to one batch, so nothing can be said of "
                "the padding; the usual cause is a state kept between calls: reset it"
            )
        steps = before.shape[:2] == padded.shape
        true = ~padded if steps else torch.ones(len(before), dtype=torch.bool, device="cpu")
        moved = (after[true] - before[true]).norm() / before[true].norm()
        if not steps:
            return Leak(moved.item(), 0.0)
        raised = before.clone()
        raised[padded] = before[padded].flip(-1) + before.abs().max()
        raised[padded, ..., 0] += 1.0  # for a softmax too, adding one number to all is not a change
        there, elsewhere = (error_of(loss, answer, batch) for answer in (before, raised))
        return Leak(moved.item(), ((elsewhere - there).abs() / there.abs()).item())
