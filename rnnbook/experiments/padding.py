"""What padding does to states, to trained classifiers, to a loss and to the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import last_state, read, reverse_within
from rnnbook.models import SentimentClassifier, SimpleRNN
from rnnbook.tasks.order import NegationOrder
from rnnbook.tasks.ragged import Ragged
from rnnbook.text import PAD
from rnnbook.training import evaluate, fit, predict

#: A seed draws weights, sequences and training batches.
SEEDS = (0, 1, 2)
HIDDEN = 32
#: Real steps of a sequence and steps of padding after them, where the damage is measured.
REAL, BEHIND = 5, 15
PADS = tuple(range(0, 31, 2))
TASK = NegationOrder(gap=1, filler=2)
#: Columns of padding added to phrases that a network was trained without.
EXTRA = tuple(range(31))
#: The most updates that a classifier gets; training stops when it is almost always right.
UPDATES = 600
#: The learning rate of the classifiers. At 1e-2 some that answer after the padding learn nothing.
SLOW = 5e-3
#: That of the network whose loss counts padding.
FAST = 1e-2
#: Updates after which the loss that counts padding is looked at.
LOOKS = (10, 30)
SEQUENCES, BATCH = 256, 32

LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "RNN": nn.RNN,
    "GRU": nn.GRU,
    "both directions": partial(nn.RNN, bidirectional=True),
}
WAYS = ("padded", "packed", "buckets")

Array = NDArray[np.float64]


class BehindThePadding(SentimentClassifier):
    """The classifier that reads padding as if it were words, and answers at the very end."""

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, num_classes), for word ids ``x``, (batch, time)."""
        return super().forward(x)


