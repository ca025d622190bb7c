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
