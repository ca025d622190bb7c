"""What to ask a training run that went wrong: each check is a function, ``diagnose`` asks them all.

Most checks take your model, one batch, and the loss as ``loss(output, batch)``, as tasks have it.
Nothing is trained, and parameters and their ``.grad`` stay as they were.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.overrides import TorchFunctionMode

from rnnbook import _check
from rnnbook._modes import switched
from rnnbook.batch import Batch

Loss = Callable[[Any, Batch], Tensor]


# Numbers that are not finite ---------------------------------------------------------------------


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
    _batch("nonfinite", batch)
    found = [f"inputs[{i}]" for i, value in enumerate(batch.inputs) if not _finite(value)]
    found += ["target"] * (not _finite(batch.target))
    found += [f"parameter {name}" for name, p in model.named_parameters() if not _finite(p)]
    with _watched(model) as watcher, torch.enable_grad():
        value = _number("nonfinite", loss(_call(model, batch), batch))
    parameters = dict(_trained(model))
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
            value = loss(_call(model, batch), batch)
            parameters = [p for _, p in _trained(model)]
            torch.autograd.grad(value, parameters, allow_unused=True)
        except RuntimeError as error:
            named = re.match(r"Function '(\w+?)(Backward\d*)?' returned nan", str(error))
            return [f"backward: {named[1].lower()} gives nan"] if named else []
    return []


# Gradients ---------------------------------------------------------------------------------------


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
        If ``batch`` is no batch, nothing in ``model`` is trained, or the loss is not a single
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
    _batch("gradient_norms", batch)
    parameters = dict(_trained(model))
    with torch.enable_grad():
        value = _number("gradient_norms", loss(_call(model, batch), batch))
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
        If ``batch`` is no batch, ``model`` has no recurrent layer, or the loss is not a single
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
    _batch("gradient_by_step", batch)
    layers = _recurrent("gradient_by_step", model)
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
            value = _number("gradient_by_step", loss(_call(model, batch), batch))
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
        If ``batch`` is no batch, nothing in ``model`` is trained, or the loss is not a single
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
    _batch("backward_error", batch)
    parameters = [p for _, p in _trained(model)]
    for which in ("first", "second"):
        with torch.enable_grad():
            value = _number("backward_error", loss(_call(model, batch), batch))
            try:
                torch.autograd.grad(value, parameters, allow_unused=True)
            except RuntimeError as error:
                return f"{which} pass: {error}"
    return None


# States ------------------------------------------------------------------------------------------


class States(NamedTuple):
    """How a recurrent layer uses its state.

    ``saturated`` is the share of entries within one hundredth of plus or minus one, where tanh
    hardly passes a gradient; NaN for a layer that is not bounded by it. ``dead`` is the share of
    units that never change, over all steps of all sequences.
    """

    saturated: float
    dead: float


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
        If ``batch`` is no batch, or ``model`` has no recurrent layer.

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
    _batch("states", batch)
    seen: dict[str, States] = {}

    def hook(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def remember(module: nn.Module, _args: Any, output: Any) -> None:
            hs = output[0].data if isinstance(output[0], PackedSequence) else output[0]
            rows = hs.detach().flatten(0, -2).double()
            bounded = getattr(module, "nonlinearity", "tanh") == "tanh"
            close = (rows.abs() > 0.99).double().mean().item() if bounded else float("nan")
            dead = ((rows.amax(0) - rows.amin(0)) < 1e-6).double().mean().item()
            seen[name] = States(close, dead)

        return remember

    layers = _recurrent("states", model).items()
    handles = [layer.register_forward_hook(hook(name)) for name, layer in layers]
    try:
        with torch.no_grad(), switched(model, training=False):
            _call(model, batch)
    finally:
        for handle in handles:
            handle.remove()
    return seen


# Padding and targets -----------------------------------------------------------------------------


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
        If ``batch`` is no batch, has no lengths or no padding, or the model answers differently
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
    _batch("padding_leak", batch)
    padded = _padded(batch)
    if padded is None:
        raise ValueError(
            "padding_leak: expected a batch with lengths, some shorter than the longest, got one "
            "without padding; draw more examples, or set Batch.lengths"
        )
    xs = batch.inputs[0]
    # the values of the batch itself, in another order: real ids, numbers of a usual size
    order = torch.randperm(int((~padded).sum()), generator=torch.Generator().manual_seed(0))
    other = xs.clone()
    other[padded] = xs[~padded][order.repeat(1 + int(padded.sum()) // len(order))][: padded.sum()]
    changed = Batch((other, *batch.inputs[1:]), batch.target, batch.lengths)
    with torch.no_grad(), switched(model, training=False):
        before, again = (_answer(_call(model, batch)) for _ in "12")
        after = _answer(_call(model, changed))
        if not torch.equal(before, again):
            raise ValueError(
                "padding_leak: the model gave two answers to one batch, so nothing can be said of "
                "the padding; the usual cause is a state kept between calls: reset it"
            )
        steps = before.shape[:2] == padded.shape
        true = ~padded if steps else torch.ones(len(before), dtype=torch.bool)
        moved = (after[true] - before[true]).norm() / before[true].norm()
        if not steps:
            return Leak(moved.item(), 0.0)
        raised = before.clone()
        raised[padded] = before[padded].flip(-1) + before.abs().max()
        raised[padded, ..., 0] += 1.0  # for a softmax too, adding one number to all is no change
        there, elsewhere = loss(before, batch), loss(raised, batch)
        return Leak(moved.item(), ((elsewhere - there).abs() / there.abs()).item())


def copied_targets(batch: Batch) -> float:
    """Return the share of true steps at which the target is the very input: 1 if none was shifted.

    Parameters
    ----------
    batch : Batch
        ``inputs[0]`` holds ids, (batch, time), or one-hot vectors, and ``target`` as many ids.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is no batch, or its targets are not one id for each step of the input.

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
    _batch("copied_targets", batch)
    ids = _ids(batch)
    if ids is None:
        raise ValueError(
            "copied_targets: expected ids or one-hot vectors in inputs[0] and an id for each step "
            f"in target, got shapes {tuple(batch.inputs[0].shape)} and {tuple(batch.target.shape)}"
        )
    padded = _padded(batch)
    same = ids == batch.target
    return (same if padded is None else same[~padded]).double().mean().item()


