"""How many bits does a character of Hamlet cost a network, a table of counts, a compressor?"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.decoding import generate, greedy, sample
from rnnbook.models import CharRNN
from rnnbook.tasks.characters import BIT, Characters, stretches
from rnnbook.training import evaluate, fit, predict

ORDERS = (1, 2, 3, 4, 5)
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "xz": partial(lzma.compress, preset=9 | lzma.PRESET_EXTREME),
    "bzip2": bz2.compress,
}
TEMPERATURES = (0.2, 0.5, 1.0, 1.5)
#: Where the five lines begin and end that are the whole training text of a common example.
FIVE_LINES = ("To be, or not to be", "end them?")
COPIES = 100


class Result(NamedTuple):
    """Bits per character on the end of the play, and what samples are like.

    ``counted`` is (order,), ``compressed`` (compressor,) and ``guessing`` a number: they have no
    seed. ``network`` and ``mixture`` are (seed,); the mixture is the mean of the probabilities of
    the network and of the longest n-gram. ``entropy``, ``repeats`` and ``known`` are (seed,
    temperature), and ``top_repeats`` and ``top_known`` (seed,); see :func:`by_temperature`. The
    play's own values are in ``play_repeats`` and ``play_known``. ``memorised`` is (seed, 2): the
    network trained on five lines, on the held-out part of their copies and on the play's end;
    ``recited`` is (seed,), the share of its greedy text that the five lines hold word for word.
    """

    orders: tuple[int, ...]
    compressors: tuple[str, ...]
    temperatures: tuple[float, ...]
    guessing: float
    counted: NDArray[np.float64]
    compressed: NDArray[np.float64]
    network: NDArray[np.float64]
    mixture: NDArray[np.float64]
    entropy: NDArray[np.float64]
    repeats: NDArray[np.float64]
    known: NDArray[np.float64]
    top_repeats: NDArray[np.float64]
    top_known: NDArray[np.float64]
    play_repeats: float
    play_known: float
    memorised: NDArray[np.float64]
    recited: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = 320) -> Result:
    """Measure everything the chapter speaks of; counts and compressors once, networks by seed.

    Parameters
    ----------
    seeds : sequence of int
        One network on the play and one on five lines for each.
    steps : int
        Optimiser steps on the play.
    """
    task = Characters()
    counted = count(task)
    networks = [trained(task, seed, steps) for seed in seeds]
    surprises = [surprise(model, task) for model in networks]
    tables = [
        by_temperature(model, task, seed) for model, seed in zip(networks, seeds, strict=True)
    ]
    tops = [
        likeness(write(model, task, seed=seed, top_k=5), task)
        for model, seed in zip(networks, seeds, strict=True)
    ]
    learned_by_heart = [memorise(task, seed) for seed in seeds]
    play = likeness(cut(task.held_out_text), task)
    return Result(
        orders=ORDERS,
        compressors=tuple(COMPRESSORS),
        temperatures=TEMPERATURES,
        guessing=float(np.log2(len(set(task.training_text)))),
        counted=counted.mean(axis=1),
        compressed=np.array([compress(task, shrink) for shrink in COMPRESSORS.values()]),
        network=np.array([bits.mean() for bits in surprises]),
        mixture=np.array([mix(bits, counted[-1]).mean() for bits in surprises]),
        entropy=np.array([[row[0] for row in table] for table in tables]),
        repeats=np.array([[row[1] for row in table] for table in tables]),
        known=np.array([[row[2] for row in table] for table in tables]),
        top_repeats=np.array([repeats for repeats, _ in tops]),
        top_known=np.array([known for _, known in tops]),
        play_repeats=play[0],
        play_known=play[1],
        memorised=np.array([memory.bits for memory in learned_by_heart]),
        recited=np.array([memory.recited for memory in learned_by_heart]),
    )


def trained(task: Characters, seed: int, steps: int = 320) -> CharRNN:
    """Return an LSTM that was trained on random windows of the front of the text."""
    torch.manual_seed(seed)
    model = CharRNN(len(task.vocabulary), 32, 128, 1, layer=nn.LSTM)
    fit(model, task, steps=steps, seed=seed, batch_size=8, learning_rate=1e-2)
    fit(model, task, steps=steps // 4, seed=seed + 1, batch_size=8, learning_rate=2e-3)
    return model


@torch.no_grad()
def surprise(model: nn.Module, task: Characters) -> NDArray[np.float64]:
    """Return what each held-out character costs the model in bits, (characters,)."""
    batch = task.rest.whole()
    model.eval()
    log_probability = predict(model, batch)[0].log_softmax(-1)
    chosen = log_probability.gather(-1, batch.target[0][:, None])[:, 0]
    bits: NDArray[np.float64] = (-chosen.double() / BIT).numpy()
    return bits


def count(task: Characters, orders: Sequence[int] = ORDERS) -> NDArray[np.float64]:
    """Return what each held-out character costs n-grams in bits, (order, characters).

    The n-grams are counted once by nltk, up to the longest order, and smoothed as Witten and Bell
    (1991) do: how much a shorter context has its say depends on how many different characters were
    seen after the longer one. Asked with a shorter context, the model is the n-gram of that order.

    Raises
    ------
    ImportError
        If nltk is missing.
    """
    try:
        from nltk.lm import WittenBellInterpolated
        from nltk.util import everygrams
    except ImportError as error:
        raise ImportError(
            "count: the n-grams need nltk, which comes with the extra: pip install 'rnnbook[data]'"
        ) from error

    train, test = task.training_text, task.held_out_text
    model = WittenBellInterpolated(max(orders))
    model.vocab.update(train)
    # counted directly: nltk's fit looks every character up in the vocabulary, one by one
    model.counts.update([everygrams(train, max_len=max(orders))])
    # a character never seen would have no probability at all: it counts as seen once
    model.counts.update([[("<UNK>",)]])
    known = set(train)
    text = [character if character in known else "<UNK>" for character in train[-9:] + test]
    bits = np.empty((len(orders), len(test)))
    for row, order in zip(bits, orders, strict=True):
        for i in range(len(test)):
            at = i + len(text) - len(test)
            row[i] = model.unmasked_score(text[at], tuple(text[at - order + 1 : at]))
    return -np.log2(bits)


def compress(task: Characters, shrink: Callable[[bytes], bytes]) -> float:
    """Return the bits per character that the held-out part adds to the compressed training part."""
    before = len(shrink(task.training_text.encode()))
    after = len(shrink(task.whole_text.encode()))
    return 8 * (after - before) / len(task.held_out_text)


def mix(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bits of the mean of two probabilities, given in bits.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.hamlet import mix
    >>> mix(np.array([1.0]), np.array([1.0]))
    array([1.])
    """
    bits: NDArray[np.float64] = -np.log2((2.0**-one + 2.0**-other) / 2)
    return bits


