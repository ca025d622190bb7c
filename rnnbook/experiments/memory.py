"""What can be read back from the state of a recurrent network, trained and untrained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from rnnbook.models import SimpleRNN
from rnnbook.tasks.echo import Echo
from rnnbook.training import fit

TASK = Echo(symbols=8, lag=3, length=12)
SIZES = (16, 32, 64)
#: How many steps ago a symbol was read; 0 is the one just read.
DISTANCES = tuple(range(11))
#: Symbols in a sequence that is probed, and sequences to fit a probe on and as many to judge it.
READ, HALF = 20, 1000

Array = NDArray[np.float64]


class Result(NamedTuple):
    """What probes read from final states; the first axis of each array is the seed.

    ``accuracy`` is (seed, network, size, distance), with the untrained network first, the trained
    one second. ``future`` is (seed, network, size, half): probes for a symbol that has not been
    read yet, on the half they were fitted to and on the other one. ``moved`` is (seed, network,
    size): how far one step moves the state, as a share of its length. ``later`` is (seed, network,
    size): how often the probe for the symbol just read still finds it one step later. ``answers``
    is (seed, size): the trained network's own accuracy. ``erased`` is (seed, distance): that of the
    largest trained network when the symbol at a distance has been erased from its state.
    """

    sizes: tuple[int, ...]
    distances: tuple[int, ...]
    chance: float
    lag: int
    accuracy: Array
    future: Array
    moved: Array
    later: Array
    answers: Array
    erased: Array


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train a network of every size and probe it before and after.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights, the training sequences and the probed ones.
    """
    shape = (len(seeds), 2, len(SIZES))
    accuracy = np.zeros((*shape, len(DISTANCES)))
    future, moved, later = np.zeros((*shape, 2)), np.zeros(shape), np.zeros(shape)
    answers, erased = np.zeros((len(seeds), len(SIZES))), np.zeros((len(seeds), len(DISTANCES)))
    for i, seed in enumerate(seeds):
        symbols = sequences(seed)
        for k, size in enumerate(SIZES):
            for j, model in enumerate((untrained(size, seed), trained(size, seed))):
                states = final_states(model, symbols)
                for d in DISTANCES:
                    read = read_back(states, symbols, d)
                    accuracy[i, j, k, d] = read.on_others
                    if d == 0:
                        later[i, j, k] = judge(read.probe, states, symbols, 1)
                unread = read_back(states, symbols, -1)
                future[i, j, k] = unread.on_its_own, unread.on_others
                moved[i, j, k] = step_length(model, symbols)
            answers[i, k] = answered(model, states, symbols)
        for d in DISTANCES:
            erased[i, d] = answered(model, erase(states, symbols, d), symbols)
    return Result(
        SIZES,
        DISTANCES,
        TASK.baseline,
        TASK.lag,
        accuracy,
        future,
        moved,
        later,
        answers,
        erased,
    )


def untrained(size: int, seed: int) -> SimpleRNN:
    """Return a network of ``size`` units as PyTorch initialises it."""
    torch.manual_seed(seed)
    return SimpleRNN(TASK.symbols, size, TASK.symbols)


def trained(size: int, seed: int) -> SimpleRNN:
    """Return the network that starts as ``untrained`` does and has learned to echo."""
    model = untrained(size, seed)
    fit(model, TASK, steps=600, seed=seed, learning_rate=5e-3, until=0.05)
    return model


def sequences(seed: int) -> NDArray[np.int64]:
    """Return symbols to probe with, (2 * HALF, READ + 1); the last one is not read."""
    generator = torch.Generator().manual_seed(seed + 10_000)
    ids = torch.randint(TASK.symbols, (2 * HALF, READ + 1), generator=generator)
    symbols: NDArray[np.int64] = ids.numpy()
    return symbols


def all_states(model: SimpleRNN, symbols: NDArray[np.int64]) -> Tensor:
    """Return the states after each symbol but the last, (sequences, READ, hidden_size)."""
    xs = torch.eye(TASK.symbols)[torch.from_numpy(symbols[:, :-1])]
    with torch.no_grad():
        states: Tensor = model.rnn(xs)[0]
    return states


def final_states(model: SimpleRNN, symbols: NDArray[np.int64]) -> Array:
    """Return the state after ``READ`` symbols, (sequences, hidden_size)."""
    return all_states(model, symbols)[:, -1].double().numpy()


class Probe(NamedTuple):
    """A linear classifier of states, behind a change of coordinates that is linear too."""

    coordinates: PCA
    classifier: LogisticRegression


class Reading(NamedTuple):
    """A probe and how often it is right, on the states it was fitted to and on others."""

    probe: Probe
    on_its_own: float
    on_others: float


def read_back(states: Array, symbols: NDArray[np.int64], distance: int) -> Reading:
    """Fit a probe on the first half of the states and judge it on both halves.

    Parameters
    ----------
    states : ndarray
        (sequences, hidden_size).
    symbols : ndarray
        (sequences, READ + 1): what was read, and one symbol more.
    distance : int
        How many steps ago the symbol was read; -1 asks for the one that comes next.
    """
    wanted = symbols[:, READ - 1 - distance]
    # Directions in which the states hardly differ become as long as all others.
    coordinates = PCA(whiten=True).fit(states[:HALF])
    classifier = LogisticRegression(max_iter=50, tol=1e-3)
    classifier.fit(coordinates.transform(states[:HALF]), wanted[:HALF])
    probe = Probe(coordinates, classifier)
    return Reading(
        probe,
        judge(probe, states, symbols, distance, slice(HALF)),
        judge(probe, states, symbols, distance),
    )


def judge(
    probe: Probe,
    states: Array,
    symbols: NDArray[np.int64],
    distance: int,
    which: slice = slice(HALF, None),
) -> float:
    """Return how often ``probe`` names the symbol at ``distance``, on the second half."""
    x = probe.coordinates.transform(states[which])
    return float(probe.classifier.score(x, symbols[which, READ - 1 - distance]))


def erase(states: Array, symbols: NDArray[np.int64], distance: int) -> Array:
    """Return the states without what a linear probe could tell of the symbol at ``distance``.

    In coordinates in which the states spread equally in all directions, the mean states of the
    symbols span a small space; every state loses its part in it (Belrose et al., 2023).
    """
    coordinates = PCA(whiten=True).fit(states[:HALF])
    z, wanted = coordinates.transform(states), symbols[:, READ - 1 - distance]
    means = np.stack([z[:HALF][wanted[:HALF] == s].mean(0) for s in range(TASK.symbols)])
    # The means sum to nought, so they span one dimension less than there are symbols.
    basis = np.linalg.svd(means - means.mean(0))[2][: TASK.symbols - 1]
    erased: Array = coordinates.inverse_transform(z - z @ basis.T @ basis)
    return erased


def answered(model: SimpleRNN, states: Array, symbols: NDArray[np.int64]) -> float:
    """Return how often the network itself is right when it answers from ``states``."""
    with torch.no_grad():
        answers = model.fc(torch.from_numpy(states[HALF:]).float()).argmax(-1).numpy()
    return float((answers == symbols[HALF:, READ - 1 - TASK.lag]).mean())


def step_length(model: SimpleRNN, symbols: NDArray[np.int64]) -> float:
    """Return how far the last step moved the state, as a share of its length, on average."""
    states = all_states(model, symbols)
    before, after = states[:, -2], states[:, -1]
    return float(((after - before).norm(dim=-1) / before.norm(dim=-1)).mean())
