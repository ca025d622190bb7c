"""Every layer of the package, and PyTorch's own, is what the models take a layer for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from rnnbook import layers
from rnnbook.layers import Layer, build, last_state, map_state, read

LAYERS = {
    "nn.RNN": nn.RNN,
    "nn.LSTM": nn.LSTM,
    "nn.GRU": nn.GRU,
    "nn.LSTM, projected": partial(nn.LSTM, proj_size=2),
    "RNN": layers.RNN,
    "LSTM": layers.LSTM,
    "GRU": layers.GRU,
    "MinGRU": layers.MinGRU,
    "MinGRU, signed": partial(layers.MinGRU, signed=True),
    "MinLSTM": layers.MinLSTM,
    "MinLSTM, signed": partial(layers.MinLSTM, signed=True),
    "SkipRNN": partial(layers.SkipRNN, skip=3),
    "S4D": partial(layers.S4D, state_size=5),
    "S4D, real": partial(layers.S4D, state_size=5, initial=layers.s4d_real),
    "LRU": partial(layers.LRU, state_size=5),
    "LinearAttention": layers.LinearAttention,
    "LinearAttention, gated delta": partial(
        layers.LinearAttention, decay="input", write="delta", heads=2, chunk=3
    ),
    "S6": partial(layers.S6, state_size=2),
    "S6, zero-order hold": partial(layers.S6, state_size=2, discretisation="zoh"),
    "SLSTM": layers.SLSTM,
    "SLSTM, exp": partial(layers.SLSTM, forget="exp"),
    "MLSTM": layers.MLSTM,
    "MLSTM, exp": partial(layers.MLSTM, forget="exp"),
    "FastRNN": layers.FastRNN,
}
LENGTHS = torch.tensor([2, 7, 1, 5])

# PyTorch says of its own projected layer, and of no other, that a slower form computes it
SLOWER = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")
every = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=SLOWER if "projected" in name else ()) for name in LAYERS]
)


def built(name: str, **options: object) -> nn.Module:
    torch.manual_seed(0)
    return LAYERS[name](3, 4, **{"batch_first": True, **options})


def is_layer(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, nn.Module)


def drawn(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(4, 7, 3, dtype=dtype, generator=torch.Generator().manual_seed(1))


def parts(state: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def close(mine: layers.State, right: layers.State) -> None:
    for a, b in zip(parts(mine), parts(right), strict=True):
        torch.testing.assert_close(a, b)


def test_no_layer_of_the_package_is_left_out():
    assert {name for name in layers.__all__ if is_layer(getattr(layers, name))} <= set(LAYERS)


@pytest.mark.parametrize("place", [found.name for found in pkgutil.iter_modules(layers.__path__)])
def test_every_layer_of_a_module_is_public(place):
    module = importlib.import_module(f"rnnbook.layers.{place}")
    own = {name for name, kind in vars(module).items() if is_layer(kind) and name[0] != "_"}
    assert own <= set(layers.__all__) | {"LSTMCell", "GRUCell", "SimpleRNNCell"}


# ------------------------------------------------------------------ building the layer of a model


@pytest.mark.parametrize("name", [name for name in LAYERS if "projected" not in name])
def test_a_layer_is_built_by_its_class_or_by_a_function_and_reads_batches_first(name):
    layer = build("Model", LAYERS[name], 3, 4)
    assert isinstance(layer, Layer)
    assert (layer.input_size, layer.hidden_size, layer.batch_first) == (3, 4, True)


def test_options_reach_the_layer_and_sizes_of_numpy_are_sizes():
    options = {"dropout": 0.5, "bidirectional": True, "bias": False}
    layer = build("Model", nn.LSTM, np.int64(3), np.int64(4), num_layers=np.int64(2), **options)
    right = nn.LSTM(3, 4, num_layers=2, batch_first=True, **options)
    assert repr(layer) == repr(right)
    assert {type(layer.input_size), type(layer.hidden_size), type(layer.num_layers)} == {int}


def test_options_that_are_no_sizes_are_left_to_the_layer():
    given = {}

    def remembered(*sizes: int, **options: object) -> nn.Module:
        given.update(options)
        return nn.RNN(*sizes, batch_first=True)

    build("Model", remembered, 3, 4, dropout=0.0, kind=None)
    assert given == {"batch_first": True, "dropout": 0.0, "kind": None}


class Named(nn.Module):
    """Of the five names that a layer has, those that are given."""

    def __init__(self, names: str) -> None:
        super().__init__()
        self.__dict__.update(dict.fromkeys(names.split(), 1))


@pytest.mark.parametrize(
    ("layer", "options", "error", "message"),
    [
        (nn.RNN, {"input_size": 0}, ValueError, "input_size must be at least 1, got 0"),
        (nn.RNN, {"input_size": 1.5}, TypeError, "input_size must be a whole number"),
        (nn.RNN, {"hidden_size": 0}, ValueError, "hidden_size must be at least 1, got 0"),
        (nn.RNN, {"num_layers": 0}, ValueError, "num_layers must be at least 1, got 0"),
        (nn.RNN, {"num_layers": 1.0}, TypeError, "num_layers must be a whole number"),
        (nn.LSTMCell, {}, TypeError, "got LSTMCell, which takes one step"),
        (nn.RNN(3, 4), {}, TypeError, "got one that is built, RNN"),
        ("LSTM", {}, TypeError, "got 'LSTM'"),
        (lambda *sizes, **options: nn.RNN(*sizes), {}, ValueError, "got a RNN without"),
        (partial(nn.LSTM, proj_size=2), {}, ValueError, "proj_size=2"),
        (
            lambda *sizes, **options: Named("input_size num_layers"),
            {},
            TypeError,
            "got a Named without hidden_size, bidirectional, batch_first",
        ),
    ],
)
@SLOWER
def test_what_builds_no_layer_is_refused_in_the_name_of_the_model(layer, options, error, message):
    with pytest.raises(error, match=f"^Model: .*{message}"):
        build("Model", layer, **{"input_size": 3, "hidden_size": 4, **options})


# ------------------------------------------------------------------ reading with it


@every
def test_it_says_what_it_is(name):
    layer = built(name)
    assert isinstance(layer, Layer)
    form = (layer.input_size, layer.hidden_size, layer.num_layers, layer.bidirectional)
    assert form == (3, 4, 1, False)
    assert layer.batch_first
    assert not built(name, batch_first=False).batch_first


@every
def test_it_answers_at_every_step_and_tells_where_it_ended(name):
    layer, xs = built(name), drawn()
    output, state = layer(xs)
    assert output.shape == (4, 7, 2 if "projected" in name else 4)
    assert all(part.shape[:2] == (1, 4) for part in parts(state))
    torch.testing.assert_close(last_state(output, state), output[:, -1])
    first = built(name, batch_first=False)
    first.load_state_dict(layer.state_dict())
    other, end = first(xs.transpose(0, 1))
    torch.testing.assert_close(other.transpose(0, 1), output)
    close(end, state)


@every
def test_padding_changes_nothing(name):
    layer, xs = built(name), drawn()
    output, state = read(layer, xs, lengths=LENGTHS)
    last = last_state(output, state, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        alone, end = layer(xs[row : row + 1, :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(last[row], alone[0, -1])
        assert not output[row, length:].any()
        close(map_state(lambda part, row=row: part[:, row : row + 1], state), end)


@every
@pytest.mark.parametrize("packed", [False, True])
def test_a_state_handed_back_equals_the_whole(name, packed):
    layer, xs = built(name), drawn()
    lengths = LENGTHS if packed else torch.full((4,), 7)
    whole, end = read(layer, xs, lengths=lengths)
    _, state = layer(xs[:, :1])
    later = [i for i, length in enumerate(lengths.tolist()) if length > 1]
    state = map_state(lambda part: part[:, later].contiguous(), state)
    if packed:
        rest: Tensor | PackedSequence = pack_padded_sequence(
            xs[later, 1:], lengths[later] - 1, batch_first=True, enforce_sorted=False
        )
    else:
        rest = xs[later, 1:]
    output, again = layer(rest, state)
    if not packed:
        torch.testing.assert_close(output, whole[:, 1:])
    close(again, map_state(lambda part: part[:, later], end))


@every
def test_a_single_sequence_is_read_or_refused_in_clear_words(name):
    layer, xs = built(name), drawn()
    try:
        output, state = layer(xs[0])
    except ValueError as error:
        assert str(error).startswith(f"{type(layer).__name__}: expected xs of shape")  # noqa: PT017
        return
    whole, end = layer(xs)
    torch.testing.assert_close(output, whole[0])
    close(state, map_state(lambda part: part[:, 0], end))


@every
def test_the_gradient_is_finite_and_reaches_input_state_and_weights(name):
    layer, xs = built(name), drawn().requires_grad_()
    _, state = layer(xs.detach())
    start = map_state(lambda part: part.detach().requires_grad_(), state)
    output, end = layer(xs, start)
    total = output.square().sum() + sum(part.abs().sum() for part in parts(end))
    leaves = [xs, *parts(start), *layer.parameters()]
    for gradient in torch.autograd.grad(total, leaves):
        assert gradient.isfinite().all()
        assert gradient.any()


@every
def test_float64_is_read_in_float64(name):
    layer, xs = built(name).double(), drawn(torch.float64)
    output, state = layer(xs)
    assert {part.dtype.to_real() for part in (output, *parts(state))} == {torch.float64}
    torch.testing.assert_close(output.float(), built(name)(xs.float())[0])


#: Those of the package, and their variants; some are never stacked and read forward only.
OWN = [name for name in LAYERS if not name.startswith("nn.")]
CLASS = {name: getattr(layers, name.partition(",")[0]) for name in OWN}
SINGLE = [name for name in OWN if getattr(CLASS[name], "num_layers", None) == 1]
own = pytest.mark.parametrize("name", OWN)


def stepped(layer: nn.Module, xs: Tensor) -> Tensor | None:
    """Return what a layer that can be read a step at a time answers to the first step."""
    if not hasattr(layer, "step"):
        return None
    answer = layer.step(xs[:, 0])
    return answer[0] if isinstance(answer, tuple) else answer


@own
@pytest.mark.parametrize("packed", [False, True])
def test_a_layer_follows_its_input_whatever_the_default_device(name, packed, elsewhere):
    with torch.device("cpu"):
        layer, xs = built(name), torch.randn(4, 7, 3)
        lengths = LENGTHS if packed else None
        usual = read(layer, xs, lengths=lengths)
    output, state = read(layer, xs, lengths=lengths)
    torch.testing.assert_close(output, usual[0], rtol=0, atol=0)
    close(state, usual[1])
    if (first := stepped(layer, xs)) is not None:
        torch.testing.assert_close(first, output[:, 0])


@own
def test_a_layer_is_built_and_reads_on_the_default_device(name, elsewhere):
    output, state = built(name)(torch.randn(4, 7, 3))  # a packed batch has no order on "meta"
    assert output.shape == (4, 7, 4)
    assert {part.device.type for part in (output, *parts(state))} == {"meta"}


@own
def test_a_layer_is_at_home_in_64_bits(name, in_64_bits):
    layer, xs = built(name), torch.randn(4, 7, 3)
    output, state = layer(xs)
    assert {part.dtype.to_real() for part in (output, *parts(state))} == {torch.float64}
    assert getattr(stepped(layer, xs), "dtype", torch.float64) == torch.float64


@own
@pytest.mark.parametrize("packed", [False, True])
def test_a_layer_reads_what_autocast_gives_and_its_own_state(name, packed, autocast):
    layer, xs = built(name), nn.Linear(3, 3)(drawn())
    assert xs.dtype == torch.bfloat16
    lengths = LENGTHS if packed else None
    for inputs in (xs, xs.float()):
        _, state = read(layer, inputs, lengths=lengths)
        output, _ = read(layer, inputs, state, lengths=lengths)
        with torch.autocast("cpu", enabled=False):
            start = map_state(lambda s: s if s.is_complex() else s.float(), state)
            right, _ = read(layer, xs.float(), start, lengths=lengths)
        torch.testing.assert_close(output.float(), right, rtol=0, atol=0.05)
    if (first := stepped(layer, xs)) is not None:
        right, _ = read(layer, xs, lengths=lengths)
        torch.testing.assert_close(first.float(), right[:, 0].float(), rtol=0, atol=0.05)


@own
def test_a_layer_is_compiled_whole_and_exported(name):
    options = {} if name in SINGLE else {"num_layers": 2, "bidirectional": True}
    layer, xs = built(name, **options), drawn()[:, :2]
    _, state = layer(xs)
    compiled = torch.compile(layer, fullgraph=True, backend="eager")
    exported = torch.export.export(layer, (xs, state)).module()
    torch.testing.assert_close(compiled(xs), layer(xs))
    torch.testing.assert_close(exported(xs, state), layer(xs, state))


@own
def test_a_saved_layer_says_the_same_when_it_is_loaded(name):
    layer, fresh = built(name), LAYERS[name](3, 4, batch_first=True)
    fresh.load_state_dict(layer.state_dict())
    torch.testing.assert_close(fresh(drawn()), layer(drawn()), rtol=0, atol=0)


@own
def test_numbers_of_numpy_are_numbers_and_a_switch_is_none(name):
    more = {"skip": np.int64(3)} if name == "SkipRNN" else {}
    kind, said = LAYERS[name], CLASS[name].__name__
    layer = kind(np.int32(3), np.int64(4), np.int64(1), **more)
    assert {type(layer.input_size), type(layer.hidden_size)} == {int}
    assert layer(torch.zeros(5, 2, 3))[0].shape == (5, 2, 4)
    for sizes in ((True, 4), (3, True), (3.0, 4), ("3", 4), (np.float64(3), 4)):
        with pytest.raises(TypeError, match=f"{said}: .* must be a whole number"):
            kind(*sizes)
    with pytest.raises(TypeError, match=f"{said}: batch_first must be True or False"):
        built(name, batch_first="False")


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("option", [{"num_layers": 2}, {"dropout": 0.5}, {"bidirectional": True}])
def test_a_single_layer_says_that_it_is_one(name, option):
    said = CLASS[name].__name__
    with pytest.raises(ValueError, match=f"{said}: expected num_layers=1, dropout=0 and bidir"):
        built(name, **option)


@own
def test_what_does_not_fit_is_refused_by_name(name):
    layer, packed = built(name), pack_padded_sequence(torch.zeros(1, 2, 5), torch.tensor([2]), True)
    for xs in (torch.zeros(4, 7, 5), packed):
        with pytest.raises(ValueError, match=f"{CLASS[name].__name__}: .*input_size = 3"):
            layer(xs)
