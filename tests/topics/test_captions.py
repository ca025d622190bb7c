"""The task of captions: what is held out, one's own table of pictures, and the simple methods."""

import unicodedata
from collections import Counter
from itertools import combinations as choose

import numpy as np
import pytest
import torch
from PIL import Image

from rnnbook.experiments import captions as experiment
from rnnbook.tasks import captions as module
from rnnbook.tasks.captions import (
    SIDE,
    SLOTS,
    Captions,
    Part,
    Slots,
    combinations,
    drawn,
    in_numbers,
    in_words,
    read_captions,
    read_picture,
)
from rnnbook.text import END, SPECIAL

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 230)}


def table(folder, comma=",", count=60):
    """Write plain pictures of three colours, one or two bars each, and a table of them."""
    folder.mkdir(exist_ok=True)
    chance = np.random.default_rng(0)
    lines = []
    for i in range(count):
        name, paint = list(COLOURS.items())[i % 3]
        bars = 1 + i // 3 % 2
        points = np.full((30, 40, 3), 60, dtype=np.uint8)
        for bar in range(bars):
            points[5:25, 8 + 18 * bar : 16 + 18 * bar] = paint
        points += chance.integers(0, 9, points.shape, dtype=np.uint8)
        Image.fromarray(points).save(folder / f"{i}.png")
        lines.append(f"{i}.png{comma}{'A' if bars == 1 else 'Two'} {name} bar{'s' * (bars > 1)}.")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "captions.csv"


def edited(path, change):
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def test_training_has_no_held_out_combination_and_all_pairs():
    known, new = combinations(False), combinations(True)
    assert not set(known) & set(new)
    assert len(known) + len(new) == np.prod([len(values) for values in SLOTS.values()])
    for i, j in choose(range(4), 2):
        assert {(c[i], c[j]) for c in known} >= {(c[i], c[j]) for c in new}
    for i in range(4):
        assert len(set(Counter(c[i] for c in new).values())) == 1, "held out evenly"


def test_one_part_of_a_held_out_combination_changed_is_a_known_one():
    known = set(combinations(False))
    for new in combinations(True):
        for i, values in enumerate(SLOTS.values()):
            others = [(*new[:i], j, *new[i + 1 :]) for j in range(len(values)) if j != new[i]]
            assert known.issuperset(others)


def test_no_held_out_caption_is_in_training():
    task = Captions()
    assert not {c[0] for c in task.part.captions} & {c[0] for c in task.rest.part.captions}
    assert {c[0] for c in drawn("fresh").captions} == {c[0] for c in task.part.captions}


def test_no_picture_is_in_two_parts():
    seen = [p.tobytes() for w in ("training", "held out", "fresh") for p in drawn(w).pictures]
    assert len(set(seen)) == len(seen)


def test_pictures_are_those_of_every_machine():
    drawn.cache_clear()
    first = drawn("held out").pictures
    drawn.cache_clear()
    assert np.array_equal(first, drawn("held out").pictures)
    assert first.shape[1:] == (3, SIDE, SIDE)
    assert first.min() >= 0
    assert first.max() <= 1


def test_colour_and_place_can_be_seen():
    for picture, words in zip(*drawn("held out"), strict=True):
        number, colour, _, place = in_numbers()[words[0]]
        bright = picture.max(0) > 0.5
        ys, xs = np.nonzero(bright)
        found = picture[:, bright].mean(1)
        assert np.linalg.norm(np.array(module.PAINT) - found[:, None].T, axis=1).argmin() == colour
        middle = {0: xs.mean(), 1: 23 - xs.mean(), 2: ys.mean(), 3: 23 - ys.mean()}
        assert middle[place] < 9
        assert number in range(3)


def test_every_caption_is_one_combination():
    assert len(in_numbers()) == 144
    assert all(in_words(c) == words for words, c in in_numbers().items())


def test_batch_holds_the_caption_of_its_picture():
    task = Captions()
    batch = task.batch(20, torch.Generator().manual_seed(0))
    of = {p.tobytes(): c[0] for p, c in zip(*task.part, strict=True)}
    for picture, ids in zip(*batch.inputs, strict=True):
        words = tuple(w for w in task.vocabulary.decode(ids) if w not in SPECIAL[:1])
        assert words == (*of[picture.numpy().tobytes()], SPECIAL[END])


