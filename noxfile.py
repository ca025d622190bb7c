"""The project's tasks: ``nox -s docs`` builds the book, ``nox -s tests`` tests it.

All sessions share one virtual environment, ``.nox/env``, made by the session ``env``, which each
of the others requires. It is installed again only when pyproject.toml or constraints.txt changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "docs"]

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import environment  # noqa: E402  # from the folder above: nox has no package of ours

HTML = Path("docs/_build/html")
ALONG = Path("docs/_build/along")  # the book to take along
DOCTREES = Path("docs/_build/doctrees")
RUNS = Path("docs/_build/runs")  # what the experiments measured, a file for each seed
RECORDS = Path("docs/_build/claims")  # what the claims showed
TWO = ("-n", "2", "--dist", "loadfile")
PROJECT = nox.project.load_toml("pyproject.toml")
GROUPS = ("docs", "lint", "site", "test", "types")

# Set NEWEST=1 to install the newest dependencies instead of the tested ones.
PINS = () if os.environ.get("NEWEST") else ("-c", "constraints.txt")


def last_change() -> str:
    """Return the time of the last commit, so that two builds of one state are equal."""
    try:
        log = ["git", "log", "-1", "--format=%ct"]
        return subprocess.run(log, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


# The environment of everything that a session starts.
dated = os.environ.get("SOURCE_DATE_EPOCH")
environment.take(ROOT)
if not dated and (date := last_change()):
    os.environ["SOURCE_DATE_EPOCH"] = date
os.environ["BOOK_BUILD_HOLDER"] = str(os.getpid())  # for whom fresh.py and Sphinx build
JOBS = "2"  # chapters run, and pages are laid out, two at a time, each on one thread
PYTEST = ("-m", "pytest", "-c", "pyproject.toml")  # whatever other settings lie around


def python(
    session: nox.Session, *arguments: object, passes: tuple[int, ...] = (0,), **settings: str
) -> None:
    """Run the shared Python with ``arguments``; ``settings`` are variables of its environment."""
    scripts = session.cache_dir.parent / "env" / ("Scripts" if os.name == "nt" else "bin")
    path = os.pathsep.join((str(scripts), os.environ["PATH"]))
    session.run(
        str(scripts / "python"),
        *map(str, arguments),
        env={"RNNBOOK_JOBS": JOBS, "PATH": path, **settings},
        external=True,
        success_codes=passes,
    )


def sphinx(session: nox.Session, builder: str, target: object, *options: str) -> None:
    """Run one Sphinx builder over ``docs`` on the book's own doctrees."""
    jobs = ("-j", JOBS)
    build = ("-m", "sphinx", "-b", builder, *jobs, "-d", DOCTREES, *options, "docs", target)
    shared = {"RNNBOOK_RUNS": str(ROOT / RUNS), "RNNBOOK_CLAIMS": str(ROOT / RECORDS)}
    python(session, *build, **shared)


def judge(session: nox.Session) -> None:
    """Judge the claims whose record is not current; a claim that fails shows on its page."""
    files = (RECORDS / "to_judge").read_text(encoding="utf-8").split()
    timed = [name for name in files if "clocked=True" in Path(name).read_text(encoding="utf-8")]
    others = [name for name in files if name not in timed]
    for names, workers in ((others, TWO), (timed, ())):  # what takes times runs alone
        if names:
            shared = ("--runs", RUNS, "--record", RECORDS)
            python(session, *PYTEST, "-q", *workers, *names, *shared, passes=(0, 1))


@nox.session
def env(session: nox.Session) -> None:
    """Make the environment that all other sessions share."""
    wanted = hashlib.sha256(sys.version.encode() + " ".join(PINS).encode())
    for name in ("pyproject.toml", "constraints.txt", "rnnbook/__init__.py"):
        wanted.update(Path(name).read_bytes())
    stamp = Path(session.virtualenv.location, "installed.sha256")
    if stamp.exists() and stamp.read_text() == wanted.hexdigest():
        session.log("the environment is up to date")
        return
    stamp.unlink(missing_ok=True)
    groups = nox.project.dependency_groups(PROJECT, *GROUPS)
    pip = ("python", "-m", "pip", "install", *PINS)
    if session.run_install(*pip, "--editable", ".[data]", *groups):  # nothing under --no-install
        stamp.write_text(wanted.hexdigest())


@nox.session(venv_backend="none", requires=["env"])
def docs(session: nox.Session) -> None:
    """Build the whole book, every example run; ``-- clean`` forgets all earlier results first."""
    clean = {"clean", "--clean"} & set(session.posargs)
    python(session, "docs/_ext/fresh.py", "--hold", *(["--clean"] if clean else []))
    try:
        unfinished = Path("docs/_build/unfinished")  # fresh.py puts it there if a build is needed
        if unfinished.exists():
            judge(session)
            sphinx(session, "html", HTML, "-n", "-W", "--keep-going")
            unfinished.unlink()
        python(session, "docs/_ext/edition.py", HTML)
    finally:
        Path("docs/_build/running").unlink(missing_ok=True)  # others may build
    session.log(f"The book is built. Open {(ROOT / HTML / 'index.html').as_uri()}")


@nox.session(venv_backend="none", requires=["env"])
def tests(session: nox.Session) -> None:
    """Run the unit tests, the book's tests, every claim, and the package's doctests."""
    if session.posargs:
        python(session, *PYTEST, *session.posargs)
        return
    python(session, "docs/_ext/fresh.py", "--runs")
    # The negative control: with training switched off, what is said about learning must fail.
    python(session, *PYTEST, *TWO, "tests/claims", "--no-training", "--runs", RUNS)
    everything = ("--doctest-modules", "rnnbook", "tests/claims", "tests")  # claims: its options
    python(session, *PYTEST, *TWO, *everything, "--runs", RUNS)


