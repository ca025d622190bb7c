"""Keypad tones: the sounds, the loss of CTC by enumeration, the decoders, the filter, own files."""

import itertools
import math
import wave
from pathlib import Path

import nltk
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from rnnbook import ctc
from rnnbook.experiments import speech as experiment
from rnnbook.sound import Sound, read_wav
from rnnbook.tasks import speech
from rnnbook.tasks.speech import RATE, Keypad

SCRIPT = Path(__file__).parents[2] / "gallery/4_applications/plot_07_speech.py"


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def frames(count, symbols, seed=0):
    return torch.randn(count, symbols, generator=seeded(seed), dtype=torch.float64).log_softmax(-1)


# ------------------------------------------------------------------------------- the task


def test_held_out_strings_are_never_drawn_for_training():
    training, held_out = (
        task.record(500, seeded()).digits.sum(1) % speech.DIVISOR
        for task in (Keypad(), Keypad().rest)
    )
    assert (training > 0).all()
    assert (held_out == 0).all()


@pytest.mark.parametrize("task", [Keypad(), Keypad().rest])
def test_every_digit_is_as_frequent_in_every_place(task):
    digits = task.record(2000, seeded()).digits
    for place in digits.T:
        assert set(place.tolist()) == set(range(10))
        assert abs(torch.bincount(place, minlength=10) - 200).max() < 5 * 200**0.5


def test_recordings_differ_in_speed_and_are_of_their_ratio():
    task = Keypad(snr=(3, 3))
    recorded = task.record(50, seeded())
    held = (recorded.pressed[..., 1] - recorded.pressed[..., 0]) / RATE
    assert held.min() < 0.06 < 0.12 < held.max()
    gaps = (recorded.pressed[:, 1:, 0] - recorded.pressed[:, :-1, 1]) / RATE
    assert gaps.min() > 0.04
    quiet = Keypad(snr=(100, 100)).record(50, seeded())
    noise = torch.cat([s[:400] for s in recorded.sounds]).square().mean()  # before any key
    tones = torch.cat(
        [s[p[0, 0] : p[0, 1]] for s, p in zip(quiet.sounds, quiet.pressed, strict=True)]
    )
    assert 10 * math.log10(tones.square().mean() / noise) == pytest.approx(3, abs=0.7)


def test_a_key_sounds_its_row_and_its_column():
    for digit, (row, column) in speech.PLACES.items():
        held, half = torch.tensor([800.0]), torch.tensor([0.5])
        sound = speech.tones_of(torch.tensor([digit]), held, half, half, half, half)
        power = experiment.goertzel(sound.double().numpy(), (*speech.ROWS, *speech.COLUMNS))[0]
        assert power[:4].argmax() == row
        assert power[4:].argmax() == column
        assert power.max() > 20 * np.sort(power)[-3]


def test_loudness_of_a_recording_tells_nothing():
    sounds = Keypad().record(2, seeded()).sounds
    usual = speech.spectra(sounds)
    for loud, one in zip(speech.spectra([sound * 100 for sound in sounds]), usual, strict=True):
        torch.testing.assert_close(loud, one, atol=1e-4, rtol=1e-4)


def test_spectrum_is_that_of_the_fourier_transform():
    sound = Keypad().record(1, seeded()).sounds[0].double()
    window = np.sin(np.pi * (np.arange(speech.FRAME) + 0.5) / speech.FRAME) ** 2
    cut = sound[: speech.FRAME].numpy() * window
    # with zeros up to a second, the frequencies are 1 Hz apart
    power = np.abs(np.fft.rfft(cut, RATE)[list(speech.BINS)]) ** 2
    found = (sound[: speech.FRAME] @ speech._waves(torch.float64)[0]).square()
    found += (sound[: speech.FRAME] @ speech._waves(torch.float64)[1]).square()
    np.testing.assert_allclose(found, power, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"digits": 0}, "digits"),
        ({"snr": (5, 0)}, r"\(lowest, highest\)"),
        ({"snr": (float("nan"), 0)}, r"\(lowest, highest\)"),
        ({"part": "test"}, "part"),
    ],
)
def test_wrong_parameter_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Keypad(**wrong)


# ------------------------------------------------------------------------------- the loss


@pytest.mark.parametrize("target", [(1,), (1, 2), (1, 1), (2, 1, 2), (1, 1, 1), ()])
@pytest.mark.parametrize("count", [1, 3, 5, 6])
def test_loss_is_the_sum_over_all_paths(target, count):
    rows = frames(count, 3, seed=count)
    lengths = torch.tensor([count]), torch.tensor([len(target)])
    padded = torch.tensor([[*target, 1]])
    theirs = F.ctc_loss(rows[:, None], padded, *lengths, reduction="sum")
    ours = ctc.enumerated_loss(rows, target)
    assert ours == pytest.approx(theirs.item(), abs=1e-9)


