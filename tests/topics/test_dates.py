"""Dates: what is held out, the table of formats, the counted work, and a reader's own list."""

import datetime
import sys
import unicodedata

import pytest
import torch

from rnnbook.experiments import dates
from rnnbook.tasks.dates import (
    EVERY,
    FORMS,
    LOCALES,
    Dates,
    expression,
    looked_up,
    pattern,
    read_dates,
    spelled,
)
from rnnbook.text import END, PAD, UNK

DAY = datetime.date(2023, 1, 15)


def read_back(task, ids):
    return "".join(task.source.decode(ids[ids != PAD]))


def test_no_day_is_in_both_parts():
    training, held_out = set(Dates().days), set(Dates(held_out=True).days)
    assert not training & held_out
    first, last = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
    whole = {datetime.date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)}
    assert training | held_out == whole
    assert len(whole) / len(held_out) == pytest.approx(EVERY, rel=1e-3)


def test_days_held_out_are_of_every_weekday_and_month():
    days = Dates(held_out=True).days
    assert {day.weekday() for day in days} == set(range(7))
    assert {(day.month, day.day) for day in days} >= {(m, d) for m in range(1, 13) for d in (1, 28)}


@pytest.mark.parametrize("held_out", [False, True])
def test_batches_draw_from_their_part_alone(held_out):
    task = Dates(held_out=held_out)
    _, tgt = task.batch(300, torch.Generator().manual_seed(0)).inputs
    written = {"".join(task.target.decode(row[:10])) for row in tgt}
    assert (tgt[:, 10] == END).all()
    assert {datetime.date.fromisoformat(text) for text in written} <= set(task.days)


def test_what_is_judged_is_held_out():
    for task in (dates.HELD_OUT, *dates.UNSEEN.values()):
        assert {day for _, day in dates.sheet(task)} <= set(Dates(held_out=True).days)


def test_formats_called_unseen_are_of_no_training_date():
    seen = {(locale, form) for locale in LOCALES for form in FORMS}
    for task in dates.UNSEEN.values():
        assert not seen & {(locale, form) for locale in task.locales for form in task.forms}
        for text, _ in dates.sheet(task):
            matches = [expression(*each)[0].fullmatch(text) for each in seen]
            assert not any(matches), text


def test_every_language_and_format_is_drawn_alike_often():
    task = Dates(locales=("en", "de"))
    src, _ = task.batch(2000, torch.Generator().manual_seed(0)).inputs
    texts = [read_back(task, row) for row in src]
    english = sum("," in text for text in texts) / len(texts)
    numeric = sum(text.replace(".", "").isdigit() for text in texts) / len(texts)
    assert english == pytest.approx(0.5, abs=0.05)
    assert numeric == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", [*FORMS, "full"])
def test_expression_reads_what_babel_writes(locale, form):
    found, months = expression(locale, form)
    for n in range(0, 3660, 7):
        day = datetime.date(2020, 1, 1) + datetime.timedelta(n)
        match = found.fullmatch(spelled(day, locale, form))
        assert match is not None
        assert (int(match["year"]), months[match["month"]]) == (day.year, day.month)
        assert int(match["day"]) == day.day


def test_table_reads_every_held_out_date_and_no_other_format():
    assert all(looked_up(text) == day for text, day in dates.sheet(dates.HELD_OUT, 200))
    for text in ("15 January 2023", "2023-01-15", "Sunday, January 15, 2023", "15.1.23"):
        assert looked_up(text) is None


def test_day_that_does_not_exist_is_not_read():
    assert looked_up("April 31, 2023") is None


def test_patterns_end_with_the_year():
    assert all(pattern(locale, form).endswith("y") for locale in LOCALES for form in FORMS)


def test_data_are_the_same_on_every_machine():
    assert [spelled(DAY, locale, "medium") for locale in LOCALES] == [
        "Jan 15, 2023",
        "15.01.2023",
        "15 janv. 2023",
        "15 ene 2023",
        "15 gen 2023",
    ]
    assert dates.sheet(dates.HELD_OUT, 1)[0][0].startswith("Apr ")


