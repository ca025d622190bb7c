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
from rnnbook.layers import last_state, read
from rnnbook.models import SentimentClassifier, SimpleRNN
from rnnbook.tasks.order import NegationOrder
from rnnbook.tasks.ragged import Ragged
from rnnbook.text import PAD
from rnnbook.training import evaluate, fit, predict

HIDDEN = 32
#: Real steps of a sequence and steps of padding behind them, where the damage is measured.
REAL, BEHIND = 5, 15
PADS = tuple(range(0, 31, 2))
TASK = NegationOrder(gap=1, filler=2)
#: Columns of padding added to phrases that a network was trained without.
EXTRA = tuple(range(31))
#: Training steps after which the loss that counts padding is looked at.
LOOKS = (10, 30)
SEQUENCES, BATCH = 256, 32

LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "RNN": nn.RNN,
    "GRU": nn.GRU,
    "both directions": partial(nn.RNN, bidirectional=True),
}
PARTS = ("forward outputs", "forward state", "backward outputs", "backward state")
WAYS = ("padded", "packed", "buckets")


class BehindThePadding(SentimentClassifier):
    """The classifier that reads padding as if it were words, and answers at the very end."""

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, num_classes), for word ids ``x``, (batch, time)."""
        return super().forward(x)


@dataclass(frozen=True)
class PaddingCounts(Ragged):
    """The same task with a loss over all steps, padded ones included, and no lengths told."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw the same batches and keep the lengths to itself."""
        batch = super().batch(size, generator)
        return Batch(batch.inputs, batch.target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy over all steps."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``moved`` is (seed, part): how far padding moves each part of what a bidirectional layer says of
    real steps, relative to its size. ``spread`` is (seed, layer, pads): how far the final states of
    unlike sequences lie apart, as a share of what it was without padding. ``accuracy`` is (seed,
    network, extra), for networks trained behind the padding, ``safe`` (seed, extra) for the RNN
    trained and read at the true lengths. ``counted`` is (seed, look, what): the accuracy over
    all steps, and over real ones, of a network trained with a loss that counts padding. ``cells``
    and ``steps`` are (seed, way): how many steps of how many sequences are computed, and how many
    of them one after another; ``seconds`` is the processor time of reading and going backward.
    """

    parts: tuple[str, ...]
    layers: tuple[str, ...]
    pads: tuple[int, ...]
    networks: tuple[str, ...]
    extra: tuple[int, ...]
    looks: tuple[int, ...]
    ways: tuple[str, ...]
    moved: NDArray[np.float64]
    spread: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    safe: NDArray[np.float64]
    counted: NDArray[np.float64]
    cells: NDArray[np.int64]
    steps: NDArray[np.int64]
    seconds: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Measure the damage in untrained layers and in trained classifiers, and count the work.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws weights, sequences and training batches.
    """
    behind = [
        [judged(trained(BehindThePadding, layer, seed), seed) for layer in NETWORKS.values()]
        for seed in seeds
    ]
    safe = [judged(trained(SentimentClassifier, nn.RNN, seed), seed) for seed in seeds]
    work = [[count(way, seed) for way in WAYS] for seed in seeds]
    return Result(
        PARTS,
        tuple(LAYERS),
        PADS,
        tuple(NETWORKS),
        EXTRA,
        LOOKS,
        WAYS,
        np.array([damage(seed) for seed in seeds]),
        np.array([[spreads(layer, seed) for layer in LAYERS.values()] for seed in seeds]),
        np.array(behind),
        np.array(safe),
        np.array([[counting(looks, seed) for looks in LOOKS] for seed in seeds]),
        np.array([[cells for cells, _ in row] for row in work]),
        np.array([[steps for _, steps in row] for row in work]),
        np.array([seconds(seed) for seed in seeds]),
    )


def damage(seed: int) -> list[float]:
    """Return how far padding moves the parts of what a bidirectional layer says, by part."""
    torch.manual_seed(seed)
    rnn, xs = nn.RNN(10, HIDDEN, batch_first=True, bidirectional=True), torch.randn(64, REAL, 10)
    with torch.no_grad():
        right, (ahead, back) = rnn(xs)
        wrong, (padded_ahead, padded_back) = rnn(F.pad(xs, (0, 0, 0, BEHIND)))
    wrong = wrong[:, :REAL]
    return [
        relative(wrong[..., :HIDDEN], right[..., :HIDDEN]),
        relative(padded_ahead, ahead),
        relative(wrong[..., HIDDEN:], right[..., HIDDEN:]),
        relative(padded_back, back),
    ]


def relative(wrong: Tensor, right: Tensor) -> float:
    """Return the length of the difference, as a share of the length of ``right``."""
    return float((wrong - right).norm() / right.norm())


def spreads(layer: Callable[..., nn.Module], seed: int) -> list[float]:
    """Return how far apart 64 sequences end, by the steps of padding behind them."""
    torch.manual_seed(seed)
    rnn, xs = layer(10, HIDDEN, batch_first=True), torch.randn(64, REAL, 10)
    with torch.no_grad():
        ends = [rnn(F.pad(xs, (0, 0, 0, pads)))[0][:, -1] for pads in PADS]
    apart = [float((end - end.mean(0)).norm()) for end in ends]
    return [distance / apart[0] for distance in apart]


def one_by_one(layer: nn.Module, xs: Tensor, lengths: Tensor) -> Tensor:
    """Read each sequence by itself, without padding: what every cure has to equal."""
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
    """Return a classifier of phrases, trained until it makes hardly a mistake on such batches."""
    torch.manual_seed(seed)
    model = reader(len(TASK.vocabulary), 16, HIDDEN, 2, layer=layer)
    fit(model, TASK, steps=300, seed=seed, until=0.02)
    return model


def judged(model: nn.Module, seed: int) -> list[float]:
    """Return the accuracy on fresh phrases, by the columns of padding added to their batch."""
    batch = TASK.batch(300, torch.Generator().manual_seed(seed + 10_000))
    scores = []
    with torch.no_grad():
        for extra in EXTRA:
            wider = F.pad(batch.inputs[0], (0, extra), value=PAD)
            output = predict(model, Batch((wider,), batch.target, batch.lengths))
            scores.append(TASK.score(output, batch))
    return scores


def counting(steps: int, seed: int) -> tuple[float, float]:
    """Return the accuracy over all steps, and over real ones, after ``steps`` of training."""
    torch.manual_seed(seed)
    task = PaddingCounts()
    model = SimpleRNN(task.symbols + 1, HIDDEN, task.symbols + 1)
    fit(model, task, steps=steps, seed=seed, batch_size=16)
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


def seconds(seed: int, repeats: int = 5) -> list[float]:
    """Return the processor time an LSTM takes, in each way, to read half of the sequences and back.

    The ways take turns, so that a machine that is busy for a while is busy for all of them, and the
    median of their turns counts.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    lengths = Ragged().lengths(SEQUENCES // 2, generator)
    lstm = nn.LSTM(16, 64, batch_first=True)
    xs: list[Any] = [torch.randn(n, 16, generator=generator) for n in lengths.tolist()]
    taken = np.zeros((repeats, len(WAYS)))
    for turn in range(repeats):
        for k, way in enumerate(WAYS):
            began = time.process_time()
            for chosen in batches(way, lengths):
                padded = pad_sequence([xs[i] for i in chosen.tolist()], batch_first=True)
                known = lengths[chosen] if way == "packed" else None
                output, _ = read(lstm, padded, lengths=known)
                output.sum().backward()
            taken[turn, k] = time.process_time() - began
    median: list[float] = np.median(taken, axis=0).tolist()
    return median
