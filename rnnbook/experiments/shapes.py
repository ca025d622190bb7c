"""Shapes that are wrong and raise nothing: what each costs a network that is trained with it.

The readers below get the word vectors of a batch, (batch, time, features), and return what the
answer is read from. Only the first is right; each of the others is a line that people do type.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.batch import Batch, Task
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import last_state
from rnnbook.tasks.one_long import OneLongPhrase
from rnnbook.tasks.order import NegationOrder
from rnnbook.training import evaluate, fit

Reader = Callable[[nn.Module, Tensor, Tensor | None], Tensor]

#: A seed draws the initial weights and the phrases.
SEEDS = (0, 1, 2)
SHORT = NegationOrder(gap=0, filler=2)
#: Words that the one long phrase of a batch has more than the others.
EXTRA = 36
HIDDEN = 32
#: The most updates of a training run; it stops once the loss is small.
UPDATES = 180
LEARNING_RATE = 1e-2
#: Characters of a message in one line, so that it can be read on a phone.
WIDTH = 40


def true_length(rnn: nn.Module, xs: Tensor, lengths: Tensor | None) -> Tensor:
    """Read the top layer's state after each phrase's own last word."""
    output, h_n = layers.read(rnn, xs, lengths=lengths)
    return last_state(output, h_n, lengths)


def squeezed(rnn: nn.Module, xs: Tensor, lengths: Tensor | None) -> Tensor:
    """Read h_n after the padding, and drop its first dimension."""
    _, h_n = rnn(xs)
    squeezed: Tensor = h_n.squeeze(0)
    return squeezed


def reshaped(rnn: nn.Module, xs: Tensor, lengths: Tensor | None) -> Tensor:
    """Fold the two layers of h_n, (2, batch, hidden), into (batch, 2 * hidden)."""
    _, h_n = layers.read(rnn, xs, lengths=lengths)
    assert isinstance(h_n, Tensor)  # of an RNN
    return h_n.reshape(len(xs), -1)


def last_column(rnn: nn.Module, xs: Tensor, lengths: Tensor | None) -> Tensor:
    """Read the last step of the output; it is one only if the layer has batch_first=True."""
    output, _ = rnn(xs)
    last: Tensor = output[:, -1]
    return last


class PhraseReader(nn.Module):
    """Classify phrases, with the reading of the final state left open.

    Parameters
    ----------
    vocab_size : int
        How many word ids there are.
    read : callable
        ``read(rnn, xs, lengths)``, one of the functions above.
    num_layers : int
        Layers of the RNN.
    batch_first : bool
        Passed to the RNN; without it a batch is taken for time.
    features : int
        Numbers that ``read`` returns for a phrase.
    outputs : int
        Numbers in an answer.
    """

    def __init__(
        self,
        vocab_size: int,
        read: Reader,
        *,
        num_layers: int = 1,
        batch_first: bool = True,
        features: int = HIDDEN,
        outputs: int = 2,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 16, padding_idx=0)
        self.rnn = nn.RNN(16, HIDDEN, num_layers, batch_first=batch_first)
        self.read = read
        self.fc = nn.Linear(features, outputs)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return answers, (batch, outputs), for word ids ``x``, (batch, time)."""
        answers: Tensor = self.fc(self.read(self.rnn, self.embedding(x), lengths))
        return answers


