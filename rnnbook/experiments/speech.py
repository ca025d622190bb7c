"""Keypad tones to digits: a network that is never told when, and a filter that knows the tones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.batch import Batch
from rnnbook.ctc import BLANK, best_path, collapse, prefix_beam
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import BidirectionalRNN
from rnnbook.tasks.speech import (
    BINS,
    COLUMNS,
    DIGITS,
    FRAME,
    HOP,
    RATE,
    ROWS,
    Keypad,
    Recordings,
    error_rate,
    heard,
)
from rnnbook.training import fit

#: A seed draws the initial weights and the recordings of training; the recordings judged and the
#: filter have none.
SEEDS = (0, 1, 2)
TASK = Keypad()
HIDDEN, BATCH, UPDATES, LEARNING_RATE = 24, 8, 400, 1e-2
#: Tried on other seeds, and on recordings of strings that training draws.
LEARNING_RATES = (5e-3, 1e-2, 2e-2)
#: Signal-to-noise ratios that are judged, in decibels, and recordings of each.
RATIOS = (-8, -4, 0, 10)
JUDGED = 100
#: The ratio at which the times of the digits are looked at.
CLEAR = 10
#: Beginnings that the search keeps.
WIDTH = 4
#: What was tried for the filter, whose frames are as long as the network's: the share of a frame's
#: energy that two tones need; their strength, beside that of the loud frames of the recording;
#: frames that a key needs.
SHARES = (0.1, 0.15, 0.2, 0.3)
STRENGTHS, LEAST = (0.0, 0.1, 0.2, 0.35, 0.5), (1, 2, 3, 4)
#: Samples from one frame of the filter to the next, and recordings of training that it is set by.
FILTER_HOP, SET_BY = 80, 100

Array = NDArray[np.float64]
Digits = tuple[int, ...]


class Result(NamedTuple):
    """What came of each reader; the first axis is the seed.

    ``error`` is the digit error rate on held-out strings, by reader and decibels. ``placed`` is the
    share of digits that the network says, rightly, in a frame in which their key is held.
    It is measured where there is little noise, and so is ``probability``, what the network gives
    each symbol in each frame of the first recording, (seeds, frames, symbols). ``said`` holds each
    reader's answers, for each seed the digits of each recording.
    """

    error: dict[tuple[str, int], Measured]
    placed: Measured
    probability: Measured
    said: dict[tuple[str, int], tuple[Any, ...]]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network on each seed, and let it and the filter read the same recordings."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Run :func:`run` on a single seed."""
    model = trained(seed)
    said = {("Goertzel", ratio): filtered(ratio) for ratio in RATIOS}
    shown = {ratio: read(model, judged(ratio)[1]) for ratio in RATIOS}
    for ratio, rows in shown.items():
        said["network", ratio] = tuple(best_path(row) for row in rows)
        said["search", ratio] = tuple(prefix_beam(row, WIDTH) for row in rows)
    target = judged(CLEAR)[1].target
    return Result(
        error={key: error_rate(answers, target) for key, answers in said.items()},
        placed=times(shown[CLEAR], judged(CLEAR)[0]),
        probability=shown[CLEAR][0].exp().double().numpy(),
        said=said,
    )


