"""The task of melodies: one's own music, the corpus and its cache, the split, and the chains."""

import json
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from rnnbook.batch import UNASKED
from rnnbook.data import melodies as module
from rnnbook.data.melodies import Melody, chorale_melodies, read_melodies
from rnnbook.experiments import music as experiment
from rnnbook.figures import music as pictures
from rnnbook.tasks.music import FEWEST_TUNES, SAME, Music, divided, moves, stretches
from rnnbook.text import END, UNK


def tunes(count=20, notes=40, first=0):
    """Melodies that are drawn, so that no two share a stretch."""
    found = []
    for i in range(first, first + count):
        drawn = np.random.default_rng(i).integers(0, 12, notes)
        found.append(Melody(f"{i:03d}", "major", tuple((60 + int(p), 1.0) for p in drawn)))
    return tuple(found)


def save(path, notes, *, form="musicxml", sharps=None):
    from music21 import key, note, stream

    part = stream.Part()
    if sharps is not None:
        part.append(key.KeySignature(sharps))
    for pitch, length in notes:
        one = note.Note(pitch)
        one.quarterLength = length
        part.append(one)
    stream.Score([part]).write(form, fp=path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of eight files of MIDI, and one that is not music and is passed over."""
    made = tmp_path_factory.mktemp("tunes")
    for tune in tunes(8):
        save(made / f"{tune.name}.mid", tune.notes, form="midi")
    (made / "notes.txt").write_text("not music")
    (made / "._000.mid").write_bytes(b"\x00\x05")
    return made


def test_no_stretch_is_trained_on_and_measured_on():
    task = Music()
    held = {stretch for tune in task.rest.tunes for stretch in stretches(tune.notes)}
    assert held
    assert not held & {stretch for tune in task.tunes for stretch in stretches(tune.notes)}
    assert sorted(task.tunes + task.rest.tunes) == sorted(task.different)


def test_only_tunes_of_the_training_part_are_tried_on():
    task, trial = Music(), Music(trial=True)
    assert set(trial.tunes) | set(trial.rest.tunes) == set(task.tunes)


def test_split_is_stratified_and_that_of_every_machine():
    task = Music()
    whole, held = (
        Counter(tune.mode for tune in part) for part in (task.different, task.rest.tunes)
    )
    assert held == {mode: round(0.2 * count) for mode, count in whole.items()}
    some = tunes(10)
    assert divided(some, 0.2) == divided(some[::-1], 0.2)


def test_the_same_tune_in_another_key_is_dropped():
    first = tunes()
    higher = Melody("later", "minor", tuple((p + 5, 2 * length) for p, length in first[0].notes))
    task = Music(melodies=(*first, higher))
    assert task.read == len(first) + 1
    assert task.different == first


def test_windows_are_of_the_part_and_the_target_is_one_note_on():
    task = Music(melodies=tunes())
    batch = task.batch(50, torch.Generator().manual_seed(0))
    assert bool((batch.inputs[0][:, 1:] == batch.target[:, :-1]).all())
    known = {tune.notes[i : i + 6] for tune in task.tunes for i in range(35)}
    for row in batch.inputs[0]:
        notes = task.decode(row.tolist())
        if len(notes) >= 6:
            assert notes[:6] in known


def test_whole_holds_every_note_once_and_asks_for_none_that_is_unknown():
    strange = Melody("strange", "minor", tuple((90 + i, 1.0) for i in range(SAME + 1)))
    task = Music(melodies=(*tunes(), strange), window=4)
    part = task if strange in task.rest.tunes else task.rest
    batch = part.rest.whole()
    asked = sum(
        sum(note != UNK for note in task.encode(tune.notes).tolist()) + 1
        for tune in part.rest.tunes
    )
    assert int((batch.target != UNASKED).sum()) == asked
    assert bool((batch.inputs[0][:, 0] == END).all())
    assert not bool((batch.target == UNK).any())


def test_chains_are_counted_tune_by_tune():
    task = Music(melodies=tunes())
    counted = experiment.counted(task)
    target = task.rest.whole().target
    assert {len(costs) for costs in counted.values()} == {int((target != UNASKED).sum())}

    # After one note, as Witten and Bell (1991) say it: seen counts and kinds of what followed.
    rows = [[END, *task.encode(tune.notes).tolist(), END] for tune in task.tunes]
    # the text of all tunes has one END between two of them, and one that was never counted
    text = [END, *(note for row in rows for note in row[1:]), UNK]
    single = Counter(text)
    pairs = Counter(pairwise(text[:-1]))
    expected = []
    for row in [[END, *task.encode(tune.notes).tolist(), END] for tune in task.rest.tunes]:
        for before, after in pairwise(row):
            followed = {b: n for (a, b), n in pairs.items() if a == before}
            share = len(followed) / (len(followed) + sum(followed.values()))
            least = single[after] / len(text)
            seen = followed.get(after, 0) / sum(followed.values())
            expected.append(-np.log2((1 - share) * seen + share * least))
    assert counted["order 1"] == pytest.approx(np.array(expected), abs=1e-6)


def test_a_chain_does_not_look_back_beyond_a_start():
    task = Music(melodies=tunes())
    counted = experiment.counted(task)
    starts = np.flatnonzero(experiment.places(task) == 0)
    assert len(starts) == len(task.rest.tunes)
    for order in experiment.ORDERS[1:]:
        assert counted[f"order {order}"][starts] == pytest.approx(counted["order 1"][starts])


def test_what_is_sung_is_music_and_leaps_are_counted():
    task = Music(melodies=tunes())
    model = experiment.CharRNN(len(task.vocabulary), 8, 8, 1)
    sung = experiment.sing(model, task, seed=0, temperature=1.0, count=3)
    assert sung == experiment.sing(model, task, seed=0, temperature=1.0, count=3)
    assert all(60 <= pitch < 72 and length == 1 for tune in sung for pitch, length in tune)
    assert experiment.leaps([]) == 0
    assert experiment.copied(task.tunes[0].notes, task) == len(moves(task.tunes[0].notes))


@pytest.mark.filterwarnings("error")
def test_place_without_a_held_out_note_is_left_out():
    task = Music(melodies=tunes(6), window=8)  # no note of these is long
    assert len(task.rest.tunes) == 1
    result = experiment.learn(task, (0,))
    shown = {place for _, place in result.places}
    assert shown == set(experiment.PLACES) - {"after a long note"}
    assert np.isfinite(list(result.places.values())).all()
    fig = pictures.by_place(result.places, "order 1")
    assert [label.get_text() for label in fig.axes[0].get_xticklabels()] == [
        "first note",
        "after\na short note",
        "end",
    ]
    assert "nan" not in fig.get_label()


def test_tones_have_their_pitch_and_stop_in_time():
    sound = experiment.tones(((69, 4.0),), rate=8000, quarter=0.5)
    heard = np.abs(np.fft.rfft(sound))
    assert heard.argmax() / 2 == pytest.approx(440, abs=1)
    assert np.abs(sound).max() <= 1
    assert len(experiment.tones(((69, 400.0),), rate=1000)) == 12_000


def test_own_folder_is_read_and_moved_to_one_key(folder, tmp_path):
    found = read_melodies(folder)
    assert [tune.name for tune in found] == [tune.name for tune in tunes(8)]
    scale = [(60 + step, 1.0) for step in (2, 4, 6, 7, 9, 11, 13, 14)]  # D major, two sharps
    tune = read_melodies(save(tmp_path / "scale.musicxml", scale, sharps=2))[0]
    assert [pitch for pitch, _ in tune.notes] == [60, 62, 64, 65, 67, 69, 71, 72]
    flat = [(60 + step, 0.5) for step in (3, 5, 7)]  # E flat major, three flats
    tune = read_melodies(save(tmp_path / "flat.mid", flat, form="midi", sharps=-3))[0]
    assert [pitch % 12 for pitch, _ in tune.notes] == [0, 2, 4]


def test_chord_rest_tie_and_grace_note(tmp_path):
    from music21 import chord, note, stream, tie

    part = stream.Part()
    tied = [note.Note(72, quarterLength=1), note.Note(72, quarterLength=1)]
    tied[0].tie, tied[1].tie = tie.Tie("start"), tie.Tie("stop")
    grace = note.Note(61, quarterLength=1).getGrace()
    for one in [chord.Chord([60, 64, 67], quarterLength=1), note.Rest(), grace, *tied]:
        part.append(one)
    stream.Score([part]).write("musicxml", fp=tmp_path / "one.xml")
    notes = read_melodies(tmp_path / "one.xml")[0].notes
    assert [length for _, length in notes] == [1.0, 2.0]
    assert notes[1][0] - notes[0][0] == 5


def test_one_file_is_cut_into_pieces(tmp_path):
    long = [note for tune in tunes(10, 32) for note in tune.notes]
    task = Music(path=save(tmp_path / "long.mid", long, form="midi"), window=8)
    assert task.read == 10
    assert len(task.tunes) == 8


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mid", b"", "empty file"),
        ("page.mid", b"<html>not found</html>", "cannot read it"),
        ("page.xml", b"<html>not found</html>", "cannot read it|found none"),
        ("broken.mxl", b"PK\x03\x04no archive", "cannot read it"),
        ("latin.musicxml", "<score-partwise>\u00e9".encode("latin-1"), "cannot read it"),
        ("sound.wav", b"RIFF", "holds no notes"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as refused:
        Music(path=tmp_path / name)
    assert name.partition(".")[0] in str(refused.value)


def test_file_without_notes_is_refused(tmp_path):
    from music21 import note, stream

    stream.Score([stream.Part([note.Rest()])]).write("musicxml", fp=tmp_path / "silence.xml")
    with pytest.raises(ValueError, match="expected notes in 'silence'"):
        Music(path=tmp_path / "silence.xml")


def test_missing_path_empty_folder_and_too_little_music_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        Music(path=tmp_path / "none")
    with pytest.raises(ValueError, match="found none; the usual cause is a folder"):
        Music(path=tmp_path)
    with pytest.raises(ValueError, match=f"at least {FEWEST_TUNES} different melodies"):
        Music(melodies=tunes(3))
    with pytest.raises(ValueError, match="more than 60 notes, one window, in each part"):
        Music(melodies=tunes(6), window=60)


@pytest.mark.parametrize(
    "wrong", [{"held_out": 0.0}, {"held_out": 1.0}, {"part": "test"}, {"window": 0}]
)
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Music"):
        Music(**wrong)


def test_missing_music21_names_the_extra(monkeypatch, folder):
    def absent(name):
        raise module.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(module.metadata, "version", absent)
    chorale_melodies.cache_clear()
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        Music()
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        Music(path=folder)
    chorale_melodies.cache_clear()


def test_corpus_is_read_once_a_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "_read_corpus", lambda: tunes(2))
    chorale_melodies.cache_clear()
    assert chorale_melodies() == tunes(2)
    (kept,) = (tmp_path / "rnnbook").iterdir()
    assert json.loads(kept.read_text())[0][0] == "000"
    monkeypatch.setattr(module, "_read_corpus", lambda: pytest.fail("read again"))
    chorale_melodies.cache_clear()
    assert chorale_melodies() == tunes(2)
    kept.write_text(kept.read_text()[:50])  # damaged: read again, and whole afterwards
    monkeypatch.setattr(module, "_read_corpus", lambda: tunes(3))
    chorale_melodies.cache_clear()
    assert chorale_melodies() == tunes(3)
    assert len(json.loads(kept.read_text())) == 3
    chorale_melodies.cache_clear()


def test_machine_without_a_place_to_write_reads_the_corpus(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(module, "_read_corpus", lambda: tunes(2))
    chorale_melodies.cache_clear()
    assert chorale_melodies() == tunes(2)
    chorale_melodies.cache_clear()


def test_script_takes_a_folder_of_the_readers_own(folder, first_cells):
    said = first_cells("plot_08_music.py", folder, refused="expected a file or a folder of music")
    assert "8 melodies read, 8 different tunes" in said
