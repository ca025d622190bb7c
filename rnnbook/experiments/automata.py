"""Can a network be a machine, and can the machine be read back out of it?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from torch import Tensor, nn

from rnnbook.automata import NOWHERE, Machine
from rnnbook.batch import UNASKED
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import orthogonal_
from rnnbook.models import MarkovChain, SimpleRNN
from rnnbook.tasks.parity import Parity
from rnnbook.tasks.reber import STOP, Reber
from rnnbook.text import PAD
from rnnbook.training import evaluate, fit, predict

#: A seed draws the initial weights, the strings of training and those judged.
SEEDS = (0, 1, 2)
PARITY, GRAMMAR = Parity(length=12), Reber(most=16)
PLAIN = Reber(least=5, most=GRAMMAR.most, embedded=False)
ORDERS = (1, 2, 3)
#: The units of the networks, the most updates on parity, and the updates on the grammar, the last
#: of them at a tenth of the learning rate.
PARITY_SIZE, GRAMMAR_SIZE = 16, 32
PARITY_UPDATES, GRAMMAR_UPDATES, LAST_UPDATES = 250, 450, 100
LEARNING_RATE = 1e-2
#: Lengths of the strings of bits that are judged; the networks were trained on the first.
BITS = (12, 60, 300)
#: Shortest and longest strings of the grammar that are judged; trained on the first.
LENGTHS = ((9, 16), (17, 32), (33, 60), (61, 120))
#: How many clusters are tried, one after the other.
CLUSTERS = (2, 4, 8, 16, 24, 32, 40, 48, 64)

Array = NDArray[np.float64]


class Result(NamedTuple):
    """Scores of counts, networks and machines; the first axis of each array is the seed.

    ``parity`` is by reader and number of bits: the chains, by order, the network told at the end of
    each string only, and the one told after every bit. ``chains`` is by grammar and order, on
    trained lengths. ``right`` is, by reader and lengths, the share of strings with every step
    right; ``accepted`` is, by reader and kind, the share accepted of true strings and of spoiled
    ones. ``agreement`` is, by clusters, how many strings each machine reads as its network does,
    NaN where it was not tried. ``machine`` and ``parity_machine`` are the smallest forms of those
    chosen, one for each seed.
    """

    parity: dict[tuple[str, int], Measured]
    chains: dict[tuple[str, int], Measured]
    right: dict[tuple[str, tuple[int, int]], Measured]
    accepted: dict[tuple[str, str], Measured]
    agreement: dict[int, Measured]
    machine: Any
    parity_machine: Any


class Extraction(NamedTuple):
    """A machine read out of a network, and how well those with fewer clusters agreed with it."""

    machine: Machine
    agreement: list[float]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Count, train and read out, once for each seed."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Count, train and read out, on one seed."""
    adder, network = parity_network(seed), grammar_network(seed)
    parity_readers: dict[str, nn.Module] = {
        **counted(PARITY, seed),
        "told at the end": parity_network(seed, every_step=False),
        "told after every bit": adder,
    }
    found = read_out(network, GRAMMAR, seed)
    chains = {"plain": counted(PLAIN, seed), "embedded": counted(GRAMMAR, seed)}
    readers: dict[str, nn.Module | Machine] = {
        **chains["embedded"],
        "network": network,
        "machine": found.machine.minimised(),
    }
    true = fresh_words(GRAMMAR, seed)
    words = {"true": true, "spoiled": [spoil(word) for word in true]}
    return Result(
        parity={
            (name, length): judged(reader, Parity(length), seed)
            for name, reader in parity_readers.items()
            for length in BITS
        },
        chains={
            (kind, order): judged(chain, task, seed)
            for kind, task in (("plain", PLAIN), ("embedded", GRAMMAR))
            for order, chain in zip(ORDERS, chains[kind].values(), strict=True)
        },
        right={
            (name, ends): judged(reader, Reber(*ends), seed, size=100)
            for name, reader in readers.items()
            for ends in LENGTHS
        },
        accepted={
            (name, kind): accepts(reader, strings)
            for name, reader in readers.items()
            for kind, strings in words.items()
        },
        agreement=dict.fromkeys(CLUSTERS, np.nan)
        | dict(zip(CLUSTERS, found.agreement, strict=False)),
        machine=readers["machine"],
        parity_machine=read_out(adder, PARITY, seed).machine.minimised(),
    )


def parity_network(seed: int, *, every_step: bool = True) -> SimpleRNN:
    """Return a plain network trained on short strings of bits."""
    task = Parity(PARITY.length, every_step=every_step)
    torch.manual_seed(seed)
    model = SimpleRNN(len(task.vocabulary), PARITY_SIZE, 2)
    fit(
        model,
        task,
        steps=PARITY_UPDATES,
        seed=seed,
        learning_rate=LEARNING_RATE,
        until=0.01,
    )
    return model


def grammar_network(seed: int) -> SimpleRNN:
    """Return a plain network trained to predict the next symbol of short strings."""
    torch.manual_seed(seed)
    size = len(GRAMMAR.vocabulary)
    model = SimpleRNN(size, GRAMMAR_SIZE, size)
    orthogonal_(model.rnn)  # from default weights, some runs never learn to carry the letter
    fit(model, GRAMMAR, steps=GRAMMAR_UPDATES, seed=seed, learning_rate=LEARNING_RATE)
    slow = LEARNING_RATE / 10
    fit(model, GRAMMAR, steps=LAST_UPDATES, seed=seed + 1000, learning_rate=slow)
    return model


