"""A sound that you can hear: in a notebook it is a player, on a page too, elsewhere a WAV file."""

from __future__ import annotations

import base64
import io
import operator
import wave
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The shortest description that helps somebody who cannot hear the sound, in characters.
SHORTEST_TEXT = 20


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound of one channel. As the last line of a cell it is shown as a player.

    Parameters
    ----------
    samples : array
        The sound, (samples,), floating-point numbers from -1 to 1; a tensor on the CPU will do.
    rate : int
        Samples a second.
    title : str
        What the player is called.
    text : str
        What is to be heard, for those who cannot hear it.

    Raises
    ------
    TypeError, ValueError
        If the samples are no floating-point numbers from -1 to 1 in one row, or there are none; if
        the rate is not a positive whole number; if the title is empty or the text says too little.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.sound import Sound
    >>> rate = 8000
    >>> tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    >>> sound = Sound(tone, rate, "A tuning fork", "The note A, 440 Hz, for one second.")
    >>> sound.seconds, len(sound.wav())
    (1.0, 16044)
    """

    samples: Any
    rate: int
    title: str
    text: str

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples)
        if samples.ndim != 1 or not samples.size:
            raise ValueError(
                f"Sound: expected samples of shape (samples,), got {samples.shape}; the usual "
                "cause is a second channel or a batch dimension: take one row of it"
            )
        if not np.issubdtype(samples.dtype, np.floating):
            raise TypeError(
                f"Sound: expected samples that are floating-point numbers from -1 to 1, got "
                f"{samples.dtype}; divide the 16-bit numbers of a file by 32768"
            )
        loudest = float(np.abs(samples).max())
        if not loudest <= 1:
            raise ValueError(
                f"Sound: expected samples from -1 to 1, got {loudest:.3g} in size; scale them: "
                "samples / abs(samples).max()"
            )
        if operator.index(self.rate) < 1:
            raise ValueError(f"Sound: rate must be at least 1 sample a second, got {self.rate}")
        if not self.title.strip() or len(self.text.strip()) < SHORTEST_TEXT:
            raise ValueError(
                f"Sound: expected a title, and a text of at least {SHORTEST_TEXT} characters that "
                f"says what is to be heard, got {self.title!r} and {self.text!r}"
            )

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def wav(self) -> bytes:
        """Return the bytes of a WAV file: one channel, 16 bits a sample."""
        numbers: NDArray[np.int16] = np.round(np.asarray(self.samples) * 32767).astype("<i2")
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(numbers.tobytes())
        return buffer.getvalue()

    def save(self, path: str | Path) -> None:
        """Write it to a WAV file, which any player opens."""
        Path(path).write_bytes(self.wav())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: a player that holds the sound itself."""
        address = f"data:audio/wav;base64,{base64.b64encode(self.wav()).decode()}"
        player = f'<audio controls src="{address}" aria-label="{escape(self.title)}"></audio>'
        words = f"{self.title}: {self.text}"
        return {"text/html": f"<p>{escape(words)}</p>{player}", "text/plain": words}


#: The shortest sound that is read from a file, in seconds.
SHORTEST = 0.1
_CONVERT = "ffmpeg -i YOUR_FILE -ac 1 -ar {rate} -c:a pcm_s16le new.wav"


def read_wav(path: str | Path, rate: int) -> NDArray[np.float64]:
    """Return the samples of a WAV file of one channel, from -1 to 1, at ``rate`` samples a second.

    A file with another rate is resampled: what it holds below half of both rates stays as it is.

    Parameters
    ----------
    path : str or Path
        A WAV file with whole numbers of 8, 16, 24 or 32 bits.
    rate : int
        Samples a second that are wanted.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or it is a folder.
    ValueError
        If it is empty, no WAV file or one of another kind, has several channels or half as many
        samples a second as wanted, was cut off, is silent, or is shorter than a tenth of a second.

    Examples
    --------
    >>> from rnnbook.sound import read_wav
    >>> read_wav("no_such_sound.wav", 8000)
    Traceback (most recent call last):
    ...
    FileNotFoundError: read_wav: expected a WAV file at 'no_such_sound.wav', found nothing ...
    """
    found, name = Path(path), repr(str(path))
    convert = _CONVERT.format(rate=rate)
    if not found.is_file():
        what = "a folder" if found.is_dir() else "nothing"
        raise FileNotFoundError(
            f"read_wav: expected a WAV file at {name}, found {what} there; a relative path starts "
            f"from {str(Path.cwd())!r}"
        )
    data = found.read_bytes()
    if not data:
        raise ValueError(
            f"read_wav: expected a WAV file, got {name} with no bytes; the usual cause is a "
            "recording or a download that was cut off"
        )
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, own, count = file.getparams()[:4]
            samples = file.readframes(count)
    except (wave.Error, EOFError) as error:
        raise ValueError(
            f"read_wav: expected a WAV file with whole numbers (PCM), got {name}, which begins "
            f"with {data[:4]!r} ({str(error) or 'and ends too early'}); the usual cause is an MP3 "
            f"or another format under the name: convert it, as with {convert}"
        ) from error
    if channels != 1:
        raise ValueError(
            f"read_wav: expected one channel in {name}, got {channels}; the usual cause is a "
            f"recording in stereo: mix the channels, as with {convert}"
        )
    if own < rate / 2:
        raise ValueError(
            f"read_wav: expected at least {rate // 2} samples a second in {name}, got {own}; "
            f"tones above {own // 2} Hz are lost in it: record it again at {rate}"
        )
    if len(samples) < count * width:
        raise ValueError(
            f"read_wav: expected {count} samples in {name}, as its head says, got "
            f"{len(samples) // width}; the usual cause is a recording that was cut off"
        )
    if count < SHORTEST * own:
        raise ValueError(
            f"read_wav: expected at least {SHORTEST} s of sound in {name}, got {count / own:.3f} s"
        )
    numbers = _numbers(samples, width)
    if not numbers.any():
        raise ValueError(
            f"read_wav: expected a sound in {name}, got {count} samples that are all zero; the "
            "usual cause is a microphone that is switched off"
        )
    return numbers if own == rate else _resampled(numbers, round(count * rate / own))


def _numbers(samples: bytes, width: int) -> NDArray[np.float64]:
    """Return the numbers of a file, from -1 to 1; those of one byte are stored without a sign."""
    if width == 1:
        return (np.frombuffer(samples, np.uint8) - 128.0) / 128
    # each number becomes the high bytes of one of 32 bits
    wide = np.zeros((len(samples) // width, 4), np.uint8)
    wide[:, 4 - width :] = np.frombuffer(samples, np.uint8).reshape(-1, width)
    numbers: NDArray[np.float64] = wide.view("<i4")[:, 0] / 2.0**31
    return numbers


def _resampled(samples: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the sound in another number of samples, by its Fourier series."""
    series = np.fft.rfft(samples)[: count // 2 + 1]
    found: NDArray[np.float64] = np.fft.irfft(series, count) * (count / len(samples))
    return np.clip(found, -1, 1)
