"""Keypad tones to digits, with noise, echo and any speed; the target has no times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from rnnbook import _check
from rnnbook.batch import Batch
from rnnbook.ctc import BLANK, best_path, edit_distance

#: Samples a second.
RATE = 8000
#: A key sounds two tones, that of its row and that of its column, in Hz (ITU-T Q.23).
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = ("123", "456", "789", "*0#")
#: The row and the column of each digit, and the digit at each place of the keypad.
PLACES = {
    int(key): (row, column)
    for row, keys in enumerate(KEYS)
    for column, key in enumerate(keys)
    if key.isdigit()
}
DIGITS = {place: digit for digit, place in PLACES.items()}
#: A frame has 50 ms, and the next begins where it ends.
FRAME, HOP = 400, 400
#: What the network sees of a frame: how loud it is at these frequencies, in Hz.
BINS = tuple(range(600, 1601, 25))
#: Seconds that a key is held down, and of silence after it, before the speed of a recording.
HELD, SILENT = (0.06, 0.1), (0.06, 0.1)
#: How much slower than that a recording is, from the quickest to the slowest.
SLOWER = (0.8, 1.5)
#: Seconds of silence before the first key and after the last.
BEFORE = (0.05, 0.15)
#: Seconds after which an echo comes, and how loud it is at most.
ECHO_AFTER, ECHO = (0.03, 0.12), 0.5
PARTS = ("training", "held out")
#: A string of digits is held out if their sum is a multiple of this.
DIVISOR = 5


class Recordings(NamedTuple):
    """What was dialled.

    ``sounds`` are of different lengths, each (samples,). ``digits`` are (recordings, digits), and
    ``pressed``, (recordings, digits, 2), holds the samples between which each key was held: the
    network is never told.
    """

    sounds: list[Tensor]
    digits: Tensor
    pressed: Tensor


@dataclass(frozen=True)
class Keypad:
    """Which digits were dialled? The target is their order; it says nothing of their times.

    A string of digits whose sum is a multiple of five is held out: training draws no such string.

    Parameters
    ----------
    digits : int
        How many keys are pressed.
    snr : tuple of float
        The range of the signal-to-noise ratio, in decibels: the power of the tones while a key is
        held, over that of the noise.
    part : {"training", "held out"}
        Which strings are drawn; see :attr:`rest` for the others.

    Raises
    ------
    TypeError, ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.speech import Keypad
    >>> batch = Keypad().batch(3, torch.Generator().manual_seed(0))
    >>> batch.inputs[0].shape, batch.lengths, batch.target.shape
    (torch.Size([3, 19, 41]), tensor([17, 19, 16]), torch.Size([3, 5]))
    """

    digits: int = 5
    snr: tuple[float, float] = (-8.0, 15.0)
    part: str = "training"

    def __post_init__(self) -> None:
        _check.sizes("Keypad", digits=self.digits)
        if not -100 <= self.snr[0] <= self.snr[1] <= 100:
            raise ValueError(
                f"Keypad: expected snr as (lowest, highest) in decibels, got {self.snr}; for one "
                "ratio, write it twice"
            )
        if self.part not in PARTS:
            raise ValueError(f"Keypad: part must be one of {PARTS}, got {self.part!r}")

    @property
    def unit(self) -> str:
        """What the score counts; less is better."""
        return "digit error rate"

    @property
    def baseline(self) -> float:
        """The error of an answer that hears nothing but the count: one digit repeated."""
        return 0.9

    @property
    def rest(self) -> Keypad:
        """The same task on the strings that this one does not draw."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)])

    def record(self, size: int, generator: torch.Generator) -> Recordings:
        """Draw digits and the sounds of dialling them."""
        if size < 1:
            raise ValueError(f"Keypad: size must be at least 1, got {size}")
        digits = self._drawn(size, generator)
        shape = (size, self.digits)
        # for each recording: speed, silence before and after, echo's delay and loudness, noise
        speed, before, after, late, echo, noise = _uniform((6, size, 1), generator)
        # for each key: how long it is held, the silence after it, two phases, two loudnesses
        held, pause, *tones = _uniform((6, *shape), generator)
        slower = SLOWER[0] * (SLOWER[1] / SLOWER[0]) ** speed
        held = (RATE * slower * _between(HELD, held)).round()
        pause = (RATE * slower * _between(SILENT, pause)).round()
        first = (RATE * _between(BEFORE, before)).round()
        stop = first + (held + pause).cumsum(1) - pause
        total = (stop[:, -1:] + RATE * _between(BEFORE, after)).round().long()
        pressed = torch.stack([stop - held, stop], -1).long()
        keys = tones_of(digits.flatten(), held.flatten(), *(t.flatten() for t in tones))
        delays = (RATE * _between(ECHO_AFTER, late)).round().long()
        sounds = []
        for row in range(size):
            clean = silence(int(total[row]))
            for place, (begin, end) in enumerate(pressed[row].tolist()):
                clean[begin:end] = keys[row * self.digits + place, : end - begin]
            # SNR = 10 log10(power of the tones / power of the noise)
            ratio = 10 ** (_between(self.snr, float(noise[row])) / 10)
            spread = (clean.square().sum() / held[row].sum() / ratio).sqrt()
            echoed = clean.clone()
            delay = int(delays[row])
            echoed[delay:] += ECHO * float(echo[row]) * clean[:-delay]
            sounds.append(echoed + spread.to(clean.dtype) * _normal(len(clean), generator))
        return Recordings(sounds, digits, pressed)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw recordings: spectra ``(size, frames, 41)``, digits plus one, and true lengths."""
        recorded = self.record(size, generator)
        return heard(recorded.sounds, recorded.digits).to(generator.device)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return minus the mean log-probability of the digits, per digit: all times added up."""
        assert batch.lengths is not None
        log_probs = output.log_softmax(-1).transpose(0, 1)
        counts = torch.full((len(output),), batch.target.shape[1], device="cpu")
        return F.ctc_loss(log_probs, batch.target, batch.lengths, counts, blank=BLANK)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the digit error rate of the most likely paths."""
        assert batch.lengths is not None
        said = [best_path(row[:n]) for row, n in zip(output, batch.lengths.tolist(), strict=True)]
        return error_rate(said, batch.target)

    def perfect(self, batch: Batch) -> Tensor:
        """Return scores under which the right digits are all but certain."""
        return _spikes(batch.target, batch)

    def trivial(self, batch: Batch) -> Tensor:
        """Return scores under which each key is a zero."""
        return _spikes(torch.ones_like(batch.target), batch)

    def _drawn(self, size: int, generator: torch.Generator) -> Tensor:
        """Draw strings of the part: the sum decides what the last digit may be."""
        device = generator.device
        first = torch.randint(10, (size, self.digits - 1), generator=generator, device=device)
        twice = torch.randint(2, (size,), generator=generator, device=device)
        away = torch.randint(1, DIVISOR, (size,), generator=generator, device=device)
        if self.part == "held out":
            away = torch.zeros_like(away)
        last = (away - first.sum(1)) % DIVISOR + DIVISOR * twice
        return torch.cat([first, last[:, None]], 1).cpu()


def tones_of(
    digits: Tensor, held: Tensor, row: Tensor, column: Tensor, low: Tensor, high: Tensor
) -> Tensor:
    """Return the sounds of keys, (keys, samples), each with zeros after it.

    Parameters
    ----------
    digits : Tensor
        From 0 to 9, (keys,).
    held : Tensor
        Samples for which each is held, (keys,).
    row, column : Tensor
        Where in their period the tones of row and column begin, from 0 to 1, (keys,).
    low, high : Tensor
        How loud these tones are, from 0, which is 0.7 times the usual, to 1, 1.3 times, (keys,).
    """
    places = [PLACES[digit] for digit in digits.tolist()]
    hertz = torch.tensor([(ROWS[r], COLUMNS[c]) for r, c in places], device="cpu")
    n = torch.arange(int(held.max()), dtype=torch.float64, device="cpu")
    sound = torch.zeros(len(digits), len(n), dtype=torch.float64, device="cpu")
    for place, (phase, loud) in enumerate(((row, low), (column, high))):
        turns = hertz[:, place, None].to(n.dtype) * n / RATE + phase[:, None]
        sound += (0.7 + 0.6 * loud[:, None]) * torch.sin(2 * math.pi * turns)
    # the loudness rises and falls within 5 ms, or the key would click
    edge = torch.minimum(n + 1, held[:, None] - n).div(0.005 * RATE).clamp(0, 1)
    return (sound * edge).to(torch.get_default_dtype())


def silence(samples: int) -> Tensor:
    """Return no sound at all, (samples,)."""
    return torch.zeros(samples, dtype=torch.get_default_dtype(), device="cpu")


def spectra(sounds: list[Tensor]) -> list[Tensor]:
    """Return how loud each frame of each sound is at each of :data:`BINS`, (frames, 41).

    The numbers are logarithms of power, shifted and scaled to mean zero and variance one over the
    recording, so that its loudness tells nothing.
    """
    frames = [sound.unfold(0, FRAME, HOP) for sound in sounds]
    cos, sin = _waves(sounds[0].dtype)
    all_frames = torch.cat(frames)
    # |X(f)|^2 = (sum_n x_n cos(2 pi f n / rate))^2 + (sum_n x_n sin(2 pi f n / rate))^2
    power = (all_frames @ cos).square() + (all_frames @ sin).square()
    found = []
    for rows in power.split([len(one) for one in frames]):
        loud = (rows + 1e-6 * rows.mean() + 1e-30).log()
        found.append((loud - loud.mean()) / (loud.std() + 1e-6))
    return found


@cache
def _waves(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return the waves that a frame is compared with, under a window, (400, 41) each."""
    n = torch.arange(FRAME, dtype=dtype, device="cpu")
    window = torch.sin(math.pi * (n + 0.5) / FRAME).square()
    angle = 2 * math.pi * n[:, None] * torch.tensor(BINS, dtype=dtype, device="cpu") / RATE
    return window[:, None] * angle.cos(), window[:, None] * angle.sin()