@dataclass(frozen=True)
class Rated:
    """The same phrases with one number as the answer: 1 for praise, 0 for blame.

    With ``column`` the target is (batch, 1), as the answer is; without it, (batch,), and the
    squared error compares every answer with every target.
    """

    column: bool
    task: NegationOrder = SHORT
    unit: str = "accuracy"
    baseline: float = 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` phrases; the target holds real numbers."""
        batch = self.task.batch(size, generator)
        target = batch.target.float()
        return Batch(batch.inputs, target.unsqueeze(1) if self.column else target, batch.lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean squared error, of whatever shape it comes to."""
        return F.mse_loss(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of phrases whose answer lies on the right side of one half."""
        return ((output > 0.5) == batch.target.view(-1, 1).bool()).float().mean().item()


class Case(NamedTuple):
    """One way to set a network up: its name, what it reads, its task and its shapes."""

    name: str
    right: bool
    task: Task
    build: Callable[[int], nn.Module]


CASES = (
    Case(
        "state at the true length",
        True,
        OneLongPhrase(SHORT, EXTRA),
        partial(PhraseReader, read=true_length),
    ),
    Case("h_n.squeeze(0), no padding", True, SHORT, partial(PhraseReader, read=squeezed)),
    Case(
        "h_n.squeeze(0), padded",
        False,
        OneLongPhrase(SHORT, EXTRA),
        partial(PhraseReader, read=squeezed),
    ),
    Case(
        "two layers, last_state", True, SHORT, partial(PhraseReader, read=true_length, num_layers=2)
    ),
    Case(
        "h_n.reshape(batch, -1)",
        False,
        SHORT,
        partial(PhraseReader, read=reshaped, num_layers=2, features=2 * HIDDEN),
    ),
    Case(
        "batch_first forgotten",
        False,
        SHORT,
        partial(PhraseReader, read=last_column, batch_first=False),
    ),
    Case(
        "MSE, (batch, 1) to (batch, 1)",
        True,
        Rated(column=True),
        partial(PhraseReader, read=true_length, outputs=1),
    ),
    Case(
        "MSE, (batch, 1) to (batch,)",
        False,
        Rated(column=False),
        partial(PhraseReader, read=true_length, outputs=1),
    ),
)


class Result(NamedTuple):
    """What was measured; the first axis is the seed.

    ``accuracy`` is that of each case by name, on fresh phrases. ``leak`` is (seed, sequence) for
    each layout: how far the states of a sequence move, relative to their size, when the first
    sequence alone is changed. ``again`` is how far they move when a layer is called a second time,
    and ``stale`` (seed, step) how far when it starts from a state left over from another batch.
    ``kept`` is the accuracy of the first case's network when it starts from such a state.
    """

    accuracy: dict[str, Measured]
    leak: dict[str, Measured]
    again: Measured
    stale: Measured
    kept: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every case, and measure what leaks between sequences in an untrained layer."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train and measure everything once, on one seed."""
    models = {case.name: trained(case, seed) for case in CASES}
    again, stale = staleness(seed)
    return Result(
        accuracy={c.name: evaluate(models[c.name], c.task, seed=seed + 1000) for c in CASES},
        leak=leaks(seed),
        again=again,
        stale=stale,
        kept=with_left_over_state(models[CASES[0].name], seed),
    )


def trained(case: Case, seed: int) -> nn.Module:
    """Return the model of one case, trained until its loss is small or updates run out."""
    torch.manual_seed(seed)
    model = case.build(len(SHORT.vocabulary))
    with warnings.catch_warnings():
        # the one about broadcasting: the chapter shows it, and here it would come at every step
        warnings.filterwarnings("ignore", message="Using a target size", category=UserWarning)
        fit(
            model,
            case.task,
            steps=UPDATES,
            seed=seed,
            batch_size=16,
            learning_rate=LEARNING_RATE,
            until=0.02,
        )
    return model


def with_left_over_state(model: nn.Module, seed: int) -> float:
    """Return the accuracy on fresh phrases when each starts from the state after another phrase."""
    assert isinstance(model, PhraseReader)
    generator = torch.Generator().manual_seed(seed + 1000)
    earlier, batch = SHORT.batch(512, generator), SHORT.batch(512, generator)
    with torch.no_grad():
        _, left_over = layers.read(model.rnn, model.embedding(earlier.inputs[0]))
        output, h_n = layers.read(model.rnn, model.embedding(batch.inputs[0]), left_over)
        return SHORT.score(model.fc(last_state(output, h_n)), batch)


def leaks(seed: int, batch: int = 4, time: int = 20) -> dict[str, Measured]:
    """Return how far each sequence's states move when only the first is changed, by layout."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    right, wrong = nn.RNN(10, HIDDEN, batch_first=True), nn.RNN(10, HIDDEN)
    xs = torch.randn(batch, time, 10, generator=generator)
    other = xs.clone()
    other[0] = torch.randn(time, 10, generator=generator)
    with torch.no_grad():
        moved = {
            "batch first": change(right(xs)[0], right(other)[0]),
            "batch taken for time": change(wrong(xs)[0], wrong(other)[0]),
            "rows taken for time": change(right(xs[:, 0])[0], right(other[:, 0])[0]),
        }
    return {layout: ratio.double().numpy() for layout, ratio in moved.items()}


def change(before: Tensor, after: Tensor) -> Tensor:
    """Return how far each row of the first dimension moved, relative to its size."""
    moved, size = (after - before).flatten(1).norm(dim=1), before.flatten(1).norm(dim=1)
    ratio: Tensor = moved / size
    return ratio


def staleness(seed: int, batch: int = 16, time: int = 20) -> tuple[float, Measured]:
    """Return how far a second call moves the states of a batch, and a left-over state, by step."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    rnn = nn.RNN(10, HIDDEN, batch_first=True)
    earlier, xs = torch.randn(2, batch, time, 10, generator=generator)
    with torch.no_grad():
        _, left_over = rnn(earlier)
        clean, again, touched = rnn(xs)[0], rnn(xs)[0], rnn(xs, left_over)[0]
    by_step = change(clean.transpose(0, 1), touched.transpose(0, 1))
    return (again - clean).abs().max().item(), by_step.double().numpy()


def outcome(call: Callable[[], object]) -> str:
    """Say what a call comes to: the shapes it returns, the warning it gives, the error it raises.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.shapes import outcome
    >>> outcome(lambda: torch.zeros(2, 3).sum(dim=0))
    '(3,)'
    >>> print(outcome(lambda: int("three")))
    ValueError: invalid literal for int()
    with base 10: 'three'
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = shapes(call())
        except Exception as error:  # every one of them is what the reader is to see
            said = f"{type(error).__name__}: {error}"
    lines = [said, *(f"{w.category.__name__}: {w.message}" for w in caught)]
    return "\n".join(textwrap.fill(line, WIDTH) for line in lines)


def shapes(value: object) -> str:
    """Return the shape of a tensor, or of each part of a tuple."""
    if isinstance(value, tuple):
        return "  ".join(shapes(part) for part in value)
    return str(tuple(value.shape)) if isinstance(value, Tensor) else repr(value)