def test_all_targets_together_are_certain():
    rows = frames(4, 3)
    targets = {ctc.collapse(path) for path in itertools.product(range(3), repeat=4)}
    total = sum(math.exp(-ctc.enumerated_loss(rows, target)) for target in targets)
    assert total == pytest.approx(1)


def test_loss_of_the_task_is_per_digit_and_ignores_padding():
    batch = Keypad().batch(3, seeded())
    output = torch.randn(*batch.inputs[0].shape[:2], 11, generator=seeded())
    alone = []
    for row, target, length in zip(output, batch.target, batch.lengths, strict=True):
        given = row[:length, None].log_softmax(-1), target[None], length[None], torch.tensor([5])
        alone.append(F.ctc_loss(*given, reduction="sum") / 5)
    torch.testing.assert_close(Keypad().loss(output, batch), torch.stack(alone).mean())


def test_too_many_paths_are_refused():
    with pytest.raises(ValueError, match="at most 1000000 paths"):
        ctc.enumerated_loss(frames(20, 3), [1])


@pytest.mark.parametrize("wrong", [0, 3, -1])
def test_target_that_no_path_stands_for_is_refused(wrong):
    with pytest.raises(ValueError, match=f"symbols from 1 to 2, got {wrong};"):
        ctc.enumerated_loss(frames(4, 3), [1, wrong])


# ------------------------------------------------------------------------------- the decoders


@pytest.mark.parametrize("seed", range(20))
def test_wide_search_finds_the_likeliest_target(seed):
    rows = frames(5, 3, seed)
    targets = sorted({ctc.collapse(path) for path in itertools.product(range(3), repeat=5)})
    likeliest = min(targets, key=lambda target: ctc.enumerated_loss(rows, target))
    assert ctc.prefix_beam(rows, width=1000) == likeliest


def test_search_goes_on_for_thousands_of_frames():
    sure = 8 * F.one_hot(torch.tensor([1, 0, 2, 0] * 1000), 3).double()
    assert ctc.prefix_beam(sure.log_softmax(-1), width=2) == (1, 2) * 1000


def test_best_path_merges_and_keeps_apart():
    path = torch.tensor([0, 1, 1, 0, 1, 2, 2, 0])
    assert ctc.best_path(F.one_hot(path, 3).float()) == (1, 1, 2)


@pytest.mark.parametrize("decode", [ctc.best_path, lambda rows: ctc.prefix_beam(rows, 4)])
def test_decoders_refuse_what_is_no_frame(decode):
    with pytest.raises(ValueError, match=r"\(frames, symbols\)"):
        decode(torch.zeros(1, 5, 3))
    with pytest.raises(ValueError, match="NaN"):
        decode(torch.full((5, 3), torch.nan))
    with pytest.raises(ValueError, match="width"):
        ctc.prefix_beam(torch.zeros(5, 3), width=0)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_edit_distance(one, other, edits):
    assert ctc.edit_distance(one, other) == ctc.edit_distance(other, one) == edits


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_edit_distance_is_that_of_nltk(one, other):
    assert ctc.edit_distance(one, other) == nltk.edit_distance(one, other)


# ------------------------------------------------------------------------------- the filter


def test_filter_is_the_fourier_transform_at_one_frequency():
    cut = np.random.default_rng(0).normal(size=(3, 205))
    hertz = [697.0, 1209.0, 1500.5]
    wave_ = np.exp(-2j * np.pi * np.outer(np.arange(205), hertz) / RATE)
    np.testing.assert_allclose(experiment.goertzel(cut, hertz), np.abs(cut @ wave_) ** 2)


def test_filter_reads_clear_keys_and_ignores_short_clicks():
    keys = np.array([0, 3, 3, 3, 0, 3, 0, 0, 5, 5, 5, 5])
    sure = np.ones(len(keys))
    heard = experiment.Heard(keys, sure, sure)
    assert experiment.filter_digits(heard, 0.5, 0.5, 2) == (3, 5)
    assert experiment.filter_digits(heard, 0.5, 0.5, 1) == (3, 3, 5)
    assert experiment.filter_digits(heard, 2.0, 0.5, 1) == ()


