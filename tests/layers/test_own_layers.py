"""Layers that a reader might write, unlike ours in all that is not asked for, train in the models.

The first weight of one is its decay, the state of one has three parts, one has complex weights.
"""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook.batch import Batch
from rnnbook.diagnosis import states
from rnnbook.layers import Layer, State, map_state, over_time, read
from rnnbook.models import (
    AttentionTranslator,
    CaptionGenerator,
    DeepRNN,
    SentimentClassifier,
    Seq2SeqTranslator,
    SequenceRegressor,
)
from rnnbook.tasks.adding import Adding
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import fit


def at_every_step(layer, xs: Tensor | PackedSequence):
    return xs._replace(data=layer(xs.data)) if isinstance(xs, PackedSequence) else layer(xs)


class Stack(nn.Module):
    """So many single layers on top of each other; a state's parts are stacked as well."""

    single: type[nn.Module]
    bidirectional = False

    def __init__(self, input_size, hidden_size, num_layers=1, *, batch_first=False, dropout=0.0):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.num_layers, self.batch_first, self.dropout = num_layers, batch_first, dropout
        widths = [input_size] + [hidden_size] * (num_layers - 1)
        self.layers = nn.ModuleList(self.single(width, hidden_size) for width in widths)

    def forward(self, xs: Tensor | PackedSequence, state: State | None = None):
        ends = []
        for k, layer in enumerate(self.layers):
            if k > 0:
                xs = at_every_step(lambda x: F.dropout(x, self.dropout, self.training), xs)
            start = None if state is None else map_state(lambda part, k=k: part[k], state)
            xs, end = layer(xs, start, self.batch_first)
            ends.append(end)
        if isinstance(ends[0], Tensor):
            return xs, torch.stack(ends)
        return xs, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))


def zeros(xs: Tensor | PackedSequence, size: int, batch_first: bool, dtype: torch.dtype) -> Tensor:
    """Return the first state of a single layer, (batch, size)."""
    packed = isinstance(xs, PackedSequence)
    batch = int(xs.batch_sizes[0]) if packed else xs.shape[0 if batch_first else 1]
    return torch.zeros(batch, size, dtype=dtype)


