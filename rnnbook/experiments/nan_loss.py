"""Bugs planted one at a time: what a training run shows of each, and which check finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.diagnosis import CHECKS, diagnose
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import last_state, read
from rnnbook.models import SentimentClassifier, SimpleRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.order import NegationOrder
from rnnbook.text import PAD
from rnnbook.training import fit

#: A seed draws the initial weights, the batch that is examined and those of the training.
SEEDS = (0, 1, 2)
LETTERS = 8
#: The best possible loss on random letters: the next one cannot be known.
BEST = math.log(LETTERS)
HIDDEN = 32
SUMS = MovingSum(length=20)
PHRASES = NegationOrder(gap=0)
#: Updates of a training run, without clipping.
STEPS = 20
#: Updates of the two runs on random letters that are compared with the best possible loss.
LONGER = 40
LEARNING_RATE = 1e-2

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
    learning_rate: float = LEARNING_RATE
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
    """Classifies by the state after the padding."""

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


# What is right and looks wrong --------------------------------------------------------------------


class ReadoutFromZero(SimpleRNN):
    """Starts with an answer of zero to everything, so that no gradient reaches what lies below."""

    def __init__(self) -> None:
        super().__init__(1, HIDDEN, 1)
        nn.init.zeros_(self.fc.weight)


def log_of_probabilities(output: Tensor, batch: Batch) -> Tensor:
    """Return the mean cross-entropy, given probabilities."""
    chances = output.clamp(min=1e-9).log()
    return F.nll_loss(chances.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)


#: Nothing is wrong with these; ``check`` names the one that fails all the same.
SUSPECTED = (
    replace(SUM, name="readout from zero", check="gradients", build=ReadoutFromZero),
    replace(LETTER, name="input as the target", check="targets", draw=not_shifted),
    replace(
        LETTER,
        name="loss of probabilities",
        check="logits",
        build=SoftmaxInside,
        error=log_of_probabilities,
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


class Result(NamedTuple):
    """What was measured; the first axis is the seed.

    ``found``, ``alarms`` and ``mistaken`` say by name of a bug, of a model without one and of one
    that is suspected, and by name of a check, whether that check fails before training. ``later``
    is ``alarms`` after it. ``endings`` says by bug how training ended, a word for each seed.
    ``shifted`` and ``unshifted`` are the losses of the longer runs on random letters.
    """

    found: dict[tuple[str, str], Measured]
    alarms: dict[tuple[str, str], Measured]
    later: dict[tuple[str, str], Measured]
    mistaken: dict[tuple[str, str], Measured]
    endings: dict[str, Measured]
    shifted: Measured
    unshifted: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Examine every bug and every healthy model, and train each for a few updates."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Examine and train everything once, on one seed."""
    return Result(
        found=failing(BUGS, seed),
        alarms=failing(HEALTHY, seed),
        later=failing(HEALTHY, seed, after=STEPS),
        mistaken=failing(SUSPECTED, seed),
        endings={case.name: trained(case, seed)[1].ending for case in BUGS},
        shifted=trained(LETTER, seed, steps=LONGER)[1].loss,
        unshifted=trained(bug("targets not shifted"), seed, steps=LONGER)[1].loss,
    )


def failing(
    cases: Iterable[Case], seed: int, after: int | None = None
) -> dict[tuple[str, str], bool]:
    """Return whether a check fails, by the names of case and check."""
    found: dict[tuple[str, str], bool] = {}
    for case in cases:
        model = None if after is None else trained(case, seed, steps=after)[0]
        names = examined(case, seed, model)
        found |= {(case.name, check): check in names for check in CHECKS}
    return found


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
