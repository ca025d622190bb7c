"""Bugs planted one at a time: what a training run shows of each, and which check finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.diagnosis import CHECKS, diagnose
from rnnbook.layers import last_state, read
from rnnbook.models import SentimentClassifier, SimpleRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.order import NegationOrder
from rnnbook.text import PAD
from rnnbook.training import fit

LETTERS = 8
HIDDEN = 32
SUMS = MovingSum(length=20)
PHRASES = NegationOrder(gap=0)
STEPS = 20

Loss = Callable[[Any, Batch], Tensor]
Draw = Callable[[int, torch.Generator], Batch]


@dataclass(frozen=True)
class Case:
    """A model, its data and its loss, right or with one bug; also the task it is trained on.

    ``check`` names the check that is expected to find the bug, and is empty when there is none.
    """

    name: str
    check: str
    build: Callable[[], nn.Module]
    draw: Draw
    error: Loss
    learning_rate: float = 1e-2
    unit: str = "loss"
    baseline: float = 0.0

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` examples."""
        return self.draw(size, generator)

    def loss(self, output: Any, batch: Batch) -> Tensor:
        """Return the loss, right or wrong."""
        return self.error(output, batch)

    def score(self, output: Any, batch: Batch) -> float:
        """Return the loss."""
        return self.error(output, batch).item()


# What is right -----------------------------------------------------------------------------------


def letters(size: int, generator: torch.Generator) -> Batch:
    """Draw sequences of random letters, padded; the target is the letter that comes next."""
    lengths = torch.randint(5, 13, (size,), generator=generator)
    lengths[0] = 12
    text = torch.randint(1, LETTERS + 1, (size, 13), generator=generator)
    text[torch.arange(13) > lengths.unsqueeze(1)] = PAD
    inputs, target = text[:, :-1].clone(), text[:, 1:].clone()
    inputs[torch.arange(12) >= lengths.unsqueeze(1)] = PAD
    return Batch((inputs,), target, lengths)


class NextLetter(nn.Module):
    """Read letters and give logits for the next one, at every step; padding is not read."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(LETTERS + 1, 16)
        self.rnn = nn.RNN(16, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, LETTERS + 1)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, letters)."""
        output, _ = read(self.rnn, self.embedding(x), lengths=lengths)
        logits: Tensor = self.fc(output)
        return logits


def cross_entropy(output: Tensor, batch: Batch) -> Tensor:
    """Return the mean cross-entropy over the steps that are not padding."""
    return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)


def mean_per_sequence(output: Tensor, batch: Batch) -> Tensor:
    """Return the mean over sequences of each one's mean loss."""
    each = F.cross_entropy(output.transpose(1, 2), batch.target, ignore_index=PAD, reduction="none")
    mask = batch.target != PAD
    return (each.sum(1) / mask.sum(1).clamp(min=1)).mean()


HEALTHY = (
    Case("sums", "", partial(SimpleRNN, 1, HIDDEN, 1), SUMS.batch, SUMS.loss),
    Case("letters", "", NextLetter, letters, cross_entropy),
    Case("letters, a mean a sequence", "", NextLetter, letters, mean_per_sequence),
    *(
        Case(
            f"phrases, {layer.__name__}",
            "",
            partial(SentimentClassifier, len(PHRASES.vocabulary), 16, HIDDEN, 2, layer=layer),
            PHRASES.batch,
            PHRASES.loss,
        )
        for layer in (nn.RNN, nn.LSTM, nn.GRU)
    ),
)
SUM, LETTER, SEQUENCE, PHRASE = HEALTHY[:4]


# What is wrong -----------------------------------------------------------------------------------


def data_with_a_hole(size: int, generator: torch.Generator) -> Batch:
    """Draw sums; one input of one sequence is missing, as a blank cell of a table reads."""
    batch = SUMS.batch(size, generator)
    batch.inputs[0][0, 3] = float("nan")
    return batch


def log_of_softmax(output: Tensor, batch: Batch) -> Tensor:
    """Take the softmax, then its logarithm: two steps where one underflows."""
    chances = (1000 * output).softmax(-1)
    return F.nll_loss(chances.log().flatten(0, 1), batch.target.flatten(), ignore_index=PAD)


