"""What can be learned, and what is kept in memory, when the gradient is cut every k steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import gradients
from rnnbook.initialisation import forget_bias_, orthogonal_
from rnnbook.models import VanillaRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import detach, evaluate, fit_truncated, predict

TASK = AskedLater(lag=20)
#: The same in fainter noise, and a larger learning rate than 1e-2: does the rule hold there too?
FAINT = replace(TASK, noise=0.005)
FASTER = 2e-2
#: The longest chunk that cuts the question off from the bit, and the shortest that does not.
CHUNKS = (TASK.lag, TASK.lag + 1)
HIDDEN = 32
LENGTHS = (100, 200, 400, 800)
#: Chunks whose memory is measured; the longest document fits into the last.
MEMORY_CHUNKS = (10, 20, 40, 80, LENGTHS[-1])


def open_lstm(*sizes: int, **options: Any) -> nn.Module:
    """Build an LSTM whose forget gates start open."""
    return forget_bias_(nn.LSTM(*sizes, **options), 1.0)


def orthogonal(*sizes: int, **options: Any) -> nn.Module:
    """Build a plain RNN whose recurrent weights turn the state and do not shrink it."""
    return orthogonal_(nn.RNN(*sizes, bias=False, **options))


def frozen(*sizes: int, **options: Any) -> nn.Module:
    """Build the same RNN with weights that training does not touch."""
    return orthogonal(*sizes, **options).requires_grad_(False)


NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "GRU": nn.GRU,
    "LSTM, forget bias 1": open_lstm,
    "LSTM, default": nn.LSTM,
    "tanh RNN": nn.RNN,
}
#: The most optimiser steps; a run stops when it is solved. The GRU takes longest.
STEPS = {nn.GRU: 400, open_lstm: 120, nn.LSTM: 120, nn.RNN: 150, frozen: 300}


class Result(NamedTuple):
    """Accuracies on fresh documents, and bytes; the first axis is the seed but for bytes.

    ``accuracy`` is (seed, network, chunk). ``other_settings`` is (seed,): a GRU, cut right before
    the question, in fainter noise and with a larger learning rate. ``readout`` is (seed, state): a
    network whose recurrent weights were never trained, cut there as well, with the state carried
    over the cut and with zeros in its place. ``bytes`` is (chunk, length): the most that waits for
    a backward pass at any time.
    """

    networks: tuple[str, ...]
    chunks: tuple[int, ...]
    lag: int
    baseline: float
    accuracy: NDArray[np.float64]
    other_settings: NDArray[np.float64]
    readout: NDArray[np.float64]
    memory_chunks: tuple[int, ...]
    lengths: tuple[int, ...]
    bytes: NDArray[np.int64]


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Train every network with a gradient that just reaches the bit, and with one that does not.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the initial weights and the documents.
    """
    accuracy = np.zeros((len(seeds), len(NETWORKS), len(CHUNKS)))
    other_settings, readout = np.zeros(len(seeds)), np.zeros((len(seeds), 2))
    for i, seed in enumerate(seeds):
        for k, layer in enumerate(NETWORKS.values()):
            for j, chunk in enumerate(CHUNKS):
                accuracy[i, k, j] = judged(trained(layer, chunk, seed), seed)
        other_settings[i] = judged(trained(nn.GRU, TASK.lag, seed, FAINT, FASTER), seed, FAINT)
        model = trained(frozen, TASK.lag, seed)
        readout[i] = judged(model, seed), without_state(model, seed)
    return Result(
        tuple(NETWORKS),
        CHUNKS,
        TASK.lag,
        TASK.baseline,
        accuracy,
        other_settings,
        readout,
        MEMORY_CHUNKS,
        LENGTHS,
        np.array([[waiting(chunk, length) for length in LENGTHS] for chunk in MEMORY_CHUNKS]),
    )


def trained(
    layer: Callable[..., nn.Module],
    chunk: int,
    seed: int,
    task: AskedLater = TASK,
    learning_rate: float = 1e-2,
) -> VanillaRNN:
    """Return a network trained on documents cut every ``chunk`` steps, until it is solved."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 2, layer=layer)
    fit_truncated(
        model,
        task,
        chunk=chunk,
        steps=STEPS[layer],
        seed=seed,
        learning_rate=learning_rate,
        until=0.1,
    )
    return model


def judged(model: nn.Module, seed: int, task: AskedLater = TASK) -> float:
    """Return the accuracy of ``model`` on documents that no training run has drawn."""
    return evaluate(model, task, seed=seed + 10_000, size=1000)


def without_state(model: VanillaRNN, seed: int) -> float:
    """Return the accuracy when the state is replaced by zeros right before the question."""
    batch = TASK.batch(1000, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        output = predict(model, batch).clone()
        output[:, -1:] = model(batch.inputs[0][:, -1:])[0]
    return TASK.score(output, batch)


def backward_by_chunks(layer: nn.Module, xs: Tensor, chunk: int, cut: Callable[[Any], Any]) -> Any:
    """Read ``xs`` in chunks, with a backward pass after each and ``cut`` between them."""
    state = None
    for piece in xs.split(chunk, dim=1):
        output, state = layer(piece, state)
        output.square().mean().backward()
        state = cut(state)
    return state


def waiting(chunk: int, length: int, batch: int = 8) -> int:
    """Return the most bytes that wait for a backward pass while a document is read in chunks.

    After each chunk its backward pass sets the bytes free again, if the state was detached.
    """
    torch.manual_seed(0)
    model = VanillaRNN(1, HIDDEN, 2, layer=nn.RNN)
    state: list[Any] = [None]
    most = 0
    for piece in torch.randn(batch, length, 1).split(chunk, dim=1):
        xs = piece.clone()

        def read(xs: Tensor = xs) -> Tensor:
            output, state[0] = model(xs, state[0])
            loss: Tensor = output.square().mean()
            return loss

        most = max(most, gradients.saved_bytes(read, besides=[xs, *model.parameters()]))
        state[0] = detach(state[0])
    return most
