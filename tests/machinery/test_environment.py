"""Each setting of a user that something in a build would pick up, and what becomes of it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import environment
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from rnnbook.figures import style

ROOT = Path(__file__).resolve().parents[2]

SPOILT = {
    "PYTHONSTARTUP": "run in every kernel",
    "PYTHONWARNINGS": "error",
    "PYTHONSAFEPATH": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONHOME": "x",
    "PYTHONINSPECT": "1",
    "JUPYTER_PATH": "x",
    "JUPYTER_CONFIG_DIR": "x",
    "JUPYTER_CONFIG_PATH": "x",
    "SPHINXOPTS": "-n",
    "PYTEST_ADDOPTS": "-x",
    "PYTEST_PLUGINS": "x",
    "COVERAGE_PROCESS_START": "x",
    "GIT_DIR": "x",
    "GIT_WORK_TREE": "x",
    "GIT_INDEX_FILE": "x",
    "LANGUAGE": "de",
    "LC_NUMERIC": "de_DE",
    "TORCH_LOGS": "+all",
    "MKL_NUM_THREADS": "8",
    "OPENBLAS_NUM_THREADS": "8",
    "NPY_DISABLE_CPU_FEATURES": "AVX2",
    "PIP_TARGET": "x",
    "PIP_REQUIRE_HASHES": "1",
    "VIRTUALENV_SYSTEM_SITE_PACKAGES": "1",
    "TQDM_DISABLE": "1",
    "FORCE_COLOR": "1",
    "RUFF_CONFIG": "x",
    "MYPYPATH": "x",
}
FIXED = {
    "PYTHONHASHSEED": ("7", "0"),
    "PYTHONUTF8": ("0", "1"),
    "PYTHONNOUSERSITE": ("", "1"),
    "MATPLOTLIBRC": ("x", os.devnull),
    "MPLBACKEND": ("TkAgg", "Agg"),
    "DOCUTILSCONFIG": ("x", os.devnull),
    "GIT_CONFIG_GLOBAL": ("x", os.devnull),
    "LC_ALL": ("de_DE", "C.UTF-8"),
    "TZ": ("Asia/Tokyo", "UTC"),
    "OMP_NUM_THREADS": ("8", "1"),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ("", "1"),
    "PIP_USER": ("1", "0"),
    "SOURCE_DATE_EPOCH": ("soon", "1767225600"),
}
OWN = {
    "HOME": "x",
    "PATH": "x",
    "TMPDIR": "x",
    "LD_LIBRARY_PATH": "x",
    "HTTPS_PROXY": "x",
    "PIP_INDEX_URL": "x",
    "PIP_CONFIG_FILE": "x",
    "MPLCONFIGDIR": "x",
    "SOURCE_DATE_EPOCH": "86400",
    "RNNBOOK_BASEURL": "x",
    "READTHEDOCS_CANONICAL_URL": "x",
    "PYTEST_CURRENT_TEST": "x",
}


@pytest.mark.parametrize("name", SPOILT)
def test_setting_of_a_user_does_not_count(name: str) -> None:
    assert name not in environment.environment({name: SPOILT[name]}, ROOT)


@pytest.mark.parametrize("name", FIXED)
def test_setting_is_the_books_own(name: str) -> None:
    given, wanted = FIXED[name]
    assert environment.environment({name: given}, ROOT)[name] == wanted
    assert environment.environment({}, ROOT)[name] == wanted


@pytest.mark.parametrize("name", OWN)
def test_what_says_where_things_are_stays_the_users(name: str) -> None:
    assert environment.environment({name: OWN[name]}, ROOT)[name] == OWN[name]


def test_path_of_modules_is_kept_behind_the_books_own_and_does_not_grow() -> None:
    once = environment.environment({"PYTHONPATH": os.pathsep.join(("", "/x", ""))}, ROOT)
    own = [str(ROOT / "docs" / "_ext"), str(ROOT)]
    assert once["PYTHONPATH"].split(os.pathsep) == [*own, "/x"]
    assert environment.environment(once, ROOT) == once


def test_sphinx_and_the_sessions_take_it_before_anything_else() -> None:
    for name in ("docs/conf.py", "noxfile.py"):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        assert "environment.take(ROOT)" in [ast.unparse(statement) for statement in tree.body], name


def python(*arguments: object, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the environment that a user's becomes."""
    made = environment.environment(os.environ | settings, ROOT)
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=made, capture_output=True, encoding="utf-8")


def test_python_without_checks_and_docstrings_builds_nothing() -> None:
    code = "import runpy; runpy.run_path('docs/conf.py')"
    done = python("-OO", "-c", code, cwd=ROOT)
    assert done.returncode != 0
    assert "unset PYTHONOPTIMIZE" in done.stderr


def test_pytest_reads_no_settings_but_those_of_the_project(tmp_path: Path) -> None:
    """Not those of a folder above, nor a file beside them that would come first."""
    book = tmp_path / "book"
    (book / "tests").mkdir(parents=True)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (book / "pyproject.toml").write_text(settings, encoding="utf-8")
    (book / "tests" / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    for folder in (tmp_path, book):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    plugin = tmp_path / "modules" / "mine-1.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    (plugin / "entry_points.txt").write_text("[pytest11]\nmine = no_such_module\n")
    done = python(
        *("-m", "pytest", "-c", "pyproject.toml", "-q", "-n", "1"),
        cwd=book,
        PYTHONPATH=str(plugin.parent),
        PYTEST_ADDOPTS="--no-such-option",
        PYTEST_PLUGINS="no_such_module",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def git(folder: Path, *arguments: str) -> str:
    """Ask git in the environment that the book under ``folder`` has."""
    made = environment.environment(os.environ, folder)
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=made, capture_output=True, encoding="utf-8"
    )
    return done.stdout


def test_repository_around_the_book_is_not_its_own(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "book").mkdir()
    assert git(tmp_path, "rev-parse", "--git-dir").strip() == ".git"
    assert git(tmp_path / "book", "rev-parse", "--git-dir") == ""


def test_figure_of_the_book_knows_nothing_of_other_settings() -> None:
    @style.styled
    def draw() -> plt.Figure:
        fig, ax = style.figure("wide")
        ax.plot([1, 2], label="line")
        ax.set_title("A title")
        ax.legend()
        return style.describe(fig, "A line that rises from one to two in one step.")

    wanted = draw()
    mine = {"text.usetex": True, "figure.autolayout": True, "axes.titlesize": 40}
    with mpl.rc_context(mine | {"lines.linestyle": "--", "axes.prop_cycle": "cycler(color=['r'])"}):
        drawn = draw()
        assert mpl.rcParams["text.usetex"]  # they hold again once it is drawn
        drawn.draw_without_rendering()
    for fig in (wanted, drawn):
        (line,) = fig.axes[0].lines
        assert (line.get_linestyle(), to_hex(line.get_color())) == ("-", "#1f77b4")
        assert fig.axes[0].title.get_size() == style.RC["axes.titlesize"]
        assert type(fig.get_layout_engine()).__name__ == "ConstrainedLayoutEngine"
        assert not any(text.get_usetex() for text in fig.findobj(mpl.text.Text))
    plt.close("all")
