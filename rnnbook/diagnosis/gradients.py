"""Which gradients reach what, and what a step down them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnbook import _check
from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import (
    Loss,
    check_batch,
    error_of,
    loss_of,
    recurrent,
    trained,
)
from rnnbook.training import predict


def gradient_norms(model: nn.Module, batch: Batch, loss: Loss) -> dict[str, float]:
    """Return the norm of the gradient of each parameter, by name.

    Zero means that nothing this parameter does reaches the loss.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`.

    Returns
    -------
    dict of str to float
        A norm for each parameter that is trained.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, nothing in ``model`` is trained, or the loss is not a single
        number.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import gradient_norms
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> task, model = MovingSum(length=5), SimpleRNN(1, 4, 1)
    >>> norms = gradient_norms(model, task.batch(2, torch.Generator()), task.loss)
    >>> list(norms)[:2], norms["fc.bias"] > 0
    (['rnn.weight_ih_l0', 'rnn.weight_hh_l0'], True)
    """
    check_batch("gradient_norms", batch)
    parameters = trained("gradient_norms", model)
    with torch.enable_grad():
        value = loss_of("gradient_norms", model, batch, loss)
        gradients = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
    return {
        name: 0.0 if gradient is None else gradient.norm().item()
        for name, gradient in zip(parameters, gradients, strict=True)
    }


def gradient_by_step(model: nn.Module, batch: Batch, loss: Loss) -> dict[str, Tensor]:
    """Return how strongly the loss depends on what each recurrent layer reads at each step.

    Growing towards the first step is an exploding gradient, shrinking a vanishing one.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`.

    Returns
    -------
    dict of str to Tensor
        For each recurrent layer by name, (time,): the norm, over batch and features, of the
        gradient with respect to its input at that step.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, ``model`` has no recurrent layer, or the loss is not a single
        number.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import gradient_by_step
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> task, model = MovingSum(length=5), SimpleRNN(1, 4, 1)
    >>> gradient_by_step(model, task.batch(2, torch.Generator()), task.loss)["rnn"].shape
    torch.Size([5])
    """
    check_batch("gradient_by_step", batch)
    layers = recurrent("gradient_by_step", model)
    read: dict[str, Any] = {}

    def hook(name: str) -> Callable[[nn.Module, Any], Any]:
        def remember(_module: nn.Module, args: Any) -> Any:
            xs = args[0]
            data = xs.data if isinstance(xs, PackedSequence) else xs
            # adding zero gives a tensor of its own, whose gradient can be asked for
            data = data + torch.zeros_like(data, requires_grad=True)
            read[name] = (xs, data)
            return (xs._replace(data=data) if isinstance(xs, PackedSequence) else data, *args[1:])

        return remember

    handles = [layer.register_forward_pre_hook(hook(name)) for name, layer in layers.items()]
    try:
        with torch.enable_grad():
            value = loss_of("gradient_by_step", model, batch, loss)
            wanted = [data for _, data in read.values()]
            gradients = torch.autograd.grad(value, wanted, allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    return {
        name: _norm_by_step(layers[name], xs, data, gradient)
        for (name, (xs, data)), gradient in zip(read.items(), gradients, strict=True)
    }


def _norm_by_step(layer: nn.Module, xs: Any, data: Tensor, gradient: Tensor | None) -> Tensor:
    """Return the norm of a layer's input gradient at each step, (time,)."""
    gradient = torch.zeros_like(data) if gradient is None else gradient
    if isinstance(xs, PackedSequence):
        gradient, _ = pad_packed_sequence(xs._replace(data=gradient))
    elif gradient.ndim == 3 and getattr(layer, "batch_first", False):
        gradient = gradient.transpose(0, 1)
    norms: Tensor = gradient.detach().double().flatten(1).norm(dim=1)
    return norms


def backward_error(model: nn.Module, batch: Batch, loss: Loss) -> str | None:
    """Take two forward and backward passes in a row and return the error they end in, if any.

    A graph that was kept over from the batch before shows only in the second pass, a tensor
    changed in place in the first.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`.

    Returns
    -------
    str or None
        The message, or None when both passes went through.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, nothing in ``model`` is trained, or the loss is not a single
        number.

    Examples
    --------
    A loss that adds to what is left of the batch before:

    >>> import torch
    >>> from rnnbook.diagnosis import backward_error
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> task, model = MovingSum(length=5), SimpleRNN(1, 4, 1)
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> backward_error(model, batch, task.loss) is None
    True
    >>> kept = []
    >>> def summed(output, batch):
    ...     kept.append(task.loss(output, batch))
    ...     return sum(kept)
    >>> backward_error(model, batch, summed)[:44]
    'second pass: Trying to backward through the '
    """
    check_batch("backward_error", batch)
    parameters = _check.trainable("backward_error", model)
    for which in ("first", "second"):
        with torch.enable_grad():
            value = loss_of("backward_error", model, batch, loss)
            try:
                torch.autograd.grad(value, parameters, allow_unused=True)
            except RuntimeError as error:
                return f"{which} pass: {error}"
    return None


def step_effect(
    model: nn.Module,
    batch: Batch,
    loss: Loss,
    learning_rate: float,
    update: Callable[[Tensor], Tensor] = torch.sign,
) -> tuple[float, float]:
    """Return the loss of one batch before and after one step down its own gradient.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`.
    learning_rate : float
        How far the step goes.
    update : callable
        Makes the step of a parameter from its gradient: its sign, as in the first step of Adam,
        or ``lambda gradient: gradient``, which is plain gradient descent.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, ``learning_rate`` is not positive, or the loss is not a single
        number.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import step_effect
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> _ = torch.manual_seed(0)
    >>> task, model = MovingSum(length=5), SimpleRNN(1, 4, 1)
    >>> batch = task.batch(8, torch.Generator().manual_seed(0))
    >>> before, after = step_effect(model, batch, task.loss, 1e-2)
    >>> after < before
    True
    """
    check_batch("step_effect", batch)
    if not learning_rate > 0:
        raise ValueError(f"step_effect: learning_rate must be positive, got {learning_rate}")
    parameters = _check.trainable("step_effect", model)
    with torch.enable_grad():
        before = loss_of("step_effect", model, batch, loss)
        gradients = torch.autograd.grad(before, parameters, allow_unused=True)
    kept = [p.detach().clone() for p in parameters]
    try:
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                if gradient is not None:
                    parameter.sub_(learning_rate * update(gradient))
            after = error_of(loss, predict(model, batch), batch)
    finally:
        with torch.no_grad():
            for parameter, value in zip(parameters, kept, strict=True):
                parameter.copy_(value)
    return before.item(), after.item()
