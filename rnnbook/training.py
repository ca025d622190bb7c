"""The one training loop of the book: draw a batch, take a step, write down what happened."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from rnnbook import _check
from rnnbook._modes import switched
from rnnbook.batch import UNASKED, Batch, Task
from rnnbook.sequences import detach as detach

#: Devices on which Adam takes its step in one call for all weights, if they are real numbers.
FUSED = {"cpu", "cuda", "mps", "xpu"}


def adam(parameters: list[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Return Adam, with one call for all weights where PyTorch has it: the same step, sooner.

    Parameters
    ----------
    parameters : list of torch.nn.Parameter
        What it moves.
    lr : float
        The learning rate.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.training import adam
    >>> real, complex_too = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2) * 1j)
    >>> adam([real], lr=0.1).defaults["fused"], adam([real, complex_too], lr=0.1).defaults["fused"]
    (True, None)
    """
    fused = all(p.is_floating_point() and p.device.type in FUSED for p in parameters)
    return torch.optim.Adam(parameters, lr=lr, fused=True if fused else None)


@dataclass
class History:
    """What a training run leaves behind, one entry per step.

    Attributes
    ----------
    losses : list of float
        The loss of each batch before its step.
    gradient_norms : list of float
        The norm of the whole gradient before clipping.
    solved_at : int or None
        The step at which the run stopped because ``until`` was reached.
    """

    losses: list[float] = field(default_factory=list)
    gradient_norms: list[float] = field(default_factory=list)
    solved_at: int | None = None

    def recent(self, window: int = 20) -> float:
        """Return the mean loss of the last ``window`` steps; infinite before the first one."""
        _check.sizes("History.recent", window=window)
        tail = self.losses[-int(window) :]  # NumPy has numbers that cannot be negative
        return sum(tail) / len(tail) if tail else float("inf")


def fit(
    model: nn.Module,
    task: Task,
    *,
    steps: int,
    seed: int,
    batch_size: int = 32,
    learning_rate: float = 1e-2,
    clip: float | None = 1.0,
    optimizer: Callable[..., torch.optim.Optimizer] = adam,
    until: float | None = None,
) -> History:
    """Train ``model`` on fresh batches of ``task`` and return what happened.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*batch.inputs, lengths=batch.lengths)``. It is trained in place, on the
        device its parameters live on, and left in the mode it was in.
    task : Task
        Draws the batches and measures the loss.
    steps : int
        The most optimiser steps to take.
    seed : int
        Seeds the batches and dropout; the caller seeds the initial weights.
    batch_size : int
        Examples per step.
    learning_rate : float
        Handed to ``optimizer`` as ``lr``.
    clip : float, optional
        Rescale the gradient when its norm is larger than this; None leaves it alone.
    optimizer : callable
        Called as ``optimizer(parameters, lr=learning_rate)``: a class, not one that is built.
        Adam if left out.
    until : float, optional
        Stop early once the mean loss of the last twenty steps is below this.

    Returns
    -------
    History
        Losses and gradient norms by step.

    Raises
    ------
    TypeError, ValueError
        If ``steps``, ``batch_size``, ``learning_rate`` or ``clip`` is not positive, nothing in
        ``model`` can be trained, ``optimizer`` builds no optimiser that steps once a gradient, or
        the loss is not a single number.
    RuntimeError
        If gradients are switched off, as under ``torch.no_grad()``.
    FloatingPointError
        If the loss or its gradient stops being finite: nothing after that step means anything.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SentimentClassifier
    >>> from rnnbook.tasks.order import NegationOrder
    >>> from rnnbook.training import fit
    >>> _ = torch.manual_seed(0)
    >>> task = NegationOrder(gap=0)
    >>> model = SentimentClassifier(len(task.vocabulary), 8, 16, 2)
    >>> history = fit(model, task, steps=100, seed=0)
    >>> history.recent() < history.losses[0]
    True
    """
    _check.sizes("fit", steps=steps, batch_size=batch_size)
    _check_amounts("fit", learning_rate=learning_rate, clip=clip)
    parameters = _check.trainable("fit", model)
    generator = _drawing("fit", seed)
    device = parameters[0].device
    stepper = _built("fit", optimizer, parameters, learning_rate)
    history = History()
    with _seeded(seed), switched(model, training=True):
        for _ in progress(range(steps)):
            batch = task.batch(batch_size, generator).to(device)
            loss = task.loss(predict(model, batch), batch)
            step(loss, parameters, stepper, clip, history)
            if _solved(history, until):
                break
    return history


