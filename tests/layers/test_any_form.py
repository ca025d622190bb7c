"""Models of several layers or directions read whatever PyTorch's layers read, and agree."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import layers
from rnnbook.layers import at_every_step, in_any_form, map_state, read
from rnnbook.models import BidirectionalRNN, DeepRNN

PAIRS = [(layers.RNN, nn.RNN), (layers.LSTM, nn.LSTM), (layers.GRU, nn.GRU)]
BUILTIN = [theirs for _, theirs in PAIRS]
FORMS = ["padded", "unbatched", "packed", "packed in order"]
ATOL = {torch.float32: 1e-5, torch.float64: 1e-10}
ANSWERS = 2


def parts(state: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def data(output: Tensor | PackedSequence) -> Tensor:
    return output.data if isinstance(output, PackedSequence) else output


def everything(tensors: list[Tensor], leaves: list[Tensor]) -> list[Tensor]:
    """What a call gave, and the gradient of all of it at every leaf."""
    generator = torch.Generator().manual_seed(0)
    total = sum(
        (t * torch.randn(t.shape, generator=generator, dtype=t.dtype)).sum() for t in tensors
    )
    return [*tensors, *torch.autograd.grad(total, leaves, retain_graph=True)]


@st.composite
def calls(draw):
    """Draw the shape of a layer, and the form and the shape of one call of it."""
    form = draw(st.sampled_from(FORMS))
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    return {
        "sizes": (draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "lengths": sorted(lengths, reverse=True) if form == "packed in order" else lengths,
        "form": form,
        "with_state": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**16)),
    }


def inputs(call: dict, rows: int, dtype: torch.dtype, *, pair: bool):
    """Draw the leaves of a call; return them, its input, its state and its lengths."""
    lengths, (input_size, hidden_size) = torch.tensor(call["lengths"]), call["sizes"]
    form = call["form"]
    # a padded batch may be longer than its longest sequence
    time = int(lengths.max()) + (form == "padded")
    batch = () if form == "unbatched" else (len(lengths),)
    xs = torch.randn(*batch, time, input_size, dtype=dtype, requires_grad=True)
    leaves, state, x = [xs], None, xs
    if call["with_state"]:
        leaves += [
            torch.randn(rows, *batch, hidden_size, dtype=dtype, requires_grad=True)
            for _ in range(1 + pair)
        ]
        state = tuple(leaves[1:]) if pair else leaves[1]
    if form.startswith("packed"):
        x = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=form != "packed")
    return leaves, x, state, lengths if form == "padded" else None


def expected(builtin: nn.Module, fc: nn.Module, x, state, lengths):
    """PyTorch's layer and a read-out, as a reader would write them without our models."""
    if lengths is None:
        output, end = builtin(x, state)
    else:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, end = builtin(packed, state)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
    return [data(output), fc(data(output)), *parts(end)]


