"""Dates as five languages write them, and the same dates in ISO 8601: 2023-01-15."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file
from rnnbook.text import END, PAD, UNK, Vocabulary

#: Babel's names of the languages; ``en`` is the English of the United States.
LOCALES = ("en", "de", "fr", "es", "it")
LANGUAGES = dict(zip(LOCALES, ("English", "German", "French", "Spanish", "Italian"), strict=True))
#: Babel's names of the formats: ``Jan 15, 2023`` and ``January 15, 2023`` in English.
FORMS = ("medium", "long")
#: The first day, and the one after the last.
FIRST, END_OF_DAYS = datetime.date(1950, 1, 1), datetime.date(2050, 1, 1)
#: One day in this many is kept out of training; with ten, all days of the week are among them.
EVERY, KEPT = 10, 3
#: The most characters in a line of a reader's own file.
LONGEST = 80


@dataclass(frozen=True)
class Dates:
    """Translate "January 15, 2023" to "2023-01-15", ten characters and ``END``.

    Language, format and day are drawn alike often. One day in ten never occurs, in any language or
    format, unless it is asked for.

    Parameters
    ----------
    locales : tuple of str
        Babel's names of languages, such as ``"en"``, ``"en_GB"`` or ``"de"``.
    forms : tuple of str
        Babel's names of formats: of ``"short"``, ``"medium"``, ``"long"`` and ``"full"``.
    held_out : bool
        Draw the days that are otherwise left out, and no others.

    Raises
    ------
    ImportError
        If Babel is missing.
    ValueError
        If Babel does not know a language or a format, or there is none.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.dates import Dates
    >>> task = Dates()
    >>> src, tgt = task.batch(3, torch.Generator().manual_seed(0)).inputs
    >>> tuple(tgt.shape)
    (3, 11)
    >>> "".join(task.target.decode(tgt[0, :10])) in {day.isoformat() for day in task.days}
    True
    """

    locales: tuple[str, ...] = LOCALES
    forms: tuple[str, ...] = FORMS
    held_out: bool = False

    def __post_init__(self) -> None:
        if not self.locales or not self.forms:
            raise ValueError(
                "Dates: expected at least one language and one format, got "
                f"{self.locales!r} and {self.forms!r}; a single one is written ('en',), with a "
                "comma"
            )
        for locale in self.locales:
            for form in self.forms:
                pattern(locale, form)

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "dates with every character right"

    @property
    def baseline(self) -> float:
        """The right year, and the first of January."""
        return sum((day.month, day.day) == (1, 1) for day in self.days) / len(self.days)

    @cached_property
    def days(self) -> tuple[datetime.date, ...]:
        """The days that are drawn here."""
        first, end = FIRST.toordinal(), END_OF_DAYS.toordinal()
        drawn = (n for n in range(first, end) if (n % EVERY == KEPT) == self.held_out)
        return tuple(datetime.date.fromordinal(n) for n in drawn)

    @cached_property
    def source(self) -> Vocabulary:
        """The characters of the formats of training, whatever is drawn here."""
        return _characters()

    @cached_property
    def target(self) -> Vocabulary:
        """The digits and the hyphen."""
        return Vocabulary("0123456789-")

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` dates: characters (size, src_len) and ISO (size, 11) with ``END``.

        The latter is an input as well, for a model that is taught by the true characters before
        each; ``lengths`` are those of the dates as they are read.
        """
        if size < 1:
            raise ValueError(f"Dates.batch: size must be at least 1, got {size}")

        def draw(count: int) -> list[int]:
            device = generator.device
            drawn = torch.randint(count, (size,), generator=generator, device=device)
            return [int(number) for number in drawn]

        counts = (len(self.locales), len(self.forms), len(self.days))
        drawn = zip(*map(draw, counts), strict=True)
        rows = [(self.days[k], self.locales[i], self.forms[j]) for i, j, k in drawn]
        return self.of([spelled(*row) for row in rows], [row[0] for row in rows]).to(
            generator.device
        )

    def of(self, texts: list[str], days: list[datetime.date]) -> Batch:
        """Return the batch of these texts, which mean these days.

        Characters that training never sees become ``UNK``.
        """
        with torch.device("cpu"):
            src, lengths = self.source.encode_batch(texts, unknown=UNK)
            iso, _ = self.target.encode_batch([day.isoformat() for day in days])
        tgt = F.pad(iso, (0, 1), value=END)
        return Batch((src, tgt), tgt.clone(), lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits, (batch, 11, characters)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of dates all of whose characters have the largest logit.

        With the true characters before each, that is the same as writing one by one: as long as
        none is wrong, what was written before is what is true.
        """
        return (output.argmax(-1) == batch.target).all(1).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Answer with the first of January of the right year."""
        said = batch.target.clone()
        with torch.device("cpu"):
            said[:, 5:10] = self.target.encode("01-01").to(said.device)
        return F.one_hot(said, len(self.target)).to(torch.get_default_dtype())


@cache
def spelled(day: datetime.date, locale: str, form: str) -> str:
    """Return a day as a language writes it.

    Parameters
    ----------
    day : datetime.date
        The day.
    locale, form : str
        As in :class:`Dates`.

    Examples
    --------
    >>> import datetime
    >>> from rnnbook.tasks.dates import spelled
    >>> spelled(datetime.date(2023, 1, 15), "es", "long")
    '15 de enero de 2023'
    """
    from babel.dates import format_date

    return str(format_date(day, form, locale))


@cache
def pattern(locale: str, form: str) -> str:
    """Return Babel's pattern of a format: ``d`` for the day, ``MMMM`` for the name of the month.

    Raises
    ------
    ImportError
        If Babel is missing.
    ValueError
        If Babel does not know the language or the format.

    Examples
    --------
    >>> from rnnbook.tasks.dates import pattern
    >>> pattern("en", "long"), pattern("de", "medium")
    ('MMMM d, y', 'dd.MM.y')
    """
    try:
        from babel.core import UnknownLocaleError
        from babel.dates import get_date_format
    except ImportError as error:
        raise ImportError(
            "Dates: the formats need Babel, which comes with the extra: pip install 'rnnbook[data]'"
        ) from error
    try:
        return str(get_date_format(form, locale).pattern)  # type: ignore[arg-type]  # others raise
    except (UnknownLocaleError, ValueError, KeyError) as error:
        raise ValueError(
            f"Dates: expected a language and a format that Babel knows, got {locale!r} and "
            f"{form!r}; languages are written en, en_GB or de, formats medium, long or full"
        ) from error


@cache
def expression(locale: str, form: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """Return a regular expression for one format, and the numbers of its names of months.

    Its groups are ``day``, ``month`` and ``year``.

    Examples
    --------
    >>> from rnnbook.tasks.dates import expression
    >>> found, months = expression("it", "medium")
    >>> match = found.fullmatch("15 gen 2023")
    >>> match["day"], months[match["month"]], match["year"]
    ('15', 1, '2023')
    """
    from babel.dates import get_day_names, get_month_names

    def either(names: list[str]) -> str:
        return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    months = {f"{number:02d}": number for number in range(1, 13)}
    parts = {"y": r"(?P<year>\d{4})", "d": r"(?P<day>\d\d?)", "dd": r"(?P<day>\d\d)"}
    parts["MM"] = rf"(?P<month>{either(list(months))})"
    widths: dict[str, Literal["abbreviated", "wide"]] = {"MMM": "abbreviated", "MMMM": "wide"}
    for letters, width in widths.items():
        names = {str(name): n for n, name in get_month_names(width, locale=locale).items()}
        months |= names
        parts[letters] = f"(?P<month>{either(list(names))})"
    parts["EEEE"] = f"(?:{either([str(n) for n in get_day_names('wide', locale=locale).values()])})"
    written = ""
    for piece in re.finditer(r"'[^']*'|([a-zA-Z])\1*|[^a-zA-Z']+", pattern(locale, form)):
        found = piece[0]
        written += parts[found] if piece[1] else re.escape(found.strip("'"))
    return re.compile(written), months


def looked_up(text: str, locales: tuple[str, ...] = LOCALES) -> datetime.date | None:
    """Read a date with a table of the formats of training; None if it has none of them.

    Parameters
    ----------
    text : str
        The date.
    locales : tuple of str
        The languages in the table.

    Examples
    --------
    >>> from rnnbook.tasks.dates import looked_up
    >>> looked_up("15 janv. 2023"), looked_up("15 January 2023")
    (datetime.date(2023, 1, 15), None)
    """
    for locale in locales:
        for form in FORMS:
            found, months = expression(locale, form)
            match = found.fullmatch(text)
            if match:
                try:
                    return datetime.date(
                        int(match["year"]), months[match["month"]], int(match["day"])
                    )
                except ValueError:  # the 31st of April
                    return None
    return None


def read_dates(path: str | Path) -> list[str]:
    """Return the dates of a reader's own text file, one a line; empty lines are left out.

    Letters with accents are composed (NFC), as Babel writes them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is empty or not UTF-8, or a line has no digit or is too long to be a date.

    Examples
    --------
    >>> from rnnbook.tasks.dates import read_dates
    >>> read_dates("no_such_list.txt")
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_text_file: expected a text file at 'no_such_list.txt', found nothing ...
    """
    lines = []
    text = unicodedata.normalize("NFC", read_text_file(path))
    for number, line in enumerate(text.split("\n"), start=1):
        date = " ".join(line.split())
        if not date:
            continue
        if len(date) > LONGEST:
            raise ValueError(
                f"read_dates: expected one date a line in {str(path)!r}, got {len(date)} "
                f"characters in line {number}; the usual cause is running text, or columns beside "
                "the date: keep the column of dates"
            )
        if not any(character.isdigit() for character in date):
            raise ValueError(
                f"read_dates: expected one date a line in {str(path)!r}, got {date!a} without "
                f"a digit in line {number}; the usual cause is a line of headings: delete it"
            )
        lines.append(date)
    return lines


@cache
def _characters() -> Vocabulary:
    """Collect the characters of every month in every format of training."""
    days = [datetime.date(2000, month, 28) for month in range(1, 13)]
    texts = (spelled(day, locale, form) for day in days for locale in LOCALES for form in FORMS)
    return Vocabulary("0123456789" + "".join(texts))