def fit_truncated(
    model: nn.Module,
    task: Task,
    *,
    chunk: int,
    steps: int,
    seed: int,
    batch_size: int = 32,
    learning_rate: float = 1e-2,
    clip: float | None = 1.0,
    optimizer: Callable[..., torch.optim.Optimizer] = adam,
    until: float | None = None,
) -> History:
    """Train ``model`` on documents cut into chunks: the state is carried on, the gradient is not.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*inputs, state, lengths=None)`` with one chunk and the state after the
        chunk before it, None at the start of a document; returns ``(output, state)``.
        :class:`~rnnbook.models.VanillaRNN` and :class:`~rnnbook.models.CharRNN` do.
    task : Task
        Draws the documents: every input and the target (batch, time, …), nothing padded.
    chunk : int
        Steps in a chunk, and the most steps a gradient travels; the last chunk of a document may
        be shorter.
    steps : int
        The most optimiser steps to take, one for each chunk in which something is asked.
    seed, batch_size, learning_rate, clip, optimizer, until
        As in :func:`fit`; the optimiser is Adam if left out.

    Returns
    -------
    History
        Losses and gradient norms by step. A chunk in which nothing is asked (every target is
        ``UNASKED``) is read for its state alone and leaves no entry.

    Raises
    ------
    TypeError, ValueError
        If a setting is not positive, nothing can be trained, ``model`` returns no state, or the
        documents cannot be cut: padded, without a target for every step, or nothing asked.
    FloatingPointError
        If the loss or its gradient stops being finite.

    Notes
    -----
    Chunks follow each other without overlap, and each is read once. Williams and Peng (1990) call
    the general form BPTT(h; h'): the gradient goes ``h`` steps back, every ``h'`` steps. Here both
    numbers are ``chunk``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import VanillaRNN
    >>> from rnnbook.tasks.echo import Echo
    >>> from rnnbook.training import fit_truncated
    >>> _ = torch.manual_seed(0)
    >>> history = fit_truncated(VanillaRNN(8, 16, 8), Echo(length=100), chunk=20, steps=10, seed=0)
    >>> len(history.losses)
    10
    """
    _check.sizes("fit_truncated", chunk=chunk, steps=steps, batch_size=batch_size)
    _check_amounts("fit_truncated", learning_rate=learning_rate, clip=clip)
    parameters = _check.trainable("fit_truncated", model)
    generator = _drawing("fit_truncated", seed)
    device = parameters[0].device
    stepper = _built("fit_truncated", optimizer, parameters, learning_rate)
    history = History()
    state: Any = None
    with _seeded(seed), switched(model, training=True):
        stream = _chunks(task, batch_size, generator, chunk)
        for _ in progress(range(steps)):
            asked = False
            while not asked:
                first, asked, piece = next(stream)
                piece = piece.to(device)
                with torch.set_grad_enabled(asked):  # nothing asked, nothing to learn from
                    output, state = _go_on(model, piece, None if first else detach(state))
            step(task.loss(output, piece), parameters, stepper, clip, history)
            if _solved(history, until):
                break
    return history


def step(
    loss: Tensor,
    parameters: list[nn.Parameter],
    stepper: torch.optim.Optimizer,
    clip: float | None,
    history: History,
) -> None:
    """Take one optimiser step down ``loss`` and enter it in ``history``.

    Parameters
    ----------
    loss : Tensor
        A single number, with the graph it was computed by.
    parameters : list of torch.nn.Parameter
        What ``stepper`` moves: the norm is that of their gradients together.
    stepper : torch.optim.Optimizer
        The optimiser, built: it takes the step.
    clip : float or None
        Rescale the gradient when its norm is larger than this; None leaves it alone.
    history : History
        Gets the loss before the step and the norm before clipping.

    Raises
    ------
    ValueError
        If ``loss`` is not a single number.
    FloatingPointError
        If the loss or its gradient is not finite; the parameters are then left as they were.

    Examples
    --------
    The slope of x squared at 3 is 6, clipped to 1; a tenth of that is the step.

    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.training import History, step
    >>> x, history = nn.Parameter(torch.tensor(3.0)), History()
    >>> step(x**2, [x], torch.optim.SGD([x], lr=0.1), 1.0, history)
    >>> round(x.item(), 3), history.losses, history.gradient_norms
    (2.9, [9.0], [6.0])
    """
    _check.one_number("step", loss)
    if not bool(torch.isfinite(loss)):
        raise FloatingPointError(
            f"the loss became {loss.item()} at step {len(history.losses)}; the usual causes are a "
            "hole in the data, an operation such as log(0) and a learning rate that is too high: "
            "rnnbook.diagnosis.diagnose names the place"
        )
    stepper.zero_grad()
    loss.backward()
    limit = float("inf") if clip is None else clip
    norm = nn.utils.clip_grad_norm_(parameters, limit)
    if not bool(torch.isfinite(norm)):  # clipping cannot repair it: it divides by this norm
        raise FloatingPointError(
            f"the norm of the gradient became {norm.item()} at step {len(history.losses)}; the "
            "usual causes are an infinite slope, such as that of a root at zero, and recurrent "
            "weights that stretch too much: rnnbook.diagnosis.diagnose names the place"
        )
    stepper.step()
    history.losses.append(loss.item())
    history.gradient_norms.append(norm.item())


