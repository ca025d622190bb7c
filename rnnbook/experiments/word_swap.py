"""Two words of a phrase are swapped: whose answers move?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import FeedforwardClassifier, SentimentClassifier, WindowClassifier
from rnnbook.text import one_hot_encode

#: A seed draws the weights and the words.
SEEDS = (0, 1, 2)
#: Words that there are, words in a phrase, and phrases.
WORDS, LENGTH, PHRASES = 20, 6, 256
HIDDEN = 32


class Result(NamedTuple):
    """How far the swap moves the answers, as a share of their spread over phrases.

    ``moved`` is by the way of reading; the first axis is the seed.
    """

    moved: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Swap the two words before the last, in every phrase, for untrained networks."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Swap the words on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.word_swap import one
    >>> moved = one(0).moved
    >>> moved["feed-forward, word by word"], moved["feed-forward, whole phrase"] > 0.1
    (0.0, True)
    """
    torch.manual_seed(seed)
    ids = torch.stack([torch.randperm(WORDS)[:LENGTH] for _ in range(PHRASES)])
    swapped = ids.clone()
    swapped[:, -3:-1] = ids[:, -3:-1].flip(1)
    with torch.no_grad():
        return Result(
            moved={name: moved(read(), ids, swapped) for name, read in READERS.items()},
        )


def moved(answer: Callable[[Tensor], Tensor], ids: Tensor, swapped: Tensor) -> float:
    """Return how far the answers move, relative to how far they lie from their mean."""
    before, after = answer(ids), answer(swapped)
    return float((after - before).norm() / (before - before.mean(0)).norm())


def word_by_word() -> Callable[[Tensor], Tensor]:
    """Return a feed-forward network that answers after each word; the last answer counts."""
    network = FeedforwardClassifier(WORDS, HIDDEN, 2)
    return lambda ids: network(one_hot_encode(ids, WORDS))[:, -1]


def whole_phrase() -> Callable[[Tensor], Tensor]:
    """Return a feed-forward network that gets all words side by side."""
    return WindowClassifier(WORDS, LENGTH, HIDDEN, 2)


def recurrent() -> Callable[[Tensor], Tensor]:
    """Return a recurrent network that answers after the last word."""
    return SentimentClassifier(WORDS, HIDDEN, HIDDEN, 2)


READERS: dict[str, Callable[[], Callable[[Tensor], Tensor]]] = {
    "feed-forward, word by word": word_by_word,
    "feed-forward, whole phrase": whole_phrase,
    "recurrent": recurrent,
}
