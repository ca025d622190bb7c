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

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import SimpleRNN
from rnnbook.tasks.echo import Echo
from rnnbook.training import fit

#: A seed draws the initial weights, the training sequences and the probed ones.
SEEDS = (0, 1, 2)
LAG = 3
TASK = Echo(symbols=8, lag=LAG, length=12)
SIZES = (16, 32, 64)
STEPS = 600
LEARNING_RATE = 5e-3
#: A run stops once the mean loss of twenty batches is below this.
LEARNED = 0.05
#: How many steps ago a symbol was read; 0 is the one just read.
DISTANCES = tuple(range(11))
#: Symbols in a sequence that is probed, and sequences to fit a probe on and as many to judge it.
READ, HALF = 20, 1000

Array = NDArray[np.float64]


class Result(NamedTuple):
    """What probes read from states, a value for each seed.

    ``accuracy`` is by network ("untrained" or "trained"), size and distance. ``future`` is by size
    and half: probes of the trained network for a symbol that has not been read yet, on the half
    they were fitted to and on the other one. ``moved`` is by network and size: how far one step
    moves the state, as a share of its norm. ``newer`` and ``older`` are by network and size: a
    probe fitted to the symbol just read looks at the state one step later; how often it names the
    symbol read since, and how often the one it was fitted to. ``answers`` is by size: the trained
    network's own accuracy. ``erased`` is by distance: that of the largest trained network when the
    symbol at a distance has been erased from its state.
    """

    accuracy: dict[tuple[str, int, int], Measured]
    future: dict[tuple[int, str], Measured]
    moved: dict[tuple[str, int], Measured]
    newer: dict[tuple[str, int], Measured]
    older: dict[tuple[str, int], Measured]
    answers: dict[int, Measured]
    erased: dict[int, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network of every size and probe it before and after."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train a network of every size and probe it before and after, on one seed."""
    symbols = sequences(seed)
    networks = {
        (name, size): build(size, seed)
        for size in SIZES
        for name, build in (("untrained", untrained), ("trained", trained))
    }
    states = {key: final_states(model, symbols) for key, model in networks.items()}
    future = {size: read_back(states["trained", size], symbols, -1) for size in SIZES}
    later = {key: a_step_later(model, symbols) for key, model in networks.items()}
    largest = networks["trained", SIZES[-1]], states["trained", SIZES[-1]]
    return Result(
        accuracy={
            (*key, d): read_back(final, symbols, d).on_others
            for key, final in states.items()
            for d in DISTANCES
        },
        future={(size, "its own"): reading.on_its_own for size, reading in future.items()}
        | {(size, "the other"): reading.on_others for size, reading in future.items()},
        moved={key: step_length(model, symbols) for key, model in networks.items()},
        newer={key: newer for key, (newer, _) in later.items()},
        older={key: older for key, (_, older) in later.items()},
        answers={
            size: answered(networks["trained", size], states["trained", size], symbols)
            for size in SIZES
        },
        erased={d: answered(largest[0], erase(largest[1], symbols, d), symbols) for d in DISTANCES},
    )


def untrained(size: int, seed: int) -> SimpleRNN:
    """Return a network of ``size`` units as PyTorch initialises it."""
    torch.manual_seed(seed)
    return SimpleRNN(TASK.symbols, size, TASK.symbols)


def trained(size: int, seed: int) -> SimpleRNN:
    """Return the network that starts as ``untrained`` does and has learned to echo."""
    model = untrained(size, seed)
    fit(model, TASK, steps=STEPS, seed=seed, learning_rate=LEARNING_RATE, until=LEARNED)
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
    """A linear classifier of states, after a change of coordinates that is linear too."""

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
    # Directions in which the states hardly differ become as wide as all others.
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
    """Return the states without what a linear probe could read of the symbol at ``distance``.

    In coordinates in which the states spread equally in all directions, the mean states of the
    symbols span a small space. Every state loses its part in that space (Belrose et al., 2023).
    """
    coordinates = PCA(whiten=True).fit(states[:HALF])
    z, wanted = coordinates.transform(states), symbols[:, READ - 1 - distance]
    means = np.stack([z[:HALF][wanted[:HALF] == s].mean(0) for s in range(TASK.symbols)])
    # The means sum to zero, so they span one dimension less than there are symbols.
    basis = np.linalg.svd(means - means.mean(0))[2][: TASK.symbols - 1]
    erased: Array = coordinates.inverse_transform(z - z @ basis.T @ basis)
    return erased


def answered(model: SimpleRNN, states: Array, symbols: NDArray[np.int64]) -> float:
    """Return how often the network itself is right when it answers from ``states``."""
    with torch.no_grad():
        answers = model.fc(torch.from_numpy(states[HALF:]).float()).argmax(-1).numpy()
    return float((answers == symbols[HALF:, READ - 1 - TASK.lag]).mean())


def step_length(model: SimpleRNN, symbols: NDArray[np.int64]) -> float:
    """Return how far the last step moved the state, as a share of its norm, on average."""
    states = all_states(model, symbols)
    before, after = states[:, -2], states[:, -1]
    return float(((after - before).norm(dim=-1) / before.norm(dim=-1)).mean())


def a_step_later(model: SimpleRNN, symbols: NDArray[np.int64]) -> tuple[float, float]:
    """Return what a probe for the symbol just read names one step after it was fitted.

    The probe is fitted to the states before the last step and judged on the states after it: how
    often it names the symbol of the last step, and how often the one it was fitted to.
    """
    states = all_states(model, symbols).double().numpy()
    probe = read_back(states[:, -2], symbols, 1).probe
    return judge(probe, states[:, -1], symbols, 0), judge(probe, states[:, -1], symbols, 1)
