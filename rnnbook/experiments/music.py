"""How many bits does a note of a chorale cost Markov chains and a network, and what is sung?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import decoding
from rnnbook.batch import UNASKED
from rnnbook.data.melodies import Note
from rnnbook.experiments import hamlet
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import CharRNN
from rnnbook.tasks.characters import Characters
from rnnbook.tasks.music import BIT, Music, moves, stretches
from rnnbook.text import END, PAD, START, UNK
from rnnbook.training import fit, predict

#: A seed draws the initial weights, the windows and what the network sings; the chains have none.
SEEDS = (0, 1, 2)
#: The notes that each Markov chain looks back.
ORDERS = (1, 2, 3, 4)
EMBED, HIDDEN, BATCH = 16, 64, 16
#: Updates of the first round of training, and of the second, at a fifth of the rate.
UPDATES, SETTLING = 200, 50
#: The weight decay and the learning rates that were tried, and the rate that was taken.
DECAY, TRIED, RATE = 0.5, (5e-3, 1e-2, 2e-2), 1e-2
COLD, PLAIN, HOT = 0.5, 1.0, 1.5
TEMPERATURES = (COLD, PLAIN, HOT)
#: How many melodies are sung at each temperature, and the most notes of one.
SUNG, LONGEST = 20, 40
#: A move of more semitones than this, a fifth, is a leap.
FIFTH = 7
#: A note at least this long, in quarters, often ends a line of the hymn.
LONG = 2.0
PLACES = ("first note", "after a long note", "after a short note", "end")

Array = NDArray[np.float64]
Tune = tuple[Note, ...]


class Error(NamedTuple):
    """A held-out note that surprised the network: what came before and after, what it expected."""

    name: str
    before: str
    expected: str
    share: float
    came: str
    bits: float


class Result(NamedTuple):
    """What came of every contender, by name; the first axis is the seed.

    ``bits`` is the mean cost of a held-out note, and ``places`` that mean by ``(name, place)``, for
    each place where a held-out note stands.
    ``leaps`` is the share of moves of more than a fifth in what is sung at each temperature, and
    ``copied`` the longest stretch of moves in it that a training melody holds too. ``sung`` is the
    longest melody at each temperature, ``errors`` what surprised the network most.
    """

    bits: dict[str, Measured]
    places: dict[tuple[str, str], Measured]
    leaps: dict[float, Measured]
    copied: dict[float, Measured]
    sung: dict[float, Measured]
    errors: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train and measure the network on the chorales, beside the chains."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Run :func:`run` on a single seed."""
    return measured(Music(), seed)


def learn(task: Music, seeds: Sequence[int] = SEEDS) -> Result:
    """Do the same with other music, a reader's own."""

    def one(seed: int) -> Result:
        return measured(task, seed)

    return over_seeds(one, seeds)


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[float, float]:
    """Return the mean bits per note at each learning rate that was tried.

    They are measured on a part of the training melodies, so the held-out ones choose nothing.
    """
    task = Music(trial=True)
    return {
        rate: float(np.mean([surprise(trained(task, seed, rate), task).mean() for seed in seeds]))
        for rate in TRIED
    }


def measured(task: Music, seed: int) -> Result:
    """Train a network on one seed, measure it, and let it sing."""
    model = trained(task, seed)
    costs = dict(counted(task))
    costs["LSTM"] = surprise(model, task)
    costs["LSTM and order 2"] = hamlet.mix(costs["LSTM"], costs["order 2"])
    where = places(task)
    singers = {t: sing(model, task, seed=seed, temperature=t) for t in TEMPERATURES}
    return Result(
        bits={name: float(row.mean()) for name, row in costs.items()},
        places={
            (name, place): float(costs[name][where == i].mean())
            for name in ("LSTM", "order 1")
            for i, place in enumerate(PLACES)
            if (where == i).any()
        },
        leaps={t: leaps(tunes) for t, tunes in singers.items()},
        copied={t: float(np.mean([copied(x, task) for x in s])) for t, s in singers.items()},
        sung={t: max(tunes, key=len) for t, tunes in singers.items()},
        errors=errors(model, task),
    )


