"""English to French: a network, a dictionary and a table of phrases, by two measures."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import AttentionTranslator
from rnnbook.tasks.translation import (
    ADJECTIVES,
    ARTICLES,
    NOUNS,
    VERBS,
    Pair,
    Translation,
    fresh,
    joined,
    sentences,
)
from rnnbook.text import SPECIAL, UNK
from rnnbook.training import fit

#: A seed draws the initial weights and the batches; the sentences are always the same.
SEEDS = (0, 1, 2)
TASK = Translation()
HELD_OUT = TASK.rest
UPDATES, BATCH, LEARNING_RATE = 100, 64, 3e-2
#: Tried on other seeds.
LEARNING_RATES = (1e-2, 2e-2, 3e-2, 5e-2)
#: Units of one direction of the encoder.
HIDDEN = 24
#: The most words of an English phrase in the table of phrases.
PHRASE = 4
#: Rounds in which the word-by-word probabilities are made better.
ROUNDS = 10
#: A held-out sentence whose weights are drawn.
SAMPLE = (*("these", "black", "cats", "in", "front"), *("of", "my", "house", "were", "heavy"))
#: Shares of sentences that get one wrong word.
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

Array = NDArray[np.float64]
Words = tuple[str, ...]
#: All that translate, the simplest first.
NAMES = ("dictionary", "phrase table", "attention")


class Result(NamedTuple):
    """What was measured, by the name of who translates; the first axis is the seed.

    ``right`` is the share of sentences without a mistake and ``bleu`` the BLEU score, both of
    sentences with pairs of words that training never has; ``known`` is the share of other new
    sentences, whose pairs training has. ``endings`` is the share of mistaken sentences in which
    every mistake is the right word with a wrong ending, NaN where nothing is mistaken. ``mistakes``
    are what was read, written and right in the mistaken sentences of the network with attention,
    and ``looks`` what it writes of ``SAMPLE`` and where it looks.
    """

    right: dict[str, Measured]
    bleu: dict[str, Measured]
    known: dict[str, Measured]
    endings: dict[str, Measured]
    mistakes: Measured
    looks: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train the network, and let all translate."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train the network once, on one seed."""
    model = trained(seed)
    network = translated(model, TASK, HELD_OUT.pairs), translated(model, TASK, fresh())
    found = {**counted(), "attention": network}
    said = {name: held for name, (held, _) in found.items()}
    return Result(
        right={name: right(held, HELD_OUT.pairs) for name, held in said.items()},
        bleu={name: bleu(held, HELD_OUT.pairs) for name, held in said.items()},
        known={name: right(known, fresh()) for name, (_, known) in found.items()},
        endings={name: endings(held, HELD_OUT.pairs) for name, held in said.items()},
        mistakes=mistakes(said["attention"], HELD_OUT.pairs),
        looks=picture(model, SAMPLE),
    )


def untrained(seed: int, task: Translation = TASK) -> AttentionTranslator:
    """Return the network before training: LSTMs with attention, an encoder that reads both ways."""
    torch.manual_seed(seed)
    both = partial(nn.LSTM, bidirectional=True)
    sizes = (len(task.source), len(task.target))
    return AttentionTranslator(*sizes, embed_dim=16, hidden_size=HIDDEN, layer=both)


def trained(
    seed: int,
    task: Translation = TASK,
    *,
    updates: int = UPDATES,
    learning_rate: float = LEARNING_RATE,
) -> AttentionTranslator:
    """Return the network after training on the sentences of a task."""
    model = untrained(seed, task)
    fit(model, task, steps=updates, seed=seed, batch_size=BATCH, learning_rate=learning_rate)
    return model


def rates(seeds: Sequence[int] = (200, 201, 202, 203, 204)) -> dict[float, list[float]]:
    """Return the share of new sentences right by learning rate, a value a seed.

    Training has the pairs of words in these sentences, so that the held-out ones choose nothing. No
    build calls it; the learning rate of the chapter was chosen by it.
    """
    return {
        rate: [
            right(translated(trained(seed, learning_rate=rate), TASK, fresh()), fresh())
            for seed in seeds
        ]
        for rate in LEARNING_RATES
    }


