"""Six cells on five small tasks, at equal parameters: up to one limit, and at equal work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from rnnbook import training
from rnnbook.batch import Task
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.state_tracking import WideReader
from rnnbook.layers import S4D, LinearAttention, MinGRU
from rnnbook.tasks.echo import Echo
from rnnbook.tasks.keys_and_values import KeysAndValues
from rnnbook.tasks.last_marked import LastMarked
from rnnbook.tasks.parity import Parity
from rnnbook.tasks.selective_copying import SelectiveCopying
from rnnbook.text import one_hot_encode
from rnnbook.training import adam, evaluate, largest_size, step

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: The most parameters of a network.
PARAMETERS = 2000
#: Complex numbers in the state of a feature of S4D.
STATE = 8
#: The sequences of a batch, and the most updates.
BATCH, UPDATES = 32, 120
#: Training stops once the mean loss of twenty batches is below this.
UNTIL = 0.1
#: The learning rates that were tried, for each cell on each task.
RATES = (1e-2, 2e-2, 5e-2)
#: Fresh sequences that a network is judged on.
JUDGED = 256


class Problem(NamedTuple):
    """A task, and what a network for it reads and answers.

    Attributes
    ----------
    task : Task
        Draws the sequences, and scores an answer at every step as a share that is right.
    ids : tuple of int
        How many ids each input has; empty if the one input has vectors.
    inputs : int
        Numbers in what is read at a step.
    outputs : int
        Numbers in an answer.
    time : int
        Steps in a sequence.
    """

    task: Task
    ids: tuple[int, ...]
    inputs: int
    outputs: int
    time: int


PROBLEMS = {
    "keep": Problem(LastMarked(length=100, marks=0), (), 2, 2, 100),
    "copy": Problem(SelectiveCopying(symbols=4, asked=3, length=12), (6,), 6, 4, 15),
    "parity": Problem(Parity(16), (), 6, 2, 17),
    "overwrite": Problem(
        KeysAndValues(pairs=12, keys=6, values=4, asked=6, again=True), (6, 5), 11, 4, 18
    ),
    "echo": Problem(Echo(symbols=4, lag=6, length=24), (), 4, 4, 24),
}


class Convolved(S4D):
    """S4D that reads by its convolution: the outputs of its scan, sooner, and no state after them.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.battery import Convolved
    >>> layer = Convolved(3, 4, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> torch.allclose(layer(xs)[0], super(Convolved, layer).forward(xs)[0], atol=1e-5)
    True
    """

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Return the outputs, (batch, time, hidden_size), and an empty tensor for the state."""
        if h_0 is not None or isinstance(xs, PackedSequence):
            raise ValueError(
                "Convolved: expected a padded batch and no state; a convolution begins at zeros "
                "and computes no last state: use S4D"
            )
        return self.convolve(xs), torch.empty(1, len(xs), 0)


CELLS: dict[str, Callable[..., nn.Module]] = {
    "RNN": nn.RNN,
    "LSTM": nn.LSTM,
    "GRU": nn.GRU,
    "minGRU": MinGRU,
    "S4D": partial(Convolved, state_size=STATE),
    "delta rule": partial(LinearAttention, write="delta"),
}
#: The learning rate of each cell on each task: the largest of those ``RATES`` that
#: are about as good as the best, on two seeds.
RATE: dict[str, dict[str, float]] = {
    "keep": {
        "RNN": 5e-2,
        "LSTM": 5e-2,
        "GRU": 5e-2,
        "minGRU": 5e-2,
        "S4D": 2e-2,
        "delta rule": 5e-2,
    },
    "copy": {
        "RNN": 1e-2,
        "LSTM": 2e-2,
        "GRU": 5e-2,
        "minGRU": 5e-2,
        "S4D": 5e-2,
        "delta rule": 5e-2,
    },
    "parity": {
        "RNN": 2e-2,
        "LSTM": 5e-2,
        "GRU": 5e-2,
        "minGRU": 2e-2,
        "S4D": 2e-2,
        "delta rule": 5e-2,
    },
    "overwrite": {
        "RNN": 1e-2,
        "LSTM": 5e-2,
        "GRU": 1e-2,
        "minGRU": 1e-2,
        "S4D": 1e-2,
        "delta rule": 5e-2,
    },
    "echo": {
        "RNN": 2e-2,
        "LSTM": 2e-2,
        "GRU": 2e-2,
        "minGRU": 5e-2,
        "S4D": 5e-2,
        "delta rule": 5e-2,
    },
}


class Network(nn.Module):
    """Read a sequence with one cell, and answer at every step by way of a layer of ReLUs.

    Ids become vectors that are 1 in one place and 0 elsewhere; those of all inputs stand side by
    side.

    Parameters
    ----------
    problem : Problem
        Says what is read and answered.
    size : int
        Numbers in what the cell gives at a step.
    cell : callable
        Builds the recurrent layer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.battery import CELLS, PROBLEMS, Network
    >>> problem = PROBLEMS["overwrite"]
    >>> batch = problem.task.batch(2, torch.Generator())
    >>> Network(problem, 8, CELLS["GRU"])(*batch.inputs).shape
    torch.Size([2, 18, 4])
    """

    def __init__(self, problem: Problem, size: int, cell: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.ids = problem.ids
        self.reader = WideReader(problem.inputs, size, problem.outputs, layer=cell)

    def forward(self, *inputs: Tensor, lengths: None = None) -> Tensor:
        """Return logits, (batch, time, outputs), for ids (batch, time) or vectors."""
        if self.ids:
            vectors = map(one_hot_encode, inputs, self.ids)
            inputs = (torch.cat(list(vectors), dim=-1),)
        logits: Tensor = self.reader(*inputs)
        return logits


class Result(NamedTuple):
    """The share that every network gets right, by task and cell; the first axis is the seed.

    ``updates`` is after all updates, and ``work`` after as many as :func:`updates_at_equal_work`
    says, of the same training. ``taken`` is how many updates it took.
    """

    updates: dict[tuple[str, str], Measured]
    work: dict[tuple[str, str], Measured]
    taken: dict[tuple[str, str], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every cell on every task."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every cell on every task, on one seed."""
    updates, work, taken = {}, {}, {}
    for name in PROBLEMS:
        for cell in CELLS:
            marks = updates_at_equal_work(name, cell), UPDATES
            found, taken[name, cell] = trained(name, cell, seed, RATE[name][cell], marks)
            work[name, cell], updates[name, cell] = found
    return Result(updates, work, taken)


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, str, float], list[float]]:
    """Return what is right at every rate, by task and cell: how ``RATE`` was chosen.

    No build calls it.
    """
    return {
        (name, cell, rate): [trained(name, cell, s, rate, (UPDATES,))[0][0] for s in seeds]
        for name in PROBLEMS
        for cell in CELLS
        for rate in RATES
    }


def trained(
    name: str, cell: str, seed: int, rate: float, marks: tuple[int, ...]
) -> tuple[list[float], int]:
    """Return the share that is right after so many updates each, and the updates that were taken.

    It is :func:`rnnbook.training.fit`, which stops to look. Once a network has solved its task, it
    is not trained further, and later looks find what it has then.
    """
    torch.manual_seed(seed)
    task = PROBLEMS[name].task
    model = network(name, cell, width(name, cell))
    parameters = list(model.parameters())
    generator, stepper = torch.Generator().manual_seed(seed), adam(parameters, rate)
    history, seen = training.History(), dict[int, float]()

    def right() -> float:
        return evaluate(model, task, seed=seed + 10_000, size=JUDGED)

    for update in training.progress(range(1, max(marks) + 1)):
        batch = task.batch(BATCH, generator)
        step(task.loss(model(*batch.inputs), batch), parameters, stepper, 1.0, history)
        if update in marks:
            seen[update] = right()
        if len(history.losses) >= 20 and history.recent() < UNTIL:
            break
    last = right() if any(mark not in seen for mark in marks) else float("nan")
    return [seen.get(mark, last) for mark in marks], len(history.losses)


def network(name: str, cell: str, size: int) -> Network:
    """Return an untrained network for a task."""
    return Network(PROBLEMS[name], size, CELLS[cell])


@cache
def width(name: str, cell: str) -> int:
    """Return the largest width of a cell at which the network has at most ``PARAMETERS``."""
    return largest_size(lambda size: network(name, cell, size), PARAMETERS)


def multiplications(name: str, cell: str) -> int:
    """Return how many multiplications a network makes when it reads one sequence, step by step.

    Counted are the products of two numbers in the equations of the cell and of the readout; a
    product of two complex numbers is four. Functions such as tanh are not counted.
    """
    problem = PROBLEMS[name]
    D, H, N = problem.inputs, width(name, cell), STATE
    step_of_cell = {
        # W_xh x + W_hh h
        "RNN": H * (D + H),
        # four times that, then f * c, i * g and o * tanh(c)
        "LSTM": 4 * H * (D + H) + 3 * H,
        # three times that, then r * (W_hn h), (1 - z) * n and z * h
        "GRU": 3 * H * (D + H) + 3 * H,
        # W_xz x and W_xn x, then z * h and (1 - z) * n
        "minGRU": 2 * H * D + 2 * H,
        # u = W x, then Ā h (complex), B̄ u, the real part of C h, and D u
        "S4D": H * D + 4 * H * N + 2 * H * N + 2 * H * N + H,
        # q, k, v and beta; the norm of k, and k over it; S k, u = beta (v - S k), u k^T, S q
        "delta rule": 3 * H * D + D + 2 * H + H * H + H + H * H + H * H,
    }
    readout = 2 * H * H + 2 * H * problem.outputs
    return problem.time * (step_of_cell[cell] + readout)


def updates_at_equal_work(name: str, cell: str) -> int:
    """Return how many updates cost a cell what ``UPDATES`` cost the cheapest cell of a task.

    The cost of an update is in proportion to the multiplications of a sequence.
    """
    cheapest = min(multiplications(name, other) for other in CELLS)
    return UPDATES * cheapest // multiplications(name, cell)