def write(
    model: CharRNN,
    task: Characters,
    *,
    seed: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    rows: int = 8,
    length: int = 300,
) -> list[str]:
    """Let the model go on where the training part ends.

    Parameters
    ----------
    model : CharRNN
        Reads the last hundred characters of the training part first.
    task : Characters
        Gives the vocabulary and the characters to start from.
    seed : int
        Seeds the draws.
    temperature, top_k
        As in :func:`rnnbook.decoding.sample`.
    rows, length : int
        How many texts, and how many characters in each.
    """
    generator = torch.Generator().manual_seed(seed)
    choose = partial(sample, temperature=temperature, top_k=top_k, generator=generator)
    return _continue(model, task, choose, rows, length)


@torch.no_grad()
def _continue(
    model: CharRNN,
    task: Characters,
    choose: Callable[[Tensor], Tensor],
    rows: int,
    length: int,
) -> list[str]:
    def step(ids: Tensor, state: object) -> tuple[Tensor, object]:
        logits, state = model(ids[:, None], state)
        return logits[:, -1], state

    model.eval()
    start = task.vocabulary.encode(task.training_text[-100:]).expand(rows, -1)
    _, state = model(start[:, :-1])
    ids = generate(step, start[:, -1], state, length=length, choose=choose)
    return ["".join(task.vocabulary.decode(row)) for row in ids]


