"""Many sessions and one model: what a session hears when it gets another session's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import fit

#: A seed draws the weights, the training batches and the sessions.
SEEDS = (0, 1, 2)
#: A session gives a bit, and is asked for it some noisy steps later.
TASK = AskedLater(lag=10, noise=0.3)
HIDDEN, UPDATES, SOLVED, LEARNING_RATE = 32, 300, 0.05, 1e-2
#: Sessions, how many are served in one batch, and the steps of a session's first request.
SESSIONS, TOGETHER, FIRST = 200, 8, 5

#: The state after the last request of each session, by its number.
Store = dict[int, Tensor]


class Result(NamedTuple):
    """Shares of sessions, and one difference; the first axis is the seed.

    ``own`` is the share that hears its own bit, where each session has its own state. ``another``
    is the share that hears the bit of the session whose state it got; that bit is never its own.
    ``difference`` is the largest difference between outputs in a batch and outputs alone.
    """

    own: Measured
    another: Measured
    difference: Measured


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Train a network, and serve sessions with their own states and with others'."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed."""
    torch.manual_seed(seed)
    model = VanillaRNN(1, HIDDEN, 2, layer=nn.GRU)
    fit(model, TASK, steps=UPDATES, seed=seed, learning_rate=LEARNING_RATE, until=SOLVED)
    generator = torch.Generator().manual_seed(seed + 10_000)
    xs = TASK.batch(SESSIONS, generator).inputs[0]
    bits = torch.arange(SESSIONS) % 2  # so that neighbours differ
    xs[:, 0, 0] = 2.0 * bits - 1
    batches = torch.randperm(SESSIONS, generator=generator).split(TOGETHER)

    def said(batches: Sequence[Tensor], whose: Callable[[int], int] = int) -> Tensor:
        store: Store = {}
        for ids in batches:
            serve(model, xs[ids, :FIRST], ids.tolist(), store)
        store = {i: store[whose(i)] for i in store}
        outputs = torch.empty(SESSIONS, 2)
        for ids in batches:
            outputs[ids] = serve(model, xs[ids, FIRST:], ids.tolist(), store)[:, -1]
        return outputs

    own, exchanged = said(batches), said(batches, whose=lambda i: i ^ 1)
    alone = said(torch.arange(SESSIONS).split(1))
    return Result(
        own=float((own.argmax(-1) == bits).float().mean()),
        another=float((exchanged.argmax(-1) == 1 - bits).float().mean()),
        difference=float((own - alone).abs().max()),
    )


def serve(model: VanillaRNN, xs: Tensor, ids: Sequence[int], store: Store) -> Tensor:
    """Answer one request of each of some sessions in one batch, and keep their states.

    Parameters
    ----------
    model : VanillaRNN
        One model for all; its layer has a state of one tensor.
    xs : Tensor
        What the sessions send, (sessions, time, input_size).
    ids : sequence of int
        Which sessions they are.
    store : dict of int to Tensor
        The state of each session, (layers, 1, hidden_size); one that is not there starts at zeros.

    Returns
    -------
    Tensor
        (sessions, time, output_size).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.sessions import serve
    >>> from rnnbook.models import VanillaRNN
    >>> store = {}
    >>> serve(VanillaRNN(1, 4, 2), torch.zeros(2, 5, 1), [7, 3], store).shape
    torch.Size([2, 5, 2])
    >>> list(store), store[3].shape
    ([7, 3], torch.Size([1, 1, 4]))
    """
    layer: Any = model.rnn
    zeros = xs.new_zeros(layer.num_layers, 1, layer.hidden_size)
    state = torch.cat([store.get(i, zeros) for i in ids], dim=1)
    with torch.no_grad():
        output, state = model(xs, state)
    store.update(zip(ids, state.split(1, dim=1), strict=True))
    answers: Tensor = output
    return answers
