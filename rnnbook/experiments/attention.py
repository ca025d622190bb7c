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
from rnnbook.layers import State
from rnnbook.models import AttentionTranslator, Seq2SeqTranslator
from rnnbook.tasks.backwards import Backwards
from rnnbook.training import count_parameters, evaluate, fit

TASK = Backwards(letters=3, least=1, most=8)
#: Steps after which all three networks are compared.
STEPS = 100
#: The most steps for the one that goes on without attention, and the mean loss at which it stops.
LONG, SOLVED = 400, 0.04
#: Units of the encoder and the decoder without attention: a whole state has twice as many numbers.
HIDDEN = 64
LENGTHS = tuple(range(1, 13))

Array = NDArray[np.float64]
Build = type[Seq2SeqTranslator] | type[AttentionTranslator]
Network = Seq2SeqTranslator | AttentionTranslator


class OnlyHidden(Seq2SeqTranslator):
    """The translator with a mistake: of an LSTM's state only ``h`` is handed on, and no ``c``."""

    def encode(self, src: Tensor, *, lengths: Tensor | None = None) -> State:
        """Return the state with zeros in the place of ``c``."""
        h, c = super().encode(src, lengths=lengths)
        return h, torch.zeros_like(c)


NETWORKS: dict[str, Build] = {
    "attention": AttentionTranslator,
    "one state": Seq2SeqTranslator,
    "h without c": OnlyHidden,
}