def probabilities(output: Any) -> bool:
    """Tell whether ``output`` has been through a softmax: no entry negative, each row sums to one.

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
        If ``output``, or the first part of it, is no tensor.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import probabilities
    >>> logits = torch.tensor([[2.0, -1.0, 0.5]])
    >>> probabilities(logits), probabilities(logits.softmax(-1))
    (False, True)
    """
    rows = _answer(output).detach().double()
    if rows.ndim < 2 or rows.shape[-1] < 2:
        return False
    return bool((rows >= 0).all()) and bool(((rows.sum(-1) - 1).abs() < 1e-3).all())


# The size of a step ------------------------------------------------------------------------------


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
        If ``batch`` is no batch, ``learning_rate`` is not positive, or the loss is not a single
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
    _batch("step_effect", batch)
    if not learning_rate > 0:
        raise ValueError(f"step_effect: learning_rate must be positive, got {learning_rate}")
    parameters = [p for _, p in _trained(model)]
    with torch.enable_grad():
        before = _number("step_effect", loss(_call(model, batch), batch))
        gradients = torch.autograd.grad(before, parameters, allow_unused=True)
    kept = [p.detach().clone() for p in parameters]
    try:
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                if gradient is not None:
                    parameter.sub_(learning_rate * update(gradient))
            after = loss(_call(model, batch), batch)
    finally:
        with torch.no_grad():
            for parameter, value in zip(parameters, kept, strict=True):
                parameter.copy_(value)
    return before.item(), after.item()


# All of them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What one check came to: ``passed`` is None where it could not be asked; ``says`` why."""

    check: str
    passed: bool | None
    says: str