def translated(model: AttentionTranslator, task: Translation, pairs: Sequence[Pair]) -> list[Words]:
    """Return what a model writes for the English of these pairs, without seeing their French."""
    with torch.device("cpu"):
        src, lengths = task.source.encode_batch([pair.english for pair in pairs], unknown=UNK)
    ids = model.translate(src, lengths=lengths)
    rows = (task.target.decode(row) for row in ids)
    return [tuple(word for word in row if word not in SPECIAL[:3]) for row in rows]


def right(said: Sequence[Words], pairs: Sequence[Pair]) -> float:
    """Return the share of sentences that are the true translation word for word."""
    return float(np.mean([words == pair.french for words, pair in zip(said, pairs, strict=True)]))


def bleu(said: Sequence[Words], pairs: Sequence[Pair]) -> float:
    """Return the BLEU score of a list of translations, from 0 to 100, by sacrebleu.

    Raises
    ------
    ImportError
        If sacrebleu is missing.

    Examples
    --------
    >>> from rnnbook.experiments.translation import bleu
    >>> from rnnbook.tasks.translation import Pair
    >>> pair = Pair(("the", "cat", "is", "old"), ("le", "chat", "est", "vieux"))
    >>> round(bleu([("le", "chat", "est", "vieux")], [pair]))
    100
    """
    return _measured("BLEU", said, pairs)


def chrf(said: Sequence[Words], pairs: Sequence[Pair]) -> float:
    """Return the chrF score of a list of translations, from 0 to 100: it compares letters."""
    return _measured("CHRF", said, pairs)


def _measured(which: str, said: Sequence[Words], pairs: Sequence[Pair]) -> float:
    try:
        from sacrebleu import metrics
    except ImportError as error:
        raise ImportError(
            "bleu: the scores need sacrebleu, which comes with the extra: "
            "pip install 'rnnbook[data]'"
        ) from error
    metric = getattr(metrics, which)()
    truth = [joined(pair.french) for pair in pairs]
    return float(metric.corpus_score([joined(words) for words in said], [truth]).score)


@cache
def lemmas() -> dict[str, set[tuple[str, int]]]:
    """Return, for each French word of the grammar, of which words it is a form."""
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    tables = {"noun": (NOUNS, 2), "adjective": (ADJECTIVES, 1), "article": (ARTICLES, 2)}
    for name, (rows, first) in {**tables, "verb": (VERBS, 2)}.items():
        for number, row in enumerate(rows):
            for form in row[first:]:
                found[form].add((name, number))
    return found


def endings(said: Sequence[Words], pairs: Sequence[Pair]) -> float:
    """Return the share of mistaken sentences whose every mistake is the right word, badly ended."""
    found = [
        len(words) == len(pair.french)
        and all(
            wrote == true or lemmas().get(wrote, set()) & lemmas()[true]
            for wrote, true in zip(words, pair.french, strict=True)
        )
        for words, pair in zip(said, pairs, strict=True)
        if words != pair.french
    ]
    return float(np.mean(found)) if found else math.nan


def spoiled(share: float, kind: str) -> list[Words]:
    """Return the true translations of the held-out sentences, a share of them with one wrong word.

    Parameters
    ----------
    share : float
        How many get it, from 0 to 1.
    kind : {"ending", "word"}
        The last word is an adjective. Either it has the ending of the other gender, or it is
        another adjective with the right ending.

    Examples
    --------
    >>> from rnnbook.experiments.translation import spoiled
    >>> [" ".join(spoiled(share, kind)[0]) for share, kind in ((0, "word"), (1, "ending"))]
    ['ces clés devant mes fleurs étaient grandes', 'ces clés devant mes fleurs étaient grands']
    """
    if kind not in ("ending", "word") or not 0 <= share <= 1:
        raise ValueError(
            f"spoiled: expected a share from 0 to 1, and 'ending' or 'word', got {share}, {kind!r}"
        )
    found = []
    for i, sentence in enumerate(sentences(True)):
        words, form = sentence.pair.french, sentence.subject.form
        if i < share * len(sentences(True)):
            others = [row[1 + form] for row in ADJECTIVES if row[1 + form] not in words]
            ending = ADJECTIVES[sentence.adjective][1 + (form ^ 1)]  # the other gender
            words = (*words[:-1], ending if kind == "ending" else others[i % len(others)])
        found.append(words)
    return found


