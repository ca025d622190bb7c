"""The GRU: its two printed forms, its size, and where it wins or loses against others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.batch import Batch, Task
from rnnbook.cells import GRUCell, step_of_cho, step_of_chung
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.copy_first import running_mean
from rnnbook.initialisation import chrono_, orthogonal_
from rnnbook.models import SimpleRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.tasks.echo import Echo
from rnnbook.tasks.parity import Parity
from rnnbook.training import History, count_parameters, evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Parameters of every recurrent layer that is compared: each kind gets the size that comes closest.
BUDGET = 1800
#: The most updates, the mean loss at which a run stops, and the learning rate.
UPDATES, SOLVED, LEARNING_RATE = 100, 0.1, 0.01
#: Training strings when there are only a few, and how often a seed draws some.
FEW, DRAWINGS = 8, 3
#: The most updates on a few strings, the loss at which a run stops, and the learning rate, higher
#: to be done sooner.
FEW_UPDATES, FITTED, FEW_RATE = 200, 0.01, 0.03

Array = NDArray[np.float64]


class Contest(NamedTuple):
    """A task, the numbers in an input and an answer, and how long a memory it takes.

    ``longest`` is None where nothing is kept for long; no network starts with chrono there.
    """

    title: str
    task: Task
    input_size: int
    output_size: int
    longest: int | None


CONTESTS = {
    "bit": Contest("a bit, 20 steps later", AskedLater(lag=20), 1, 2, 20),
    "parity": Contest("parity of 12 bits", Parity(length=12), 6, 2, 12),
    "echo": Contest("echo, 3 steps back", Echo(symbols=8, lag=3, length=12), 8, 8, None),
}


class Entry(NamedTuple):
    """A layer, and what is done to it before training."""

    kind: str
    start: str
    layer: Callable[..., nn.Module]
    change: Callable[[nn.Module, int | None], nn.Module]


def as_it_is(layer: nn.Module, longest: int | None) -> nn.Module:
    """Leave PyTorch's own initialisation."""
    return layer


def chrono(layer: nn.Module, longest: int | None) -> nn.Module:
    """Initialise for memories of up to ``longest`` steps."""
    assert longest is not None  # ``takes_part`` asks
    return chrono_(layer, longest)


ENTRIES = (
    Entry("RNN", "default", nn.RNN, as_it_is),
    Entry("RNN", "orthogonal", nn.RNN, lambda layer, longest: orthogonal_(layer)),
    Entry("LSTM", "default", nn.LSTM, as_it_is),
    Entry("LSTM", "chrono", nn.LSTM, chrono),
    Entry("GRU", "default", nn.GRU, as_it_is),
    Entry("GRU", "chrono", nn.GRU, chrono),
)


class Race(NamedTuple):
    """The forms of the step and the race; the first axis of each array is the seed.

    ``equal`` is the largest difference of our GRU and PyTorch's in outputs, state and gradients, as
    a share of each. ``wrong`` is how far the outputs of each form of the step are from PyTorch's
    when both have the same weights.

    Of the race by task, kind and start, without those that do not take part: ``curves``, (seed,
    update), is the mean loss of the last twenty batches, NaN after the end; ``updates`` how many it
    took to bring it below ``SOLVED``, infinite if they were not enough; ``score`` that on fresh
    sequences. ``behind`` is how many times as large the loss of the LSTM is on parity, from
    PyTorch's start, when that of the GRU is done.
    """

    equal: Measured
    wrong: dict[str, Measured]
    curves: dict[tuple[str, str, str], Measured]
    updates: dict[tuple[str, str, str], Measured]
    score: dict[tuple[str, str, str], Measured]
    behind: Measured


class Few(NamedTuple):
    """Scores on fresh strings after training on a few, (seed, drawing) by kind."""

    score: dict[str, Measured]


