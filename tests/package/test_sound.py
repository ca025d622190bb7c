"""Sounds: the WAV file, the player of a notebook, and what is refused."""

import base64
import io
import re
import wave

import numpy as np
import pytest
import torch

from rnnbook.sound import Sound

TEXT = "A tone of 440 Hz that lasts a tenth of a second."
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)


def sound(samples=TONE, rate=8000, title="A tone", text=TEXT):
    return Sound(samples, rate, title, text)


def test_file_holds_the_samples(tmp_path):
    sound().save(tmp_path / "tone.wav")
    with wave.open(str(tmp_path / "tone.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        read = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    np.testing.assert_allclose(read, TONE, atol=1 / 32767)


def test_tensors_are_taken_and_nothing_is_clipped():
    loud = sound(torch.tensor([1.0, -1.0, 0.0]))
    with wave.open(io.BytesIO(loud.wav())) as file:
        assert np.frombuffer(file.readframes(3), "<i2").tolist() == [32767, -32767, 0]
    assert loud.seconds == 3 / 8000


def test_notebook_shows_a_player_that_holds_the_sound():
    from IPython.core.formatters import DisplayFormatter

    shown, _ = DisplayFormatter().format(sound(title='A "tone" <b>'))
    found = re.search(r'src="data:audio/wav;base64,([^"]+)"', shown["text/html"])
    assert base64.b64decode(found[1]) == sound().wav()
    assert "<b>" not in shown["text/html"]
    assert TEXT in shown["text/html"]
    assert TEXT in shown["text/plain"]


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"samples": np.zeros((2, 5))}, ValueError, r"got \(2, 5\); .* second channel"),
        ({"samples": np.zeros(0)}, ValueError, r"got \(0,\)"),
        ({"samples": np.zeros(5, int)}, TypeError, "divide .* by 32768"),
        ({"samples": np.array([0.0, -1.5])}, ValueError, "got 1.5 in size; scale"),
        ({"samples": np.array([0.0, np.nan])}, ValueError, "got nan in size"),
        ({"rate": 0}, ValueError, "at least 1 sample a second, got 0"),
        ({"rate": 8000.5}, TypeError, "float"),
        ({"title": " "}, ValueError, "a title"),
        ({"text": "a tone"}, ValueError, "at least 20 characters"),
    ],
)
def test_what_is_no_sound_is_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        sound(**wrong)
