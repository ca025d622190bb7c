"""Who tells praise from blame: networks that read, or regressions that count stretches of words?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SentimentClassifier
from rnnbook.tasks.sentiment import NEW, Sentiment
from rnnbook.training import fit

#: A seed draws the initial weights and the batches; sentences and regressions have none.
SEEDS = (0, 1, 2)
LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
EMBED, HIDDEN, BATCH = 16, 24, 32
#: The learning rates that were tried on each network. All learned at both, and faster at the last.
TRIED = (1e-2, 2e-2)
LEARNING_RATE = TRIED[-1]
#: Training stops where the loss is below ``LEARNED``, and after ``MOST_UPDATES`` at the latest.
LEARNED, MOST_UPDATES = 0.005, 400
#: The longest stretch of words that each regression counts.
COUNTED = {"bag of words": 1, "bigrams": 2, "trigrams": 3}
#: The new template that some networks are taught, that they are not, and with how many sentences.
BARE, LONG = NEW
TAUGHT = 40

Array = NDArray[np.float64]
Classes = NDArray[np.int64]


class Result(NamedTuple):
    """What came of every contender; the first axis is the seed.

    ``accuracy`` is the share of right answers, by contender and part of the sentences; contenders
    called ``"taught"`` have trained on 40 sentences of the bare template besides. ``plane`` is the
    share of last states that a line divides rightly into praise and blame, in the plane of their
    first two principal components. What has no seed is the same for each.
    """

    accuracy: dict[tuple[str, str], Measured]
    plane: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train the networks and measure all contenders on new sentences and new templates."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Run :func:`run` on a single seed."""
    task, more = Sentiment(), Sentiment(taught=TAUGHT)
    accuracy = {
        (name, part): right(task.on(part), counted(task, name, part))
        for name in COUNTED
        for part in ("held out", *NEW)
    }
    accuracy["trigrams, taught", BARE] = right(task.on(BARE), counted(more, "trigrams", BARE))
    plane = {}
    for name in LAYERS:
        model = trained(task, name, seed)
        for part in ("held out", *NEW):
            accuracy[name, part] = right(task.on(part), read(model, task.on(part)))
        plane[name] = divided_in_a_plane(model, task.on("held out"))
    model = trained(more, "LSTM", seed)
    for part in ("held out", *NEW):
        accuracy["LSTM, taught", part] = right(task.on(part), read(model, task.on(part)))
    return Result(accuracy, plane)


def compare(task: Sentiment, seed: int = 0) -> dict[tuple[str, str], float]:
    """Return the share of held-out sentences that each contender has right, on a list of your own.

    Parameters
    ----------
    task : Sentiment
        Made with ``path=...``.
    seed : int
        Draws the initial weights and the batches.
    """
    held_out = task.on("held out")
    answers = {name: counted(task, name) for name in COUNTED}
    for name in LAYERS:
        answers[name] = read(trained(task, name, seed), held_out)
    return {(name, "held out"): right(held_out, said) for name, said in answers.items()}


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], float]:
    """Return the mean accuracy on the sentences of training by network and learning rate tried.

    So nothing held out has a say in it. No build calls it.
    """
    task = Sentiment()

    def accuracy(name: str, rate: float, seed: int) -> float:
        return right(task, read(trained(task, name, seed, rate), task))

    return {
        (name, rate): float(np.mean([accuracy(name, rate, seed) for seed in seeds]))
        for name in LAYERS
        for rate in TRIED
    }


def trained(
    task: Sentiment, name: str, seed: int, rate: float = LEARNING_RATE
) -> SentimentClassifier:
    """Return a network that was trained until its loss is small, or updates run out.

    A long list of your own gets more updates, so that each sentence is read about three times.
    """
    torch.manual_seed(seed)
    model = SentimentClassifier(len(task.vocabulary), EMBED, HIDDEN, 2, layer=LAYERS[name])
    most = MOST_UPDATES
    if task.path is not None:
        most = int(np.clip(3 * len(task.sentences) // BATCH, MOST_UPDATES, 1500))
    fit(
        model,
        task,
        steps=most,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=LEARNED,
    )
    return model


@torch.no_grad()
def read(model: nn.Module, task: Sentiment) -> Classes:
    """Return the class that a network gives to each sentence of a part, (sentences,)."""
    model.eval()
    batch = task.whole()
    ids, lengths = batch.inputs[0], batch.lengths
    assert lengths is not None
    logits = [
        model(x[:, : int(n.max())], lengths=n)
        for x, n in zip(ids.split(1000), lengths.split(1000), strict=True)
    ]
    answers: Classes = torch.cat(logits).argmax(-1).numpy()
    return answers


def right(task: Sentiment, answers: Classes) -> float:
    """Return the share of sentences of a part whose class is right."""
    return float((answers == task.targets.numpy()).mean())


@cache
def counted(task: Sentiment, name: str, part: str = "held out") -> Classes:
    """Return the class that a regression gives to each sentence of a part, (sentences,)."""
    vectorizer, model = _regression(task, COUNTED[name])
    answers: Classes = model.predict(vectorizer.transform(_texts(task.on(part))))
    return answers


@cache
def _regression(task: Sentiment, longest: int) -> tuple[CountVectorizer, LogisticRegression]:
    """Fit a logistic regression to the counts of all stretches of up to ``longest`` words."""
    vectorizer = CountVectorizer(
        ngram_range=(1, longest), token_pattern=r"\S+", lowercase=False, max_features=200_000
    )
    counts = vectorizer.fit_transform(_texts(task))
    return vectorizer, LogisticRegression(max_iter=1000).fit(counts, task.targets.numpy())


def _texts(task: Sentiment) -> list[str]:
    return [sentence.text for sentence in task.sentences]


class States(NamedTuple):
    """The states of a network after each word of some sentences, one row a state.

    ``label`` is that of the whole sentence, ``position`` the number of words read, and ``last``
    whether the sentence ends there.
    """

    values: Array
    label: Classes
    position: Classes
    last: NDArray[np.bool_]


@torch.no_grad()
def states(model: SentimentClassifier, task: Sentiment, every: int = 1) -> States:
    """Return the states of a network after each word of every ``every``-th sentence of a part."""
    batch = task.whole()
    assert batch.lengths is not None
    rows = torch.arange(0, len(batch), every)
    ids, lengths = batch.inputs[0][rows], batch.lengths[rows]
    output = model.rnn(model.embedding(ids))[0]  # padding comes after the last word: it is cut off
    position = torch.arange(1, ids.shape[1] + 1).expand(len(rows), -1)
    real = position <= lengths[:, None]
    label = batch.target[rows][:, None].expand_as(position)
    last = position == lengths[:, None]
    return States(
        output[real].double().numpy(),
        label[real].numpy(),
        position[real].numpy(),
        last[real].numpy(),
    )


def divided_in_a_plane(model: SentimentClassifier, task: Sentiment) -> float:
    """Return how many last states a line divides rightly, in their first two components."""
    found = states(model, task)
    plane = PCA(2).fit_transform(found.values[found.last])
    label = found.label[found.last]
    return float(LogisticRegression().fit(plane, label).score(plane, label))


def maps(found: States) -> dict[str, Array]:
    """Return two maps of states, (states, 2) each: principal components, and t-SNE."""
    near = TSNE(2, init="pca", random_state=0, perplexity=30, max_iter=500)
    return {
        "PCA": PCA(2).fit_transform(found.values),
        "t-SNE": near.fit_transform(found.values.astype(np.float32)),
    }