def by_temperature(
    model: CharRNN, task: Characters, seed: int, temperatures: Sequence[float] = TEMPERATURES
) -> list[tuple[float, float, float]]:
    """Return entropy in bits, repeats and known words of what the model writes, by temperature.

    The entropy is that of the model's next character, averaged over the held-out text.
    """
    with torch.no_grad():
        logits = predict(model.eval(), task.rest.whole())[0]
    rows = []
    for temperature in temperatures:
        chances = torch.distributions.Categorical(logits=logits / temperature)
        entropy = chances.entropy().mean().item() / BIT
        texts = write(model, task, seed=seed, temperature=temperature)
        rows.append((entropy, *likeness(texts, task)))
    return rows


def likeness(texts: Sequence[str], task: Characters) -> tuple[float, float]:
    """Return two shares: stretches of 8 that a text repeats from itself, words the play knows.

    Examples
    --------
    >>> from rnnbook.experiments.hamlet import likeness
    >>> from rnnbook.tasks.characters import Characters
    >>> repeats, known = likeness(["the king, the king, the kong"], Characters())
    >>> round(repeats, 2), round(known, 2)
    (0.38, 0.83)
    """
    repeated = 1 - np.mean([len(set(stretches(t, 8))) / len(stretches(t, 8)) for t in texts])
    vocabulary = words(task.training_text)
    written = [word for text in texts for word in _split(text)]
    return float(repeated), sum(word in vocabulary for word in written) / max(len(written), 1)


def words(text: str) -> set[str]:
    """Return the different words of a text, in small letters."""
    return set(_split(text))


def _split(text: str) -> list[str]:
    plain = "".join(c if c.isalpha() or c == "'" else " " for c in text.lower())
    return plain.split()


def cut(text: str, length: int = 300) -> list[str]:
    """Cut a text into pieces of ``length``, as long as the samples; a rest is dropped."""
    return [text[i : i + length] for i in range(0, len(text) - length + 1, length)]


def five_lines() -> str:
    """Return the five lines with which the soliloquy opens, from the play."""
    play = Characters().whole_text
    first, last = FIVE_LINES
    start = play.index(first)
    return play[start : play.index(last, start) + len(last)] + "\n"


class Memory(NamedTuple):
    """A network that learned five lines by heart: its losses, and how it does elsewhere."""

    losses: list[float]
    bits: tuple[float, float]
    recited: float
    text: str


def memorise(task: Characters, seed: int, steps: int = 50) -> Memory:
    """Train on five lines, a hundred times over, and measure on their copies and on the play.

    The network and its settings are those of a common example: two plain layers, fifty steps.
    Its alphabet is that of the play, so that both measurements compare.
    """
    verse = five_lines()
    copies = Characters(text=verse * COPIES, window=50, alphabet=task.training_text)
    torch.manual_seed(seed)
    model = CharRNN(len(copies.vocabulary), 64, 128, 2)
    history = fit(
        model, copies, steps=steps, seed=seed, batch_size=64, learning_rate=3e-3, clip=5.0
    )
    elsewhere = replace(task.rest, alphabet=verse)  # the same characters, so the same ids
    bits = (
        evaluate(model, copies.rest, seed=seed + 1000, size=64),
        evaluate(model, elsewhere, seed=seed + 1000, size=64),
    )
    text = _continue(model, copies, greedy, rows=1, length=len(verse))[0]
    known = set(stretches(verse * 2, 30))
    recited = [stretch in known for stretch in stretches(text, 30)]
    return Memory(history.losses, bits, sum(recited) / len(recited), text)
