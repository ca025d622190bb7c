"""Parity and swapped cups: what a recurrence that is linear in its state keeps track of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import LinearAttention, MinGRU
from rnnbook.models import SimpleRNN
from rnnbook.sequences import read
from rnnbook.tasks.cups import MOVES, ORDERS, Cups
from rnnbook.tasks.parity import Parity
from rnnbook.text import START, one_hot_encode
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights, the sequences of training and those judged.
SEEDS = (0, 1, 2)
#: Numbers in a state, or in what is read from it where it is a matrix.
SIZE = 16
#: The length of the sequences in training, which ask after every input, and their batches.
TRAINED, BATCH = 20, 32
#: The most updates; training stops once the mean loss of twenty batches is below ``UNTIL``.
UPDATES, UNTIL = 300, 0.003
RATE = 2e-2
#: The learning rates that were tried, for each network.
RATES = (5e-3, 1e-2, 2e-2)
#: Lengths that are judged, by the last answer, on so many fresh sequences; a sign flip that is
#: rounded or set by hand also on ``FAR``, where fewer sequences have to do.
LENGTHS, JUDGED = (20, 50, 100, 500), 300
FAR, JUDGED_FAR = 2000, 100
#: Fresh strings of the trained length that the sum made by hand is judged on.
SUMMED = 2000
#: The length of the string of ones on which a unit is watched.
ONES = 40
#: A number whose sigmoid is 1 in float32, and that of its negative 0; and one at which a gate keeps
#: all but 5e-5 of its state.
SURE, NEARLY = 200.0, 10.0

LAYERS: dict[str, Callable[..., nn.Module]] = {
    "RNN": nn.RNN,
    "LSTM": nn.LSTM,
    "minGRU": MinGRU,
    "minGRU, signed": partial(MinGRU, signed=True),
    "delta rule": partial(LinearAttention, write="delta"),
    "delta rule, signed": partial(LinearAttention, write="delta", signed=True),
}
#: Who is trained on which task.
TRACKERS = {
    "parity": ("RNN", "LSTM", "minGRU", "minGRU, signed"),
    "cups": ("LSTM", "minGRU, signed", "delta rule", "delta rule, signed"),
}


class Result(NamedTuple):
    """What became of every network; the first axis is the seed.

    ``right`` is, by task, network and length, the share of fresh sequences whose last answer is
    right, and ``updates`` by task and network the updates taken. ``rounded`` is, by length, that
    share for the signed minGRU on parity, once its gates are rounded. ``hand`` is, by what was made
    by hand and by length, that share. ``ones`` is, by network, the state of one unit on a string of
    ones, (seed, steps). ``factor`` is what its signed form multiplies by at a one.
    """

    right: dict[tuple[str, str, int], Measured]
    updates: dict[tuple[str, str], Measured]
    rounded: dict[int, Measured]
    hand: dict[tuple[str, int], Measured]
    ones: dict[str, Measured]
    factor: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network on short sequences, and judge it on long ones."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    right, updates, models = {}, {}, {}
    for kind, names in TRACKERS.items():
        for name in names:
            model, updates[kind, name] = trained(kind, name, seed, RATE)
            for length in LENGTHS:
                right[kind, name, length] = judged(model, kind, length, seed)
            models[kind, name] = model
    plain, signed = models["parity", "minGRU"], models["parity", "minGRU, signed"]
    exact = rounded(signed)
    unit = int(factors(signed).argmin())
    return Result(
        right,
        updates,
        {length: judged(exact, "parity", length, seed) for length in LENGTHS}
        | {FAR: judged(exact, "parity", FAR, seed, JUDGED_FAR)},
        by_hand(seed),
        {
            "minGRU": on_ones(plain, int(factors(plain).argmax())),
            "minGRU, signed": on_ones(signed, unit),
            "rounded": on_ones(exact, unit),
        },
        float(factors(signed)[unit]),
    )


def rates(seeds: Sequence[int] = (200, 201, 202)) -> dict[tuple[str, str, float], list[float]]:
    """Return what is right at every rate, by task and network: how ``RATE`` was chosen.

    The length is that of training. The plain network is tried on the cups, too. No build calls it.
    """
    tried = [(kind, name) for kind, names in TRACKERS.items() for name in names]
    return {
        (kind, name, rate): [
            judged(trained(kind, name, seed, rate)[0], kind, TRAINED, seed) for seed in seeds
        ]
        for kind, name in [*tried, ("cups", "RNN")]
        for rate in RATES
    }


class WideReader(nn.Module):
    """Answer at every step from the state of a layer, through a layer of ReLUs twice as wide.

    Its answer need not be linear in the state, so that a layer that is linear in its own state can
    still count, and say whether the count is odd.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in what the layer gives.
    output_size : int
        Numbers in one answer.
    layer : callable
        Builds the recurrent layer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.state_tracking import WideReader
    >>> from rnnbook.layers import MinGRU
    >>> WideReader(6, 16, 2, layer=MinGRU)(torch.randn(3, 5, 6)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        layer: Callable[..., nn.Module],
    ) -> None:
        super().__init__()
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size)
        self.widen = nn.Linear(hidden_size, 2 * hidden_size)
        self.fc = nn.Linear(2 * hidden_size, output_size)

    def forward(self, xs: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, output_size), for (batch, time, input_size)."""
        output, _ = read(self.rnn, xs, lengths=lengths)
        logits: Tensor = self.fc(torch.relu(self.widen(output)))
        return logits


def task_of(kind: str, length: int) -> Parity | Cups:
    """Return the task of that name."""
    return Parity(length) if kind == "parity" else Cups(length)


def network(kind: str, name: str, seed: int) -> SimpleRNN | WideReader:
    """Return an untrained network; one that is linear in its state has the wide readout."""
    torch.manual_seed(seed)
    wide = name not in ("RNN", "LSTM", "GRU")
    inputs = len(task_of(kind, TRAINED).vocabulary)
    outputs = 2 if kind == "parity" else len(ORDERS)
    return (WideReader if wide else SimpleRNN)(inputs, SIZE, outputs, layer=LAYERS[name])


def trained(kind: str, name: str, seed: int, rate: float) -> tuple[SimpleRNN | WideReader, int]:
    """Return a network that was trained on short sequences, and the updates it took."""
    model = network(kind, name, seed)
    history = fit(
        model,
        task_of(kind, TRAINED),
        steps=UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def judged(model: nn.Module, kind: str, length: int, seed: int, size: int = JUDGED) -> float:
    """Return the share of fresh sequences whose last answer is right."""
    return evaluate(model, task_of(kind, length), seed=seed + 10_000, size=size)


@torch.no_grad()
def factors(model: nn.Module) -> Tensor:
    """Return what the minGRU of ``model`` multiplies each unit by when it reads a one, (SIZE,)."""
    layer = cast(MinGRU, model.rnn)
    x = one_hot_encode(Parity().vocabulary.encode("1"), layer.input_size)
    # what a state of one adds to the next state
    return (layer.step(x, torch.ones(1, layer.hidden_size)) - layer.step(x))[0]


@torch.no_grad()
def rounded(model: nn.Module) -> nn.Module:
    """Return a copy whose gates are 0 or 1 at each bit, whichever is nearer.

    The gate at the start sign, which lets the first state in, stays as it is.
    """
    other = deepcopy(model)
    gate = cast(MinGRU, other.rnn).gate
    # of one-hot inputs, each has its column; far from zero, the sigmoid is 0 or 1 in float32
    gate.weight += gate.bias[:, None]
    gate.bias.zero_()
    bits = [Parity().vocabulary.token_to_id[bit] for bit in "01"]
    gate.weight[:, bits] = gate.weight[:, bits].sign() * SURE
    return other


@torch.no_grad()
def on_ones(model: nn.Module, unit: int) -> NDArray[np.float64]:
    """Return the state of a unit after the start sign and after each of ``ONES`` ones."""
    vocabulary = Parity().vocabulary
    ids = torch.cat([torch.tensor([START]), vocabulary.encode("1" * ONES)])
    output, _ = cast(MinGRU, model.rnn)(one_hot_encode(ids, len(vocabulary))[None])
    states: NDArray[np.float64] = output[0, :, unit].double().numpy()
    return states


def by_hand(seed: int) -> dict[tuple[str, int], float]:
    """Return what the three networks whose weights are set by hand get right."""
    flip, total, mirrors = sign_flip(), running_sum(), reflections()
    return {
        ("sign flip", TRAINED): judged(flip, "parity", TRAINED, seed),
        ("sign flip", FAR): judged(flip, "parity", FAR, seed, JUDGED_FAR),
        ("sum", TRAINED): judged(total, "parity", TRAINED, seed, SUMMED),
        ("sum", 5 * TRAINED): judged(total, "parity", 5 * TRAINED, seed, SUMMED),
        ("reflections", TRAINED): judged(mirrors, "cups", TRAINED, seed),
        ("reflections", LENGTHS[-1]): judged(mirrors, "cups", LENGTHS[-1], seed),
    }


@torch.no_grad()
def sign_flip() -> SimpleRNN:
    """Return a signed minGRU of one unit whose state is 1 while the ones are even, and else -1.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.state_tracking import sign_flip
    >>> from rnnbook.tasks.parity import Parity
    >>> task, model = Parity(length=4), sign_flip()
    >>> batch = task.batch(1, torch.Generator().manual_seed(0))
    >>> task.words(batch), model.rnn(batch.inputs[0])[0].flatten().tolist()
    (['0110'], [1.0, 1.0, -1.0, 1.0, 1.0])
    """
    vocabulary = Parity().vocabulary
    zero, one = (vocabulary.token_to_id[bit] for bit in "01")
    model = SimpleRNN(len(vocabulary), 1, 2, layer=LAYERS["minGRU, signed"])
    layer = cast(MinGRU, model.rnn)
    for parameter in model.parameters():
        parameter.zero_()
    # a = 2 sigma(s) - 1: 1 at a zero, -1 at a one, and 0 at the start sign
    layer.gate.weight[0, [zero, one]] = torch.tensor([SURE, -SURE])
    # at the start sign, half of 2 is written
    layer.candidate.weight[0, START] = 2.0
    model.fc.weight[:, 0] = torch.tensor([1.0, -1.0])
    return model


@torch.no_grad()
def running_sum() -> WideReader:
    """Return a minGRU with positive gates that counts ones, and reads up to ``TRAINED`` of them.

    The readout is a wave that is 0 at even counts and 1 at odd ones, a ReLU for each turn of it.
    """
    vocabulary = Parity().vocabulary
    model = WideReader(len(vocabulary), SIZE, 2, layer=MinGRU)
    layer = cast(MinGRU, model.rnn)
    for parameter in model.parameters():
        parameter.zero_()
    # z = sigma(s) is nearly 1, and (1 - z) n is 1 at a one
    layer.gate.bias.fill_(NEARLY)
    added = 1 / torch.sigmoid(torch.tensor(-NEARLY))
    layer.candidate.weight[0, vocabulary.token_to_id["1"]] = added
    # h - 2 relu(h - 1) + 2 relu(h - 2) - ...
    turns = torch.arange(TRAINED + 1)
    model.widen.weight[turns, 0] = 1.0
    model.widen.bias[turns] = -turns.float()
    wave = torch.where(turns % 2 == 0, 2.0, -2.0)
    wave[0] = 1.0
    model.fc.weight[1, turns] = wave
    # odd from one half on
    model.fc.bias[0] = 0.5
    return model


@torch.no_grad()
def reflections() -> SimpleRNN:
    """Return a delta rule of one row, which holds the cups' numbers in the order they stand in.

    A swap of two places is a reflection, ``I - 2 k k^T``, whose key ``k`` is the difference of the
    two.
    """
    vocabulary = Cups().vocabulary
    layer = partial(LAYERS["delta rule, signed"], key_size=len(MOVES))
    model = SimpleRNN(len(vocabulary), 1, len(ORDERS), layer=layer)
    rule = cast(LinearAttention, model.rnn)
    for parameter in model.parameters():
        parameter.zero_()
    still, left, right = (vocabulary.token_to_id[move] for move in ".lr")
    # the start sign writes the numbers 1, 2, 3 as a key of norm 1 times a value
    cups = torch.tensor([1.0, 2.0, 3.0])
    rule.key.weight[:, START] = cups
    rule.value.weight[0, START] = cups.norm()
    # beta = 2 sigma(s) is 1 at the start sign, 0 where all stay, 2 at a swap
    rule.beta.weight[0, [still, left, right]] = torch.tensor([-SURE, SURE, SURE])
    rule.key.weight[:, left] = torch.tensor([1.0, -1.0, 0.0])
    rule.key.weight[:, right] = torch.tensor([0.0, 1.0, -1.0])
    # each order is read as one number: its first cup counts 16, its second 4, its last 1
    places = torch.tensor([16.0, 4.0, 1.0])
    rule.query.weight.copy_(places[:, None].expand_as(rule.query.weight))
    codes = cups[torch.tensor(ORDERS)] @ places
    # the nearest code has the largest logit: 2 c o - c^2
    model.fc.weight[:, 0] = 2 * codes
    model.fc.bias.copy_(-(codes**2))
    return model