def heard(sounds: list[Tensor], digits: Tensor) -> Batch:
    """Return recordings as a batch: their spectra, padded, and their digits, each plus one."""
    seen = spectra(sounds)
    lengths = torch.tensor([len(one) for one in seen], device="cpu")
    return Batch((pad_sequence(seen, batch_first=True),), digits + 1, lengths)


def error_rate(said: Sequence[tuple[int, ...]], target: Tensor) -> float:
    """Return the edits that make the answers right, as a share of all digits, (recordings, n)."""
    wrong = [edit_distance(a, b) for a, b in zip(said, target.tolist(), strict=True)]
    return sum(wrong) / target.numel()


def _spikes(symbols: Tensor, batch: Batch) -> Tensor:
    """Return scores of a path: each symbol in one frame, with a blank after it."""
    frames = batch.inputs[0].shape[1]
    path = F.pad(symbols.repeat_interleave(2, 1), (0, frames - 2 * symbols.shape[1]))
    path[:, 1 : 2 * symbols.shape[1] : 2] = BLANK
    return 30.0 * F.one_hot(path, 11).to(batch.inputs[0].dtype)


def _between(edges: tuple[float, float], share: Any) -> Any:
    return edges[0] + (edges[1] - edges[0]) * share


def _uniform(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    drawn = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return drawn.cpu()


def _normal(count: int, generator: torch.Generator) -> Tensor:
    dtype = torch.get_default_dtype()
    return torch.randn(count, generator=generator, device=generator.device, dtype=dtype).cpu()
