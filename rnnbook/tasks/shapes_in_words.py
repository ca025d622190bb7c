"""A drawn shape, given as a few numbers, and the words that describe it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.tasks._written import always, share_right
from rnnbook.text import END, PAD, Vocabulary, pad

NUMBERS = ("a", "two", "three")
SIZES = ("small", "", "large")
COLOURS = ("red", "green", "blue", "yellow")
SHAPES = ("circle", "square", "star")
_KINDS = (NUMBERS, SIZES, COLOURS, SHAPES)
#: One picture in this many is kept out of training.
_EVERY = 5


@dataclass(frozen=True)
class ShapesInWords:
    """Write "two small red circles" from a vector that says number, size, colour and shape.

    The features are four one-hot codes side by side, with noise on every number, as if they came
    from a network that looks at a picture. A shape of middling size has no word for it, so captions
    differ in length. One combination in five never occurs unless it is asked for.

    Parameters
    ----------
    noise : float
        Standard deviation of what is added to every feature.
    held_out : bool
        Draw the combinations that are otherwise left out, and no others.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.shapes_in_words import ShapesInWords
    >>> task = ShapesInWords()
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> features, captions = batch.inputs
    >>> features.shape
    torch.Size([2, 13])
    >>> for caption in captions:
    ...     print(*task.vocabulary.decode(caption))
    a large green square <end>
    two large yellow circles <end>
    """

    noise: float = 0.1
    held_out: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.noise < float("inf"):
            raise ValueError(f"ShapesInWords: noise must be at least 0, got {self.noise}")

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "captions with every word right"

    @property
    def baseline(self) -> float:
        """One caption for every picture is right once in as many as there are."""
        return 1 / len(self.combinations)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of a caption."""
        plural = [f"{shape}s" for shape in SHAPES]
        return Vocabulary([word for words in (*_KINDS, plural) for word in words if word])

    @property
    def image_dim(self) -> int:
        """Numbers in the features."""
        return sum(len(kind) for kind in _KINDS)

    @cached_property
    def combinations(self) -> list[tuple[int, ...]]:
        """Which number, size, colour and shape go together: those drawn here."""
        every = itertools.product(*(range(len(kind)) for kind in _KINDS))
        return [c for c in every if (sum(c) % _EVERY == 0) == self.held_out]

    def caption(self, combination: tuple[int, ...]) -> list[str]:
        """Return the words for a combination."""
        words = [kind[i] for kind, i in zip(_KINDS, combination, strict=True)]
        if combination[0] > 0:
            words[-1] += "s"
        return [word for word in words if word]

    @cached_property
    def _encoded(self) -> list[Tensor]:
        """The ids of every caption drawn here, with its end."""
        with torch.device("cpu"):
            captions = [self.vocabulary.encode(self.caption(c)) for c in self.combinations]
            return [torch.cat([caption, torch.tensor([END])]) for caption in captions]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` pictures: features (size, image_dim), captions (size, time) with END.

        The captions are an input as well, for a model that is taught by the true words before each.
        """
        if size < 1:
            raise ValueError(f"ShapesInWords.batch: size must be at least 1, got {size}")
        count, device = len(self.combinations), generator.device
        drawn = torch.randint(count, (size,), generator=generator, device=device).tolist()
        chosen = torch.tensor([self.combinations[i] for i in drawn], device=device)
        codes = [F.one_hot(i, len(k)) for i, k in zip(chosen.unbind(1), _KINDS, strict=True)]
        noise = self.noise * torch.randn(size, self.image_dim, generator=generator, device=device)
        captions = pad([self._encoded[i] for i in drawn])[0].to(device)
        return Batch((torch.cat(codes, dim=1) + noise, captions), captions)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, time, vocab), over words and ``END``."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of captions all of whose words, and whose end, have the largest logit.

        With every true word before each, that is the same as writing the caption word by word: as
        long as no word is wrong, what was written before is what is true.
        """
        return share_right(output, batch.target)

    def trivial(self, batch: Batch) -> Tensor:
        """Say the same caption of every picture: logits (batch, time, vocab)."""
        return always(self._encoded[0], batch.target, len(self.vocabulary))