@nox.session(venv_backend="none", requires=["env"])
def killed(session: nox.Session) -> None:
    """Kill a small build at ten random moments: the next has to be as good as a clean one."""
    python(session, *PYTEST, "tests/killed", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def calibrate(session: nox.Session) -> None:
    """Judge claims on 60 seeds that nobody chose; ``-- TOPIC…`` names some topics, none all.

    After a change below the experiments, ``-- --compare`` asks three seeds whether anything moved.
    """
    python(session, "docs/_ext/fresh.py", "--runs")
    runs = str(ROOT / RUNS)
    python(session, "docs/_ext/calibrate.py", *session.posargs, RNNBOOK_RUNS=runs)


@nox.session(venv_backend="none", requires=["docs"])
def doctest(session: nox.Session) -> None:
    """Check every example of the built book: the reference shows those of the package.

    ``nox -s tests`` runs the package's too, with those of its private modules.
    """
    sphinx(session, "doctest", "docs/_build/doctest", "-W", "--keep-going")


@nox.session(venv_backend="none", requires=["env"])
def lint(session: nox.Session) -> None:
    """Check style, order of imports, layout, spelling, and that words are plain."""
    python(session, "-m", "ruff", "check")
    python(session, "-m", "ruff", "format", "--check")
    python(session, "-m", "codespell_lib")
    python(session, "tools/plain.py")


@nox.session(venv_backend="none", requires=["env"])
def types(session: nox.Session) -> None:
    """Check the types of the package, strictly."""
    python(session, "-m", "mypy")


@nox.session(venv_backend="none", requires=["docs"])
def site(session: nox.Session) -> None:
    """Look at every built page in a browser: light, dark, and as wide as a phone."""
    two = ("-n", "2") if not session.posargs else ()
    python(session, *PYTEST, "tests/site", *two, *session.posargs)


@nox.session(venv_backend="none", requires=["docs"])
def lighthouse(session: nox.Session) -> None:
    """Measure how quickly four pages show; needs npm, a Chromium, and a machine that is idle.

    ``-- 1`` measures each page once and not five times.
    """
    folder = session.cache_dir.parent / "lighthouse"
    npm = ("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts")
    session.run(*npm, "lighthouse@12", external=True)
    tool = folder / "node_modules" / ".bin" / "lighthouse"
    python(session, "tools/lighthouse.py", HTML, tool, *session.posargs)


@nox.session(venv_backend="none", requires=["docs"])
def downloads(session: nox.Session) -> None:
    """Run every downloadable script from the zip, as a reader would, and check the notebooks.

    One script of each part trains everything, the others use what the build has trained; with
    ``-- all`` no script does.
    """
    alone = {} if "all" in session.posargs else {"RNNBOOK_RUNS": str(ROOT / RUNS)}
    rest = [word for word in session.posargs if word != "all"]
    python(session, *PYTEST, "tests/downloads", *rest, **alone)


@nox.session(venv_backend="none", requires=["env"])
def quick(session: nox.Session) -> None:
    """Lay out pages and chapters, not the reference, and run nothing: in seconds."""
    target = "docs/_build/quick/html"
    build = ("-m", "sphinx", "-b", "html", "-d", "docs/_build/quick/doctrees", "-D", "nitpicky=0")
    python(session, *build, "docs", target, RNNBOOK_PLOT_GALLERY="0")
    session.log(f"Open {(ROOT / target / 'index.html').as_uri()}")


@nox.session(venv_backend="none", requires=["docs"])
def along(session: nox.Session) -> None:
    """Make what a reader takes along: zip, EPUB and PDF, and the site with its Markdown twins.

    The PDF needs a Chromium.
    """
    shutil.rmtree(ALONG, ignore_errors=True)
    shutil.copytree(HTML, ALONG / "site")
    sphinx(session, "twins", ALONG / "site", "-W", "--keep-going")
    shutil.rmtree(ALONG / "jupyter_execute", ignore_errors=True)  # myst-nb's notebooks
    python(session, "docs/_ext/pack.py", ALONG)
    session.log(f"It lies in {(ROOT / ALONG).as_uri()}")


@nox.session(venv_backend="none", requires=["env"])
def serve(session: nox.Session) -> None:
    """Rebuild the book whenever a file changes, and show it in the browser."""
    generated = ("docs/_build", "docs/chapters", "docs/proofs", "docs/api/generated")
    python(
        session,
        *("-m", "sphinx_autobuild", "-d", DOCTREES, "--open-browser"),
        *("--pre-build", "python docs/_ext/fresh.py --lenient"),
        *("--watch", "rnnbook", "--watch", "gallery", "--watch", "tests/claims"),
        *(word for folder in generated for word in ("--ignore", f"{ROOT / folder}/*")),
        *("docs", HTML, *session.posargs),
    )


@nox.session(venv_backend="none", requires=["docs"])
def linkcheck(session: nox.Session) -> None:
    """Ask every link to another site whether it still answers; needs the internet."""
    sphinx(session, "linkcheck", "docs/_build/linkcheck")


@nox.session(venv_backend="none", requires=["env"])
def mutants(session: nox.Session) -> None:
    """Change the package in 400 places, one at a time, and ask whether its tests notice.

    At most an hour on two cores; ``-- --count 40 text`` tries fewer, or one module.
    """
    # in a folder of its own: the packages of the shared environment are part of what a run was
    tool = session.cache_dir.parent / "mutmut"
    wanted = nox.project.dependency_groups(PROJECT, "mutants")
    python(session, "-m", "pip", "install", "-q", *PINS, "--upgrade", "--target", tool, *wanted)
    python(session, "tools/mutants.py", *session.posargs, PYTHONPATH=str(tool))
