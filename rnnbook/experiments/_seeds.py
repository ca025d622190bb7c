"""The one loop over seeds: an experiment runs once for each, and what came out is joined by name.

A build may name a store, a folder, in the variable ``RNNBOOK_RUNS``. Then the result of each seed
is kept there, so that a chapter, its claims and other callers share one run of it. The file
``digests.json`` in the store says by which digest of its code a function's results are current; it
is written by the build. Where no store is named, as in a reader's own session, nothing is kept.
"""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from tqdm import tqdm

#: Of one seed a number or an array; over seeds an array, the seed first.
Measured: TypeAlias = Any

#: The variable of the environment that names the store.
STORE = "RNNBOOK_RUNS"

Result = TypeVar("Result")

_spared = 0.0


def over_seeds(one: Callable[[int], Result], seeds: Sequence[int]) -> Result:
    """Run ``one`` on every seed and join the results, field by field and key by key.

    Parameters
    ----------
    one : callable
        Called as ``one(seed)``; returns a NamedTuple, the same keys for every seed. A field is a
        number, an array, a dict of either by name, or anything else. What was not run is NaN, and
        its keys stand in the field ``not_run``.
    seeds : sequence of int
        Different seeds, at least one.

    Returns
    -------
    NamedTuple
        Of the type that ``one`` returns: numbers and arrays are stacked, the seed first; dicts
        keep their keys; ``not_run`` stays as it is; anything else becomes a tuple.

    Raises
    ------
    ValueError
        If there is no seed or one twice, or the seeds disagree about keys or shapes.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> from rnnbook.experiments._seeds import Measured, over_seeds
    >>> class Result(NamedTuple):
    ...     error: dict[str, Measured]
    >>> def one(seed: int) -> Result:
    ...     return Result(error={"plain": seed / 2, "gated": 0.0})
    >>> over_seeds(one, (1, 2, 3)).error["plain"].tolist()
    [0.5, 1.0, 1.5]
    """
    if not len(seeds) or len(set(seeds)) < len(seeds):
        raise ValueError(f"over_seeds: expected different seeds, at least one, got {tuple(seeds)}")
    shown = None if len(seeds) > 1 else True  # None: only where a person watches
    bar = tqdm(seeds, desc=one.__module__.rpartition(".")[2], leave=False, disable=shown)
    joined: Result = _joined(one.__name__, [_run(one, int(seed)) for seed in bar])
    return joined


def seconds_spared() -> float:
    """Return how much processor time the runs taken from the store have spared this process."""
    return _spared


def _joined(name: str, values: list[Any]) -> Any:
    """Join what the seeds say of one field."""
    first = values[0]
    if name.endswith(".not_run"):
        if any(value != first for value in values):
            raise ValueError(f"over_seeds: {name} is not the same for every seed")
        return first
    if isinstance(first, dict):
        if any(value.keys() != first.keys() for value in values):
            raise ValueError(f"over_seeds: the keys of {name} are not the same for every seed")
        return {key: _joined(f"{name}[{key!r}]", [value[key] for value in values]) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        parts = zip(first._fields, zip(*values, strict=True), strict=True)
        return type(first)(*(_joined(f"{name}.{field}", list(part)) for field, part in parts))
    if isinstance(first, bool | int | float | np.generic | np.ndarray):
        shapes = {np.shape(value) for value in values}
        if len(shapes) > 1:
            raise ValueError(f"over_seeds: the shapes of {name} differ between seeds: {shapes}")
        return np.stack([np.asarray(value) for value in values])
    return tuple(values)


def _run(one: Callable[[int], Result], seed: int) -> Result:
    """Return ``one(seed)``, from the store if one is named and holds it."""
    folder = os.environ.get(STORE)
    digest = _digests(Path(folder)).get(f"{one.__module__}.{one.__qualname__}") if folder else None
    if not folder or digest is None:
        return one(seed)
    from filelock import FileLock  # PyTorch brings it; only a build needs it

    path = Path(folder) / f"{one.__module__.rpartition('.')[2]}.{one.__name__}"
    path.mkdir(parents=True, exist_ok=True)
    path /= f"{seed}-{digest}.pickle"
    kept = _kept(path)
    if kept is None:
        with FileLock(path.with_suffix(".lock")):  # released when its process ends, however it ends
            kept = _kept(path)  # another process may have run it in the meantime
            if kept is None:
                start = time.process_time()
                fresh = one(seed)
                _keep(path, (fresh, time.process_time() - start))
                return fresh
    global _spared
    result: Result
    result, seconds = kept
    _spared += seconds
    return result


def _digests(folder: Path) -> dict[str, str]:
    path = folder / "digests.json"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {}


@cache
def _read(path: Path, changed: int) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["functions"]
    return found


def _kept(path: Path) -> tuple[Any, float] | None:
    """Return the result kept at ``path`` and its seconds; None if it is not there or damaged."""
    try:
        with path.open("rb") as file:
            result, seconds = pickle.load(file)
            return result, float(seconds)
    except Exception:  # whatever a damaged pickle raises, the run is simply done once more
        return None


def _keep(path: Path, content: tuple[Any, float]) -> None:
    """Write under another name first: a file that is there is whole."""
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        pickle.dump(content, file)
    unfinished.replace(path)