def test_both_networks_multiply_equally_often():
    attention, one_state = map(dates.multiplications, ("attention", "one state"))
    assert 1 <= one_state / attention <= 1.05


def test_multiplications_are_those_of_the_equations():
    model = dates.network("one state", seed=0)
    read, wrote = len(spelled(dates.SAMPLE, "en", "long")), 11
    h = dates.HIDDEN["one state"]
    encoder = 2 * read * 4 * h * (16 + h)
    decoder = wrote * 4 * 2 * h * (16 + 2 * h)
    answers = wrote * 2 * h * model.fc.out_features
    assert dates.multiplications("one state") == encoder + decoder + answers


def test_multiplications_with_attention_are_those_of_the_equations():
    model = dates.network("attention", seed=0)
    read, wrote, h = len(spelled(dates.SAMPLE, "en", "long")), 11, dates.HIDDEN["attention"]
    encoder = 2 * read * 4 * h * (16 + h)
    scores = 2 * h * h + read * 2 * h * h + read * h  # W_a s, U_a h_j and v_a, at every step
    context = read * 2 * h
    decoder = 4 * 2 * h * (16 + 2 * h + 2 * h)
    answers = 4 * h * model.fc.out_features
    assert dates.multiplications("attention") == encoder + wrote * (
        scores + context + decoder + answers
    )


def test_teacher_forcing_scores_what_is_written():
    task = Dates(held_out=True)
    model = dates.trained("attention", seed=0, updates=2)
    batch = dates.judged(task, count=3)
    texts, days = zip(*dates.sheet(task, 3), strict=True)
    wrote = dates.written(model, list(texts))
    right = sum(text == str(day) for text, day in zip(wrote, days, strict=True)) / len(days)
    assert dates.share(model, batch) == pytest.approx(right)


def test_width_one_is_greedy():
    model = dates.trained("one state", seed=0, updates=2)
    text = "15 janv. 2023"
    assert dates.written(model, [text], width=1) == dates.written(model, [text])


def test_character_never_seen_becomes_unknown():
    batch = Dates().of(["Wed 15 ene 2023"], [DAY])
    assert batch.inputs[0][0, 0] == UNK


def test_parts_are_found():
    assert dates.parts_of("January 15, 2023") == {"year": (12, 16), "month": (0, 7), "day": (8, 10)}
    with pytest.raises(ValueError, match="formats of training"):
        dates.parts_of("yesterday")


@pytest.mark.parametrize(
    "wrong",
    [
        {"locales": ()},
        {"forms": ()},
        {"locales": ("xx",)},
        {"forms": ("longish",)},
    ],
)
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Dates: expected"):
        Dates(**wrong)


def test_missing_babel_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    pattern.cache_clear()
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        Dates()


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, FileNotFoundError, "found nothing"),
        (b"", ValueError, "none of them visible"),
        (b"\n \n", ValueError, "none of them visible"),
        ("15 août 2023".encode("latin-1"), ValueError, "UTF-8"),
        ("15 août 2023\n".encode("utf-16"), ValueError, "UTF-16"),
        (b"date\n15.01.2023\n", ValueError, "'date' without a digit in line 1"),
        (b"15.01.2023\n" + b"1 word of running text " * 9, ValueError, "206 characters in line 2"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, content, error, words):
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words):
        read_dates(path)


def test_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="a folder"):
        read_dates(tmp_path)


def test_own_list_is_read(tmp_path):
    path = tmp_path / "list.txt"
    accents = unicodedata.normalize("NFD", "15 août 2023")
    path.write_bytes(b"\xef\xbb\xbf" + f"{accents}\r\n\r\n  3  May 2024 ".encode())
    assert read_dates(path) == ["15 août 2023", "3 May 2024"]


def test_script_takes_a_list_of_the_readers_own(tmp_path, first_cells):
    own = tmp_path / "list.txt"
    own.write_text("15 gen 2023\n3 May 2024\n", encoding="utf-8")
    first_cells("plot_04_dates.py", own, refused="expected a text file")
