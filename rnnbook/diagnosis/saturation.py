"""How much of its state a layer uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from rnnbook import layers
from rnnbook._modes import switched
from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import check_batch, recurrent
from rnnbook.training import predict


class States(NamedTuple):
    """How a recurrent layer uses its state.

    ``saturated`` is the share of entries within one hundredth of plus or minus one, where tanh
    hardly passes a gradient; NaN for a layer whose ``nonlinearity`` is another, or that names none
    and is not known to be bounded by tanh. ``dead`` is the share of units that never change, over
    all steps of all sequences.
    """

    saturated: float
    dead: float


#: Layers that answer with a tanh, or less of it.
BY_TANH = (nn.RNN, nn.LSTM, nn.GRU, layers.RNN, layers.LSTM, layers.GRU, layers.SkipRNN)


def states(model: nn.Module, batch: Batch) -> dict[str, States]:
    """Return the share of saturated entries and of dead units, for each recurrent layer by name.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*batch.inputs, lengths=batch.lengths)``.
    batch : Batch
        Real data: what is dead depends on what comes in. Steps that a layer does not read, because
        the batch is packed, do not count.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, or ``model`` has no recurrent layer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import states
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> batch = MovingSum(length=5).batch(2, torch.Generator().manual_seed(0))
    >>> states(SimpleRNN(1, 4, 1), batch)["rnn"].dead
    0.0
    """
    check_batch("states", batch)
    seen: dict[str, States] = {}

    def hook(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def remember(module: nn.Module, _args: Any, output: Any) -> None:
            hs = output[0].data if isinstance(output[0], PackedSequence) else output[0]
            rows = hs.detach().flatten(0, -2).double()
            close = (rows.abs() > 0.99).double().mean().item()
            dead = ((rows.amax(0) - rows.amin(0)) < 1e-6).double().mean().item()
            seen[name] = States(close if _bounded(module) else float("nan"), dead)

        return remember

    found = recurrent("states", model).items()
    handles = [layer.register_forward_hook(hook(name)) for name, layer in found]
    try:
        with torch.no_grad(), switched(model, training=False):
            predict(model, batch)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _bounded(layer: nn.Module) -> bool:
    """Say whether what a layer gives lies between minus one and one because of a tanh."""
    known = "tanh" if isinstance(layer, BY_TANH) else None
    projects = getattr(layer, "proj_size", 0) > 0  # an LSTM that multiplies its h once more
    return getattr(layer, "nonlinearity", known) == "tanh" and not projects
