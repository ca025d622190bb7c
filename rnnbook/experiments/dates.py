"""Dates to ISO: two networks at equal work, two ways without one, and formats never seen."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rnnbook import decoding, layers
from rnnbook.batch import Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import AttentionTranslator, Seq2SeqTranslator
from rnnbook.tasks.dates import FORMS, LOCALES, Dates, expression, looked_up, spelled
from rnnbook.text import END, START, UNK
from rnnbook.training import fit

#: A seed draws the initial weights and the batches of training; the dates judged are always the
#: same.
SEEDS = (0, 1, 2)
TASK = Dates()
#: What is judged: days that training never sees, in its formats.
HELD_OUT = Dates(held_out=True)
#: Formats that training never sees, of days that it never sees: English words in another order,
#: and all languages with the name of the weekday.
UNSEEN = {
    "British order": Dates(locales=("en_GB",), forms=("long",), held_out=True),
    "weekday first": Dates(forms=("full",), held_out=True),
}
#: Days judged in each language and format, in all and for a search.
JUDGED, SEARCHED = 40, 5
UPDATES, BATCH, LEARNING_RATE = 80, 48, 4e-2
#: Tried for each network on other seeds.
LEARNING_RATES = (1e-2, 2e-2, 4e-2)
#: Units of one direction of the encoder. They are chosen so that both networks multiply equally
#: often in an update.
HIDDEN = {"attention": 24, "one state": 40}
#: How many times as many updates one network without attention gets, and its learning rate: the
#: best of the same three, tried with as many updates on other seeds.
LONGER, LONGER_RATE = 5, 1e-2
#: How many beginnings a search keeps; one is greedy writing.
WIDTHS = (1, 4)
#: The date on which work is counted.
SAMPLE = datetime.date(2023, 9, 15)

Array = NDArray[np.float64]
Network = Seq2SeqTranslator | AttentionTranslator
NETWORKS: dict[str, type[Network]] = {
    "attention": AttentionTranslator,
    "one state": Seq2SeqTranslator,
}
Read = Callable[[str], datetime.date | None]


class Result(NamedTuple):
    """Shares of dates, by name of who reads them; the first axis is the seed.

    ``right`` is the share without a mistake of days never seen, by reader and language, and
    ``overall``, by reader, that over the languages; ``unseen``, by reader and name, is the same in
    formats never seen. A reader without weights is the same on every seed. ``pointed``, by part of
    the date, is the share of digits whose largest weight lies on that part of what is read.
    ``weekday``, by part, is the share of years, months and days that the network with attention
    gets right where the name of the weekday comes first. ``looks`` is the network with attention
    itself, to read with.
    """

    right: dict[tuple[str, str], Measured]
    overall: dict[str, Measured]
    unseen: dict[tuple[str, str], Measured]
    pointed: dict[str, Measured]
    weekday: dict[str, Measured]
    looks: Any


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train both networks for as many updates, and let everyone read."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train both networks once, on one seed."""
    models = {name: trained(name, seed) for name in NETWORKS}
    right, unseen = without_weights()
    right, unseen = dict(right), dict(unseen)
    for name, model in models.items():
        for locale in LOCALES:
            right[name, locale] = share(model, judged(HELD_OUT, (locale,)))
        for what, task in UNSEEN.items():
            unseen[name, what] = share(model, judged(task))
    readers = {name for name, _ in right}
    looks = models["attention"]
    assert isinstance(looks, AttentionTranslator)
    return Result(
        right=right,
        overall={
            name: float(np.mean([right[name, locale] for locale in LOCALES]))
            for name in sorted(readers)
        },
        unseen=unseen,
        pointed=pointed(looks),
        weekday=by_part(looks, UNSEEN["weekday first"]),
        looks=looks,
    )