def trained(task: Music, seed: int, rate: float = RATE) -> CharRNN:
    """Return an LSTM that was trained on windows of the training melodies, with weight decay."""
    torch.manual_seed(seed)
    model = CharRNN(len(task.vocabulary), EMBED, HIDDEN, 1, layer=nn.LSTM)
    decayed = partial(torch.optim.AdamW, weight_decay=DECAY)
    for i, (updates, lower) in enumerate(((UPDATES, 1), (SETTLING, 5))):
        fit(
            model,
            task,
            steps=updates,
            seed=seed + i,
            batch_size=BATCH,
            learning_rate=rate / lower,
            optimizer=decayed,
        )
    return model


@torch.no_grad()
def surprise(model: nn.Module, task: Music) -> Array:
    """Return what each held-out note costs the model in bits, (notes,)."""
    batch = task.rest.whole()
    model.eval()
    log_probability = predict(model, batch).log_softmax(-1)
    chosen = log_probability.gather(-1, batch.target.clamp(min=0)[..., None])[..., 0]
    bits: Array = (-chosen[batch.target != UNASKED].double() / BIT).numpy()
    return bits


@cache
def counted(task: Music) -> dict[str, Array]:
    """Return what each held-out note costs the chains in bits, (notes,), by their names.

    A chain of order k is an n-gram model of k + 1 notes, so they are those of
    :func:`rnnbook.experiments.hamlet.count`, asked about one character for each note. Melodies are
    kept apart by characters that were never counted: no chain looks back beyond a start.
    """
    training = text([task.encode(tune.notes) for tune in task.tunes])
    gap = chr(FIRST + UNK) * max(ORDERS)
    held = [text([task.encode(tune.notes)]) for tune in task.rest.tunes]
    asked = np.concatenate(
        [[False] * (len(gap) + 1) + [sign != chr(FIRST + UNK) for sign in row[1:]] for row in held]
    )
    test = "".join(gap + row for row in held)
    whole = Characters(text=training + test, held_out=len(test) / len(training + test), window=1)
    assert whole.held_out_text == test
    bits = hamlet.count(whole, [1, *(order + 1 for order in ORDERS)])[:, asked]
    names = ["frequencies", *(f"order {order}" for order in ORDERS)]
    return dict(zip(names, bits, strict=True))


#: The first of the characters that stand for notes; these have no meaning of their own.
FIRST = 0xF0000


def text(rows: Sequence[Tensor]) -> str:
    """Return melodies as characters, one a note, with that of ``END`` before and after each."""
    end = chr(FIRST + END)
    return end + "".join("".join(chr(FIRST + i) for i in row.tolist()) + end for row in rows)


def places(task: Music) -> NDArray[np.int64]:
    """Return where each held-out note stands, as an index into ``PLACES``, (notes,)."""
    found = []
    for tune, asked in zip(task.rest.tunes, task.rest.whole().target, strict=True):
        where = [0] + [1 if length >= LONG else 2 for _, length in tune.notes[:-1]] + [3]
        found += [w for w, note in zip(where, asked.tolist(), strict=False) if note != UNASKED]
    return np.array(found)


@torch.no_grad()
def sing(
    model: CharRNN, task: Music, *, seed: int, temperature: float, count: int = SUNG
) -> list[Tune]:
    """Return melodies that the model makes up, each until its end or :data:`LONGEST` notes.

    Parameters
    ----------
    model : CharRNN
        Was trained on ``task``.
    task : Music
        Gives the vocabulary.
    seed : int
        Seeds the draws.
    temperature : float
        As in :func:`rnnbook.decoding.sample`.
    count : int
        How many melodies.
    """
    generator = torch.Generator().manual_seed(seed)

    def step(ids: Tensor, state: object) -> tuple[Tensor, object]:
        logits, state = model(ids[:, None], state)
        return decoding.without(logits[:, -1], PAD, START, UNK), state

    model.eval()
    choose = partial(decoding.sample, temperature=temperature, generator=generator)
    first = torch.full((count,), END)
    ids = decoding.generate(step, first, None, length=LONGEST, choose=choose, end=END)
    return [task.decode(row.tolist()) for row in ids]