@dataclass(frozen=True)
class Report:
    """What all checks came to, in the order in which they were asked; printed as a table."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return tuple(f.check for f in self.findings if f.passed is False)

    def __str__(self) -> str:
        marks = {True: "ok", False: "FAILS", None: "-"}
        return "\n".join(f"{f.check:10s} {marks[f.passed]:6s}{f.says}" for f in self.findings)


#: The checks, in the order in which ``diagnose`` asks them.
CHECKS = (
    "backward",
    "finite",
    "gradients",
    "steps",
    "states",
    "padding",
    "targets",
    "logits",
    "step size",
)


def diagnose(model: nn.Module, batch: Batch, loss: Loss, *, learning_rate: float = 1e-2) -> Report:
    """Ask every check of this module and return a table of what they say.

    The limits are wide: what fails is worth a look, what passes can still be wrong.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`.
    learning_rate : float
        What you train with, in Adam.

    Returns
    -------
    Report
        Prints as a table; ``failed`` holds the names of the checks that failed.

    Raises
    ------
    TypeError
        If ``batch`` is no batch.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.diagnosis import diagnose
    >>> from rnnbook.models import SentimentClassifier
    >>> from rnnbook.tasks.order import NegationOrder
    >>> _ = torch.manual_seed(0)
    >>> task = NegationOrder()
    >>> model = SentimentClassifier(len(task.vocabulary), 8, 16, 2)
    >>> diagnose(model, task.batch(16, torch.Generator().manual_seed(0)), task.loss).failed
    ()
    """
    _batch("diagnose", batch)
    asked: dict[str, Callable[[], tuple[bool | None, str]]] = {
        "backward": lambda: _judge_backward(backward_error(model, batch, loss)),
        "finite": lambda: _judge_finite(nonfinite(model, batch, loss)),
        "gradients": lambda: _judge_gradients(gradient_norms(model, batch, loss)),
        "steps": lambda: _judge_steps(gradient_by_step(model, batch, loss)),
        "states": lambda: _judge_states(states(model, batch)),
        "padding": lambda: _judge_padding(model, batch, loss),
        "targets": lambda: _judge_targets(batch),
        "logits": lambda: _judge_logits(model, batch),
        "step size": lambda: _judge_step(step_effect(model, batch, loss, learning_rate)),
    }
    findings: list[Finding] = []
    for name in CHECKS:
        try:
            passed, says = asked[name]()
        except (
            RuntimeError,
            ValueError,
        ) as error:  # what breaks in one check still gets the others
            passed, says = None, "not asked: " + str(error).splitlines()[0].split(";")[0][:60]
        findings.append(Finding(name, passed, says))
    return Report(tuple(findings))


def _judge_backward(error: str | None) -> tuple[bool, str]:
    if error is None:
        return True, "two passes went through"
    if "a second time" in error:
        return False, "second pass: the graph of the batch before is still there"
    if "inplace" in error:
        return False, "a tensor was changed in place"
    return False, error.splitlines()[0][:60]


def _judge_finite(found: list[str]) -> tuple[bool, str]:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return not found, found[0] + more if found else "loss and gradient are finite"


def _judge_gradients(norms: dict[str, float]) -> tuple[bool, str]:
    total = sum(norm**2 for norm in norms.values()) ** 0.5
    silent = [name for name, norm in norms.items() if norm == 0]
    if silent:
        return False, f"none reaches {silent[0]}"
    return total < 100, f"norm {total:.2g}"


def _judge_steps(norms: dict[str, Tensor]) -> tuple[bool, str]:
    growth = {name: (norm.max() / norm[norm > 0][-1:].sum()).item() for name, norm in norms.items()}
    name, worst = max(growth.items(), key=lambda item: item[1] if item[1] == item[1] else 1e300)
    return worst < 1e3, f"{name}: largest over last {worst:.2g}"


def _judge_states(shares: dict[str, States]) -> tuple[bool, str]:
    bad = {n: s for n, s in shares.items() if s.saturated > 0.8 or s.dead > 0.25}
    name, worst = next(iter((bad or shares).items()))
    saturated = "" if worst.saturated != worst.saturated else f"{worst.saturated:.0%} saturated, "
    return not bad, f"{name}: {saturated}{worst.dead:.0%} dead"


def _judge_padding(model: nn.Module, batch: Batch, loss: Loss) -> tuple[bool | None, str]:
    if _padded(batch) is None:
        return None, "nothing is padded"
    leak = padding_leak(model, batch, loss)
    if leak.loss != leak.loss:
        return None, "the loss is no number"
    moved = [f"moves the {name}" for name, value in leak._asdict().items() if not value < 1e-4]
    return not moved, " and ".join(moved) or "changes nothing"


def _judge_targets(batch: Batch) -> tuple[bool | None, str]:
    if _ids(batch) is None:
        return None, "not an id for every step"
    share = copied_targets(batch)
    return share < 0.95, f"{share:.0%} are the input itself"


def _judge_logits(model: nn.Module, batch: Batch) -> tuple[bool, str]:
    with torch.no_grad(), switched(model, training=False):
        already = probabilities(_call(model, batch))
    return not already, "a softmax was taken already" if already else "no softmax in the model"


def _judge_step(losses: tuple[float, float]) -> tuple[bool | None, str]:
    before, after = losses
    if not math.isfinite(before):
        return None, "the loss is not finite"
    return after < 2 * before, f"one step: loss {before:.2g} to {after:.2g}"


# Helpers -----------------------------------------------------------------------------------------


def _batch(where: str, batch: object) -> None:
    if not isinstance(batch, Batch):
        raise TypeError(
            f"{where}: expected a Batch, got {type(batch).__name__}; wrap your tensors as "
            "Batch((xs,), target, lengths)"
        )


def _call(model: nn.Module, batch: Batch) -> Any:
    """Return the model's answer; a state that comes with it is dropped."""
    output = model(*batch.inputs, lengths=batch.lengths)
    return output[0] if isinstance(output, tuple) else output


def _answer(output: Any) -> Tensor:
    answer = output[0] if isinstance(output, tuple) else output
    _check.tensor("diagnosis", "the model's output", answer)
    tensor: Tensor = answer
    return tensor


def _number(where: str, value: Tensor) -> Tensor:
    if value.numel() != 1:
        raise ValueError(
            f"{where}: expected a loss that is one number, got shape {tuple(value.shape)}; the "
            "usual cause is a missing .mean()"
        )
    return value


def _trained(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    found = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if not found:
        raise ValueError(
            f"{type(model).__name__} has no parameter that can be trained; the usual cause is "
            "requires_grad_(False), or layers kept in a list that is not an nn.ModuleList"
        )
    return found


def _recurrent(where: str, model: nn.Module) -> dict[str, nn.Module]:
    """Return the recurrent layers of ``model`` by name, PyTorch's and ours."""
    found = {name: m for name, m in model.named_modules() if hasattr(m, "weight_hh_l0")}
    if not found:
        raise ValueError(
            f"{where}: {type(model).__name__} has no recurrent layer with PyTorch's parameter "
            "names; cells called in a loop of your own cannot be watched from outside"
        )
    return found


def _padded(batch: Batch) -> Tensor | None:
    """Return which steps are padding, (batch, time); None when none is."""
    if batch.lengths is None or batch.inputs[0].ndim < 2:
        return None
    padded = torch.arange(batch.inputs[0].shape[1]) >= batch.lengths.unsqueeze(1)
    return padded if bool(padded.any()) else None


def _ids(batch: Batch) -> Tensor | None:
    """Return the ids in the input if the target has one for each of them."""
    xs, target = batch.inputs[0], batch.target
    if target.is_floating_point():
        return None
    if xs.shape == target.shape and not xs.is_floating_point():
        return xs
    one_hot = xs.ndim == 3 and xs.shape[:2] == target.shape and bool(((xs == 0) | (xs == 1)).all())
    return xs.argmax(-1) if one_hot and bool((xs.sum(-1) <= 1).all()) else None


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
