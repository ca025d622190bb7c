"""Four shapes of problem, a toy for each, and what goes wrong when a model writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import decoding
from rnnbook.batch import Batch
from rnnbook.models import (
    CaptionGenerator,
    SentimentClassifier,
    Seq2SeqTranslator,
    SimpleRNN,
)
from rnnbook.tasks.order import NegationOrder
from rnnbook.tasks.roman import RomanNumerals
from rnnbook.tasks.shapes_in_words import ShapesInWords
from rnnbook.tasks.word_tags import TAGS, WordTags
from rnnbook.text import END, PAD, START
from rnnbook.training import evaluate, fit

PHRASES, PICTURES = NegationOrder(gap=1, filler=2), ShapesInWords()
SENTENCES, NUMBERS = WordTags(), RomanNumerals()
SHAPES = ("many to one", "one to many", "aligned", "encoder-decoder")
#: Layers whose final states are taken at the true lengths, in a classifier.
LAYERS: dict[str, Callable[..., nn.Module]] = {
    "one layer": nn.RNN,
    "two layers": partial(nn.RNN, num_layers=2),
    "both directions": partial(nn.RNN, bidirectional=True),
    "two layers, both": partial(nn.RNN, num_layers=2, bidirectional=True),
}

Array = NDArray[np.float64]


class UnshiftedTranslator(Seq2SeqTranslator):
    """The translator with a mistake: the decoder reads the very sign it is asked for."""

    def forward(self, src: Tensor, tgt: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, tgt_len, tgt_vocab_size), after each true sign, not before it."""
        output, _ = self.decoder(self.tgt_embedding(tgt), self.encode(src, lengths=lengths))
        logits: Tensor = self.fc(output)
        return logits


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``score`` is (seed, shape), on fresh examples, and ``baseline`` (shape,). ``unseen``, (seed, 2),
    is the share of captions, then of numerals, written without a mistake for combinations and
    numbers that no training batch held. ``moved`` is (seed, layer): the most that an answer changes
    when a phrase is read in a padded batch and not alone. ``steps`` is (seed, 2), the training
    steps until the translator taught on shifted targets, then the one taught on unshifted ones, has
    a loss of 0.01; ``translated``, (seed, 2), is the share they then translate without a mistake.
    ``ended``, (seed, 2), is the share of captions exactly as long as the true ones, when writing
    stops at END and when it goes on for as many words as may be.
    """

    shapes: tuple[str, ...]
    layers: tuple[str, ...]
    baseline: Array
    score: Array
    unseen: Array
    moved: Array
    steps: NDArray[np.int64]
    translated: Array
    ended: Array


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train a model of each shape, and a translator that is not as it should be.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights, the batches of training and those judged.
    """
    score = np.zeros((len(seeds), len(SHAPES)))
    unseen, translated, ended = (np.zeros((len(seeds), 2)) for _ in range(3))
    steps = np.zeros((len(seeds), 2), dtype=np.int64)
    moved = np.array([[moves(layer, seed) for layer in LAYERS.values()] for seed in seeds])
    for i, seed in enumerate(seeds):
        judge = partial(evaluate, seed=seed + 10_000)
        writer = captioner(seed)
        reader, steps[i, 0] = translator(seed)
        cheat, steps[i, 1] = translator(seed, UnshiftedTranslator)
        score[i] = [
            judge(classifier(seed), PHRASES),
            captions_right(writer, PICTURES, seed),
            judge(tagger(seed), SENTENCES),
            numerals_right(reader, NUMBERS, seed),
        ]
        unseen[i] = [
            captions_right(writer, ShapesInWords(held_out=True), seed),
            numerals_right(reader, RomanNumerals(held_out=True), seed),
        ]
        translated[i] = [score[i, 3], numerals_right(cheat, NUMBERS, seed)]
        ended[i] = [lengths_right(writer, seed, end) for end in (END, None)]
    baseline = np.array([t.baseline for t in (PHRASES, PICTURES, SENTENCES, NUMBERS)])
    return Result(
        SHAPES,
        tuple(LAYERS),
        baseline,
        score,
        unseen,
        moved,
        steps,
        translated,
        ended,
    )


