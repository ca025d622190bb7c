"""The task of names: the split, one's own folder, and the models that count."""

import sys
import unicodedata
from collections import Counter

import numpy as np
import pytest
import torch

from rnnbook.experiments import names as experiment
from rnnbook.tasks import names as module
from rnnbook.tasks.names import Names, ascii_letters, read_folder, surnames, tidy, unshared
from rnnbook.text import UNK

ONES = [f"a{b}{c}" for b in "bcdfgh" for c in "aeiou"]
TWOS = [f"z{b}{c}" for b in "bcdfgh" for c in "aeiou"]


def write(folder, **lists):
    folder.mkdir(exist_ok=True)
    for label, names in lists.items():
        (folder / f"{label}.txt").write_bytes("\n".join(names).encode())
    return folder


def test_no_name_is_in_two_lists_or_in_both_parts():
    task = Names()
    assert len(task.labels) >= 8
    everything = [name for names in task.lists.values() for name in names]
    assert max(Counter(everything).values()) == 1
    assert sorted(task.names + task.rest.names) == sorted(everything)


def test_split_is_stratified():
    task = Names()
    held = np.bincount(task.rest.targets, minlength=len(task.labels))
    for count, names in zip(held, task.lists.values(), strict=True):
        assert count == round(0.2 * len(names))


def test_split_is_that_of_every_machine():
    assert module.divided(["ann", "bo", "cy", "di", "ed"], 0.2)[1] == ("di",)
    assert module.divided(["ed", "di", "cy", "bo", "ann"], 0.2)[1] == ("di",)


def test_names_are_in_small_letters_of_ascii():
    assert all(name.isascii() and name == name.lower() for name in Names().names)
    assert ascii_letters("Æbelø Łuß Ðurić") == "aebelo luss duric"


def test_shared_names_are_dropped_from_all_lists():
    assert unshared({"a": ["x", "y"], "b": ["y", "z"], "c": ["y"]}) == {
        "a": ("x",),
        "b": ("z",),
        "c": (),
    }


def test_batch_is_of_one_length_and_spells_its_names():
    task = Names()
    batch = task.batch(16, torch.Generator().manual_seed(0))
    assert batch.lengths is None
    label_of = {name: i for i, names in enumerate(task.lists.values()) for name in names}
    for ids, target in zip(batch.inputs[0], batch.target, strict=True):
        name = "".join(task.vocabulary.decode(ids))
        assert name in task.names
        assert label_of[name] == target


def test_every_name_is_drawn_as_often(tmp_path):
    lists = {"a": ["b" * n for n in range(1, 31)] + ["cd"], "e": TWOS}
    task = Names(path=write(tmp_path / "lists", **lists), held_out=0.01)
    generator = torch.Generator().manual_seed(0)
    drawn = Counter()
    for _ in range(4000):
        drawn.update(
            "".join(task.vocabulary.decode(row)) for row in task.batch(1, generator).inputs[0]
        )
    assert set(drawn) == set(task.names)
    mean = 4000 / len(task.names)
    assert all(abs(count - mean) < 5 * mean**0.5 for count in drawn.values())


def test_letter_that_only_held_out_names_have_is_unknown(tmp_path):
    folder = write(tmp_path / "lists", a=ONES, b=TWOS)
    task = Names(path=folder)
    assert UNK in task.encode(["\u00f1a"])[0]


def test_own_folder_in_any_form_is_read_alike(tmp_path):
    greek = [f"\u03ac{name}" for name in ONES]
    plain = write(tmp_path / "plain", Greek=greek, Other=TWOS)
    strange = tmp_path / "strange"
    strange.mkdir()
    rows = "\r\n".join(f"  {unicodedata.normalize('NFD', name).upper()} " for name in greek)
    (strange / "Greek.TXT").write_bytes(b"\xef\xbb\xbf" + rows.encode() + b"\r\n\r\n")
    (strange / "Other.txt").write_bytes("\n".join(TWOS + TWOS).encode())
    (strange / "._Other.txt").write_bytes(b"\x00\x05")
    (strange / "README.md").write_text("not a list")
    assert read_folder(strange) == read_folder(plain)


def test_label_is_one_spelling_of_unicode(tmp_path):
    (tmp_path / (unicodedata.normalize("NFD", "\u010ce\u0161i") + ".txt")).write_text(
        "\n".join(ONES)
    )
    write(tmp_path, Other=TWOS)
    assert "\u010ce\u0161i" in read_folder(tmp_path)
    (tmp_path / "\u010ce\u0161i.txt").write_text("\n".join(ONES))
    with pytest.raises(ValueError, match="look alike"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "none of them visible"),
        (b" \n\n", "none of them visible"),
        ("\n".join(f"{name}\u00f1" for name in ONES).encode("latin-1"), "UTF-8"),
        ("\n".join(ONES).encode("utf-16"), "UTF-16"),
        (b"smith\n12345\njones\n", r"line 2 .*12345"),
        (b"name\tcount\nsmith\t5\n", "line 1 .*table"),
        (b"smith\n" + b"so long a text " * 20, r"line 2 .*running text"),
        (b"smith\n" + b"a " * 11, r"line 2 .*at most 80 characters and 10 words"),
        (b"ann\nbo\ncy\nANN\n", r"at least 5 names a label .*Broken \(3 of 3\)"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, content, words):
    write(tmp_path, Good=ONES, Other=TWOS)
    (tmp_path / "Broken.txt").write_bytes(content)
    with pytest.raises(ValueError, match=words) as refused:
        Names(path=tmp_path)
    assert "Broken" in str(refused.value)