class Result(NamedTuple):
    """What the chapter shows."""

    race: Race
    few: Few


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Let plain, LSTM and GRU networks of one size race, and learn from a few strings."""
    return Result(race=over_seeds(one, seeds), few=over_seeds(few, seeds))


def one(seed: int) -> Race:
    """Compare the forms and let all networks race, on one seed."""
    races = {
        (task, entry.kind, entry.start): raced(entry, contest, seed)
        for task, contest in CONTESTS.items()
        for entry in ENTRIES
        if takes_part(entry, contest)
    }
    return Race(
        equal=difference(seed),
        wrong={name: error_of(form, seed) for name, form in FORMS.items()},
        curves={key: curve for key, (curve, _, _) in races.items()},
        updates={key: updates for key, (_, updates, _) in races.items()},
        score={key: score for key, (_, _, score) in races.items()},
        behind=behind(*(races["parity", kind, "default"][0] for kind in ("LSTM", "GRU"))),
    )


def few(seed: int) -> Few:
    """Train the LSTM and the GRU on a few strings, several times, on one seed."""
    return Few(
        score={
            layer.__name__: np.array([from_few(layer, seed, k) for k in range(DRAWINGS)])
            for layer in (nn.LSTM, nn.GRU)
        }
    )


def raced(entry: Entry, contest: Contest, seed: int) -> tuple[Array, float, float]:
    """Return the learning curve, the updates it took, and the score on fresh sequences."""
    model = built(entry, contest, seed)
    history = learn(model, contest.task, UPDATES, seed, LEARNING_RATE, SOLVED)
    curve = np.full(UPDATES, np.nan)
    curve[: len(history.losses)] = running_mean(history.losses)
    updates = float("inf") if history.solved_at is None else float(len(history.losses))
    return curve, updates, evaluate(model, contest.task, seed=seed + 10_000)


def behind(curve: Array, leader: Array) -> float:
    """Return how many times as large the loss of a curve is where that of the leader ends.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.gru import behind
    >>> behind(np.array([4.0, 3.0, 2.0]), np.array([2.0, 1.0, np.nan]))
    3.0
    """
    known, end = curve[~np.isnan(curve)], int((~np.isnan(leader)).sum()) - 1
    return float(known[min(end, len(known) - 1)] / leader[end])


def difference(seed: int) -> float:
    """Return how far our GRU and PyTorch's differ, each having loaded the other's parameters."""
    torch.manual_seed(seed)
    ours, theirs = layers.GRU(3, 8, batch_first=True), nn.GRU(3, 8, batch_first=True)
    xs, worst = torch.randn(4, 20, 3), 0.0
    for one, other in ((ours, theirs), (theirs, ours)):
        other.reset_parameters()
        one.load_state_dict(other.state_dict())
        found = []
        for layer in (one, other):
            layer.zero_grad()
            output, h_n = layer(xs)
            output.square().mean().backward()
            slopes = [p.grad.flatten() for p in layer.parameters() if p.grad is not None]
            found.append((output.detach(), h_n.detach(), torch.cat(slopes)))
        for a, b in zip(*found, strict=True):
            worst = max(worst, float((a - b).norm() / b.norm()))
    return worst


Form = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def negated(rows: Tensor) -> Tensor:
    """Change the sign of what belongs to the update gate, the second third."""
    r, z, n = rows.chunk(3, dim=-1)
    return torch.cat([r, -z, n], dim=-1)


def chung_negated(from_input: Tensor, h: Tensor, W_hh: Tensor, b_hh: Tensor) -> Tensor:
    """Take the step of Chung et al. with an update gate whose weights have the other sign."""
    return step_of_chung(negated(from_input), h, negated(W_hh.T).T, negated(b_hh))


#: The forms of the step that get the weights of a PyTorch GRU.
FORMS: dict[str, Form] = {
    "as in PyTorch": GRUCell.step,
    "Cho et al., as published": step_of_cho,
    "Chung et al.": step_of_chung,
    "Chung et al., gate negated": chung_negated,
}


def error_of(form: Form, seed: int) -> float:
    """Return how far the states of ``form`` are off those of PyTorch, as a share of their size."""
    torch.manual_seed(seed)
    gru = nn.GRU(8, 32, batch_first=True)
    xs = torch.randn(8, 20, 8)
    with torch.no_grad():
        output, _ = gru(xs)
        W_xh, W_hh, b_xh, b_hh = gru.parameters()
        h, hs = xs.new_zeros(8, 32), []
        for x in xs.unbind(1):
            h = form(F.linear(x, W_xh, b_xh), h, W_hh, b_hh)
            hs.append(h)
        return float((torch.stack(hs, dim=1) - output).norm() / output.norm())


def takes_part(entry: Entry, contest: Contest) -> bool:
    """Return whether a network runs: one with a chrono start only where something is kept."""
    return contest.longest is not None or entry.start != "chrono"


@cache
def size_for(layer: Callable[..., nn.Module], input_size: int) -> int:
    """Return the size of state with which a layer comes closest to ``BUDGET`` parameters."""
    return min(
        range(4, 64), key=lambda size: abs(count_parameters(layer(input_size, size)) - BUDGET)
    )


def parameters(layer: Callable[..., nn.Module], contest: Contest) -> int:
    """Return how many parameters a layer has that enters a contest."""
    size = size_for(layer, contest.input_size)
    return count_parameters(layer(contest.input_size, size))


def built(entry: Entry, contest: Contest, seed: int) -> SimpleRNN:
    """Return the untrained network, its layer changed as ``entry`` says."""
    size = size_for(entry.layer, contest.input_size)
    torch.manual_seed(seed)
    model = SimpleRNN(contest.input_size, size, contest.output_size, layer=entry.layer)
    entry.change(model.rnn, contest.longest)
    return model


def learn(
    model: nn.Module, task: Task, updates: int, seed: int, rate: float, until: float
) -> History:
    """Train with the settings that all networks share."""
    return fit(
        model,
        task,
        steps=updates,
        seed=seed,
        batch_size=16,
        learning_rate=rate,
        until=until,
    )


@dataclass(frozen=True)
class OnlyThese:
    """A task that draws its batches from a few examples, again and again."""

    task: Task
    examples: Batch

    @property
    def unit(self) -> str:
        """What the score counts."""
        return self.task.unit

    @property
    def baseline(self) -> float:
        """What the best trivial answer scores."""
        return self.task.baseline

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` of the examples, the same one more than once if it so happens."""
        chosen = torch.randint(len(self.examples), (size,), generator=generator)
        inputs = tuple(values[chosen] for values in self.examples.inputs)
        return Batch(inputs, self.examples.target[chosen])

    def loss(self, output: Any, batch: Batch) -> Tensor:
        """Return the loss of the task."""
        return self.task.loss(output, batch)

    def score(self, output: Any, batch: Batch) -> float:
        """Return the score of the task."""
        return self.task.score(output, batch)


def from_few(layer: Callable[..., nn.Module], seed: int, drawing: int) -> float:
    """Train on a few strings of parity, and return the score on fresh ones."""
    contest, own = CONTESTS["parity"], DRAWINGS * seed + drawing
    examples = contest.task.batch(FEW, torch.Generator().manual_seed(own + 20_000))
    entry = Entry(layer.__name__, "default", layer, as_it_is)
    model = built(entry, contest, own)
    learn(model, OnlyThese(contest.task, examples), FEW_UPDATES, own, FEW_RATE, FITTED)
    return evaluate(model, contest.task, seed=own + 10_000)
