"""Who keeps the number of a noun in mind while a clause goes by?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.models import SentimentClassifier
from rnnbook.tasks.agreement import PLURAL, SINGULAR, Agreement
from rnnbook.training import History, evaluate, fit

LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM}
TASK = Agreement(nouns=4)
#: The same, with no sentence in which the subject is near its verb.
LONG = replace(TASK, least_nouns=2)
#: The same, but every sentence opens with a noun of the number that the subject has not.
BALANCED = replace(TASK, opening=1.0, rival=1.0)
#: Sentences with an opening and a clause, to ask which of the two nouns a network listens to.
ASKED = replace(BALANCED, least_nouns=1)

NOUNS = (0, 1, 2, 3, 4, 6, 8, 12, 16)
#: What the other nouns of the clause are: the chance that one has another number.
CLAUSES = {"by coin": 0.5, "all distract": 1.0}
STEPS = 600
SIZE = 300


def nearest(words: Sequence[str]) -> bool:
    """Return the number of the last noun, True for plural."""
    return next(word in PLURAL for word in reversed(words) if word in SINGULAR + PLURAL)


def count(words: Sequence[str]) -> bool:
    """Return the number that more nouns have; where there are as many of each, the nearest noun's.

    But for such ties, it is the best that a bag of words can do.
    """
    plural = sum(word in PLURAL for word in words) - sum(word in SINGULAR for word in words)
    return plural > 0 if plural else nearest(words)


def window(words: Sequence[str], size: int = 8) -> bool:
    """Return what the last ``size`` words tell of the number: the best that an n-gram can do."""
    seen = words[-size:]
    subject = seen.index("which") - 1 if "which" in seen else -1
    return nearest(seen) if subject < 0 else seen[subject] in PLURAL


RULES: dict[str, Callable[[Sequence[str]], bool]] = {
    "nearest noun": nearest,
    "count nouns": count,
    "last 8 words": window,
}
COUNT = list(RULES).index("count nouns")


class Result(NamedTuple):
    """Accuracies on fresh sentences; the first axis is the seed.

    ``accuracy`` is (seed, network, clause, nouns) and ``rules`` (seed, rule, clause, nouns), by
    how the numbers of the other nouns fall and how many of them there are; ``distances`` are the
    steps from the subject to its verb. ``steps`` is (seed, network). ``long`` is (seed, training)
    of plain networks, on clauses of two nouns and more: trained on shorter ones as well, and for as
    many steps on these alone. ``opening`` is (seed, training, asked) of LSTMs: trained on opening
    nouns by coin and on those that always have the other number, asked about openings of the other
    number and of the same. ``counted`` is (seed, training): what counting nouns scores there.
    """

    networks: tuple[str, ...]
    names: tuple[str, ...]
    clauses: tuple[str, ...]
    distances: tuple[int, ...]
    accuracy: NDArray[np.float64]
    rules: NDArray[np.float64]
    steps: NDArray[np.int64]
    long: NDArray[np.float64]
    opening: NDArray[np.float64]
    counted: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train both networks on clauses of up to four nouns and ask about clauses of up to sixteen.

    Parameters
    ----------
    seeds : sequence of int
        One training run a seed, network and kind of sentences.
    """
    accuracy = np.zeros((len(seeds), len(LAYERS), len(CLAUSES), len(NOUNS)))
    rules = np.zeros((len(seeds), len(RULES), len(CLAUSES), len(NOUNS)))
    steps = np.zeros((len(seeds), len(LAYERS)), dtype=np.int64)
    long, counted = np.zeros((2, len(seeds), 2))
    opening = np.zeros((len(seeds), 2, 2))
    for i, seed in enumerate(seeds):
        plain, lstm = (trained(layer, TASK, seed) for layer in LAYERS.values())
        for k, (model, history) in enumerate((plain, lstm)):
            steps[i, k] = len(history.losses)
            accuracy[i, k] = by_distance(partial(judged, model, seed=seed))
        rules[i] = by_distance(partial(ruled, seed=seed)).transpose(2, 0, 1)
        alone = trained(nn.RNN, LONG, seed, steps=int(steps[i, 0]))
        long[i] = [judged(model, LONG, seed) for model, _ in (plain, alone)]
        balanced = trained(nn.LSTM, BALANCED, seed)
        for k, ((model, _), task) in enumerate(((lstm, TASK), (balanced, BALANCED))):
            opening[i, k] = [judged(model, replace(ASKED, rival=rival), seed) for rival in (1, 0)]
            counted[i, k] = ruled(replace(task, least_nouns=1), seed)[COUNT]
    return Result(
        tuple(LAYERS),
        tuple(RULES),
        tuple(CLAUSES),
        tuple(3 * nouns + 3 if nouns else 1 for nouns in NOUNS),
        accuracy,
        rules,
        steps,
        long,
        opening,
        counted,
    )


def trained(
    layer: Callable[..., nn.Module], task: Agreement, seed: int, steps: int = STEPS
) -> tuple[nn.Module, History]:
    """Return a network trained on ``task`` until it makes hardly a mistake, and how it went."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(task.vocabulary), 16, 32, num_classes=2, layer=layer)
    history = fit(model, task, steps=steps, seed=seed, learning_rate=5e-3, until=0.03)
    return model, history


def by_distance(score: Callable[[Agreement], float | list[float]]) -> NDArray[np.float64]:
    """Return ``score`` of sentences by what the nouns of the clause are and how many they are."""
    return np.array(
        [
            [score(replace(TASK, nouns=n, least_nouns=n, attractors=attractors)) for n in NOUNS]
            for attractors in CLAUSES.values()
        ]
    )


def judged(model: nn.Module, task: Agreement, seed: int) -> float:
    """Return the accuracy of ``model`` on sentences that no training run has drawn."""
    return evaluate(model, task, seed=seed + 10_000, size=SIZE)


def ruled(task: Agreement, seed: int) -> list[float]:
    """Return the accuracy of each rule on sentences of ``task``."""
    batch = task.batch(SIZE, torch.Generator().manual_seed(seed + 10_000))
    assert batch.lengths is not None
    rows = zip(batch.inputs[0], batch.lengths, strict=True)
    sentences = [task.vocabulary.decode(ids[:length]) for ids, length in rows]
    plural = batch.target.tolist()
    return [np.mean(np.array(list(map(rule, sentences))) == plural) for rule in RULES.values()]