def network(name: str, seed: int, layer: Callable[..., nn.Module] = nn.LSTM) -> Network:
    """Return an untrained network of that name, of LSTMs; its encoder reads both ways."""
    torch.manual_seed(seed)
    both = partial(layer, bidirectional=True)
    sizes = (len(TASK.source), len(TASK.target))
    return NETWORKS[name](*sizes, embed_dim=16, hidden_size=HIDDEN[name], layer=both)


def trained(
    name: str, seed: int, *, updates: int = UPDATES, learning_rate: float = LEARNING_RATE
) -> Network:
    """Return a network that was trained on all five languages."""
    model = network(name, seed)
    fit(
        model,
        TASK,
        steps=updates,
        seed=seed,
        batch_size=BATCH,
        learning_rate=learning_rate,
    )
    return model


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[tuple[str, float], list[float]]:
    """Return the share right on days of training by network and learning rate, a value a seed.

    Held-out days choose nothing. No build calls it.
    """
    return {
        (name, rate): [
            share(trained(name, seed, learning_rate=rate), judged(TASK)) for seed in seeds
        ]
        for name in NETWORKS
        for rate in LEARNING_RATES
    }


@cache
def multiplications(name: str) -> int:
    """Return how often a network multiplies to read and write one date, counted in a forward pass.

    The date is the longest of the English ones. PyTorch's counter sees the matrix products of our
    own LSTM, which computes what PyTorch's does; sums and products entry by entry are left out.
    """
    task = Dates(locales=("en",))
    batch = task.of([spelled(SAMPLE, "en", "long")], [SAMPLE])
    model = network(name, seed=0, layer=layers.LSTM)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*batch.inputs, lengths=batch.lengths)
    return int(counter.get_total_flops()) // 2  # a multiplication and an addition


@cache
def sheet(task: Dates, count: int = JUDGED) -> tuple[tuple[str, datetime.date], ...]:
    """Return the dates judged: texts and what they mean, ``count`` of each language and format."""
    rows: list[tuple[str, datetime.date]] = []
    for locale in task.locales:
        for form in task.forms:
            generator = torch.Generator().manual_seed(len(rows))
            with torch.device("cpu"):
                places = torch.randperm(len(task.days), generator=generator)[:count].tolist()
            rows += [(spelled(task.days[i], locale, form), task.days[i]) for i in places]
    return tuple(rows)


def judged(task: Dates, locales: tuple[str, ...] | None = None, count: int = JUDGED) -> Batch:
    """Return the dates of :func:`sheet` as a batch, of some languages only if they are named."""
    own = Dates(locales or task.locales, task.forms, task.held_out)
    texts, days = zip(*sheet(own, count), strict=True)
    return own.of(list(texts), list(days))


@torch.no_grad()
def share(model: Network, batch: Batch) -> float:
    """Return the share of a batch of dates that a model writes without a mistake."""
    model.eval()
    return TASK.score(model(*batch.inputs, lengths=batch.lengths), batch)


def parsed(text: str) -> datetime.date | None:
    """Read a date with dateutil as it comes; None where it refuses.

    Examples
    --------
    >>> from rnnbook.experiments.dates import parsed
    >>> parsed("15 January 2023"), parsed("15 janv. 2023")
    (datetime.date(2023, 1, 15), None)
    """
    from dateutil import parser  # matplotlib needs it too, so it is there

    try:
        # what a text leaves out comes from the default, which by itself would be today
        found: datetime.datetime = parser.parse(text, default=datetime.datetime(1, 1, 1))
    except (ValueError, OverflowError):
        return None
    return found.date()


READERS: dict[str, Read] = {"dateutil": parsed, "table": looked_up}


