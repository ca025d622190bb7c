"""Word vectors, learned and counted, and the analogies they complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SkipGram
from rnnbook.tasks.neighbours import RELATIONS, Neighbours
from rnnbook.text import SPECIAL, one_hot_encode
from rnnbook.training import fit

#: A seed is a text, the start of the vectors and the order in which the text is read.
SEEDS = (0, 1, 2)
#: How often a word brings a stray companion along.
STRAY = (0.0, 0.5, 1.0)
SENTENCES = 2000
SIZE, STEPS, BATCH, LEARNING_RATE = 16, 600, 256, 0.02
VECTORS = ("random", "skip-gram", "counted", "counted, shortened")
#: The pairs of each relation, such as ("king", "queen").
PAIRS = {name: [(a, b) for a, (b, _) in words.items()] for name, words in RELATIONS.items()}

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Analogies completed, a value for each seed.

    ``left_out`` and ``allowed`` are by ``STRAY`` and vectors: the share of analogies completed when
    the words of the question cannot be the answer, and when they can. ``added`` is the same as
    ``left_out`` without subtracting anything. ``alike`` and ``unalike`` are by vectors, random or
    skip-gram: the mean cosine between words of one kind and of different kinds in the regular text.
    ``lookup`` is by "rows" or "gradients": the largest difference between looking up and
    multiplying. ``points`` is by word: where it lies in the plane of its relation, (seed, 2).
    """

    left_out: dict[tuple[float, str], Measured]
    allowed: dict[tuple[float, str], Measured]
    added: dict[tuple[float, str], Measured]
    alike: dict[str, Measured]
    unalike: dict[str, Measured]
    lookup: dict[str, Measured]
    points: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Learn and count word vectors on a text for each seed and ask them every analogy."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Learn and count word vectors on three texts and ask them every analogy, on one seed."""
    tasks = {stray: Neighbours(SENTENCES, stray=stray, text_seed=seed) for stray in STRAY}
    tables = {
        (stray, name): table
        for stray, task in tasks.items()
        for name, table in all_vectors(task, seed).items()
    }
    regular = {name: tables[0.0, name] for name in ("random", "skip-gram")}
    kinds = {name: likeness(tasks[0.0], table) for name, table in regular.items()}
    rows, gradients = lookup_error(seed)
    return Result(
        left_out={key: completed(tasks[key[0]], table) for key, table in tables.items()},
        allowed={
            key: completed(tasks[key[0]], table, leave_out=False) for key, table in tables.items()
        },
        added={
            key: completed(tasks[key[0]], table, subtract=False) for key, table in tables.items()
        },
        alike={name: same for name, (same, _) in kinds.items()},
        unalike={name: different for name, (_, different) in kinds.items()},
        lookup={"rows": rows, "gradients": gradients},
        points=plane(tasks[0.0], regular["skip-gram"]),
    )


def all_vectors(task: Neighbours, seed: int) -> dict[str, Array]:
    """Return every kind of vectors, each (words, numbers), by its name in ``VECTORS``."""
    torch.manual_seed(seed)
    start = SkipGram(len(task.vocabulary), SIZE)
    counted = positive_information(task)
    tables = (table_of(start), table_of(trained(task, seed)), counted, shortened(counted))
    return dict(zip(VECTORS, tables, strict=True))


def trained(task: Neighbours, seed: int) -> SkipGram:
    """Return a skip-gram model that has read the text of ``task``."""
    torch.manual_seed(seed)
    model = SkipGram(len(task.vocabulary), SIZE)
    fit(model, task, steps=STEPS, seed=seed, batch_size=BATCH, learning_rate=LEARNING_RATE)
    return model


def table_of(model: SkipGram) -> Array:
    """Return the vectors of a model, (words, embed_size)."""
    table: Array = model.embedding.weight.detach().double().numpy().copy()
    return table


def positive_information(task: Neighbours) -> Array:
    """Return how much more often than by chance each word is near each other word.

    Positive pointwise mutual information, (words, words): ``max(0, ln p(w, o) / (p(w) p(o)))``
    (Levy and Goldberg, 2014, section 3).
    """
    words = len(task.vocabulary)
    counts = np.zeros((words, words))
    np.add.at(counts, tuple(task.pairs.T.numpy()), 1)
    expected = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    ratio = np.divide(counts, expected, out=np.zeros_like(counts), where=expected > 0)
    information: Array = np.log(np.maximum(ratio, 1.0))
    return information