def one_all_padding(size: int, generator: torch.Generator) -> Batch:
    """Draw letters; of the last sequence nothing is to be predicted."""
    batch = letters(size, generator)
    batch.target[-1] = PAD
    return batch


def mean_without_guard(output: Tensor, batch: Batch) -> Tensor:
    """Divide each sequence's loss by the number of its letters, which may be none."""
    each = F.cross_entropy(output.transpose(1, 2), batch.target, ignore_index=PAD, reduction="none")
    return (each.sum(1) / (batch.target != PAD).sum(1)).mean()


def half_precision_sum(output: Tensor, batch: Batch) -> Tensor:
    """Add squares up in half precision, whose largest number is 65504."""
    return ((output - 100 * batch.target).half() ** 2).sum() / output.numel()


def root_of_error(output: Tensor, batch: Batch) -> Tensor:
    """Take the root of each squared error; where an error is exactly zero, so is the root."""
    wrong = output - batch.target
    return (wrong * (batch.target.abs() > 1)).square().sqrt().mean()


class WildRecurrence(SimpleRNN):
    """A ReLU recurrence whose weights double the state with each step."""

    def __init__(self) -> None:
        super().__init__(1, HIDDEN, 1, layer=partial(nn.RNN, nonlinearity="relu"))
        with torch.no_grad():
            self.rnn.get_parameter("weight_hh_l0").copy_(2 * torch.eye(HIDDEN))


def unscaled(size: int, generator: torch.Generator) -> Batch:
    """Draw sums of inputs a thousand times as large, as prices or years come."""
    batch = SUMS.batch(size, generator)
    return Batch((1000 * batch.inputs[0],), batch.target)


class DeadUnits(SimpleRNN):
    """A ReLU recurrence with a bias so low that no unit ever fires."""

    def __init__(self) -> None:
        super().__init__(1, HIDDEN, 1, layer=partial(nn.RNN, nonlinearity="relu"))
        nn.init.constant_(self.rnn.get_parameter("bias_ih_l0"), -10.0)


class KeptState(NextLetter):
    """Goes on from the state of the batch before, with its graph."""

    def __init__(self) -> None:
        super().__init__()
        self.h: Tensor | None = None

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, letters)."""
        output, self.h = self.rnn(self.embedding(x), self.h)
        logits: Tensor = self.fc(output)
        return logits


class ChangedInPlace(NextLetter):
    """Sets the states of padded steps to zero in the very tensor that the layer returned."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, letters)."""
        hs = torch.tanh(self.rnn(self.embedding(x))[0])
        hs[x == PAD] = 0.0
        logits: Tensor = self.fc(hs)
        return logits


def not_shifted(size: int, generator: torch.Generator) -> Batch:
    """Draw letters; the target is the input itself."""
    batch = letters(size, generator)
    return Batch(batch.inputs, batch.inputs[0].clone(), batch.lengths)


class StateAfterPadding(SentimentClassifier):
    """Classifies by the state behind the padding."""

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, classes)."""
        logits: Tensor = self.fc(last_state(*self.rnn(self.embedding(x))))
        return logits


def padding_counts(output: Tensor, batch: Batch) -> Tensor:
    """Return the mean cross-entropy over all steps, padded ones among them."""
    return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())


class SoftmaxInside(NextLetter):
    """Gives probabilities to a loss that takes logits."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return probabilities, (batch, time, letters)."""
        return super().forward(x, lengths).softmax(-1)


BUGS = (
    replace(SUM, name="a hole in the data", check="finite", draw=data_with_a_hole),
    replace(LETTER, name="log of zero", check="finite", error=log_of_softmax),
    replace(
        LETTER,
        name="mask of nothing",
        check="finite",
        draw=one_all_padding,
        error=mean_without_guard,
    ),
    replace(SUM, name="half precision", check="finite", error=half_precision_sum),
    replace(SUM, name="root of zero", check="finite", error=root_of_error),
    replace(SUM, name="wild recurrence", check="steps", build=WildRecurrence),
    replace(SUM, name="step too large", check="step size", learning_rate=10.0),
    replace(LETTER, name="stale graph", check="backward", build=KeptState),
    replace(LETTER, name="changed in place", check="backward", build=ChangedInPlace),
    replace(SUM, name="unscaled inputs", check="states", draw=unscaled),
    replace(SUM, name="dead units", check="states", build=DeadUnits),
    replace(LETTER, name="softmax twice", check="logits", build=SoftmaxInside),
    replace(LETTER, name="targets not shifted", check="targets", draw=not_shifted),
    replace(LETTER, name="padding in the loss", check="padding", error=padding_counts),
    replace(
        PHRASE,
        name="padding in the state",
        check="padding",
        build=partial(StateAfterPadding, len(PHRASES.vocabulary), 16, HIDDEN, 2),
    ),
)


