"""Which taggers know what a name is before they have read what comes after it?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from rnnbook.batch import Batch
from rnnbook.crf import CRF, Chain, legal
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SimpleRNN
from rnnbook.sequences import reverse_within
from rnnbook.tasks.entities import EVERY, PARTS, TOLD, Entities, Sentence, shape, spans
from rnnbook.training import count_parameters, fit, predict

#: A seed draws the initial weights and the batches; the sentences are the same for all.
SEEDS = (0, 1, 2)
EMBED = 16
#: Units of the network that reads forward, and of each reader of the one that reads both ways:
#: about as many parameters.
ALONE, EACH = 32, 20
BATCH, LEARNING_RATE = 16, 2e-2
#: The most updates. Training stops at a mean loss of ``SOLVED``, which a network that reads forward
#: never gets to; twice as many gave it no higher F1 on average, on the seeds of :func:`rates`.
UPDATES = {"forward": 200, "table": 200, "both ways": 400}
SOLVED = 0.03
#: How many words to either side the classifier without a network sees.
NEIGHBOURS = 2
#: Whether training holds every word of the names of a sentence.
KNOWN = {"known": True, "new": False}
#: What never trains a network, and what is read off one that does.
COUNTED = ("lexicon", "neighbours")
READ_OFF = ("forward", "forward, mask", "table", "table, mask", "both ways")
#: What the sentences are like that the tags of a chain are read off: as they are, or their words in
#: a random order.
ORDERS = ("as written", "shuffled")

Tags = list[list[str]]


class Result(NamedTuple):
    """What was measured on held-out sentences; the first axis of each array is the seed.

    ``f1`` is that of whole names, by who tags and by whether the names are ``"known"`` from
    training or ``"new"``. ``right`` is the share of names with the right ends and type, by who tags
    and by where the word stands that decides the type; on sentences of your own it is not known.
    ``illegal`` is the share of sentences with tags that are not BIO, by who tags and order of the
    words. ``table`` is what the chain learned of neighbouring tags, (seed, tags, tags), and
    ``said`` the tags of each held-out sentence, by who tags.
    """

    f1: dict[tuple[str, str], Measured]
    right: dict[tuple[str, str], Measured]
    illegal: dict[tuple[str, str], Measured]
    table: Measured
    said: dict[str, Measured]


def run(
    seeds: Sequence[int] = SEEDS, path: str | Path | None = None, updates: int | None = None
) -> Result:
    """Tag the sentences of the grammar, or your own, with networks and without.

    Parameters
    ----------
    seeds : sequence of int
        One run for each.
    path : str or Path, optional
        Your own sentences: see :class:`rnnbook.tasks.entities.Entities`.
    updates : int, optional
        The most updates of each network; those of the chapter if left out.
    """
    if path is None and updates is None:
        return over_seeds(one, seeds)
    task = Entities(path)
    fixed = without_network(task)

    def own(seed: int) -> Result:
        return measured(task, fixed, seed, updates)

    return over_seeds(own, seeds)


def one(seed: int) -> Result:
    """Train three networks on the sentences of the grammar, on one seed."""
    return measured(grammar(), _fixed(), seed)


@cache
def grammar() -> Entities:
    """Return the task of the chapter, so that nothing of it is made twice."""
    return Entities()


@cache
def _fixed() -> dict[str, Tags]:
    return without_network(grammar())


def without_network(task: Entities) -> dict[str, Tags]:
    """Return the tags of the held-out sentences by what needs no network, and has no seed."""
    return dict(zip(COUNTED, (lexicon(task), neighbours(task)), strict=True))


def measured(
    task: Entities, fixed: Mapping[str, Tags], seed: int, updates: int | None = None
) -> Result:
    """Train three networks on a task and measure them beside ``fixed`` tags, on one seed."""
    models = {name: trained(name, task, seed, updates) for name in NETWORKS}
    held_out = task.sentences("held out")
    said = {**fixed, **tagged(models, task, held_out)}
    mixed = tagged(models, task, shuffled(held_out))
    orders = dict(zip(ORDERS, (said, mixed), strict=True))
    groups = {
        kind: [i for i, sentence in enumerate(held_out) if task.seen(sentence) == known]
        for kind, known in KNOWN.items()
    }
    chain = models["table"]
    assert isinstance(chain, ForwardChain)
    return Result(
        f1={
            (name, kind): f1([tags[i] for i in group], [held_out[i].tags for i in group])
            for name, tags in said.items()
            for kind, group in groups.items()
        },
        right={
            (name, told): share
            for name, tags in said.items()
            for told, share in by_place(tags, held_out).items()
        },
        illegal={
            (name, order): float(np.mean([not is_legal(row) for row in tags]))
            for order, rows in orders.items()
            for name, tags in rows.items()
        },
        table=chain.crf.transitions.detach().numpy().copy(),
        said=said,
    )


class Forward(nn.Module):
    """Tag every word with what has been read up to it."""

    def __init__(self, vocab_size: int, tags: int, units: int = ALONE) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, EMBED)
        self.ahead = SimpleRNN(EMBED, units, tags, layer=nn.LSTM)

    def forward(self, ids: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return the score of every tag at every word, (batch, time, tags)."""
        # padding comes after the words, and the scores there are not used
        scores: Tensor = self.ahead(self.embedding(ids))
        return scores


