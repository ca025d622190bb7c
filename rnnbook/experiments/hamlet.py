"""How many bits does a character of Hamlet cost a network, a table of counts, a compressor?"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.decoding import generate, greedy, sample
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import CharRNN
from rnnbook.tasks.characters import BIT, Characters, stretches
from rnnbook.training import evaluate, fit, predict

#: A seed draws the initial weights, the windows and what the networks write.
SEEDS = (0, 1, 2)
ORDERS = (1, 2, 3, 4, 5)
NAMES = ("unigram", "bigram", "trigram", "four-gram", "five-gram")
HIDDEN = 128
#: Updates of the first round of training, and of the second, slower one.
UPDATES, SETTLING = 320, 80
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "xz": partial(lzma.compress, preset=9 | lzma.PRESET_EXTREME),
    "bzip2": bz2.compress,
}
COLD, HOT = 0.2, 1.5
TEMPERATURES = (COLD, 0.5, 1.0, HOT)
#: Where the five lines begin and end that are the whole training text of a common example.
FIVE_LINES = ("To be, or not to be", "end them?")
#: Copies of them in that text, the last tenth of which is held out.
COPIES = 100
#: Updates of the network that reads them, which that example calls epochs.
EPOCHS = 50

Array = NDArray[np.float64]


class Play(NamedTuple):
    """What came of networks that read the play; the first axis is the seed.

    ``bits`` is what a character of the play's end costs, by the name of who predicts it; what has
    no seed is the same for each. ``repeats`` and ``known`` are the shares of :func:`likeness`, of
    what a network writes ``"cold"`` and ``"hot"`` and of the end of the ``"play"`` itself.
    """

    bits: dict[str, Measured]
    repeats: dict[str, Measured]
    known: dict[str, Measured]


class ByHeart(NamedTuple):
    """What came of networks that read copies of five lines; the first axis is the seed.

    ``recited`` is the share of its text that the five lines hold word for word, ``copies`` the bits
    per character on held-out copies, and ``play`` those on the end of the play.
    """

    recited: Measured
    copies: Measured
    play: Measured


class Result(NamedTuple):
    """Networks that read the play, and networks that read five lines of it."""

    play: Play
    by_heart: ByHeart


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train and measure both kinds of network."""
    return Result(over_seeds(one, seeds), over_seeds(by_heart, seeds))


def one(seed: int) -> Play:
    """Train a network on the play and measure it beside its competitors, on one seed."""
    task = Characters()
    counted, fixed = competitors()
    model = trained(task, seed)
    costs = surprise(model, task)
    tables = by_temperature(model, task, seed, (COLD, HOT))
    shares = {"cold": tables[0][1:], "hot": tables[1][1:]}
    shares["play"] = likeness(cut(task.held_out_text), task)
    mixed = {"LSTM": costs.mean(), "LSTM and five-gram": mix(costs, counted).mean()}
    return Play(
        bits=fixed | {name: float(bits) for name, bits in mixed.items()},
        repeats={name: repeats for name, (repeats, _) in shares.items()},
        known={name: known for name, (_, known) in shares.items()},
    )


def by_heart(seed: int) -> ByHeart:
    """Train a network on copies of five lines and measure it there and on the play, on one seed."""
    memory = memorise(Characters(), seed)
    return ByHeart(memory.recited, *memory.bits)


@cache
def competitors() -> tuple[Array, dict[str, float]]:
    """Return what each held-out character costs the five-gram, and the mean costs of all others.

    Nothing here has a seed, so it is counted once.
    """
    task = Characters()
    counted = count(task)
    costs = {name: float(bits.mean()) for name, bits in zip(NAMES, counted, strict=True)}
    costs |= {name: compress(task, shrink) for name, shrink in COMPRESSORS.items()}
    costs["guessing"] = float(np.log2(len(set(task.training_text))))
    return counted[-1], costs


def trained(task: Characters, seed: int) -> CharRNN:
    """Return an LSTM that was trained on random windows of the front of the text."""
    torch.manual_seed(seed)
    model = CharRNN(len(task.vocabulary), 32, HIDDEN, 1, layer=nn.LSTM)
    fit(model, task, steps=UPDATES, seed=seed, batch_size=8, learning_rate=1e-2)
    fit(model, task, steps=SETTLING, seed=seed + 1, batch_size=8, learning_rate=2e-3)
    return model


@torch.no_grad()
def surprise(model: nn.Module, task: Characters) -> Array:
    """Return what each held-out character costs the model in bits, (characters,)."""
    batch = task.rest.whole()
    model.eval()
    log_probability = predict(model, batch)[0].log_softmax(-1)
    chosen = log_probability.gather(-1, batch.target[0][:, None])[:, 0]
    bits: Array = (-chosen.double() / BIT).numpy()
    return bits


def count(task: Characters, orders: Sequence[int] = ORDERS) -> Array:
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


def mix(one: Array, other: Array) -> Array:
    """Return the bits of the mean of two probabilities, given in bits.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.hamlet import mix
    >>> mix(np.array([1.0]), np.array([1.0]))
    array([1.])
    """
    bits: Array = -np.log2((2.0**-one + 2.0**-other) / 2)
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


def memorise(task: Characters, seed: int, steps: int = EPOCHS) -> Memory:
    """Train on copies of five lines, and measure on those held out and on the play.

    The network and its settings are those of a common example: two plain layers, fifty updates.
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