def agree(mine: list[Tensor], theirs: list[Tensor], atol: float) -> None:
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=atol, rtol=atol)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=20, deadline=None)
@given(call=calls())
def test_a_stack_is_pytorchs_in_every_form(ours, theirs, call):
    ways, count = 1 + call["bidirectional"], call["num_layers"]
    for dtype, atol in ATOL.items():
        torch.manual_seed(call["seed"])
        layer = partial(ours, bidirectional=call["bidirectional"])
        model = DeepRNN(*call["sizes"], count, ANSWERS, dropout=0.0, layer=layer).to(dtype)
        builtin = theirs(
            *call["sizes"],
            count,
            batch_first=True,
            bidirectional=call["bidirectional"],
            dtype=dtype,
        )
        builtin.load_state_dict(model.rnn.state_dict())
        leaves, x, state, lengths = inputs(call, count * ways, dtype, pair=ours is layers.LSTM)
        answers, end = model(x, state, lengths=lengths)
        assert type(answers) is type(x)
        found = everything(
            [data(answers), *parts(end)],
            [*leaves, *model.rnn.parameters(), *model.fc.parameters()],
        )
        true = expected(builtin, model.fc, x, state, lengths)[1:]
        agree(
            found, everything(true, [*leaves, *builtin.parameters(), *model.fc.parameters()]), atol
        )


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=20, deadline=None)
@given(call=calls())
def test_two_directions_are_pytorchs_in_every_form(ours, theirs, call):
    for dtype, atol in ATOL.items():
        torch.manual_seed(call["seed"])
        model = BidirectionalRNN(*call["sizes"], ANSWERS, layer=ours).to(dtype)
        builtin = theirs(*call["sizes"], batch_first=True, bidirectional=True, dtype=dtype)
        builtin.load_state_dict(model.builtin_state_dict())
        mine = [*model.rnn_forward.parameters(), *model.rnn_backward.parameters()]
        true = list(builtin.parameters())  # forward, then backward
        leaves, x, state, lengths = inputs(call, 2, dtype, pair=ours is layers.LSTM)
        output, end = model.states(x, state, lengths=lengths)
        answers = model(x, state, lengths=lengths)
        assert type(answers) is type(output) is type(x)
        fc = list(model.fc.parameters())
        found = everything([data(output), data(answers), *parts(end)], [*leaves, *mine, *fc])
        true_tensors = expected(builtin, model.fc, x, state, lengths)
        agree(found, everything(true_tensors, [*leaves, *true, *fc]), atol)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_weights_are_exchanged_with_pytorch_both_ways(ours, theirs):
    xs = torch.randn(2, 5, 3)
    model, builtin = (
        BidirectionalRNN(3, 4, 2, layer=ours),
        theirs(3, 4, batch_first=True, bidirectional=True),
    )
    model.load_builtin(builtin.state_dict())
    torch.testing.assert_close(model.states(xs)[0], builtin(xs)[0])
    other = BidirectionalRNN(3, 4, 2, layer=ours)
    builtin.load_state_dict(other.builtin_state_dict())
    torch.testing.assert_close(other.states(xs)[0], builtin(xs)[0])
    for wrong in (theirs(3, 4), theirs(3, 4, num_layers=2, bidirectional=True)):
        with pytest.raises((ValueError, RuntimeError), match=r"_reverse|Unexpected key"):
            model.load_builtin(wrong.state_dict())
    stack, theirs_too = (
        DeepRNN(3, 4, 2, 2, layer=partial(kind, bidirectional=True)).eval()
        for kind in (ours, theirs)
    )
    stack.load_state_dict(theirs_too.state_dict())
    torch.testing.assert_close(stack(xs)[0], theirs_too(xs)[0])
    fresh = DeepRNN(3, 4, 2, 2, layer=partial(ours, bidirectional=True)).eval()
    theirs_too.load_state_dict(fresh.state_dict())
    torch.testing.assert_close(fresh(xs)[0], theirs_too(xs)[0])


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
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_what_is_dropped_between_layers_is_dropped_in_any_form(ours, theirs, bidirectional):
    torch.manual_seed(0)
    xs = torch.randn(2, 5, 3)
    lengths = torch.tensor([2, 5])
    for kind in (ours, theirs):
        layer = partial(kind, bidirectional=bidirectional)
        model = DeepRNN(3, 40, 2, ANSWERS, dropout=0.5, layer=layer)
        packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
        for x in (xs, xs[0], packed):
            once, again = (data(model.train()(x)[0]) for _ in range(2))
            assert not torch.equal(once, again)
            once, again = (data(model.eval()(x)[0]) for _ in range(2))
            assert torch.equal(once, again)
        everything_dropped = DeepRNN(3, 4, 2, ANSWERS, dropout=1.0, layer=layer)
        answers = everything_dropped(xs)[0]
        # the layer on top hears nothing, so it answers alike whatever was read
        torch.testing.assert_close(answers[0], answers[1])


