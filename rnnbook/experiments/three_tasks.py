"""The layers of this part on the same three tasks, a row of one table for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook.experiments import battery
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.battery import Network
from rnnbook.experiments.streaming import CausalTransformer
from rnnbook.layers import S6, SLSTM, MinGRU
from rnnbook.sequences import State
from rnnbook.tasks.last_marked import LastMarked
from rnnbook.training import evaluate, fit, largest_size

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: As in the battery: the most parameters of a network, the sequences of a batch, the most updates,
#: the mean loss of twenty batches to stop at, and the fresh sequences that a network is judged on.
PARAMETERS, BATCH, UPDATES = battery.PARAMETERS, battery.BATCH, battery.UPDATES
UNTIL, JUDGED = battery.UNTIL, battery.JUDGED
#: The learning rates that were tried, for each layer on each task.
RATES = battery.RATES
#: Steps for which a bit is kept, half as many as in the battery, so that a row takes little time.
KEPT = 50
#: Numbers of state a feature of S6, few for the same reason, and the steps that it begins with.
STATE, DELTA = 4, (1e-2, 0.5)
#: Attentions side by side in the block of the transformer.
HEADS = 2

#: Copy and parity are those of the battery.
PROBLEMS = {
    "keep": battery.PROBLEMS["keep"]._replace(task=LastMarked(KEPT, marks=0), time=KEPT),
    "copy": battery.PROBLEMS["copy"],
    "parity": battery.PROBLEMS["parity"],
}


class Attends(nn.Module):
    """One block of a causal transformer, called as a recurrent layer is; a linear map comes first.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in a token of the block; even.
    num_layers : int
        One.
    batch_first : bool
        True.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.three_tasks import Attends
    >>> Attends(3, 8)(torch.randn(2, 5, 3))[0].shape
    torch.Size([2, 5, 8])
    """

    bidirectional = False

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, *, batch_first: bool = True
    ) -> None:
        super().__init__()
        if num_layers != 1 or not batch_first:
            raise ValueError(
                "Attends: expected num_layers=1 and batch_first=True, got "
                f"{num_layers} and {batch_first}"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.batch_first = batch_first
        self.inward = nn.Linear(input_size, hidden_size)
        self.block = CausalTransformer(hidden_size, 1, HEADS)

    def forward(self, xs: Tensor, cache: State | None = None) -> tuple[Tensor, State]:
        """Return the outputs, (batch, time, hidden_size), and the keys and values of all tokens."""
        output: tuple[Tensor, State] = self.block(self.inward(xs), cache)
        return output


LAYERS: dict[str, Callable[..., nn.Module]] = {
    "LSTM": nn.LSTM,
    "GRU": nn.GRU,
    "transformer": Attends,
    "minGRU": MinGRU,
    "S4D": battery.CELLS["S4D"],
    "minGRU, signed": partial(MinGRU, signed=True),
    "S6": partial(S6, state_size=STATE, dt=DELTA),
    "delta rule": battery.CELLS["delta rule"],
    "sLSTM": SLSTM,
}
#: The learning rate of each layer on each task, chosen as those of the battery were: the largest of
#: those ``RATES`` that are about as good as the best, on two seeds.
RATE: dict[str, dict[str, float]] = {
    "keep": dict.fromkeys(LAYERS, 5e-2) | {"S4D": 2e-2},
    "copy": battery.RATE["copy"]
    | {"transformer": 2e-2, "minGRU, signed": 5e-2, "S6": 2e-2, "sLSTM": 5e-2},
    "parity": battery.RATE["parity"]
    | {"transformer": 5e-2, "minGRU, signed": 5e-2, "S6": 5e-2, "sLSTM": 5e-2},
}


class Row(NamedTuple):
    """The share of answers that one layer gets right, by task; over seeds, the seed first."""

    right: dict[str, Measured]


class Result(NamedTuple):
    """The share of answers that each layer gets right, by layer and task; the seed first."""

    right: dict[tuple[str, str], Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every layer on every task."""
    rows = {name: over_seeds(one, seeds).right for name, one in ROWS.items()}
    return Result({(name, task): rows[name][task] for name in rows for task in rows[name]})


