"""What holds for the files around the book: tasks, pins, workflows, README, and stale results."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import fresh
import pytest
import reach
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rnnbook

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GUIDES = ("README.md", "CONTRIBUTING.md")


def tracked() -> dict[Path, str]:
    """Return every tracked text file below the root, with its text."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    assert listing.returncode == 0, (
        f"needs a git clone to know the project's files: {listing.stderr}"
    )
    texts = {}
    for name in filter(None, listing.stdout.split("\0")):
        try:
            texts[Path(name)] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; a file deleted just now
            continue
    return texts


def sessions() -> set[str]:
    """Return the names of all nox sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if any("session" in ast.unparse(d) for d in f.decorator_list)}


def called(text: str) -> set[str]:
    """Return the nox sessions that the commands in ``text`` call."""
    calls = re.findall(r"nox\"? -s ([a-z ]+)", text)
    return {name for call in calls for name in call.split() if name not in {"and", "is"}}


# -- tasks --------------------------------------------------------------------------------------


def test_all_tasks_exist() -> None:
    expected = "docs tests doctest lint types site downloads serve quick linkcheck calibrate"
    assert set(expected.split()) <= sessions()


@pytest.mark.parametrize("name", [*GUIDES, ".ci/run", ".readthedocs.yaml"])
def test_commands_call_sessions_that_exist(name: str) -> None:
    commands = called((ROOT / name).read_text(encoding="utf-8"))
    assert commands
    assert commands <= sessions()


def test_ci_runs_every_check() -> None:
    checks = ["lint", "types", "docs", "tests", "doctest", "site", "downloads"]
    called = re.findall(
        r'^run \w+ "\$nox"(?: --stop-on-first-error)? -s ([\w ]+)',
        (ROOT / ".ci/run").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert " ".join(called).split() == checks


def test_ci_script_is_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)


# -- workflows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_calls_sessions_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["jobs"]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all("run" in step or "uses" in step for step in job["steps"])
    assert called(text)
    assert called(text) <= sessions()


def test_workflows_cover_all_supported_pythons() -> None:
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    classifiers = PROJECT["project"]["classifiers"]
    supported = [c.split()[-1] for c in classifiers if re.search(r"Python :: 3\.\d+$", c)]
    assert ci["jobs"]["check"]["strategy"]["matrix"]["python"] == supported
    assert PROJECT["project"]["requires-python"] == f">={supported[0]}"
    ran = {step.get("run", "").removesuffix(" -- clean") for step in ci["jobs"]["check"]["steps"]}
    assert {f"nox -s {name}" for name in ("lint", "types", "tests", "docs", "doctest")} <= ran


def test_weekly_build_takes_the_newest_dependencies() -> None:
    newest = yaml.safe_load((ROOT / ".github/workflows/newest.yml").read_text(encoding="utf-8"))
    assert newest[True]["schedule"]  # YAML reads the key "on" as a truth value
    assert newest["env"]["NEWEST"]
    assert 'environ.get("NEWEST")' in (ROOT / "noxfile.py").read_text(encoding="utf-8")


def test_notebooks_open_from_the_branch_that_is_pushed() -> None:
    pages = yaml.safe_load((ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8"))
    steps = pages["jobs"]["deploy"]["steps"]
    build = next(step for step in steps if step.get("run") == "nox -s docs -- clean")
    branch = build["env"]["RNNBOOK_NOTEBOOK_BRANCH"]
    assert steps[-1]["run"].rstrip().endswith(f':refs/heads/{branch}"')


def test_read_the_docs_builds_with_the_same_command() -> None:
    config = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text(encoding="utf-8"))
    assert config["version"] == 2
    assert "nox -s docs -- clean" in config["build"]["commands"]


# -- dependencies -------------------------------------------------------------------------------


def declared() -> list[Requirement]:
    """Return every requirement that pyproject.toml names."""
    project = PROJECT["project"]
    extras = project.get("optional-dependencies", {})
    lists = [project["dependencies"], *extras.values(), *PROJECT["dependency-groups"].values()]
    return [Requirement(text) for lines in lists for text in lines]


def pinned() -> dict[str, str]:
    """Return the pins, by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def test_every_dependency_is_listed_once() -> None:
    counts = Counter(canonicalize_name(requirement.name) for requirement in declared())
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_dependency_is_pinned_within_its_range() -> None:
    pins = pinned()
    for requirement in declared():
        version = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), requirement


def test_pins_name_no_local_build() -> None:
    assert [name for name, version in pinned().items() if "+" in version] == []


# -- what tracked files say ---------------------------------------------------------------------


def test_version_stands_in_one_place() -> None:
    """The scripts of the gallery name it too, since they run alone; they are compared."""
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "rnnbook/__init__.py"
    for path in (ROOT / "gallery").rglob("plot_*.py"):
        named = re.findall(r"rnnbook(?:\[\w+\])?==([\w.]+)", path.read_text(encoding="utf-8"))
        assert named == [rnnbook.__version__], path


# Written in two halves, or this file would be the only one that names what it looks for.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted",
    "download." + "pytorch",
    "npm" + "js",
    "ana" + "conda.org",
)
MACHINE = ("/" + "work/", "/" + "root/", "/" + "home/", "/" + "opt/", "C:" + "\\Users")


@pytest.mark.parametrize("words", [REGISTRIES, MACHINE], ids=["registries", "machine paths"])
def test_tracked_files_do_not_name(words: tuple[str, ...]) -> None:
    found = [
        f"{path}: {word}" for path, text in tracked().items() for word in words if word in text
    ]
    assert found == []


@pytest.mark.parametrize("guide", GUIDES)
def test_guide_names_files_that_exist(guide: str) -> None:
    """A path in code type exists; for the invented topic `countdown`, that of `order`.

    The invented question has none yet.
    """
    text = (ROOT / guide).read_text(encoding="utf-8")
    paths = re.findall(r"`([\w.-]+/[\w./-]+|[\w-]+\.(?:md|toml|txt))`", text)
    paths += re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    assert paths
    for path in paths:
        real = path.replace("countdown", "order").replace("plot_09", "plot_01")
        invented = real.startswith((".nox", "docs/_build")) or "why_" in real
        assert invented or (ROOT / real).exists(), path


@pytest.mark.parametrize(("what", "most"), [("chapter", 10), ("question", 5)])
def test_what_to_do_is_told_in_few_lines(what: str, most: int) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"(?ms)^## Add a {what}$(.*?)^## ", guide)
    assert 0 < len(re.findall(r"^\d+\. ", section, flags=re.MULTILINE)) <= most


def test_changelog_keeps_its_form() -> None:
    """A version heading is bare or dated, and its entries stand under the known headings."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[[\d.]+\] - \d{4}-\d\d-\d\d", version) for version in versions[1:])
    kinds = set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_licences_name_themselves() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "CC-BY-4.0" in (ROOT / "LICENSE-docs").read_text(encoding="utf-8")


# -- results of earlier builds ------------------------------------------------------------------

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
    """Their results are kept while topics change, so they may not use any."""
    for path in (ROOT / "docs").glob("*.md"):
        cells = re.findall(r"(?ms)^```\{code-cell\}.*?^```", path.read_text(encoding="utf-8"))
        assert not any("rnnbook" in cell for cell in cells), path


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
    assert left(built) == set(MADE) - {"docs/_build/html/index.html"}


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