@cache
def cost_of_one_word() -> dict[tuple[str, str], Array]:
    """Return exact match, BLEU and chrF, each of 100, by kind of mistake and share of sentences."""
    found = {}
    for kind in ("ending", "word"):
        said = [spoiled(share, kind) for share in SHARES]
        measures: dict[str, Callable[[list[Words]], float]] = {
            "exact": lambda s: 100 * right(s, HELD_OUT.pairs),
            "BLEU": lambda s: bleu(s, HELD_OUT.pairs),
            "chrF": lambda s: chrf(s, HELD_OUT.pairs),
        }
        for name, measure in measures.items():
            found[kind, name] = np.array([measure(each) for each in said])
    return found


class Table(NamedTuple):
    """What is counted in pairs of sentences: a dictionary of words, and a table of phrases."""

    words: dict[str, str]
    phrases: dict[Words, tuple[Words, float]]

    def word_by_word(self, english: Words) -> Words:
        """Translate each word by itself; a word that was never seen stays as it is."""
        return tuple(self.words.get(word, word) for word in english)

    def by_phrases(self, english: Words) -> Words:
        """Translate with the fewest phrases, and of these the most probable ones."""
        best: list[tuple[int, float, Words]] = [(0, 0.0, ())]
        for end in range(1, len(english) + 1):
            ways = []
            for start in range(max(0, end - PHRASE), end):
                count, cost, said = best[start]
                piece = english[start:end]
                if piece in self.phrases:
                    french, chance = self.phrases[piece]
                    ways.append((count + 1, cost - math.log(chance), (*said, *french)))
                elif len(piece) == 1:  # a last resort, so it counts as many phrases
                    ways.append((count + PHRASE, cost, (*said, *self.word_by_word(piece))))
            best.append(min(ways))
        return best[-1][2]


@cache
def counted() -> dict[str, tuple[list[Words], list[Words]]]:
    """Return what dictionary and table say of both kinds of new sentences; they have no seed."""
    table = learned_table(TASK.pairs)
    ways = {"dictionary": table.word_by_word, "phrase table": table.by_phrases}
    return {
        name: ([way(pair.english) for pair in HELD_OUT.pairs], [way(p.english) for p in fresh()])
        for name, way in ways.items()
    }


def learned_table(pairs: Sequence[Pair]) -> Table:
    """Learn a dictionary and a table of phrases from pairs of sentences.

    Words are aligned by Model 1 of Brown et al. (1993) in both directions. A phrase is a run of
    English words whose links all lie in one run of French words, and the other way round, as in
    Koehn, Och and Marcu (2003). Of several translations the most frequent one is kept.
    """
    forth = model_one(pairs)
    back = model_one([Pair(pair.french, pair.english) for pair in pairs])
    counts: dict[Words, Counter[Words]] = defaultdict(Counter)
    for pair in pairs:
        for english, french in phrases(pair, links(pair, forth, back)):
            counts[english][french] += 1
    table = {}
    for english, found in counts.items():
        french, times = min(found.items(), key=lambda item: (-item[1], item[0]))
        table[english] = (french, times / found.total())
    words = {e: min(chances, key=lambda f: (-chances[f], f)) for e, chances in forth.items() if e}
    return Table(words, table)