def table(*names: str, seeds: Sequence[int] = SEEDS) -> dict[str, dict[str, float]]:
    """Return rows of the table, by default all: by row and task, the share of the median run.

    The first row is the best answer without memory.

    Raises
    ------
    ValueError
        If no row has that name.
    """
    rows = {"no memory": {name: problem.task.baseline for name, problem in PROBLEMS.items()}}
    for name in names or ROWS:
        if name not in ROWS:
            raise ValueError(f"table: expected some of {', '.join(ROWS)}, got {name!r}")
        right = over_seeds(ROWS[name], seeds).right
        rows[name] = {task: float(np.median(share)) for task, share in right.items()}
    return rows


def lstm(seed: int) -> Row:
    """Train an LSTM on every task, on one seed."""
    return row("LSTM", seed)


def gru(seed: int) -> Row:
    """Train a GRU on every task, on one seed."""
    return row("GRU", seed)


def transformer(seed: int) -> Row:
    """Train a block of a causal transformer on every task, on one seed."""
    return row("transformer", seed)


def min_gru(seed: int) -> Row:
    """Train a minGRU on every task, on one seed."""
    return row("minGRU", seed)


def s4d(seed: int) -> Row:
    """Train S4D on every task, on one seed."""
    return row("S4D", seed)


def signed_min_gru(seed: int) -> Row:
    """Train a minGRU whose factors may be negative on every task, on one seed."""
    return row("minGRU, signed", seed)


def s6(seed: int) -> Row:
    """Train S6 on every task, on one seed."""
    return row("S6", seed)


def delta_rule(seed: int) -> Row:
    """Train linear attention with the delta rule on every task, on one seed."""
    return row("delta rule", seed)


def slstm(seed: int) -> Row:
    """Train an sLSTM on every task, on one seed."""
    return row("sLSTM", seed)


#: The rows of the table, in the order in which the chapters add them. Each is a function of its
#: own, so that a chapter runs its row and finds those of the chapters before it.
ROWS: dict[str, Callable[[int], Row]] = {
    "LSTM": lstm,
    "GRU": gru,
    "transformer": transformer,
    "minGRU": min_gru,
    "S4D": s4d,
    "minGRU, signed": signed_min_gru,
    "S6": s6,
    "delta rule": delta_rule,
    "sLSTM": slstm,
}


def row(name: str, seed: int) -> Row:
    """Train one layer on every task, on one seed."""
    return Row({task: trained(name, task, seed, RATE[task][name]) for task in PROBLEMS})


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, str, float], list[float]]:
    """Return what is right at every rate, by layer and task: how ``RATE`` was chosen.

    No build calls it.
    """
    return {
        (name, task, rate): [trained(name, task, seed, rate) for seed in seeds]
        for name in LAYERS
        for task in PROBLEMS
        for rate in RATES
    }


def trained(name: str, task: str, seed: int, rate: float) -> float:
    """Return the share of answers that a network gets right, once it is trained."""
    problem, size = PROBLEMS[task], width(name, task)
    torch.manual_seed(seed)  # after the width, whose search draws weights
    model = network(name, task, size)
    fit(
        model,
        problem.task,
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return evaluate(model, problem.task, seed=seed + 10_000, size=JUDGED)


def network(name: str, task: str, size: int) -> Network:
    """Return an untrained network for a task."""
    return Network(PROBLEMS[task], size, LAYERS[name])


@cache
def width(name: str, task: str) -> int:
    """Return the largest width of a layer at which the network has at most ``PARAMETERS``.

    A transformer's width is a multiple of its heads.
    """
    times = HEADS if name == "transformer" else 1
    return times * largest_size(lambda size: network(name, task, times * size), PARAMETERS)
