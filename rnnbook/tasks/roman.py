"""Numbers in our digits, and the same numbers as a Roman would carve them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.tasks._written import always, share_right
from rnnbook.text import END, PAD, Vocabulary, pad

_SIGNS = (
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
#: One number in this many is kept out of training.
_EVERY = 7


@dataclass(frozen=True)
class RomanNumerals:
    """Translate "48" to "XLVIII": one to three digits in, one to twelve signs and ``END`` out.

    How many digits a number has is drawn first, so that short ones are not rare. One number in
    seven, from ten on, never occurs unless it is asked for.

    Parameters
    ----------
    held_out : bool
        Draw the numbers that are otherwise left out, and no others.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.roman import RomanNumerals, roman
    >>> roman(48)
    'XLVIII'
    >>> batch = RomanNumerals().batch(2, torch.Generator().manual_seed(0))
    >>> [tuple(x.shape) for x in batch.inputs], batch.lengths.tolist()
    ([(2, 3), (2, 6)], [3, 1])
    """

    held_out: bool = False

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "numerals with every sign right"

    @property
    def baseline(self) -> float:
        """One numeral for all: one of the fewest numbers that share their count of digits."""
        sizes = [len(self.numbers[digits]) for digits in self.numbers]
        return 1 / (len(sizes) * min(sizes))

    @cached_property
    def source(self) -> Vocabulary:
        """The digits."""
        return Vocabulary("0123456789")

    @cached_property
    def target(self) -> Vocabulary:
        """The signs."""
        return Vocabulary("IVXLCDM")

    @cached_property
    def numbers(self) -> dict[int, list[int]]:
        """The numbers drawn here, by their count of digits."""
        found: dict[int, list[int]] = {}
        for number in range(1, 1000):
            if (number > 9 and number % _EVERY == 3) == self.held_out:
                found.setdefault(len(str(number)), []).append(number)
        return found

    @cached_property
    def _encoded(self) -> dict[int, tuple[Tensor, Tensor]]:
        """The ids of every number, digits and signs."""
        with torch.device("cpu"):
            end = torch.tensor([END])
            return {
                number: (
                    self.source.encode(str(number)),
                    torch.cat([self.target.encode(roman(number)), end]),
                )
                for number in range(1, 1000)
            }

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` numbers: digits (size, src_len) and numerals (size, tgt_len) with END.

        The numerals are an input as well, for a model that is taught by the true signs before each;
        ``lengths`` are those of the digits.
        """
        if size < 1:
            raise ValueError(f"RomanNumerals.batch: size must be at least 1, got {size}")
        counts, device = list(self.numbers), generator.device
        drawn = torch.randint(len(counts), (size,), generator=generator, device=device).tolist()
        places = torch.rand(size, generator=generator, device=device).tolist()
        known = [self.numbers[counts[i]] for i in drawn]
        numbers = [some[int(place * len(some))] for some, place in zip(known, places, strict=True)]
        return self.of_numbers(numbers).to(device)

    def of_numbers(self, numbers: list[int]) -> Batch:
        """Return the batch of these numbers, each from 1 to 999."""
        for number in numbers:
            if number not in self._encoded:
                raise ValueError(
                    f"RomanNumerals.of_numbers: expected whole numbers from 1 to 999, got {number}"
                )
        src, lengths = pad([self._encoded[number][0] for number in numbers])
        tgt, _ = pad([self._encoded[number][1] for number in numbers])
        return Batch((src, tgt), tgt, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, tgt_len, signs), over signs and ``END``."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of numerals all of whose signs, and whose end, have the largest logit.

        With the true signs before each, that is the same as writing sign by sign: as long as none
        is wrong, what was written before is what is true.
        """
        return share_right(output, batch.target)

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the numeral of the smallest number: logits (batch, tgt_len, signs)."""
        counts = {digits: len(found) for digits, found in self.numbers.items()}
        number = self.numbers[min(counts, key=lambda digits: counts[digits])][0]
        return always(self._encoded[number][1], batch.target, len(self.target))


def roman(number: int) -> str:
    """Return a number below a thousand in Roman signs.

    Examples
    --------
    >>> from rnnbook.tasks.roman import roman
    >>> roman(9), roman(944)
    ('IX', 'CMXLIV')
    """
    if not 1 <= number <= 999:
        raise ValueError(f"roman: expected a number from 1 to 999, got {number}")
    signs = ""
    for value, sign in _SIGNS:
        signs += sign * (number // value)
        number %= value
    return signs