def trained(
    seed: int, *, updates: int = UPDATES, learning_rate: float = LEARNING_RATE
) -> BidirectionalRNN:
    """Return a network of GRUs that was trained on recordings of the task."""
    torch.manual_seed(seed)
    model = BidirectionalRNN(len(BINS), HIDDEN, 11, layer=nn.GRU)
    rounds = ((updates * 2 // 3, learning_rate), (updates - updates * 2 // 3, learning_rate / 4))
    for part, (steps, rate) in enumerate(rounds):
        fit(model, TASK, steps=steps, seed=seed + part, batch_size=BATCH, learning_rate=rate)
    return model


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[float, tuple[float, ...]]:
    """Return the mean digit error rate at each learning rate that was tried, a value a seed.

    It is measured on new recordings of strings that training draws, so that the held-out ones
    choose nothing. No build calls it; the learning rate of the chapter was the best on every seed.
    """
    batches = [
        Keypad(snr=(ratio, ratio)).batch(JUDGED, torch.Generator().manual_seed(1876))
        for ratio in RATIOS
    ]

    def wrong(model: nn.Module) -> float:
        said = [[best_path(row) for row in read(model, batch)] for batch in batches]
        return float(np.mean([error_rate(s, b.target) for s, b in zip(said, batches, strict=True)]))

    return {
        rate: tuple(wrong(trained(seed, learning_rate=rate)) for seed in seeds)
        for rate in LEARNING_RATES
    }


@cache
def judged(ratio: int) -> tuple[Recordings, Batch]:
    """Return recordings of held-out strings at a signal-to-noise ratio: always the same keys."""
    task = Keypad(snr=(ratio, ratio)).rest
    recorded = task.record(JUDGED, torch.Generator().manual_seed(2006))
    return recorded, heard(recorded.sounds, recorded.digits)


@torch.no_grad()
def read(model: nn.Module, batch: Batch) -> list[Tensor]:
    """Return the logarithms of what a network gives each symbol, (frames, symbols) a recording."""
    model.eval()
    assert batch.lengths is not None
    output = model(*batch.inputs, lengths=batch.lengths).log_softmax(-1)
    return [row[:n] for row, n in zip(output, batch.lengths.tolist(), strict=True)]


def times(rows: list[Tensor], recorded: Recordings) -> float:
    """Return the share of digits that are said, rightly, in a frame in which their key is held.

    A digit is said where its run of best symbols begins. All digits of a recording that is read
    wrongly count as missed.
    """
    right = 0
    for row, digits, pressed in zip(rows, recorded.digits, recorded.pressed.tolist(), strict=True):
        path = row.argmax(-1).tolist()
        if collapse(path) == tuple((digits + 1).tolist()):
            starts = [HOP * t for t, k in enumerate(path) if k not in (BLANK, *path[:t][-1:])]
            right += sum(
                start < end and begin < start + FRAME
                for start, (begin, end) in zip(starts, pressed, strict=True)
            )
    return right / recorded.digits.numel()


# ------------------------------------------------------------------------------- the filter


def goertzel(frames: Array, hertz: Sequence[float]) -> Array:
    """Return the power of each frame at each frequency, (frames, frequencies).

    Goertzel (1958), An algorithm for the evaluation of finite trigonometric series. It is a linear
    recurrence with two numbers of state for each frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.speech import goertzel
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(80) / 8000)
    >>> goertzel(tone[None], [1000, 2000]).round(6)
    array([[1600.,    0.]])
    """
    k = 2 * np.cos(2 * np.pi * np.asarray(hertz) / RATE)
    before = last = np.zeros((len(frames), len(k)))
    for x in frames.T:
        # s_n = x_n + 2 cos(2 pi f / rate) s_{n-1} - s_{n-2}
        before, last = last, x[:, None] + k * last - before
    # |X(f)|^2 = s_N^2 + s_{N-1}^2 - 2 cos(2 pi f / rate) s_N s_{N-1}
    power: Array = last**2 + before**2 - k * last * before
    return power


class Heard(NamedTuple):
    """What the filter makes of one recording: a key for each frame, and two signs of it."""

    keys: NDArray[np.int64]
    share: Array
    strength: Array


def filter_frames(sound: Tensor) -> Heard:
    """Return the loudest row and column of each frame, as symbols, and how sure they are."""
    frames = sound.double().unfold(0, FRAME, FILTER_HOP).numpy()
    power = goertzel(frames, (*ROWS, *COLUMNS))
    rows, columns = power[:, :4], power[:, 4:]
    weaker = np.minimum(rows.max(1), columns.max(1))
    places = zip(rows.argmax(1).tolist(), columns.argmax(1).tolist(), strict=True)
    keys = np.array([DIGITS.get(place, -1) + 1 for place in places])
    # a tone of amplitude a has |X|^2 = (a FRAME / 2)^2 and the energy a^2 FRAME / 2
    share = 2 * (rows.max(1) + columns.max(1)) / FRAME / np.maximum((frames**2).sum(1), 1e-30)
    return Heard(keys, share, weaker / max(float(np.quantile(weaker, 0.9)), 1e-30))


def filter_digits(heard: Heard, share: float, strength: float, least: int) -> Digits:
    """Return the digits, each plus one: runs of frames in which both tones of a key stand out."""
    on = (heard.share >= share) & (heard.strength >= strength)
    path = np.where(on, heard.keys, BLANK)
    edges = np.flatnonzero(np.diff(path)) + 1
    runs = (run for run in np.split(path, edges) if len(run) >= least)
    return tuple(int(run[0]) for run in runs if run[0] != BLANK)


@cache
def setting() -> tuple[float, float, int]:
    """Return the settings of the filter that make the fewest errors on recordings of training."""
    recorded = TASK.record(SET_BY, torch.Generator().manual_seed(1958))
    frames = [filter_frames(sound) for sound in recorded.sounds]
    found = {}
    for share, strength, least in product(SHARES, STRENGTHS, LEAST):
        said = [filter_digits(one, share, strength, least) for one in frames]
        found[share, strength, least] = error_rate(said, recorded.digits + 1)
    return min(found, key=lambda key: found[key])


def listen(sound: Tensor) -> Digits:
    """Return the digits, each plus one, that the filter hears in a sound."""
    return filter_digits(filter_frames(sound), *setting())


@cache
def filtered(ratio: int) -> tuple[Digits, ...]:
    """Return what the filter hears in the recordings that are judged, at some decibels."""
    return tuple(listen(sound) for sound in judged(ratio)[0].sounds)
