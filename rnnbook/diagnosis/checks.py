"""All checks of a training run that went wrong, asked in a row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from rnnbook._modes import switched
from rnnbook.batch import Batch
from rnnbook.diagnosis._parts import Loss, check_batch, loss_of, padded_steps
from rnnbook.diagnosis.finite import nonfinite
from rnnbook.diagnosis.gradients import (
    backward_error,
    gradient_by_step,
    gradient_norms,
    step_effect,
)
from rnnbook.diagnosis.padding import padding_leak
from rnnbook.diagnosis.report import Finding, Report
from rnnbook.diagnosis.saturation import states
from rnnbook.diagnosis.targets import copied_targets, ids_of, probabilities
from rnnbook.training import predict


def diagnose(model: nn.Module, batch: Batch, loss: Loss, *, learning_rate: float = 1e-2) -> Report:
    """Ask every check of this module and return a table of what they say.

    The limits are wide: what fails is worth a look, what passes can still be wrong.

    Parameters
    ----------
    model, batch, loss
        As in :func:`nonfinite`. Any model will do: checks that need a recurrent layer, padding or
        ids are not asked where there is none, and the table says so.
    learning_rate : float
        What you train with, in Adam.

    Returns
    -------
    Report
        Prints as a table; ``failed`` holds the names of the checks that failed.

    Raises
    ------
    TypeError, ValueError
        If ``batch`` is not a batch, or the loss is not a single number. An error of the model or of
        the loss itself is not caught either.

    Notes
    -----
    Some models in good order fail a check. Weights of a readout that start at zero let no gradient
    through at first (``gradients``, ``steps``). Where a bidirectional layer is read at its first
    step only, no gradient reaches the recurrent weights of its forward half (``gradients``), and
    along a long sequence the gradient has faded at the last step (``steps``). ReLU units may be
    silent on one batch (``states``), and with an identity as recurrent weights a single step can
    raise the loss (``step size``), as it can near the end of any training. A target may be meant to
    equal its input (``targets``), and a loss may want probabilities (``logits``).

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
    check_batch("diagnose", batch)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        loss_of("diagnose", model, batch, loss)  # a model that does not run has nothing to be asked
    run = Run(model, batch, loss, learning_rate)
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            passed, says = check(run)
        except Exception as error:  # one that breaks still leaves the others
            passed, says = None, "not asked: " + str(error).splitlines()[0].split(";")[0][:60]
        findings.append(Finding(name, passed, says))
    return Report(tuple(findings))


class Run(NamedTuple):
    """What the checks look at: a model, the batch that went wrong, and how it is trained."""

    model: nn.Module
    batch: Batch
    loss: Loss
    learning_rate: float


# Whether a check passed, None where it could not be asked, and what it says.
Verdict = tuple[bool | None, str]


def _backward(run: Run) -> Verdict:
    error = backward_error(run.model, run.batch, run.loss)
    if error is None:
        return True, "two passes went through"
    if "a second time" in error:
        return False, "second pass: the graph of the batch before is still there"
    if "inplace" in error:
        return False, "a tensor was changed in place"
    return False, error.splitlines()[0][:60]


def _finite(run: Run) -> Verdict:
    found = nonfinite(run.model, run.batch, run.loss)
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return not found, found[0] + more if found else "loss and gradient are finite"


def _gradients(run: Run) -> Verdict:
    norms = gradient_norms(run.model, run.batch, run.loss)
    total = sum(norm**2 for norm in norms.values()) ** 0.5
    silent = [name for name, norm in norms.items() if norm == 0]
    if silent:
        return False, f"none reaches {silent[0]}"
    return total < 100, f"norm {total:.2g}"


def _steps(run: Run) -> Verdict:
    norms = gradient_by_step(run.model, run.batch, run.loss)
    growth = {name: (norm.max() / norm[norm > 0][-1:].sum()).item() for name, norm in norms.items()}
    name = max(growth, key=lambda name: math.inf if math.isnan(growth[name]) else growth[name])
    return growth[name] < 1e3, f"{name}: largest over last {growth[name]:.2g}"


def _states(run: Run) -> Verdict:
    shares = states(run.model, run.batch)
    bad = {n: s for n, s in shares.items() if s.saturated > 0.8 or s.dead > 0.5}
    name, worst = next(iter((bad or shares).items()))
    saturated = "" if math.isnan(worst.saturated) else f"{worst.saturated:.0%} saturated, "
    return not bad, f"{name}: {saturated}{worst.dead:.0%} dead"


def _padding(run: Run) -> Verdict:
    if padded_steps(run.batch) is None:
        return None, "nothing is padded"
    leak = padding_leak(run.model, run.batch, run.loss)
    if math.isnan(leak.loss):
        return None, "the loss is not a number"
    moved = [f"moves the {name}" for name, value in leak._asdict().items() if not value < 1e-4]
    return not moved, " and ".join(moved) or "changes nothing"


def _targets(run: Run) -> Verdict:
    if ids_of(run.batch) is None:
        return None, "not an id for every step"
    share = copied_targets(run.batch)
    return share < 0.95, f"{share:.0%} are the input itself"


def _logits(run: Run) -> Verdict:
    with torch.no_grad(), switched(run.model, training=False):
        already = probabilities(predict(run.model, run.batch))
    return not already, "a softmax was taken already" if already else "no softmax in the model"


def _step_size(run: Run) -> Verdict:
    before, after = step_effect(run.model, run.batch, run.loss, run.learning_rate)
    if not math.isfinite(before):
        return None, "the loss is not finite"
    return after < 2 * before, f"one step: loss {before:.2g} to {after:.2g}"


#: The checks by name, in the order in which ``diagnose`` asks them.
#:
#: :meta hide-value:
CHECKS: dict[str, Callable[[Run], Verdict]] = {
    "backward": _backward,
    "finite": _finite,
    "gradients": _gradients,
    "steps": _steps,
    "states": _states,
    "padding": _padding,
    "targets": _targets,
    "logits": _logits,
    "step size": _step_size,
}
