"""PyTorch's settings for everything, its default device and type and autocast, are respected.

Layers, models and tasks are asked for it where the tests walk all of them; here is all the rest.
Whatever the default device, a function follows what it is handed: its numbers stay as they are.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import (
    attention,
    bptt,
    cells,
    decoding,
    diagnosis,
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
        )
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
    "bptt.run": lambda d: bptt.run(d.xs, d.h_0, d.W_xh, d.W_hh, d.b_3[:4]),
    "bptt.through_time": lambda d: bptt.through_time(d.hs, d.xs, d.hs, d.h_0, d.W_xh, d.W_hh),
    "bptt.bptt": lambda d: bptt.bptt(dict(d.aligned.named_parameters()), d.xs, d.xs),
    "bptt.terms": lambda d: bptt.terms(d.hs, d.hs, d.h_0),
    "cells": lambda d: [cell(d.xs[:, 1], cell(d.xs[:, 0])) for cell in d.cells],
    "cells.step_of_cho": lambda d: cells.step_of_cho(d.rows, d.h_0, d.W_3, d.b_3),
    "cells.step_of_chung": lambda d: cells.step_of_chung(d.rows, d.h_0, d.W_3, d.b_3),
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
    "memory.saved_bytes": lambda d: memory.saved_bytes(lambda: d.both(d.xs)[0]),
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
    "training.adam": lambda d: training.adam(list(d.model.parameters()), 0.1).defaults["fused"],
    "training.fit": lambda d: trained(training.fit),
    "training.fit_truncated": lambda d: trained(training.fit_truncated, chunk=3),
    "training.step": lambda d: trained(training.fit),
    "training.predict": lambda d: training.predict(d.model, d.batch),
    "training.evaluate": lambda d: training.evaluate(d.single, MovingSum(5), seed=1, size=8),
    "training.count_parameters": lambda d: training.count_parameters(d.model),
    "training.largest_size": lambda d: training.largest_size(lambda n: nn.Linear(n, 2), 9),
    "training.progress": lambda d: list(training.progress(range(2))),
    "models.CaptionGenerator.generate": lambda d: d.captions.generate(d.xs[:, 0], 3),
    "models.CharRNN.generate": lambda d: d.characters.generate(
        "e", {"e": 4}, "abcdefghi", 5, generator=seeded()
    ),
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


def test_no_function_is_left_out():
    places = "attention bptt cells decoding diagnosis gates initialisation jacobians memory scan"
    wanted = set()
    for place in [*places.split(), "sequences", "text", "training"]:
        module = importlib.import_module(f"rnnbook.{place}")
        home = module.__name__
        wanted |= {
            f"{place}.{name}"
            for name, thing in vars(module).items()
            if inspect.isfunction(thing) and name[0] != "_" and thing.__module__.startswith(home)
        }
    assert wanted <= {name.partition(",")[0] for name in CALLS}


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
    for part in parts(CALLS[name](drawn())):
        if isinstance(part, Tensor) and part.is_floating_point() and "without" not in name:
            assert part.isfinite().all()


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