def test_slots_are_those_of_the_captions():
    one = Slots().batch(9, torch.Generator().manual_seed(3))
    two = Captions().batch(9, torch.Generator().manual_seed(3))
    assert torch.equal(one.inputs[0], two.inputs[0])
    for target, ids in zip(one.target.tolist(), two.target, strict=True):
        words = Captions().vocabulary.decode(ids)
        assert tuple(w for w in words if w not in SPECIAL) == in_words(tuple(target))


def test_which_pictures_is_checked():
    with pytest.raises(ValueError, match="'training', 'held out', 'fresh'"):
        drawn("test")


def test_nearest_picture_is_that_of_the_plain_sum():
    train, asked = drawn("fresh"), drawn("held out").pictures[:5]
    for picture, said in zip(asked, experiment.nearest(train, asked), strict=True):
        far = ((train.pictures.astype(float) - picture) ** 2).sum((1, 2, 3))
        assert said == train.captions[far.argmin()][0]


def test_shares_count_words_and_parts():
    true = (("a", "red", "ring", "below"),)
    part = Part(np.zeros((1, 3, SIDE, SIDE), np.float32), (true,))
    assert experiment.right([true[0]], part) == 1
    said = [("a", "blue", "ring", "below")]
    assert experiment.right(said, part) == 0
    assert experiment.right_words(said, part) == 0.75
    assert experiment.right_parts(said, part) == {"number": 1, "colour": 0, "shape": 1, "place": 1}
    assert experiment.right_parts([("a", "ring")], part) == dict.fromkeys(SLOTS, 0)


def test_captioner_stops_at_the_end_and_looks_in_evaluation_mode():
    torch.manual_seed(0)
    model = experiment.Captioner(len(Captions().vocabulary), 7)
    pictures = experiment.shown(drawn("held out"))[:6]
    before = [buffer.clone() for buffer in model.buffers()]
    ids = model.generate(pictures)
    assert model.training
    assert all(torch.equal(a, b) for a, b in zip(before, model.buffers(), strict=True))
    assert ids.shape[1] <= 7
    alone = torch.cat([model.generate(picture[None]) for picture in pictures[:1]])
    assert torch.equal(alone[0], ids[0][: alone.shape[1]])


def test_own_table_in_any_form_is_read_alike(tmp_path):
    plain = read_captions(table(tmp_path / "plain"))
    assert len(plain.captions) == 60
    assert plain.captions[0] == (("a", "blue", "bar"),)
    semicolon = table(tmp_path / "semicolon", ";")
    strange = edited(semicolon, lambda text: "Image;Caption\r\n" + text.replace("\n", "\r\n\r\n"))
    strange.write_bytes(b"\xef\xbb\xbf" + strange.read_bytes())
    quoted = edited(table(tmp_path / "quoted", "\t"), lambda text: text.replace("Two ", '"Two, "'))
    for other in (strange, edited(quoted, lambda text: text.replace('"Two, "', "Two, "))):
        part = read_captions(other)
        assert part.captions == plain.captions
        assert np.array_equal(part.pictures, plain.pictures)


def test_commas_stand_in_quotation_marks(tmp_path):
    path = table(tmp_path / "own")
    edited(path, lambda text: text.replace("A red bar.", '"A ""red"" bar, alone."'))
    assert (("a", "red", "bar", "alone"),) in read_captions(path).captions


def test_an_accent_has_one_spelling(tmp_path):
    path = table(tmp_path / "own")
    edited(path, lambda text: text.replace("red", unicodedata.normalize("NFD", "r\u00e9d")))
    assert (("a", "r\u00e9d", "bar"),) in read_captions(path).captions


def test_captions_of_one_picture_stay_together(tmp_path):
    path = table(tmp_path / "own")
    Image.open(tmp_path / "own" / "0.png").save(tmp_path / "own" / "copy.bmp")
    edited(path, lambda text: text + "0.png,one bar\ncopy.bmp,a thing in red\n")
    whole = read_captions(path)
    assert len(whole.captions) == 60
    assert max(map(len, whole.captions)) == 3
    task = Captions(path=path)
    parts = [{p.tobytes() for p in part.pictures} for part in (task.part, task.rest.part)]
    assert not parts[0] & parts[1]
    assert len(parts[1]) == 12


