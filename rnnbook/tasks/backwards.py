"""Words written backwards: the answer to a longer word needs more to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.tasks._written import share_right
from rnnbook.text import END, PAD, UNK, Vocabulary

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Backwards:
    """Read a word of random letters, then write it from its last letter to its first.

    Parameters
    ----------
    letters : int
        How many letters there are, all equally frequent.
    least, most : int
        Letters in the shortest word and in the longest; all lengths are equally frequent.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.backwards import Backwards
    >>> task = Backwards(letters=5, least=1, most=4)
    >>> src, tgt = task.batch(3, torch.Generator().manual_seed(1)).inputs
    >>> for word, backwards in zip(src, tgt, strict=True):
    ...     print(*task.vocabulary.decode(word), "->", *task.vocabulary.decode(backwards))
    d d <pad> <pad> -> d d <end> <pad> <pad>
    b e c d -> d c e b <end>
    e <pad> <pad> <pad> -> e <end> <pad> <pad> <pad>
    """

    letters: int = 8
    least: int = 1
    most: int = 8

    def __post_init__(self) -> None:
        if not 2 <= self.letters <= len(LETTERS):
            raise ValueError(
                f"Backwards: expected letters from 2 to {len(LETTERS)}, got {self.letters}"
            )
        if not 1 <= self.least <= self.most:
            raise ValueError(
                f"Backwards: expected 1 <= least <= most, got {self.least} and {self.most}"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "words with every letter right"

    @property
    def baseline(self) -> float:
        """One word for all: right if its length is drawn, and every letter of it."""
        return 1 / float(self.letters**self.least * (self.most - self.least + 1))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The letters, on either side."""
        return Vocabulary(LETTERS[: self.letters])

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` words: ids (size, src_len), and backwards with ``END``, (size, tgt_len).

        The latter is an input as well, for a model that is taught by the true letters before each;
        ``lengths`` are those of the words as they are read.
        """
        if size < 1:
            raise ValueError(f"Backwards.batch: size must be at least 1, got {size}")
        lengths = torch.randint(
            self.least, self.most + 1, (size,), generator=generator, device=generator.device
        )
        longest, ends = int(lengths.max()), lengths.unsqueeze(1)
        first = UNK + 1
        drawn = torch.randint(
            first,
            first + self.letters,
            (size, longest),
            generator=generator,
            device=generator.device,
        )
        place = torch.arange(longest, device=generator.device)
        src = torch.where(place < ends, drawn, PAD)
        turned = src.gather(1, torch.where(place < ends, ends - 1 - place, place))
        tgt = F.pad(turned, (0, 1), value=PAD).scatter(1, ends, END)
        return Batch((src, tgt), tgt, lengths.cpu())

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, tgt_len, vocab), over letters and ``END``."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of words all of whose letters, and whose end, have the largest logit.

        With the true letters before each, that is the same as writing letter by letter: as long as
        none is wrong, what was written before is what is true.
        """
        return share_right(output, batch.target)

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the shortest word of nothing but the first letter."""
        said = torch.full_like(batch.target, PAD)
        said[:, : self.least] = UNK + 1
        said[:, self.least] = END
        return F.one_hot(said, len(self.vocabulary)).to(torch.get_default_dtype())
