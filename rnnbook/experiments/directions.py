"""What reading from both ends adds, how it goes wrong, and where it cheats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import read, reverse_within
from rnnbook.models import BidirectionalRNN, SimpleRNN
from rnnbook.tasks.random_tokens import RandomTokens
from rnnbook.tasks.word_senses import WordSenses
from rnnbook.text import PAD, one_hot_encode
from rnnbook.training import History, count_parameters, evaluate, fit, predict

#: A seed draws weights, sequences and training batches.
SEEDS = (0, 1, 2)
LAYERS: dict[str, Callable[..., nn.Module]] = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
#: Units of each direction of a layer that is compared with PyTorch's.
SIZE = 32
TASK = WordSenses()
TOKENS = RandomTokens()
#: Units of a layer that tags words in one direction, and of each that does so in two.
ALONE, EACH = 28, 16
#: The same for the models of random tokens.
MODEL_ALONE, MODEL_EACH = 44, 24
#: The most updates in one direction, which never gets below the loss of a coin on half of the
#: words, and in two, where training stops at a mean loss of ``SOLVED``.
UPDATES = {"forward": 200, "backward": 200, "both": 300}
SOLVED = 0.04
LEARNING_RATE = 1e-2
#: Updates of the models of random tokens.
MODEL_UPDATES = 100
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
    "forward": lambda inputs, outputs: SimpleRNN(inputs, ALONE, outputs),
    "backward": lambda inputs, outputs: BackwardRNN(inputs, ALONE, outputs),
    "both": lambda inputs, outputs: BidirectionalRNN(inputs, EACH, outputs, layer=nn.RNN),
}
MODELS: dict[str, Callable[[], nn.Module]] = {
    "forward": lambda: SimpleRNN(TOKENS.symbols, MODEL_ALONE, TOKENS.symbols),
    "both": lambda: BidirectionalRNN(TOKENS.symbols, MODEL_EACH, TOKENS.symbols, layer=nn.RNN),
}


class Result(NamedTuple):
    """What was measured, by name; the first axis is the seed.

    ``differ``, by layer and part, says how far our two layers and PyTorch's bidirectional one
    differ on a padded batch, as a share of the part. ``ends``, by a pair of names, is the largest
    difference between two vectors that ought to be the same. ``accuracy``, by network and side, is
    that on words of two meanings whose telling word stands on this side. ``flipped``, by columns of
    padding added and side, is the same for the trained network of both directions when the padded
    batch is reversed with ``flip``; ``raised``, by columns added, is how many times as large its
    loss on words told to the left is then. ``losses``, by model, are those of training on random
    tokens, (seed, update); ``shown`` is the loss on fresh ones, ``asked`` that when the next token
    is not yet there.
    """

    differ: dict[tuple[str, str], Measured]
    ends: dict[tuple[str, str], Measured]
    accuracy: dict[tuple[str, str], Measured]
    flipped: dict[tuple[int, str], Measured]
    raised: dict[int, Measured]
    losses: dict[str, Measured]
    shown: dict[str, Measured]
    asked: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare with PyTorch, then train one direction and both on two tasks."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Compare and train everything once, on one seed."""
    taggers = {name: tagger(name, seed) for name in NETWORKS}
    fresh = TASK.batch(FRESH, torch.Generator().manual_seed(seed + 10_000))
    said = {name: answers(model, fresh) for name, model in taggers.items()}
    flipped = {extra: flipped_answers(taggers["both"], fresh, extra) for extra in EXTRA}
    models = {name: language_model(name, seed) for name in MODELS}
    return Result(
        differ={
            (name, part): difference
            for name, layer in LAYERS.items()
            for part, difference in differences(layer, seed).items()
        },
        ends=ends(seed),
        accuracy={
            (name, side): share
            for name, output in said.items()
            for side, share in by_side(output, fresh).items()
        },
        flipped={
            (extra, side): share
            for extra, output in flipped.items()
            for side, share in by_side(output, fresh).items()
        },
        raised={
            extra: told_left_loss(output, fresh) / told_left_loss(said["both"], fresh)
            for extra, output in flipped.items()
        },
        losses={name: np.array(history.losses) for name, (_, history) in models.items()},
        shown={
            name: evaluate(model, TOKENS, seed=seed + 10_000) for name, (model, _) in models.items()
        },
        asked={
            name: without_the_future(model, seed + 10_000) for name, (model, _) in models.items()
        },
    )