@dataclass(frozen=True)
class PaddingCounts(Ragged):
    """The same task with a loss over all steps, padded ones included, and without lengths."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw the same batches and keep the lengths to itself."""
        batch = super().batch(size, generator)
        return Batch(batch.inputs, batch.target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy over all steps."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())


class Result(NamedTuple):
    """What was measured, by name; the first axis is the seed.

    ``moved`` says how far padding moves each part that a bidirectional layer returns, relative to
    its size. ``off`` is how far each way to read a padded batch is from sequences read one by one,
    relative to those. ``spread`` is (seed, pads) for each layer: how far the final states of
    different sequences lie apart, as a share of the distance without padding. ``behind`` is (seed,
    extra) for each network: its accuracy when it was trained to answer after the padding; ``safe``
    (seed, extra) is that of the RNN trained and read at the true lengths. ``everything`` and
    ``real`` are the accuracies over all steps and over real ones, by the updates of a network whose
    loss counts padding. ``cells`` and ``steps`` say by way how many cells are computed, and how
    many steps are taken one after another; ``seconds`` is the processor time of reading and going
    backward.
    """

    moved: dict[str, Measured]
    off: dict[str, Measured]
    spread: dict[str, Measured]
    behind: dict[str, Measured]
    safe: Measured
    everything: dict[int, Measured]
    real: dict[int, Measured]
    cells: dict[str, Measured]
    steps: dict[str, Measured]
    seconds: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure the damage in untrained layers and in trained classifiers, and count the work."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Measure and count everything once, on one seed."""
    counted = {updates: counting(updates, seed) for updates in LOOKS}
    work = {way: count(way, seed) for way in WAYS}
    return Result(
        moved=damage(seed),
        off=cures(seed),
        spread={name: spreads(layer, seed) for name, layer in LAYERS.items()},
        behind={
            name: judged(trained(BehindThePadding, layer, seed), seed)
            for name, layer in NETWORKS.items()
        },
        safe=judged(trained(SentimentClassifier, nn.RNN, seed), seed),
        everything={updates: both for updates, (both, _) in counted.items()},
        real={updates: real for updates, (_, real) in counted.items()},
        cells={way: cells for way, (cells, _) in work.items()},
        steps={way: steps for way, (_, steps) in work.items()},
        seconds=seconds(seed),
    )


def damage(seed: int) -> dict[str, float]:
    """Return how far padding moves the parts that a bidirectional layer returns, by part."""
    torch.manual_seed(seed)
    rnn, xs = nn.RNN(10, HIDDEN, batch_first=True, bidirectional=True), torch.randn(64, REAL, 10)
    with torch.no_grad():
        right, (ahead, back) = rnn(xs)
        wrong, (padded_ahead, padded_back) = rnn(F.pad(xs, (0, 0, 0, BEHIND)))
    wrong = wrong[:, :REAL]
    return {
        "forward outputs": relative(wrong[..., :HIDDEN], right[..., :HIDDEN]),
        "forward state": relative(padded_ahead, ahead),
        "backward outputs": relative(wrong[..., HIDDEN:], right[..., HIDDEN:]),
        "backward state": relative(padded_back, back),
    }


@torch.no_grad()
def cures(seed: int) -> dict[str, float]:
    """Return how far each way to read a padded batch is from sequences read one by one, by way.

    In double precision, so that an exact way leaves rounding and nothing else.
    """
    torch.manual_seed(seed)
    rnn, both = (
        nn.RNN(10, HIDDEN, batch_first=True, bidirectional=two).double() for two in (False, True)
    )
    cell = nn.RNNCell(10, HIDDEN).double()
    cell.load_state_dict({name[:-3]: weight for name, weight in rnn.state_dict().items()})
    lengths = torch.tensor([5, 20, 1, 12])
    xs = torch.randn(4, 20, 10, dtype=torch.float64)
    alone = one_by_one(rnn, xs, lengths)
    alone_both = one_by_one(both, xs, lengths)
    output, h_n = rnn(xs)
    packed, packed_both = (read(layer, xs, lengths=lengths) for layer in (rnn, both))
    real = torch.arange(20) < lengths.unsqueeze(1)
    pairs = zip(xs, lengths.tolist(), strict=True)
    alone_back = torch.cat([rnn(x[:n].flip(0))[0].flip(0) for x, n in pairs])
    flipped = rnn(xs.flip(1))[0].flip(1)[real]
    turned = reverse_within(rnn(reverse_within(xs, lengths))[0], lengths)[real]
    return {
        "true length": relative(last_state(output, h_n, lengths), alone),
        "packed": relative(last_state(*packed, lengths), alone),
        "masked": relative(masked(cell, xs, lengths), alone),
        "packed, both ways": relative(last_state(*packed_both, lengths), alone_both),
        "flipped": relative(flipped, alone_back),
        "turned within lengths": relative(turned, alone_back),
    }


def relative(wrong: Tensor, right: Tensor) -> float:
    """Return the norm of the difference, as a share of the norm of ``right``."""
    return float((wrong - right).norm() / right.norm())


def spreads(layer: Callable[..., nn.Module], seed: int) -> Array:
    """Return how far apart 64 sequences end, by the steps of padding after them."""
    torch.manual_seed(seed)
    rnn, xs = layer(10, HIDDEN, batch_first=True), torch.randn(64, REAL, 10)
    with torch.no_grad():
        ends = [rnn(F.pad(xs, (0, 0, 0, pads)))[0][:, -1] for pads in PADS]
    apart = np.array([float((end - end.mean(0)).norm()) for end in ends])
    share: Array = apart / apart[0]
    return share


def one_by_one(layer: nn.Module, xs: Tensor, lengths: Tensor) -> Tensor:
    """Read each sequence by itself, without padding: every other way has to equal it."""
    alone = (x[:n].unsqueeze(0) for x, n in zip(xs, lengths.tolist(), strict=True))
    return torch.cat([last_state(*layer(x)) for x in alone])


def masked(cell: nn.RNNCell, xs: Tensor, lengths: Tensor) -> Tensor:
    """Read a padded batch step by step; a sequence that has ended keeps its state."""
    h = xs.new_zeros(len(xs), cell.hidden_size)
    for t, x in enumerate(xs.unbind(1)):
        going = (t < lengths).unsqueeze(1)
        h = torch.where(going, cell(x, h), h)
    return h


def trained(
    reader: Callable[..., SentimentClassifier], layer: Callable[..., nn.Module], seed: int
) -> SentimentClassifier:
    """Return a classifier of phrases, trained until it is almost always right on such batches."""
    torch.manual_seed(seed)
    model = reader(len(TASK.vocabulary), 16, HIDDEN, 2, layer=layer)
    fit(model, TASK, steps=UPDATES, seed=seed, learning_rate=SLOW, until=0.02)
    return model


def judged(model: nn.Module, seed: int) -> Array:
    """Return the accuracy on fresh phrases, by the columns of padding added to their batch."""
    batch = TASK.batch(300, torch.Generator().manual_seed(seed + 10_000))
    scores = []
    with torch.no_grad():
        for extra in EXTRA:
            wider = F.pad(batch.inputs[0], (0, extra), value=PAD)
            output = predict(model, Batch((wider,), batch.target, batch.lengths))
            scores.append(TASK.score(output, batch))
    return np.array(scores)


def counting(updates: int, seed: int) -> tuple[float, float]:
    """Return the accuracy over all steps, and over real ones, after so many ``updates``."""
    torch.manual_seed(seed)
    task = PaddingCounts()
    model = SimpleRNN(task.symbols + 1, HIDDEN, task.symbols + 1)
    fit(model, task, steps=updates, seed=seed, batch_size=16, learning_rate=FAST)
    batch = task.batch(200, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        right = predict(model, batch).argmax(-1) == batch.target
    return right.float().mean().item(), evaluate(model, task, seed=seed + 10_000, size=200)


def batches(way: str, lengths: Tensor) -> Iterator[Tensor]:
    """Yield which sequences share a batch: as they come, or for buckets sorted by length."""
    order = lengths.argsort() if way == "buckets" else torch.arange(len(lengths))
    yield from order.split(BATCH)


def count(way: str, seed: int) -> tuple[int, int]:
    """Return the cells computed, and the steps taken one after another, for all sequences."""
    lengths = Ragged().lengths(SEQUENCES, torch.Generator().manual_seed(seed))
    cells = steps = 0
    for chosen in batches(way, lengths):
        longest = int(lengths[chosen].max())
        steps += longest
        cells += int(lengths[chosen].sum()) if way == "packed" else len(chosen) * longest
    return cells, steps


def seconds(seed: int, repeats: int = 3) -> dict[str, float]:
    """Return the processor time an LSTM takes, in each way, to read half of the sequences and back.

    The ways take turns, so that a machine that is busy for a while is busy for all of them, and the
    median of their turns counts.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    lengths = Ragged().lengths(SEQUENCES // 2, generator)
    lstm = nn.LSTM(16, 64, batch_first=True)
    xs: list[Any] = [torch.randn(n, 16, generator=generator) for n in lengths.tolist()]
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, turns in taken.items():
            began = time.process_time()
            for chosen in batches(way, lengths):
                padded = pad_sequence([xs[i] for i in chosen.tolist()], batch_first=True)
                known = lengths[chosen] if way == "packed" else None
                output, _ = read(lstm, padded, lengths=known)
                output.sum().backward()
            turns.append(time.process_time() - began)
    return {way: float(np.median(turns)) for way, turns in taken.items()}
