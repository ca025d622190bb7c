"""Four shapes of problem, a toy for each, and what goes wrong when a model writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import decoding
from rnnbook.batch import Batch, Task
from rnnbook.experiments._seeds import Measured, over_seeds
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
from rnnbook.text import PAD, START
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights, the batches of training and those judged.
SEEDS = (0, 1, 2)
PHRASES, PICTURES = NegationOrder(gap=1, filler=2), ShapesInWords()
SENTENCES, NUMBERS = WordTags(), RomanNumerals()
#: The best that one answer for all gets, by shape.
BASELINES = {
    "many to one": PHRASES.baseline,
    "one to many": PICTURES.baseline,
    "aligned": SENTENCES.baseline,
    "encoder-decoder": NUMBERS.baseline,
}
#: The most updates of each shape, and the mean loss at which its training stops.
UPDATES = {"many to one": 400, "one to many": 300, "aligned": 200, "encoder-decoder": 600}
SOLVED = {"many to one": 0.03, "one to many": 0.03, "aligned": 0.02, "encoder-decoder": 0.01}
LEARNING_RATE = 1e-2
#: Layers whose final states are taken at the true lengths, in a classifier.
LAYERS: dict[str, Callable[..., nn.Module]] = {
    "one layer": nn.RNN,
    "two layers": partial(nn.RNN, num_layers=2),
    "both directions": partial(nn.RNN, bidirectional=True),
    "two layers, both": partial(nn.RNN, num_layers=2, bidirectional=True),
}
#: Columns of filling added to a padded batch of phrases, where nothing is to change.
EXTRA = (0, 20, 60)


class UnshiftedTranslator(Seq2SeqTranslator):
    """The translator with a mistake: the decoder reads the very sign it is asked for."""

    def forward(self, src: Tensor, tgt: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, tgt_len, tgt_vocab_size), after each true sign, not before it."""
        output, _ = self.decoder(self.tgt_embedding(tgt), self.encode(src, lengths=lengths))
        logits: Tensor = self.fc(output)
        return logits


class Result(NamedTuple):
    """What was measured, by name; the first axis is the seed.

    ``score``, by shape, is that on examples drawn for judging, ``unseen`` the share of captions and
    of numerals written without a mistake for combinations and numbers that no training batch held.
    ``moved``, by layer and filling, is the most that an answer changes when a phrase is read in a
    filled-up batch and not alone. ``updates`` are those until the translator, taught on targets
    that are shifted or not, reaches its loss, and ``translated`` is the share it then translates
    without a mistake. ``as_long`` is the share of captions exactly as long as the true ones, and
    ``usual`` the share of true ones that have the commonest length.
    """

    score: dict[str, Measured]
    unseen: dict[str, Measured]
    moved: dict[tuple[str, str], Measured]
    updates: dict[str, Measured]
    translated: dict[str, Measured]
    as_long: Measured
    usual: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a model of each shape, and a translator that is not as it should be."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train each model once, on one seed."""
    writer = captioner(seed)
    reader, honest = translator(seed)
    cheat, dishonest = translator(seed, UnshiftedTranslator)
    numerals = numerals_right(reader, NUMBERS, seed)
    as_long, usual = lengths_right(writer, seed)
    return Result(
        score={
            "many to one": evaluate(classifier(seed), PHRASES, seed=seed + 10_000),
            "one to many": captions_right(writer, PICTURES, seed),
            "aligned": evaluate(tagger(seed), SENTENCES, seed=seed + 10_000),
            "encoder-decoder": numerals,
        },
        unseen={
            "captions": captions_right(writer, ShapesInWords(held_out=True), seed),
            "numerals": numerals_right(reader, RomanNumerals(held_out=True), seed),
        },
        moved={
            (name, filling): change
            for name, layer in LAYERS.items()
            for filling, change in moves(layer, seed).items()
        },
        updates={"shifted": honest, "not shifted": dishonest},
        translated={"shifted": numerals, "not shifted": numerals_right(cheat, NUMBERS, seed)},
        as_long=as_long,
        usual=usual,
    )


def learn(model: nn.Module, shape: str, task: Task, seed: int, updates: int | None = None) -> int:
    """Train until the loss is low, and return how many updates that took."""
    history = fit(
        model,
        task,
        steps=UPDATES[shape] if updates is None else updates,
        seed=seed,
        learning_rate=LEARNING_RATE,
        until=SOLVED[shape],
    )
    return len(history.losses)