def parameters() -> dict[str, int]:
    """Return how many parameters each tagger has, by name."""
    sizes = len(TASK.vocabulary), len(TASK.senses)
    return {name: count_parameters(build(*sizes)) for name, build in NETWORKS.items()}


def copied(builtin: nn.RNNBase, output_size: int = 3) -> BidirectionalRNN:
    """Return our network of two layers with the weights of a bidirectional one of PyTorch."""
    kind: Callable[..., nn.Module] = type(builtin)
    model = BidirectionalRNN(builtin.input_size, builtin.hidden_size, output_size, layer=kind)
    model.load_builtin(builtin.state_dict())
    return model


def differences(kind: Callable[..., nn.Module], seed: int) -> dict[str, float]:
    """Return how far outputs, final states and gradients differ on a padded batch, by part."""
    torch.manual_seed(seed)
    theirs = kind(10, SIZE, batch_first=True, bidirectional=True)
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
    pairs = (*zip(*found, strict=True), (mine, yours))
    parts = zip(("outputs", "final state", "gradients"), pairs, strict=True)
    return {part: float((a - b).norm() / b.norm()) for part, (a, b) in parts}


def ends(seed: int) -> dict[tuple[str, str], float]:
    """Return the largest difference between two places of one state, by the names of both."""
    torch.manual_seed(seed)
    rnn = nn.RNN(10, SIZE, batch_first=True, bidirectional=True)
    xs = torch.randn(4, 20, 10)
    with torch.no_grad():
        output, h_n = rnn(xs)
        ahead, back = output.split(SIZE, dim=-1)
        alone, _ = rnn(xs[:, -1:])  # one step from a state of zeros
    pairs = {
        ("h_n[0]", f"output[:, -1, :{SIZE}]"): (h_n[0], ahead[:, -1]),
        ("h_n[1]", f"output[:, 0, {SIZE}:]"): (h_n[1], back[:, 0]),
        ("one step", f"output[:, -1, {SIZE}:]"): (alone[:, 0, SIZE:], back[:, -1]),
    }
    return {names: float((a - b).abs().max()) for names, (a, b) in pairs.items()}


def tagger(name: str, seed: int) -> nn.Module:
    """Return a network of that name, trained to tell the meanings of words."""
    torch.manual_seed(seed)
    model = NETWORKS[name](len(TASK.vocabulary), len(TASK.senses))
    fit(
        model,
        TASK,
        steps=UPDATES[name],
        seed=seed,
        batch_size=16,
        learning_rate=LEARNING_RATE,
        until=SOLVED,
    )
    return model


def by_side(output: Tensor, batch: Batch) -> dict[str, float]:
    """Return the accuracy by the side on which the telling word stands."""
    right, asked = output.argmax(-1) == batch.target, batch.target != UNASKED
    before = TASK.told_before(batch)
    sides = {"left": before, "right": ~before}
    return {side: right[asked & where].float().mean().item() for side, where in sides.items()}


def told_left_loss(output: Tensor, batch: Batch) -> float:
    """Return the cross-entropy where the telling word stands to the left."""
    before = TASK.told_before(batch)
    return F.cross_entropy(output[before], batch.target[before]).item()


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


def language_model(name: str, seed: int) -> tuple[nn.Module, History]:
    """Return a network trained to name the next of random tokens, and how that went."""
    torch.manual_seed(seed)
    model = MODELS[name]()
    history = fit(
        model,
        TOKENS,
        steps=MODEL_UPDATES,
        seed=seed,
        batch_size=16,
        learning_rate=LEARNING_RATE,
    )
    return model, history


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