def leaps(tunes: Sequence[Tune]) -> float:
    """Return the share of moves of more than a fifth, of all moves in some melodies.

    Examples
    --------
    >>> from rnnbook.experiments.music import leaps
    >>> leaps([((60, 1.0), (62, 1.0), (74, 1.0))])
    0.5
    """
    sizes = [abs(move) for tune in tunes for move in moves(tune)]
    return sum(size > FIFTH for size in sizes) / max(len(sizes), 1)


def copied(tune: Tune, task: Music) -> int:
    """Return how many moves in a row a melody shares with a training melody, at most."""
    length = 0
    while stretches(tune, length + 1) & _known(task, length + 1):
        length += 1
    return length


@cache
def _known(task: Music, length: int) -> set[tuple[int, ...]]:
    return {stretch for tune in task.tunes for stretch in stretches(tune.notes, length)}


@torch.no_grad()
def errors(model: nn.Module, task: Music, count: int = 3) -> tuple[Error, ...]:
    """Return the most surprising notes, each of another held-out melody."""
    batch = task.rest.whole()
    shares = predict(model, batch).softmax(-1)
    chosen = shares.gather(-1, batch.target.clamp(min=0)[..., None])[..., 0]
    chosen[batch.target == UNASKED] = 1
    chosen[:, 0] = 1  # a first note is a surprise to everybody
    least, at = chosen.min(1)
    said = task.vocabulary.tokens
    found = []
    for row in least.argsort()[:count].tolist():
        t = int(at[row])
        best = int(shares[row, t].argmax())
        found.append(
            Error(
                name=task.rest.tunes[row].name,
                before=spoken(said[int(batch.inputs[0][row, t])]),
                expected=spoken(said[best]),
                share=float(shares[row, t, best]),
                came=spoken(said[int(batch.target[row, t])]),
                bits=-math.log2(float(least[row])),
            )
        )
    return tuple(found)


def spoken(token: str) -> str:
    """Return a note as a musician writes it: its letter, its octave and its length in quarters.

    Examples
    --------
    >>> from rnnbook.experiments.music import spoken
    >>> spoken("60 0.5"), spoken("<end>")
    ('C4 for 0.5', 'the end')
    """
    pitch, _, length = token.partition(" ")
    if not length:
        return "the end"
    letters = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{letters[int(pitch) % 12]}{int(pitch) // 12 - 1} for {length}"


def tones(tune: Tune, *, rate: int = 6000, quarter: float = 0.3, seconds: float = 12.0) -> Array:
    """Return a melody as sound, a tone with one overtone a note, from -1 to 1, (samples,).

    Parameters
    ----------
    tune : tuple of Note
        Pitches and lengths.
    rate : int
        Samples a second.
    quarter : float
        Seconds of a quarter note.
    seconds : float
        A melody that lasts longer is cut off there.

    Examples
    --------
    >>> from rnnbook.experiments.music import tones
    >>> len(tones(((69, 1.0), (71, 2.0)), rate=1000, quarter=0.5))
    1500
    """
    heard = []
    for pitch, length in tune:
        time = np.arange(round(length * quarter * rate)) / rate
        # f = 440 * 2^((pitch - 69) / 12): the A above the middle C has 440 oscillations a second
        wave = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time
        fade = np.minimum(1, time / 0.01) * np.exp(-3 * time)
        heard.append(fade * (0.6 * np.sin(wave) + 0.2 * np.sin(2 * wave)))
    samples: Array = np.concatenate(heard)[: int(seconds * rate)]
    return samples
