"""Which digit is it? Pictures of 8 by 8 points, read point by point, as a sequence of 64 steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file

#: Points in a picture, and the largest number of one: black.
POINTS, BLACK = 64, 16
CLASSES = 10
#: The parts of a file, in its order, and the share of it at which each ends.
PARTS = {"training": 0.6, "choosing": 0.8, "held out": 1.0}


@dataclass(frozen=True)
class Digits:
    """Name the digit in a picture that is read point by point, line by line, from the top left.

    The pictures are the 1,797 that come with scikit-learn, written by hand. They are cut in the
    order of their file, never shuffled: the first 60 % are for training, the next 20 % to choose
    settings by, and the last 20 % are held out.

    Parameters
    ----------
    part : {"training", "choosing", "held out"}
        Where batches are drawn from.
    path : str or Path, optional
        Your own pictures instead, a text file as UCI has them: in each line 64 whole numbers from
        0 to 16 and the digit, separated by commas.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If there is no such part, a line is malformed, or there are fewer than 10 pictures.

    Notes
    -----
    From E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, CC BY 4.0; the pictures here are those of its test set.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.digits import Digits
    >>> batch = Digits().batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.target.shape
    (torch.Size([3, 64, 1]), torch.Size([3]))
    >>> len(Digits().whole()), len(Digits("held out").whole())
    (1078, 360)
    """

    part: str = "training"
    path: str | Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"Digits: part must be one of {tuple(PARTS)}, got {self.part!r}")
        if self.path is not None:
            _ = self.pictures

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "accuracy"

    @property
    def baseline(self) -> float:
        """Always answering the digit that is commonest in training."""
        _, digits = self._cut
        return float((digits == self.commonest).double().mean())

    @cached_property
    def commonest(self) -> int:
        """The digit that is commonest in training; of several, the smallest."""
        _, digits = self.pictures
        return int(digits[: int(PARTS["training"] * len(digits))].bincount().argmax())

    @cached_property
    def pictures(self) -> tuple[Tensor, Tensor]:
        """Numbers from 0, white, to 1, black, (pictures, 64, 1), and digits, (pictures,)."""
        with torch.device("cpu"):
            if self.path is not None:
                return _read(self.path)
            from sklearn.datasets import load_digits

            found = load_digits()
            points = torch.from_numpy(found.data).to(torch.get_default_dtype())
            return points.unsqueeze(-1) / BLACK, torch.from_numpy(found.target).long()

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` pictures of the part: inputs (size, 64, 1), target (size,)."""
        if size < 1:
            raise ValueError(f"Digits.batch: size must be at least 1, got {size}")
        xs, digits = self._cut
        device = generator.device
        drawn = torch.randint(len(xs), (size,), generator=generator, device=device).cpu()
        return Batch((xs[drawn],), digits[drawn]).to(device)

    def whole(self) -> Batch:
        """Return all pictures of the part, in the order of their file."""
        xs, digits = self._cut
        return Batch((xs,), digits)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (size, 10)."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of pictures whose largest logit is that of their digit."""
        return (output.argmax(-1) == batch.target).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the digit that is commonest in training."""
        answer = torch.tensor(self.commonest, device=batch.target.device)
        logits = F.one_hot(answer, CLASSES).to(torch.get_default_dtype())
        return logits.expand(len(batch), CLASSES)

    @property
    def _cut(self) -> tuple[Tensor, Tensor]:
        """Return the pictures and the digits of the part."""
        xs, digits = self.pictures
        names = list(PARTS)
        shares = [0.0, *PARTS.values()]
        place = names.index(self.part)
        first, end = (int(share * len(xs)) for share in shares[place : place + 2])
        return xs[first:end], digits[first:end]


def _read(path: str | Path) -> tuple[Tensor, Tensor]:
    """Read pictures and digits of a reader's own."""
    rows = []
    for number, line in enumerate(read_text_file(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        good = len(cells) == POINTS + 1 and all(c.isascii() and c.isdigit() for c in cells)
        row = [int(cell) for cell in cells] if good else []
        if not good or max(row[:POINTS]) > BLACK or row[POINTS] >= CLASSES:
            raise ValueError(
                f"Digits: expected {POINTS} whole numbers from 0 to {BLACK} and a digit in each "
                f"line of {str(path)!r}, separated by commas, got {line[:40]!r} in line {number}; "
                "the usual causes are a line of headings, and points from 0 to 255"
            )
        rows.append(row)
    if len(rows) < CLASSES:
        raise ValueError(
            f"Digits: expected at least {CLASSES} pictures in {str(path)!r}, got {len(rows)}"
        )
    table = torch.tensor(rows)
    return (table[:, :POINTS, None] / BLACK).to(torch.get_default_dtype()), table[:, POINTS]
