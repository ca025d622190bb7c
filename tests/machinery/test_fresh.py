"""What is left of earlier builds: forgotten where it no longer counts, never trusted unread."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import fresh
import psutil
import pytest
import reach
import records
import running
import runtimes
from book import scripts

ROOT = Path(__file__).resolve().parents[2]

MADE = (
    "docs/chapters/1_part/plot_01_a.rst",
    "docs/chapters/1_part/plot_01_a.py",
    "docs/chapters/1_part/images/sphx_glr_plot_01_a_001.svg",
    "docs/chapters/1_part/plot_02_b.rst",
    "docs/chapters/2_part/plot_01_c.rst",
    "docs/_build/html/index.html",
    "docs/_build/jupyter-cache/global.db",
)

FIRST = {name for name in MADE if "plot_01_a" in name}  # what was made of the first script


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build that runs these tests is not the one that holds their folders."""
    monkeypatch.delenv(running.HOLDER, raising=False)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A small book, built: its sources, what was made of them, and the note of its state."""
    sources = ("1_part/plot_01_a.py", "1_part/plot_02_b.py", "2_part/plot_01_c.py")
    for name in ("rnnbook/cells.py", "constraints.txt", *(f"gallery/{name}" for name in sources)):
        write(tmp_path, name)
    script = ""
    for folder in ("experiments", "figures", "tasks"):
        write(tmp_path, f"rnnbook/{folder}/__init__.py", "")
        write(tmp_path, f"rnnbook/{folder}/a.py", "def one():\n    return 2\n")
        script += f"from rnnbook.{folder} import a as {folder}\n\n{folder}.one()\n"
    write(tmp_path, "gallery/1_part/plot_01_a.py", script)
    fresh.freshen(tmp_path)
    for name in MADE:
        write(tmp_path, name)
    (tmp_path / fresh.UNFINISHED).unlink()
    return tmp_path


def write(root: Path, name: str, text: str = "1\n") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def left(root: Path) -> set[str]:
    return {name for name in MADE if (root / name).exists()}


def test_unchanged_book_keeps_its_results(built: Path) -> None:
    fresh.freshen(built)
    assert left(built) == set(MADE)


@pytest.mark.parametrize("changed", ["rnnbook/cells.py", "rnnbook/new.py", "constraints.txt"])
def test_changed_package_or_pins_forget_every_result(built: Path, changed: str) -> None:
    write(built, changed, "2\n")
    fresh.freshen(built)
    assert left(built) == set()


def test_other_versions_forget_every_result(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "installed", lambda: "torch 9.9")
    fresh.freshen(built)
    assert left(built) == set()


def test_deleted_module_forgets_every_result(built: Path) -> None:
    (built / "rnnbook/cells.py").unlink()
    fresh.freshen(built)
    assert left(built) == set()


def test_edited_chapter_keeps_the_results_of_the_others(built: Path) -> None:
    write(built, "gallery/1_part/plot_01_a.py", "2\n")
    fresh.freshen(built)
    assert left(built) == set(MADE) - FIRST


@pytest.mark.parametrize("folder", ["experiments", "figures", "tasks"])
def test_edited_topic_forgets_the_results_of_its_scripts_alone(built: Path, folder: str) -> None:
    write(built, f"rnnbook/{folder}/a.py", "def one():\n    return 1\n")
    said = fresh.freshen(built)
    assert left(built) == set(MADE) - FIRST
    assert said.endswith("run again: gallery/1_part/plot_01_a.py")


def test_docstrings_and_what_nothing_reaches_forget_nothing(built: Path) -> None:
    write(built, "rnnbook/experiments/a.py", '"""Say."""\n\n\ndef one():\n    return 2\n')
    write(built, "rnnbook/experiments/b.py", "x = 1\n")
    fresh.freshen(built)
    assert left(built) == set(MADE)


@pytest.mark.parametrize("name", ["experiments/_seeds", "figures/style", "tasks/__init__"])
def test_what_topics_share_is_core(built: Path, name: str) -> None:
    write(built, f"rnnbook/{name}.py", "2\n")
    fresh.freshen(built)
    assert left(built) == set()


def test_nothing_changed_changes_no_file(built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    said = fresh.freshen(built)
    assert said == "nothing changed since the last build"
    after = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize("name", ["docs/_static/book.css", "tests/claims/calibration/a.json"])
def test_whatever_a_build_reads_asks_for_a_build(built: Path, name: str) -> None:
    write(built, name)
    fresh.freshen(built)
    assert (built / fresh.UNFINISHED).exists()
    assert left(built) == set(MADE)


def test_other_settings_ask_for_a_build(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBOOK_BASEURL", "https://book.example/")
    fresh.freshen(built)
    assert (built / fresh.UNFINISHED).exists()


def test_written_pages_run_nothing_of_a_topic() -> None:
    """Their results are kept while topics change, so they may use no module of one."""
    modules = "|".join(name.strip("/").replace("/", r"\.") for name in fresh.TOPICS)
    for path in (ROOT / "docs").rglob("*.md"):
        cells = re.findall(r"(?ms)^```\{code-cell\}.*?^```", path.read_text(encoding="utf-8"))
        assert not any(re.search(rf"{modules}|from rnnbook import", cell) for cell in cells), path


def test_deleted_chapter_leaves_no_page(built: Path) -> None:
    (built / "gallery/1_part/plot_01_a.py").unlink()
    fresh.freshen(built)
    assert left(built) == {
        "docs/chapters/1_part/plot_02_b.rst",
        "docs/chapters/2_part/plot_01_c.rst",
        "docs/_build/jupyter-cache/global.db",
    }


def test_deleted_part_leaves_no_folder(built: Path) -> None:
    (built / "gallery/2_part/plot_01_c.py").unlink()
    fresh.freshen(built)
    assert not (built / "docs/chapters/2_part").exists()
    assert "docs/chapters/1_part/plot_01_a.rst" in left(built)


def test_failed_build_reads_every_page_again(built: Path) -> None:
    (built / fresh.UNFINISHED).touch()
    fresh.freshen(built)
    kept = {name for name in MADE if name.startswith("docs/chapters")}
    assert left(built) == kept


def test_lenient_build_goes_on_from_one_that_did_not_end(built: Path) -> None:
    (built / fresh.UNFINISHED).touch()
    fresh.freshen(built, lenient=True)
    assert left(built) == set(MADE)
    assert (built / fresh.UNFINISHED).exists()  # the next strict build still has to look again


def test_clean_forgets_every_result(built: Path) -> None:
    write(built, f"{fresh.RUNS}/topic.one/0-abc.pickle")
    fresh.freshen(built, clean=True)
    assert left(built) == set()
    assert not (built / fresh.RUNS).exists()


def test_an_edit_leaves_runs_and_records_to_their_own_digests(built: Path) -> None:
    kept = [f"{fresh.RUNS}/topic.one/0-abc.pickle", f"{fresh.RECORDS}/topic.json"]
    for name in kept:
        write(built, name)
    write(built, "rnnbook/cells.py", "2\n")
    fresh.freshen(built)
    assert left(built) == set()
    assert [(built / name).exists() for name in kept] == [True, True]


def test_results_of_unknown_origin_are_forgotten(built: Path) -> None:
    (built / fresh.STAMP).unlink()
    fresh.freshen(built)
    assert left(built) == set()


# -- left-overs that cannot be read, links, two builds at once ----------------------------------

DAMAGED = (b"", b'{"code": ', b"[]", b"7", b"null", b'{"code": "x"}', b"\xff\xfe", b'{"time": "1"}')


@pytest.mark.parametrize("content", [*DAMAGED, b'{"code":1,"scripts":[],"sources":0,"whole":{}}'])
def test_stamp_that_cannot_be_read_is_none(built: Path, content: bytes) -> None:
    (built / fresh.STAMP).write_bytes(content)
    fresh.freshen(built)
    assert left(built) == set()
    assert json.loads((built / fresh.STAMP).read_text(encoding="utf-8"))["code"]


def test_chapters_that_may_take_longer_are_chapters() -> None:
    chapters = {
        page.topic for page in scripts(ROOT) if page.kind.name in ("chapter", "application")
    }
    assert runtimes.LONGER.keys() <= chapters


@pytest.mark.parametrize("content", DAMAGED)
def test_record_and_run_time_that_cannot_be_read_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    folder = tmp_path / records.FOLDER
    write(tmp_path, f"{records.FOLDER}/digests.json", '{"order": "now"}')
    (folder / "order.json").write_bytes(content)
    monkeypatch.setenv(records.VARIABLE, str(folder))
    assert records.outcome("order", "test_it").status == records.NOT_RUN
    assert records.stale({"order": "now"}, folder) == ["order"]
    write(tmp_path, "gallery/1_part/plot_01_order.py")
    write(tmp_path, "docs/_build/run_times/plot_01_order.json")
    noted = tmp_path / "docs/_build/run_times/plot_01_order.json"
    noted.write_bytes(content)
    (page,) = scripts(tmp_path)
    assert runtimes.run_time(page, tmp_path / "docs") == ""


def test_chapter_ran_only_as_long_as_all_that_it_left_is_there(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    picture = "docs/chapters/1_part/images/sphx_glr_plot_01_order_001.svg"
    for name in ("gallery/1_part/plot_01_order.py", "docs/chapters/1_part/plot_01_order.rst"):
        write(tmp_path, name)
    write(tmp_path, picture)
    (page,) = scripts(tmp_path)
    left_by = {"time": 1.5, "left": runtimes.left_by(page, docs)}
    reach.write(runtimes.noted_in(page, docs), left_by)
    assert runtimes.run_time(page, docs) == "under 2 seconds"
    (tmp_path / picture).write_text("half", encoding="utf-8")
    assert runtimes.run_time(page, docs) == ""


@pytest.mark.parametrize("content", DAMAGED)
def test_clean_reads_nothing_of_what_lies_there(
    built: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    for path in [*(built / "docs").rglob("*")]:
        if path.is_file():
            path.write_bytes(content)
    (built / fresh.RUNS).mkdir()
    (built / "docs/_build/html/index.html").unlink()
    (built / "docs/_build/html/index.html").mkdir()
    monkeypatch.setattr(records, "read", None)
    fresh.freshen(built, clean=True)
    assert left(built) == set()
    assert not (built / fresh.RUNS).exists()


@pytest.mark.parametrize("clean", [True, False])
def test_killed_while_it_removes_or_notes_is_not_taken_for_built(
    built: Path, monkeypatch: pytest.MonkeyPatch, clean: bool
) -> None:
    class KilledError(Exception):
        pass

    def kill(*args: object, **kwargs: object) -> None:
        raise KilledError

    write(built, "gallery/1_part/plot_01_a.py", "2\n")
    for module, name in ((running, "remove"), (reach, "write")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, kill)
            with pytest.raises(KilledError):
                fresh.freshen(built, clean=clean)
        assert (built / fresh.UNFINISHED).exists()
    fresh.freshen(built)
    assert not left(built) & FIRST


@pytest.mark.parametrize("name", ["docs/_build", "docs/_build/html", "docs/chapters"])
@pytest.mark.parametrize("clean", [True, False])
def test_folder_on_another_disk_is_emptied_and_stays(
    built: Path, tmp_path_factory: pytest.TempPathFactory, name: str, clean: bool
) -> None:
    there = tmp_path_factory.mktemp("disk") / "there"
    (built / name).rename(there)
    (built / name).symlink_to(there, target_is_directory=True)
    write(built, "rnnbook/cells.py", "2\n")
    fresh.freshen(built, clean=clean)
    assert left(built) == set()
    assert (built / name).is_symlink()
    assert not list(there.rglob("*.html"))


@pytest.mark.parametrize("target", ["..", ".", "../gallery", "nowhere"])
def test_folder_that_leads_to_the_sources_or_nowhere_is_not_followed(
    built: Path, target: str
) -> None:
    running.remove(built / "docs/_build")
    (built / "docs/_build").symlink_to(target, target_is_directory=True)
    assert running.begin(built)
    fresh.freshen(built, clean=True)
    assert (built / "gallery/1_part/plot_01_a.py").is_file()
    assert not (built / "docs/_build").is_symlink()


def test_file_in_the_place_of_the_folder_is_removed(built: Path) -> None:
    running.remove(built / "docs/_build")
    (built / "docs/_build").touch()
    assert running.begin(built)
    fresh.freshen(built, clean=True)
    assert (built / fresh.UNFINISHED).is_file()


def command(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Call the script of a small book as a session does."""
    (root / "docs/_ext").mkdir(exist_ok=True)
    for path in (ROOT / "docs/_ext").glob("*.py"):
        (root / "docs/_ext" / path.name).write_bytes(path.read_bytes())
    return subprocess.run(
        [sys.executable, root / "docs/_ext/fresh.py", *options],
        env={k: v for k, v in os.environ.items() if k != running.HOLDER},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("options", [(), ("--clean",), ("--runs",), ("--lenient",)])
def test_second_build_says_that_another_one_runs_and_removes_nothing(
    built: Path, options: tuple[str, ...]
) -> None:
    assert running.begin(built)  # this process, which lives
    before = {path for path in built.rglob("*") if "_ext" not in path.parts}
    done = command(built, *options)
    assert done.returncode == 1
    assert f"another build of this checkout is running, as process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path for path in built.rglob("*") if "_ext" not in path.parts} == before
    running.end(built)
    assert command(built, "--clean").returncode == 0
    assert not (built / running.MARK).exists()


@pytest.mark.parametrize("mark", ["", "x", "{dead} 1.0", "{alive} 1.0", "-1 2", "9" * 30 + " 1"])
def test_mark_of_a_process_that_has_ended_is_nobodys(built: Path, mark: str) -> None:
    """A number that another process has today is no sign either."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    write(built, running.MARK, mark.format(dead=dead.pid, alive=psutil.Process().ppid()))
    assert running.begin(built)


def test_who_builds_for_another_process_finds_its_mark(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = psutil.Process().ppid()
    monkeypatch.setenv(running.HOLDER, str(parent))
    assert running.begin(built)
    assert not running.begin(built)
    monkeypatch.delenv(running.HOLDER)
    with pytest.raises(running.RefusedError, match=f"process {parent};"):
        running.begin(built)


def test_checkout_that_cannot_be_written_is_refused_in_words(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", read_only)
    with pytest.raises(running.RefusedError, match="its checkout, which must be writable"):
        running.begin(built)
