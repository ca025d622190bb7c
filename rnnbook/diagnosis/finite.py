"""Where numbers stop being finite."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from rnnbook import _check
from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import Loss, check_batch, loss_of, trained
from rnnbook.training import predict


def nonfinite(model: nn.Module, batch: Batch, loss: Loss) -> list[str]:
    """Name where numbers stop being finite on the way to a broken loss, the first place first.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*batch.inputs, lengths=batch.lengths)``.
    batch : Batch
        The batch that went wrong.
    loss : callable
        ``loss(output, batch)``, a single number.

    Returns
    -------
    list of str
        Data and parameters that are not finite to begin with; then each operation that made such
        a number out of finite ones, or NaN out of infinities, behind the name of the module it ran
        in, or ``loss``; then gradients. Empty when the loss and its gradient are finite.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is no batch, or the loss is not a single number.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import nonfinite
    >>> from rnnbook.models import SimpleRNN
    >>> from rnnbook.tasks.moving_sum import MovingSum
    >>> task, model = MovingSum(length=5), SimpleRNN(1, 4, 1)
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> nonfinite(model, batch, task.loss)
    []
    >>> nonfinite(model, batch, lambda output, batch: (0 * output).log().mean())[0]
    'loss: log gives -inf'
    """
    check_batch("nonfinite", batch)
    found = [f"inputs[{i}]" for i, value in enumerate(batch.inputs) if not _finite(value)]
    found += ["target"] * (not _finite(batch.target))
    found += [f"parameter {name}" for name, p in model.named_parameters() if not _finite(p)]
    with _watched(model) as watcher, torch.enable_grad():
        value = loss_of("nonfinite", model, batch, loss)
    parameters = trained("nonfinite", model)
    with torch.autograd.set_detect_anomaly(False):
        gradients = torch.autograd.grad(
            value, list(parameters.values()), retain_graph=True, allow_unused=True
        )
    bad = [
        f"gradient of {name}"
        for name, gradient in zip(parameters, gradients, strict=True)
        if gradient is not None and not _finite(gradient)
    ]
    if _finite(value) and not bad and not found:
        return []
    if _finite(value) and bad and not found:
        bad = [*_backward_operation(model, batch, loss), *bad]
    return [*found, *watcher.found, *bad]


class _Watcher(TorchFunctionMode):
    """Notes every operation that makes a number that is not finite, and where it ran."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.where: list[str] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        before = [_state(value) for value in _tensors((args, tuple(kwargs.values())))]
        result = func(*args, **kwargs)
        after = max((_state(value) for value in _tensors(result)), default=0)
        if after > max(before, default=0):
            worst = next(v for v in _tensors(result) if _state(v) == after)
            place = self.where[-1] if self.where else "loss"
            name = getattr(func, "__name__", str(func)).strip("_")
            self.found.append(f"{place}: {name} gives {_example(worst)}")
        return result


@contextmanager
def _watched(model: nn.Module) -> Iterator[_Watcher]:
    """Watch every operation, with the name of the module that is at work."""
    watcher, handles = _Watcher(), []
    for name, module in model.named_modules():
        label = name or type(model).__name__

        def enter(_module: nn.Module, _args: Any, label: str = label) -> None:
            watcher.where.append(label)

        def leave(_module: nn.Module, _args: Any, _output: Any) -> None:
            watcher.where.pop()

        handles += [
            module.register_forward_pre_hook(enter),
            module.register_forward_hook(leave),
        ]
    try:
        with watcher:
            yield watcher
    finally:
        for handle in handles:
            handle.remove()


def _backward_operation(model: nn.Module, batch: Batch, loss: Loss) -> list[str]:
    """Name the operation whose backward pass made the first NaN of a gradient."""
    with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True), torch.enable_grad():
        # the warning holds the traceback of the forward pass; the error's first line is enough
        warnings.simplefilter("ignore", UserWarning)
        try:
            value = loss(predict(model, batch), batch)
            parameters = _check.trainable("nonfinite", model)
            torch.autograd.grad(value, parameters, allow_unused=True)
        except RuntimeError as error:
            named = re.match(r"Function '(\w+?)(Backward\d*)?' returned nan", str(error))
            return [f"backward: {named[1].lower()} gives nan"] if named else []
    return []


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in a nest of tuples, lists and packed sequences."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def _state(value: Tensor) -> int:
    """Return 0 for finite numbers, 1 where some are infinite, 2 where some are no number."""
    if not value.is_floating_point():
        return 0
    return 2 if bool(value.isnan().any()) else int(bool(value.isinf().any()))


def _finite(value: Tensor) -> bool:
    return _state(value.detach()) == 0


def _example(value: Tensor) -> str:
    """Return one of the entries that are not finite, NaN before infinities."""
    bad = value.detach()[~torch.isfinite(value.detach())]
    return f"{(bad[bad.isnan()] if bool(bad.isnan().any()) else bad)[0].item():g}"