class _Diagonal(nn.Module):
    """x_t = a * x_{t-1} + B u_t and y_t = C x_t; ``x`` has more numbers than ``y``."""

    dtype = torch.float32

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        size = 2 * hidden_size + 1
        self.decay = nn.Parameter(4 * torch.rand(size, dtype=self.dtype) - 1)
        self.B = nn.Parameter(torch.randn(size, input_size, dtype=self.dtype) * 0.5)
        self.C = nn.Parameter(torch.randn(hidden_size, size, dtype=self.dtype) * size**-0.5)

    def forward(self, xs, x, batch_first):
        inputs = at_every_step(lambda u: u.to(self.dtype) @ self.B.T, xs)
        a = self.decay / (1 + self.decay.abs())

        def step(from_input: Tensor, past: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            x = a * past[1] + from_input
            return torch.tanh((x @ self.C.T).real), x

        x = zeros(xs, len(a), batch_first, self.dtype) if x is None else x
        y = torch.zeros(len(x), len(self.C))
        output, (_, x) = over_time(step, inputs, (y, x), batch_first=batch_first)
        return output, x


class _Complex(_Diagonal):
    dtype = torch.complex64


class _ThreeParts(nn.Module):
    """An LSTM whose cell is divided by all that was ever let in: h = o c / n."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.from_input = nn.Linear(input_size, 4 * hidden_size)
        self.from_state = nn.Linear(hidden_size, 4 * hidden_size, bias=False)

    def forward(self, xs, state, batch_first):
        def step(from_input: Tensor, past: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            h, c, n = past
            i, f, z, o = (from_input + self.from_state(h)).chunk(4, dim=1)
            c = torch.sigmoid(f) * c + i.exp() * torch.tanh(z)
            n = torch.sigmoid(f) * n + i.exp()
            return torch.sigmoid(o) * c / n, c, n

        if state is None:
            state = (zeros(xs, self.hidden_size, batch_first, torch.float32),) * 3
        return over_time(step, at_every_step(self.from_input, xs), state, batch_first=batch_first)


class StateSpace(Stack):
    """Its first weight is its decay."""

    single = _Diagonal


class ComplexStateSpace(Stack):
    """Its weights and its state are complex."""

    single = _Complex


class ThreeParts(Stack):
    """Its state is h, c and n."""

    single = _ThreeParts


class FirstWord:
    """Sentences of unlike length: is the first word one of the upper half of the vocabulary?"""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        words = torch.randint(4, 10, (size, 5), generator=generator)
        return Batch(
            (words,), (words[:, 0] > 6).long(), torch.randint(1, 6, (size,), generator=generator)
        )

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return F.cross_entropy(output, batch.target)


LAYERS = [StateSpace, ComplexStateSpace, ThreeParts]
SITUATIONS = {
    "SequenceRegressor": (lambda layer: SequenceRegressor(2, 8, layer=layer), Adding(5)),
    "SentimentClassifier": (
        lambda layer: SentimentClassifier(10, 8, 8, 2, layer=layer),
        FirstWord(),
    ),
    "DeepRNN": (lambda layer: DeepRNN(1, 8, 2, 1, layer=layer), MovingSum(length=6)),
}

every = pytest.mark.parametrize("layer", LAYERS)


def test_they_are_as_strange_as_they_should_be():
    assert next(StateSpace(3, 4).named_parameters())[0] == "layers.0.decay"
    assert next(ComplexStateSpace(3, 4).parameters()).is_complex()
    assert len(ThreeParts(3, 4)(torch.zeros(5, 1, 3))[1]) == 3
    assert all(isinstance(layer(3, 4), Layer) for layer in LAYERS)


@every
@pytest.mark.parametrize("name", SITUATIONS)
def test_it_trains_in_a_model(name, layer):
    build, task = SITUATIONS[name]
    torch.manual_seed(0)
    history = fit(build(layer), task, steps=120, seed=0, learning_rate=2e-2)
    assert history.recent() < 0.8 * sum(history.losses[:5]) / 5


@every
def test_a_state_goes_on_and_padding_changes_nothing(layer):
    torch.manual_seed(0)
    model, xs = DeepRNN(3, 4, 2, 2, layer=layer).eval(), torch.randn(3, 6, 3)
    whole, end = model(xs)
    _, middle = model(xs[:, :2])
    second, again = model(xs[:, 2:], middle)
    torch.testing.assert_close(second, whole[:, 2:])
    torch.testing.assert_close(again, end)
    lengths = torch.tensor([2, 6, 1])
    answers, _ = model(xs, lengths=lengths)
    for row, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(answers[row, :length], whole[row, :length])


@every
def test_a_picture_becomes_a_whole_state_of_its_form(layer):
    model = CaptionGenerator(5, 4, 9, layer=partial(layer, num_layers=2))
    state = model.start(torch.randn(3, 5))
    _, right = read(model.rnn, torch.zeros(3, 2, 4))
    pairs = [(state, right)] if isinstance(right, Tensor) else zip(state, right, strict=True)
    for mine, theirs in pairs:
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
    assert model.generate(torch.randn(3, 5), 4).shape[0] == 3


@pytest.mark.parametrize(
    ("kind", "layer"),
    [*((Seq2SeqTranslator, layer) for layer in LAYERS), (AttentionTranslator, ThreeParts)],
)
def test_a_translator_hands_its_state_on(kind, layer):
    torch.manual_seed(0)
    model, lengths = kind(9, 9, 4, 6, layer=layer), torch.tensor([2, 5])
    src, tgt = torch.randint(4, 9, (2, 5)), torch.randint(4, 9, (2, 3))
    logits = model(src, tgt, lengths=lengths)
    alone = model(src[:1, :2], tgt[:1], lengths=lengths[:1])
    torch.testing.assert_close(logits[:1], alone)
    assert model.translate(src, 4, lengths=lengths, width=2).shape[0] == 2


@pytest.mark.parametrize("layer", [StateSpace, ComplexStateSpace])
def test_attention_wants_a_state_that_begins_with_what_was_given_last(layer):
    model = AttentionTranslator(9, 9, 4, 6, layer=layer)
    with pytest.raises(ValueError, match="begins with what it gave last, h, of 6 numbers, got"):
        model.translate(torch.randint(4, 9, (2, 5)))


@every
def test_the_checks_of_a_broken_run_find_it(layer):
    model = SequenceRegressor(2, 8, layer=layer)
    batch = Adding(5).batch(4, torch.Generator().manual_seed(0))
    assert list(states(model, batch)) == ["rnn"]