def shortened(counted: Array) -> Array:
    """Return vectors of ``SIZE`` numbers that come as near to ``counted`` as so few can."""
    u, s, _ = np.linalg.svd(counted)
    short: Array = u[:, :SIZE] * np.sqrt(s[:SIZE])
    return short


def directions(table: Array) -> Array:
    """Return the vectors scaled to norm one; those of words that never occur stay zero."""
    length = np.linalg.norm(table, axis=1, keepdims=True)
    unit: Array = np.divide(table, length, out=np.zeros_like(table), where=length > 0)
    return unit


def nearest(
    task: Neighbours, table: Array, plus: Sequence[str], minus: Sequence[str] = ()
) -> list[tuple[str, float]]:
    """Return all words with their cosine to the sum of ``plus`` less ``minus``, nearest first."""
    unit = directions(table)
    ids = task.vocabulary.token_to_id
    target = sum(unit[ids[word]] for word in plus) - sum(unit[ids[word]] for word in minus)
    cosines = unit @ (target / np.linalg.norm(target))
    order = [int(i) for i in np.argsort(-cosines) if i >= len(SPECIAL)]
    return [(task.vocabulary.tokens[i], float(cosines[i])) for i in order]


def completed(
    task: Neighbours, table: Array, *, leave_out: bool = True, subtract: bool = True
) -> float:
    """Return the share of the analogies of ``task`` that ``table`` completes."""
    unit = directions(table)
    asked = [task.vocabulary.encode(words).numpy() for words in task.analogies]
    a, b, c, d = np.stack(asked, axis=1)  # each (analogies,)
    cosines = (unit[b] + unit[c] - unit[a] * subtract) @ unit.T  # up to the length of the sum
    cosines[:, : len(SPECIAL)] = -np.inf
    if leave_out:
        for word in (a, b, c):
            cosines[np.arange(len(word)), word] = -np.inf
    return float((cosines.argmax(1) == d).mean())


def likeness(task: Neighbours, table: Array) -> tuple[float, float]:
    """Return the mean cosine between two words of one kind, and between two of different kinds.

    Kinds are men, women, countries, capitals, single things and many.
    """
    kinds = [
        task.vocabulary.encode(words).numpy()
        for pairs in RELATIONS.values()
        for words in (list(pairs), [b for b, _ in pairs.values()])
    ]
    ids = np.concatenate(kinds)
    kind = np.repeat(np.arange(len(kinds)), [len(words) for words in kinds])
    cosines = directions(table)[ids] @ directions(table)[ids].T
    same = kind[:, None] == kind
    return (
        float(cosines[same & ~np.eye(len(ids), dtype=bool)].mean()),
        float(cosines[~same].mean()),
    )


def plane(task: Neighbours, table: Array) -> dict[str, Array]:
    """Return, for each relation by itself, where its words lie in the plane that shows most."""
    points = {}
    for pairs in RELATIONS.values():
        words = [word for a, (b, _) in pairs.items() for word in (a, b)]
        vectors = directions(table)[task.vocabulary.encode(words).numpy()]
        for word, point in zip(words, PCA(2).fit_transform(vectors), strict=True):
            points[word] = point
    return points


def lookup_error(seed: int) -> tuple[float, float]:
    """Return how far a looked-up row is from one-hot times matrix, and their gradients apart."""
    torch.manual_seed(seed)
    looked_up = nn.Embedding(1000, 32)
    matrix = looked_up.weight.detach().clone().requires_grad_()
    ids = torch.randperm(1000)[:64]
    rows, product = looked_up(ids), one_hot_encode(ids, 1000) @ matrix
    pull = torch.randn(64, 32)
    (rows * pull).sum().backward()
    (product * pull).sum().backward()
    assert looked_up.weight.grad is not None
    assert matrix.grad is not None
    return (
        float((rows - product).detach().abs().max()),
        float((looked_up.weight.grad - matrix.grad).abs().max()),
    )
