"""Who keeps the number of a noun in mind while a clause goes by?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SentimentClassifier
from rnnbook.tasks.agreement import PLURAL, SINGULAR, Agreement
from rnnbook.training import History, fit, predict

#: A seed draws the initial weights and the sentences.
SEEDS = (0, 1, 2)
LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM}
TASK = Agreement(nouns=4)
#: The same, with no sentence in which the subject is near its verb.
LONG = replace(TASK, least_nouns=3)
#: The same, but every sentence opens with a noun of the number that the subject has not.
BALANCED = replace(TASK, opening=1.0, rival=1.0)
#: What an LSTM is trained on, by the number of the opening noun, to ask which noun it listens to.
OPENINGS = {"by coin": TASK, "always differs": BALANCED}
#: What it is asked about: an opening and a clause, by how the opening noun compares to the subject.
ASKED = {
    name: replace(BALANCED, least_nouns=1, rival=rival)
    for name, rival in {"differs": 1.0, "agrees": 0.0}.items()
}

NOUNS = (0, 1, 2, 3, 4, 6, 8, 12, 16)
#: What the other nouns of the clause are: the chance that one has another number.
CLAUSES = {"by coin": 0.5, "all distract": 1.0}
UPDATES, LEARNING_RATE = 600, 5e-3
EMBED, HIDDEN = 16, 32
SIZE = 300


def distance(nouns: int) -> int:
    """Return the steps from the subject to its verb across a clause of so many nouns."""
    return 3 * nouns + 3 if nouns else 1


#: The longest distance that the networks meet in training, and the longest they are asked about.
TRAINED, FARTHEST = distance(TASK.nouns), distance(NOUNS[-1])


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
    """Return what the last ``size`` words say of the number: the best that an n-gram can do."""
    seen = words[-size:]
    subject = seen.index("which") - 1 if "which" in seen else -1
    return nearest(seen) if subject < 0 else seen[subject] in PLURAL


RULES: dict[str, Callable[[Sequence[str]], bool]] = {
    "nearest noun": nearest,
    "count nouns": count,
    "last 8 words": window,
}


class Result(NamedTuple):
    """Accuracies on fresh sentences; the first axis of each array is the seed.

    ``accuracy`` is by network, clause and nouns, and ``rules`` by rule, clause and nouns: how the
    numbers of the other nouns fall, and how many of them there are. ``updates`` is by network.
    ``long`` is that of plain networks on clauses of three nouns and more: trained on shorter ones
    too, ``"with"``, and for as many updates ``"without"``. ``opening`` is that of LSTMs, by what
    the opening nouns they were trained on are and by what those that they are asked about are;
    ``counted`` is what counting nouns scores on the former.
    """

    accuracy: dict[tuple[str, str, int], Measured]
    rules: dict[tuple[str, str, int], Measured]
    updates: dict[str, Measured]
    long: dict[str, Measured]
    opening: dict[tuple[str, str], Measured]
    counted: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train both networks on clauses of up to four nouns and ask about clauses of up to sixteen."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train a network of each kind and on each kind of sentences, on one seed."""
    models, updates = {}, {}
    for name, layer in LAYERS.items():
        models[name], history = trained(layer, TASK, seed)
        updates[name] = len(history.losses)
    accuracy: dict[tuple[str, str, int], float] = {}
    rules: dict[tuple[str, str, int], float] = {}
    for clause, attractors in CLAUSES.items():
        for nouns in NOUNS:
            task = replace(TASK, nouns=nouns, least_nouns=nouns, attractors=attractors)
            batch = fresh(task, seed)
            accuracy |= {(name, clause, nouns): judged(m, batch) for name, m in models.items()}
            rules |= {(name, clause, nouns): score for name, score in ruled(task, batch).items()}
    alone, _ = trained(nn.RNN, LONG, seed, updates["RNN"])
    long = fresh(LONG, seed)
    taught = {"by coin": models["LSTM"], "always differs": trained(nn.LSTM, BALANCED, seed)[0]}
    asked = {name: fresh(task, seed) for name, task in ASKED.items()}
    crossed = {name: replace(task, least_nouns=1) for name, task in OPENINGS.items()}
    return Result(
        accuracy=accuracy,
        rules=rules,
        updates=updates,
        long={"with": judged(models["RNN"], long), "without": judged(alone, long)},
        opening={
            (opening, kind): judged(model, batch)
            for opening, model in taught.items()
            for kind, batch in asked.items()
        },
        counted={
            opening: ruled(task, fresh(task, seed))["count nouns"]
            for opening, task in crossed.items()
        },
    )


def trained(
    layer: Callable[..., nn.Module], task: Agreement, seed: int, updates: int = UPDATES
) -> tuple[nn.Module, History]:
    """Return a network trained on ``task`` until its loss is low, and how it went."""
    torch.manual_seed(seed)
    model = SentimentClassifier(len(task.vocabulary), EMBED, HIDDEN, num_classes=2, layer=layer)
    history = fit(model, task, steps=updates, seed=seed, learning_rate=LEARNING_RATE, until=0.03)
    return model, history


def fresh(task: Agreement, seed: int) -> Batch:
    """Return sentences drawn apart from training; short ones may have come up in it."""
    return task.batch(SIZE, torch.Generator().manual_seed(seed + 10_000))


@torch.no_grad()
def judged(model: nn.Module, batch: Batch) -> float:
    """Return the accuracy of ``model`` on ``batch``."""
    return TASK.score(predict(model, batch), batch)


def ruled(task: Agreement, batch: Batch) -> dict[str, float]:
    """Return the accuracy of each rule on ``batch``."""
    assert batch.lengths is not None
    rows = zip(batch.inputs[0], batch.lengths, strict=True)
    sentences = [task.vocabulary.decode(ids[:length]) for ids, length in rows]
    plural = batch.target.tolist()
    return {
        name: float(np.mean(np.array(list(map(rule, sentences))) == plural))
        for name, rule in RULES.items()
    }
