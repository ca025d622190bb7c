"""One word, learned by a network without memory, by an RNN and by an LSTM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.decoding import generate
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import FeedforwardClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.spelling import Spelling
from rnnbook.text import one_hot_encode
from rnnbook.training import fit, predict

#: A seed draws the initial weights.
SEEDS = (0, 1, 2)
MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "no memory": FeedforwardClassifier,
    "RNN": SimpleRNN,
    "LSTM": SimpleLSTM,
}
#: One word in which a letter has two followers, and one in which none has.
WORDS = ("hello", "world")
HIDDEN = 16
STEPS = 200
LEARNING_RATE = 1e-2
#: A rate that is often advised for Adam, and the updates after which the two rates are compared.
ADVISED_RATE, COMPARED = 1e-3, 100
#: A word counts as learned from the first update on whose loss is below this.
LEVEL = 0.1

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]


class Result(NamedTuple):
    """What training on each word came to, by word and model; the first axis is the seed.

    ``losses`` is (seed, update), ``reached`` the first update with a loss below ``LEVEL`` (infinite
    if there was none). ``spelled`` holds, for each seed, what is generated from the first letter
    on. ``probabilities``, by model, is (seed, letter read, symbol) for the first word.
    """

    losses: dict[tuple[str, str], Measured]
    reached: dict[tuple[str, str], Measured]
    spelled: dict[tuple[str, str], Measured]
    probabilities: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every model on every word."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train every model on every word, on one seed."""
    tasks = {word: Spelling(word) for word in WORDS}
    runs = {
        (word, name): trained(build, task, seed)
        for word, task in tasks.items()
        for name, build in MODELS.items()
    }
    return Result(
        losses={key: losses for key, (_, losses) in runs.items()},
        reached={key: first_below(losses, LEVEL) for key, (_, losses) in runs.items()},
        spelled={key: spell(model, tasks[key[0]]) for key, (model, _) in runs.items()},
        probabilities={n: answers(runs[WORDS[0], n][0], tasks[WORDS[0]]) for n in MODELS},
    )


class Advised(NamedTuple):
    """The loss of the RNN on the first word after ``COMPARED`` updates, by learning rate."""

    loss: dict[float, Measured]


def advised(seed: int) -> Advised:
    """Train the RNN at the learning rate of the chapter and at the one that is often advised."""
    task = Spelling(WORDS[0])
    return Advised(
        {
            rate: float(trained(SimpleRNN, task, seed, learning_rate=rate)[1][:COMPARED][-1])
            for rate in (LEARNING_RATE, ADVISED_RATE)
        }
    )


def trained(
    build: Callable[[int, int, int], nn.Module],
    task: Spelling,
    seed: int,
    *,
    learning_rate: float = LEARNING_RATE,
) -> tuple[nn.Module, NDArray[np.float64]]:
    """Return a model that has read the word ``STEPS`` times, and its losses."""
    torch.manual_seed(seed)
    model = build(len(task.vocabulary), HIDDEN, len(task.vocabulary))
    history = fit(model, task, steps=STEPS, seed=seed, batch_size=1, learning_rate=learning_rate)
    return model, np.array(history.losses)


def first_below(losses: NDArray[np.float64], level: float) -> float:
    """Return the index of the first loss below ``level``; infinite if there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.experiments.hello import first_below
    >>> first_below(np.array([3.0, 2.0, 0.5]), 1.0), first_below(np.array([3.0]), 1.0)
    (2.0, inf)
    """
    low = losses < level
    return float(low.argmax()) if low.any() else float("inf")


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

    Its ids are (batch,), its logits (batch, vocab_size). The state starts as None and is passed on
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
