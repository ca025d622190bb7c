"""What the built site offers, used as a reader would: nothing of the working tree takes part.

Only ``nox -s downloads`` collects this file. It unpacks the zip of the built site, makes an
environment from the wheel in it by the commands of the README in it, runs every script in an empty
folder, and executes one notebook of each part, two at a time. Scripts that do not ask for the
package's data run first, in an environment without the packages that the data need, so that one
that needs them and does not say so fails; then these are added, and the others run. The first
script of each part trains what it shows; the others, and the notebooks, which repeat those, may
take from the store of the build what it has trained already, unless the session was told ``all``.
The dependencies come from where pip finds them, with the versions of ``constraints.txt``.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import moved
import pytest
from book import metadata
from downloads import FOLDER, ZIP
from reading import code_cells_equal

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("RNNBOOK_SITE", ROOT / "docs" / "_build" / "html")) / FOLDER
COPIES = {f"{old}.py" for old in moved.downloads()}  # of what moved, under the old name
OFFERED = {path.relative_to(SITE).as_posix() for path in SITE.glob("*/plot_*.py")}
SCRIPTS = sorted(OFFERED - COPIES)
FIRST = {name.split("/")[0]: name for name in reversed(SCRIPTS)}  # the first of each part
NOTEBOOKS = [str(Path(name).with_suffix(".ipynb")) for name in FIRST.values()]
DATA = "[data]"  # how a script asks for what its data need
STORE = os.environ.get("RNNBOOK_RUNS")  # what the build has trained; none if all is to be trained
TIME_LIMIT = 300
PIP = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt"), "PIP_QUIET": "1", "PIP_COMPILE": "0"}
EXECUTE = """
import sys

import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=".")
"""


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the zip of all chapters."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(SITE / ZIP) as archive:
        archive.extractall(folder)
    return folder / Path(ZIP).stem


def commands(unpacked: Path) -> list[list[str]]:
    """Return the commands of the README of the zip that need nothing but Python."""
    lines = (unpacked / "README.txt").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("With nothing but Python"))
    return [shlex.split(line) for line in lines[start:] if line.startswith("    ")]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What a reader's shell has; the working tree is on no path."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RNNBOOK"))}
    return kept | {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


class Pythons(NamedTuple):
    """Two environments: that of the scripts, and one that runs notebooks and sees the other."""

    scripts: Path
    notebooks: Path


@pytest.fixture(scope="session")
def pythons(
    unpacked: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Pythons:
    """Make both at once: the first in the unpacked folder, by the commands that its README gives.

    What only the data need is left out, and comes later. Modules are compiled when they are first
    imported, since most never are.
    """
    make, install, *_ = commands(unpacked)
    install = [word.replace(DATA, "") for word in install]
    home = tmp_path_factory.mktemp("notebooks")
    python = Path(install[0])
    kernel = home / python.relative_to(python.parents[1])
    chains: tuple[list[list[str]], ...] = (
        [[sys.executable, *make[1:]], install],
        [
            [sys.executable, "-m", "venv", str(home)],
            [str(kernel), "-m", "pip", "install", "ipykernel", "nbclient"],
        ],
    )

    def follow(chain: list[list[str]]) -> None:
        for command in chain:
            subprocess.run(command, check=True, cwd=unpacked, env=environment | PIP)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(follow, chains))
    made = Pythons(unpacked / python, kernel)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs, ours = (
        subprocess.check_output([one, "-c", where], text=True, env=environment).strip()
        for one in made
    )
    (Path(ours) / "scripts.pth").write_text(theirs + "\n")
    return made


def run(command: list[object], folder: Path, environment: dict[str, str]) -> str:
    """Run a command in a folder; return what it printed, fail with what it said."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def asks_for_data(name: str) -> bool:
    """Say whether a script, or the script of a notebook, asks for what its data need."""
    script = (SITE / name).with_suffix(".py").read_text(encoding="utf-8")
    return DATA in metadata(script)["dependencies"][0]


@pytest.fixture(scope="session")
def runs(
    request: pytest.FixtureRequest,
    pythons: Pythons,
    unpacked: Path,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[str]]]:
    """Run what the chosen tests will ask for, two at a time, each in an empty folder."""
    items = [i for i in request.session.items if isinstance(i, pytest.Function)]
    asked = [i.callspec.params["name"] for i in items if "runs" in i.fixturenames]
    stored = environment | ({"RNNBOOK_RUNS": STORE} if STORE else {})

    def execute(name: str, after: Future[None] | None = None) -> str:
        if after is not None:
            after.result()
        script = name.endswith(".py")
        command = [pythons.scripts] if script else [pythons.notebooks, "-c", EXECUTE]
        settings = environment if name in FIRST.values() else stored
        return run([*command, SITE / name], tmp_path_factory.mktemp("empty"), settings)

    def add_data(after: list[Future[str]]) -> None:
        wait(after)  # whether they ran well or not
        subprocess.run(commands(unpacked)[1], check=True, cwd=unpacked, env=environment | PIP)

    # The pool starts what it is given in this order, so nobody waits for what cannot start.
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = {n: pool.submit(execute, n) for n in asked if not asks_for_data(n)}
        data = pool.submit(add_data, [*found.values()])
        found |= {n: pool.submit(execute, n, data) for n in asked if asks_for_data(n)}
        yield found
        pool.shutdown(cancel_futures=True)


def test_the_site_offers_chapters() -> None:
    assert SCRIPTS, f"no scripts in {SITE}: build the book first (nox -s docs)"
    gallery = {p.relative_to(ROOT / "gallery").as_posix() for p in ROOT.glob("gallery/*/plot_*.py")}
    assert set(SCRIPTS) == gallery
    assert COPIES <= OFFERED


def test_the_package_is_the_one_in_the_zip(
    pythons: Pythons, unpacked: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    code = "import rnnbook; print(rnnbook.__file__); print(rnnbook.__version__)"
    place, version = run([pythons.scripts, "-c", code], tmp_path, environment).split()
    assert Path(place).is_relative_to(pythons.scripts.parents[1])
    (wheel,) = unpacked.glob("*.whl")
    assert wheel.name.startswith(f"rnnbook-{version}-")
    assert wheel.read_bytes() == (SITE / wheel.name).read_bytes()


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_and_notebook_are_those_of_the_zip(name: str, unpacked: Path) -> None:
    for path in (Path(name), Path(name).with_suffix(".ipynb")):
        here, packed = SITE / path, unpacked / path
        assert (
            hashlib.sha256(here.read_bytes()).digest()
            == hashlib.sha256(packed.read_bytes()).digest()
        )


@pytest.mark.parametrize("name", SCRIPTS)
def test_notebook_has_the_code_of_its_script(name: str) -> None:
    notebook = SITE / Path(name).with_suffix(".ipynb")
    assert code_cells_equal(SITE / name, notebook)
    assert json.loads(notebook.read_text("utf-8"))["nbformat"] == 4


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_runs_in_an_empty_folder(name: str, runs: dict[str, Future[str]]) -> None:
    runs[name].result()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_one_notebook_of_each_part_runs(name: str, runs: dict[str, Future[str]]) -> None:
    runs[name].result()
