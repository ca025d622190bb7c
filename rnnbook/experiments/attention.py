"""What has to fit through one state, and what changes when all states may be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.attention import real_steps, scaled_dot_product
from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import State
from rnnbook.models import AttentionTranslator, Seq2SeqTranslator
from rnnbook.tasks.backwards import Backwards
from rnnbook.training import count_parameters, evaluate, fit

#: A seed draws the initial weights, the words of training and those judged.
SEEDS = (0, 1, 2)
TASK = Backwards(letters=3, least=1, most=8)
LENGTHS = tuple(range(1, 13))
#: The share of words of each length that one word for all of that length gets.
GUESS = {letters: float(TASK.letters) ** -letters for letters in LENGTHS}
#: Updates after which all networks are compared.
UPDATES = 100
#: The most updates for the one that goes on without attention, and the mean loss at which it stops.
LONG, SOLVED = 400, 0.04
LEARNING_RATE = 1e-2
#: Units of the encoder and the decoder. The network that scores and the wider decoder of attention
#: cost weights; its state is smaller for that, so that it has no more weights than the others.
#: Without attention a whole state has twice as many numbers; half as wide, as many as ``h`` alone.
HIDDEN = {"attention": 48, "one state": 64, "h without c": 64, "half as wide": 32}
#: A network writes well once it has this share of the last words of training right.
WELL = 0.9

Array = NDArray[np.float64]
Build = type[Seq2SeqTranslator] | type[AttentionTranslator]
Network = Seq2SeqTranslator | AttentionTranslator


class OnlyHidden(Seq2SeqTranslator):
    """The translator with a mistake: of an LSTM's state only ``h`` is passed on, and no ``c``."""

    def encode(self, src: Tensor, *, lengths: Tensor | None = None) -> State:
        """Return the state with zeros instead of ``c``."""
        h, c = super().encode(src, lengths=lengths)
        return h, torch.zeros_like(c)


NETWORKS: dict[str, Build] = {
    "attention": AttentionTranslator,
    "one state": Seq2SeqTranslator,
    "h without c": OnlyHidden,
    "half as wide": Seq2SeqTranslator,
}


@dataclass(frozen=True)
class Watched(Backwards):
    """The same task, which writes down the score of every batch before it is learned from.

    Each batch is new, so these are scores on fresh words. Given the model, it also keeps a copy of
    it as it is after ``UPDATES`` updates.
    """

    model: Network | None = field(default=None, compare=False)
    scores: list[float] = field(default_factory=list, compare=False)
    copies: list[Network] = field(default_factory=list, compare=False)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the loss, and enter the score."""
        if self.model is not None and len(self.scores) == UPDATES:
            self.copies.append(deepcopy(self.model))
        self.scores.append(self.score(output, batch))
        return super().loss(output, batch)


class Result(NamedTuple):
    """What was measured, by name; the first axis is the seed.

    ``by_length``, by network and letters, is the share of fresh words written without a mistake
    after as many updates for every network, ``overall``, by network, that over the lengths of
    training; the network half as wide is judged at the longest of these only. ``curves``, by
    network, are running scores in training, (seed, update), NaN after the end, and ``reached`` is
    the update at which a curve is first at ``WELL``. ``finally_right`` is the share that the
    network of one state gets at its end. ``pointed`` is the share of written letters whose largest
    weight lies on the very letter that is written, or on it or a neighbour, and ``by_chance`` what
    weights at random would get; ``on_padding`` is the largest weight on padding, and ``moved`` the
    most that padding changes a logit. ``kernel`` is how far our scaled dot product is from
    PyTorch's.
    """

    by_length: dict[tuple[str, int], Measured]
    overall: dict[str, Measured]
    curves: dict[str, Measured]
    reached: dict[str, Measured]
    finally_right: Measured
    pointed: dict[str, Measured]
    by_chance: dict[str, Measured]
    on_padding: Measured
    moved: Measured
    kernel: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network for as many updates, and that of one state until it is done."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every network once, on one seed."""
    models, scores = {}, {}
    for name in NETWORKS:
        if name != "one state":
            models[name], task = trained(name, seed)
        else:  # goes on; the comparison is of what it was on its way
            final, task = trained(name, seed, updates=LONG, until=SOLVED)
            models[name] = task.copies[0] if task.copies else final
        scores[name] = running(task.scores)
    looks = looked_at(models["attention"], seed)
    return Result(
        by_length={
            (name, letters): judged(model, letters, letters, seed)
            for name, model in models.items()
            for letters in (LENGTHS if name != "half as wide" else (TASK.most,))
        },
        overall={
            name: judged(model, TASK.least, TASK.most, seed) for name, model in models.items()
        },
        curves={name: padded(curve) for name, curve in scores.items()},
        reached={name: first_at(scores[name], WELL) for name in ("attention", "one state")},
        finally_right=judged(final, TASK.least, TASK.most, seed),
        pointed=looks.pointed,
        by_chance=looks.by_chance,
        on_padding=looks.on_padding,
        moved=looks.moved,
        kernel=kernel_error(seed),
    )


