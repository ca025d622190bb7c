"""Our layers and PyTorch's give the same outputs, final states and gradients."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import layers
from rnnbook.layers import GRU, LSTM, RNN, last_state, read

PAIRS = [(RNN, nn.RNN), (LSTM, nn.LSTM), (GRU, nn.GRU)]
LAYERS = [layer for pair in PAIRS for layer in pair]
DEVICES = ["meta", "cuda"] if torch.cuda.is_available() else ["meta"]
ATOL = {torch.float32: 1e-5, torch.float64: 1e-10}


def names(value: object) -> str | None:
    return f"{value.__module__.split('.')[0]}.{value.__name__}" if isinstance(value, type) else None


pairs = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=names)
own = pytest.mark.parametrize("layer_class", [RNN, LSTM, GRU], ids=names)
every = pytest.mark.parametrize("layer_class", LAYERS, ids=names)


def parts(state: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def outcome(
    layer: nn.Module, xs: Tensor | PackedSequence, leaves: list[Tensor], state: object
) -> list[Tensor]:
    """Return everything a call gives, and the gradient of all of it at every leaf and parameter."""
    output, end = layer(xs, state)
    output = output.data if isinstance(output, PackedSequence) else output
    tensors = [output, *parts(end)]
    generator = torch.Generator().manual_seed(0)
    total = sum(
        (t * torch.randn(t.shape, generator=generator, dtype=t.dtype)).sum() for t in tensors
    )
    named = dict(layer.named_parameters())
    gradients = torch.autograd.grad(total, [*leaves, *(named[name] for name in sorted(named))])
    return [*tensors, *gradients]


@st.composite
def calls(draw):
    """Draw the shape of one layer and of one call of it."""
    num_layers = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    return {
        "layer": {
            "input_size": draw(st.integers(1, 4)),
            "hidden_size": draw(st.integers(1, 4)),
            "num_layers": num_layers,
            "bidirectional": draw(st.booleans()),
            "bias": draw(st.booleans()),
            "batch_first": draw(st.booleans()),
        },
        "lengths": lengths,
        "form": draw(st.sampled_from(["batched", "unbatched", "packed"])),
        "with_state": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**16)),
    }


def compare(ours: type, theirs: type, call: dict, **options: object) -> None:
    torch.manual_seed(call["seed"])
    sizes, lengths = call["layer"], torch.tensor(call["lengths"])
    batch, time = len(lengths), int(lengths.max())
    for dtype, atol in ATOL.items():
        a, b = (kind(**sizes, **options, dtype=dtype) for kind in (ours, theirs))
        a.load_state_dict(b.state_dict())
        shape: tuple[int, ...] = (time, sizes["input_size"])
        ends: tuple[int, ...] = (
            sizes["num_layers"] * (1 + sizes["bidirectional"]),
            sizes["hidden_size"],
        )
        if call["form"] != "unbatched":
            shape = (batch, *shape) if sizes["batch_first"] else (time, batch, shape[1])
            ends = (ends[0], batch, ends[1])
        xs = torch.randn(shape, dtype=dtype, requires_grad=True)
        leaves, state = [xs], None
        if call["with_state"]:
            count = 2 if ours is LSTM else 1
            given_state = [torch.randn(ends, dtype=dtype, requires_grad=True) for _ in range(count)]
            leaves += given_state
            state = tuple(given_state) if count == 2 else given_state[0]
        results = []
        for layer in (a, b):
            read_from: Tensor | PackedSequence = xs
            if call["form"] == "packed":
                read_from = pack_padded_sequence(
                    xs, lengths, batch_first=sizes["batch_first"], enforce_sorted=False
                )
            results.append(outcome(layer, read_from, leaves, state))
        for mine, expected in zip(*results, strict=True):
            torch.testing.assert_close(mine, expected, atol=atol, rtol=atol)


@pairs
@settings(max_examples=15, deadline=None)
@given(call=calls())
def test_outputs_states_and_gradients_are_those_of_pytorch(ours, theirs, call):
    compare(ours, theirs, call)


@settings(max_examples=8, deadline=None)
@given(call=calls())
def test_the_relu_layer_is_that_of_pytorch(call):
    compare(RNN, nn.RNN, call, nonlinearity="relu")


@pairs
@pytest.mark.parametrize("form", ["batched", "unbatched", "packed"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_three_layers_agree_in_every_form(ours, theirs, form, bidirectional):
    sizes = {"input_size": 3, "hidden_size": 4, "num_layers": 3, "bias": True, "batch_first": True}
    call = {
        "layer": {**sizes, "bidirectional": bidirectional},
        "lengths": [2, 6, 1, 6],
        "form": form,
        "with_state": True,
        "seed": 1,
    }
    compare(ours, theirs, call)


@pairs
@pytest.mark.parametrize("bidirectional", [False, True])
def test_state_dicts_are_exchanged_both_ways(ours, theirs, bidirectional):
    a, b = (kind(3, 4, 2, bidirectional=bidirectional) for kind in (ours, theirs))
    xs = torch.randn(5, 2, 3)
    assert list(a.state_dict()) == list(b.state_dict())
    a.load_state_dict(b.state_dict())
    torch.testing.assert_close(a(xs), b(xs))
    fresh = ours(3, 4, 2, bidirectional=bidirectional)
    b.load_state_dict(fresh.state_dict())
    torch.testing.assert_close(fresh(xs), b(xs))


@pairs
def test_one_seed_gives_the_same_initial_weights_as_pytorch(ours, theirs):
    drawn = []
    for kind in (ours, theirs):
        torch.manual_seed(0)
        drawn.append(kind(3, 4, 2, bidirectional=True).state_dict())
    for name, value in drawn[0].items():
        assert torch.equal(value, drawn[1][name]), name


@pytest.mark.parametrize("bidirectional", [False, True])
def test_packed_output_keeps_the_order_of_an_unsorted_batch(bidirectional):
    layer = GRU(3, 4, batch_first=True, bidirectional=bidirectional)
    xs, lengths = torch.randn(4, 6, 3), torch.tensor([2, 6, 1, 5])
    packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
    output, back = pad_packed_sequence(layer(packed)[0], batch_first=True)
    assert torch.equal(back, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, _ = layer(xs[row, :length])
        torch.testing.assert_close(output[row, :length], alone)


def test_dropout_acts_between_layers_and_only_in_training():
    torch.manual_seed(0)
    layer, xs = RNN(3, 50, num_layers=2, dropout=0.5), torch.randn(4, 1, 3)
    trained = [layer(xs)[0] for _ in range(2)]
    assert not torch.equal(*trained)
    assert (trained[0] != 0).all()  # never on the last layer
    layer.eval()
    assert torch.equal(layer(xs)[0], layer(xs)[0])


@pairs
@settings(max_examples=10, deadline=None)
@given(call=calls(), share=st.sampled_from([0.0, 1.0]))
def test_a_layer_on_top_of_a_dropped_one_is_that_of_pytorch(ours, theirs, call, share):
    """All or nothing is dropped, so that both drop the same: outputs, states, gradients agree."""
    call["layer"]["num_layers"] = 1 + call["layer"]["num_layers"]
    compare(ours, theirs, call, dropout=share)


@pairs
def test_one_seed_drops_the_same_states_as_pytorch(ours, theirs):
    a, b = (kind(3, 50, num_layers=3, dropout=0.4) for kind in (ours, theirs))
    a.load_state_dict(b.state_dict())
    xs = torch.randn(6, 2, 3)
    results = []
    for layer in (a, b):
        torch.manual_seed(1)
        results.append(layer(xs)[0])
    torch.testing.assert_close(*results)
    torch.testing.assert_close(a.eval()(xs)[0], b.eval()(xs)[0])


@every
def test_dropout_on_a_single_layer_warns_that_it_does_nothing(layer_class):
    with pytest.warns(UserWarning, match="dropout") as caught:
        layer_class(3, 4, dropout=0.2)
    if layer_class in (RNN, LSTM, GRU):
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer_class(3, 4, dropout=0.0)
        layer_class(3, 4, num_layers=2, dropout=0.2)


@pairs
@pytest.mark.parametrize("options", [{}, {"bias": False, "num_layers": 2, "bidirectional": True}])
def test_weights_are_listed_as_pytorch_lists_them(ours, theirs, options):
    a, b = ours(3, 4, **options), theirs(3, 4, **options)
    a.load_state_dict(b.state_dict())
    for mine, expected in zip(a.all_weights, b.all_weights, strict=True):
        for weight, other in zip(mine, expected, strict=True):
            assert torch.equal(weight, other)
    assert a.flatten_parameters() is None


@pairs
def test_arguments_have_the_names_and_the_places_of_pytorch(ours, theirs):
    places = (3, 4, 2, "tanh") if ours is RNN else (3, 4, 2)
    places += (True, True, 0.0, True)
    places += (0,) if ours is LSTM else ()
    a, b = (kind(*places, device="cpu", dtype=torch.float64) for kind in (ours, theirs))
    assert repr(a) == repr(b)
    a.load_state_dict(b.state_dict())
    xs, h_0 = (torch.randn(2, n, k).double() for n, k in ((5, 3), (2, 4)))
    h_0 = torch.cat([h_0, h_0])
    state = [h_0, h_0] if ours is LSTM else h_0  # PyTorch takes a list as well as a tuple
    torch.testing.assert_close(a(input=xs, hx=state), b(input=xs, hx=state))


def test_a_list_is_a_state_of_one_sequence_too():
    layer, h_0 = LSTM(3, 4), torch.randn(1, 4)
    xs = torch.randn(5, 3)
    torch.testing.assert_close(layer(xs, [h_0, h_0]), layer(xs, (h_0, h_0)))


def test_there_is_no_projection():
    assert [LSTM(3, 4, proj_size=0).proj_size, GRU(3, 4).proj_size] == [0, 0]
    with pytest.raises(ValueError, match="LSTM: proj_size must be 0, got 2"):
        LSTM(3, 4, proj_size=2)


@own
@pytest.mark.parametrize("flag", ["bias", "batch_first", "bidirectional"])
@pytest.mark.parametrize("value", [0.3, 1, "False", None, "tanh"])
def test_a_switch_is_on_or_off(layer_class, flag, value):
    with pytest.raises(TypeError, match=f"{layer_class.__name__}: {flag} must be True or False"):
        layer_class(3, 4, **{flag: value})


@own
def test_the_letters_of_the_equation_are_views_that_cannot_be_written(layer_class):
    layer = layer_class(3, 4, num_layers=2, bidirectional=True)
    assert layer.W_xh().data_ptr() == layer.weight_ih_l0.data_ptr()
    assert layer.W_hh().data_ptr() == layer.weight_hh_l0.data_ptr()
    assert torch.equal(layer.W_hh(1, reverse=True), layer.weight_hh_l1_reverse)
    with pytest.raises(RuntimeError, match="in-place"):
        layer.W_hh().zero_()
    name = layer_class.__name__
    for beyond in (2, -1):
        with pytest.raises(
            ValueError, match=f"^{name}: .* layer from 0 to 1, got layer={beyond}, r"
        ):
            layer.W_xh(beyond)
    with pytest.raises(
        ValueError, match="from 0 to 0 and reverse=False, got layer=0, reverse=True"
    ):
        layer_class(3, 4).W_hh(reverse=True)
    assert layer.W_xh(1, reverse=True).data_ptr() == layer.weight_ih_l1_reverse.data_ptr()


@pytest.mark.parametrize("layer_class", [RNN, LSTM])
def test_the_bias_is_the_sum_of_its_halves_and_zero_without_one(layer_class):
    layer = layer_class(3, 4, num_layers=2, bidirectional=True)
    assert torch.equal(layer.b_h(), layer.bias_ih_l0 + layer.bias_hh_l0)
    assert torch.equal(
        layer.b_h(1, reverse=True), layer.bias_ih_l1_reverse + layer.bias_hh_l1_reverse
    )
    bare = layer_class(3, 4, num_layers=2, bidirectional=True, bias=False)
    for where in ((), (1,), (1, True)):
        assert torch.equal(bare.b_h(*where), torch.zeros(4 * (4 if layer_class is LSTM else 1)))
        assert bare.b_h(*where).shape == layer.b_h(*where).shape
    for lacking in (layer, bare):
        with pytest.raises(ValueError, match="layer from 0 to 1, got layer=2"):
            lacking.b_h(2)
    for single in (layer_class(3, 4), layer_class(3, 4, bias=False)):
        with pytest.raises(ValueError, match="reverse=True"):
            single.b_h(0, reverse=True)


@own
def test_a_layer_prints_its_sizes_and_options(layer_class):
    text = repr(layer_class(3, 4, num_layers=2, batch_first=True))
    assert text == f"{layer_class.__name__}(3, 4, num_layers=2, batch_first=True)"
    assert repr(RNN(3, 4, nonlinearity="relu")) == "RNN(3, 4, nonlinearity=relu)"
    assert repr(layer_class(3, 4)) == f"{layer_class.__name__}(3, 4)"
    options = "num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True"
    layer = eval(f"layer_class(3, 4, {options})")
    assert repr(layer) == f"{layer_class.__name__}(3, 4, {options})"


@own
@pytest.mark.parametrize("device", DEVICES)
def test_the_state_is_made_on_the_device_of_the_input(layer_class, device):
    layer = layer_class(3, 4, num_layers=2, bidirectional=True, device=device)
    output, end = layer(torch.zeros(5, 2, 3, device=device))
    assert {output.device.type, *(part.device.type for part in parts(end))} == {device}


def state_for(layer_class: type, h: object) -> object:
    return (torch.zeros(1, 2, 4), h) if layer_class in (LSTM, nn.LSTM) else h


@own
@pytest.mark.parametrize(
    ("xs", "error", "message"),
    [
        (torch.zeros(3), ValueError, r"expected input of shape \(batch, time, input_size\)"),
        (torch.zeros(1, 2, 5, 3), ValueError, r"expected input .* or \(time, input_size\), got"),
        (torch.zeros(2, 5, 4), ValueError, "expected input with input_size = 3"),
        (torch.zeros(2, 5, 3, dtype=torch.int64), TypeError, "input of floating-point"),
        (torch.zeros(2, 5, 3, dtype=torch.float64), TypeError, "type of the weights"),
        (torch.zeros(2, 0, 3), ValueError, "input is empty"),
        (torch.zeros(0, 5, 3), ValueError, "empty"),
        (torch.zeros(2, 5, 3, device="meta"), ValueError, "where the weights are"),
        ([[0.0, 0.0, 0.0]], TypeError, "input must be a tensor, got list"),
    ],
)
def test_a_bad_input_gets_one_clear_error(layer_class, xs, error, message):
    with pytest.raises(error, match=f"^{layer_class.__name__}: .*{message}"):
        layer_class(3, 4, batch_first=True)(xs)


@own
@pytest.mark.parametrize(
    ("h_0", "error", "message"),
    [
        (torch.zeros(2, 4), ValueError, "3 dimensions"),
        (torch.zeros(1, 3, 4), ValueError, r"shape \(1, 2, 4\)"),
        (torch.zeros(1, 1, 4), ValueError, r"shape \(1, 2, 4\)"),
        (torch.zeros(2, 2, 4), ValueError, r"shape \(1, 2, 4\)"),
        (torch.zeros(1, 2, 5), ValueError, r"shape \(1, 2, 4\)"),
        (torch.zeros(1, 2, 4, dtype=torch.int64), TypeError, "floating-point"),
        (torch.zeros(1, 2, 4, dtype=torch.float64), TypeError, "type of the weights"),
        (torch.zeros(1, 2, 4, device="meta"), ValueError, "where the weights are"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_initial_state_gets_one_clear_error(layer_class, h_0, error, message, packed):
    xs: Tensor | PackedSequence = torch.zeros(2, 5, 3)
    if packed:
        xs = pack_padded_sequence(xs, torch.tensor([5, 2]), batch_first=True)
    name = "c_0" if layer_class is LSTM else "h_0"
    with pytest.raises(error, match=f"^{layer_class.__name__}: expected {name} .*{message}"):
        layer_class(3, 4, batch_first=True)(xs, state_for(layer_class, h_0))


@own
@pytest.mark.parametrize(
    ("xs", "error", "message"),
    [
        (torch.zeros(2, 5), ValueError, r"packed input of shape \(steps, input_size\)"),
        (torch.zeros(2, 5, 4), ValueError, "expected packed input with input_size = 3"),
        (torch.zeros(2, 5, 3, dtype=torch.int64), TypeError, "packed input of floating-point"),
        (torch.zeros(2, 5, 3).double(), TypeError, "packed input of torch.float32, the type of"),
    ],
)
def test_a_bad_packed_input_gets_one_clear_error(layer_class, xs, error, message):
    packed = pack_padded_sequence(xs, torch.tensor([2, 1]), batch_first=True)
    with pytest.raises(error, match=f"^{layer_class.__name__}: .*{message}"):
        layer_class(3, 4)(packed)


@own
def test_an_unbatched_input_wants_an_unbatched_state(layer_class):
    h_0 = torch.zeros(1, 1, 4)
    state = (h_0, h_0) if layer_class is LSTM else h_0
    name = layer_class.__name__
    with pytest.raises(
        ValueError, match=rf"^{name}: expected h_0 with 2 dimensions, shape \(1, 4\)"
    ):
        layer_class(3, 4)(torch.zeros(5, 3), state)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (torch.zeros(1, 2, 4), r"the state \(h_0, c_0\) as a tuple, got Tensor"),
        ((torch.zeros(1, 2, 4),), "got 1 tensors"),
        ((torch.zeros(1, 2, 4), None), "c_0 must be a tensor, got NoneType"),
        ((None, None), "h_0 must be a tensor, got NoneType"),
    ],
)
def test_the_lstm_takes_a_whole_pair_only(state, message):
    with pytest.raises(TypeError, match=message):
        LSTM(3, 4)(torch.zeros(5, 2, 3), state)


@pytest.mark.parametrize("layer_class", [RNN, GRU])
def test_a_pair_is_refused_where_one_state_is_carried(layer_class):
    with pytest.raises(TypeError, match="h_0 must be a tensor, got tuple"):
        layer_class(3, 4)(torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)))


@own
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"input_size": 0}, ValueError, "input_size must be at least 1, got 0"),
        ({"hidden_size": 2.5}, TypeError, "hidden_size must be a whole number"),
        ({"num_layers": True}, TypeError, "num_layers must be a whole number"),
        ({"dropout": 20}, ValueError, "dropout must lie between 0 and 1"),
        ({"dropout": True}, TypeError, "dropout must be a number"),
    ],
)
def test_a_bad_option_gets_one_clear_error(layer_class, options, error, message):
    with pytest.raises(error, match=f"{layer_class.__name__}: {message}"):
        layer_class(**{"input_size": 3, "hidden_size": 4, **options})


def test_the_nonlinearity_is_one_of_two_words():
    with pytest.raises(ValueError, match="must be 'tanh' or 'relu', got 'sigmoid'"):
        RNN(3, 4, nonlinearity="sigmoid")


def wrong_shapes() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 4), max_size=5).filter(
        lambda s: not (len(s) in (2, 3) and s[-1] == 3 and 0 not in s)
    )


@settings(max_examples=25, deadline=None)
@given(shape=wrong_shapes(), layer_class=st.sampled_from([RNN, LSTM, GRU]))
def test_no_input_of_a_wrong_shape_passes_silently(shape, layer_class):
    with pytest.raises(ValueError, match=f"{layer_class.__name__}: .*input"):
        layer_class(3, 2)(torch.zeros(shape))


@settings(max_examples=25, deadline=None)
@given(
    shape=st.lists(st.integers(0, 3), max_size=4).filter(lambda s: s != [1, 2, 2]),
    layer_class=st.sampled_from([RNN, LSTM, GRU]),
)
def test_no_initial_state_of_a_wrong_shape_passes_silently(shape, layer_class):
    h_0 = torch.zeros(shape)
    with pytest.raises(ValueError, match=r"expected h_0 .*\(1, 2, 2\)"):
        layer_class(3, 2)(torch.zeros(4, 2, 3), (h_0, h_0) if layer_class is LSTM else h_0)


# ------------------------------------------------------------------ the loop, with integers first


def add(x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (x + state[0],)


def test_the_loop_adds_integers_up_from_either_end():
    inputs = list(torch.tensor([[[1]], [[10]], [[100]]]))
    start = (torch.tensor([[1000]]),)
    output, (end,) = layers.unroll(add, inputs, start)
    assert (output.flatten().tolist(), end.item()) == ([1001, 1011, 1111], 1111)
    output, (end,) = layers.unroll(add, inputs, start, reverse=True)
    assert (output.flatten().tolist(), end.item()) == ([1111, 1110, 1100], 1111)


def test_the_loop_stops_each_sequence_at_its_own_end():
    inputs = [torch.tensor([[1], [5]]), torch.tensor([[2]]), torch.tensor([[3]])]
    start = (torch.tensor([[0], [100]]),)
    _, (end,) = layers.unroll(add, inputs, start)
    assert end.flatten().tolist() == [6, 105]
    output, (end,) = layers.unroll(add, inputs, start, reverse=True)
    assert end.flatten().tolist() == [6, 105]
    assert output.flatten().tolist() == [6, 105, 5, 3]


def test_a_batch_is_added_up_in_the_form_it_came_in():
    xs, start = (
        torch.tensor([[[1], [10], [100]], [[2], [20], [200]]]),
        torch.tensor([[1000], [5000]]),
    )
    output, (end,) = layers.over_time(add, xs, (start,), batch_first=True)
    assert output.squeeze(-1).tolist() == [[1001, 1011, 1111], [5002, 5022, 5222]]
    assert end.flatten().tolist() == [1111, 5222]
    other, (same,) = layers.over_time(add, xs.transpose(0, 1), (start,))
    assert torch.equal(other, output.transpose(0, 1))
    assert torch.equal(same, end)


@pytest.mark.parametrize("lengths", [[1, 3], [3, 1], [3, 3]])
def test_a_packed_batch_is_added_up_from_states_in_its_own_order(lengths):
    xs, start = (
        torch.tensor([[[1], [10], [100]], [[2], [20], [200]]]),
        torch.tensor([[1000], [5000]]),
    )
    for enforced in (False, True):
        if enforced and lengths == [1, 3]:
            continue  # what is sorted by the reader has no order of its own
        packed = pack_padded_sequence(
            xs, torch.tensor(lengths), batch_first=True, enforce_sorted=enforced
        )
        output, (end,) = layers.over_time(add, packed, (start,))
        padded, back = pad_packed_sequence(output, batch_first=True)
        assert back.tolist() == lengths
        sums = [[1001, 1011, 1111], [5002, 5022, 5222]]
        for row, length in enumerate(lengths):
            assert padded[row, :length, 0].tolist() == sums[row][:length]
            assert end[row].item() == sums[row][length - 1]


def test_a_step_may_carry_several_tensors_and_the_first_is_the_output():
    def step(x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return x + state[0], state[1] + 1

    inputs = [torch.tensor([[1], [5]]), torch.tensor([[2]])]
    start = (torch.tensor([[0], [100]]), torch.tensor([[0], [0]]))
    output, (total, steps) = layers.unroll(step, inputs, start)
    assert output.flatten().tolist() == [1, 105, 3]
    assert total.flatten().tolist() == [3, 105]
    assert steps.flatten().tolist() == [2, 1]


# ------------------------------------------------------------------ what is left out, and where


@pairs
def test_what_is_left_out_is_what_pytorch_takes(ours, theirs):
    a, b = ours(3, 4), theirs(3, 4)
    for name in ("num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size"):
        assert getattr(a, name) == getattr(b, name)
    a.load_state_dict(b.state_dict())
    xs = torch.randn(5, 2, 3)
    torch.testing.assert_close(a(xs), b(xs))


@pairs
def test_weights_lie_where_they_are_asked_for_and_are_drawn_again_in_place(ours, theirs):
    layer = ours(3, 25, device="meta", dtype=torch.float16)
    assert {(p.device.type, p.dtype) for p in layer.parameters()} == {("meta", torch.float16)}
    a, b = ours(3, 25), theirs(3, 25)
    before = a.weight_hh_l0.clone()
    for layer in (a, b):
        torch.manual_seed(3)
        layer.reset_parameters()
    assert not torch.equal(before, a.weight_hh_l0)
    for mine, right in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(mine, right)


@own
@pytest.mark.parametrize("form", ["batched", "unbatched", "packed"])
def test_a_layer_reads_where_its_input_lies_whatever_the_default_device(
    layer_class, form, elsewhere
):
    with torch.device("cpu"):
        layer = layer_class(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        xs = torch.randn(2, 5, 3)
    given: Tensor | PackedSequence = xs[0] if form == "unbatched" else xs
    if form == "packed":
        lengths = torch.tensor([2, 5], device="cpu")
        given = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
    output, end = layer(given)
    output, again = layer(given, end)
    assert {part.device.type for part in (output.data, *parts(again))} == {"cpu"}


# ------------------------------------------------------------------ sequences of unlike length


@every
@pytest.mark.parametrize("bidirectional", [False, True])
def test_read_gives_what_each_sequence_alone_gives(layer_class, bidirectional):
    layer = layer_class(3, 4, num_layers=2, batch_first=True, bidirectional=bidirectional)
    xs, lengths = torch.randn(3, 7, 3), torch.tensor([2, 5, 1])
    output, end = read(layer, xs, lengths=lengths)
    assert output.shape == (3, 7, 8 if bidirectional else 4)
    for row, length in enumerate(lengths.tolist()):
        alone, state = layer(xs[row : row + 1, :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        assert not output[row, length:].any()
        for mine, expected in zip(parts(end), parts(state), strict=True):
            torch.testing.assert_close(mine[:, row], expected[:, 0])


@every
@pytest.mark.parametrize("bidirectional", [False, True])
def test_last_state_is_the_top_layers_at_each_true_length(layer_class, bidirectional):
    layer = layer_class(3, 4, num_layers=2, batch_first=True, bidirectional=bidirectional)
    xs, lengths = torch.randn(3, 7, 3), torch.tensor([2, 7, 1])
    output, end = read(layer, xs, lengths=lengths)
    last = last_state(output, end, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone = last_state(*layer(xs[row : row + 1, :length]))
        torch.testing.assert_close(last[row], alone[0])
    torch.testing.assert_close(last[:, :4], output[torch.arange(3), lengths - 1, :4])


@every
def test_last_state_of_a_forward_layer_forgives_padding_that_was_read(layer_class):
    layer = layer_class(3, 4, batch_first=True)
    xs, lengths = torch.randn(3, 7, 3), torch.tensor([2, 7, 1])
    packed = last_state(*read(layer, xs, lengths=lengths), lengths)
    torch.testing.assert_close(last_state(*layer(xs), lengths), packed)


@every
def test_last_state_refuses_a_backward_half_that_has_read_padding(layer_class):
    layer = layer_class(3, 4, batch_first=True, bidirectional=True)
    output, end = layer(torch.randn(3, 7, 3))
    with pytest.raises(ValueError, match="has read the padding"):
        last_state(output, end, torch.tensor([2, 7, 1]))


def test_last_state_is_never_squeezed_away():
    layer = RNN(3, 4, num_layers=2, batch_first=True)
    output, h_n = layer(torch.randn(1, 5, 3))
    assert last_state(output, h_n).shape == (1, 4)


def test_last_state_refuses_shapes_that_do_not_belong_together():
    output, h_n = RNN(3, 4)(torch.randn(5, 2, 3))  # time first
    with pytest.raises(ValueError, match="batch_first=True"):
        last_state(output, h_n)


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([2, 5], TypeError, "must be a tensor, got list"),
        (torch.tensor([2, 5], dtype=torch.int32), TypeError, "int64 on the CPU"),
        (torch.tensor([2.0, 5.0]), TypeError, "int64 on the CPU"),
        (torch.tensor([2, 5], device="meta"), TypeError, "int64 on the CPU"),
        (torch.tensor([2, 5, 1]), ValueError, "one length per sequence"),
        (torch.tensor([[2, 5]]), ValueError, "one length per sequence"),
        (torch.tensor([0, 5]), ValueError, "between 1 and 5"),
        (torch.tensor([2, 6]), ValueError, "between 1 and 5"),
        (torch.tensor([-1, 5]), ValueError, "between 1 and 5"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda layer, xs, lengths: read(layer, xs, lengths=lengths),
        lambda layer, xs, lengths: last_state(*layer(xs), lengths),
    ],
    ids=["read", "last_state"],
)
def test_bad_lengths_get_one_clear_error(call, lengths, error, message):
    with pytest.raises(error, match=message):
        call(RNN(3, 4, batch_first=True), torch.randn(2, 5, 3), lengths)