@dataclass(frozen=True)
class Watched(Backwards):
    """The same task, which writes down the score of every batch before it is learned from.

    Each batch is new, so these are scores on fresh words. Given the model, it also keeps a copy of
    it as it is after ``STEPS`` steps.
    """

    model: Network | None = field(default=None, compare=False)
    scores: list[float] = field(default_factory=list, compare=False)
    copies: list[Network] = field(default_factory=list, compare=False)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the loss, and enter the score."""
        if self.model is not None and len(self.scores) == STEPS:
            self.copies.append(deepcopy(self.model))
        self.scores.append(self.score(output, batch))
        return super().loss(output, batch)


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``parameters`` is (network,). ``by_length``, (seed, network, length), is the share of fresh
    words written without a mistake after as many steps for every network, ``overall``, (seed,
    network), that over the lengths of training. ``attentive``, ``plain`` and ``halved`` are the
    running scores by training step, (seed, step), of the three networks, NaN after the end;
    ``narrow``, (seed, 2), is what a network of half the width gets that hands on h and c, as many
    numbers as h alone: over the lengths of training, and on the longest words of training;
    ``reached``, (seed, 2), is the step at which each is first at 0.9. ``finally_right``, (seed,),
    is the share that the one without attention gets at its end. ``pointed``, (seed, 2), is the
    share of written letters whose largest weight lies on the very letter that is written, then on
    it or a neighbour, and ``by_chance``, (seed, 2), what weights at random would get;
    ``on_padding`` is the largest weight on padding, and ``moved`` the most that
    padding changes a logit. ``kernel``, (seed,), is how far our scaled dot product is from
    PyTorch's. ``guess``, (length,), is the share that one word for all of a length gets.
    """

    networks: tuple[str, ...]
    lengths: tuple[int, ...]
    parameters: NDArray[np.int64]
    by_length: Array
    overall: Array
    attentive: Array
    plain: Array
    halved: Array
    narrow: Array
    narrow_parameters: int
    reached: Array
    finally_right: Array
    pointed: Array
    by_chance: Array
    on_padding: Array
    moved: Array
    kernel: Array
    guess: Array


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train every network for as many steps, and the one without attention until it is done.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights, the words of training and those judged.
    """
    by_length = np.zeros((len(seeds), len(NETWORKS), len(LENGTHS)))
    overall = np.zeros((len(seeds), len(NETWORKS)))
    attentive, plain, halved = (np.full((len(seeds), LONG), np.nan) for _ in range(3))
    narrow = np.zeros((len(seeds), 2))
    finally_right, on_padding, moved = (np.zeros(len(seeds)) for _ in range(3))
    pointed, by_chance = np.zeros((len(seeds), 2)), np.zeros((len(seeds), 2))
    parameters = [count_parameters(network(build, seed=0)) for build in NETWORKS.values()]
    for i, seed in enumerate(seeds):
        for k, build in enumerate(NETWORKS.values()):
            if build is not Seq2SeqTranslator:
                model, task = trained(build, seed)
            else:  # goes on; the comparison is of what it was on its way
                model, task = trained(build, seed, steps=LONG, until=SOLVED)
                plain[i, : len(task.scores)] = running(task.scores)
                finally_right[i] = judged(model, TASK.least, TASK.most, seed)
                model = task.copies[0] if task.copies else model
            by_length[i, k] = [judged(model, n, n, seed) for n in LENGTHS]
            overall[i, k] = judged(model, TASK.least, TASK.most, seed)
            if build is AttentionTranslator:
                attentive[i, : len(task.scores)] = running(task.scores)
                pointed[i], by_chance[i], on_padding[i], moved[i] = looked_at(model, seed)
            elif build is OnlyHidden:
                halved[i, : len(task.scores)] = running(task.scores)
        model, _ = trained(Seq2SeqTranslator, seed, hidden=HIDDEN // 2)
        narrow[i] = [judged(model, least, TASK.most, seed) for least in (TASK.least, TASK.most)]
    return Result(
        tuple(NETWORKS),
        LENGTHS,
        np.array(parameters),
        by_length,
        overall,
        attentive,
        plain,
        halved,
        narrow,
        count_parameters(network(Seq2SeqTranslator, seed=0, hidden=HIDDEN // 2)),
        np.stack([first_at(curves, 0.9) for curves in (attentive, plain)], axis=1),
        finally_right,
        pointed,
        by_chance,
        on_padding,
        moved,
        np.array([kernel_error(seed) for seed in seeds]),
        np.array([float(TASK.letters) ** -n for n in LENGTHS]),
    )


def network(build: Build, seed: int, hidden: int | None = None) -> Network:
    """Return an untrained network.

    The scoring network and the wider decoder of attention cost weights; its state is smaller for
    that, so that it has no more weights than the others.
    """
    size = len(TASK.vocabulary)
    if hidden is None:
        hidden = 48 if build is AttentionTranslator else HIDDEN
    torch.manual_seed(seed)
    return build(size, size, 16, hidden, layer=nn.LSTM)


def trained(
    build: Build,
    seed: int,
    *,
    hidden: int | None = None,
    steps: int = STEPS,
    until: float | None = None,
) -> tuple[Network, Watched]:
    """Return a trained network, and the task that has watched it."""
    model = network(build, seed, hidden)
    task = Watched(TASK.letters, TASK.least, TASK.most, model)
    fit(model, task, steps=steps, seed=seed, until=until)
    return model, task


def judged(model: Network, least: int, most: int, seed: int) -> float:
    """Return the share of fresh words of these lengths that the model writes without a mistake."""
    task = replace(TASK, least=least, most=most)
    return evaluate(model, task, seed=seed + 10_000, size=200)


def running(scores: Sequence[float], window: int = 20) -> Array:
    """Return the mean of the last ``window`` scores, by step.

    Examples
    --------
    >>> from rnnbook.experiments.attention import running
    >>> running([1.0, 0.0, 1.0], window=2)
    array([1. , 0.5, 0.5])
    """
    return np.array([np.mean(scores[max(0, t + 1 - window) : t + 1]) for t in range(len(scores))])


def first_at(curves: Array, level: float) -> Array:
    """Return the first step, counted from 1, at which each curve is at ``level``; else infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.attention import first_at
    >>> first_at(np.array([[0.1, 0.9, 0.8], [0.1, 0.2, np.nan]]), 0.5)
    array([ 2., inf])
    """
    above = np.nan_to_num(curves) >= level
    return np.where(above.any(1), above.argmax(1) + 1.0, np.inf)


@torch.no_grad()
def looked_at(model: nn.Module, seed: int) -> tuple[list[float], list[float], float, float]:
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
    pointed = [float((away <= most).float().mean()) for most in (0, 1)]
    places = torch.arange(src.shape[1])
    apart = (places - mirrored.unsqueeze(-1)).abs()  # (batch, letter written, place)
    real = (places < lengths.unsqueeze(1)).unsqueeze(1)
    hits = [((apart <= most) & real).sum(-1) / lengths.unsqueeze(1) for most in (0, 1)]
    by_chance = [float(share[letters].mean()) for share in hits]
    on_padding = weights.transpose(1, 2)[~real_steps(lengths, src.shape[1])].max()
    wider = model(F.pad(src, (0, 7)), tgt, lengths=lengths)
    moved = (wider - model(src, tgt, lengths=lengths)).abs().max()
    return pointed, by_chance, float(on_padding), float(moved)


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
