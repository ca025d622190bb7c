"""The next character of a real text, whose last part is kept for the measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_hamlet, read_text_file, refuse_controls
from rnnbook.text import UNK, Vocabulary

PARTS = ("training", "held out")


@dataclass(frozen=True)
class Characters:
    """What is the next character? The text is *Hamlet*, or one of your own.

    The text is cut once. Windows for training are drawn from the front, and the end is kept for
    the measurement: no window reaches across the cut, so that no character is trained on and
    measured on. A random split of *windows* would not do: neighbours share all characters but one.

    Parameters
    ----------
    path : str or Path, optional
        Your own plain text file, in UTF-8.
    text : str, optional
        A text in place of a file. Without either, the task is *Hamlet*.
    window : int
        Characters the model reads in one example.
    held_out : float
        The share of the text, at its end, that is kept for the measurement.
    part : {"training", "held out"}
        Where batches are drawn from; see :attr:`rest` for the other part.
    alphabet : str
        Characters to know besides those of the training part.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is empty or not UTF-8, if a text holds zero bytes or other control characters,
        if a part of it is shorter than one window, or if another parameter is out of range.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.characters import Characters
    >>> task = Characters(window=20)
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([2, 20]), torch.Size([2, 20]))
    >>> bool((batch.inputs[0][:, 1:] == batch.target[:, :-1]).all())
    True
    """

    path: str | Path | None = None
    text: str | None = field(default=None, repr=False)
    window: int = 64
    held_out: float = 0.1
    part: str = "training"
    alphabet: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.path is not None and self.text is not None:
            raise ValueError("Characters: expected a path or a text, got both; which one is meant?")
        if self.window < 1:
            raise ValueError(f"Characters: window must be at least 1, got {self.window}")
        if not 0 < self.held_out < 1:
            raise ValueError(
                f"Characters: held_out must be a share between 0 and 1, got {self.held_out}; with "
                "nothing held out there is nothing to measure on"
            )
        if self.part not in PARTS:
            raise ValueError(f"Characters: part must be one of {PARTS}, got {self.part!r}")
        if self.text is not None:
            refuse_controls("Characters", self.text)
        shortest = min(len(self.training_text), len(self.held_out_text))
        if shortest <= self.window:
            raise ValueError(
                f"Characters: expected more than {self.window} characters, one window, in each "
                f"part, got {len(self.training_text)} for training and {len(self.held_out_text)} "
                "held out; the text is too short: take a longer one, or a shorter window"
            )

    @property
    def unit(self) -> str:
        """What the score counts; less is better."""
        return "bits per character"

    @cached_property
    def baseline(self) -> float:
        """Bits per character of the frequencies of the training part, without any context."""
        return F.cross_entropy(self._frequencies.expand(len(self.ids), -1), self.ids).item() / BIT

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters of the training part; one that only the end holds is ``UNK``."""
        return Vocabulary(self.training_text + self.alphabet)

    @cached_property
    def whole_text(self) -> str:
        """Both parts, one after the other."""
        if self.path is not None:
            return read_text_file(self.path)
        return read_hamlet() if self.text is None else self.text

    @cached_property
    def training_text(self) -> str:
        """The front of the text."""
        return self.whole_text[: self._cut]

    @cached_property
    def held_out_text(self) -> str:
        """The end of the text, which no training window touches."""
        return self.whole_text[self._cut :]

    @cached_property
    def ids(self) -> Tensor:
        """Ids of the part that batches are drawn from, (characters,)."""
        text = self.training_text if self.part == "training" else self.held_out_text
        with torch.device("cpu"):
            return self.vocabulary.encode(text, unknown=UNK)

    @property
    def rest(self) -> Characters:
        """The same task on the part that this one does not draw from."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)])

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` windows: inputs ``(size, window)``, and the target one character on."""
        if size < 1:
            raise ValueError(f"Characters.batch: size must be at least 1, got {size}")
        count, device = len(self.ids) - self.window, generator.device
        starts = torch.randint(count, (size, 1), generator=generator, device=device)
        places = starts + torch.arange(self.window + 1, device=device)
        windows = self.ids.to(device)[places]
        return Batch((windows[:, :-1],), windows[:, 1:])

    def whole(self) -> Batch:
        """Return the part as one sequence, from its first character to its last.

        Each held-out character is predicted once, with all held-out characters before it as its
        context; the first follows the last character of the training part.
        """
        ids = self.ids
        if self.part == "held out":
            with ids.device:
                before = self.vocabulary.encode(self.training_text[-1:])
            ids = torch.cat([before, ids])
        return Batch((ids[None, :-1],), ids[None, 1:])

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, time, vocab_size)``, in nats."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the bits each character costs: the cross-entropy, with logarithms to base 2."""
        return self.loss(output, batch).item() / BIT

    def trivial(self, batch: Batch) -> Tensor:
        """Return the logits of one who knows how often each character occurs, and nothing else."""
        logits = self._frequencies.to(batch.target.device, torch.get_default_dtype())
        return logits.expand(*batch.target.shape, -1)

    def repeated(self, length: int = 30) -> float:
        """Return the share of held-out stretches of ``length`` that the training part holds too.

        A share far from zero means that the measurement rewards learning by heart.
        """
        if not 1 <= length <= len(self.held_out_text):
            raise ValueError(
                f"Characters.repeated: length must lie between 1 and {len(self.held_out_text)}, "
                f"got {length}"
            )
        known = set(stretches(self.training_text, length))
        found = [stretch in known for stretch in stretches(self.held_out_text, length)]
        return sum(found) / len(found)

    @property
    def _cut(self) -> int:
        return len(self.whole_text) - round(len(self.whole_text) * self.held_out)

    @cached_property
    def _frequencies(self) -> Tensor:
        with torch.device("cpu"):
            ids = self.vocabulary.encode(self.training_text)
        counts = torch.bincount(ids, minlength=len(self.vocabulary)).float()
        counts[UNK:] += 1  # a character never seen has to cost something finite
        return (counts / counts.sum()).clamp(min=1e-9).log()


BIT = math.log(2)  #: One bit in nats.


def stretches(text: str, length: int) -> list[str]:
    """Return all stretches of ``length`` characters, each one character further on.

    Examples
    --------
    >>> from rnnbook.tasks.characters import stretches
    >>> stretches("hamlet", 4)
    ['haml', 'amle', 'mlet']
    """
    return [text[i : i + length] for i in range(len(text) - length + 1)]