def test_digits_are_placed_where_their_key_is_held():
    recorded = Keypad(snr=(10, 10)).record(1, seeded())
    middle = recorded.pressed[0].double().mean(1)
    path = torch.zeros(40, dtype=torch.int64)
    for at, digit in zip(middle, recorded.digits[0], strict=True):
        path[round(float(at - speech.FRAME / 2) / speech.HOP)] = digit + 1
    rows = [F.one_hot(path, 11).float()]
    assert experiment.times(rows, recorded) == 1
    late = [F.one_hot(path.roll(8), 11).float()]
    assert experiment.times(late, recorded) < 1
    wrong = [torch.zeros(40, 11)]
    assert experiment.times(wrong, recorded) == 0


# ------------------------------------------------------------------------------- own files


def written(path, samples, rate=RATE, channels=1, width=2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples)
    return path


def dialled(digits="1234509", rate=RATE, held=0.1, gap=0.1):
    n = np.arange(round(held * rate)) / rate
    parts = [np.zeros(round(0.1 * rate))]
    for digit in digits:
        row, column = speech.PLACES[int(digit)]
        pair = speech.ROWS[row], speech.COLUMNS[column]
        parts += [sum(np.sin(2 * np.pi * f * n) for f in pair), np.zeros(round(gap * rate))]
    return 0.4 * np.concatenate(parts)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_of_numbers_is_read(tmp_path, width):
    tone = 0.5 * np.sin(np.arange(2000) / 5)
    if width == 1:
        data = (np.round(tone * 127) + 128).astype(np.uint8).tobytes()
    else:
        wide = np.round(tone * (2**31 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)
        data = wide[:, 4 - width :].tobytes()
    read = read_wav(written(tmp_path / "x.wav", data, width=width), RATE)
    np.testing.assert_allclose(read, tone, atol=0.01 if width == 1 else 1e-4)


@pytest.mark.parametrize("rate", [6000, 8000, 16000, 22050, 44100, 48000])
def test_other_rates_are_resampled(tmp_path, rate):
    sound = Sound(dialled(rate=rate), rate, "Keys", "Seven keys of a telephone.")
    sound.save(tmp_path / "keys.wav")
    read = read_wav(tmp_path / "keys.wav", RATE)
    assert len(read) == pytest.approx(len(sound.samples) * RATE / rate, abs=1)
    assert experiment.listen(torch.tensor(read)) == tuple(int(d) + 1 for d in "1234509")


def test_filter_hears_nothing_in_noise_alone():
    noise = torch.randn(8000, generator=seeded())
    assert len(experiment.listen(noise)) <= 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no bytes"),
        (b"ID3\x03 an MP3 under another name", "begins with b'ID3"),
        (b"RIFF", "ends too early"),
        ("not a sound, but a text".encode("utf-16"), "convert it"),
    ],
)
def test_file_that_is_no_wav_is_refused(tmp_path, content, words):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_wav(tmp_path / "x.wav", RATE)


def test_wav_that_cannot_be_used_is_refused(tmp_path):
    path, some = tmp_path / "x.wav", bytes([1, 2]) * 4000
    for settings, words in (
        ({"channels": 2}, "expected one channel .* got 2; .* stereo"),
        ({"rate": 2000}, "at least 4000 samples a second .* got 2000"),
        ({"samples": b""}, "at least 0.1 s .* got 0.000 s"),
        ({"samples": some[:200]}, "at least 0.1 s .* got 0.013 s"),
        ({"samples": bytes(8000)}, "all zero"),
    ):
        written(path, **({"samples": some} | settings))
        with pytest.raises(ValueError, match=words):
            read_wav(path, RATE)
    written(path, some)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ValueError, match="cut off"):
        read_wav(path, RATE)


def test_float_wav_is_refused(tmp_path):
    path = written(tmp_path / "x.wav", bytes(8000), width=4)
    data = bytearray(path.read_bytes())
    data[20:22] = (3).to_bytes(2, "little")  # the format of floating-point numbers
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"whole numbers \(PCM\).*unknown format: 3"):
        read_wav(path, RATE)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        read_wav(tmp_path / "none.wav", RATE)
    with pytest.raises(FileNotFoundError, match="found a folder there"):
        read_wav(tmp_path, RATE)


def test_script_takes_a_recording_of_the_readers_own(tmp_path, first_cells):
    sound = Keypad().record(1, torch.Generator().manual_seed(0)).sounds[0]
    path = tmp_path / "keys.wav"
    Sound(sound / sound.abs().max(), RATE, "Keys", "Five keys of a telephone.").save(path)
    first_cells("plot_07_speech.py", path, refused="expected a WAV file")
