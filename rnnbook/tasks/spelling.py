"""One word, letter by letter: the question after each is which one comes next."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.text import Vocabulary, one_hot_encode


@dataclass(frozen=True)
class Spelling:
    """Name the next letter of a word while reading it; the last letter is only ever an answer.

    Some letters settle what comes next by themselves: in "hello", ``e`` is always followed by
    ``l``. Others do not: ``l`` is followed by ``l`` once and by ``o`` once, and only a memory of
    what came before decides which. ``floor`` is the least loss that is left without one.

    Parameters
    ----------
    word : str
        Any text of at least two letters, such as your own name.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.spelling import Spelling
    >>> task = Spelling("hello")
    >>> batch = task.batch(1, torch.Generator())
    >>> batch.inputs[0].shape, "".join(task.vocabulary.decode(batch.target[0]))
    (torch.Size([1, 4, 8]), 'ello')
    >>> task.followers()["l"]
    {'l': 1, 'o': 1}
    """

    word: str = "hello"

    def __post_init__(self) -> None:
        if not isinstance(self.word, str):
            raise TypeError(
                f"Spelling: word must be a string, got {type(self.word).__name__}; a list of "
                "letters is joined with ''.join(letters)"
            )
        if len(self.word) < 2:
            raise ValueError(
                f"Spelling: word must have at least two letters, got {self.word!r}; with fewer no "
                "letter follows another"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "letters right"

    @property
    def baseline(self) -> float:
        """The share right when each letter is answered by its commonest follower."""
        right = sum(max(counts.values()) for counts in self.followers().values())
        return right / (len(self.word) - 1)

    @property
    def floor(self) -> float:
        """The least cross-entropy, in nats a letter, that is possible without memory.

        It is the entropy of the next letter given the current one (Shannon, 1951, equation 1 with
        N = 2), counted in the word.
        """
        loss = 0.0
        for counts in self.followers().values():
            seen = sum(counts.values())
            # -sum_b n(a, b) log(n(a, b) / n(a)), for one letter a
            loss -= sum(n * math.log(n / seen) for n in counts.values())
        return loss / (len(self.word) - 1)

    @property
    def vocabulary(self) -> Vocabulary:
        """The letters of the word."""
        return Vocabulary(self.word)

    def followers(self) -> dict[str, dict[str, int]]:
        """Return, for each letter that is followed by one, how often it is followed by which."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for letter, following in zip(self.word, self.word[1:], strict=False):
            counts[letter][following] += 1
        return {letter: dict(counter) for letter, counter in counts.items()}

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Return the word ``size`` times; there is nothing to draw.

        Inputs are one-hot letters, (size, letters - 1, vocabulary); the target holds the ids of
        the letters that follow, (size, letters - 1).
        """
        if size < 1:
            raise ValueError(f"Spelling.batch: size must be at least 1, got {size}")
        with generator.device:
            ids = self.vocabulary.encode(self.word).expand(size, -1)
        return Batch((one_hot_encode(ids[:, :-1], len(self.vocabulary)),), ids[:, 1:])

    def trivial(self, batch: Batch) -> Tensor:
        """Return the best logits without memory: how often each letter followed the current one."""
        ids, device = self.vocabulary.token_to_id, batch.target.device
        table = torch.full((len(ids),) * 2, float("-inf"), device=device)
        for letter, counts in self.followers().items():
            for following, n in counts.items():
                table[ids[letter], ids[following]] = math.log(n)
        return table[batch.inputs[0].argmax(-1)]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy a letter of logits (batch, letters - 1, vocabulary)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of letters whose largest logit is the right one."""
        return (output.argmax(-1) == batch.target).float().mean().item()
