"""What reading from both ends adds, how it goes wrong, and where it cheats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.layers import read, reverse_within
from rnnbook.models import BidirectionalRNN, SimpleRNN
from rnnbook.tasks.random_tokens import RandomTokens
from rnnbook.tasks.word_senses import WordSenses
from rnnbook.text import PAD, one_hot_encode
from rnnbook.training import count_parameters, evaluate, fit, predict

LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
COMPARED = ("outputs", "final state", "gradients")
#: What equals what, for a layer of 32 units; the last row is one step from zeros, backward.
ENDS = (
    "h_n[0]      output[:, -1, :32]",
    "h_n[1]      output[:, 0, 32:]",
    "one step    output[:, -1, 32:]",
)
TASK = WordSenses()
TOKENS = RandomTokens()
SIDES = ("to the left", "to the right")
#: Columns of padding added to the batch that is tagged after training.
EXTRA = (0, 1, 5, 20)
FRESH = 500


class BackwardRNN(SimpleRNN):
    """One direction, the other one: read each sequence from its end."""

    def forward(self, input_seq: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, output_size), for (batch, time, input_size)."""
        turned = super().forward(reverse_within(input_seq, lengths), lengths=lengths)
        return reverse_within(turned, lengths)


#: One direction gets the wider state, so that it has no fewer parameters.
NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
    "forward": lambda inputs, outputs: SimpleRNN(inputs, 28, outputs),
    "backward": lambda inputs, outputs: BackwardRNN(inputs, 28, outputs),
    "both": lambda inputs, outputs: BidirectionalRNN(inputs, 16, outputs, layer=nn.RNN),
}
MODELS: dict[str, Callable[[], nn.Module]] = {
    "forward": lambda: SimpleRNN(TOKENS.symbols, 44, TOKENS.symbols),
    "both": lambda: BidirectionalRNN(TOKENS.symbols, 24, TOKENS.symbols, layer=nn.RNN),
}


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``equal`` is (seed, layer, compared): how far our two layers and PyTorch's bidirectional one
    differ on a padded batch, as a share of what is compared. ``ends`` is (seed, pair): the largest
    difference between two numbers that ought to be the same. ``accuracy`` is (seed, network, side):
    on words of two meanings, by the side on which the telling word stands. ``flipped`` is (seed,
    extra, side): the same for the trained network of both directions when the padded batch is
    turned around with ``flip``. ``losses`` is (seed, model, step): training on random tokens,
    ``shown`` (seed, model) on fresh ones, ``asked`` (seed, model) when the next token is not yet
    there. ``parameters`` and ``model_parameters`` count those of networks and models.
    """

    layers: tuple[str, ...]
    compared: tuple[str, ...]
    pairs: tuple[str, ...]
    networks: tuple[str, ...]
    sides: tuple[str, ...]
    extra: tuple[int, ...]
    models: tuple[str, ...]
    equal: NDArray[np.float64]
    ends: NDArray[np.float64]
    parameters: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    flipped: NDArray[np.float64]
    model_parameters: NDArray[np.int64]
    losses: NDArray[np.float64]
    shown: NDArray[np.float64]
    asked: NDArray[np.float64]
    baseline: float
    floor: float


def run(seeds: Sequence[int] = (0, 1, 2)) -> Result:
    """Compare with PyTorch, then train one direction and both on two tasks.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws weights, sequences and training batches.
    """
    accuracy, flipped, losses, shown, asked = [], [], [], [], []
    for seed in seeds:
        taggers = {name: tagger(name, seed) for name in NETWORKS}
        fresh = TASK.batch(FRESH, torch.Generator().manual_seed(seed + 10_000))
        before = TASK.told_before(fresh)
        said = [answers(model, fresh) for model in taggers.values()]
        accuracy.append([by_side(output, fresh, before) for output in said])
        turned = [flipped_answers(taggers["both"], fresh, extra) for extra in EXTRA]
        flipped.append([by_side(output, fresh, before) for output in turned])
        runs = [language_model(name, seed) for name in MODELS]
        losses.append([curve for _, curve in runs])
        shown.append([evaluate(model, TOKENS, seed=seed + 10_000) for model, _ in runs])
        asked.append([without_the_future(model, seed + 10_000) for model, _ in runs])
    width, senses = len(TASK.vocabulary), len(TASK.senses)
    return Result(
        tuple(LAYERS),
        COMPARED,
        ENDS,
        tuple(NETWORKS),
        SIDES,
        EXTRA,
        tuple(MODELS),
        np.array([[differences(layer, seed) for layer in LAYERS.values()] for seed in seeds]),
        np.array([ends(seed) for seed in seeds]),
        np.array([count_parameters(build(width, senses)) for build in NETWORKS.values()]),
        np.array(accuracy),
        np.array(flipped),
        np.array([count_parameters(build()) for build in MODELS.values()]),
        np.array(losses),
        np.array(shown),
        np.array(asked),
        TASK.baseline,
        TOKENS.baseline,
    )


def copied(builtin: nn.RNNBase, output_size: int = 3) -> BidirectionalRNN:
    """Return our network of two layers with the weights of a bidirectional one of PyTorch."""
    kind: Callable[..., nn.Module] = type(builtin)
    model = BidirectionalRNN(builtin.input_size, builtin.hidden_size, output_size, layer=kind)
    model.load_builtin(builtin.state_dict())
    return model


def differences(kind: Callable[..., nn.Module], seed: int) -> list[float]:
    """Return how far outputs, final states and gradients differ, on a padded batch."""
    torch.manual_seed(seed)
    theirs = kind(10, 32, batch_first=True, bidirectional=True)
    assert isinstance(theirs, nn.RNNBase)
    ours = copied(theirs)
    xs, lengths = torch.randn(4, 20, 10), torch.tensor([5, 20, 1, 12])
    found = []
    for output, state in (ours.states(xs, lengths=lengths), read(theirs, xs, lengths=lengths)):
        h_n = state if isinstance(state, Tensor) else torch.cat(state)
        (output.square().sum() + h_n.square().sum()).backward()
        found.append((output.detach(), h_n.detach()))
    in_order = [p for part in (ours.rnn_forward, ours.rnn_backward) for p in part.parameters()]
    for parameters in (in_order, list(theirs.parameters())):
        assert all(p.grad is not None for p in parameters)
    mine, yours = (
        torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
        for parameters in (in_order, theirs.parameters())
    )
    pairs = [*zip(*found, strict=True), (mine, yours)]
    return [float((a - b).norm() / b.norm()) for a, b in pairs]


def ends(seed: int) -> list[float]:
    """Return the largest difference between where a state stands and where else it stands."""
    torch.manual_seed(seed)
    rnn = nn.RNN(10, 32, batch_first=True, bidirectional=True)
    xs = torch.randn(4, 20, 10)
    with torch.no_grad():
        output, h_n = rnn(xs)
        ahead, back = output.split(32, dim=-1)
        alone, _ = rnn(xs[:, -1:])  # one step from a state of zeros
    pairs = ((h_n[0], ahead[:, -1]), (h_n[1], back[:, 0]), (back[:, -1], alone[:, 0, 32:]))
    return [float((a - b).abs().max()) for a, b in pairs]


def tagger(name: str, seed: int) -> nn.Module:
    """Return a network of that name, trained to tell the meanings of words."""
    torch.manual_seed(seed)
    model = NETWORKS[name](len(TASK.vocabulary), len(TASK.senses))
    # One direction never gets below the loss of a coin on half of the words.
    steps = 300 if name == "both" else 200
    fit(model, TASK, steps=steps, seed=seed, batch_size=16, until=0.04)
    return model


def by_side(output: Tensor, batch: Batch, before: Tensor) -> list[float]:
    """Return the accuracy where the telling word came before, and where it did not."""
    right, asked = output.argmax(-1) == batch.target, batch.target != UNASKED
    return [right[asked & where].float().mean().item() for where in (before, ~before)]


def answers(model: nn.Module, batch: Batch) -> Tensor:
    """Return what the model says of each step, (batch, time, meanings)."""
    with torch.no_grad():
        said: Tensor = predict(model, batch)
    return said


def flipped_answers(model: nn.Module, batch: Batch, extra: int) -> Tensor:
    """Return the same without lengths, in a batch with ``extra`` more columns of padding."""
    wider = F.pad(batch.inputs[0].argmax(-1), (0, extra), value=PAD)
    xs = one_hot_encode(wider, batch.inputs[0].shape[-1])
    time = batch.target.shape[1]
    return answers(model, Batch((xs,), batch.target))[:, :time]


def language_model(name: str, seed: int, steps: int = 100) -> tuple[nn.Module, NDArray[np.float64]]:
    """Return a network trained to name the next of random tokens, and its losses."""
    torch.manual_seed(seed)
    model = MODELS[name]()
    history = fit(model, TOKENS, steps=steps, seed=seed, batch_size=16)
    curve = np.full(steps, np.nan)
    curve[: len(history.losses)] = history.losses
    return model, curve


def without_the_future(model: nn.Module, seed: int, size: int = 200) -> float:
    """Return the cross-entropy of the next token when the sequence ends before it."""
    batch = TOKENS.batch(size, torch.Generator().manual_seed(seed))
    losses = []
    with torch.no_grad():
        for n in range(1, TOKENS.length):
            so_far = Batch((batch.inputs[0][:, :n],), batch.target[:, :n])
            last = predict(model, so_far)[:, -1]
            losses.append(float(F.cross_entropy(last, so_far.target[:, -1])))
    return sum(losses) / len(losses)