def bug(name: str) -> Case:
    """Return the planted bug of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    names = [case.name for case in BUGS]
    if name not in names:
        raise ValueError(f"bug: expected one of {names}, got {name!r}")
    return BUGS[names.index(name)]


class Outcome(NamedTuple):
    """What a training run came to: its last loss, or what it said when it stopped."""

    loss: float
    message: str

    @property
    def ending(self) -> str:
        """How the run ended, in two words."""
        if not self.message:
            return "finite loss"
        return "not finite" if self.message.startswith("Floating") else "error"


def trained(case: Case, seed: int, *, steps: int = STEPS) -> tuple[nn.Module, Outcome]:
    """Train the model of a case and return it with what came of the run."""
    torch.manual_seed(seed)
    model = case.build()
    try:
        # unclipped, so that nothing is hidden
        history = fit(
            model,
            case,
            steps=steps,
            seed=seed,
            batch_size=16,
            learning_rate=case.learning_rate,
            clip=None,
        )
    except (FloatingPointError, RuntimeError) as error:
        return model, Outcome(math.nan, f"{type(error).__name__}: {error}")
    return model, Outcome(history.recent(10), "")


def examined(case: Case, seed: int, model: nn.Module | None = None) -> tuple[str, ...]:
    """Return the names of the checks that fail, for a new model or the one given."""
    if model is None:
        torch.manual_seed(seed)
        model = case.build()
    batch = case.batch(16, torch.Generator().manual_seed(seed))
    return diagnose(model, batch, case.loss, learning_rate=case.learning_rate).failed


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``found`` is (seed, bug, check) and ``alarms`` is (seed, healthy model, check): whether the
    check fails before training. ``later`` is ``alarms`` after training. ``losses`` is (seed, bug),
    the mean of the last ten losses, NaN where the run stopped with an error. ``shifted`` and
    ``unshifted`` are (seed,), the losses of longer runs on random letters, whose best possible loss
    is ``best``.
    """

    bugs: tuple[str, ...]
    expected: tuple[str, ...]
    checks: tuple[str, ...]
    healthy: tuple[str, ...]
    best: float
    found: NDArray[np.bool_]
    alarms: NDArray[np.bool_]
    later: NDArray[np.bool_]
    losses: NDArray[np.float64]
    endings: NDArray[np.str_]
    shifted: NDArray[np.float64]
    unshifted: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = STEPS) -> Result:
    """Examine every bug and every healthy model, and train each for a few steps.

    Parameters
    ----------
    seeds : sequence of int
        One model and one training run a case and seed.
    steps : int
        Steps of a training run.
    """

    def failed(case: Case, seed: int, model: nn.Module | None = None) -> list[bool]:
        names = examined(case, seed, model)
        return [check in names for check in CHECKS]

    later = [[failed(c, s, trained(c, s, steps=steps)[0]) for c in HEALTHY] for s in seeds]
    runs = [[trained(case, s, steps=steps)[1] for case in BUGS] for s in seeds]
    copied = bug("targets not shifted")
    both = [[trained(case, s, steps=2 * steps)[1].loss for case in (LETTER, copied)] for s in seeds]
    return Result(
        tuple(case.name for case in BUGS),
        tuple(case.check for case in BUGS),
        CHECKS,
        tuple(case.name for case in HEALTHY),
        math.log(LETTERS),
        np.array([[failed(case, s) for case in BUGS] for s in seeds]),
        np.array([[failed(case, s) for case in HEALTHY] for s in seeds]),
        np.array(later),
        np.array([[outcome.loss for outcome in row] for row in runs]),
        np.array([[outcome.ending for outcome in row] for row in runs]),
        np.array(both)[:, 0],
        np.array(both)[:, 1],
    )
