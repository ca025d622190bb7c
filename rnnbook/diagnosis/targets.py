"""Whether targets and answers have the form that the loss expects."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import answer_of, check_batch, padded_steps


def copied_targets(batch: Batch) -> float:
    """Return the share of true steps at which the target is the very input: 1 if none was shifted.

    Parameters
    ----------
    batch : Batch
        ``inputs[0]`` holds ids, (batch, time), or one-hot vectors, and ``target`` as many ids.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, or its targets are not one id for each step of the input.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.batch import Batch
    >>> from rnnbook.diagnosis import copied_targets
    >>> letters = torch.tensor([[1, 2, 3, 4]])
    >>> copied_targets(Batch((letters[:, :-1],), letters[:, 1:]))
    0.0
    >>> copied_targets(Batch((letters,), letters))
    1.0
    """
    check_batch("copied_targets", batch)
    ids = ids_of(batch)
    if ids is None:
        raise ValueError(
            "copied_targets: expected ids or one-hot vectors in inputs[0] and an id for each step "
            f"in target, got shapes {tuple(batch.inputs[0].shape)} and {tuple(batch.target.shape)}"
        )
    padded = padded_steps(batch)
    same = ids == batch.target
    return (same if padded is None else same[~padded]).double().mean().item()


def probabilities(output: Any) -> bool:
    """Say whether ``output`` has been through a softmax: no entry negative, each row sums to one.

    Losses of PyTorch that are called cross-entropy want logits and take the softmax themselves.

    Parameters
    ----------
    output : Tensor or tuple
        What a model returned, classes in the last dimension; of a tuple the first part counts.

    Returns
    -------
    bool
        False, too, where there are no rows of two classes or more.

    Raises
    ------
    TypeError
        If ``output``, or the first part of it, is not a tensor.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import probabilities
    >>> logits = torch.tensor([[2.0, -1.0, 0.5]])
    >>> probabilities(logits), probabilities(logits.softmax(-1))
    (False, True)
    """
    rows = answer_of(output).detach().double()
    if rows.ndim < 2 or rows.shape[-1] < 2:
        return False
    return bool((rows >= 0).all()) and bool(((rows.sum(-1) - 1).abs() < 1e-3).all())


def ids_of(batch: Batch) -> Tensor | None:
    """Return the ids in the input if the target has one for each of them."""
    xs, target = batch.inputs[0], batch.target
    if target.is_floating_point():
        return None
    if xs.shape == target.shape and not xs.is_floating_point():
        return xs
    one_hot = xs.ndim == 3 and xs.shape[:2] == target.shape and bool(((xs == 0) | (xs == 1)).all())
    return xs.argmax(-1) if one_hot and bool((xs.sum(-1) <= 1).all()) else None