@cache
def without_weights() -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Return the shares right of the readers without weights: of languages, and of formats."""

    def hits(read: Read, task: Dates) -> float:
        return float(np.mean([read(text) == day for text, day in sheet(task)]))

    right, unseen = {}, {}
    for name, read in READERS.items():
        for locale in LOCALES:
            right[name, locale] = hits(read, Dates(locales=(locale,), held_out=True))
        for what, task in UNSEEN.items():
            unseen[name, what] = hits(read, task)
    return right, unseen


def written(model: Network, texts: Sequence[str], width: int = 1) -> list[str]:
    """Return what a model writes for these texts, without its END."""
    with torch.device("cpu"):
        src, lengths = TASK.source.encode_batch(texts, unknown=UNK)
    ids = model.translate(src, 12, lengths=lengths, width=width)
    return [_text(row) for row in ids]


@torch.no_grad()
def searched(model: Network, task: Dates, width: int) -> tuple[float, float]:
    """Return the share right, and the mean log-probability, of what a search of a width writes."""
    hits, likely = [], []
    for text, day in sheet(task, SEARCHED):
        with torch.device("cpu"):
            src, first = TASK.source.encode(text, unknown=UNK).unsqueeze(0), torch.tensor([START])
        step: Any = model.step  # each network has a state of its own form
        ids, scores = decoding.beam(step, first, model.encode(src), length=12, width=width, end=END)
        hits.append(_text(ids[0]) == str(day))
        likely.append(float(scores[0]))
    return float(np.mean(hits)), float(np.mean(likely))


def _text(ids: Tensor) -> str:
    """Return what was written, without its END and what comes after it."""
    return "".join(TASK.target.decode(ids)).partition("<end>")[0]


#: Where each part stands in "2023-01-15".
PARTS = {"year": (0, 4), "month": (5, 7), "day": (8, 10)}


@torch.no_grad()
def pointed(model: AttentionTranslator) -> dict[str, float]:
    """Return how often a digit's largest weight lies on the part of the date that it is read from.

    The parts are found by the table of formats.
    """
    batch = judged(HELD_OUT)
    src, tgt = batch.inputs
    most = model.alignment(src, tgt, lengths=batch.lengths).argmax(-1)
    found: dict[str, list[float]] = {part: [] for part in PARTS}
    for (text, _), row in zip(sheet(HELD_OUT), most.tolist(), strict=True):
        spans = parts_of(text)
        for part, (start, end) in PARTS.items():
            first, last = spans[part]
            found[part] += [first <= place < last for place in row[start:end]]
    return {part: float(np.mean(hits)) for part, hits in found.items()}


def by_part(model: Network, task: Dates) -> dict[str, float]:
    """Return how often a model writes the right year, month and day."""
    rows = sheet(task)
    said = written(model, [text for text, _ in rows])
    return {
        part: float(
            np.mean([w[a:b] == str(day)[a:b] for w, (_, day) in zip(said, rows, strict=True)])
        )
        for part, (a, b) in PARTS.items()
    }


def parts_of(text: str) -> dict[str, tuple[int, int]]:
    """Return where day, month and year stand in a date in one of the formats of training.

    Examples
    --------
    >>> from rnnbook.experiments.dates import parts_of
    >>> parts_of("15 de enero de 2023")
    {'year': (15, 19), 'month': (6, 11), 'day': (0, 2)}
    """
    for locale in LOCALES:
        for form in FORMS:
            match = expression(locale, form)[0].fullmatch(text)
            if match:
                return {part: match.span(part) for part in PARTS}
    raise ValueError(f"parts_of: expected a date in one of the formats of training, got {text!r}")


def picture(model: AttentionTranslator, text: str) -> tuple[str, Array]:
    """Return what the model writes of a date, and its weights, (written, read)."""
    said = written(model, [text])[0]
    with torch.device("cpu"), torch.no_grad():
        src = TASK.source.encode(text).unsqueeze(0)
        tgt = TASK.target.encode(said).unsqueeze(0)
        weights = model.alignment(src, tgt)[0]
    return said, weights.numpy().astype(np.float64)


def errors(model: Network, task: Dates) -> list[tuple[str, str, str]]:
    """Return what was read, what was written and what is right, of the dates with a mistake."""
    rows = sheet(task)
    said = written(model, [text for text, _ in rows])
    pairs = zip(rows, said, strict=True)
    return [(text, wrote, day.isoformat()) for (text, day), wrote in pairs if wrote != str(day)]
