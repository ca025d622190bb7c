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
from rnnbook.experiments.copy_first import running_mean
from rnnbook.initialisation import chrono_, orthogonal_
from rnnbook.models import SimpleRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.tasks.echo import Echo
from rnnbook.tasks.parity import Parity
from rnnbook.training import History, count_parameters, evaluate, fit

#: Parameters of every recurrent layer that is compared: each kind gets the size that comes closest.
BUDGET = 1800
#: The most steps of training, and the mean loss at which a run stops.
STEPS, SOLVED = 100, 0.1
#: Training strings when there are only a few, how often a seed draws some, the most steps of
#: training on them, and the loss at which it stops.
FEW, DRAWINGS, FEW_STEPS, FITTED = 8, 3, 200, 0.01
#: The learning rate of the race, and that on a few strings, higher to be done sooner.
RATE, FEW_RATE = 0.01, 0.03

Array = NDArray[np.float64]


class Contest(NamedTuple):
    """A task, the numbers in an input and an answer, and how long a memory it takes.

    ``longest`` is None where nothing is kept for long; nobody starts with chrono there.
    """

    name: str
    task: Task
    input_size: int
    output_size: int
    longest: int | None


CONTESTS = (
    Contest("a bit, 20 steps later", AskedLater(lag=20), 1, 2, 20),
    Contest("parity of 12 bits", Parity(length=12), 6, 2, 12),
    Contest("echo, 3 steps back", Echo(symbols=8, lag=3, length=12), 8, 8, None),
)


class Entry(NamedTuple):
    """A layer, and what is done to it before training."""

    kind: str
    start: str
    layer: Callable[..., nn.Module]
    change: Callable[[nn.Module, int | None], nn.Module]


def as_it_is(layer: nn.Module, longest: int | None) -> nn.Module:
    """Leave PyTorch's own start."""
    return layer


def chrono(layer: nn.Module, longest: int | None) -> nn.Module:
    """Start for memories of up to ``longest`` steps."""
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


class Result(NamedTuple):
    """What the chapter shows; the first axis of each array is the seed.

    ``equal`` is (seed,): the largest difference of our GRU and PyTorch's in outputs, state and
    gradients, as a share of each. ``wrong`` is (seed, form): how far the outputs of each form in
    ``forms`` are from PyTorch's when both have the same weights.

    ``curves`` is (seed, task, entry, step): the mean loss of the last twenty batches, NaN after the
    end. ``steps`` is (seed, task, entry): how many were taken; ``solved`` whether the loss came
    below ``SOLVED``; ``score`` that on fresh sequences, NaN of those that do not take part.
    ``trivial`` is (task,): the best score without learning. ``sizes`` is (task, entry): parameters
    of the recurrent layer.

    ``few`` is (seed, drawing, LSTM or GRU): the score on fresh strings after training on a few.
    """

    equal: Array
    forms: tuple[str, ...]
    wrong: Array
    tasks: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    curves: Array
    steps: NDArray[np.int64]
    solved: NDArray[np.bool_]
    score: Array
    trivial: Array
    sizes: NDArray[np.int64]
    few: Array


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Compare the forms, then let plain, LSTM and GRU networks of one size race.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the sequences.
    """
    shape = (len(seeds), len(CONTESTS), len(ENTRIES))
    equal, wrong = np.zeros(len(seeds)), np.zeros((len(seeds), len(FORMS)))
    curves, score = np.full((*shape, STEPS), np.nan), np.full(shape, np.nan)
    steps, solved = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    few = np.zeros((len(seeds), DRAWINGS, 2))
    for i, seed in enumerate(seeds):
        equal[i] = difference(seed)
        wrong[i] = [error_of(form, seed) for form in FORMS.values()]
        for j, contest in enumerate(CONTESTS):
            for k, entry in enumerate(ENTRIES):
                if not takes_part(entry, contest):
                    continue
                model = built(entry, contest, seed)
                history = learn(model, contest.task, STEPS, seed, RATE, SOLVED)
                steps[i, j, k] = len(history.losses)
                solved[i, j, k] = history.solved_at is not None
                curves[i, j, k, : steps[i, j, k]] = running_mean(history.losses)
                score[i, j, k] = evaluate(model, contest.task, seed=seed + 10_000)
        few[i] = [
            [from_few(layer, seed, drawing) for layer in (nn.LSTM, nn.GRU)]
            for drawing in range(DRAWINGS)
        ]
    return Result(
        equal,
        tuple(FORMS),
        wrong,
        tuple(contest.name for contest in CONTESTS),
        tuple((entry.kind, entry.start) for entry in ENTRIES),
        curves,
        steps,
        solved,
        score,
        np.array([contest.task.baseline for contest in CONTESTS]),
        np.array([[count_parameters(layer_of(e, c)) for e in ENTRIES] for c in CONTESTS]),
        few,
    )


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


def layer_of(entry: Entry, contest: Contest) -> nn.Module:
    """Return the recurrent layer with which a kind of network enters a contest."""
    return entry.layer(contest.input_size, size_for(entry.layer, contest.input_size))


def built(entry: Entry, contest: Contest, seed: int) -> SimpleRNN:
    """Return the untrained network, its layer changed as ``entry`` says."""
    size = size_for(entry.layer, contest.input_size)
    torch.manual_seed(seed)
    model = SimpleRNN(contest.input_size, size, contest.output_size, layer=entry.layer)
    entry.change(model.rnn, contest.longest)
    return model


def learn(
    model: nn.Module, task: Task, steps: int, seed: int, rate: float, until: float
) -> History:
    """Train with the settings that all networks share."""
    return fit(
        model,
        task,
        steps=steps,
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
    contest, own = CONTESTS[1], DRAWINGS * seed + drawing
    examples = contest.task.batch(FEW, torch.Generator().manual_seed(own + 20_000))
    entry = Entry(layer.__name__, "default", layer, as_it_is)
    model = built(entry, contest, own)
    few = OnlyThese(contest.task, examples)
    learn(model, few, FEW_STEPS, own, FEW_RATE, FITTED)
    return evaluate(model, contest.task, seed=own + 10_000)