def test_label_that_shares_its_names_is_refused_by_name(tmp_path):
    write(tmp_path, One=ONES, Two=TWOS, Copy=[*ONES, "quo"])
    with pytest.raises(ValueError, match=r"Copy \(1 of 31\), One \(0 of 30\)"):
        Names(path=tmp_path)


def test_missing_folder_and_file_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        Names(path=tmp_path / "none")
    (tmp_path / "list.txt").write_text("ann")
    with pytest.raises(FileNotFoundError, match="found a file there"):
        Names(path=tmp_path / "list.txt")


@pytest.mark.parametrize("count", [0, 1, 101])
def test_number_of_labels_is_checked(tmp_path, count):
    for i in range(count):
        write(tmp_path, **{f"label{i}": ONES})
    with pytest.raises(ValueError, match=f"from 2 to 100 files .* got {count};"):
        Names(path=tmp_path)


def test_too_few_and_too_many_names_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"from 50 to 100,000 .* got 40; fewer"):
        Names(path=write(tmp_path / "few", a=ONES[:20], b=TWOS[:20]))
    monkeypatch.setattr(module, "MOST_NAMES", 55)
    with pytest.raises(ValueError, match="got 60; keep a random part"):
        Names(path=write(tmp_path / "many", a=ONES, b=TWOS))


@pytest.mark.parametrize("wrong", [{"held_out": 0.0}, {"held_out": 1.0}, {"part": "test"}])
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Names"):
        Names(**wrong)


def test_missing_faker_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    surnames.cache_clear()
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        Names()
    surnames.cache_clear()


def test_tidy_leaves_marks():
    assert tidy("Nu\u0301n\u0303ez") == "n\u00fa\u00f1ez"


@pytest.mark.parametrize(("right", "count"), [(0, 12), (7, 12), (12, 12), (150, 193)])
def test_interval_is_that_of_statsmodels(right, count):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    expected = proportion.proportion_confint(right, count, method="wilson")
    assert experiment.interval(right, count) == pytest.approx(expected, abs=1e-5)


def test_table_by_label_counts_every_name(tmp_path):
    task = Names(path=write(tmp_path / "lists", a=ONES, b=TWOS))
    answers = np.zeros(len(task.rest.names), dtype=int)
    table = experiment.by_label(task, answers)
    assert table.tolist() == [[6, 0], [6, 0]]
    assert experiment.right(task, answers) == 0.5


def test_own_lists_are_learned_and_as_well_as_by_counting(tmp_path):
    task = Names(path=write(tmp_path / "lists", a=ONES, b=TWOS, c=[n[::-1] for n in TWOS]))
    learned = experiment.learn(task)
    accuracy = {name: float(values[0]) for name, values in learned.result.accuracy.items()}
    assert accuracy["LSTM"] >= accuracy["unigram"]
    assert accuracy["LSTM"] >= accuracy["n-gram"] - 0.06
    assert "all that were planned" in learned.ended


def test_training_stops_when_its_time_is_up():
    learned = experiment.learn(Names(), seconds=4.0)
    assert learned.updates < learned.planned
    assert "its time was up" in learned.ended
    assert learned.seconds < 6.0


def test_script_takes_a_folder_of_the_readers_own(tmp_path, first_cells):
    folder = write(tmp_path / "lists", Ones=ONES, Twos=TWOS)
    said = first_cells("plot_03_names.py", folder, refused="expected a folder")
    assert "2 labels, 48 names to train on, 12 held out" in said


class Bag(torch.nn.Module):
    """A model that sees which letters a name holds, and nothing of their order."""

    def forward(self, x, *, lengths):
        real = (torch.arange(x.shape[1]) < lengths.unsqueeze(1)).float()
        counts = torch.zeros(len(x), 100).scatter_add_(1, x, real)
        return counts @ torch.randn(100, 13, generator=torch.Generator().manual_seed(0)).round()


class Last(torch.nn.Module):
    """A model that answers with the number of the last letter."""

    def forward(self, x, *, lengths):
        last = x.gather(1, lengths.unsqueeze(1) - 1).squeeze(1)
        return torch.nn.functional.one_hot(last, 100).float()


def test_shuffled_names_keep_their_letters_and_lose_their_order():
    task = Names()
    bag, last = (
        [experiment.read(m, task, shuffled=s) for s in (False, True)] for m in (Bag(), Last())
    )
    assert (bag[0] == bag[1]).all()
    assert (last[0] == last[1]).mean() < 0.5