class BothWays(Forward):
    """Tag every word with the whole sentence: a second reader begins at its end."""

    def __init__(self, vocab_size: int, tags: int, units: int = EACH) -> None:
        super().__init__(vocab_size, tags, units)
        self.back = SimpleRNN(EMBED, units, tags, layer=nn.LSTM)

    def forward(self, ids: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return the sum of what both readers give every tag, (batch, time, tags)."""
        xs = self.embedding(ids)
        behind = self.back(reverse_within(xs, lengths))
        scores: Tensor = self.ahead(xs) + reverse_within(behind, lengths)
        return scores


class ForwardChain(Forward):
    """Tag as the forward reader does, with a learned table of neighbouring tags."""

    def __init__(self, vocab_size: int, tags: int, units: int = ALONE) -> None:
        super().__init__(vocab_size, tags, units)
        self.crf = CRF(tags)

    def forward(self, ids: Tensor, *, lengths: Tensor | None = None) -> Chain:  # type: ignore[override]  # a Chain is no Tensor
        """Return what any sequence of tags scores."""
        chain: Chain = self.crf(super().forward(ids))
        return chain


class Sequences(Entities):
    """The same sentences, with the loss of whole sequences of tags."""

    def loss(self, output: Chain, batch: Batch) -> Tensor:  # type: ignore[override]  # a Chain is no Tensor
        """Return minus the log-probability of the right tags, per word."""
        return output.loss(batch.target, batch.lengths)


NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
    "forward": Forward,
    "table": ForwardChain,
    "both ways": BothWays,
}


def parameters(task: Entities) -> dict[str, int]:
    """Return how many parameters each network has, by name."""
    sizes = len(task.vocabulary), len(task.tags)
    return {name: count_parameters(build(*sizes)) for name, build in NETWORKS.items()}


def trained(
    name: str,
    task: Entities,
    seed: int,
    updates: int | None = None,
    learning_rate: float = LEARNING_RATE,
) -> nn.Module:
    """Return a network of that name that was trained on the task."""
    torch.manual_seed(seed)
    model = NETWORKS[name](len(task.vocabulary), len(task.tags))
    taught = Sequences(task.path) if name == "table" else task
    fit(
        model,
        taught,
        steps=UPDATES[name] if updates is None else updates,
        seed=seed,
        batch_size=BATCH,
        learning_rate=learning_rate,
        until=SOLVED,
    )
    return model


@torch.no_grad()
def tagged(
    models: Mapping[str, nn.Module], task: Entities, sentences: Sequence[Sentence]
) -> dict[str, Tags]:
    """Return the tags of sentences, by how they are read off the scores.

    ``"forward"`` and ``"both ways"`` take the best tag of each word. With a mask, the best sequence
    of tags is taken among those that are legal, by the same scores alone: that is the constrained
    maximum. ``"table"`` adds the learned scores of neighbouring tags, without the mask and with it.
    """
    batch = task.encoded(sentences)
    rules = legal(task.tags)
    output = {name: predict(model.eval(), batch) for name, model in models.items()}
    forward, chain = output["forward"], output["table"]
    size = len(task.tags)
    plain = Chain(forward, torch.zeros(size, size), torch.zeros(size))
    found = {
        "forward": forward.argmax(-1),
        "forward, mask": plain.masked(*rules).viterbi(batch.lengths),
        "table": chain.viterbi(batch.lengths),
        "table, mask": chain.masked(*rules).viterbi(batch.lengths),
        "both ways": output["both ways"].argmax(-1),
    }
    return {
        name: [
            [task.tags[i] for i in row[: len(sentence.words)]]
            for row, sentence in zip(ids.tolist(), sentences, strict=True)
        ]
        for name, ids in found.items()
    }


def lexicon(task: Entities) -> Tags:
    """Tag every held-out word as training did most often; a word that it has not is no name."""
    counts: dict[str, Counter[str]] = {}
    for sentence in task.sentences("training"):
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            counts.setdefault(word, Counter())[tag] += 1
    most = {word: min(tags, key=lambda tag: (-tags[tag], tag)) for word, tags in counts.items()}
    return [[most.get(w, "O") for w in s.words] for s in task.sentences("held out")]


def neighbours(task: Entities) -> Tags:
    """Tag every held-out word by a logistic regression on it and two words to either side."""
    parts = {part: task.sentences(part) for part in PARTS}
    rows = {part: [x for s in own for x in _seen(task, s)] for part, own in parts.items()}
    right = [tag for sentence in parts["training"] for tag in sentence.tags]
    vectors = DictVectorizer()
    model = LogisticRegression(max_iter=200).fit(vectors.fit_transform(rows["training"]), right)
    answers = iter(model.predict(vectors.transform(rows["held out"])).tolist())
    return [[next(answers) for _ in sentence.words] for sentence in parts["held out"]]


def _seen(task: Entities, sentence: Sentence) -> list[dict[str, bool]]:
    """Return what stands around each word: words and shapes, by how far to the right."""
    n, ends = NEIGHBOURS, ["<end>"] * NEIGHBOURS
    words = [*ends, *task.read(sentence.words), *ends]
    shapes = [*ends, *map(shape, sentence.words), *ends]
    return [
        {
            f"{place - n} {text}": True
            for place in range(2 * n + 1)
            for text in (words[i + place], shapes[i + place])
        }
        for i in range(len(sentence.words))
    ]


def f1(said: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """Return the F1 of whole names, as *nervaluate* counts it: the type and both ends are right.

    Raises
    ------
    ImportError
        If nervaluate is missing.

    Examples
    --------
    >>> from rnnbook.experiments.entities import f1
    >>> f1([["B-PER", "O", "B-LOC"]], [["B-PER", "O", "B-ORG"]])
    0.5
    """
    try:
        from nervaluate import Evaluator
    except ImportError as error:
        raise ImportError(
            "f1: whole names are counted by nervaluate, which comes with the extra: "
            "pip install 'rnnbook[data]'"
        ) from error
    if not right:
        return float("nan")
    types = sorted({tag[2:] for rows in (said, right) for row in rows for tag in row} - {""})
    rows = [[list(tags) for tags in part] for part in (right, said)]
    if not types:
        return float("nan")
    found = Evaluator(*rows, tags=types, loader="list").evaluate()
    return float(found["overall"]["strict"].f1)


def by_place(said: Tags, sentences: Sequence[Sentence]) -> dict[str, float]:
    """Return the share of names that are right, by where the word stands that decides the type."""
    found: dict[str, list[bool]] = {told: [] for told in TOLD}
    for tags, sentence in zip(said, sentences, strict=True):
        marked = set(spans(tags))
        for name in spans(sentence.tags):
            if sentence.told[name[0]]:
                found[sentence.told[name[0]]].append(name in marked)
    return {told: float(np.mean(right)) for told, right in found.items() if right}


def is_legal(tags: Sequence[str]) -> bool:
    """Say whether every I goes on with a name of its type.

    Examples
    --------
    >>> from rnnbook.experiments.entities import is_legal
    >>> is_legal(["B-PER", "I-PER"]), is_legal(["B-PER", "I-ORG"]), is_legal(["I-PER"])
    (True, False, False)
    """
    pairs = pairwise(["O", *tags])
    return all(not tag.startswith("I-") or before[1:] == tag[1:] for before, tag in pairs)


def shuffled(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences with their words in a random order, each with the tag that it had."""
    chance = random.Random(0)
    found = []
    for sentence in sentences:
        order = list(range(len(sentence.words)))
        chance.shuffle(order)
        found.append(Sentence(*(tuple(part[i] for i in order) for part in sentence)))
    return found


class PutAside(Entities):
    """The sentences of training alone, every fifth of them held out."""

    @cached_property
    def _parts(self) -> dict[str, tuple[Sentence, ...]]:
        training = grammar().sentences("training")
        kept = (sentence for place, sentence in enumerate(training, start=1) if place % EVERY)
        return {"training": tuple(kept), "held out": training[EVERY - 1 :: EVERY]}


def rates(
    values: Sequence[float] = (1e-2, 2e-2, 4e-2), seeds: Sequence[int] = (200, 201, 202, 203, 204)
) -> dict[tuple[str, float], list[float]]:
    """Return the F1 of each network by learning rate, a value a seed: how ours was chosen.

    A fifth of the sentences of training is put aside for it, so that the held-out ones have no say.
    The rates differ by less than their seeds do, and ours is the middle one. No build calls it.
    """
    task = PutAside()
    held_out = task.sentences("held out")
    right = [sentence.tags for sentence in held_out]
    found: dict[tuple[str, float], list[float]] = {}
    for rate in values:
        for seed in seeds:
            models = {name: trained(name, task, seed, learning_rate=rate) for name in NETWORKS}
            for name, tags in tagged(models, task, held_out).items():
                if name in models:
                    found.setdefault((name, rate), []).append(f1(tags, right))
    return found