def parameters() -> dict[str, int]:
    """Return how many parameters each network has, by name."""
    return {name: count_parameters(network(name, seed=0)) for name in NETWORKS}


def network(name: str, seed: int) -> Network:
    """Return an untrained network of that name."""
    size = len(TASK.vocabulary)
    torch.manual_seed(seed)
    return NETWORKS[name](size, size, 16, HIDDEN[name], layer=nn.LSTM)


def trained(
    name: str, seed: int, *, updates: int = UPDATES, until: float | None = None
) -> tuple[Network, Watched]:
    """Return a trained network, and the task that has watched it."""
    model = network(name, seed)
    task = Watched(TASK.letters, TASK.least, TASK.most, model)
    fit(model, task, steps=updates, seed=seed, learning_rate=LEARNING_RATE, until=until)
    return model, task


def judged(model: Network, least: int, most: int, seed: int) -> float:
    """Return the share of fresh words of these lengths that the model writes without a mistake."""
    task = replace(TASK, least=least, most=most)
    return evaluate(model, task, seed=seed + 10_000, size=200)


def running(scores: Sequence[float], window: int = 20) -> Array:
    """Return the mean of the last ``window`` scores, by update.

    Examples
    --------
    >>> from rnnbook.experiments.attention import running
    >>> running([1.0, 0.0, 1.0], window=2)
    array([1. , 0.5, 0.5])
    """
    return np.array([np.mean(scores[max(0, t + 1 - window) : t + 1]) for t in range(len(scores))])


def padded(curve: Array) -> Array:
    """Return a curve as long as the longest run, NaN after its end."""
    whole = np.full(LONG, np.nan)
    whole[: len(curve)] = curve
    return whole


def first_at(curve: Array, level: float) -> float:
    """Return the first update, counted from 1, at which a curve is at ``level``; else infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.attention import first_at
    >>> first_at(np.array([0.1, 0.9, 0.8]), 0.5), first_at(np.array([0.1, 0.2]), 0.5)
    (2.0, inf)
    """
    above = curve >= level
    return float(above.argmax()) + 1 if above.any() else float("inf")


class Looks(NamedTuple):
    """Where a network looks, as in :class:`Result`."""

    pointed: dict[str, float]
    by_chance: dict[str, float]
    on_padding: float
    moved: float


@torch.no_grad()
def looked_at(model: nn.Module, seed: int) -> Looks:
    """Return how often a model looks at the letter it writes, chance, and what padding does."""
    batch = TASK.batch(200, torch.Generator().manual_seed(seed + 10_000))
    src, tgt = batch.inputs
    lengths = batch.lengths
    assert lengths is not None
    assert isinstance(model, AttentionTranslator)
    weights = model.alignment(src, tgt, lengths=lengths)
    i = torch.arange(tgt.shape[1])
    letters = i < lengths.unsqueeze(1)  # the rows in which a letter is written, and no END
    mirrored = lengths.unsqueeze(1) - 1 - i
    away = (weights.argmax(-1) - mirrored).abs()[letters]
    nearness = {"on the letter": 0, "or beside it": 1}
    pointed = {name: float((away <= most).float().mean()) for name, most in nearness.items()}
    places = torch.arange(src.shape[1])
    apart = (places - mirrored.unsqueeze(-1)).abs()  # (batch, letter written, place)
    real = (places < lengths.unsqueeze(1)).unsqueeze(1)
    by_chance = {
        name: float((((apart <= most) & real).sum(-1) / lengths.unsqueeze(1))[letters].mean())
        for name, most in nearness.items()
    }
    on_padding = weights.transpose(1, 2)[~real_steps(lengths, src.shape[1])].max()
    wider = model(F.pad(src, (0, 7)), tgt, lengths=lengths)
    moved = (wider - model(src, tgt, lengths=lengths)).abs().max()
    return Looks(pointed, by_chance, float(on_padding), float(moved))


def kernel_error(seed: int) -> float:
    """Return how far our scaled dot product is from PyTorch's, on a padded batch."""
    generator = torch.Generator().manual_seed(seed)
    queries, keys, values = (torch.randn(8, n, 16, generator=generator) for n in (5, 9, 9))
    mask = real_steps(torch.randint(1, 10, (8,), generator=generator), 9)
    ours, _ = scaled_dot_product(queries, keys, values, mask)
    theirs = F.scaled_dot_product_attention(queries, keys, values, mask.unsqueeze(1))
    return float((ours - theirs).abs().max())


@torch.no_grad()
def picture(model: AttentionTranslator, word: str, time: int) -> tuple[list[str], Array]:
    """Return what the model writes of a word, padded to ``time`` letters, and its weights."""
    vocabulary = TASK.vocabulary
    src = F.pad(vocabulary.encode(word), (0, time - len(word))).unsqueeze(0)
    lengths = torch.tensor([len(word)])
    written = model.translate(src, lengths=lengths)
    weights = model.alignment(src, written, lengths=lengths)[0]
    return vocabulary.decode(written[0]), weights.numpy().astype(np.float64)
