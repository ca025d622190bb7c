"""The models answer in the right shape, read no padding, and refuse what they cannot read."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbook import layers, models
from rnnbook.batch import Batch
from rnnbook.diagnosis import padding_leak
from rnnbook.models import (
    CharRNN,
    FeedforwardClassifier,
    SentimentClassifier,
    SimpleLSTM,
    SimpleRNN,
    VanillaRNN,
)
from rnnbook.text import Vocabulary, one_hot_encode

BUILTIN = [nn.RNN, nn.LSTM, nn.GRU]
FOUND = [getattr(layers, name) for name in layers.__all__]
OWN = [kind for kind in FOUND if isinstance(kind, type) and issubclass(kind, nn.Module)]
#: What these give is read off their state and is no part of it, so no attention can ask with it,
#: and an encoder, which passes on its state alone, has no use for the parameters that read.
APART = {
    layers.S4D: {"encoder.C", "encoder.D"},
    layers.LRU: {"encoder.C", "encoder.D"},
    layers.S6: {"encoder.C.weight", "encoder.D"},
    layers.LinearAttention: {"encoder.query.weight"},
    layers.MLSTM: set(),  # all its matrices are one parameter
}
LAYERS = [*BUILTIN, *OWN]
DEVICES = ["meta", "cuda"] if torch.cuda.is_available() else ["meta"]
V, F, H, C = 11, 3, 6, 2  # symbols, features, hidden size, classes
LENGTHS = torch.tensor([2, 5, 1])


def words(batch: int = 3, time: int = 5) -> tuple[Tensor, ...]:
    return (torch.randint(4, V, (batch, time)),)


def steps(batch: int = 3, time: int = 5) -> tuple[Tensor, ...]:
    return (torch.randn(batch, time, F),)


def numbers() -> tuple[Tensor, ...]:
    return (torch.randn(3, 5, 1),)


def symbols() -> tuple[Tensor, ...]:
    return (one_hot_encode(words()[0], V),)


def pictures_and_captions() -> tuple[Tensor, ...]:
    return torch.randn(3, 4), *words()


def sources_and_targets() -> tuple[Tensor, ...]:
    return words() + words(time=4)


def the_first(inputs: tuple[Tensor, ...], row: int, length: int) -> tuple[Tensor, ...]:
    """Return one sequence without its padding, and whatever else belongs to it whole."""
    first, *rest = (part[row : row + 1] for part in inputs)
    return first[:, :length], *rest


def the_second(inputs: tuple[Tensor, ...], row: int, length: int) -> tuple[Tensor, ...]:
    first, second = (part[row : row + 1] for part in inputs)
    return first, second[:, :length]


def counted() -> nn.Module:
    chain = models.MarkovChain(V, V, order=1)
    (xs,) = symbols()
    chain.count(Batch((xs[:, :-1],), xs.argmax(-1)[:, 1:]))
    for table in chain.tables:
        table += 0.5  # so that nothing is impossible
    return chain


class Case(NamedTuple):
    """How a model is built, what it reads, and the shape of its answer to three of five steps."""

    build: Callable[..., nn.Module]
    inputs: Callable[[], tuple[Tensor, ...]]
    answer: tuple[int, ...]
    cut: Callable[[tuple[Tensor, ...], int, int], tuple[Tensor, ...]] = the_first
    padded: bool = True  # whether there are steps at all


MODELS = {
    "AttentionTranslator": Case(
        partial(models.AttentionTranslator, V, V, 4, H), sources_and_targets, (3, 4, V)
    ),
    "AttentiveRegressor": Case(partial(models.AttentiveRegressor, F, H), steps, (3, 1)),
    "BagOfWords": Case(partial(models.BagOfWords, V, H, C), words, (3, C)),
    "BidirectionalRNN": Case(partial(models.BidirectionalRNN, F, H, C), steps, (3, 5, C)),
    "CaptionGenerator": Case(
        partial(models.CaptionGenerator, 4, H, V), pictures_and_captions, (3, 5, V), the_second
    ),
    "CharRNN": Case(partial(models.CharRNN, V, 4, H, 1), words, (3, 5, V)),
    "ConvolutionalClassifier": Case(
        partial(models.ConvolutionalClassifier, V, 4, H, C, kernel_size=1), words, (3, C)
    ),
    "CopyFirstTask": Case(partial(models.CopyFirstTask, H), numbers, (3, 1)),
    "DeepRNN": Case(partial(models.DeepRNN, F, H, 1, C), steps, (3, 5, C)),
    "FeedforwardClassifier": Case(partial(models.FeedforwardClassifier, F, H, C), steps, (3, 5, C)),
    "MarkovChain": Case(counted, symbols, (3, 5, V)),
    "RNNWithGradientTracking": Case(
        partial(models.RNNWithGradientTracking, F, H), steps, (3, 5, H)
    ),
    "SentimentClassifier": Case(partial(models.SentimentClassifier, V, 4, H, C), words, (3, C)),
    "Seq2SeqTranslator": Case(
        partial(models.Seq2SeqTranslator, V, V, 4, H), sources_and_targets, (3, 4, V)
    ),
    "SequenceRegressor": Case(partial(models.SequenceRegressor, F, H), steps, (3, 1)),
    "SimpleLSTM": Case(partial(models.SimpleLSTM, F, H, C), steps, (3, 5, C)),
    "SimpleRNN": Case(partial(models.SimpleRNN, F, H, C), steps, (3, 5, C)),
    "SkipGram": Case(
        partial(models.SkipGram, V, H), lambda: (words()[0][:, 0],), (3, V), padded=False
    ),
    "VanillaRNN": Case(partial(models.VanillaRNN, F, H, C), steps, (3, 5, C)),
    "WindowClassifier": Case(partial(models.WindowClassifier, V, 5, H, C), words, (3, C)),
}
LAYERED = [
    name for name in MODELS if "layer" in inspect.signature(getattr(models, name)).parameters
]
WORDS = ["SentimentClassifier", "CharRNN"]
STEPS = ["VanillaRNN", "SimpleRNN", "SimpleLSTM"]
RECURRENT = WORDS + STEPS

layered = pytest.mark.parametrize("name", LAYERED)
any_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda k: f"{k.__module__}.{k.__name__}")


def said(model: nn.Module, *args: object, **kwargs: object) -> Tensor:
    output = model(*args, **kwargs)
    return output[0] if isinstance(output, tuple) else output


def padding_changes_nothing(case: Case, model: nn.Module) -> None:
    inputs = case.inputs()
    output = said(model, *inputs, lengths=LENGTHS)
    assert output.shape == case.answer
    for row, length in enumerate(LENGTHS.tolist()):
        alone = said(model, *case.cut(inputs, row, length), lengths=LENGTHS[row : row + 1])[0]
        mine = output[row]
        torch.testing.assert_close(mine if mine.shape == alone.shape else mine[:length], alone)


def test_no_model_is_left_out():
    assert sorted(MODELS) == sorted(models.__all__)


@pytest.mark.parametrize("place", [found.name for found in pkgutil.iter_modules(models.__path__)])
def test_every_model_of_a_module_is_public(place):
    module = importlib.import_module(f"rnnbook.models.{place}")
    for name, kind in vars(module).items():
        if isinstance(kind, type) and kind.__module__ == module.__name__ and name[0] != "_":
            assert name in models.__all__ or not issubclass(kind, nn.Module)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_in_its_shape(name):
    case = MODELS[name]
    assert said(case.build(), *case.inputs()).shape == case.answer


@pytest.mark.parametrize("name", sorted(set(MODELS) - set(LAYERED)))
def test_padding_changes_no_answer_of_a_model_without_a_layer(name):
    if MODELS[name].padded:
        padding_changes_nothing(MODELS[name], MODELS[name].build())


@layered
@any_layer
def test_every_model_takes_every_layer_and_padding_changes_no_answer(name, layer):
    # a picture gives an sLSTM any normaliser; by one near zero, a division loses most digits
    torch.manual_seed(0)
    case = MODELS[name]
    if name == "AttentionTranslator" and layer in APART:
        with pytest.raises(ValueError, match="expected a layer whose state begins with what it"):
            case.build(layer=layer)(*case.inputs())
        return
    padding_changes_nothing(case, case.build(layer=layer))


@layered
@any_layer
def test_every_gradient_is_finite_with_every_layer_in_float64_too(name, layer):
    case = MODELS[name]
    if name == "AttentionTranslator" and layer in APART:
        return  # refused: see above
    inputs = tuple(x.double() if x.is_floating_point() else x for x in case.inputs())
    model = case.build(layer=layer).double()
    output = said(model, *inputs, lengths=LENGTHS)
    assert output.dtype == torch.float64
    output.square().sum().backward()
    unread = APART.get(layer, set()) if name == "Seq2SeqTranslator" else set()
    for label, parameter in model.named_parameters():
        assert (parameter.grad is None) == (label in unread), label
        assert label in unread or parameter.grad.isfinite().all(), label


@pytest.mark.parametrize("name", MODELS)
def test_a_model_follows_its_input_whatever_the_default_device(name, elsewhere):
    case = MODELS[name]
    with torch.device("cpu"):
        model, inputs = case.build(), case.inputs()
        lengths = LENGTHS if case.padded else None
        usual = said(model, *inputs, lengths=lengths)
    assert torch.equal(said(model, *inputs, lengths=lengths), usual)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_built_and_answers_on_the_default_device(name, elsewhere):
    case = MODELS[name]
    if name == "MarkovChain":
        case = case._replace(build=partial(models.MarkovChain, V, V, order=1))
    answer = said(case.build(), *case.inputs())  # a packed batch has no order on "meta"
    assert (answer.shape, answer.device.type) == (case.answer, "meta")


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_at_home_in_64_bits(name, in_64_bits):
    case = MODELS[name]
    model = case.build()
    assert said(model, *case.inputs()).dtype == torch.float64
    assert {value.dtype for value in model.state_dict().values()} == {torch.float64}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("layer", [nn.GRU, layers.LSTM])
def test_a_model_answers_under_autocast_much_as_it_does_without(name, layer, autocast):
    case = MODELS[name]
    model = case.build(layer=layer) if name in LAYERED else case.build()
    inputs, lengths = case.inputs(), LENGTHS if case.padded else None
    answer = said(model, *inputs, lengths=lengths)
    with torch.autocast("cpu", enabled=False):
        usual = said(model, *inputs, lengths=lengths)
    torch.testing.assert_close(answer.float(), usual, rtol=0, atol=0.05)


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_says_the_same_when_it_is_loaded(name):
    case = MODELS[name]
    model, fresh, inputs = case.build(), case.build(), case.inputs()
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(fresh.eval()(*inputs), model.eval()(*inputs), rtol=0, atol=0)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_moved_to_64_bits(name):
    case = MODELS[name]
    model, inputs = case.build(), case.inputs()
    before = said(model, *inputs)
    inputs = tuple(x.double() if x.is_floating_point() else x for x in inputs)
    after = said(model.double(), *inputs)
    assert after.dtype == torch.float64
    torch.testing.assert_close(after.float(), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].padded])
def test_no_padding_reaches_an_answer_whatever_the_weights(name):
    case = MODELS[name]
    model, inputs = case.build(), list(case.inputs())
    for parameter in model.parameters():  # of an embedding too, where PAD began as zero
        nn.init.normal_(parameter, std=0.5)
    if case.cut is the_second:
        before = said(model, *inputs, lengths=LENGTHS)
        inputs[1] = torch.where(layers.real_steps(LENGTHS, 5), inputs[1], words()[0])
        after = said(model, *inputs, lengths=LENGTHS)
        assert torch.equal(*(part[layers.real_steps(LENGTHS, 5)] for part in (before, after)))
    else:
        batch = Batch(tuple(inputs), torch.zeros(3), LENGTHS)
        leak = padding_leak(model, batch, lambda output, batch: torch.ones(()))
        assert leak == (0.0, 0.0)


@layered
@pytest.mark.parametrize("device", DEVICES)
def test_every_model_follows_its_device(name, device):
    model = MODELS[name].build().to(device)
    inputs = [part.to(device) for part in MODELS[name].inputs()]
    assert said(model, *inputs).device.type == device


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, layers.GRU])
@pytest.mark.parametrize("options", [{"num_layers": 2}, {"bidirectional": True}])
def test_the_classifier_reads_the_top_layer_in_both_directions(kind, options):
    model = SentimentClassifier(V, 4, H, C, layer=partial(kind, **options))
    (xs,) = words()
    logits = model(xs, lengths=LENGTHS)
    assert logits.shape == (3, C)
    for row, length in enumerate(LENGTHS.tolist()):
        output, _ = model.rnn(model.embedding(xs[row : row + 1, :length]))
        last = torch.cat([output[:, -1, :H], output[:, 0, H:]], dim=-1)
        torch.testing.assert_close(logits[row : row + 1], model.fc(last))


@any_layer
@pytest.mark.parametrize("name", ["CharRNN", "DeepRNN", "VanillaRNN"])
def test_a_state_handed_back_goes_on_where_the_first_half_ended(name, layer):
    model, (xs,) = MODELS[name].build(layer=layer), MODELS[name].inputs()
    whole, end = model(xs)
    first, middle = model(xs[:, :2])
    second, again = model(xs[:, 2:], middle)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(again, end)


@pytest.mark.parametrize("name", MODELS)
def test_sizes_may_be_those_of_numpy(name):
    case = MODELS[name]
    build = partial(models.MarkovChain, V, V, 1) if name == "MarkovChain" else case.build
    sizes = [np.int64(size) for size in build.args]
    model = build.func(*sizes, **build.keywords)
    assert said(model, *case.inputs()).shape == case.answer


@pytest.mark.parametrize("layer", [nn.RNN, layers.RNN])
def test_a_dropped_share_may_be_that_of_numpy(layer):
    model = models.DeepRNN(F, H, np.int32(2), C, dropout=np.float32(0.5), layer=layer)
    assert model.rnn.dropout == 0.5
    with pytest.raises(TypeError, match="dropout must be a number from 0 to 1, got"):
        models.DeepRNN(F, H, 2, C, dropout="0.5")


def test_shapes_of_the_material():
    outputs, h_n = VanillaRNN(10, 32, 5, num_layers=2)(torch.randn(4, 20, 10))
    assert (outputs.shape, h_n.shape) == ((4, 20, 5), (2, 4, 32))
    assert SimpleRNN(4, 16, 4)(torch.randn(1, 4, 4)).shape == (1, 4, 4)


def test_vanilla_rnn_is_written_from_scratch_and_equal_to_pytorch():
    ours, theirs = VanillaRNN(F, H, C, 2), VanillaRNN(F, H, C, 2, layer=nn.RNN)
    assert isinstance(ours.rnn, layers.RNN)
    theirs.load_state_dict(ours.state_dict())
    (xs,) = steps()
    torch.testing.assert_close(ours(xs), theirs(xs))


def test_a_feedforward_network_reads_each_step_on_its_own():
    model, xs = FeedforwardClassifier(F, H, C), torch.randn(3, 5, F)
    assert model(xs[:, 0]).shape == (3, C)
    together = model(xs, lengths=LENGTHS)
    for t in range(5):
        torch.testing.assert_close(together[:, t], model(xs[:, t]))


def test_only_a_deep_character_model_has_dropout():
    assert CharRNN(V, 4, H, 1).rnn.dropout == 0.0
    assert CharRNN(V, 4, H, 2).rnn.dropout == 0.2


# ------------------------------------------------------------------ writing text

INDEX = {c: i for i, c in enumerate("abcdefghijk")}
CHARACTERS = dict(enumerate("abcdefghijk"))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@any_layer
def test_generated_text_starts_with_its_start_and_has_its_length(layer):
    text = CharRNN(V, 4, H, 1, layer=layer).generate("c", INDEX, CHARACTERS, 20)
    assert text[0] == "c"
    assert len(text) == 21
    assert set(text) <= set(INDEX)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 100.0])
@any_layer
def test_special_symbols_are_never_written(layer, temperature):
    torch.manual_seed(0)
    words = Vocabulary("hello")
    model = CharRNN(len(words), 4, H, 1, layer=layer)
    options = {"temperature": temperature, "generator": seeded()}
    text = model.generate("h", words.token_to_id, words.id_to_token, 200, **options)
    assert len(text) == 201
    # at any other, a layer whose answers grow may be too sure to write all four
    assert set(text) == set("hello") if temperature == 100 else set(text) <= set("hello")
    same = model.generate("h", words.token_to_id, words.tokens, 200, top_k=8, generator=seeded())
    assert set(same) <= set("hello")


def test_generated_text_is_what_the_model_says_step_by_step():
    model = CharRNN(V, 4, H, 2, layer=nn.LSTM).eval()
    ids = [INDEX["c"]]
    for _ in range(8):  # read everything again from the start
        ids.append(int(model(torch.tensor([ids]))[0][0, -1].argmax()))
    text = model.generate("c", INDEX, CHARACTERS, 8, top_k=1)
    assert text == "".join(CHARACTERS[i] for i in ids)


def test_generating_leaves_every_mode_as_it_was_and_uses_no_dropout():
    model = CharRNN(V, 4, H, 2).train()
    model.embedding.eval()
    texts = [model.generate("a", INDEX, CHARACTERS, 30, generator=seeded()) for _ in range(3)]
    assert len(set(texts)) == 1
    assert (model.training, model.rnn.training, model.embedding.training) == (True, True, False)
    with pytest.raises(ValueError, match="temperature"):
        model.generate("a", INDEX, CHARACTERS, temperature=0)
    assert (model.training, model.rnn.training, model.embedding.training) == (True, True, False)


@pytest.mark.parametrize("device", [d for d in DEVICES if d != "meta"] or ["cpu"])
def test_generating_follows_the_device_and_one_seed_gives_one_text(device):
    model = CharRNN(V, 4, H, 1)
    here = model.generate("a", INDEX, CHARACTERS, generator=seeded())
    assert model.to(device).generate("a", INDEX, CHARACTERS, generator=seeded()) == here


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"start_char": "z"}, ValueError, "'z' is not in char_to_idx"),
        ({"start_char": "ab"}, ValueError, "more than one character"),
        ({"idx_to_char": {0: "a"}}, ValueError, "know the model's 11 ids, got 1 entries"),
        ({"idx_to_char": "abc"}, ValueError, "got 3 entries, none for 3, with keys of type int"),
        (
            {"idx_to_char": json.loads(json.dumps(CHARACTERS))},
            ValueError,
            "got 11 entries, none for 0, with keys of type str; JSON has made strings of the ids",
        ),
        ({"char_to_idx": {"a": 11}}, ValueError, "between 0 and 10, got 11"),
        ({"length": 0}, ValueError, "length must be at least 1"),
        ({"temperature": -0.5}, ValueError, "temperature must be positive"),
        ({"top_k": 12}, ValueError, "top_k must be at most 11"),
    ],
)
def test_bad_wishes_for_text_get_one_clear_error(arguments, error, message):
    usual = {"start_char": "a", "char_to_idx": INDEX, "idx_to_char": CHARACTERS}
    with pytest.raises(error, match=message):
        CharRNN(V, 4, H, 1).generate(**{**usual, **arguments})


# ------------------------------------------------------------------ what cannot be read


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.zeros(5, dtype=torch.int64), ValueError, r"expected x of shape \(batch, time\)"),
        (torch.zeros(3, 5, V, dtype=torch.int64), ValueError, "expected x of shape"),
        (torch.zeros(3, 5), TypeError, "integer ids"),
        (torch.zeros(3, 0, dtype=torch.int64), ValueError, "empty"),
        (torch.full((3, 5), V), ValueError, "between 0 and 10, got 11"),
        (torch.full((3, 5), -1), ValueError, "between 0 and 10, got -1"),
        (torch.zeros(3, 5, dtype=torch.int64, device="meta"), ValueError, "where the weights are"),
        ("hello", TypeError, "must be a tensor, got str"),
    ],
)
def test_bad_words_get_one_clear_error(name, x, error, message):
    with pytest.raises(error, match=f"{name}: .*{message}"):
        MODELS[name].build()(x)


@pytest.mark.parametrize("name", [*STEPS, "FeedforwardClassifier"])
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.zeros(F), ValueError, r"expected (x|input_seq) of shape"),
        (torch.zeros(1, 3, 5, F), ValueError, r"expected (x|input_seq) of shape"),
        (torch.zeros(3, 5, F + 1), ValueError, "input_size = 3"),
        (torch.zeros(3, 5, F, dtype=torch.int64), TypeError, "floating-point"),
        (torch.zeros(3, 5, F, dtype=torch.float64), TypeError, "type of the weights"),
        (torch.zeros(3, 0, F), ValueError, "empty"),
        (torch.zeros(3, 5, F, device="meta"), ValueError, "where the weights are"),
    ],
)
def test_bad_steps_get_one_clear_error(name, x, error, message):
    with pytest.raises(error, match=f"{name}: .*{message}"):
        MODELS[name].build()(x)


@pytest.mark.parametrize("name", [*RECURRENT, "FeedforwardClassifier"])
@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        (torch.tensor([0, 5, 1]), ValueError, "between 1 and 5"),
        (torch.tensor([2, 6, 1]), ValueError, "between 1 and 5"),
        (torch.tensor([2, 5]), ValueError, "one length per sequence"),
        (torch.tensor([2.0, 5.0, 1.0]), TypeError, "int64"),
        ([2, 5, 1], TypeError, "must be a tensor, got list"),
    ],
)
def test_bad_lengths_get_one_clear_error(name, lengths, error, message):
    with pytest.raises(error, match=message):
        MODELS[name].build()(*MODELS[name].inputs(), lengths=lengths)


@pytest.mark.parametrize(
    ("build", "sizes"),
    [
        (FeedforwardClassifier, (3, 4, 2)),
        (SentimentClassifier, (9, 3, 4, 2)),
        (VanillaRNN, (3, 4, 2, 1)),
        (SimpleRNN, (3, 4, 2)),
        (SimpleLSTM, (3, 4, 2)),
        (CharRNN, (9, 3, 4, 1)),
    ],
)
def test_sizes_are_positive_whole_numbers(build, sizes):
    for place in range(len(sizes)):
        for wrong, error in ((0, ValueError), (-1, ValueError), (2.0, TypeError)):
            with pytest.raises(error, match=r"must be (at least 1|a whole number)"):
                build(*sizes[:place], wrong, *sizes[place + 1 :])


# ------------------------------------------------------------------ layers that are none


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        (lambda i, h, **options: nn.Linear(i, h), TypeError, "Linear without input_size, hidden_"),
        (lambda i, h, **options: nn.GRU(i, h), ValueError, "drops its keyword arguments"),
        (partial(nn.LSTM, proj_size=2), ValueError, "got one with proj_size=2"),
        (nn.LSTMCell, TypeError, "takes one step"),
        (nn.LSTM(3, 4), TypeError, "one that is built"),
    ],
)
@layered
def test_what_is_no_layer_is_refused_by_every_model(name, layer, error, message):
    with pytest.raises(error, match=f"{name}: .*{message}"):
        MODELS[name].build(layer=layer)


@pytest.mark.parametrize("name", ["CharRNN", "CaptionGenerator"])
def test_who_writes_reads_forward_only(name):
    with pytest.raises(ValueError, match="see the very symbol it should predict"):
        MODELS[name].build(layer=partial(nn.RNN, bidirectional=True))
