"""A question about a bit that lies further back than the chunks that training is cut into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.truncation import HIDDEN, JUDGED, SOLVED, orthogonal
from rnnbook.models import VanillaRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import evaluate, fit_truncated, predict

#: A seed draws the initial weights and the documents.
SEEDS = (0, 1, 2)
#: The bit lies ``LAG`` steps before the question, in another chunk of ``CHUNK`` steps.
LAG, CHUNK = 50, 35
TASK = AskedLater(lag=LAG, noise=0.005)
#: The most updates; a run stops once the mean loss of twenty batches is below ``SOLVED``.
UPDATES = 200
#: Learning rates that were tried by :func:`rates`: every run learned at each. This is the highest,
#: that of the chapter on truncation.
RATES = (2e-3, 5e-3, 1e-2)
LEARNING_RATE = 1e-2


class Result(NamedTuple):
    """The share of right answers on fresh documents; the first axis is the seed.

    ``carried`` is with the state that was carried over the cut, ``zeros`` with zeros instead.
    """

    carried: Measured
    zeros: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train on chunks that are shorter than the distance that matters."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train a network on one seed, and judge it with the carried state and without."""
    model = trained(seed)
    batch = TASK.batch(JUDGED, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        output = predict(model, batch).clone()
        output[:, CHUNK:] = model(batch.inputs[0][:, CHUNK:])[0]
    return Result(
        carried=evaluate(model, TASK, seed=seed + 10_000, size=JUDGED),
        zeros=TASK.score(output, batch),
    )


def trained(seed: int, learning_rate: float = LEARNING_RATE) -> VanillaRNN:
    """Return a plain network from orthogonal recurrent weights, trained in chunks.

    Examples
    --------
    >>> from rnnbook.experiments.far_question import trained
    >>> trained(0).rnn.hidden_size
    32
    """
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 2, layer=orthogonal)
    fit_truncated(
        model,
        TASK,
        chunk=CHUNK,
        steps=UPDATES,
        seed=seed,
        learning_rate=learning_rate,
        until=SOLVED,
    )
    return model


def rates(seeds: Iterable[int] = range(200, 205)) -> dict[float, list[float]]:
    """Return the accuracies on some seeds by learning rate; no page of the book calls this."""
    return {
        rate: [evaluate(trained(seed, rate), TASK, seed=seed + 10_000) for seed in seeds]
        for rate in RATES
    }
