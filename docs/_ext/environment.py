"""The environment of a build: only the book's own settings count, wherever and for whom it runs.

The sessions of the project take it as soon as they start, and Sphinx when it reads ``conf.py``, so
that all they start has it: workers of the gallery, kernels of the executed pages, pytest, git.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

#: How variables begin that would change what is built, tested or printed.
FORGOTTEN = (
    *("PYTHON", "IPYTHON", "JUPYTER", "VIRTUALENV", "PIP_"),  # another Python, start-up files
    *("MPLBACKEND", "MATPLOTLIBRC", "SPHINX", "DOCUTILS"),  # the look of figures and pages
    *("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG", "PYTEST_DISABLE", "PY_COLORS"),
    *("HYPOTHESIS", "COV_CORE", "COVERAGE", "MYPY", "RUFF"),  # what is checked, and how
    *("FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES", "TQDM"),  # what is printed
    *("LANG", "LC_", "TZ"),  # words and dates
    *("TORCH", "PYTORCH", "ATEN", "NPY_", "NUMPY", "SKLEARN", "LOKY", "JOBLIB"),  # how numbers
    *("OMP_", "GOMP", "KMP_", "MKL_", "BLIS", "OPENBLAS", "VECLIB", "DNNL", "ONEDNN"),  # come about
    "GIT_",  # another repository, another configuration
)
#: Of these, what says where packages come from and where something may be kept: that is the user's.
KEPT = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE"),
    *("PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER"),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES"),
    *("PIP_DISABLE_PIP_VERSION_CHECK", "JOBLIB_TEMP_FOLDER", "PYTHONPYCACHEPREFIX"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"),
)


def environment(given: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the environment in which the book under ``root`` is built and tested.

    A path for Python's modules that was given stays, behind the book's own: on some machines
    PyTorch comes that way.

    >>> made = environment({"OMP_NUM_THREADS": "8", "PYTHONPATH": "x", "HOME": "y"}, Path("book"))
    >>> made["OMP_NUM_THREADS"], made["PYTHONPATH"].split(os.pathsep)[-1], made["HOME"]
    ('1', 'x', 'y')
    """
    kept = {k: v for k, v in given.items() if k in KEPT or not k.startswith(FORGOTTEN)}
    own = [str(root / "docs" / "_ext"), str(root)]
    more = [p for p in given.get("PYTHONPATH", "").split(os.pathsep) if p and p not in own]
    date = given.get("SOURCE_DATE_EPOCH", "")
    build = root / "docs" / "_build"  # holds the folders of a user who has set nothing
    return kept | {
        "PYTHONPATH": os.pathsep.join([*own, *more]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PIP_USER": "0",
        "IPYTHONDIR": str(build / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_DATA_DIR": str(build / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # a page is executed by the Python that builds
        "DOCUTILSCONFIG": os.devnull,
        "MATPLOTLIBRC": os.devnull,
        "MPLBACKEND": "Agg",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # pyproject.toml names those that are wanted
        "GIT_CEILING_DIRECTORIES": str(root.parent),  # a repository around the book is not its own
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",  # the checkout may belong to somebody else
        "GIT_CONFIG_VALUE_0": "*",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",  # the number of threads changes the last digits of a sum
        "SOURCE_DATE_EPOCH": date
        if date.isdecimal()
        else "1767225600",  # 2026-01-01: files carry it
    }


def take(root: Path) -> None:
    """Make it the environment of this process and of all that it starts."""
    made = environment(os.environ, root)
    os.environ.clear()
    os.environ.update(made)
    os.umask(0o022)  # whatever is built can be read by everybody
