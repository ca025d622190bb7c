"""Learning and memory when the gradient is cut every k steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rnnbook import gradients
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import forget_bias_, orthogonal_
from rnnbook.models import VanillaRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import detach, evaluate, fit_truncated, predict

#: A seed draws the initial weights and the documents.
SEEDS = (0, 1, 2)
TASK = AskedLater(lag=20, noise=0.005)
#: The longest chunk that cuts the question off from the bit, and the shortest that does not.
CUT, WHOLE = TASK.lag, TASK.lag + 1
HIDDEN = 32
LEARNING_RATE = 1e-2
#: The most updates; a run stops once the mean loss of twenty batches is below ``SOLVED``.
STEPS = 200
SOLVED = 0.1
#: The other settings under which a GRU is cut right before the question.
FASTER, MORE_STEPS = 3e-2, 400
#: Documents that every accuracy is a share of.
JUDGED = 1000
LENGTHS = (100, 200, 400, 800)
#: Chunks whose memory is measured; the longest document fits into the last.
MEMORY_CHUNKS = (10, 20, 40, 80, LENGTHS[-1])


def open_lstm(*sizes: int, **options: Any) -> nn.Module:
    """Build an LSTM with forget bias 1."""
    return forget_bias_(nn.LSTM(*sizes, **options), 1.0)


def orthogonal(*sizes: int, **options: Any) -> nn.Module:
    """Build a plain RNN whose recurrent weights turn the state and do not shrink it."""
    return orthogonal_(nn.RNN(*sizes, bias=False, **options))


NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "GRU": nn.GRU,
    "LSTM, forget bias 1": open_lstm,
    "LSTM, default": nn.LSTM,
    "tanh RNN": nn.RNN,
}
#: Networks and chunks; what a default LSTM does not learn uncut is not tried with a cut.
CASES = [
    (name, chunk)
    for name in NETWORKS
    for chunk in (CUT, WHOLE)
    if (name, chunk) != ("LSTM, default", CUT)
]
#: Networks of which nothing but the readout is trained.
FROZEN: dict[str, Callable[..., nn.Module]] = {"orthogonal": orthogonal, "default": nn.RNN}


class Result(NamedTuple):
    """Accuracies on fresh documents, a value for each seed.

    ``accuracy`` is by network and by chunk. ``faster`` is that of a GRU, cut right before the
    question, with ``FASTER`` as its learning rate and ``MORE_STEPS`` updates. ``carried`` and
    ``zeros`` are by the recurrent weights, which were never trained: cut right before the question,
    with the state that was carried over the cut, and with zeros in its place.
    """

    accuracy: dict[tuple[str, int], Measured]
    faster: Measured
    carried: dict[str, Measured]
    zeros: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train every network with a gradient that just reaches the bit, and with one that does not."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Train and judge every network, cut and whole, on one seed."""
    faster = trained(nn.GRU, CUT, seed, steps=MORE_STEPS, learning_rate=FASTER)
    readouts = {name: trained(frozen(layer), CUT, seed) for name, layer in FROZEN.items()}
    return Result(
        accuracy={
            (name, chunk): judged(trained(NETWORKS[name], chunk, seed), seed)
            for name, chunk in CASES
        },
        faster=judged(faster, seed),
        carried={name: judged(model, seed) for name, model in readouts.items()},
        zeros={name: without_state(model, seed) for name, model in readouts.items()},
    )


def frozen(layer: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Return a layer like ``layer`` with weights that training does not touch."""

    def build(*sizes: int, **options: Any) -> nn.Module:
        return layer(*sizes, **options).requires_grad_(False)

    return build


def trained(
    layer: Callable[..., nn.Module],
    chunk: int,
    seed: int,
    steps: int = STEPS,
    learning_rate: float = LEARNING_RATE,
) -> VanillaRNN:
    """Return a network trained on documents cut every ``chunk`` steps, until it is solved."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 2, layer=layer)
    fit_truncated(
        model,
        TASK,
        chunk=chunk,
        steps=steps,
        seed=seed,
        learning_rate=learning_rate,
        until=SOLVED,
    )
    return model


def judged(model: nn.Module, seed: int) -> float:
    """Return the accuracy of ``model`` on documents that no training run has drawn."""
    return evaluate(model, TASK, seed=seed + 10_000, size=JUDGED)


def without_state(model: VanillaRNN, seed: int) -> float:
    """Return the accuracy when the state is replaced by zeros right before the question."""
    batch = TASK.batch(JUDGED, torch.Generator().manual_seed(seed + 10_000))
    with torch.no_grad():
        output = predict(model, batch).clone()
        output[:, -1:] = model(batch.inputs[0][:, -1:])[0]
    return TASK.score(output, batch)


@cache
def memory() -> dict[int, list[int]]:
    """Return the bytes that wait for a backward pass, by chunk, one for each of ``LENGTHS``."""
    return {k: [waiting(k, length) for length in LENGTHS] for k in MEMORY_CHUNKS}


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