def counted(task: Parity | Reber, seed: int, size: int = 5000) -> dict[str, MarkovChain]:
    """Return a Markov chain of every order, by name, that has counted ``size`` strings."""
    batch = task.batch(size, torch.Generator().manual_seed(seed))
    vocab_size = len(task.vocabulary)
    grammar = isinstance(task, Reber)
    outputs = vocab_size if grammar else 2
    chains = {f"order {order}": MarkovChain(vocab_size, outputs, order) for order in ORDERS}
    for chain in chains.values():
        chain.count(batch, ignore=PAD if grammar else UNASKED)
    return chains


def judged(reader: nn.Module | Machine, task: Parity | Reber, seed: int, size: int = 500) -> float:
    """Return the task's score on fresh strings; short ones may have come up in training."""
    if isinstance(reader, Machine):
        batch = task.batch(size, torch.Generator().manual_seed(seed + 10_000))
        return float(np.mean([reader.read(w) == task.machine.read(w) for w in task.words(batch)]))
    return evaluate(reader, task, seed=seed + 10_000, size=size)


def fresh_words(task: Reber, seed: int, size: int = 200) -> list[str]:
    """Return fresh strings of the grammar; training may have met them."""
    return task.words(task.batch(size, torch.Generator().manual_seed(seed + 20_000)))


def spoil(word: str) -> str:
    """Swap the second to last symbol, T for P or P for T, so that it does not match the second.

    Examples
    --------
    >>> from rnnbook.experiments.automata import spoil
    >>> spoil("BTBTXSETE")
    'BTBTXSEPE'
    """
    return word[:-2] + {"T": "P", "P": "T"}[word[-2]] + word[-1]


def accepts(reader: nn.Module | Machine, words: Sequence[str]) -> float:
    """Return the share of words each of whose symbols was named before it came, the end too."""
    if isinstance(reader, Machine):
        named = [reader.read(word) for word in words]
    else:
        with torch.no_grad():
            named = GRAMMAR.answers(predict(reader, GRAMMAR.of_words(list(words))))
    taken = [
        all(symbol in step for symbol, step in zip([*word, STOP], steps, strict=False))
        for word, steps in zip(words, named, strict=True)
    ]
    return float(np.mean(taken))


def read_out(model: SimpleRNN, task: Parity | Reber, seed: int) -> Extraction:
    """Return the first machine that answers as the network does on all of some fresh strings.

    Machines of more and more clusters are tried. The strings are the grammar's own; its table and
    the right answers are not looked at, only the network. If no machine agrees on every string, it
    is the one that agrees on most.
    """
    states, answers, words = watch(model, task, seed + 30_000)
    _, other_answers, other_words = watch(model, task, seed + 40_000)
    tried: list[Machine] = []
    agreement: list[float] = []
    for clusters in CLUSTERS:
        tried.append(machine_of(states, answers, words, task.machine.symbols, clusters))
        reads = [tried[-1].read(word) for word in other_words]
        agreement.append(
            float(np.mean([a == b for a, b in zip(reads, other_answers, strict=True)]))
        )
        if agreement[-1] == 1:
            break
    return Extraction(tried[int(np.argmax(agreement))], agreement)


@torch.no_grad()
def watch(
    model: SimpleRNN, task: Parity | Reber, seed: int, size: int = 300
) -> tuple[list[Tensor], list[list[str]], list[str]]:
    """Return the states, (1 + time, hidden), and the answers of the network on fresh words."""
    batch = task.batch(size, torch.Generator().manual_seed(seed))
    words = task.words(batch)
    states, _ = model.rnn(batch.inputs[0])
    said = task.answers(model.fc(states))
    ends = [1 + len(word) for word in words]
    return (
        [row[:end] for row, end in zip(states, ends, strict=True)],
        [row[:end] for row, end in zip(said, ends, strict=True)],
        words,
    )


def plane(model: SimpleRNN, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Return states of the parity network in their two widest directions, and which are odd.

    Points are (states, 2); the states are those of fresh strings, after every bit.
    """
    states, _, words = watch(model, PARITY, seed + 50_000, size=20)
    points: Array = PCA(2).fit_transform(torch.cat(states).numpy().astype(np.float64))
    odd = np.array([answer == "odd" for word in words for answer in PARITY.machine.read(word)])
    return points, odd


def machine_of(
    states: Sequence[Tensor],
    answers: Sequence[Sequence[str]],
    words: Sequence[str],
    symbols: tuple[str, ...],
    clusters: int,
) -> Machine:
    """Cluster the states, then let every step vote for an answer and for an arrow.

    This is an old way to read an automaton out of a network (Giles et al., 1992, cut the state
    space into boxes instead). The cluster of the first state becomes state 0.

    Parameters
    ----------
    states : sequence of Tensor
        For each word, (1 + time, hidden).
    answers : sequence of sequence of str
        What the network said in each of these states.
    words : sequence of str
        What it read between them.
    symbols : tuple of str
        The symbols of the machine.
    clusters : int
        How many states the machine may have.
    """
    points = torch.cat(list(states)).numpy()
    means = KMeans(clusters, n_init=1, random_state=0).fit(points)
    rows = np.split(means.labels_, np.cumsum([len(row) for row in states])[:-1])
    start = int(rows[0][0])
    number = {start: 0, 0: start}  # the start and cluster 0 change places
    said: dict[int, Counter[str]] = defaultdict(Counter)
    led: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    for row, spoken, word in zip(rows, answers, words, strict=True):
        path = [number.get(int(c), int(c)) for c in row]
        for state, answer in zip(path, spoken, strict=True):
            said[state][answer] += 1
        for here, symbol, there in zip(path, word, path[1:], strict=False):
            led[here, symbol][there] += 1
    table = tuple(
        tuple(led[c, s].most_common(1)[0][0] if led[c, s] else NOWHERE for s in symbols)
        for c in range(clusters)
    )
    return Machine(symbols, table, tuple(said[c].most_common(1)[0][0] for c in range(clusters)))
