"""What the checks share: the form of a loss, and the parts of a model and of a batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from rnnbook import _check
from rnnbook.batch import Batch
from rnnbook.layers import Layer
from rnnbook.sequences import real_steps
from rnnbook.training import predict

Loss = Callable[..., Tensor]


def check_batch(where: str, batch: object) -> None:
    """Raise unless ``batch`` is one."""
    if not isinstance(batch, Batch):
        raise TypeError(
            f"{where}: expected a Batch, got {type(batch).__name__}; wrap your tensors as "
            "Batch((xs,), target, lengths)"
        )


def error_of(loss: Loss, output: Any, batch: Batch) -> Tensor:
    """Return the loss of ``output``; a loss whose second argument is a target is given that."""
    called = getattr(loss, "forward", loss)  # of a module, what it does when it is called
    second = list(inspect.signature(called).parameters)[1:2]
    return loss(output, batch.target if second == ["target"] else batch)


def loss_of(where: str, model: nn.Module, batch: Batch, loss: Loss) -> Tensor:
    """Return the loss of ``model`` on ``batch``, one number, with the graph it was computed by."""
    value = error_of(loss, predict(model, batch), batch)
    _check.one_number(where, value)
    return value


def trained(where: str, model: nn.Module) -> dict[str, nn.Parameter]:
    """Return by name the parameters of ``model`` that are trained; it has to have one."""
    _check.trainable(where, model)
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def answer_of(output: Any) -> Tensor:
    """Return the answer in what a model returned, without a state that comes with it."""
    answer = output[0] if isinstance(output, tuple) else output
    _check.tensor("diagnosis", "the model's output", answer)
    tensor: Tensor = answer
    return tensor


def recurrent(where: str, model: nn.Module) -> dict[str, nn.Module]:
    """Return the recurrent layers of ``model`` by name, PyTorch's, ours, and any like them."""
    modules = dict(model.named_modules())
    found = {name: modules[name] for name, part in modules.items() if isinstance(part, Layer)}
    if not found:
        raise ValueError(
            f"{where}: {type(model).__name__} has no recurrent layer, as rnnbook.layers.Layer "
            "describes it; cells called in a loop of your own cannot be watched from outside"
        )
    return found


def padded_steps(batch: Batch) -> Tensor | None:
    """Return which steps are padding, (batch, time); None when none is."""
    if batch.lengths is None or batch.inputs[0].ndim < 2:
        return None
    padded = ~real_steps(batch.lengths, batch.inputs[0].shape[1])
    return padded if bool(padded.any()) else None
