"""Processor time of several calls that take turns, for experiments that compare them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)


def medians(
    calls: Mapping[Name, Callable[[], object]], turns: int, repeats: int = 1, rounds: int = 2
) -> dict[Name, float]:
    """Return processor seconds of each call, by name: of this machine, and of this moment.

    The calls take turns, each turn in another order, so that a machine that is busy for a while is
    busy for all of them, and no call always comes after the one that leaves the most behind. The
    median of the turns counts. All of it is done in several rounds, of which the lowest median
    counts: a round that other work has slowed down is judged again.

    Parameters
    ----------
    calls : mapping of callable
        What is timed, by name. Before each turn it is called once.
    turns : int
        Turns of a round.
    repeats : int
        Calls of a turn, one after another.
    rounds : int
        How often it is done.

    Returns
    -------
    dict of float
        Seconds of one call.

    Examples
    --------
    >>> from rnnbook.experiments._clock import medians
    >>> calls = {size: lambda size=size: sum(range(size)) for size in (10, 9999)}
    >>> taken = medians(calls, turns=5)
    >>> taken[10] < taken[9999]
    True
    """
    found: dict[Name, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        taken: dict[Name, list[float]] = {name: [] for name in calls}
        for turn in range(turns):
            for name in random.Random(turn).sample(list(calls), len(calls)):
                call = calls[name]
                call()  # what the call before it has left in the machine's caches is not its own
                start = time.process_time()
                for _ in range(repeats):
                    call()
                taken[name].append((time.process_time() - start) / repeats)
        for name, seconds in taken.items():
            found[name].append(float(np.median(seconds)))
    return {name: min(each) for name, each in found.items()}
