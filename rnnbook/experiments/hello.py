"""One word, learned by a network without memory, by an RNN and by an LSTM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.decoding import generate
from rnnbook.models import FeedforwardClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.spelling import Spelling
from rnnbook.text import one_hot_encode
from rnnbook.training import fit, predict

MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "no memory": FeedforwardClassifier,
    "RNN": SimpleRNN,
    "LSTM": SimpleLSTM,
}
#: One word in which a letter has two followers, and one in which none has.
WORDS = ("hello", "world")
HIDDEN = 16
LEVEL = 0.1

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]


class Result(NamedTuple):
    """What training on each word came to; the first axis of each array is the seed.

    ``losses`` is (seed, word, model, step), ``reached`` (seed, word, model) the first step with a
    loss below ``LEVEL`` (infinite if none was). ``spelled`` holds what is generated from the first
    letter on. ``probabilities`` is (seed, model, letter read, symbol), for the first word.
    """

    words: tuple[str, ...]
    models: tuple[str, ...]
    symbols: tuple[str, ...]
    floors: NDArray[np.float64]
    losses: NDArray[np.float64]
    reached: NDArray[np.float64]
    spelled: NDArray[np.str_]
    probabilities: NDArray[np.float64]


def run(seeds: Sequence[int] = (0, 1, 2), *, steps: int = 200) -> Result:
    """Train every model on every word.

    Parameters
    ----------
    seeds : sequence of int
        One training run a seed, word and model; a seed draws the initial weights.
    steps : int
        Steps of each run.
    """
    tasks = [Spelling(word) for word in WORDS]
    size = len(tasks[0].vocabulary)
    losses = np.full((len(seeds), len(WORDS), len(MODELS), steps), np.nan)
    spelled = np.full(losses.shape[:3], "", dtype=f"U{max(map(len, WORDS))}")
    probabilities = np.zeros((len(seeds), len(MODELS), len(WORDS[0]) - 1, size))
    for i, seed in enumerate(seeds):
        for j, task in enumerate(tasks):
            for k, build in enumerate(MODELS.values()):
                model, history = trained(build, task, seed, steps)
                losses[i, j, k, : len(history)] = history
                spelled[i, j, k] = spell(model, task)
                if j == 0:
                    probabilities[i, k] = answers(model, task)
    low = losses < LEVEL
    reached = np.where(low.any(-1), low.argmax(-1), np.inf)
    floors = np.array([task.floor for task in tasks])
    symbols = tasks[0].vocabulary.tokens
    return Result(WORDS, tuple(MODELS), symbols, floors, losses, reached, spelled, probabilities)


def trained(
    build: Callable[[int, int, int], nn.Module], task: Spelling, seed: int, steps: int
) -> tuple[nn.Module, list[float]]:
    """Return a model that has read the word ``steps`` times, and its losses."""
    torch.manual_seed(seed)
    model = build(len(task.vocabulary), HIDDEN, len(task.vocabulary))
    history = fit(model, task, steps=steps, seed=seed, batch_size=1)
    return model, history.losses


def spell(model: nn.Module, task: Spelling) -> str:
    """Give the first letter of the word and let ``model`` go on by itself."""
    first = task.vocabulary.encode(task.word[0])
    with torch.no_grad():
        ids = generate(one_letter(model), first, None, length=len(task.word) - 1)
    # a special token would come as a word in brackets; a question mark keeps the places
    letters = [t if len(t) == 1 else "?" for t in task.vocabulary.decode(ids[0])]
    return task.word[0] + "".join(letters)


def one_letter(model: nn.Module) -> Step:
    """Return the function that reads one letter and the state, and gives logits and the next state.

    Its ids are (batch,), its logits (batch, vocab_size). The state starts as None and is handed on
    whole: ``h`` for an RNN, ``(h, c)`` for an LSTM, nothing for a network without memory.
    """
    if isinstance(model, FeedforwardClassifier):
        return lambda ids, state: (model(one_hot_encode(ids, model.fc1.in_features)), state)
    if not isinstance(model, SimpleRNN | SimpleLSTM):
        raise TypeError(
            "one_letter: expected a FeedforwardClassifier, SimpleRNN or SimpleLSTM, got "
            f"{type(model).__name__}; of another model it is not known where its layer is"
        )
    layer = model.lstm if isinstance(model, SimpleLSTM) else model.rnn
    size = model.fc.out_features

    def step(ids: Tensor, state: Any) -> tuple[Tensor, Any]:
        x = one_hot_encode(ids, size).unsqueeze(1)  # (batch, 1, vocab_size)
        output, state = layer(x, state)
        return model.fc(output[:, -1]), state

    return step


def answers(model: nn.Module, task: Spelling) -> NDArray[np.float64]:
    """Return the probability of each symbol after each letter, (letters - 1, vocab_size)."""
    with torch.no_grad():
        logits = predict(model, task.batch(1, torch.Generator()))
    probabilities: NDArray[np.float64] = logits[0].double().softmax(-1).numpy()
    return probabilities