@pytest.mark.parametrize("model", [DeepRNN(3, 4, 2, 2), BidirectionalRNN(3, 4, 2)])
@pytest.mark.parametrize(
    ("x", "state", "lengths", "error", "message"),
    [
        (torch.zeros(3), None, None, ValueError, r"\(batch, time, input_size\) or \(time, input"),
        (torch.zeros(5, 4), None, None, ValueError, "input_size = 3"),
        (torch.zeros(0, 3), None, None, ValueError, "empty"),
        (torch.zeros(5, 3), None, torch.tensor([5]), ValueError, "with a single sequence"),
        (torch.zeros(5, 3), torch.zeros(2, 1, 4), None, ValueError, "3 dimensions"),
        (torch.zeros(5, 3), [torch.zeros(2, 4)], None, TypeError, "got \\["),
        (torch.zeros(1, 5, 3), torch.zeros(2, 4), None, ValueError, "3 dimensions"),
        (torch.zeros(1, 5, 3), torch.zeros(1, 1, 4), None, ValueError, r"h_0 of shape \(2, 1, 4\)"),
        (torch.zeros(1, 5, 3), torch.zeros(2, 1, 4).long(), None, TypeError, "floating-point"),
        (torch.zeros(1, 5, 3), (torch.zeros(2, 1, 4),) * 2, None, TypeError, "carry one tensor"),
        (
            pack_padded_sequence(torch.zeros(1, 5, 3), torch.tensor([5]), batch_first=True),
            None,
            torch.tensor([5]),
            ValueError,
            "with a packed batch",
        ),
        (
            pack_padded_sequence(torch.zeros(1, 5, 4), torch.tensor([5]), batch_first=True),
            None,
            None,
            ValueError,
            "input_size = 3",
        ),
        (
            pack_padded_sequence(torch.zeros(1, 5).long(), torch.tensor([5]), batch_first=True),
            None,
            None,
            ValueError,
            r"expected x of shape \(batch, time, input_size\)",
        ),
    ],
)
def test_a_bad_call_in_any_form_gets_one_clear_error(model, x, state, lengths, error, message):
    with pytest.raises(error, match=message):
        model(x, state, lengths=lengths)


def test_an_lstm_wants_both_parts_of_its_state():
    for model in (BidirectionalRNN(3, 4, 2, layer=nn.LSTM), DeepRNN(3, 4, 2, 2, layer=nn.LSTM)):
        with pytest.raises(TypeError, match=r"expected the state \(h_0, c_0\) as a tuple"):
            model(torch.zeros(1, 5, 3), torch.zeros(2, 1, 4))


@pytest.mark.parametrize("layer_class", BUILTIN)
def test_pytorchs_layers_get_the_same_words_for_a_wrong_state(layer_class):
    h = torch.zeros(1, 3, 4)
    state = (h, h) if layer_class is nn.LSTM else h
    with pytest.raises(ValueError, match=r"read: expected h_0 of shape \(1, 2, 4\)"):
        read(layer_class(3, 4, batch_first=True), torch.zeros(2, 5, 3), state)


def test_a_state_is_changed_whole_or_not_at_all():
    with pytest.raises(TypeError, match="the pair"):
        map_state(torch.zeros_like, (torch.zeros(1),))
    with pytest.raises(TypeError, match="c must be a tensor"):
        map_state(torch.zeros_like, (torch.zeros(1), None))


def test_a_read_out_of_packed_steps_keeps_their_order():
    xs, lengths = torch.randn(3, 4, 2), torch.tensor([2, 4, 1])
    packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
    doubled, back = pad_packed_sequence(at_every_step(lambda x: 2 * x, packed), batch_first=True)
    assert torch.equal(back, lengths)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(doubled[row, :length], 2 * xs[row, :length])


def test_lengths_belong_to_a_padded_batch():
    with pytest.raises(ValueError, match="here: expected lengths beside a padded batch only"):
        in_any_form("here", read, torch.zeros(4, 3), lengths=torch.tensor([4]))
