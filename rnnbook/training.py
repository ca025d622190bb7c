"""The one training loop of the book: draw a batch, take a step, write down what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from rnnbook import _check
from rnnbook._modes import switched
from rnnbook.batch import Batch, Task


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
        tail = self.losses[-window:]
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
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
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
        Called as ``optimizer(parameters, lr=learning_rate)``.
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
        ``model`` can be trained, or the loss is not a single number.
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
    for name, amount in (("learning_rate", learning_rate), ("clip", clip)):
        if amount is not None and not amount > 0:
            raise ValueError(
                f"fit: {name} must be positive, got {amount}; clip=None leaves gradients alone"
            )

    generator = torch.Generator().manual_seed(seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError(
            f"fit: {type(model).__name__} has no parameter that can be trained; the usual cause is "
            "requires_grad_(False), or layers kept in a list that is not an nn.ModuleList"
        )
    device = parameters[0].device
    optimiser = optimizer(parameters, lr=learning_rate)
    history = History()
    gpus = list(range(torch.cuda.device_count()))  # manual_seed seeds them too
    with switched(model, training=True), torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed)
        for _ in progress(range(steps)):
            batch = task.batch(batch_size, generator).to(device)
            loss = task.loss(predict(model, batch), batch)
            step(loss, parameters, optimiser, clip, history)
            if until is not None and len(history.losses) >= 20 and history.recent() < until:
                history.solved_at = len(history.losses)
                break
    return history


def step(
    loss: Tensor,
    parameters: list[nn.Parameter],
    optimiser: torch.optim.Optimizer,
    clip: float | None,
    history: History,
) -> None:
    """Take one optimiser step down ``loss`` and enter it in ``history``.

    Raises
    ------
    ValueError
        If ``loss`` is not a single number.
    FloatingPointError
        If the loss or its gradient is not finite; the parameters are then left as they were.
    """
    if loss.numel() != 1:
        raise ValueError(
            f"expected a loss that is one number, got shape {tuple(loss.shape)}; the usual cause "
            "is a missing .mean()"
        )
    if not bool(torch.isfinite(loss)):
        raise FloatingPointError(
            f"the loss became {loss.item()} at step {len(history.losses)}; the usual causes are a "
            "learning rate that is too high or an exploding gradient: lower the one, clip the other"
        )
    optimiser.zero_grad()
    loss.backward()
    limit = float("inf") if clip is None else clip
    norm = nn.utils.clip_grad_norm_(parameters, limit)
    if not bool(torch.isfinite(norm)):  # clipping cannot repair it: it divides by this norm
        raise FloatingPointError(
            f"the norm of the gradient became {norm.item()} at step {len(history.losses)}; the "
            "usual causes are recurrent weights that are too large or a sequence that is too long"
        )
    optimiser.step()
    history.losses.append(loss.item())
    history.gradient_norms.append(norm.item())


def predict(model: nn.Module, batch: Batch) -> Any:
    """Call ``model`` on ``batch`` and return its answer; a state that comes with it is dropped."""
    output = model(*batch.inputs, lengths=batch.lengths)
    return output[0] if isinstance(output, tuple) else output


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
    """
    _check.sizes("evaluate", size=size)
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    batch = task.batch(size, torch.Generator().manual_seed(seed)).to(device)
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


def progress(steps: Iterable[int]) -> Iterator[int]:
    """Count through ``steps``, with a bar when a person is watching and in silence otherwise."""
    yield from tqdm(steps, disable=None, leave=False, unit="step")