def model_one(pairs: Sequence[Pair], rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return the probability of each French word given an English one: Model 1, by EM.

    Every English sentence also has an empty word, ``""``, for French words that come from none.

    Examples
    --------
    >>> from rnnbook.experiments.translation import model_one
    >>> from rnnbook.tasks.translation import Pair
    >>> pairs = [Pair(("the", "cat"), ("le", "chat")), Pair(("the", "dog"), ("le", "chien"))]
    >>> chances = model_one(pairs)
    >>> max(chances["cat"], key=chances["cat"].get)
    'chat'
    """
    english = {word: i for i, word in enumerate(["", *sorted({e for p in pairs for e in p[0]})])}
    french = {word: i for i, word in enumerate(sorted({f for p in pairs for f in p[1]}))}
    met, places, place = [], [], 0
    for pair in pairs:
        for word in pair.french:
            for other in ("", *pair.english):
                met.append(english[other] * len(french) + french[word])
                places.append(place)
            place += 1
    kinds, at = np.unique(np.array(met), return_inverse=True)
    where, source = np.array(places), kinds // len(french)
    chance = np.full(len(kinds), 1 / len(french))
    for _ in range(rounds):
        # how likely it is that this English word, of those in the sentence, made the French one
        share = chance[at] / np.bincount(where, chance[at])[where]
        counts = np.bincount(at, share, len(kinds))
        chance = counts / np.bincount(source, counts)[source]
    names = tuple(english), tuple(french)
    found: dict[str, dict[str, float]] = {word: {} for word in english}
    for kind, value in zip(kinds.tolist(), chance.tolist(), strict=True):
        found[names[0][kind // len(french)]][names[1][kind % len(french)]] = value
    return found


def links(
    pair: Pair, forth: dict[str, dict[str, float]], back: dict[str, dict[str, float]]
) -> set[tuple[int, int]]:
    """Return which word belongs to which, as places in both sentences: the best of each word."""

    def best(words: Words, word: str, chances: dict[str, dict[str, float]]) -> int | None:
        values = [chances[other][word] for other in words]
        place = int(np.argmax(values))
        return place if values[place] > chances[""][word] else None

    found: set[tuple[int | None, int | None]] = set()  # either may be None until the end
    found |= {(best(pair.english, word, forth), j) for j, word in enumerate(pair.french)}
    found |= {(i, best(pair.french, word, back)) for i, word in enumerate(pair.english)}
    return {(i, j) for i, j in found if i is not None and j is not None}


def phrases(pair: Pair, linked: set[tuple[int, int]]) -> list[tuple[Words, Words]]:
    """Return the runs of words that belong together in both languages.

    Examples
    --------
    >>> from rnnbook.experiments.translation import phrases
    >>> from rnnbook.tasks.translation import Pair
    >>> phrases(Pair(("black", "cats"), ("chats", "noirs")), {(0, 1), (1, 0)})
    [(('black',), ('noirs',)), (('black', 'cats'), ('chats', 'noirs')), (('cats',), ('chats',))]
    """
    found = []
    for start in range(len(pair.english)):
        for end in range(start + 1, min(start + PHRASE, len(pair.english)) + 1):
            inside = [j for i, j in linked if start <= i < end]
            if not inside:
                continue
            first, last = min(inside), max(inside)
            if all(start <= i < end for i, j in linked if first <= j <= last):
                found.append((pair.english[start:end], pair.french[first : last + 1]))
    return found


def compared(
    task: Translation, seed: int, updates: int = UPDATES
) -> dict[str, tuple[float, float]]:
    """Return the share right and the BLEU of all three on what a task holds out, on one seed."""
    table, pairs = learned_table(task.pairs), task.rest.pairs
    said = {
        "dictionary": [table.word_by_word(pair.english) for pair in pairs],
        "phrase table": [table.by_phrases(pair.english) for pair in pairs],
    }
    said["attention"] = translated(trained(seed, task, updates=updates), task, pairs)
    return {name: (right(words, pairs), bleu(words, pairs)) for name, words in said.items()}


def mistakes(said: Sequence[Words], pairs: Sequence[Pair]) -> list[tuple[str, str, str]]:
    """Return what was read, what was written and what is right, of the sentences with a mistake."""
    return [
        (joined(pair.english), joined(words), joined(pair.french))
        for pair, words in zip(pairs, said, strict=True)
        if words != pair.french
    ]


def picture(model: AttentionTranslator, english: Words) -> tuple[Words, Array]:
    """Return what the model writes of a sentence, its END included, and its weights."""
    with torch.device("cpu"), torch.no_grad():
        src = TASK.source.encode(english).unsqueeze(0)
        written = model.translate(src)
        weights = model.alignment(src, written)[0]
    return tuple(TASK.target.decode(written[0])), weights.numpy().astype(np.float64)