def classifier(seed: int) -> SentimentClassifier:
    """Many to one: return a trained reader of phrases."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(PHRASES.vocabulary), 16, 32, 2)
    learn(model, "many to one", PHRASES, seed)
    return model


def captioner(seed: int) -> CaptionGenerator:
    """One to many: return a trained writer of captions."""
    torch.manual_seed(seed)
    words = len(PICTURES.vocabulary)
    model = CaptionGenerator(PICTURES.image_dim, 64, words, max_length=6, layer=nn.LSTM)
    learn(model, "one to many", PICTURES, seed)
    return model


def tagger(seed: int) -> SimpleRNN:
    """Aligned: return a trained tagger of words."""
    torch.manual_seed(seed)
    model = SimpleRNN(len(SENTENCES.vocabulary), 32, len(TAGS))
    learn(model, "aligned", SENTENCES, seed)
    return model


def translator(
    seed: int, model: type[Seq2SeqTranslator] = Seq2SeqTranslator, *, updates: int | None = None
) -> tuple[Seq2SeqTranslator, int]:
    """Encoder-decoder: return a trained translator of numbers, and how many updates it took."""
    torch.manual_seed(seed)
    built = model(len(NUMBERS.source), len(NUMBERS.target), 16, 64, layer=nn.LSTM)
    return built, learn(built, "encoder-decoder", NUMBERS, seed, updates)


def same(written: Tensor, true: Tensor) -> Tensor:
    """Return which rows hold the same words, (batch,), padding behind them left aside."""
    width = max(written.shape[1], true.shape[1])
    rows = [F.pad(ids, (0, width - ids.shape[1])) for ids in (written, true)]
    return (rows[0] == rows[1]).all(1)


def captions_right(model: CaptionGenerator, task: ShapesInWords, seed: int) -> float:
    """Return the share of captions that the model writes without a mistake."""
    batch = fresh(task, seed)
    return same(model.generate(batch.inputs[0]), batch.target).float().mean().item()


def numerals_right(model: Seq2SeqTranslator, task: RomanNumerals, seed: int) -> float:
    """Return the share of numbers that the model translates without a mistake."""
    batch = fresh(task, seed)
    written = model.translate(batch.inputs[0], lengths=batch.lengths)
    return same(written, batch.target).float().mean().item()


def fresh(task: ShapesInWords | RomanNumerals, seed: int, size: int = 500) -> Batch:
    """Return a batch drawn for judging: its numbers, if not held out, were met in training."""
    return task.batch(size, torch.Generator().manual_seed(seed + 10_000))


def lengths_right(model: CaptionGenerator, seed: int) -> tuple[float, float]:
    """Return the share of captions as long as the true ones, and that of the commonest length."""
    batch = fresh(PICTURES, seed)
    written = (model.generate(batch.inputs[0]) != PAD).sum(1)
    true = (batch.target != PAD).sum(1)
    return (written == true).float().mean().item(), (true == true.mode()[0]).float().mean().item()


@torch.no_grad()
def write(model: CaptionGenerator, features: Tensor, end: int | None) -> Tensor:
    """Write captions until ``end``, or, if it is None, as many words as are allowed."""
    first = torch.full((len(features),), START)
    return decoding.generate(
        model.step, first, model.start(features), length=model.max_length, end=end
    )


@torch.no_grad()
def moves(layer: Callable[..., nn.Module], seed: int) -> dict[str, float]:
    """Return the most that an untrained classifier's answers change in a batch, by its filling."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(PHRASES.vocabulary), 16, 32, 2, layer=layer)
    batch = PHRASES.batch(20, torch.Generator().manual_seed(seed))
    (ids,), lengths = batch.inputs, batch.lengths
    assert lengths is not None
    alone = torch.cat(
        [model(row[:n].unsqueeze(0)) for row, n in zip(ids, lengths.tolist(), strict=True)]
    )
    behind = torch.arange(ids.shape[1]) >= lengths.unsqueeze(1)
    fillings = {"padding": PAD, "a word": int(ids[0, 0])}
    return {
        name: max(
            float((model(wider, lengths=lengths) - alone).abs().max())
            for wider in (
                F.pad(ids.masked_fill(behind, filling), (0, extra), value=filling)
                for extra in EXTRA
            )
        )
        for name, filling in fillings.items()
    }
