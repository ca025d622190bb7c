"""Who can tell phrases apart that differ only in the order of their words?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.models import (
    BagOfWords,
    ConvolutionalClassifier,
    SentimentClassifier,
    WindowClassifier,
)
from rnnbook.tasks.order import NegationOrder
from rnnbook.training import count_parameters, evaluate, fit

MODELS: dict[str, Callable[[NegationOrder], nn.Module]] = {
    "bag of words": lambda task: BagOfWords(len(task.vocabulary), 64, 2),
    "weights per place": lambda task: WindowClassifier(len(task.vocabulary), task.longest, 64, 2),
    "convolution, 3 wide": lambda task: ConvolutionalClassifier(len(task.vocabulary), 16, 32, 2),
    "recurrent": lambda task: SentimentClassifier(len(task.vocabulary), 16, 32, 2),
}
TASK = NegationOrder(gap=3, filler=2)
GAPS = (0, 1, 2, 3)
#: Steps of training, where they are not as many as needed up to 600: the bag has nothing to find.
STEPS: dict[type[nn.Module], int] = {BagOfWords: 60, ConvolutionalClassifier: 200}
WIDTHS = (4, 32, 256)


class Result(NamedTuple):
    """Accuracies on fresh phrases; the first axis is the seed.

    ``accuracy`` is (seed, model, gap), by the words between "not" and its word. ``trained`` and
    ``longer`` are (seed, model): phrases as in training, and with up to twice the filler (NaN where
    they do not fit the model).
    ``widths`` is (seed, width), for bags of words.
    """

    models: tuple[str, ...]
    gaps: tuple[int, ...]
    bag_widths: tuple[int, ...]
    parameters: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    trained: NDArray[np.float64]
    longer: NDArray[np.float64]
    widths: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train every model on the same phrases and judge it by the words after "not".

    Parameters
    ----------
    seeds : sequence of int
        One training run a seed and model.
    """
    accuracy = np.full((len(seeds), len(MODELS), len(GAPS)), np.nan)
    as_trained = np.full((len(seeds), len(MODELS)), np.nan)
    longer = as_trained.copy()
    widths = np.full((len(seeds), len(WIDTHS)), np.nan)
    for i, seed in enumerate(seeds):
        for k, build in enumerate(MODELS.values()):
            model = trained(build, seed)
            for j, gap in enumerate(GAPS):
                accuracy[i, k, j] = judged(model, replace(TASK, least_gap=gap, gap=gap), seed)
            as_trained[i, k] = judged(model, TASK, seed)
            if not isinstance(model, WindowClassifier):
                longer[i, k] = judged(model, replace(TASK, filler=2 * TASK.filler), seed)
        for j, width in enumerate(WIDTHS):
            bag = trained(partial(bag_of_width, width), seed)
            widths[i, j] = judged(bag, TASK, seed)
    parameters = np.array([count_parameters(build(TASK)) for build in MODELS.values()])
    return Result(tuple(MODELS), GAPS, WIDTHS, parameters, accuracy, as_trained, longer, widths)


def trained(build: Callable[[NegationOrder], nn.Module], seed: int) -> nn.Module:
    """Return a model built from ``seed``, trained until it makes hardly a mistake."""
    torch.manual_seed(seed)
    model = build(TASK)
    fit(
        model,
        TASK,
        steps=STEPS.get(type(model), 600),
        seed=seed,
        batch_size=64,
        learning_rate=5e-3,
        until=0.03,
    )
    return model


def judged(model: nn.Module, task: NegationOrder, seed: int) -> float:
    """Return the accuracy of ``model`` on phrases that no training run has drawn."""
    return evaluate(model, task, seed=seed + 10_000, size=1000)


def bag_of_width(width: int, task: NegationOrder) -> nn.Module:
    """Return a bag of words whose vectors hold ``width`` numbers."""
    return BagOfWords(len(task.vocabulary), width, 2)