def _drawing(where: str, seed: int) -> torch.Generator:
    """Return a generator that begins at ``seed``; it takes an ``int`` and nothing like it."""
    return torch.Generator().manual_seed(_check.whole_number(where, "seed", seed))


def _check_amounts(where: str, **named: float | None) -> None:
    for name, amount in named.items():
        if amount is not None and not amount > 0:
            raise ValueError(
                f"{where}: {name} must be positive, got {amount}; clip=None leaves gradients alone"
            )


def _built(
    where: str,
    optimizer: Callable[..., torch.optim.Optimizer],
    parameters: list[nn.Parameter],
    lr: float,
) -> torch.optim.Optimizer:
    """Build the optimiser, and raise where it could not take its steps."""
    if not torch.is_grad_enabled():
        raise RuntimeError(
            f"{where}: expected gradients, but they are switched off here; the usual cause is "
            "torch.no_grad() or torch.inference_mode() around the call"
        )
    if not callable(optimizer):
        raise TypeError(
            f"{where}: expected optimizer to be a class or a function that builds one, got one "
            f"that is built, {type(optimizer).__name__}; pass torch.optim.SGD, or "
            "functools.partial(torch.optim.SGD, momentum=0.9), and learning_rate=..."
        )
    stepper = optimizer(parameters, lr=lr)
    if not hasattr(stepper, "step"):
        raise TypeError(
            f"{where}: expected optimizer to build an optimiser, got "
            f"{type(stepper).__name__}; the usual cause is a function that forgets to return it"
        )
    closure = inspect.signature(stepper.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise TypeError(
            f"{where}: expected an optimiser that takes one step a gradient, got "
            f"{type(stepper).__name__}, which asks for the loss again within a step; write its "
            "loop yourself, with step(closure)"
        )
    return stepper


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed PyTorch's own generators, which dropout draws from, and put them back afterwards."""
    gpus = list(range(torch.cuda.device_count()))  # manual_seed seeds them too
    with torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed)
        yield


def _solved(history: History, until: float | None) -> bool:
    """Enter the step in ``history`` once its recent losses are below ``until``."""
    if until is None or len(history.losses) < 20 or history.recent() >= until:
        return False
    history.solved_at = len(history.losses)
    return True


def _chunks(
    task: Task, batch_size: int, generator: torch.Generator, chunk: int
) -> Iterator[tuple[bool, bool, Batch]]:
    """Yield chunk after chunk: whether a document begins with it, and whether it asks anything."""
    while True:
        batch = task.batch(batch_size, generator)
        parts = (*batch.inputs, batch.target)
        if batch.lengths is not None:
            raise ValueError(
                "fit_truncated: expected documents of one length, got lengths, so padded ones; "
                "the usual cause is a task of many short sequences, which fit reads uncut"
            )
        size = tuple(batch.inputs[0].shape[:2])
        for part in parts:
            if tuple(part.shape[:2]) != size:
                raise ValueError(
                    f"fit_truncated: expected a target for every step, ({size[0]}, {size[1]}, ...),"
                    f" got {tuple(part.shape)}; with one answer a document, only its last chunk "
                    "would have a loss: mark the steps before it with UNASKED"
                )
        asking = False
        cut = [part.split(int(chunk), dim=1) for part in parts]
        for i, pieces in enumerate(zip(*cut, strict=True)):
            target = pieces[-1]
            asked = target.is_floating_point() or bool((target != UNASKED).any())
            asking = asking or asked
            yield i == 0, asked, Batch(pieces[:-1], target)
        if not asking:
            raise ValueError(
                "fit_truncated: nothing is asked in a whole batch of documents; expected a target "
                "other than UNASKED somewhere"
            )


