"""PyTorch's settings for everything, its default device and type and autocast, are respected.

Layers, models and tasks are asked for it where the tests walk all of them; here is all the rest:
every function and every method of a module that knows PyTorch, found by walking the package.
Whatever the default device, a function follows what it is handed: its numbers stay as they are.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import rnnbook
from rnnbook import (
    attention,
    bptt,
    cells,
    crf,
    ctc,
    decoding,
    diagnosis,
    filters,
    gates,
    initialisation,
    jacobians,
    layers,
    memory,
    models,
    scan,
    sequences,
    text,
    training,
)
from rnnbook.batch import Batch
from rnnbook.tasks.echo import Echo
from rnnbook.tasks.moving_sum import MovingSum

CPU = torch.device("cpu")


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def drawn() -> SimpleNamespace:
    """Draw on the CPU what the functions are handed."""
    torch.manual_seed(0)
    with CPU:
        made = SimpleNamespace(
            xs=torch.randn(3, 5, 3),
            hs=torch.randn(3, 5, 4).tanh(),
            h_0=torch.zeros(3, 4),
            W_xh=torch.randn(4, 3),
            W_hh=torch.randn(4, 4),
            rows=torch.randn(3, 12),
            W_3=torch.randn(12, 4),
            b_3=torch.randn(12),
            ids=torch.randint(4, 9, (3, 5)),
            lengths=torch.tensor([2, 5, 1]),
            mask=torch.tensor([[True, True, False, False, False]]).repeat(3, 1),
            logits=torch.randn(3, 9),
            lstm=nn.LSTM(3, 4, batch_first=True),
            both=nn.GRU(3, 4, batch_first=True, bidirectional=True),
            model=models.SentimentClassifier(9, 3, 4, 2),
            aligned=models.VanillaRNN(3, 4, 3),
            translator=models.Seq2SeqTranslator(9, 9, 3, 4),
            captions=models.CaptionGenerator(3, 4, 9),
            characters=models.CharRNN(9, 3, 4, 1),
            single=models.SimpleRNN(1, 4, 1),
            cells=[cell(3, 4) for cell in (cells.SimpleRNNCell, cells.LSTMCell, cells.GRUCell)],
            plain={kind: getattr(layers, kind)(3, 4) for kind in ("RNN", "LSTM", "GRU")},
            spaces={
                "S4D": layers.S4D(3, 4, batch_first=True),
                "LRU": layers.LRU(3, 4, batch_first=True),
                "S6": layers.S6(3, 4, batch_first=True),
            },
            matrix=(torch.randn(3, 2, 4), torch.randn(3, 5, 4), torch.randn(3, 5, 4)),
            written=(torch.randn(3, 5, 2), -torch.rand(3, 5), torch.rand(3, 5)),
            attentive=models.AttentionTranslator(9, 9, 3, 4),
            regressor=models.AttentiveRegressor(3, 4),
            two_ways=models.BidirectionalRNN(3, 4, 2),
            chance=models.MarkovChain(9, 9, 1),
            tracked=models.RNNWithGradientTracking(3, 4),
            attention=attention.AdditiveAttention(3, 3, 4),
            crf=crf.CRF(3),
            linear=filters.LinearFilter(3, 4, 3),
            tags=torch.tensor([[0, 1, 0, 0, 0], [1, 2, 0, 1, 2], [2, 0, 0, 0, 0]]),
            dice=filters.HiddenMarkov(
                *(torch.randn(shape).softmax(-1) for shape in [(3,), (3, 3), (3, 9)])
            ),
            kalman=filters.Kalman(
                F=torch.tensor([[1.0, 0.5], [0.0, 1.0]]),
                H=torch.eye(3, 2),
                Q=torch.eye(2),
                R=torch.eye(3),
                P_1=torch.eye(2),
            ),
        )
        made.attended = made.attentive.encode(made.ids, lengths=made.lengths)
        made.chain = crf.Chain(made.xs, torch.randn(3, 3), torch.randn(3))
        made.batch = Batch((made.ids,), torch.tensor([0, 1, 1]), made.lengths)
        made.steps = Batch((made.xs,), made.xs, made.lengths)
    return made


def loss(output: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(output, batch.target)


def masked(output: Tensor, batch: Batch) -> Tensor:
    real = sequences.real_steps(batch.lengths, output.shape[1])
    return (output - batch.target).square().sum(-1)[real].mean()


def counting_down(ids: Tensor, state: None) -> tuple[Tensor, None]:
    return F.one_hot(ids - 1, 9).float(), state


def trained(train: Callable[..., Any], **options: Any) -> list[float]:
    torch.manual_seed(0)
    with CPU:
        model = models.VanillaRNN(8, 4, 8)
    return train(model, Echo(length=6, lag=2), steps=3, seed=0, batch_size=4, **options).losses


def started(start: Callable[..., Any]) -> list[Tensor]:
    torch.manual_seed(0)
    with CPU:
        layer = nn.RNN(3, 4, nonlinearity="relu") if "identity" in str(start) else nn.LSTM(3, 4)
    return list(start(layer).parameters())


def in_order(model: nn.Module, batch: Batch) -> str:
    return str(diagnosis.diagnose(model, batch, loss))


#: What each function gives for what was drawn, by its module and name.
CALLS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "attention.attend": lambda d: attention.attend(d.W_hh[None, :3, :], d.W_hh[None]),
    "attention.attend, masked": lambda d: attention.attend(
        d.xs[:, :2].repeat(1, 1, 2)[..., :5], d.xs, d.mask
    ),
    "attention.scaled_dot_product": lambda d: attention.scaled_dot_product(d.xs, d.xs, d.xs),
    "attention.AdditiveAttention.forward": lambda d: d.attention(d.xs[:, :1], d.xs, d.mask),
    "batch.Batch.to": lambda d: d.batch.to("cpu").inputs[0],
    "bptt.run": lambda d: bptt.run(d.xs, d.h_0, d.W_xh, d.W_hh, d.b_3[:4]),
    "bptt.through_time": lambda d: bptt.through_time(d.hs, d.xs, d.hs, d.h_0, d.W_xh, d.W_hh),
    "bptt.bptt": lambda d: bptt.bptt(dict(d.aligned.named_parameters()), d.xs, d.xs),
    "bptt.terms": lambda d: bptt.terms(d.hs, d.hs, d.h_0),
    "cells.SimpleRNNCell.forward": lambda d: d.cells[0](d.xs[:, 1], d.cells[0](d.xs[:, 0])),
    "cells.SimpleRNNCell.step": lambda d: cells.SimpleRNNCell.step(d.h_0, d.h_0, d.W_hh, None),
    "cells.LSTMCell.forward": lambda d: d.cells[1](d.xs[:, 1], d.cells[1](d.xs[:, 0])),
    "cells.LSTMCell.gates": lambda d: cells.LSTMCell.gates(
        d.rows.repeat(1, 2)[:, :16], d.h_0, d.W_hh.repeat(4, 1), None
    ),
    "cells.LSTMCell.step": lambda d: cells.LSTMCell.step(
        d.rows.repeat(1, 2)[:, :16], (d.h_0, d.h_0), d.W_hh.repeat(4, 1), None
    ),
    "cells.GRUCell.forward": lambda d: d.cells[2](d.xs[:, 1], d.cells[2](d.xs[:, 0])),
    "cells.GRUCell.step": lambda d: cells.GRUCell.step(d.rows, d.h_0, d.W_3, d.b_3),
    "cells.step_of_cho": lambda d: cells.step_of_cho(d.rows, d.h_0, d.W_3, d.b_3),
    "cells.step_of_chung": lambda d: cells.step_of_chung(d.rows, d.h_0, d.W_3, d.b_3),
    "crf.legal": lambda d: crf.legal(["O", "B-X", "I-X"]),
    "crf.CRF.forward": lambda d: d.crf(d.xs).loss(d.tags, d.lengths),
    "crf.Chain.masked": lambda d: d.chain.masked(*crf.legal(["O", "B-X", "I-X"])).viterbi(),
    "crf.Chain.score": lambda d: d.chain.score(d.tags, d.lengths),
    "crf.Chain.log_partition": lambda d: d.chain.log_partition(d.lengths),
    "crf.Chain.viterbi": lambda d: d.chain.viterbi(d.lengths),
    "crf.Chain.loss": lambda d: d.chain.loss(d.tags, d.lengths),
    "ctc.collapse": lambda d: ctc.collapse(d.ids[0].tolist()),
    "ctc.enumerated_loss": lambda d: ctc.enumerated_loss(d.xs[0].log_softmax(-1), [1, 2]),
    "ctc.best_path": lambda d: ctc.best_path(d.xs[0].log_softmax(-1)),
    "ctc.prefix_beam": lambda d: ctc.prefix_beam(d.xs[0].log_softmax(-1), width=4),
    "ctc.edit_distance": lambda d: ctc.edit_distance(d.ids[0].tolist(), d.ids[1].tolist()),
    "decoding.greedy": lambda d: decoding.greedy(d.logits),
    "decoding.sample": lambda d: decoding.sample(d.logits, top_k=3, generator=seeded()),
    "decoding.generate": lambda d: decoding.generate(counting_down, d.ids[:, 0], None, length=4),
    "decoding.beam": lambda d: decoding.beam(
        counting_down, d.ids[0, :1], None, length=4, width=2, end=2
    ),
    "decoding.write": lambda d: d.translator.translate(d.ids, 4, lengths=d.lengths, width=2),
    "decoding.without": lambda d: decoding.without(d.logits, 0, 2),
    "diagnosis.diagnose": lambda d: in_order(d.model, d.batch),
    "diagnosis.nonfinite": lambda d: diagnosis.nonfinite(
        d.model, d.batch, lambda output, batch: (0 * output).log().mean()
    ),
    "diagnosis.gradient_norms": lambda d: diagnosis.gradient_norms(d.model, d.batch, loss),
    "diagnosis.gradient_by_step": lambda d: diagnosis.gradient_by_step(d.model, d.batch, loss),
    "diagnosis.backward_error": lambda d: diagnosis.backward_error(d.model, d.batch, loss),
    "diagnosis.step_effect": lambda d: diagnosis.step_effect(d.model, d.batch, loss, 1e-2),
    "diagnosis.padding_leak": lambda d: diagnosis.padding_leak(d.model, d.batch, loss),
    "diagnosis.padding_leak, steps": lambda d: diagnosis.padding_leak(d.aligned, d.steps, masked),
    "diagnosis.states": lambda d: diagnosis.states(d.model, d.batch),
    "diagnosis.copied_targets": lambda d: diagnosis.copied_targets(Batch((d.ids,), d.ids)),
    "diagnosis.probabilities": lambda d: diagnosis.probabilities(d.logits.softmax(-1)),
    "filters.HiddenMarkov.forward": lambda d: d.dice.forward(d.ids),
    "filters.HiddenMarkov.filtered": lambda d: d.dice.filtered(d.ids),
    "filters.Kalman.gains": lambda d: d.kalman.gains(4),
    "filters.Kalman.filtered": lambda d: d.kalman.filtered(d.xs, clip=1.0),
    "filters.Kalman.settled": lambda d: list(d.kalman.settled(9).parameters()),
    "filters.LinearFilter.forward": lambda d: d.linear(d.xs, lengths=d.lengths),
    "gates.gates": lambda d: gates.gates(d.lstm, d.xs),
    "gates.cell_gradient": lambda d: gates.cell_gradient(d.lstm, d.xs),
    "initialisation.orthogonal_": lambda d: started(initialisation.orthogonal_),
    "initialisation.orthogonal_, drawn": lambda d: started(
        partial(initialisation.orthogonal_, generator=seeded())
    ),
    "initialisation.identity_": lambda d: started(initialisation.identity_),
    "initialisation.forget_bias_": lambda d: started(initialisation.forget_bias_),
    "initialisation.chrono_": lambda d: started(partial(initialisation.chrono_, longest=9)),
    "initialisation.chrono_, drawn": lambda d: started(
        partial(initialisation.chrono_, longest=9, generator=seeded())
    ),
    "jacobians.step_jacobians": lambda d: jacobians.step_jacobians(d.hs[0], d.W_hh),
    "jacobians.chain": lambda d: jacobians.chain([d.W_hh, d.W_hh]),
    "jacobians.norms": lambda d: jacobians.norms(d.W_hh),
    "jacobians.spectral_radius": lambda d: jacobians.spectral_radius(d.W_hh),
    "jacobians.analyze_gradient_flow": lambda d: jacobians.analyze_gradient_flow(
        seed=0, hidden_size=4, steps=3
    ),
    "jacobians.over_layers_and_time": lambda d: jacobians.over_layers_and_time(
        d.cells[2:], d.xs, lambda hs: hs.sum()
    ),
    "layers.build": lambda d: str(layers.build("Model", nn.LSTM, 3, 4)),
    "layers.unroll": lambda d: layers.unroll(
        lambda x, past: (x + past[0],), d.hs.unbind(1), (d.h_0,)
    ),
    "layers.over_time": lambda d: layers.over_time(
        lambda x, past: (x + past[0],), d.hs, (d.h_0,), batch_first=True
    ),
    "memory.saved_bytes": lambda d: memory.saved_bytes(lambda: d.both(d.xs)[0]),
    "layers.s4d_lin": lambda d: layers.s4d_lin(4).shape,
    "layers.s4d_inv": lambda d: layers.s4d_inv(4).shape,
    "layers.s4d_real": lambda d: layers.s4d_real(4).shape,
    "layers.S6.discrete": lambda d: d.spaces["S6"].discrete(d.xs),
    "layers.masked_product": lambda d: layers.masked_product(*d.matrix, *d.written, delta=True),
    "layers.matrix_step": lambda d: layers.matrix_step(
        d.matrix[0], *(part[:, 0] for part in (*d.matrix[1:], *d.written)), delta=True
    ),
    "scan.scan": lambda d: scan.scan(d.xs.sigmoid(), d.xs, d.xs[:, 0]),
    "scan.doubling": lambda d: scan.doubling(d.xs.sigmoid(), d.xs),
    "scan.chunks": lambda d: scan.chunks(d.xs.sigmoid(), d.xs),
    "scan.step_by_step": lambda d: scan.step_by_step(d.xs.sigmoid(), d.xs),
    "sequences.read": lambda d: sequences.read(d.lstm, d.xs, lengths=d.lengths),
    "sequences.last_state": lambda d: sequences.last_state(
        *sequences.read(d.both, d.xs, lengths=d.lengths), d.lengths
    ),
    "sequences.reverse_within": lambda d: sequences.reverse_within(d.xs, d.lengths),
    "sequences.real_steps": lambda d: sequences.real_steps(d.lengths, 5),
    "sequences.directions": lambda d: sequences.directions(d.both),
    "sequences.map_state": lambda d: sequences.map_state(torch.neg, (d.xs, d.hs)),
    "sequences.detach": lambda d: sequences.detach(d.xs),
    "text.any_console": lambda d: text.any_console(),
    "text.one_hot_encode": lambda d: text.one_hot_encode(d.ids, 9),
    "text.pad": lambda d: text.pad([d.ids[0], d.ids[1, :2]]),
    "text.shifted": lambda d: text.shifted(d.ids),
    "text.Vocabulary.from_texts": lambda d: text.Vocabulary.from_texts(["ab"]).tokens,
    "text.Vocabulary.encode": lambda d: text.Vocabulary("abc").encode("ab").shape,
    "text.Vocabulary.encode_batch": lambda d: text.Vocabulary("abc").encode_batch(["ab"])[1],
    "text.Vocabulary.decode": lambda d: text.Vocabulary("abcde").decode(d.ids[0]),
    "training.adam": lambda d: training.adam(list(d.model.parameters()), 0.1).defaults["fused"],
    "training.fit": lambda d: trained(training.fit),
    "training.fit_truncated": lambda d: trained(training.fit_truncated, chunk=3),
    "training.step": lambda d: trained(training.fit),
    "training.History.recent": lambda d: training.History(losses=[1.0, 2.0]).recent(),
    "training.predict": lambda d: training.predict(d.model, d.batch),
    "training.evaluate": lambda d: training.evaluate(d.single, MovingSum(5), seed=1, size=8),
    "training.count_parameters": lambda d: training.count_parameters(d.model),
    "training.largest_size": lambda d: training.largest_size(lambda n: nn.Linear(n, 2), 9),
    "training.progress": lambda d: list(training.progress(range(2))),
    "models.AttentionTranslator.encode": lambda d: d.attentive.encode(d.ids, lengths=d.lengths),
    "models.AttentionTranslator.look": lambda d: d.attentive.look(d.xs[:, 0], d.attended),
    "models.AttentionTranslator.step": lambda d: d.attentive.step(d.ids[:, 0], d.attended),
    "models.AttentionTranslator.alignment": lambda d: d.attentive.alignment(
        d.ids, d.ids, lengths=d.lengths
    ),
    "models.AttentionTranslator.translate": lambda d: d.attentive.translate(
        d.ids, 4, lengths=d.lengths
    ),
    "models.AttentiveRegressor.weights": lambda d: d.regressor.weights(d.xs, lengths=d.lengths),
    "models.BidirectionalRNN.states": lambda d: d.two_ways.states(d.xs, lengths=d.lengths),
    "models.BidirectionalRNN.load_builtin": lambda d: d.two_ways.load_builtin(
        nn.RNN(3, 4, bidirectional=True, device="cpu").state_dict()
    ),
    "models.CaptionGenerator.start": lambda d: d.captions.start(d.xs[:, 0]),
    "models.CaptionGenerator.step": lambda d: d.captions.step(
        d.ids[:, 0], d.captions.start(d.xs[:, 0])
    ),
    "models.CaptionGenerator.generate": lambda d: d.captions.generate(d.xs[:, 0], 3),
    "models.CharRNN.generate": lambda d: d.characters.generate(
        "e", {"e": 4}, "abcdefghi", 5, generator=seeded()
    ),
    "models.MarkovChain.count": lambda d: [
        d.chance.count(Batch((text.one_hot_encode(d.ids, 9),), d.ids)),
        *d.chance.tables,
    ],
    "models.RNNWithGradientTracking.track_gradients": lambda d: d.tracked.track_gradients(
        d.xs
    ).tolist(),
    "models.Seq2SeqTranslator.encode": lambda d: d.translator.encode(d.ids, lengths=d.lengths),
    "models.Seq2SeqTranslator.step": lambda d: d.translator.step(
        d.ids[:, 0], d.translator.encode(d.ids)
    ),
    "models.Seq2SeqTranslator.translate": lambda d: d.translator.translate(d.ids, 4),
}
#: The second and the third form of a state space.
CALLS |= {
    f"layers.{kind}.{method}": lambda d, kind=kind, call=call: call(d.spaces[kind], d)
    for kind in ("S4D", "LRU")
    for method, call in {
        "discrete": lambda layer, d: layer.discrete(),
        "kernel": lambda layer, d: layer.kernel(5),
        "convolve": lambda layer, d: layer.convolve(d.xs),
    }.items()
}
#: The letters of the equations, and what libraries call on a layer of PyTorch.
CALLS |= {
    f"layers.{kind}.{method}": lambda d, kind=kind, method=method: getattr(d.plain[kind], method)()
    for kind in ("RNN", "LSTM", "GRU")
    for method in ("W_xh", "W_hh", "b_h", "flatten_parameters", "reset_parameters")
    if hasattr(getattr(layers, kind), method)
}


def parts(value: Any) -> list[Any]:
    """Lay out a nest of results in one list."""
    if isinstance(value, dict):
        value = list(value.values())
    return [p for v in value for p in parts(v)] if isinstance(value, tuple | list) else [value]


def same(mine: Any, right: Any) -> None:
    for a, b in zip(parts(mine), parts(right), strict=True):
        if isinstance(b, Tensor):
            assert a.device == b.device == CPU
            assert torch.equal(a, b)
        else:
            assert a == b


#: No part of a program that a reader writes; and the tasks, which have a test that walks them.
BESIDE = {"data", "demos", "exercises", "experiments", "figures", "tasks"}


def public() -> Iterator[tuple[str, Any]]:
    """Walk what a module that knows PyTorch defines, by its place and name."""
    for found in pkgutil.iter_modules(rnnbook.__path__, "rnnbook."):
        place = found.name.rpartition(".")[2]
        if place[0] == "_" or place in BESIDE:
            continue
        module = importlib.import_module(found.name)
        for name, thing in vars(module).items():
            home = getattr(thing, "__module__", None) or ""
            here = name[0] != "_" and f"{home}.".startswith(f"{found.name}.") and callable(thing)
            if here and {"torch", "Tensor", "nn"} & vars(sys.modules[home]).keys():
                yield f"{place}.{name}", thing


def methods(kind: type) -> set[str]:
    """Name the methods that a class of the package has, those of its own bases included."""
    own = [base for base in kind.__mro__ if base.__module__.startswith("rnnbook.")]
    names = {name for base in own for name in vars(base) if name[0] != "_"}
    kinds = {name: inspect.getattr_static(kind, name) for name in names}
    return {
        name
        for name, found in kinds.items()
        if inspect.isfunction(found) or isinstance(found, staticmethod | classmethod)
    }


def test_no_function_and_no_method_is_left_out():
    wanted = set()
    for name, thing in public():
        if inspect.isfunction(thing):
            wanted.add(name)
        # a named tuple holds results, and a protocol does nothing
        elif not issubclass(thing, tuple) and not getattr(thing, "_is_protocol", False):
            walked = {"forward", "step"} if name.startswith("layers.") else set()
            walked |= {"forward"} if name.startswith("models.") else set()
            wanted |= {f"{name}.{method}" for method in methods(thing) - walked - {"extra_repr"}}
    assert wanted == {name.partition(",")[0] for name in CALLS}


#: How each module that is neither a layer nor a model is built, and what it is asked for.
MODULES: dict[str, tuple[Callable[[], nn.Module], Callable[[nn.Module, Tensor], Any]]] = {
    "attention.AdditiveAttention": (
        lambda: attention.AdditiveAttention(3, 3, 4),
        lambda module, xs: module(xs[:, :1], xs),
    ),
    "cells.SimpleRNNCell": (
        lambda: cells.SimpleRNNCell(3, 4),
        lambda module, xs: module(xs[:, 0]),
    ),
    "cells.LSTMCell": (lambda: cells.LSTMCell(3, 4), lambda module, xs: module(xs[:, 0])),
    "cells.GRUCell": (lambda: cells.GRUCell(3, 4), lambda module, xs: module(xs[:, 0])),
    "crf.CRF": (lambda: crf.CRF(3), lambda module, xs: module(xs).log_partition()),
    "filters.LinearFilter": (
        lambda: filters.LinearFilter(3, 4, 3),
        lambda module, xs: module(xs, lengths=torch.tensor([2, 5, 1])),
    ),
}
every_module = pytest.mark.parametrize("name", MODULES)


def test_no_module_is_left_out():
    found = {n for n, thing in public() if inspect.isclass(thing) and issubclass(thing, nn.Module)}
    assert {name for name in found if not name.startswith(("layers.", "models."))} == set(MODULES)


@every_module
def test_a_saved_module_says_the_same_when_it_is_loaded(name):
    build, ask = MODULES[name]
    module, fresh, xs = build(), build(), drawn().xs
    for parameter in module.parameters():  # those that begin at zero too
        nn.init.normal_(parameter)
    assert module.state_dict().keys() == dict(module.named_parameters()).keys() != set()
    fresh.load_state_dict(module.state_dict())
    same(ask(fresh, xs), ask(module, xs))


@every_module
def test_a_module_is_moved_to_64_bits_and_says_what_it_is(name):
    build, ask = MODULES[name]
    module, xs = build(), drawn().xs
    before, after = parts(ask(module, xs)), parts(ask(module.double(), xs.double()))
    assert {part.dtype for part in after} == {torch.float64}
    torch.testing.assert_close([part.float() for part in after], before, rtol=1e-4, atol=1e-5)
    assert "3" in repr(module)  # its sizes


@every_module
def test_padding_changes_nothing_that_a_module_says_of_real_steps(name):
    build, _ = MODULES[name]
    if "lengths" in inspect.signature(build().forward).parameters:
        assert diagnosis.padding_leak(build(), drawn().steps, masked) == (0.0, 0.0)


@pytest.mark.parametrize("name", CALLS)
def test_a_function_follows_what_it_is_handed_whatever_the_default_device(name, elsewhere):
    with CPU:
        usual = CALLS[name](drawn())
    same(CALLS[name](drawn()), usual)


@pytest.mark.parametrize("name", CALLS)
def test_a_function_is_at_home_in_64_bits(name, in_64_bits):
    for part in parts(CALLS[name](drawn())):
        if isinstance(part, Tensor) and part.is_floating_point():
            assert part.dtype == torch.float64


@pytest.mark.parametrize("name", CALLS)
def test_a_function_is_at_home_under_autocast(name, autocast):
    found = parts(CALLS[name](drawn()))
    with torch.autocast("cpu", enabled=False):
        usual = parts(CALLS[name](drawn()))
    for mine, right in zip(found, usual, strict=True):
        if isinstance(mine, Tensor) and mine.is_floating_point():
            assert torch.equal(mine.isfinite(), right.isfinite())  # what is ruled out is -inf


def test_words_become_ids_on_the_default_device_and_lengths_on_the_cpu(elsewhere):
    vocabulary = text.Vocabulary("abc")
    ids, lengths = vocabulary.encode_batch(["ab", "c"])
    assert ids.device.type == vocabulary.encode("ab").device.type == "meta"
    assert lengths.tolist() == [2, 1]
    assert text.one_hot_encode(2, 4).device.type == "meta"
    assert models.SentimentClassifier(len(vocabulary), 3, 4, 2)(ids).shape == (2, 2)


def test_a_layer_of_numbers_of_64_bits_is_still_refused_those_of_32_under_autocast(autocast):
    with pytest.raises(TypeError, match=r"expected input of torch.float32, .* got torch.float64"):
        layers.GRU(3, 4)(torch.zeros(5, 2, 3, dtype=torch.float64))