def classifier(seed: int) -> SentimentClassifier:
    """Many to one: return a reader of phrases, trained until it makes hardly a mistake."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(PHRASES.vocabulary), 16, 32, 2)
    fit(model, PHRASES, steps=400, seed=seed, until=0.03)
    return model


def captioner(seed: int) -> CaptionGenerator:
    """One to many: return a writer of captions, trained until it makes hardly a mistake."""
    torch.manual_seed(seed)
    words = len(PICTURES.vocabulary)
    model = CaptionGenerator(PICTURES.image_dim, 64, words, max_length=6, layer=nn.LSTM)
    fit(model, PICTURES, steps=300, seed=seed, until=0.03)
    return model


def tagger(seed: int) -> SimpleRNN:
    """Aligned: return a tagger of words, trained until it makes hardly a mistake."""
    torch.manual_seed(seed)
    model = SimpleRNN(len(SENTENCES.vocabulary), 32, len(TAGS))
    fit(model, SENTENCES, steps=200, seed=seed, until=0.02)
    return model


def translator(
    seed: int, model: type[Seq2SeqTranslator] = Seq2SeqTranslator, *, steps: int = 600
) -> tuple[Seq2SeqTranslator, int]:
    """Encoder-decoder: return a translator of numbers, and how many steps it was trained for."""
    torch.manual_seed(seed)
    built = model(len(NUMBERS.source), len(NUMBERS.target), 16, 64, layer=nn.LSTM)
    history = fit(built, NUMBERS, steps=steps, seed=seed, until=0.01)
    return built, len(history.losses)


def same(written: Tensor, true: Tensor) -> Tensor:
    """Return which rows hold the same words, (batch,), padding behind them left aside."""
    width = max(written.shape[1], true.shape[1])
    rows = [F.pad(ids, (0, width - ids.shape[1])) for ids in (written, true)]
    return (rows[0] == rows[1]).all(1)


def captions_right(model: CaptionGenerator, task: ShapesInWords, seed: int) -> float:
    """Return the share of fresh captions that the model writes without a mistake."""
    batch = fresh(task, seed)
    return same(model.generate(batch.inputs[0]), batch.target).float().mean().item()


def numerals_right(model: Seq2SeqTranslator, task: RomanNumerals, seed: int) -> float:
    """Return the share of fresh numbers that the model translates without a mistake."""
    batch = fresh(task, seed)
    written = model.translate(batch.inputs[0], lengths=batch.lengths)
    return same(written, batch.target).float().mean().item()


def fresh(task: ShapesInWords | RomanNumerals, seed: int, size: int = 500) -> Batch:
    """Return a batch that no training run has drawn."""
    return task.batch(size, torch.Generator().manual_seed(seed + 10_000))


def lengths_right(model: CaptionGenerator, seed: int, end: int | None) -> float:
    """Return the share of captions as long as the true ones, with a word that ends or without."""
    batch = fresh(PICTURES, seed)
    written = write(model, batch.inputs[0], end)
    return ((written != PAD).sum(1) == (batch.target != PAD).sum(1)).float().mean().item()


@torch.no_grad()
def write(model: CaptionGenerator, features: Tensor, end: int | None) -> Tensor:
    """Write captions until ``end``, or, if it is None, for as many words as may be."""
    first = torch.full((len(features),), START)
    return decoding.generate(
        model.step, first, model.start(features), length=model.max_length, end=end
    )


@torch.no_grad()
def moves(layer: Callable[..., nn.Module], seed: int) -> float:
    """Return the most that an untrained classifier's answers change in a padded batch."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(PHRASES.vocabulary), 16, 32, 2, layer=layer)
    batch = PHRASES.batch(20, torch.Generator().manual_seed(seed))
    (ids,), lengths = batch.inputs, batch.lengths
    assert lengths is not None
    alone = [model(row[:n].unsqueeze(0)) for row, n in zip(ids, lengths.tolist(), strict=True)]
    return float((model(ids, lengths=lengths) - torch.cat(alone)).abs().max())