def _go_on(model: nn.Module, piece: Batch, state: Any) -> tuple[Any, Any]:
    lengths = {"lengths": None} if _takes_lengths(model) else {}
    said = model(*piece.inputs, *(() if state is None else (state,)), **lengths)
    if not isinstance(said, tuple) or len(said) != 2:
        raise TypeError(
            f"fit_truncated: expected a model that returns (output, state), got one tensor from "
            f"{type(model).__name__}; without a state there is nothing to carry over a cut: see "
            "VanillaRNN and CharRNN"
        )
    return said


def predict(model: nn.Module, batch: Batch) -> Any:
    """Call ``model`` on ``batch`` and return its answer; a state that comes with it is dropped.

    Parameters
    ----------
    model : nn.Module
        Called as ``model(*batch.inputs, lengths=batch.lengths)``. One that takes no ``lengths``,
        such as an ``nn.Sequential``, is called without where nothing is padded.
    batch : Batch
        What to answer, on the device of the model.

    Raises
    ------
    TypeError
        If the batch is padded and ``model`` takes no ``lengths``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.batch import Batch
    >>> from rnnbook.models import VanillaRNN
    >>> from rnnbook.training import predict
    >>> batch = Batch((torch.zeros(4, 20, 3),), target=torch.zeros(4, 20, 2))
    >>> predict(VanillaRNN(3, 8, 2), batch).shape
    torch.Size([4, 20, 2])
    """
    if _takes_lengths(model):
        output = model(*batch.inputs, lengths=batch.lengths)
    elif batch.lengths is None:
        output = model(*batch.inputs)
    else:
        raise TypeError(
            f"predict: expected a model that takes lengths, since the batch is padded, got "
            f"{type(model).__name__}; give its forward the parameter lengths=None, and do not let "
            "it read beyond them"
        )
    return output[0] if isinstance(output, tuple) else output


def _takes_lengths(model: nn.Module) -> bool:
    try:
        parameters = inspect.signature(model.forward).parameters
    except ValueError:  # a compiled one does not say what it takes
        return True
    return "lengths" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def evaluate(model: nn.Module, task: Task, *, seed: int, size: int = 512) -> float:
    """Score ``model`` on one fresh batch of ``task``, without gradients and in evaluation mode.

    Parameters
    ----------
    model : nn.Module
        The model to score; left in the mode it was in.
    task : Task
        Draws the batch and measures the score.
    seed : int
        Seeds the batch; use another seed than the one trained with.
    size : int
        Examples in the batch.

    Returns
    -------
    float
        The score in the task's unit.

    Raises
    ------
    TypeError, ValueError
        If ``size`` is not a positive whole number.

    Examples
    --------
    An untrained network is no better at negation than a coin.

    >>> import torch
    >>> from rnnbook.models import SentimentClassifier
    >>> from rnnbook.tasks.order import NegationOrder
    >>> from rnnbook.training import evaluate
    >>> _ = torch.manual_seed(0)
    >>> task = NegationOrder()
    >>> model = SentimentClassifier(len(task.vocabulary), 8, 16, 2)
    >>> task.unit, 0.4 < evaluate(model, task, seed=1000) < 0.6
    ('accuracy', True)
    """
    _check.sizes("evaluate", size=size)
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    batch = task.batch(size, _drawing("evaluate", seed)).to(device)
    with switched(model, training=False), torch.no_grad():
        return task.score(predict(model, batch), batch)


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers of ``model`` are trained.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.training import count_parameters
    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def largest_size(build: Callable[[int], nn.Module], parameters: int) -> int:
    """Return the largest size with which a model has at most so many parameters.

    To compare two designs fairly, give both the same budget: layers of equal width are not equally
    large.

    Parameters
    ----------
    build : callable
        ``build(size) -> nn.Module``, growing with ``size``, a whole number from 1.
    parameters : int
        The most numbers that may be trained.

    Raises
    ------
    TypeError, ValueError
        If ``parameters`` is not a positive whole number, or is too few for size 1.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.training import largest_size
    >>> largest_size(lambda size: nn.Linear(size, 2), parameters=9)
    3
    """
    _check.sizes("largest_size", parameters=parameters)
    size = 0
    while count_parameters(build(size + 1)) <= parameters:
        size += 1
    if size == 0:
        raise ValueError(
            f"largest_size: expected a budget for size 1, got {parameters} parameters for a model "
            f"that has {count_parameters(build(1))}"
        )
    return size


def progress(steps: Iterable[int]) -> Iterator[int]:
    """Count through ``steps``, with a bar when a person is watching and in silence otherwise."""
    yield from tqdm(steps, disable=None, leave=False, unit="step")
