"""Which networks can tell apart phrases that differ only in the order of their words?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

import torch
from torch import nn

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import (
    BagOfWords,
    ConvolutionalClassifier,
    SentimentClassifier,
    WindowClassifier,
)
from rnnbook.tasks.order import NegationOrder
from rnnbook.training import count_parameters, fit, predict

SEEDS = (0, 1, 2)
MODELS: dict[str, Callable[[NegationOrder], nn.Module]] = {
    "bag of words": lambda task: BagOfWords(len(task.vocabulary), 64, 2),
    "weights per place": lambda task: WindowClassifier(len(task.vocabulary), task.longest, 64, 2),
    "convolution, 3 wide": lambda task: ConvolutionalClassifier(len(task.vocabulary), 16, 32, 2),
    "recurrent": lambda task: SentimentClassifier(len(task.vocabulary), 16, 32, 2),
}
TASK = NegationOrder(gap=3, filler=2)
#: How many times as many neutral words the longer phrases may hold.
TIMES_LONGER = 4
LONGER = replace(TASK, filler=TIMES_LONGER * TASK.filler)
GAPS = (0, 1, 2, 3)
#: Updates, where they are not as many as needed up to ``MOST_STEPS``: a bag has nothing to find.
STEPS: dict[type[nn.Module], int] = {BagOfWords: 60, ConvolutionalClassifier: 200}
WIDTHS = (4, 32, 256)
MOST_STEPS = 600
BATCH = 64
LEARNING_RATE = 5e-3
#: A run stops once the mean loss of twenty batches is below this.
LEARNED = 0.03
#: Fresh phrases that every accuracy is a share of.
JUDGED = 1000


class Result(NamedTuple):
    """Accuracies on fresh phrases, a value for each seed.

    ``accuracy`` is by model and by the words between "not" and its word. ``trained`` and ``longer``
    are by model: phrases as in training, and with more filler, for models that they fit.
    ``widths`` is by the width of a bag of words.
    """

    accuracy: dict[tuple[str, int], Measured]
    trained: dict[str, Measured]
    longer: dict[str, Measured]
    widths: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every model on the same phrases and judge it by the words after "not"."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train and judge every model, and bags of other widths, on one seed."""
    models = {name: trained(build, seed) for name, build in MODELS.items()}
    bags = {width: trained(partial(bag_of_width, width), seed) for width in WIDTHS}
    return Result(
        accuracy={
            (name, gap): judged(model, replace(TASK, least_gap=gap, gap=gap), seed)
            for name, model in models.items()
            for gap in GAPS
        },
        trained={name: judged(model, TASK, seed) for name, model in models.items()},
        longer={
            name: judged(model, LONGER, seed)
            for name, model in models.items()
            if not isinstance(model, WindowClassifier)
        },
        widths={width: judged(bag, TASK, seed) for width, bag in bags.items()},
    )


def parameters() -> dict[str, int]:
    """Return how many numbers each model learns."""
    return {name: count_parameters(build(TASK)) for name, build in MODELS.items()}


def trained(build: Callable[[NegationOrder], nn.Module], seed: int) -> nn.Module:
    """Return a model built from ``seed``, trained until its loss is small or updates run out."""
    torch.manual_seed(seed)
    model = build(TASK)
    fit(
        model,
        TASK,
        steps=STEPS.get(type(model), MOST_STEPS),
        seed=seed,
        batch_size=BATCH,
        learning_rate=LEARNING_RATE,
        until=LEARNED,
    )
    return model


def judged(model: nn.Module, task: NegationOrder, seed: int) -> float:
    """Return the accuracy of ``model`` on phrases that no training run has drawn."""
    batch = drawn(task, seed + 10_000)
    with torch.no_grad():
        return task.score(predict(model, batch), batch)


@lru_cache(maxsize=len(GAPS) + 2)  # all networks of a seed are asked the same
def drawn(task: NegationOrder, seed: int) -> Batch:
    """Return the phrases that networks are judged on."""
    return task.batch(JUDGED, torch.Generator().manual_seed(seed))


def bag_of_width(width: int, task: NegationOrder) -> nn.Module:
    """Return a bag of words whose vectors hold ``width`` numbers."""
    return BagOfWords(len(task.vocabulary), width, 2)