def test_own_pictures_held_out_are_spread_over_the_captions(tmp_path):
    task = Captions(path=table(tmp_path / "own"))
    assert set(Counter(task.rest.part.captions).values()) == {2}
    assert len(set(task.rest.part.captions)) == 6


def test_word_that_only_held_out_captions_have_counts_as_wrong(tmp_path):
    path = table(tmp_path / "own")
    task = Captions(path=path)
    odd = Captions.ids(task, ("an", "elephant"))
    assert [SPECIAL[i] for i in odd.tolist()] == ["<unk>", "<unk>", "<end>"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "none of them visible"),
        (lambda text: text.replace("A red bar.", "A red bar, alone."), "line 1 .*quotation marks"),
        (lambda text: text.replace(",A green bar.", ""), "line 2 .*1.png"),
        (lambda text: text.replace("A green bar.", " "), "line 2 .*a caption"),
        (lambda text: text.replace("A green bar.", "..."), "from 1 to 40 words .*line 2 .*got 0"),
        (lambda text: text.replace("A green bar.", "bar " * 41), "line 2 .*got 41"),
        (lambda text: text.replace("A green bar.", '"A green bar.'), "never closed"),
        (lambda text: "\n".join(text.split("\n")[:30]), "from 40 to 10,000 captions .*got 30"),
        (lambda text: "0.png,a bar\n" * 50, "at least 10 different pictures .*got 1 among 50"),
    ],
)
def test_bad_table_is_refused_with_the_reason(tmp_path, change, words):
    path = edited(table(tmp_path / "own"), change)
    with pytest.raises(ValueError, match=words):
        Captions(path=path)


def test_table_in_another_encoding_is_refused(tmp_path):
    path = table(tmp_path / "own")
    path.write_bytes(path.read_text().replace("red", "r\u00e9d").encode("latin-1"))
    with pytest.raises(ValueError, match="UTF-8"):
        Captions(path=path)


def test_too_many_captions_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 50)
    with pytest.raises(ValueError, match="got 60; keep a random part"):
        Captions(path=table(tmp_path / "own"))


def test_missing_table_and_pictures_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        Captions(path=tmp_path / "none.csv")
    path = table(tmp_path / "own")
    (tmp_path / "own" / "7.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"7\.png.*line 8 .*folder of the table"):
        Captions(path=path)


def test_damaged_picture_is_refused(tmp_path):
    path = table(tmp_path / "own")
    broken = tmp_path / "own" / "7.png"
    whole = broken.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"<html>not found</html>"):
        broken.write_bytes(content)
        with pytest.raises(ValueError, match=r"7\.png.*line 8 .*cut off"):
            Captions(path=path)


def test_picture_of_more_than_8_bits_is_refused(tmp_path):
    Image.fromarray(np.full((9, 9), 40_000, dtype=np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="more than 8 bits"):
        read_picture(tmp_path / "deep.png")


def test_picture_is_laid_on_white_and_squeezed(tmp_path):
    clear = np.zeros((10, 50, 4), dtype=np.uint8)
    clear[:, :25] = (255, 0, 0, 255)
    Image.fromarray(clear).save(tmp_path / "half.png")
    found = read_picture(tmp_path / "half.png")
    assert found.shape == (3, SIDE, SIDE)
    assert found[:, 0, 0].tolist() == [1, 0, 0]
    assert found[:, 0, -1].tolist() == [1, 1, 1]
    Image.fromarray(np.full((9, 9), 51, dtype=np.uint8)).save(tmp_path / "grey.png")
    assert np.allclose(read_picture(tmp_path / "grey.png"), 0.2)


def test_own_pictures_are_learned(tmp_path):
    learned = experiment.learn(Captions(path=table(tmp_path / "own", count=90)))
    assert learned.right["writer"] > 0.8
    assert len(learned.said["writer"]) == 18


def test_training_stops_when_its_time_is_up(tmp_path):
    learned = experiment.learn(Captions(path=table(tmp_path / "own")), seconds=0.5)
    whole = experiment.UPDATES["writer"] + experiment.SETTLING["writer"]
    assert learned.updates < whole


def test_script_takes_a_table_of_the_readers_own(tmp_path, first_cells):
    first_cells("plot_06_captions.py", table(tmp_path / "own"), refused="expected a text file")
