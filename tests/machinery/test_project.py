"""What holds for the files around the book: tasks, pins, workflows, README."""

import ast
import os
import re
import subprocess
import tomllib
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import environment
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rnnbook

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GUIDES = ("README.md", "CONTRIBUTING.md")


def tracked() -> dict[Path, str]:
    """Return every text file of the project, with its text."""
    if (ROOT / ".git").exists():
        made = environment.environment(os.environ, ROOT)
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, env=made, check=True, capture_output=True
        )
        names = listing.stdout.decode().split("\0")
    else:  # an archive: what lies in it is the project
        names = present(ROOT)
    texts = {}
    for name in filter(None, names):
        try:
            texts[Path(name)] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; a file deleted just now
            continue
    return texts


def present(root: Path) -> list[str]:
    """Return the names of all files below a folder, but for what its ``.gitignore`` names."""
    ignored = [line.rstrip("/") for line in (root / ".gitignore").read_text("utf-8").splitlines()]
    found = []
    for path in root.rglob("*"):
        name = path.relative_to(root)
        above = [name, *name.parents][:-1]
        out = any(fnmatch(p.as_posix(), i) or fnmatch(p.name, i) for p in above for i in ignored)
        if path.is_file() and not out and name.parts[0] != ".git":
            found.append(name.as_posix())
    return found


def test_without_git_the_folder_says_what_belongs_to_the_project(tmp_path: Path) -> None:
    names = ["README.md", "docs/conf.py", "docs/_build/html/x", "a/__pycache__/x.pyc", ".nox/x/y"]
    for name in (*names, ".git/config", "x.egg-info/PKG"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    assert sorted(present(tmp_path)) == [".gitignore", "README.md", "docs/conf.py"]
    assert {path.as_posix() for path in tracked()} <= {*present(ROOT)}


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


def test_site_that_passed_is_the_one_that_is_published() -> None:
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    checked, publish = ci["jobs"]["everything"], ci["jobs"]["publish"]
    ran = [step.get("run") or step["uses"].partition("@")[0] for step in checked["steps"]]
    assert ran.index("bash .ci/run") < ran.index("actions/upload-artifact")
    kept, taken = checked["steps"][-1]["with"], publish["steps"][1]["with"]
    assert kept["path"] == "docs/_build/html"
    assert kept["name"] == taken["name"]
    assert set(publish["needs"]) == {"check", "everything"}
    # Colab opens the notebooks from the branch that is pushed
    branch = checked["env"]["RNNBOOK_NOTEBOOK_BRANCH"]
    assert publish["steps"][-1]["run"].rstrip().endswith(f':refs/heads/{branch}"')


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
    assert kinds <= {"Added", "Changed", "Corrected", "Deprecated", "Removed", "Fixed", "Security"}


def test_licences_name_themselves() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "CC-BY-4.0" in (ROOT / "LICENSE-docs").read_text(encoding="utf-8")
