"""What a computation keeps in memory for its backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks


def saved_bytes(compute: Callable[[], Any], *, besides: Sequence[Tensor] = ()) -> int:
    """Return how many bytes autograd keeps for the backward pass of what ``compute`` computes.

    Parameters
    ----------
    compute : callable
        Called once, without arguments.
    besides : sequence of Tensor
        Tensors that are in memory anyway, such as parameters and inputs; they are not counted.

    Returns
    -------
    int
        Bytes of all storages that were saved, each counted once.

    Examples
    --------
    The sine keeps its input for the backward pass: four numbers of four bytes.

    >>> import torch
    >>> from rnnbook.memory import saved_bytes
    >>> x = torch.zeros(4, requires_grad=True)
    >>> saved_bytes(lambda: torch.sin(x)), saved_bytes(lambda: torch.sin(x), besides=[x])
    (16, 0)
    """
    kept: dict[int, tuple[int, Tensor]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes(), tensor  # held, so that no address comes twice
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = compute()
    for tensor in besides:
        kept.pop(tensor.untyped_storage().data_ptr(), None)
    del result
    return sum(size for size, _ in kept.values())
