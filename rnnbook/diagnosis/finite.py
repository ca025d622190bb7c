"""Where numbers stop being finite."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import Loss, check_batch, loss_of, trained


def nonfinite(model: nn.Module, batch: Batch, loss: Loss) -> list[str]:
    """Name what made a loss or its gradient a number that is not finite, the cause first.

    What later becomes finite again is not a cause: the minus infinity of a mask, after a softmax.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*batch.inputs, lengths=batch.lengths)``; without lengths where there are
        none and it takes none.
    batch : Batch
        The batch that went wrong.
    loss : callable
        ``loss(output, batch)``, a single number. One whose second argument is called ``target``,
        as in PyTorch's own losses, is given ``batch.target``.

    Returns
    -------
    list of str
        Data, parameters and buffers that are not finite to begin with; then each operation that
        made such a number out of finite ones, or NaN out of infinities, behind the name of the
        module it ran in, or ``loss``; last, those that were told to put an infinity there, as a
        mask is. Only what reaches the loss counts. Where the loss is finite and its gradient is
        not, the data and parameters, then the operation whose backward pass began it. Then the
        gradients. Empty when the loss and its gradient are finite.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, or the loss is not a single number.

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
    with _watched(model, batch) as watcher, torch.enable_grad():
        value = loss_of("nonfinite", model, batch, loss)
    parameters = trained("nonfinite", model)
    gradients = torch.autograd.grad(
        value, list(parameters.values()), retain_graph=True, allow_unused=True
    )
    bad = [
        f"gradient of {name}"
        for name, gradient in zip(parameters, gradients, strict=True)
        if gradient is not None and not _finite(gradient)
    ]
    if not _finite(value):
        return [*watcher.causes(value), *bad]
    if bad:
        return [*watcher.begins, *_backward_operation(value, list(parameters.values())), *bad]
    return []


class _Watcher(TorchFunctionMode):
    """Notes where numbers stop being finite, and follows them through all that is made of them.

    ``known`` holds every tensor with such numbers, by its id, and which of ``notes`` they come
    from; as it holds the tensors themselves, no id is given to another.
    """

    def __init__(self) -> None:
        super().__init__()
        self.where: list[str] = []
        self.notes: list[tuple[bool, str]] = []  # whether it was told to, and what happened
        self.known: dict[int, tuple[Tensor, frozenset[int]]] = {}
        self.begins: list[str] = []  # what is not finite before anything is computed

    def begin(self, name: str, value: Tensor) -> None:
        """Note a tensor of the data or of the model."""
        if not _finite(value):
            self.begins.append(name)
            self.known[id(value)] = (value, self._note(name))

    def causes(self, value: Tensor) -> list[str]:
        """Return what the numbers in ``value`` come from, in its order, masks last."""
        notes = [self.notes[i] for i in sorted(self._origins(value, "the loss is"))]
        return [says for _, says in sorted(notes, key=lambda note: note[0])]

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = f"{self.where[-1] if self.where else 'loss'}: {_name(func)}"
        given = list(_tensors((args, tuple(kwargs.values()))))
        before = max(map(_state, given), default=0)
        origins = frozenset().union(*(self._origins(value, f"{name} is given") for value in given))
        result = func(*args, **kwargs)
        # an assignment to entries returns nothing: what it changed is its first argument
        made = list(_tensors(args[0] if result is None and args else result))
        worst = max(made, key=_state, default=None)
        if worst is not None and _state(worst) > before:
            told = not _nan(worst) and _has_infinity((args, tuple(kwargs.values())))
            origins |= self._note(f"{name} gives {_example(worst)}", told=told)
        for value in made:
            if not _finite(value):
                self.known[id(value)] = (value, origins)
        return result

    def _origins(self, value: Tensor, unseen: str) -> frozenset[int]:
        """Return what the numbers of a tensor come from; nothing where they are finite."""
        if _finite(value):
            return frozenset()
        if id(value) in self.known:
            return self.known[id(value)][1]
        place = value.untyped_storage().data_ptr()  # a view of it may have been written to
        same = [o for t, o in self.known.values() if t.untyped_storage().data_ptr() == place]
        if not same:
            same = [self._note(f"{unseen} {_example(value)}", told=not _nan(value))]
        self.known[id(value)] = (value, frozenset().union(*same))
        return self.known[id(value)][1]

    def _note(self, says: str, *, told: bool = False) -> frozenset[int]:
        self.notes.append((told, says))
        return frozenset([len(self.notes) - 1])


@contextmanager
def _watched(model: nn.Module, batch: Batch) -> Iterator[_Watcher]:
    """Watch every operation, with the name of the module that is at work."""
    watcher, handles = _Watcher(), []
    for i, value in enumerate(batch.inputs):
        watcher.begin(f"inputs[{i}]", value)
    watcher.begin("target", batch.target)
    for name, value in model.named_parameters():
        watcher.begin(f"parameter {name}", value)
    for name, value in model.named_buffers():
        watcher.begin(f"buffer {name}", value)
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


def _backward_operation(value: Tensor, parameters: list[nn.Parameter]) -> list[str]:
    """Name the operation whose backward pass first made a number that is not finite."""
    found: list[str] = []
    waiting, seen = [value.grad_fn], set()
    handles = []
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting += [before for before, _ in node.next_functions]

        def note(made: Any, given: Any, node: Any = node) -> None:
            worst = max(_tensors(made), key=_state, default=None)
            before = max(map(_state, _tensors(given)), default=0)
            if worst is not None and _state(worst) > before:
                name = re.sub(r"Backward\d*$", "", node.name()).lower()
                found.append(f"backward: {name} gives {_example(worst)}")

        handles.append(node.register_hook(note))
    try:
        torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    return found[:1]


def _name(func: Any) -> str:
    return getattr(func, "__name__", str(func)).strip("_")


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in a nest of tuples, lists and packed sequences."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def _has_infinity(value: Any) -> bool:
    """Say whether an infinity is written among arguments, as a plain number."""
    if isinstance(value, tuple | list):
        return any(map(_has_infinity, value))
    return isinstance(value, float) and math.isinf(value)


def _state(value: Tensor) -> int:
    """Return 0 for finite numbers, 1 where some are infinite, 2 where some are NaN."""
    return 0 if _finite(value) else 1 + _nan(value)


def _finite(value: Tensor) -> bool:
    numbers = value.is_floating_point() or value.is_complex()
    return not numbers or bool(torch.isfinite(value.detach()).all())


def _nan(value: Tensor) -> bool:
    return bool(value.detach().isnan().any())


def _example(value: Tensor) -> str:
    """Return one of the entries that are not finite, NaN before infinities."""
    bad = value.detach()[~torch.isfinite(value.detach())]
    return f"{(bad[bad.isnan()] if bool(bad.isnan().any()) else bad)[0].item():g}"
