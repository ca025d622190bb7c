"""Models of several layers or of both directions are PyTorch's own, with a read-out on top."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.models import BidirectionalRNN, DeepRNN
from rnnbook.sequences import read

PAIRS = [(layers.RNN, nn.RNN), (layers.LSTM, nn.LSTM), (layers.GRU, nn.GRU)]
ATOL = {torch.float32: 1e-5, torch.float64: 1e-10}
ANSWERS = 2


def parts(state: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def everything(tensors: list[Tensor], leaves: list[Tensor]) -> list[Tensor]:
    """What a call gave, and the gradient of all of it at every leaf."""
    generator = torch.Generator().manual_seed(0)
    total = sum(
        (t * torch.randn(t.shape, generator=generator, dtype=t.dtype)).sum() for t in tensors
    )
    return [*tensors, *torch.autograd.grad(total, leaves, retain_graph=True)]


@st.composite
def calls(draw):
    """Draw the shape of a layer, and the shape of one call of it."""
    return {
        "sizes": (draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "lengths": draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)),
        "padded": draw(st.booleans()),
        "with_state": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**16)),
    }


def inputs(call: dict, rows: int, dtype: torch.dtype, *, pair: bool):
    """Draw the leaves of a call; return them, its state and its lengths."""
    lengths, (input_size, hidden_size) = torch.tensor(call["lengths"]), call["sizes"]
    # a padded batch may be longer than its longest sequence
    xs = torch.randn(len(lengths), int(lengths.max()) + 1, input_size, dtype=dtype)
    leaves, state = [xs.requires_grad_()], None
    if call["with_state"]:
        leaves += [
            torch.randn(rows, len(lengths), hidden_size, dtype=dtype, requires_grad=True)
            for _ in range(1 + pair)
        ]
        state = tuple(leaves[1:]) if pair else leaves[1]
    return leaves, state, lengths if call["padded"] else None


def agree(mine: list[Tensor], theirs: list[Tensor], atol: float) -> None:
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=atol, rtol=atol)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=15, deadline=None)
@given(call=calls())
def test_a_stack_is_pytorchs(ours, theirs, call):
    ways, count = 1 + call["bidirectional"], call["num_layers"]
    for dtype, atol in ATOL.items():
        torch.manual_seed(call["seed"])
        layer = partial(ours, bidirectional=call["bidirectional"])
        model = DeepRNN(*call["sizes"], count, ANSWERS, dropout=0.0, layer=layer).to(dtype)
        options = {"batch_first": True, "bidirectional": call["bidirectional"], "dtype": dtype}
        builtin = theirs(*call["sizes"], count, **options)
        builtin.load_state_dict(model.rnn.state_dict())
        leaves, state, lengths = inputs(call, count * ways, dtype, pair=ours is layers.LSTM)
        answers, end = model(leaves[0], state, lengths=lengths)
        fc = list(model.fc.parameters())
        found = everything([answers, *parts(end)], [*leaves, *model.rnn.parameters(), *fc])
        output, end = read(builtin, leaves[0], state, lengths)
        true = [model.fc(output), *parts(end)]
        agree(found, everything(true, [*leaves, *builtin.parameters(), *fc]), atol)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=15, deadline=None)
@given(call=calls())
def test_two_directions_are_pytorchs(ours, theirs, call):
    for dtype, atol in ATOL.items():
        torch.manual_seed(call["seed"])
        model = BidirectionalRNN(*call["sizes"], ANSWERS, layer=ours).to(dtype)
        builtin = theirs(*call["sizes"], batch_first=True, bidirectional=True, dtype=dtype)
        model.load_builtin(builtin.state_dict())
        mine = [*model.rnn_forward.parameters(), *model.rnn_backward.parameters()]
        leaves, state, lengths = inputs(call, 2, dtype, pair=ours is layers.LSTM)
        output, end = model.states(leaves[0], state, lengths=lengths)
        answers = model(leaves[0], state, lengths=lengths)
        fc = list(model.fc.parameters())
        found = everything([output, answers, *parts(end)], [*leaves, *mine, *fc])
        output, end = read(builtin, leaves[0], state, lengths)
        true = [output, model.fc(output), *parts(end)]
        # PyTorch's parameters: forward, then backward
        agree(found, everything(true, [*leaves, *builtin.parameters(), *fc]), atol)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_weights_are_taken_from_pytorch_and_those_that_do_not_fit_refused(ours, theirs):
    model = BidirectionalRNN(3, 4, 2, layer=ours)
    for wrong in (theirs(3, 4), theirs(3, 4, num_layers=2, bidirectional=True)):
        with pytest.raises((ValueError, RuntimeError), match=r"_reverse|Unexpected key"):
            model.load_builtin(wrong.state_dict())
    xs = torch.randn(2, 5, 3)
    for one, other in ((ours, theirs), (theirs, ours)):
        taker, giver = (
            DeepRNN(3, 4, 2, 2, layer=partial(kind, bidirectional=True)).eval()
            for kind in (one, other)
        )
        taker.load_state_dict(giver.state_dict())
        torch.testing.assert_close(taker(xs)[0], giver(xs)[0])


@pytest.mark.parametrize("kind", [DeepRNN, BidirectionalRNN])
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("lstm", "expected layer to be a class or a function .*, got 'lstm'"),
        (nn.LSTM(3, 4), "got one that is built, LSTM"),
        (nn.RNNCell, "got RNNCell, which takes one step"),
    ],
)
def test_a_layer_that_builds_nothing_is_refused(kind, layer, message):
    sizes = (3, 4, 2, 2) if kind is DeepRNN else (3, 4, 2)
    with pytest.raises(TypeError, match=f"{kind.__name__}: .*{message}"):
        kind(*sizes, layer=layer)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", [kind for pair in PAIRS for kind in pair])
def test_what_is_dropped_between_layers_is_dropped_in_training_alone(kind, bidirectional):
    torch.manual_seed(0)
    xs, layer = torch.randn(2, 5, 3), partial(kind, bidirectional=bidirectional)
    model = DeepRNN(3, 40, 2, ANSWERS, dropout=0.5, layer=layer)
    for lengths in (None, torch.tensor([2, 5])):
        once, again = (model.train()(xs, lengths=lengths)[0] for _ in range(2))
        assert not torch.equal(once, again)
        once, again = (model.eval()(xs, lengths=lengths)[0] for _ in range(2))
        assert torch.equal(once, again)
    answers = DeepRNN(3, 4, 2, ANSWERS, dropout=1.0, layer=layer)(xs)[0]
    # the layer on top hears nothing, so it answers alike whatever was read
    torch.testing.assert_close(answers[0], answers[1])


@pytest.mark.parametrize("model", [DeepRNN(3, 4, 2, 2), BidirectionalRNN(3, 4, 2)])
@pytest.mark.parametrize(
    ("x", "state", "lengths", "error", "message"),
    [
        (torch.zeros(5, 3), None, None, ValueError, r"expected x of shape \(batch, time, input"),
        (torch.zeros(1, 5, 4), None, None, ValueError, "input_size = 3"),
        (torch.zeros(1, 0, 3), None, None, ValueError, "empty"),
        (torch.zeros(1, 5, 3), None, torch.tensor([6]), ValueError, "between 1 and 5"),
        (torch.zeros(1, 5, 3), [torch.zeros(2, 1, 4)], None, TypeError, "got (list|tuple)"),
        (torch.zeros(1, 5, 3), torch.zeros(1, 1, 4), None, ValueError, r"got \(1, 1, 4\)"),
        (torch.zeros(1, 5, 3), torch.zeros(2, 2, 4), None, ValueError, r"got \(2, 2, 4\)"),
        (torch.zeros(1, 5, 3), torch.zeros(2, 1, 5), None, ValueError, r"got \(.*, 1, 5\)"),
        (torch.zeros(1, 5, 3), torch.zeros(2, 4), None, ValueError, r"got \(2, 4\)"),
        (torch.zeros(1, 5, 3), torch.zeros(2, 1, 4).long(), None, TypeError, "floating-point"),
        (torch.zeros(1, 5, 3), (torch.zeros(2, 1, 4),) * 2, None, TypeError, "carry one tensor"),
    ],
)
def test_a_bad_call_gets_one_clear_error(model, x, state, lengths, error, message):
    with pytest.raises(error, match=message):
        model(x, state, lengths=lengths)


@pytest.mark.parametrize("layer", [nn.LSTM, layers.LSTM])
def test_an_lstm_wants_both_parts_of_its_state(layer):
    for model in (BidirectionalRNN(3, 4, 2, layer=layer), DeepRNN(3, 4, 2, 2, layer=layer)):
        with pytest.raises(TypeError, match=r"expected the state \(h_0, c_0\) as a tuple"):
            model(torch.zeros(1, 5, 3), torch.zeros(2, 1, 4))
